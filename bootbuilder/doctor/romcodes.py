"""What boot ROMs say when they give up, why, and what to do. docs/troubleshooting.md is made from this table.

The codes PXE-Exx are those of Intel's boot agent and the ROMs made after it; the PXE 2.1 specification does not
number them all. iPXE and UEFI firmware have words of their own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RomCode:
    """One message: the code, the words around it on the screen, its causes, and the remedies."""

    code: str
    says: str
    cause: str
    fix: str


CODES = (
    RomCode(
        "PXE-E05",
        "EEPROM checksum error",
        "The adapter's own configuration memory is damaged; the network was not even asked.",
        "Write the adapter's EEPROM anew with the maker's tool, or boot from a floppy image instead of the ROM.",
    ),
    RomCode(
        "PXE-E11",
        "ARP timeout",
        "The client has an address and a boot file but cannot reach the server named in the offer: a wrong next "
        "server (siaddr, option 66), a wrong netmask or router, or a server with two addresses of which it told the "
        "one that this network cannot reach.",
        "Compare the server's address in the offer with the server: `bootbuilder doctor --probe` prints it. Start the "
        "service with --interface or --listen so that it names the address of that network.",
    ),
    RomCode(
        "PXE-E16",
        "No offer received",
        "UEFI firmware's words for PXE-E51: nobody answered, or all that answered offered an UEFI client nothing to "
        "boot. DOS runs on BIOS machines only, so the service does not answer UEFI clients by itself.",
        "Switch the machine's firmware to legacy (CSM) network boot, or give it an .efi file in the policy.",
    ),
    RomCode(
        "PXE-E18",
        "Server response timeout",
        "UEFI firmware got an offer and then no answer from the boot server on port 4011, or no file by TFTP.",
        "Open UDP 4011 and 69 in the server's firewall; with a relay or router between them, allow both ways.",
    ),
    RomCode(
        "PXE-E23",
        "Client received TFTP error from server",
        "UEFI firmware: the file that the offer names is not there, or may not be read.",
        "The service's log has the name that was asked for. Name the file as /status lists it.",
    ),
    RomCode(
        "PXE-E32",
        "TFTP open timeout",
        "The request for the boot file was never answered: no TFTP server at the address in the offer, a firewall that "
        "drops UDP 69, or one that drops the answer, which comes from a new port.",
        "Open UDP 69 on the server. Through NAT or a firewall that does not follow TFTP, use --single-port. See "
        "whether the service's log shows the request at all.",
    ),
    RomCode(
        "PXE-E35",
        "TFTP read timeout",
        "The transfer began and then stood still: lost packets, a firewall that forgets the connection, or blocks that "
        "are too long for a link on the way (a tunnel or VPN with a small MTU), which ROMs cannot reassemble.",
        "Try --tftp-blksize 512. If that helps, lower the block size to the smallest MTU minus 32.",
    ),
    RomCode(
        "PXE-E36",
        "Error received from TFTP server",
        "The server refused: no such file, no permission, too many transfers at once.",
        "The service's log has a line “refused” with the name and the reason.",
    ),
    RomCode(
        "PXE-E38",
        "TFTP cannot open connection",
        "The client's own stack failed before it sent anything, often after an address conflict.",
        "Look for two machines with one address, and for a second DHCP server: `bootbuilder doctor --probe`.",
    ),
    RomCode(
        "PXE-E3B",
        "TFTP error: file not found",
        "The name in the offer, or the one that the boot program asked for next, is not in the served folder.",
        "Compare the name in the service's log with /status. Letter case and backslashes do not matter. Some old ROMs "
        "append a stray byte to the name when the DHCP server sends option 67 without a NUL: let this service answer.",
    ),
    RomCode(
        "PXE-E3C",
        "TFTP error: access violation",
        "The file is there, but the user that the service runs as may not read it.",
        "chmod a+r FILE, and a+x on its folders, or choose the user with --user.",
    ),
    RomCode(
        "PXE-E51",
        "No DHCP or proxyDHCP offers were received",
        "Nobody answered at all: cable or switch port (spanning tree needs up to 30 s: PortFast), a wrong VLAN, a "
        "missing relay, a firewall on the server, or a client that the policy ignores.",
        "See whether the service's log shows the client's DISCOVER. If not, the packet does not arrive: check switch, "
        "VLAN, relay, and UDP 67 in the firewall. If it says “ignored”, the reason stands beside it.",
    ),
    RomCode(
        "PXE-E52",
        "proxyDHCP offers were received. No DHCP offers were received",
        "This service answered, but nobody gave the client an address: the DHCP server is down, its pool is empty, or "
        "it does not know the client.",
        "Mend the DHCP server, or let this service give addresses: --dhcp server --pool A-B.",
    ),
    RomCode(
        "PXE-E53",
        "No boot filename received",
        "The client got an address but no boot file: no proxy offer arrived in time, or a DHCP server was set up with "
        "a next server and without a file name.",
        "Start this service on that network (--dhcp proxy). If it runs: is the client in the allow list, and does its "
        "log say “ignored”? Otherwise set options 66 and 67 in the DHCP server (doctor --snippet).",
    ),
    RomCode(
        "PXE-E55",
        "proxyDHCP service did not reply to request on port 4011",
        "An offer carried option 60 “PXEClient”, so the client asked that server on port 4011, and nobody listens "
        "there. Usual after a WDS or another PXE server has moved away and its option 60 was left in the DHCP server.",
        "Remove option 60 from the DHCP server unless a boot server runs on the same host; else open UDP 4011 in the "
        "firewall. `bootbuilder doctor --probe` names the server that sends option 60.",
    ),
    RomCode(
        "PXE-E61",
        "Media test failure, check cable",
        "No link: cable, switch port, or a speed that the two cannot agree on.",
        "Try another cable and port; set the switch port to autonegotiation.",
    ),
    RomCode(
        "PXE-E74",
        "Bad or missing PXE menu and/or prompt information",
        "Option 43 is wanted and is missing, or damaged: a DHCP server that sends option 60 “PXEClient” by itself, or "
        "one whose option 43 was made for other devices (access points, phones).",
        "Take options 43 and 60 out of the DHCP server for PXE clients, or send 43 = 06 01 08 FF with a boot file.",
    ),
    RomCode(
        "PXE-E76",
        "Bad or missing multicast discovery address",
        "Option 43 asks the client to look for its boot server by multicast and names no group.",
        "Take option 43 out of the DHCP server, or set bit 1 in its sub-option 6.",
    ),
    RomCode(
        "PXE-E77",
        "Bad or missing discovery server list",
        "Option 43 tells the client to use listed boot servers only, and the list is missing or damaged.",
        "Take option 43 out of the DHCP server; this service sends a complete one.",
    ),
    RomCode(
        "PXE-E78",
        "Could not locate boot server",
        "The chosen line of the menu names a boot server that did not answer.",
        "Is the service still running, and is UDP 4011 open on it? A second PXE server may have sent the menu.",
    ),
    RomCode(
        "PXE-E79",
        "NBP is too big to fit in free base memory",
        "The boot file is no boot program: an image or an .efi file was named where a BIOS client needs an NBP.",
        "Name the .0 file that the build made beside the image, not the image.",
    ),
    RomCode(
        "PXE-EA0",
        "Network boot canceled by keystroke",
        "Somebody pressed Esc, or a keyboard or console server sent a key.",
        "Start again; unplug what types by itself.",
    ),
    RomCode(
        "PXE-M0F",
        "Exiting PXE ROM",
        "Not an error: the ROM hands over to the next boot device, after an error above it, or by choice in the menu.",
        "Read the line above it.",
    ),
    RomCode(
        "iPXE 040ee119",
        "No configuration methods succeeded",
        "iPXE's words for PXE-E51: no DHCP offer.",
        "As for PXE-E51.",
    ),
    RomCode(
        "iPXE 2d12603b",
        "No such file or directory",
        "iPXE's words for PXE-E3B.",
        "As for PXE-E3B.",
    ),
    RomCode(
        "iPXE 4c126035",
        "Connection timed out",
        "iPXE's words for PXE-E32 (TFTP), or the HTTP port cannot be reached.",
        "As for PXE-E32; for HTTP open TCP 80, or the port of --http-port.",
    ),
    RomCode(
        "Nothing to boot",
        "Nothing to boot: No such file or directory",
        "iPXE got an address and neither a boot file nor a proxy offer.",
        "As for PXE-E53.",
    ),
    RomCode(
        "Invalid signature",
        "Selected boot image did not authenticate",
        "UEFI Secure Boot refuses an .efi file that is not signed. BIOS boot is not concerned.",
        "Give a signed .efi file, or switch Secure Boot off for that machine.",
    ),
)


def find(asked: str) -> tuple[RomCode, ...]:
    """Return the entries for a code ("e53", "PXE-E53") or for words on the screen."""
    plain = asked.strip().rstrip(":.").casefold()
    exact = tuple(one for one in CODES if one.code.casefold() in (plain, f"pxe-{plain}"))
    if exact or len(plain) < 3:
        return exact
    return tuple(
        one
        for one in CODES
        if plain in f"{one.code}: {one.says}".casefold()
        or (one.code.casefold() in plain)
        or one.says.casefold() in plain
    )


def as_markdown() -> str:
    """Return the table as docs/troubleshooting.md has it."""
    parts = []
    for one in CODES:
        parts.append(f"### {one.code}: {one.says}\n\n{one.cause}\n\n*Do:* {one.fix}\n")
    return "\n".join(parts)
