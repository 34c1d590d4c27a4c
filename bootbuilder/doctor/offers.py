"""Judges what the DHCP servers of a network answered to a plain, a BIOS, a UEFI and an iPXE client. No sockets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from bootbuilder.doctor.findings import Finding, Level
from bootbuilder.net import dhcp
from bootbuilder.net.dhcp import Packet
from bootbuilder.net.narrative import shown
from bootbuilder.net.wire import ip_text

Asker = Literal["plain", "bios", "uefi", "ipxe"]
ASKERS: dict[Asker, str] = {"plain": "plain", "bios": "BIOS", "uefi": "UEFI", "ipxe": "iPXE"}

OLD_ROM_MAX = 576
"""Bytes that every host must be able to receive (RFC 2131 section 2); some old ROMs take no more."""
SLOW_SECONDS = 2.0
"""iPXE waits that long for a proxy's offer beside the one with an address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One offer: who was asked for, where it came from, after how many seconds, and its bytes' count."""

    asker: Asker
    source: str
    packet: Packet
    seconds: float
    size: int

    @property
    def server(self) -> str:
        """The server's name for itself (option 54), else where the answer came from."""
        own = self.packet.options.get(dhcp.SERVER_ID, b"")
        return ip_text(own) if len(own) == 4 else self.source

    @property
    def is_proxy(self) -> bool:
        """Whether it offers no address."""
        return not any(self.packet.yiaddr)

    @property
    def is_pxe(self) -> bool:
        """Whether it claims to be a boot server's (option 60)."""
        return self.packet.options.get(dhcp.VENDOR_CLASS, b"").startswith((b"PXEClient", b"HTTPClient"))

    @property
    def boot_file(self) -> str:
        """The boot file: option 67 before the header's field."""
        named = self.packet.options.get(dhcp.BOOT_FILE, b"").rstrip(b"\0\xff") or self.packet.file
        return named.decode("utf-8", "replace")

    @property
    def next_server(self) -> str:
        """Where the boot file is to be fetched: siaddr, else option 66 where it is an address; "" for nowhere."""
        if any(self.packet.siaddr):
            return ip_text(self.packet.siaddr)
        return self.server_name if self.server_name.replace(".", "").isdecimal() else ""

    @property
    def server_name(self) -> str:
        """Option 66, or the header's server name."""
        named = self.packet.options.get(dhcp.TFTP_NAME, b"").rstrip(b"\0") or self.packet.sname
        return named.decode("utf-8", "replace")

    @property
    def wants_boot_server(self) -> bool:
        """Whether a client would ask its port 4011: it names no file, or a menu."""
        return self.is_pxe and (not self.boot_file or _has(self.packet, 9))


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a TFTP server said to a request for a boot file; `size` is -1 where it did not tell."""

    result: Literal["found", "refused", "silent"]
    text: str = ""
    size: int = -1


def judge(
    answers: Iterable[Answer], port_4011: Mapping[str, bool], files: Mapping[tuple[str, str], Fetched]
) -> list[Finding]:
    """Return what is there and what is wrong.

    `port_4011` tells of each boot server asked there whether it answered; `files` what became of each
    (server, boot file) that was asked for.
    """
    found = list(answers)
    return [
        *_who_answers(found),
        *_option_60(found, port_4011),
        *_boot_files(found, files),
        *_option_43(found),
        *_loops(found),
        *_sizes(found),
    ]


def _finding(level: Level, name: str, text: str, fix: str = "") -> Finding:
    return Finding(level, "network", name, text, fix)


def _who_answers(answers: list[Answer]) -> list[Finding]:
    givers = sorted({one.server for one in answers if not one.is_proxy})
    proxies = sorted({one.server for one in answers if one.is_proxy})
    made = []
    if not givers:
        made.append(
            _finding(
                "problem",
                "dhcp-none",
                "no DHCP server offers an address here (ROMs say PXE-E51, or PXE-E52 beside a proxy)",
                "check cable, VLAN and relay; or let the service give addresses: "
                "bootbuilder serve --dhcp server --pool FIRST-LAST",
            )
        )
    elif len(givers) > 1:
        made.append(
            _finding(
                "warning",
                "dhcp-several",
                f"several DHCP servers offer addresses: {', '.join(givers)}",
                "unless they are a failover pair, switch all but one off: clients take whichever is first",
            )
        )
    else:
        made.append(_finding("ok", "dhcp", f"DHCP server {givers[0]} offers addresses"))
    if len(proxies) > 1:
        made.append(
            _finding(
                "warning",
                "proxy-several",
                f"several proxyDHCP servers answer: {', '.join(proxies)}",
                "UEFI firmware keeps the first one only; let one of them ignore these machines",
            )
        )
    elif proxies:
        made.append(_finding("ok", "proxy", f"proxyDHCP server {proxies[0]} answers"))
    return made


def _option_60(answers: list[Answer], port_4011: Mapping[str, bool]) -> list[Finding]:
    made = []
    for server in sorted({one.server for one in answers if one.asker == "plain" and one.is_pxe}):
        made.append(
            _finding(
                "warning",
                "option-60-to-all",
                f"{server} sends option 60 “PXEClient” to machines that do not boot from the network",
                "remove option 60 from its scope, or bind it to a class of PXE clients",
            )
        )
    for server, answered in sorted(port_4011.items()):
        if answered:
            made.append(_finding("ok", "port-4011", f"boot server {server} answers on port 4011"))
            continue
        proxy = all(one.is_proxy for one in answers if one.server == server)
        fix = (
            "start the boot server there, or open UDP 4011 in its firewall"
            if proxy
            else "remove option 60 from that DHCP server: no boot server runs on its host"
        )
        made.append(
            _finding(
                "problem",
                "port-4011-dead",
                f"{server} sends option 60 “PXEClient” without a boot file, and nobody answers on its port 4011 "
                "(PXE-E55)",
                fix,
            )
        )
    return made


def _boot_files(answers: list[Answer], files: Mapping[tuple[str, str], Fetched]) -> list[Finding]:
    made = []
    asked = [one for one in answers if one.asker != "plain"]
    for one in _distinct(asked):
        if one.boot_file and not one.next_server and "://" not in one.boot_file:
            named = one.server_name
            text = f"{one.server} offers {_who(one)} the boot file {shown(one.boot_file)} "
            if named:
                text += f"from {shown(named)!r}: old ROMs cannot look up a name"
                fix = "write the server's address into option 66 and the next-server field"
            else:
                text += "and no next server (siaddr, option 66): some ROMs ask the DHCP server for it, others stop"
                fix = "set the next server to the TFTP server's address"
            made.append(_finding("problem", "next-server", text, fix))
        if not one.boot_file and not one.is_pxe and any(one.packet.siaddr) and one.next_server != one.server:
            made.append(
                _finding(
                    "warning",
                    "boot-file",
                    f"{one.server} names the next server {one.next_server} and no boot file (PXE-E53)",
                    "set option 67 too, or remove the next server and leave booting to a proxy",
                )
            )
        if one.asker == "uefi" and one.boot_file.lower().endswith((".0", ".pxe", ".kpxe", ".kkpxe", ".n12")):
            made.append(
                _finding(
                    "warning",
                    "uefi-gets-nbp",
                    f"{one.server} offers UEFI clients {shown(one.boot_file)}, which is a program for BIOS",
                    "bind the boot file to architecture 0: `bootbuilder doctor --snippet dnsmasq` and others show how",
                )
            )
    for (server, name), got in sorted(files.items()):
        where = f"{shown(name)} at TFTP server {server}"
        if got.result == "found":
            size = f", {got.size:,} bytes" if got.size >= 0 else ""
            made.append(_finding("ok", "boot-file-found", f"boot file {where}{size}"))
        elif got.result == "silent":
            made.append(
                _finding(
                    "problem",
                    "tftp-silent",
                    f"no answer for {where} (PXE-E32)",
                    "start a TFTP server there, open UDP 69 in its firewall, or correct the next server",
                )
            )
        else:
            made.append(
                _finding(
                    "problem",
                    "boot-file-missing",
                    f"refused: {where}: {shown(got.text)} (PXE-E3B)",
                    "correct option 67, or put the file there",
                )
            )
    if asked and not any(one.boot_file or one.is_pxe for one in asked if one.asker == "bios"):
        made.append(
            _finding(
                "note",
                "no-boot-offer",
                "nobody offers BIOS clients anything to boot (PXE-E53)",
                "start: bootbuilder serve",
            )
        )
    return made


def _option_43(answers: list[Answer]) -> list[Finding]:
    askers: dict[tuple[str, bytes], list[str]] = {}
    for one in _distinct(answers):
        raw = one.packet.options.get(dhcp.VENDOR, b"")
        if raw and one.is_pxe and one.asker != "plain":
            askers.setdefault((one.server, raw), []).append(ASKERS[one.asker])
    made = []
    for (server, raw), names in askers.items():
        who, found = f"{', '.join(names)} clients", _suboptions(raw)
        if found is None:
            text = f"{server} sends {who} an option 43 that is damaged or not PXE's: {raw[:24].hex(' ')} (PXE-E74)"
            fix = "remove option 43 from its scope, or bind it to the class of devices that it is for"
            made.append(_finding("problem", "option-43", text, fix))
        elif 9 in found and 10 not in found:
            text = f"{server} sends {who} a boot menu without a prompt (PXE-E74)"
            made.append(_finding("problem", "option-43-prompt", text, "add sub-option 10 to its option 43"))
    return made


def _loops(answers: list[Answer]) -> list[Finding]:
    made = []
    for server in sorted({one.server for one in answers}):
        first = {one.boot_file for one in answers if one.server == server and one.asker == "bios"}
        again = {one.boot_file for one in answers if one.server == server and one.asker == "ipxe"}
        for name in sorted(first & again):
            if name and ("ipxe" in name.lower() or "undionly" in name.lower()):
                made.append(
                    _finding(
                        "problem",
                        "ipxe-loop",
                        f"{server} offers iPXE the file that loads iPXE, {shown(name)}: it starts again for ever",
                        "give clients with user class “iPXE” a script instead",
                    )
                )
    return made


def _sizes(answers: list[Answer]) -> list[Finding]:
    made = []
    for one in _distinct(answers):
        if one.size > OLD_ROM_MAX:
            made.append(
                _finding(
                    "note",
                    "long-offer",
                    f"{one.server} sends {_who(one)} {one.size} bytes; old ROMs take {OLD_ROM_MAX}",
                    "send fewer options to PXE clients",
                )
            )
        if one.seconds > SLOW_SECONDS:
            made.append(
                _finding(
                    "warning",
                    "slow-offer",
                    f"{one.server} took {one.seconds:.1f} s to answer {_who(one)}",
                    "shorten its conflict check (ping) or delay: ROMs do not wait much longer",
                )
            )
    return made


def _distinct(answers: list[Answer]) -> list[Answer]:
    """Return one answer for each (server, asker)."""
    return list({(one.server, one.asker): one for one in answers}.values())


def _who(one: Answer) -> str:
    return f"{ASKERS[one.asker]} clients"


def _has(packet: Packet, wanted: int) -> bool:
    return wanted in (_suboptions(packet.options.get(dhcp.VENDOR, b"")) or {})


def _suboptions(raw: bytes) -> dict[int, bytes] | None:
    """Return the sub-options of an option 43 (PXE 2.1 table 2-1), or None when it is damaged."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(raw):
        code = raw[at]
        if code == dhcp.END:
            return found
        if code == dhcp.PAD:
            at += 1
            continue
        if at + 1 >= len(raw) or at + 2 + raw[at + 1] > len(raw):
            return None
        found[code] = raw[at + 2 : at + 2 + raw[at + 1]]
        at += 2 + raw[at + 1]
    return found
