"""Boot paths: how an image gets into a PC by network. Our own NBP beside it, pxelinux with memdisk, or iPXE.

Sites that have pxelinux, memdisk or iPXE lay them into the served folder; what those must be told is generated
here, under names that say it all (`pxelinux/IMAGE/pxelinux.cfg/default`, `ipxe/IMAGE.ipxe`), so that nothing has to
be remembered for a client.
"""

from __future__ import annotations

from dataclasses import dataclass

from bootbuilder.net.boottable import BootImage, BootTable, Entry, normal_name
from bootbuilder.net.deciding import UNDI, Boot, Ignore
from bootbuilder.net.pxe import Client, Offer
from bootbuilder.net.wire import ip_text

FLOPPY_MAX = 4 << 20  # bytes; memdisk takes smaller images for floppies, larger ones for hard disks
PXELINUX, IPXE = "pxelinux/", "ipxe/"
NAME_MAX = 120  # bytes of a name in `file`, with room for what some ROMs append


@dataclass(frozen=True, slots=True)
class Http:
    """Where the HTTP service is, for URLs."""

    port: int

    def url(self, server: bytes, name: str) -> str:
        """Return the address of a name for clients that reach us at `server`."""
        host = ip_text(server)
        return f"http://{host}{'' if self.port == 80 else f':{self.port}'}/{name}"


def offer(boot: Boot, client: Client, table: BootTable, server: bytes, http: Http | None) -> Offer | Ignore:
    """Return the file that starts an image on a client, or why there is none."""
    image = boot.image
    if not client.runs_dos or client.kind == "HTTPClient":
        return _by_firmware(image, client, server, http)
    wanted = boot.loader
    if wanted in ("auto", "nbp") and image.nbp:
        return _named(image.nbp.name)
    if wanted == "nbp":
        return Ignore(f"{image.id} has no .0 file: build it with the medium pxe")
    if image.img is None:
        return Ignore(f"{image.id} has neither a .0 nor an .img file")
    pxelinux = loader(table, "pxelinux.0", "lpxelinux.0")
    memdisk = loader(table, "memdisk")
    modules = loader(table, "ldlinux.c32")
    if wanted in ("auto", "pxelinux") and pxelinux and memdisk and (modules or wanted == "pxelinux"):
        return _named(f"{PXELINUX}{image.id}/{pxelinux.base}")
    if wanted == "pxelinux":
        return Ignore(
            "pxelinux.0, ldlinux.c32 and memdisk have to be in the served folder for this boot path"
        )
    script = f"{IPXE}{image.id}.ipxe"
    # Without memdisk iPXE reads the image by HTTP ranges; a one-shot could not be seen to end then.
    by_http = http is not None and image.img.size < FLOPPY_MAX and not boot.ticket
    if client.scripts and (memdisk or (by_http and client.http)):
        return Offer(http.url(server, script)) if http and client.http else _named(script)
    ipxe = loader(table, "undionly.kpxe", "ipxe.pxe", "ipxe.kpxe", "undionly.kkpxe")
    if ipxe and not client.scripts and (memdisk or by_http):
        return _named(ipxe.name)
    return Ignore(
        f"nothing here can load {image.id}: build it with the medium pxe, or lay pxelinux.0, ldlinux.c32 and memdisk, "
        "or undionly.kpxe and memdisk, into the served folder"
    )


def _by_firmware(image: BootImage, client: Client, server: bytes, http: Http | None) -> Offer | Ignore:
    entry = image.nbp if client.runs_dos else image.efi
    if entry is None:
        return Ignore(f"{image.id} has no file that {client.architecture_name} starts")
    if client.kind != "HTTPClient":
        return _named(entry.name)
    if http is None:
        return Ignore("it boots by HTTP, and the HTTP service is off")
    return Offer(http.url(server, entry.name))


def _named(name: str) -> Offer | Ignore:
    if len(name.encode()) > NAME_MAX or not name.isascii() or " " in name:
        return Ignore(
            f"boot ROMs cannot ask for {name!r}: at most {NAME_MAX} plain characters without spaces"
        )
    return Offer(name)


def loader(table: BootTable, *names: str) -> Entry | None:
    """Return the first of these files that is served; in whichever folder, the nearest to the top."""
    for name in names:
        found = [entry for entry in table.entries.values() if entry.base.casefold() == name]
        if found:
            return min(found, key=lambda entry: (entry.name.count("/"), entry.name))
    return None


def find(table: BootTable, asked: str) -> Entry | bytes | None:
    """Return what a client's name means: a file of the table, or the bytes of a script made for an image."""
    if found := table.find(asked):
        return found
    name = normal_name(asked)
    if name is None:
        return None
    if name.startswith(PXELINUX):
        return _for_pxelinux(table, name.removeprefix(PXELINUX))
    if name.startswith(IPXE) and name.endswith(".ipxe"):
        image = _image(table, name.removeprefix(IPXE).removesuffix(".ipxe"))
        return _ipxe_script(table, image) if image else None
    return None


def _for_pxelinux(table: BootTable, rest: str) -> Entry | bytes | None:
    """`IMAGE/pxelinux.cfg/ANY` is the configuration; `IMAGE/FILE` is one of the loader's own files."""
    for image in table.images:
        if image.img is None or not rest.startswith(f"{image.id}/"):
            continue
        file = rest.removeprefix(f"{image.id}/")
        if file.startswith("pxelinux.cfg/"):
            return _pxelinux_config(table, image)
        base = file.rpartition("/")[2]
        if base.casefold() == image.img.base.casefold():
            return image.img
        return loader(table, base.casefold())
    return None


def _image(table: BootTable, name: str) -> BootImage | None:
    return next((image for image in table.images if image.id == name and image.img), None)


def _memdisk_options(image: BootImage, entry: Entry) -> str:
    kind = "floppy" if entry.size < FLOPPY_MAX else "harddisk"
    return f"{kind} keeppxe" if UNDI in image.nic else kind


def _pxelinux_config(table: BootTable, image: BootImage) -> bytes | None:
    if image.img is None or loader(table, "memdisk") is None:
        return None
    # Names are relative to the loader's own, which is PXELINUX/IMAGE/: find() above answers them.
    return (
        f"DEFAULT boot\nPROMPT 0\nLABEL boot\n  KERNEL memdisk\n  INITRD {image.img.base}\n"
        f"  APPEND {_memdisk_options(image, image.img)}\n"
    ).encode()


def _ipxe_script(table: BootTable, image: BootImage) -> bytes:
    """Names that begin with / are relative to where the script came from, be it TFTP or HTTP."""
    assert image.img is not None
    memdisk = loader(table, "memdisk")
    if memdisk is not None:
        lines = [
            f"kernel /{memdisk.name} {_memdisk_options(image, image.img)}",
            f"initrd /{image.img.name}",
            "boot",
        ]
    else:
        lines = [f"sanboot --drive 0x00 --no-describe /{image.img.name}"]
    failed = "echo This image could not be loaded; going on with the next boot device\nsleep 5\nexit 1"
    return ("#!ipxe\n" + " || goto failed\n".join(lines) + f" || goto failed\n:failed\n{failed}\n").encode()
