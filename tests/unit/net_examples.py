"""What the tests of the PXE service share: a catalogue, and clients as they are on the wire."""

from __future__ import annotations

from bootbuilder.net import dhcp
from bootbuilder.net.answering import Arrival, BootServer
from bootbuilder.net.boottable import BootImage, BootTable, Entry
from bootbuilder.net.loaders import Http
from bootbuilder.net.policy import PLAIN, Policy

SERVER = bytes((10, 77, 0, 1))
MAC = bytes.fromhex("525400000001")
FLOPPY = 1_474_560
E1000 = "8086:100e"


def entry(name: str, size: int = FLOPPY) -> Entry:
    """Return a file of the catalogue."""
    return Entry(name, size)


def image(name: str, *, pci: str = "", recipe: str = "plant", **more: str) -> BootImage:
    """Return an image as a build makes it: .img and .0 side by side."""
    return BootImage(
        name,
        nbp=entry(f"plant/{name}.0", 9000),
        img=entry(f"plant/{name}.img"),
        recipe=recipe,
        nic=more.pop("nic", name.rpartition("-")[2]),
        pci=frozenset(pci.split()),
        **more,  # type: ignore[arg-type]
    )


def table(*images: BootImage, loaders: tuple[str, ...] = ()) -> BootTable:
    """Return a catalogue of these images and files."""
    files = [file for one in images for file in (one.nbp, one.img, one.efi) if file]
    files += [entry(name, 30_000) for name in loaders]
    return BootTable({file.name: file for file in files}, images)


ONE = table(image("plant-ne2000"))
FLEET = table(
    image("plant-ne2000", pci="10ec:8029"),
    image("plant-e1000", pci=E1000),
    image("plant-undi"),
)


def ipxe(arch: int = 0, *, mac: bytes = MAC, message: int = dhcp.DISCOVER, **fields: bytes) -> dhcp.Packet:
    """Return what QEMU's iPXE ROM on an e1000 sends."""
    features = bytes.fromhex(
        "b105018086100eeb0301000017010122010113010111010127010119010129010110010221010115010118"
    )
    options = {
        **dhcp.pxe_options(arch, bytes(16)),
        dhcp.USER_CLASS: b"iPXE",
        dhcp.IPXE: features + b"\x01\x01\x12\x01\x01",
        dhcp.CLIENT_ID: b"\x01" + mac,
    }
    return dhcp.request(mac, 0x85EE2877, options, message=message, flags=0, **fields)


def rom(arch: int = 0, *, mac: bytes = MAC, message: int = dhcp.DISCOVER, **fields: bytes) -> dhcp.Packet:
    """Return what an Intel Boot Agent sends: no iPXE, broadcast answers wanted."""
    options = dhcp.pxe_options(arch, bytes(range(16)))
    return dhcp.request(mac, 0x12345678, options, message=message, **fields)


def with_options(packet: dhcp.Packet, options: dict[int, bytes]) -> dhcp.Packet:
    """Return a message with more options, as it would be read from the wire."""
    import dataclasses

    return dhcp.parse(dhcp.encode(dataclasses.replace(packet, options={**packet.options, **options})))


def boot_server(catalogue: BootTable = ONE, policy: Policy = PLAIN, **more: object) -> BootServer:
    """Return a proxyDHCP server."""
    return BootServer("proxy", policy, catalogue, Http(80), **more)  # type: ignore[arg-type]


def on_67(source: str = "0.0.0.0") -> Arrival:
    """Return where a broadcast comes in."""
    return Arrival("eth0", SERVER, (source, 68))


def on_4011(source: str = "10.77.0.155", port: int = 68) -> Arrival:
    """Return where a request to the boot server's port comes in."""
    return Arrival("eth0", SERVER, (source, port), pxe_port=True)
