"""One line of plain words for each step of a client: the log that an admin reads and greps. No clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bootbuilder.net.events import (
    ClientNotice,
    DhcpAnswered,
    DhcpIgnored,
    DhcpSeen,
    Dropped,
    Event,
    Notice,
    OtherServer,
    RequestRefused,
    TransferDone,
    TransferFailed,
    TransferProbed,
    TransferStarted,
)
from bootbuilder.net.pxe import ARCHITECTURES

TEXT_MAX = 160
"""Characters of what a client sent that are shown: names and reasons of strangers may be long."""


def shown(text: str) -> str:
    """Return a stranger's text as it can be printed: nothing in it can move the cursor or start a new line."""
    escaped = "".join(letter if letter.isprintable() else _escape(ord(letter)) for letter in text[:TEXT_MAX])
    return escaped + ("…" if len(text) > TEXT_MAX else "")


def _escape(number: int) -> str:
    return (
        f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"
    )


def _dhcp_seen(event: DhcpSeen) -> str:
    arch = "" if event.arch is None else f" {ARCHITECTURES.get(event.arch, f'architecture {event.arch}')}"
    who = event.user_class or event.vendor_class.partition(":")[0]
    told = [f" {shown(who)}{arch}" if who else arch]
    told += [f" adapter {event.adapter}"] if event.adapter else []
    told += [f" through relay {event.relay}"] if event.relay else []
    return f"asks: {_message(event.message, event.port)}{''.join(told)}{_place(event.interface)}"


def _dhcp_answered(event: DhcpAnswered) -> str:
    told = [f" address {event.address}"] if event.address else []
    if event.menu:
        told.append(f" menu of {len(event.menu)}: {shown(', '.join(event.menu))}")
    if event.boot_file:
        told.append(f" boot file {shown(event.boot_file)}")
    told += [f" from {event.next_server}"] if event.next_server and event.boot_file else []
    return f"answered: {_message(event.message, event.port)}{''.join(told)}{_place(event.interface)}"


def _message(message: str, port: int) -> str:
    return message if port == 67 else f"{message} on port {port}"


def _place(interface: str) -> str:
    return f" ({interface})" if interface else ""


def _done(event: TransferDone) -> str:
    told = f" {event.sent:,} bytes"
    told += "" if event.whole else " of it"
    told += f", {event.resent:,} sent again" if event.resent else ""
    told += "" if event.acknowledged else ", the last block unconfirmed"
    return f"{event.service} {'stored' if event.writing else 'sent'} {shown(event.file)}:{told}"


def _started(event: TransferStarted) -> str:
    terms = f", blocks of {event.blksize}" if event.blksize else ""
    terms += f", {event.windowsize} at once" if event.windowsize > 1 else ""
    doing = "receives" if event.writing else "sends"
    return f"{event.service} {doing} {shown(event.file)}: {event.size:,} bytes{terms}"


def _failed(event: TransferFailed) -> str:
    return f"{event.service} FAILED {shown(event.file)} after {event.sent:,} bytes: {shown(event.reason)}"


def _refused(event: RequestRefused) -> str:
    code = "" if event.code is None else f" (error {event.code})"
    return f"{event.service} refused {shown(event.file)}: {shown(event.reason)}{code}"


_WORDS: dict[type, Callable[[Any], str]] = {
    DhcpSeen: _dhcp_seen,
    DhcpAnswered: _dhcp_answered,
    DhcpIgnored: lambda e: f"ignored: {_message(e.message, e.port)}{_place(e.interface)}: {shown(e.reason)}",
    ClientNotice: lambda e: f"{e.step}: {shown(e.text)}",
    OtherServer: lambda e: f"another server: {shown(e.message)}{_place(e.interface)}",
    TransferStarted: _started,
    TransferProbed: lambda e: f"{e.service} told the size of {shown(e.file)}: {e.size:,} bytes",
    TransferDone: _done,
    TransferFailed: _failed,
    RequestRefused: _refused,
    Dropped: lambda e: f"{e.service} dropped: {shown(e.reason)}",
    Notice: lambda e: shown(e.text),
}

QUIET = (Dropped, TransferProbed)
"""Steps that are told only to those who want to hear more."""


def sentence(event: Event) -> str:
    """Return what happened, in one line without the client's name."""
    return _WORDS[type(event)](event)


def who(event: Event) -> str:
    """Return the MAC address of the event's client, else its IP address, else ""."""
    return str(getattr(event, "mac", "") or getattr(event, "address", ""))


def is_warning(event: Event) -> bool:
    """Return whether an admin has to look at it."""
    return isinstance(event, TransferFailed | RequestRefused | OtherServer) or bool(
        getattr(event, "warning", False)
    )
