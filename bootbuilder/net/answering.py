"""The boot server: a DHCP message in, what it is answered with out. No sockets and no clock.

Three roles: proxyDHCP (boot information beside a site's own DHCP server), DHCP server (addresses too), and the
boot server on port 4011 of both. Who gets what comes from the policy, addresses from the lease book.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address
from typing import Literal

from bootbuilder.net import dhcp, loaders, pxe
from bootbuilder.net.addressing import Addressing
from bootbuilder.net.boottable import BootTable
from bootbuilder.net.deciding import Boot, Choice, Decision, Ignore, Local, Menu, Where, decide
from bootbuilder.net.dhcp import Packet
from bootbuilder.net.events import DhcpAnswered, DhcpIgnored, DhcpSeen, Event
from bootbuilder.net.policy import Policy, parse_network
from bootbuilder.net.pxe import Client, Offer
from bootbuilder.net.records import record
from bootbuilder.net.wire import ip_text, parse_ip

Role = Literal["proxy", "server"]
EVERYBODY = b"\xff\xff\xff\xff"
NOBODY = "0.0.0.0"
"""Where clients send from that have no address yet."""


@record(frozen=True, slots=True)
class Arrival:
    """How a message came: the interface, our address there, the sender, and on which of our two ports."""

    interface: str
    server: bytes
    source: tuple[str, int]
    pxe_port: bool = False


@record(frozen=True, slots=True)
class Reply:
    """A message and where it goes: address and port; `mac` where the client has not configured the address yet.

    A `stable` reply is the same to the same question, until policy or catalogue change, as long as `holds(now)`
    (seconds of the wall clock): that does again what the first answer did to the leases.
    """

    packet: Packet
    address: bytes
    port: int
    mac: bytes = b""
    stable: bool = False
    events: tuple[Event, ...] = field(default=())
    holds: Callable[[float], bool] | None = None


@record(frozen=True, slots=True)
class Silence:
    """No answer; `stable` as in a Reply."""

    stable: bool = False
    events: tuple[Event, ...] = ()


@dataclass
class BootServer:
    """Answers DHCP messages. Its fields are what an answer depends on; whoever changes one forgets what is kept."""

    role: Role
    policy: Policy
    table: BootTable
    http: loaders.Http | None = None
    addressing: Addressing | None = None
    server_port: int = 67
    spent: Callable[[str, str], bool] = lambda ticket, mac: False
    resting: Callable[[str], bool] = lambda mac: False
    """Whether a machine is in a loop and shall boot its own disk."""
    offered: Callable[[str, Boot], None] = lambda mac, boot: None
    """Told when a client was given an image."""
    learned: Callable[[str, bytes], None] = lambda mac, address: None
    """Told which address a client has."""

    @property
    def client_port(self) -> int:
        """Clients listen one port above the server: 68 for 67, also where another server has that."""
        return (self.server_port or 67) + 1

    def answer(self, asked: Packet, arrival: Arrival, now: float) -> Reply | Silence:
        """Return the answer to a message; `now` in seconds of the wall clock. Raises Malformed."""
        if asked.op != 1:
            return Silence()
        client = pxe.client(asked)
        if asked.giaddr != dhcp.NO_ADDRESS and not self._trusted(asked.giaddr):
            reason = f"its relay {ip_text(asked.giaddr)} is in none of the policy's relays"
            return Silence(True, (_ignored(asked, dhcp_mac(asked), arrival, reason, self.server_port),))
        if asked.ciaddr != dhcp.NO_ADDRESS:
            self.learned(dhcp_mac(asked), asked.ciaddr)
        if client is None:
            if arrival.pxe_port or self.addressing is None:
                return Silence(stable=True)
            return self._with_address(asked, None, None, arrival, now, (), True)
        port = 4011 if arrival.pxe_port else self.server_port
        seen = _seen(asked, client, arrival, port)
        if arrival.pxe_port:
            return self._boot_server(asked, client, arrival, seen)
        if pxe.boot_item(asked) is not None:
            return self._boot_server(asked, client, arrival, seen)
        if self.addressing is not None:
            return self._server(asked, client, arrival, now, seen)
        return self._proxy(asked, client, arrival, seen)

    # --- Proxy --------------------------------------------------------------------------------------------

    def _proxy(self, asked: Packet, client: Client, arrival: Arrival, seen: Event) -> Reply | Silence:
        kind = asked.type
        if kind == dhcp.REQUEST and dhcp.REQUESTED_ADDRESS in asked.options:
            # Addressed to the site's DHCP server; it tells which address the client will have.
            self.learned(client.mac, asked.options[dhcp.REQUESTED_ADDRESS])
        if kind == dhcp.INFORM:
            return self._boot_server(asked, client, arrival, seen)
        if kind != dhcp.DISCOVER:
            return Silence(events=(seen,))
        decision = self._decide(client, arrival)
        offer = self._offer(decision, client, arrival.server)
        if isinstance(offer, Ignore):
            return self._ignored(asked, client, arrival, offer, seen)
        made = pxe.answer(
            asked, dhcp.OFFER, pxe.boot_options(asked, client, offer, arrival.server), arrival.server, offer
        )
        stable = not isinstance(decision, Boot) or not decision.ticket
        return self._send(asked, made, arrival, seen, offer, stable)

    # --- Addresses and boot information in one ---------------------------------------------------------------

    def _server(
        self, asked: Packet, client: Client, arrival: Arrival, now: float, seen: Event
    ) -> Reply | Silence:
        decision = self._decide(client, arrival)
        if isinstance(decision, Ignore) and decision.denied:
            return self._ignored(asked, client, arrival, decision, seen)
        offer = self._offer(decision, client, arrival.server)
        stable = not isinstance(decision, Boot) or not decision.ticket
        return self._with_address(asked, client, offer, arrival, now, (seen,), stable)

    def _with_address(
        self,
        asked: Packet,
        client: Client | None,
        offer: Offer | Ignore | None,
        arrival: Arrival,
        now: float,
        events: tuple[Event, ...],
        stable: bool,
    ) -> Reply | Silence:
        assert self.addressing is not None
        given = self.addressing.answer(asked, arrival.server, arrival.interface, now)
        events += given.events
        if isinstance(offer, Ignore) and client is not None:
            # It may have an address, as every machine, but nothing to boot.
            events += (_ignored(asked, client.mac, arrival, offer.reason, self.server_port),)
        if given.message == 0:
            return Silence(events=events)
        if given.message == dhcp.ACK and given.yiaddr != dhcp.NO_ADDRESS:
            self.learned(dhcp_mac(asked), given.yiaddr)
        options = dict(given.options)
        boot = offer if isinstance(offer, Offer) and given.message != dhcp.NAK else None
        if boot is not None and client is not None:
            options |= pxe.boot_options(asked, client, boot, arrival.server)
        made = pxe.answer(
            asked, given.message, options, arrival.server, boot, yiaddr=given.yiaddr, ciaddr=given.ciaddr
        )
        reply = self._send(asked, made, arrival, None, boot, stable and given.holds is not None, events)
        return replace(reply, holds=given.holds)

    # --- Port 4011, and discovery on 67 -----------------------------------------------------------------------

    def _boot_server(self, asked: Packet, client: Client, arrival: Arrival, seen: Event) -> Reply | Silence:
        if asked.type not in (dhcp.DISCOVER, dhcp.REQUEST, dhcp.INFORM):
            return Silence(events=(seen,))
        decision = self._decide(client, arrival)
        item = pxe.boot_item(asked)
        if item is not None and item[1] & pxe.CREDENTIALS:
            return self._ignored(asked, client, arrival, Ignore("it asks for signed boot (BIS)"), seen)
        if item is not None:
            decision = _picked(decision, item[0])
        offer = self._offer(decision, client, arrival.server)
        if isinstance(offer, Ignore):
            return self._ignored(asked, client, arrival, offer, seen)
        options = pxe.boot_options(asked, client, offer, arrival.server)
        if item is not None:
            options[dhcp.VENDOR] = pxe.boot_item_option(*item)
        # Which ACK is for whom: the client's own address, where it told it.
        made = pxe.answer(asked, dhcp.ACK, options, arrival.server, offer, yiaddr=asked.ciaddr)
        return self._send(asked, made, arrival, seen, offer, stable=False)

    # --- What all share -----------------------------------------------------------------------------------------

    def _trusted(self, relay: bytes) -> bool:
        """Answers go to the relay that a message names: only to those that may be ours."""
        address = IPv4Address(relay)
        return any(address in parse_network(one) for one in self.policy.relays)

    def _decide(self, client: Client, arrival: Arrival) -> Decision:
        decision = decide(self.policy, client, Where(arrival.server), self.table, self.spent)
        if isinstance(decision, Boot) and self.resting(client.mac):
            return Local()
        return decision

    def _offer(self, decision: Decision, client: Client, server: bytes) -> Offer | Ignore:
        if isinstance(decision, Ignore):
            return decision
        if isinstance(decision, Boot):
            offer = loaders.offer(decision, client, self.table, server, self.http)
            if isinstance(offer, Offer):
                self.offered(client.mac, decision)
            return offer
        if not client.runs_dos or client.kind == "HTTPClient":
            return Ignore("it boots its own disk")  # it goes on by itself when nobody answers
        if isinstance(decision, Local):
            item = pxe.Item(pxe.LOCAL_BOOT, "Local disk")
            return Offer(menu=pxe.Menu((item,), "Booting the local disk", 0))
        menu = self._menu(decision, client, server)
        if all(item.type == pxe.LOCAL_BOOT for item in menu.items):
            return _reason(decision, client, self.table, server, self.http)
        return Offer(menu=menu)

    def _menu(self, decision: Menu, client: Client, server: bytes) -> pxe.Menu:
        """Return the lines that can be loaded, as many as fit option 43's 255 bytes; the local disk always does."""
        menu = pxe.Menu((), decision.prompt, decision.seconds, decision.discovery)
        later = [choice for choice in decision.choices if choice.boot is None]
        for choice in decision.choices:
            if choice.boot is None:
                later.remove(choice)
                kind = pxe.LOCAL_BOOT
            elif isinstance(loaders.offer(choice.boot, client, self.table, server, self.http), Ignore):
                continue
            else:
                kind = pxe.FIRST_TYPE + choice.number
            longer = replace(menu, items=(*menu.items, pxe.Item(kind, choice.text)))
            rest = tuple(pxe.Item(pxe.LOCAL_BOOT, one.text) for one in later)
            if pxe.fits(replace(longer, items=longer.items + rest)):
                menu = longer
        return menu

    def _send(
        self,
        asked: Packet,
        made: Packet,
        arrival: Arrival,
        seen: Event | None,
        offer: Offer | None,
        stable: bool,
        events: tuple[Event, ...] = (),
    ) -> Reply:
        address, port, mac = self._target(asked, made, arrival)
        mac_text = dhcp_mac(asked)
        answered = DhcpAnswered(
            mac_text,
            dhcp.NAMES[made.type],
            4011 if arrival.pxe_port else self.server_port,
            arrival.interface,
            ip_text(made.yiaddr) if made.yiaddr != dhcp.NO_ADDRESS and not arrival.pxe_port else "",
            offer.file if offer else "",
            ip_text(made.siaddr) if made.siaddr != dhcp.NO_ADDRESS else "",
            tuple(item.text for item in offer.menu.items) if offer and offer.menu else (),
        )
        before = (seen,) if seen else ()
        return Reply(made, address, port, mac, stable, (*before, *events, answered))

    def _target(self, asked: Packet, made: Packet, arrival: Arrival) -> tuple[bytes, int, bytes]:
        """RFC 2131 section 4.1: relay, known address, broadcast; port 4011 answers whom it heard.

        Who asks from an address of its own without saying so (ciaddr) is answered there, unless it wants a broadcast,
        which does not come through on the loopback.
        """
        source, port = arrival.source
        if arrival.pxe_port and source != NOBODY:
            return parse_ip(source), port, b""
        if asked.giaddr != dhcp.NO_ADDRESS:
            return asked.giaddr, self.server_port, b""
        if asked.ciaddr != dhcp.NO_ADDRESS and made.type != dhcp.NAK:
            return asked.ciaddr, port if source == ip_text(asked.ciaddr) else self.client_port, b""
        if source != NOBODY and (not asked.broadcast or source.startswith("127.")):
            return parse_ip(source), port, b""
        if made.type == dhcp.NAK or asked.broadcast or made.yiaddr == dhcp.NO_ADDRESS:
            return EVERYBODY, self.client_port, b""
        return made.yiaddr, self.client_port, asked.chaddr if asked.htype == 1 else b""

    def _ignored(self, asked: Packet, client: Client, arrival: Arrival, why: Ignore, seen: Event) -> Silence:
        port = 4011 if arrival.pxe_port else self.server_port
        return Silence(True, (seen, _ignored(asked, client.mac, arrival, why.reason, port)))


def _picked(decision: Decision, kind: int) -> Decision:
    """Return what a client chose in its menu; a choice from a menu of before is what it gets now."""
    if not isinstance(decision, Menu):
        return decision
    number = kind - pxe.FIRST_TYPE
    chosen: Choice | None = next((choice for choice in decision.choices if choice.number == number), None)
    if chosen is None and kind == 0:  # "whatever you boot": the default
        chosen = next((choice for choice in decision.choices if choice.boot), None)
    if chosen is None or chosen.boot is None:
        return Ignore(f"it asks for the boot server type {kind:#06x}, which is in no menu of ours")
    return chosen.boot


def _reason(menu: Menu, client: Client, table: BootTable, server: bytes, http: loaders.Http | None) -> Ignore:
    """Return why none of a menu's images can be loaded: what the first one lacks."""
    for choice in menu.choices:
        if choice.boot:
            offer = loaders.offer(choice.boot, client, table, server, http)
            if isinstance(offer, Ignore):
                return offer
    return Ignore("no line of the menu boots anything")


def dhcp_mac(packet: Packet) -> str:
    """Return the hardware address of a packet's client as text."""
    return packet.chaddr.hex(":") if packet.chaddr else "-"


def _seen(asked: Packet, client: Client, arrival: Arrival, port: int) -> Event:
    return DhcpSeen(
        client.mac,
        dhcp.NAMES[asked.type] if asked.type < len(dhcp.NAMES) else str(asked.type),
        port,
        arrival.interface,
        client.architecture,
        client.vendor_class,
        client.user_class,
        client.uuid,
        client.pci,
        ip_text(client.relay) if client.relay != dhcp.NO_ADDRESS else "",
        ip_text(client.address) if client.address != dhcp.NO_ADDRESS else "",
    )


def _ignored(asked: Packet, mac: str, arrival: Arrival, reason: str, port: int) -> Event:
    return DhcpIgnored(mac, dhcp.NAMES[min(asked.type, 8)], port, reason, arrival.interface)
