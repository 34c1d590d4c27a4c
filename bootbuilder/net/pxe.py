"""What PXE adds to DHCP: who a client says it is, and what a boot server tells it. PXE 2.1, RFC 4578, iPXE.

Packets in, packets out; who gets what is decided elsewhere and comes as an `Offer`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from bootbuilder.net import dhcp
from bootbuilder.net.dhcp import Packet
from bootbuilder.net.records import record
from bootbuilder.net.wire import Malformed, ip_text, mac_text

ARCHITECTURES = {  # IANA "Processor Architecture Types"; the names are what a policy writes
    0: "bios", 1: "pc98", 2: "itanium", 3: "alpha", 4: "arc-x86", 5: "intel-lean", 6: "uefi-ia32", 7: "uefi-x64",
    8: "uefi-xscale", 9: "uefi-ebc", 10: "uefi-arm32", 11: "uefi-arm64", 12: "ppc-of", 13: "ppc-epapr",
    14: "ppc-opal", 15: "http-ia32", 16: "http-x64", 17: "http-ebc", 18: "http-arm32", 19: "http-arm64",
    20: "http-bios", 21: "uboot-arm32", 22: "uboot-arm64", 23: "uboot-http-arm32", 24: "uboot-http-arm64",
    25: "uefi-riscv32", 26: "http-riscv32", 27: "uefi-riscv64", 28: "http-riscv64", 29: "uefi-riscv128",
    30: "http-riscv128", 31: "s390-basic", 32: "s390-extended", 33: "mips32", 34: "mips64", 35: "sunway32",
    36: "sunway64", 37: "uefi-loongarch32", 38: "http-loongarch32", 39: "uefi-loongarch64",
    40: "http-loongarch64", 41: "arm-rpiboot",
}  # fmt: skip
DOS_CAPABLE = frozenset({0, 20})  # PC BIOS, and PC BIOS by HTTP: nothing else runs 16-bit code
X64 = frozenset({7, 9})  # the first text of RFC 4578 had them the other way round (its erratum)

# Sub-options of option 43: PXE 2.1 table 2-1
DISCOVERY_CONTROL, MULTICAST_GROUP, BOOT_SERVERS, BOOT_MENU, MENU_PROMPT, BOOT_ITEM = 6, 7, 8, 9, 10, 71
NO_BROADCAST, NO_MULTICAST, ONLY_LISTED, TAKE_BOOT_FILE = 1, 2, 4, 8  # bits of sub-option 6
LOCAL_BOOT = 0  # the boot server type of "boot from the local disk"
FIRST_TYPE = 0x8000  # boot server types from here on are free for vendors
CREDENTIALS = 0x8000  # the layer's bit that asks for signed boot (BIS)
DISCOVERY_GROUP = bytes((224, 0, 1, 2))  # the customary group of boot servers
FOREVER = 255  # a prompt's seconds: wait for the user

# What iPXE tells in option 175: ipxe.org/howto/dhcpd
IPXE_BUS_ID, IPXE_HTTP, IPXE_NO_PROXY = 0xB1, 0x13, 0xB0


@record(frozen=True, slots=True)
class Client:
    """Who asks, as far as one packet tells.

    `kind` is "PXEClient" or "HTTPClient"; `pci` the adapter as "8086:100e" or ""; `relay` is giaddr, `address`
    ciaddr, both as 4 bytes; `scripts` says that it is iPXE and can be given a script.
    """

    mac: str
    kind: str
    architecture: int = 0
    uuid: str = ""
    vendor_class: str = ""
    user_class: str = ""
    pci: str = ""
    scripts: bool = False
    http: bool = False
    relay: bytes = dhcp.NO_ADDRESS
    address: bytes = dhcp.NO_ADDRESS

    @property
    def runs_dos(self) -> bool:
        """Whether it can run 16-bit code."""
        return self.architecture in DOS_CAPABLE

    @property
    def architecture_name(self) -> str:
        """Its architecture as a policy writes it."""
        return ARCHITECTURES.get(self.architecture, str(self.architecture))


def client(packet: Packet) -> Client | None:
    """Return who sent a packet, or None when it is no network boot client.

    Raises Malformed for options of the wrong length.
    """
    options = packet.options
    vendor_class = _text(options.get(dhcp.VENDOR_CLASS, b""))
    kind = vendor_class[:10] if vendor_class.startswith("HTTPClient") else vendor_class[:9]
    if kind not in ("PXEClient", "HTTPClient") or not packet.chaddr:
        return None
    user_class = _text(options.get(dhcp.USER_CLASS, b""))
    ipxe, http, bus = _ipxe(options.get(dhcp.IPXE, b""))
    return Client(
        mac=mac_text(packet.chaddr),
        kind=kind,
        architecture=_architecture(options.get(dhcp.ARCHITECTURE, b""), vendor_class),
        uuid=_machine_id(options.get(dhcp.MACHINE_ID, b"")),
        vendor_class=vendor_class,
        user_class=user_class,
        pci=_pci(bus, options.get(dhcp.NETWORK_INTERFACE, b"")),
        scripts=ipxe or "iPXE" in user_class,
        http=http,
        relay=packet.giaddr,
        address=packet.ciaddr,
    )


@lru_cache(maxsize=256)
def _ipxe(value: bytes) -> tuple[bool, bool, bytes]:
    """Return from option 175 whether it is iPXE, whether that speaks HTTP, and its adapter's bus id."""
    features = _encapsulated(value)
    return bool(features), IPXE_HTTP in features, features.get(IPXE_BUS_ID, b"")


@lru_cache(maxsize=256)  # a handful of ROMs say the same again and again
def _text(value: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in value.rstrip(b"\0"))


def _architecture(value: bytes, vendor_class: str) -> int:
    """The first of option 93 decides; without it, what option 60 says; without that, a PC."""
    if len(value) >= 2:
        return int.from_bytes(value[:2])
    if value:
        raise Malformed("option 93 has one byte")
    told = vendor_class[15:20]  # PXEClient:Arch:00007:UNDI:003016
    return int(told) if vendor_class[9:15] == ":Arch:" and told.isdecimal() else 0


def _machine_id(value: bytes) -> str:
    """RFC 4578 section 2.3: type 0 and a GUID whose first three fields are little-endian. Some ROMs send none."""
    if len(value) != 17 or value[0] or not any(value[1:]):
        return ""
    guid = value[4:0:-1] + value[6:4:-1] + value[8:6:-1] + value[9:]
    text = guid.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _pci(bus: bytes, interface: bytes) -> str:
    """iPXE: type 1 (PCI), vendor, device. Option 94 with type 2 (PXE 2.1's network card id): the same two behind it."""
    if len(bus) == 5 and bus[0] == 1:
        return f"{bus[1:3].hex()}:{bus[3:5].hex()}"
    if len(interface) >= 5 and interface[0] == 2:
        return f"{interface[1:3].hex()}:{interface[3:5].hex()}"
    return ""


def _encapsulated(data: bytes) -> dict[int, bytes]:
    """Return the sub-options of option 43 or 175. Raises Malformed where one is longer than the option."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        code = data[at]
        at += 1
        if code == dhcp.PAD:
            continue
        if code == dhcp.END:
            break
        if at >= len(data) or at + 1 + data[at] > len(data):
            raise Malformed(f"sub-option {code} is longer than its option")
        found[code] = data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
    return found


def boot_item(packet: Packet) -> tuple[int, int] | None:
    """Return (type, layer) that a boot server discovery asks for, or None when the packet is none."""
    value = _encapsulated(packet.options.get(dhcp.VENDOR, b"")).get(BOOT_ITEM)
    if value is None:
        return None
    if len(value) < 4:
        raise Malformed("sub-option 71 is shorter than 4 bytes")
    return int.from_bytes(value[:2]), int.from_bytes(value[2:4])


# --- What is told -----------------------------------------------------------------------------------------


class Discovery(Enum):
    """How a client looks for the boot server behind a menu entry; the value is sub-option 6."""

    UNICAST = NO_BROADCAST | NO_MULTICAST
    MULTICAST = NO_BROADCAST
    BROADCAST = NO_MULTICAST


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a boot menu. `type` is what the client asks for with sub-option 71; 0 boots the local disk."""

    type: int
    text: str


@dataclass(frozen=True, slots=True)
class Menu:
    """`prompt` stands on the screen for `seconds` (0: the first entry at once, 255: the menu until a choice)."""

    items: tuple[Item, ...]
    prompt: str
    seconds: int
    discovery: Discovery = Discovery.UNICAST


@record(frozen=True, slots=True)
class Offer:
    """What a client is told: a file, or a menu. `file` is a TFTP name, or a URL for HTTP clients and iPXE."""

    file: str = ""
    menu: Menu | None = None


def vendor_options(offer: Offer, server: bytes) -> bytes:
    """Return option 43 of an offer. Raises ValueError where a menu does not fit its 255 bytes."""
    if offer.menu is None:
        return bytes((DISCOVERY_CONTROL, 1, TAKE_BOOT_FILE, dhcp.END))
    menu = offer.menu
    parts = [bytes((DISCOVERY_CONTROL, 1, menu.discovery.value))]
    if menu.discovery is Discovery.MULTICAST:
        parts.append(bytes((MULTICAST_GROUP, 4)) + DISCOVERY_GROUP)
    servers = b"".join(
        struct.pack("!HB", item.type, 1) + server for item in menu.items if item.type != LOCAL_BOOT
    )
    if menu.discovery is Discovery.UNICAST:
        parts.append(_sub(BOOT_SERVERS, servers))
    lines = [(item.type, item.text.encode("ascii", "replace")) for item in menu.items]
    parts.append(
        _sub(BOOT_MENU, b"".join(struct.pack("!HB", kind, len(text)) + text for kind, text in lines))
    )
    parts.append(_sub(MENU_PROMPT, bytes((menu.seconds,)) + menu.prompt.encode("ascii", "replace")))
    value = b"".join(parts) + b"\xff"
    if len(value) > 255:
        raise ValueError(f"a menu of {len(menu.items)} entries takes {len(value)} bytes; 255 fit")
    return value


def _sub(code: int, value: bytes) -> bytes:
    if len(value) > 255:
        raise ValueError(f"sub-option {code} takes {len(value)} bytes; 255 fit")
    return bytes((code, len(value))) + value if value else b""


def fits(menu: Menu) -> bool:
    """Return whether a menu fits option 43."""
    try:
        vendor_options(Offer(menu=menu), bytes(4))
    except ValueError:
        return False
    return True


def boot_options(asked: Packet, who: Client, offer: Offer, server: bytes) -> dict[int, bytes]:
    """Return the options that carry an offer, in any kind of answer. `server` is our address as the client sees it."""
    options = {dhcp.VENDOR_CLASS: who.kind.encode()}
    machine = asked.options.get(dhcp.MACHINE_ID, b"")
    if len(machine) == 17:
        options[dhcp.MACHINE_ID] = machine
    # UEFI takes the offer with no option 43 for "ask port 4011", which works with all of its versions; menus of
    # UEFI are broken in many. PXE 2.1's own way, option 43, is what BIOS ROMs need.
    if who.kind == "PXEClient" and (who.runs_dos or offer.menu):
        options[dhcp.VENDOR] = vendor_options(offer, server)
    if offer.file:
        url = "://" in offer.file
        if not url:
            options[dhcp.TFTP_NAME] = ip_text(server).encode() + b"\0"
        # A NUL ends TFTP names, because old ROMs append what follows; in a URL some take it for a character.
        options[dhcp.BOOT_FILE] = offer.file.encode() + (b"" if url else b"\0")
    return options


def answer(
    asked: Packet,
    message: int,
    options: dict[int, bytes],
    server: bytes,
    offer: Offer | None = None,
    *,
    yiaddr: bytes = dhcp.NO_ADDRESS,
    ciaddr: bytes = dhcp.NO_ADDRESS,
) -> Packet:
    """Return the reply to `asked`: what every reply repeats, option 82 last (RFC 3046 section 2.2).

    A NAK has the broadcast flag, because its client has no address (RFC 2131 section 4.3.2).
    """
    whole = {dhcp.MESSAGE_TYPE: bytes((message,)), dhcp.SERVER_ID: server, **options}
    for code in (dhcp.CLIENT_ID, dhcp.RELAY_AGENT):  # RFC 6842; RFC 3046
        if code in asked.options:
            whole[code] = asked.options[code]
    file = offer.file.encode() if offer and offer.file and len(offer.file) < 128 else b""
    return Packet(
        op=2,
        xid=asked.xid,
        chaddr=asked.chaddr,
        options=whole,
        htype=asked.htype,
        flags=asked.flags | (dhcp.BROADCAST_FLAG if message == dhcp.NAK else 0),
        ciaddr=ciaddr,
        yiaddr=yiaddr,
        siaddr=server if offer else dhcp.NO_ADDRESS,
        giaddr=asked.giaddr,
        file=file,
    )


def boot_item_option(kind: int, layer: int) -> bytes:
    """Return option 43 of a boot server's answer: the item that it confirms."""
    return bytes((BOOT_ITEM, 4)) + struct.pack("!HH", kind, layer) + b"\xff"
