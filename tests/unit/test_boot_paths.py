"""Boot paths: which file starts an image on which client, the scripts that loaders get, and one-shots."""

from __future__ import annotations

import pytest

from bootbuilder.net import loaders, pxe
from bootbuilder.net.assignments import OFFERS_WITHOUT_END, Assignments
from bootbuilder.net.boottable import BootImage, BootTable, Entry
from bootbuilder.net.deciding import Boot, Ignore
from bootbuilder.net.loaders import Http
from bootbuilder.net.policy import Loop
from tests.unit.net_examples import SERVER, entry, image, ipxe, rom, table

FLOPPY = BootImage("fd144", img=entry("dos/fd144.img"))
LINUX = ("lib/pxelinux.0", "lib/ldlinux.c32", "lib/memdisk")
ROM = pxe.client(rom())
IPXE = pxe.client(ipxe())
MAC = "52:54:00:00:00:01"


def file(client: pxe.Client | None, catalogue: BootTable, http: Http | None = None, **boot: str) -> str:
    """Return the file that starts the floppy, or why there is none."""
    assert client is not None
    made = loaders.offer(Boot(FLOPPY, **boot), client, catalogue, SERVER, http)
    return made.reason if isinstance(made, Ignore) else made.file


def test_pxelinux_boots_a_bare_image() -> None:
    """Its configuration is made for the image, under the name that the loader asks for."""
    catalogue = table(FLOPPY, loaders=LINUX)
    assert file(ROM, catalogue) == "pxelinux/fd144/pxelinux.0"
    config = loaders.find(catalogue, "pxelinux/fd144/pxelinux.cfg/01-52-54-00-00-00-01")
    assert isinstance(config, bytes)
    assert b"KERNEL memdisk" in config and b"INITRD fd144.img" in config and b"APPEND floppy\n" in config


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("pxelinux/fd144/pxelinux.0", "lib/pxelinux.0"),
        ("pxelinux/fd144/ldlinux.c32", "lib/ldlinux.c32"),
        ("pxelinux/fd144/memdisk", "lib/memdisk"),
        ("/pxelinux/fd144/FD144.IMG", "dos/fd144.img"),
        ("pxelinux/fd144/secret", None),
        ("pxelinux/gone/memdisk", None),
        ("pxelinux/fd144/../../etc/passwd", None),
        ("ipxe/gone.ipxe", None),
    ],
)
def test_the_loaders_own_names(asked: str, found: str | None) -> None:
    """pxelinux asks for its parts beside itself, wherever they lie; nothing else is found there."""
    entry_found = loaders.find(table(FLOPPY, loaders=LINUX), asked)
    assert (entry_found.name if isinstance(entry_found, Entry) else entry_found) == found


def test_an_undi_image_keeps_the_roms_driver() -> None:
    """memdisk would take it out of memory."""
    undi = BootImage("plant-undi", img=entry("plant-undi.img"), nic="undi")
    config = loaders.find(table(undi, loaders=LINUX), "pxelinux/plant-undi/pxelinux.cfg/default")
    assert isinstance(config, bytes) and b"keeppxe" in config


def test_ipxe_gets_a_script() -> None:
    """By HTTP when it can; relative names work with either."""
    catalogue = table(FLOPPY, loaders=("memdisk", "undionly.kpxe"))
    assert file(IPXE, catalogue) == "ipxe/fd144.ipxe"
    assert file(IPXE, catalogue, Http(8080)) == "http://10.77.0.1:8080/ipxe/fd144.ipxe"
    script = loaders.find(catalogue, "ipxe/fd144.ipxe")
    assert isinstance(script, bytes) and script.startswith(b"#!ipxe\n")
    assert b"kernel /memdisk floppy" in script and b"initrd /dos/fd144.img" in script


def test_other_roms_get_ipxe_first() -> None:
    """Then it comes back as iPXE and gets the script: no circle."""
    assert file(ROM, table(FLOPPY, loaders=("memdisk", "undionly.kpxe"))) == "undionly.kpxe"


def test_without_memdisk_ipxe_reads_the_image_by_http() -> None:
    """Not for a one-shot: nobody could tell when it has been read whole."""
    assert file(IPXE, table(FLOPPY), Http(80)) == "http://10.77.0.1/ipxe/fd144.ipxe"
    script = loaders.find(table(FLOPPY), "ipxe/fd144.ipxe")
    assert isinstance(script, bytes) and b"sanboot --drive 0x00 --no-describe /dos/fd144.img" in script
    assert "nothing here can load" in file(IPXE, table(FLOPPY), Http(80), ticket="once")


def test_what_is_missing_is_said() -> None:
    """Nothing is offered that cannot work."""
    assert "nothing here can load fd144" in file(ROM, table(FLOPPY))
    assert "pxelinux.0" in file(ROM, table(FLOPPY), loader="pxelinux")
    assert "no .0 file" in file(ROM, table(FLOPPY), loader="nbp")


def test_the_loader_can_be_chosen() -> None:
    """Of an image that has its .0 too."""
    both = image("plant-e1000")
    catalogue = table(both, loaders=LINUX)
    assert ROM is not None
    made = loaders.offer(Boot(both, "pxelinux"), ROM, catalogue, SERVER, None)
    assert made == pxe.Offer("pxelinux/plant-e1000/pxelinux.0")
    assert loaders.offer(Boot(both), ROM, catalogue, SERVER, None) == pxe.Offer("plant/plant-e1000.0")


def test_names_that_roms_cannot_ask_for() -> None:
    """At most 120 bytes, no spaces."""
    assert ROM is not None
    long = BootImage("x", nbp=entry("d" * 130 + ".0"))
    assert isinstance(loaders.offer(Boot(long), ROM, table(long), SERVER, None), Ignore)


# --- one-shots and loops --------------------------------------------------------------------------------------

ONCE = Boot(image("plant-undi"), ticket="flash|plant-undi|True")
NBP, IMG = ONCE.image.nbp, ONCE.image.img
assert NBP and IMG


def test_a_one_shot_is_spent_by_the_whole_image_only() -> None:
    """Not by its offer, not by the loader before it, not by time."""
    kept = Assignments()
    kept.offered(MAC, ONCE)
    assert kept.fetched(MAC, NBP, Loop(), 0) == ([], None)
    assert not kept.is_spent(ONCE.ticket, MAC)
    told, line = kept.fetched(MAC, IMG, Loop(), 1e9)
    assert line and [event.step for event in told] == ["one-shot spent"]  # type: ignore[union-attr]
    assert kept.is_spent(ONCE.ticket, MAC)
    assert Assignments([line]).is_spent(ONCE.ticket, MAC), "also after a restart"
    assert not kept.is_spent(ONCE.ticket, "52:54:00:00:00:02")


def test_a_one_shot_that_never_gets_there_is_noticed() -> None:
    """The machine starts over and over; the log says so, once."""
    kept = Assignments()
    told = [kept.offered(MAC, ONCE) for _ in range(2 * OFFERS_WITHOUT_END)]
    assert len([event for event in told if event]) == 1


def test_a_machine_in_a_loop_is_noticed_and_can_be_stopped() -> None:
    """The same image again and again within a quarter of an hour."""
    again = Boot(ONCE.image)
    kept = Assignments()
    events = []
    for number in range(5):
        kept.offered(MAC, again)
        told, _ = kept.fetched(MAC, IMG, Loop(action="local"), number * 60)
        events += told
    assert [event.step for event in events] == ["loop"]  # type: ignore[union-attr]
    assert kept.is_resting(MAC)
    assert not kept.tick(600) and kept.tick(2000) and not kept.is_resting(MAC)
    slow = Assignments()
    for number in range(20):
        slow.offered(MAC, again)
        assert slow.fetched(MAC, IMG, Loop(), number * 400)[0] == []


def test_what_is_remembered_is_bounded() -> None:
    """However many machines there are."""
    kept = Assignments()
    for number in range(10_000):
        address = number.to_bytes(4)
        kept.learned(address.hex(":"), address)
        kept.offered(address.hex(":"), ONCE)
    assert kept.machine_at((9_999).to_bytes(4)) and not kept.machine_at((1).to_bytes(4))
    assert len(kept._given) <= 4096
