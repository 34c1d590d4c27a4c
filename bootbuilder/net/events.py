"""What happens to a client, step by step: frozen values without a time. Whoever receives them has the clock.

The protocols tell a `Sink` about each step; the log, the live table, `/status` and `/metrics` are sinks.
Nothing is told for each block: progress is asked for with the `Progress` values of the running transfers.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol

from bootbuilder.net.records import record


@record(frozen=True, slots=True)
class DhcpSeen:
    """A DHCP message of a network boot client was read.

    `mac` is lower-case with colons, `message` the name of the message type ("DISCOVER"), `port` the local port
    (67 or 4011), `arch` the first number of option 93 (RFC 4578) or None, `guid` the UUID of option 97 or "",
    `vendor_class` option 60, `user_class` option 77 ("iPXE"), `relay` the relay's address or "", `address` ciaddr,
    `adapter` what the client told about its adapter ("8086:100e") or "".
    """

    mac: str
    message: str
    port: int
    interface: str = ""
    arch: int | None = None
    vendor_class: str = ""
    user_class: str = ""
    guid: str = ""
    adapter: str = ""
    relay: str = ""
    address: str = ""


@record(frozen=True, slots=True)
class DhcpAnswered:
    """A DHCP message was sent: `address` is yiaddr or "" (proxy), `boot_file` "" where none is named."""

    mac: str
    message: str
    port: int
    interface: str = ""
    address: str = ""
    boot_file: str = ""
    next_server: str = ""
    menu: tuple[str, ...] = ()


@record(frozen=True, slots=True)
class DhcpIgnored:
    """A DHCP message was read and deliberately not answered; `reason` is a sentence for the admin."""

    mac: str
    message: str
    port: int
    reason: str
    interface: str = ""


@record(frozen=True, slots=True)
class ClientNotice:
    """Something else about one client: `step` is a short name ("one-shot spent", "loop", "conflict")."""

    mac: str
    step: str
    text: str
    address: str = ""
    warning: bool = False


@record(frozen=True, slots=True)
class OtherServer:
    """Another DHCP or proxyDHCP server was heard: its address, and what it said that matters to network boot."""

    address: str
    message: str
    interface: str = ""


@record(frozen=True, slots=True)
class TransferStarted:
    """A file is on its way. `number` is unique in this run; `service` is "tftp" or "http"; sizes are bytes.

    `writing` is true for an upload (`size` 0 where the client did not tell it).
    """

    number: int
    service: str
    address: str
    port: int
    file: str
    size: int
    blksize: int = 0
    windowsize: int = 1
    writing: bool = False


@record(frozen=True, slots=True)
class TransferProbed:
    """A client asked for a file's size and ended the transfer at once, as ROMs do (no failure)."""

    number: int
    service: str
    address: str
    port: int
    file: str
    size: int


@record(frozen=True, slots=True)
class TransferDone:
    """Everything was sent and, `acknowledged`, confirmed; some ROMs never confirm the last block.

    `sent` counts the bytes of the file, `resent` what had to be sent again. `whole` is false for an HTTP range.
    """

    number: int
    service: str
    address: str
    port: int
    file: str
    sent: int
    resent: int = 0
    acknowledged: bool = True
    whole: bool = True
    writing: bool = False


@record(frozen=True, slots=True)
class TransferFailed:
    """A transfer ended early: the client's error, or silence. `code` is the TFTP error or HTTP status, or None."""

    number: int
    service: str
    address: str
    port: int
    file: str
    sent: int
    reason: str
    code: int | None = None
    writing: bool = False


@record(frozen=True, slots=True)
class RequestRefused:
    """A request for a file was answered with an error, or dropped because of a limit (`code` None)."""

    service: str
    address: str
    port: int
    file: str
    reason: str
    code: int | None = None


@record(frozen=True, slots=True)
class Dropped:
    """Rubbish, or more than the limits allow: `service` is "dhcp", "tftp" or "http"."""

    service: str
    address: str
    reason: str


@record(frozen=True, slots=True)
class Notice:
    """Something about the service itself: a policy read again, a changed folder, a lost interface."""

    text: str
    warning: bool = False


Event = (
    DhcpSeen
    | DhcpAnswered
    | DhcpIgnored
    | ClientNotice
    | OtherServer
    | TransferStarted
    | TransferProbed
    | TransferDone
    | TransferFailed
    | RequestRefused
    | Dropped
    | Notice
)


class Sink(Protocol):
    """Receives events in the order in which they happen; must be quick, and must not raise."""

    def __call__(self, event: Event, /) -> None: ...


@record(frozen=True, slots=True)
class Progress:
    """How far a running transfer is; `sent` and `size` in bytes."""

    number: int
    service: str
    address: str
    file: str
    sent: int
    size: int


def as_dict(event: Event) -> dict[str, Any]:
    """Return an event for JSON: its kind ("dhcp-seen") and the fields that say something."""
    kind = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in type(event).__name__)
    fields = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
    told = {name: value for name, value in fields.items() if value is not None and value not in ("", ())}
    return {"event": kind.lstrip("-"), **told}
