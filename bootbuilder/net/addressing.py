"""The DHCP server's half of an answer: which address, with which options, or none. RFC 2131 section 4.3.

Keeps a lease book for each network. Returns what has to be in the journal before the answer is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from ipaddress import IPv4Address, IPv4Network

from bootbuilder.net import dhcp
from bootbuilder.net.dhcp import Packet
from bootbuilder.net.events import ClientNotice, DhcpSeen, Event
from bootbuilder.net.leases import Lease, LeaseBook, Scope, State
from bootbuilder.net.policy import Addresses, parse_network, parse_pool
from bootbuilder.net.records import record
from bootbuilder.net.wire import parse_mac

DOMAIN_NAME = 15  # RFC 2132 section 3.17


@record(frozen=True, slots=True)
class Given:
    """`message` is the type of the answer, 0 for none; `events` are for the log.

    `holds(now)` asks the lease book the same again and tells whether this is still the answer; None where it
    may be another one the next time.
    """

    message: int = 0
    yiaddr: bytes = dhcp.NO_ADDRESS
    ciaddr: bytes = dhcp.NO_ADDRESS
    options: Mapping[int, bytes] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    holds: Callable[[float], bool] | None = None


NOTHING = Given()


class Addressing:
    """Answers for all networks that addresses are given in. `changed` collects leases for the journal."""

    def __init__(self, scopes: Iterable[Scope], settings: Addresses, leases: Iterable[Lease] = ()) -> None:
        known = list(leases)
        self.books = [LeaseBook(scope, known) for scope in scopes]
        self.changed: list[Lease] = []
        self._settings = settings
        self._names = {parse_mac(one.mac): one.hostname for one in settings.reservation}

    def book_of(self, address: bytes) -> LeaseBook | None:
        """Return the lease book of the network, or the pool, that an address (4 bytes) is in."""
        place = IPv4Address(address)
        return next(
            (book for book in self.books if place in book.scope.network or int(place) in book.scope), None
        )

    def leases(self) -> list[Lease]:
        """Return everything that is known, for a journal written anew."""
        return [
            lease for book in self.books for lease in book.by_address.values() if lease.state != "offered"
        ]

    def answer(self, asked: Packet, server: bytes, interface: str, now: float) -> Given:
        """Return the answer to a client's message; `server` is our address on the interface it came in by."""
        place = next((a for a in (asked.giaddr, asked.ciaddr) if a != dhcp.NO_ADDRESS), server)
        book = self.book_of(place)
        if book is None or not asked.chaddr:
            return NOTHING
        handlers: Mapping[int, Callable[[LeaseBook, Packet, bytes, float], Given]] = {
            dhcp.DISCOVER: self._discover,
            dhcp.REQUEST: self._request,
            dhcp.DECLINE: self._decline,
            dhcp.RELEASE: self._release,
            dhcp.INFORM: self._inform,
        }
        handler = handlers.get(asked.type)
        return handler(book, asked, server, now) if handler else NOTHING

    def _discover(self, book: LeaseBook, asked: Packet, server: bytes, now: float) -> Given:
        mac, wanted = asked.chaddr, _number(asked.options.get(dhcp.REQUESTED_ADDRESS, b""))
        lease = book.offer(mac, wanted, now)
        if lease is None:
            text = f"no address is left in {book.scope.network}: enlarge the pool"
            return Given(events=(ClientNotice(mac.hex(":"), "no address", text, warning=True),))
        address = lease.address

        def holds(later: float) -> bool:
            again = book.offer(mac, wanted, later)
            return again is not None and again.address == address

        options = self._options(book, asked, server, True)
        return Given(dhcp.OFFER, _bytes(address), options=options, holds=holds)

    def _request(self, book: LeaseBook, asked: Packet, server: bytes, now: float) -> Given:
        """RFC 2131 section 4.3.2 tells the four kinds apart: selecting, after a restart, renewing, rebinding."""
        chosen = asked.options.get(dhcp.SERVER_ID)
        if chosen is not None and chosen != server:
            return NOTHING  # it takes another server's offer
        wanted = asked.options.get(dhcp.REQUESTED_ADDRESS, asked.ciaddr)
        if len(wanted) != 4 or not any(wanted):
            return NOTHING
        address = _number(wanted)
        name = _host_name(asked.options.get(dhcp.HOST_NAME, b"")) or self._names.get(asked.chaddr, "")
        lease = book.bind(asked.chaddr, address, now, self._settings.lease, name)
        if lease is None:
            # Another server's address in the same network is none of our business; one of ours, or of a network
            # that the client has left, is.
            here = IPv4Address(address) in book.scope.network
            if chosen is None and here and address not in book.scope:
                return NOTHING
            return Given(dhcp.NAK, options={dhcp.MESSAGE: b"this address is not yours"})
        self.changed.append(lease)
        return Given(dhcp.ACK, wanted, asked.ciaddr, self._options(book, asked, server, True))

    def _decline(self, book: LeaseBook, asked: Packet, server: bytes, now: float) -> Given:
        return self._conflict(
            book.decline(asked.chaddr, _number(asked.options.get(dhcp.REQUESTED_ADDRESS, b"")), now),
            asked.chaddr,
        )

    def _conflict(self, lease: Lease | None, mac: bytes) -> Given:
        if lease is None:
            return NOTHING
        self.changed.append(lease)
        address = str(IPv4Address(lease.address))
        text = "another machine uses this address; it is left alone for an hour"
        return Given(events=(ClientNotice(mac.hex(":"), "conflict", text, address, warning=True),))

    def heard(self, address: int, by: bytes, now: float) -> tuple[Event, ...]:
        """Take note that a machine uses an address: a conflict where it was not given to it."""
        for book in self.books:
            if address in book.scope:
                return self._conflict(book.conflict(address, by, now), by).events
        return ()

    def _release(self, book: LeaseBook, asked: Packet, server: bytes, now: float) -> Given:
        lease = book.release(asked.chaddr, _number(asked.ciaddr), now)
        if lease is None:
            return NOTHING
        self.changed.append(lease)
        address = str(IPv4Address(lease.address))
        return Given(events=(DhcpSeen(asked.chaddr.hex(":"), "RELEASE", 67, address=address),))

    def _inform(self, book: LeaseBook, asked: Packet, server: bytes, now: float) -> Given:
        """RFC 2131 section 4.3.5: it has an address and wants the rest; no lease time, no yiaddr."""
        return Given(dhcp.ACK, ciaddr=asked.ciaddr, options=self._options(book, asked, server, False))

    def _options(self, book: LeaseBook, asked: Packet, server: bytes, timed: bool) -> dict[int, bytes]:
        scope, seconds = book.scope, self._settings.lease
        options = {}
        if timed:
            options[dhcp.LEASE_TIME] = seconds.to_bytes(4)
            # RFC 2131 section 4.4.5: half and seven eighths of the time
            options[dhcp.RENEWAL_TIME] = (seconds // 2).to_bytes(4)
            options[dhcp.REBINDING_TIME] = (seconds * 7 // 8).to_bytes(4)
        options[dhcp.SUBNET_MASK] = scope.network.netmask.packed
        if scope.router is not None:
            options[dhcp.ROUTER] = scope.router.packed
        if scope.dns:
            options[dhcp.DNS] = b"".join(one.packed for one in scope.dns)
        if name := self._names.get(asked.chaddr):
            options[dhcp.HOST_NAME] = name.encode()
        if self._settings.domain:
            options[DOMAIN_NAME] = self._settings.domain.encode()
        options[dhcp.BROADCAST_ADDRESS] = scope.network.broadcast_address.packed
        return options


def scopes_of(
    settings: Addresses,
    pool: tuple[IPv4Address, IPv4Address] | None,
    own: Iterable[tuple[IPv4Address, IPv4Network]],
) -> list[Scope]:
    """Return the networks that addresses are given in.

    `own` are our interfaces' addresses and networks, `pool` is from the command line. A network of ours that the
    policy does not describe gets the pool when it lies in it, or the upper half of its addresses when there is none.
    The loopback takes any pool: there it is for trying things out.
    """
    own = list(own)
    excluded = frozenset(int(address) for address, _ in own)
    reserved = {parse_mac(one.mac): IPv4Address(one.address) for one in settings.reservation}

    def within(network: IPv4Network) -> dict[bytes, IPv4Address]:
        return {mac: address for mac, address in reserved.items() if address in network}

    found: dict[IPv4Network, Scope] = {}
    for subnet in settings.subnet:
        network = parse_network(subnet.network)
        router = IPv4Address(subnet.router) if subnet.router else None
        given = parse_pool(subnet.pool) if subnet.pool else None
        also = excluded | ({int(router)} if router else set())
        dns = tuple(IPv4Address(one) for one in subnet.dns)
        found[network] = Scope(network, given, within(network), router, dns, frozenset(also))
    for _, network in own:
        inside = pool is not None and (network.is_loopback or all(end in network for end in pool))
        if network in found:
            if inside:
                before = found[network]
                found[network] = Scope(
                    network, pool, before.reserved, before.router, before.dns, before.excluded
                )
        elif inside:
            found[network] = Scope(network, pool, within(network), excluded=excluded)
        elif pool is None and not settings.subnet and network.num_addresses >= 8:
            half = network.network_address + network.num_addresses // 2
            last = min(network.broadcast_address - 1, half + 4095)
            found[network] = Scope(network, (half, last), within(network), excluded=excluded)
    return list(found.values())


# --- Lines of the journal -------------------------------------------------------------------------------------


def to_line(lease: Lease) -> str:
    """Return a lease as a line: address, state, end in seconds since 1970, hardware address, name."""
    mac = lease.mac.hex(":") or "-"
    return f"{IPv4Address(lease.address)} {lease.state} {lease.expires:.0f} {mac} {lease.hostname}".rstrip()


def from_lines(lines: Iterable[str]) -> list[Lease]:
    """Return the newest lease of each address; a line that cannot be one is passed over."""
    found: dict[int, Lease] = {}
    for line in lines:
        words = line.split(" ")
        try:
            address, state, expires, mac = int(IPv4Address(words[0])), words[1], float(words[2]), words[3]
            known: State = "declined" if state == "declined" else "bound"
            raw = b"" if mac == "-" else bytes.fromhex(mac.replace(":", ""))
        except (ValueError, IndexError):
            continue
        found[address] = Lease(address, raw, expires, known, words[4] if len(words) > 4 else "")
    return list(found.values())


def _number(address: bytes) -> int:
    return int.from_bytes(address) if len(address) == 4 else 0


def _bytes(address: int) -> bytes:
    return address.to_bytes(4)


def _host_name(value: bytes) -> str:
    """Return the name that a client calls itself, if it is one; it goes into the journal."""
    text = value.rstrip(b"\0").decode("ascii", "replace")
    return (
        text if text.replace("-", "").replace(".", "").isalnum() and text.isascii() and len(text) < 64 else ""
    )
