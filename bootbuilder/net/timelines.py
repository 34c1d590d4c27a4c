"""What each client has done so far, and the counts of everything: a value that grows with the events, within limits.

`/status` and the live table show it. Times come with the events; nobody looks at a clock here.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bootbuilder.net.events import (
    ClientNotice,
    DhcpAnswered,
    DhcpIgnored,
    DhcpSeen,
    Dropped,
    Event,
    OtherServer,
    Progress,
    RequestRefused,
    TransferDone,
    TransferFailed,
    TransferProbed,
    TransferStarted,
    as_dict,
)
from bootbuilder.net.narrative import sentence

CLIENTS_MAX = 4096
STEPS_MAX = 32
SERVERS_MAX = 64

FAILED, RUNNING, DONE = "failed", "running", "done"


@dataclass(slots=True)
class Client:
    """One machine: times are seconds since 1970; `rate` is bytes per second of the last file."""

    name: str
    first: float
    last: float
    address: str = ""
    adapter: str = ""
    arch: int | None = None
    step: str = ""
    file: str = ""
    sent: int = 0
    size: int = 0
    rate: float = 0.0
    result: str = ""
    began: float = 0.0
    number: int = 0  # of the transfer that file, sent and size speak of
    steps: deque[tuple[float, Event]] = field(default_factory=lambda: deque(maxlen=STEPS_MAX))


class Timelines:
    """All clients, the last heard one last. `mac_of` may find the MAC address of an IP address (or give "")."""

    def __init__(self, mac_of: Callable[[str], str] = lambda address: "") -> None:
        self.clients: OrderedDict[str, Client] = OrderedDict()
        self.counts: Counter[tuple[str, ...]] = Counter()
        """What has happened how often, by kind and labels; bytes too."""
        self.other_servers: dict[tuple[str, str], tuple[float, OtherServer]] = {}
        self._addresses: OrderedDict[str, str] = OrderedDict()  # IP -> MAC
        self._mac_of = mac_of

    def add(self, when: float, event: Event) -> str:
        """Take an event in; returns the name of its client: its MAC address, else its IP address, else ""."""
        kind = type(event)
        if kind is DhcpSeen or kind is DhcpAnswered or kind is DhcpIgnored or kind is ClientNotice:
            return self._dhcp(when, event)
        if kind is Dropped:
            self.counts["dropped", event.service] += 1  # type: ignore[union-attr]
            return event.address  # type: ignore[union-attr]
        if kind is OtherServer:
            self._other(when, event)  # type: ignore[arg-type]
            return event.address  # type: ignore[union-attr]
        if hasattr(event, "service"):
            return self._transfer(when, event)
        return ""

    def _client(self, name: str, when: float) -> Client:
        client = self.clients.get(name)
        if client is None:
            client = self.clients[name] = Client(name, when, when)
            if len(self.clients) > CLIENTS_MAX:
                self.clients.popitem(last=False)
        else:
            self.clients.move_to_end(name)
        client.last = when
        return client

    def _dhcp(self, when: float, event: Any) -> str:
        name: str = event.mac
        client = self._client(name, when)
        client.steps.append((when, event))
        kind = type(event)
        if kind is DhcpSeen:
            self.counts["dhcp received", event.message] += 1
            client.step = event.message
            client.arch = event.arch if event.arch is not None else client.arch
            client.adapter = event.adapter or client.adapter
            if event.message == "DISCOVER" and client.result in (DONE, FAILED):
                client.result, client.file, client.sent, client.size, client.number = "", "", 0, 0, 0
        elif kind is DhcpAnswered:
            self.counts["dhcp sent", event.message] += 1
            client.step = event.message
            client.file = event.boot_file or client.file
        elif kind is DhcpIgnored:
            self.counts["dhcp ignored", event.message] += 1
            client.step = "ignored"
        else:
            client.step = event.step
        if kind is not DhcpIgnored and event.address and event.address != client.address:
            self._is_at(event.address, client)
        return name

    def _is_at(self, address: str, client: Client) -> None:
        """Remember a client's IP address, and what it did before its name was known."""
        client.address = address
        self._addresses[address] = client.name
        self._addresses.move_to_end(address)
        if len(self._addresses) > CLIENTS_MAX:
            self._addresses.popitem(last=False)
        if address != client.name:
            self.clients.pop(address, None)

    def _transfer(self, when: float, event: Any) -> str:
        name = self._addresses.get(event.address)
        client = self._client(name or self._mac_of(event.address) or event.address, when)
        if name is None:
            self._is_at(event.address, client)
        name, client.address = client.name, event.address
        client.steps.append((when, event))
        kind, service = type(event), event.service
        if kind is TransferStarted:
            client.step, client.result, client.began, client.rate = service, RUNNING, when, 0.0
            client.file, client.sent, client.size, client.number = event.file, 0, event.size, event.number
            return name
        result = {
            TransferDone: "done",
            TransferFailed: "failed",
            TransferProbed: "probed",
            RequestRefused: "refused",
        }
        self.counts["transfers", service, result[kind]] += 1
        if kind is TransferDone or kind is TransferFailed:
            self.counts["bytes", service] += event.sent
            self.counts["bytes again", service] += getattr(event, "resent", 0)
            if client.number == event.number:
                client.sent, client.result = event.sent, DONE if kind is TransferDone else FAILED
                client.rate = event.sent / max(when - client.began, 0.001)
                client.number = 0
        elif kind is TransferProbed:
            client.file, client.size, client.result, client.number = event.file, event.size, "", 0
        elif client.number == 0:
            client.file, client.result = event.file, FAILED
        return name

    def _other(self, when: float, event: OtherServer) -> None:
        self.counts["other servers",] += 1
        if (event.address, event.interface) in self.other_servers or len(self.other_servers) < SERVERS_MAX:
            self.other_servers[event.address, event.interface] = (when, event)

    def progressed(self, when: float, running: Iterable[Progress]) -> None:
        """Bring the clients up to date with how far their transfers are."""
        for one in running:
            client = self.clients.get(self._addresses.get(one.address, one.address))
            if client is not None and client.number == one.number:
                client.sent, client.size = one.sent, one.size
                client.rate = one.sent / max(when - client.began, 0.001)


def as_json(client: Client) -> dict[str, Any]:
    """Return a client and its timeline for `/status`."""
    told: dict[str, Any] = {
        "client": client.name,
        "address": client.address,
        "adapter": client.adapter,
        "arch": client.arch,
        "step": client.step,
        "file": client.file,
        "sent": client.sent,
        "size": client.size,
        "rate": round(client.rate),
        "result": client.result,
        "first": round(client.first, 3),
        "last": round(client.last, 3),
    }
    told["timeline"] = [
        {"time": round(when, 3), "text": sentence(event), **as_dict(event)} for when, event in client.steps
    ]
    return told
