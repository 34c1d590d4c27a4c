"""Boot sectors on a simulated PC: they load their kernel and hand over as it wants, or say why not."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bootbuilder.errors import ImageError
from bootbuilder.firmware import ROOT, bootsector
from bootbuilder.media import fat
from tests.unit.boot_pc import DPT, DPT_ADDRESS, FORMAT, HARD_DISK, SECTOR, Disk, Outcome, Pc

FLOPPY = fat.GEOMETRIES["1.44M"]
GEOMETRIES = [*fat.GEOMETRIES.values(), HARD_DISK]
WHOLE = ("freedos", "edr", "drdos")  # the kinds that load all of a file
NAMES = {
    "freedos": ("KERNEL.SYS",),
    "edr": ("DRBIO.SYS", "DRDOS.SYS"),
    "drdos": ("IBMBIO.COM", "IBMDOS.COM"),
    "iosys": ("IO.SYS", "MSDOS.SYS"),
    "dos2": ("IO.SYS", "MSDOS.SYS"),
    "dos1": ("IBMBIO.COM", "IBMDOS.COM"),
    "msdos7": ("IO.SYS", "MSDOS.SYS"),
}


CONTENT = random.Random(1).randbytes(700_000)  # of files: never the same sector twice


def make(
    kind: bootsector.Kind, geometry: fat.Geometry = FLOPPY, size: int = 20_000, sectors: int = 0, ax: int = 0
) -> Disk:
    """A disk of that kind whose kernel has `size` bytes; DOS 1 and 2 load 9 sectors unless told otherwise."""
    sectors = sectors or (9 if kind in ("dos1", "dos2") else 0)
    sector = bootsector.compose(kind, geometry.fat_bits, fat.bpb(geometry), sectors=sectors, ax=ax)
    first, *others = NAMES[kind]
    files = [
        fat.VolumeFile(first, CONTENT[:size]),
        *(fat.VolumeFile(name, CONTENT[-1500:]) for name in others),
    ]
    return Disk(geometry, sector, (*files, fat.VolumeFile("COMMAND.COM", CONTENT[-3000:])))


def loaded_bytes(kind: str) -> int:
    """How much of a kernel of 20,000 bytes the sector loads."""
    return {"iosys": 4, "msdos7": 4, "dos1": 9, "dos2": 9}.get(kind, 0) * SECTOR or 20_000


def name_of(kind: str) -> bytes:
    return bootsector.packed_name(NAMES[kind][0])


def entry_of(kind: str) -> int:
    family = bootsector.FAMILIES[kind]
    return family.segment * 16 + family.entry


def start(kind: str, disk: Disk, pc: Pc | None = None, segment: int = 0) -> Outcome:
    """Boot the disk on a PC, or on `pc`."""
    return (pc or Pc(bytes(disk.bytes), disk.geometry)).boot(entry_of(kind), segment=segment)


def loaded(kind: str, outcome: Outcome, size: int) -> bytes:
    address = bootsector.FAMILIES[kind].segment * 16
    return outcome.memory[address : address + size]


def assert_boots(kind: str, outcome: Outcome, size: int) -> None:
    assert (outcome.end, outcome.text) == ("handoff", "")
    assert loaded(kind, outcome, size) == CONTENT[:size]


def assert_refuses(outcome: Outcome, text: str) -> None:
    """The sector showed exactly that text, waited for one key and let the BIOS boot again."""
    assert (outcome.end, outcome.text, outcome.keys) == ("reboot", f"{text}, press a key", 1)


# --- loading -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", bootsector.KINDS)
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda geometry: geometry.name)
def test_each_kind_boots_on_each_geometry(kind: bootsector.Kind, geometry: fat.Geometry) -> None:
    """The kernel's bytes are in memory, entered with the drive in DL and BP at the sector, on every geometry."""
    outcome = start(kind, make(kind, geometry))
    family = bootsector.FAMILIES[kind]
    assert_boots(kind, outcome, loaded_bytes(kind))
    registers = outcome.registers
    assert (registers["CS"], registers["IP"]) == (family.segment, family.entry)
    assert registers["DX"] & 0xFF == geometry.drive
    assert registers["BP"] == 0x7C00
    sector = registers["SS"] * 16 + 0x7C00
    assert outcome.memory[sector + 0x0B : sector + 0x3E] == fat.bpb(
        geometry, "BOOT", outcome.dword(sector + 0x27)
    )
    assert outcome.memory[sector + 0x1FE : sector + 0x200] == b"\x55\xaa"


@pytest.mark.parametrize("kind", [*WHOLE, "msdos7"])
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=lambda geometry: geometry.name)
def test_a_scattered_kernel_boots(kind: bootsector.Kind, geometry: fat.Geometry) -> None:
    """A kernel whose clusters lie backwards at the end of the disk, and whose entry is not first, is loaded."""
    disk = make(kind, geometry)
    count = len(disk.chain(name_of(kind)))
    disk.move(name_of(kind), [geometry.clusters + 1 - index for index in range(count)])
    disk.place_entry(name_of(kind), 7, fill=False)
    assert_boots(kind, start(kind, disk), loaded_bytes(kind))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_order_of_clusters_boots_property(data: st.DataObject) -> None:
    """Whatever clusters the kernel's chain goes through, its bytes arrive in order."""
    geometry = data.draw(st.sampled_from([fat.GEOMETRIES["360K"], FLOPPY, HARD_DISK]))
    disk = make("freedos", geometry)
    count = len(disk.chain(name_of("freedos")))
    free = st.integers(20, min(geometry.clusters, 0xFFF) + 1).filter(lambda cluster: not disk.next(cluster))
    disk.move(name_of("freedos"), data.draw(st.lists(free, min_size=count, max_size=count, unique=True)))
    assert_boots("freedos", start("freedos", disk), 20_000)


@pytest.mark.parametrize("kind", [*WHOLE, "msdos7"])
@pytest.mark.parametrize("geometry", [FLOPPY, fat.GEOMETRIES["1.68M"], HARD_DISK], ids=lambda g: g.name)
def test_the_kernel_may_be_the_last_entry_of_a_full_root(
    kind: bootsector.Kind, geometry: fat.Geometry
) -> None:
    """The search neither stops early nor runs past a root directory without a free entry."""
    disk = make(kind, geometry)
    disk.place_entry(name_of(kind), geometry.root_entries - 1, fill=True)
    assert_boots(kind, start(kind, disk), loaded_bytes(kind))


@pytest.mark.parametrize("size", [1, 511, 512, 513, 8 * 512, 64 * 1024, 137_727])
@pytest.mark.parametrize("geometry", [FLOPPY, fat.GEOMETRIES["1.68M"], HARD_DISK], ids=lambda g: g.name)
def test_every_size_up_to_the_limit_boots(size: int, geometry: fat.Geometry) -> None:
    """A kernel of one byte, of whole and broken sectors, over 64 KB, and of the greatest size is loaded whole."""
    assert_boots("freedos", start("freedos", make("freedos", geometry, size)), size)


@pytest.mark.parametrize("kind", bootsector.KINDS)
def test_it_runs_at_either_address_of_the_sector(kind: bootsector.Kind) -> None:
    """A BIOS that enters at 07C0:0000 in place of 0000:7C00 boots as well."""
    assert start(kind, make(kind), segment=0x07C0).end == "handoff"


# --- hand-off ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "segment", "stack"), [("freedos", 0x1FE0, 0x7BA0), ("edr", 0x1FE0, 0x7BA0), ("drdos", 0, 0x7BA0)]
)
@pytest.mark.parametrize("geometry", [FLOPPY, HARD_DISK], ids=lambda geometry: geometry.name)
def test_handoff_of_a_whole_file(
    kind: bootsector.Kind, segment: int, stack: int, geometry: fat.Geometry
) -> None:
    """BL = DL = drive, and SS = DS is the segment with the sector at 7C00h and the stack below."""
    registers = start(kind, make(kind, geometry)).registers
    assert registers["BX"] & 0xFF == registers["DX"] & 0xFF == geometry.drive
    assert (registers["SS"], registers["DS"], registers["SP"]) == (segment, segment, stack)


@pytest.mark.parametrize("geometry", [FLOPPY, fat.GEOMETRIES["360K"], HARD_DISK], ids=lambda g: g.name)
def test_handoff_of_ms_dos_3_to_6(geometry: fat.Geometry) -> None:
    """Media in CH, data area in AX:BX, root directory at 0:500, INT 1Eh at 7C3E, the old table in DS:SI."""
    disk = make("iosys", geometry, ax=5)
    outcome = start("iosys", disk)
    registers = outcome.registers
    assert registers["CX"] >> 8 == geometry.media
    first = geometry.hidden + geometry.data_sector
    assert (registers["AX"], registers["BX"]) == (5 + (first >> 16), first & 0xFFFF)
    assert (registers["SS"], registers["SP"], registers["ES"]) == (0, 0x7C00, 0)
    assert registers["DS"] * 16 + registers["SI"] == DPT_ADDRESS
    assert outcome.memory[0x500:0x700] == disk.bytes[disk.root() : disk.root() + SECTOR]
    assert outcome.dword(0x78) == 0x7C3E
    table = bytearray(DPT)
    table[4], table[9] = geometry.sectors_per_track, 15
    assert outcome.memory[0x7C3E : 0x7C3E + 11] == table
    assert outcome.memory[0x7DFD] == geometry.drive


@pytest.mark.parametrize(("equipment", "drives"), [(0x0001, 1), (0x0041, 2), (0x00C1, 4)])
def test_handoff_of_ms_dos_2(equipment: int, drives: int) -> None:
    """DOS 2 learns the number of floppy drives from CX; AX = 0 stands for a floppy."""
    disk = make("dos2", fat.GEOMETRIES["360K"], sectors=20)
    pc = Pc(bytes(disk.bytes), disk.geometry, equipment=equipment)
    registers = start("dos2", disk, pc).registers
    assert (registers["CX"], registers["AX"], registers["BX"]) == (drives, 0, disk.geometry.data_sector)


def test_handoff_of_pc_dos_1() -> None:
    """DOS 1 does not clear the byte that tells which of A: and B: its only drive is, so the sector does."""
    assert start("dos1", make("dos1", fat.GEOMETRIES["160K"])).memory[0x504] == 0


@pytest.mark.parametrize("geometry", [FLOPPY, HARD_DISK], ids=lambda geometry: geometry.name)
def test_handoff_of_ms_dos_7(geometry: fat.Geometry) -> None:
    """The stack has the vector's address, the old vector and the data area; SI:DI is the first cluster."""
    disk = make("msdos7", geometry)
    outcome = start("msdos7", disk)
    assert outcome.registers["SP"] == 0x7BF4
    assert outcome.dword(0x7BF4) == 0x78
    assert outcome.dword(0x7BF8) == 0xF000EFC7
    assert outcome.dword(0x7BFC) == geometry.hidden + geometry.data_sector
    assert (outcome.registers["SI"], outcome.registers["DI"]) == (0, disk.chain(name_of("msdos7"))[0])
    assert outcome.memory[0x7C24] == geometry.drive
    assert outcome.dword(0x78) == 0x522
    assert outcome.memory[0x526] == geometry.sectors_per_track
    assert outcome.memory[0xF00:0x1000] == bytes([FORMAT]) * 256, "only four sectors are loaded"


def test_io_sys_finds_its_messages_in_the_ms_dos_7_sector() -> None:
    """Followed the way IO.SYS does, the message table leads to a complaint and to the request for a key."""
    sector = bootsector.compose("msdos7", 12, fat.bpb(FLOPPY))
    table = int.from_bytes(sector[0x1EE:0x1F0], "little")
    end = sector.index(0, table)

    def text(index: int) -> bytes:
        at = (
            table
            + index
            + 1
            + int.from_bytes(sector[table + index : table + index + 1], "little", signed=True)
        )
        assert table + 4 <= at < end
        return sector[at : end + 1]

    assert re.match(rb"Bad IO\.SYS\xff", text(2))
    assert text(3) == b", press a key\0"


# --- trouble -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", bootsector.KINDS)
@pytest.mark.parametrize("geometry", [FLOPPY, HARD_DISK], ids=lambda geometry: geometry.name)
def test_a_read_may_fail_twice(kind: bootsector.Kind, geometry: fat.Geometry) -> None:
    """When every sector takes three attempts the kernel still boots, with a reset before each new attempt."""
    disk = make(kind, geometry)
    pc = Pc(bytes(disk.bytes), geometry, fails=lambda sector, attempt: attempt < 3)
    outcome = start(kind, disk, pc)
    assert outcome.end == "handoff"
    assert outcome.resets >= 2 * len(pc.attempts)


@pytest.mark.parametrize("kind", bootsector.KINDS)
@pytest.mark.parametrize("where", ["FAT", "root", "kernel"])
def test_a_read_that_keeps_failing_is_told(kind: bootsector.Kind, where: str) -> None:
    """A bad sector in the FAT, the root directory or the kernel ends in a message, after three attempts."""
    disk = make(kind)
    bad = {"FAT": FLOPPY.reserved, "root": FLOPPY.root_sector, "kernel": FLOPPY.data_sector + 3}[where]
    pc = Pc(bytes(disk.bytes), FLOPPY, fails=lambda sector, attempt: sector == bad)
    outcome = start(kind, disk, pc)
    if where == "FAT" and bootsector.FAMILIES[kind].binary == "boot-iosys":
        assert outcome.end == "handoff", "IO.SYS-style sectors do not read the FAT"
    else:
        assert_refuses(outcome, "Disk error")
        assert pc.attempts[bad] == 3


@pytest.mark.parametrize("kind", bootsector.KINDS)
@pytest.mark.parametrize("geometry", [FLOPPY, HARD_DISK], ids=lambda geometry: geometry.name)
def test_a_missing_kernel_is_told(kind: bootsector.Kind, geometry: fat.Geometry) -> None:
    """Without the kernel in the root directory the message names it."""
    disk = make(kind, geometry)
    disk.bytes[disk.entry(name_of(kind))] = 0xE5
    named = "No IO.SYS" if kind == "msdos7" else f"No {name_of(kind).decode()}"
    assert_refuses(start(kind, disk), named)


def test_a_missing_second_file_is_told() -> None:
    """IO.SYS without MSDOS.SYS behind it in the root directory does not boot, and the message names the latter."""
    disk = make("iosys")
    disk.bytes[disk.entry(b"MSDOS   SYS")] = 0xE5
    assert_refuses(start("iosys", disk), "No MSDOS   SYS")


def test_io_sys_at_the_wrong_place_is_told() -> None:
    """IO.SYS must start at cluster 2, because the kernel looks for its rest from there."""
    disk = make("iosys")
    chain = disk.chain(name_of("iosys"))
    disk.move(name_of("iosys"), [cluster + 100 for cluster in chain])
    assert_refuses(start("iosys", disk), "Kernel not at cluster 2")


@pytest.mark.parametrize(
    ("kind", "size"), [("freedos", 137_728), ("freedos", 700_000), ("edr", 63_488), ("drdos", 29_184)]
)
def test_a_kernel_that_is_too_large_is_told(kind: bootsector.Kind, size: int) -> None:
    """One byte over the limit is refused before anything is loaded; one byte less boots."""
    assert_refuses(start(kind, make(kind, size=size)), "Kernel too large")
    if size < 200_000:
        assert_boots(kind, start(kind, make(kind, size=size - 1)), size - 1)


# On a hard disk a sector outside the volume can be read; IO.SYS looks for its own mark in what it is given.
BROKEN = [
    (kind, geometry, damage)
    for kind in (*WHOLE, "msdos7")
    for geometry in (FLOPPY, fat.GEOMETRIES["160K"], HARD_DISK)
    for damage in ("early end", "free", "reserved", "outside", "no cluster")
    if (kind, geometry, damage) != ("msdos7", HARD_DISK, "outside")
]


@pytest.mark.parametrize(
    ("kind", "geometry", "damage"), BROKEN, ids=lambda value: getattr(value, "name", value)
)
def test_a_broken_chain_ends_in_a_message(kind: bootsector.Kind, geometry: fat.Geometry, damage: str) -> None:
    """A chain that ends early or leaves the volume is a disk error, not a crash into half a kernel."""
    disk = make(kind, geometry)
    chain = disk.chain(name_of(kind))
    if damage == "no cluster":
        at = disk.entry(name_of(kind)) + 26
        disk.bytes[at : at + 2] = b"\0\0"
    else:
        values = {"early end": disk.end_mark, "free": 0, "reserved": 1, "outside": disk.end_mark - 0x10}
        disk.link(chain[0], values[damage])
    assert_refuses(start(kind, disk), "Disk error")


@pytest.mark.parametrize("cluster", [0, 1])
@pytest.mark.parametrize("geometry", [FLOPPY, HARD_DISK], ids=lambda g: g.name)
def test_a_kernel_without_clusters_ends_in_a_message(cluster: int, geometry: fat.Geometry) -> None:
    """A first cluster of 0 or 1 is not taken for a sector somewhere else on a large disk."""
    disk = make("freedos", geometry, 512)
    at = disk.entry(name_of("freedos")) + 26
    disk.bytes[at : at + 2] = cluster.to_bytes(2, "little")
    assert_refuses(start("freedos", disk), "Disk error")


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("back_to", [0, 3, -1], ids=["start", "middle", "itself"])
@pytest.mark.parametrize("geometry", [FLOPPY, fat.GEOMETRIES["160K"], HARD_DISK], ids=lambda g: g.name)
def test_a_chain_in_a_circle_ends_in_a_message(
    kind: bootsector.Kind, back_to: int, geometry: fat.Geometry
) -> None:
    """A chain that comes back to itself, before or at its end, is a disk error, and the boot does not hang."""
    for last in (5, -1):
        disk = make(kind, geometry)
        chain = disk.chain(name_of(kind))
        disk.link(chain[last], chain[back_to] if back_to >= 0 else chain[last])
        assert_refuses(start(kind, disk), "Disk error")


@pytest.mark.parametrize("kind", ["iosys", "msdos7"])
def test_the_diskette_table_is_put_back_before_a_new_boot(kind: bootsector.Kind) -> None:
    """After a message INT 1Eh points at the BIOS's table again, because ours will be overwritten."""
    disk = make(kind)
    disk.bytes[disk.entry(name_of(kind))] = 0xE5
    assert start(kind, disk).dword(0x78) == 0xF000EFC7


# --- drives ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", bootsector.KINDS)
def test_a_floppy_never_sees_the_extended_read(kind: bootsector.Kind) -> None:
    """Function 42h on a floppy drive makes some BIOSes answer for an emulated CD: it is not called, even on errors."""
    disk = make(kind)
    pc = Pc(bytes(disk.bytes), FLOPPY, extensions=True, fails=lambda sector, attempt: attempt < 3)
    assert set(start(kind, disk, pc).calls) == {0x00, 0x02}


@pytest.mark.parametrize("kind", [*WHOLE, "msdos7"])
def test_a_hard_disk_boots_without_its_geometry(kind: bootsector.Kind) -> None:
    """Where the BIOS sees other cylinders than the BPB (USB sticks), the extended read finds the sectors."""
    disk = make(kind, HARD_DISK)
    pc = Pc(bytes(disk.bytes), HARD_DISK, extensions=True, cylinders=False)
    assert start(kind, disk, pc).end == "handoff"


@pytest.mark.parametrize("drive", [0x01, 0x81])
def test_the_drive_is_the_one_that_the_bios_booted(drive: int) -> None:
    """The kernel is read from, and told of, the drive in DL, whatever the BPB says."""
    disk = make("freedos", HARD_DISK if drive & 0x80 else FLOPPY)
    outcome = start("freedos", disk, Pc(bytes(disk.bytes), disk.geometry, drive=drive))
    assert outcome.registers["DX"] & 0xFF == outcome.memory[0x27A00 + 0x24] == drive


@pytest.mark.parametrize("kind", ["freedos", "iosys", "msdos7"])
@pytest.mark.parametrize("before", [1, 3, 4, 21, 39, 40, 70, 71, 72, 80])
def test_sector_numbers_carry_into_their_high_word(kind: bootsector.Kind, before: int) -> None:
    """In whichever area of the volume the sector with number 10000h lies, the kernel is found and loaded."""
    geometry = replace(HARD_DISK, hidden=0x10000 - before)
    outcome = start(kind, make(kind, geometry))
    assert_boots(kind, outcome, loaded_bytes(kind))
    if kind == "iosys":
        registers = outcome.registers
        assert registers["AX"] << 16 | registers["BX"] == geometry.hidden + geometry.data_sector


# --- the host's side ---------------------------------------------------------------------------------------


def test_both_sides_agree_on_the_parameter_block() -> None:
    """The offsets and values in params.inc are those of bootsector.py, none missing on either side."""
    text = (ROOT / "src/inc/params.inc").read_text()
    stated = {name: int(value, 16) for name, value in re.findall(r"^(\w+)\s+equ\s+([0-9A-F]+)h", text, re.M)}
    assert {name: value for name, value in stated.items() if name.startswith("PARAM_")} == bootsector.PARAMS
    assert stated["MAGIC"] == bootsector.MAGIC
    assert (stated["FLAG_DOS2"], stated["FLAG_DOS1"]) == (bootsector.FLAG_DOS2, bootsector.FLAG_DOS1)


def test_names_and_numbers_that_do_not_fit_are_refused() -> None:
    """A kernel name that is not 8.3, more contiguous sectors than fit, a BPB of another length: errors."""
    bpb = fat.bpb(FLOPPY)
    with pytest.raises(ImageError, match="LONGKERNEL"):
        bootsector.compose("freedos", 12, bpb, kernel="LONGKERNEL.SYS")
    with pytest.raises(ImageError, match="59 sectors"):
        bootsector.compose("iosys", 12, bpb, sectors=59)
    with pytest.raises(ImageError, match="0 sectors"):
        bootsector.compose("dos2", 12, bpb)
    with pytest.raises(ImageError, match="50"):
        bootsector.compose("freedos", 12, bpb[:-1])
    assert bootsector.sectors_of(1, 512, 513) == 4


def foreign(jump: bytes = b"\xeb\x3c\x90", fat_type: bytes = b"FAT12   ", spf: int = 9) -> bytes:
    """A boot sector of somebody else's for a 1.44 MB floppy."""
    bpb = bytearray(fat.bpb(FLOPPY, "THEIRS", 0x12345678))
    bpb[0x16 - 0x0B : 0x18 - 0x0B] = spf.to_bytes(2, "little")
    bpb[0x36 - 0x0B :] = fat_type
    return jump.ljust(3, b"\x90") + b"MSDOS5.0" + bytes(bpb) + random.Random(1).randbytes(448) + b"\x55\xaa"


@pytest.mark.parametrize("jump", [b"\xeb\x3c\x90", b"\xe9\x3b\x00", b"\xeb\x58\x90"])
def test_a_transplanted_sector_differs_only_in_its_bpb(jump: bytes) -> None:
    """Jump, OEM name and code of a DOS's own sector stay; the BPB is that of our volume."""
    original = foreign(jump)
    ours = fat.bpb(fat.GEOMETRIES["720K"], "OURS", 7)
    sector = bootsector.transplant(original, ours)
    assert sector[:0x0B] + sector[0x3E:] == original[:0x0B] + original[0x3E:]
    assert sector[0x0B:0x3E] == ours


@pytest.mark.parametrize(
    ("original", "reason"),
    [
        (foreign(b"\xeb\x2c\x90"), "2Eh"),
        (foreign(b"\xeb\x34\x90"), "36h"),
        (foreign(b"\xfa\x33\xc0"), "jump"),
        (foreign()[:-2] + b"\0\0", "55AA"),
        (foreign(spf=0), "FAT32"),
        (foreign(fat_type=b"FAT16   "), "FAT16"),
        (foreign()[:0x0B] + bytes(51) + foreign()[0x3E:], "no BPB"),
        (foreign()[:511], "511"),
    ],
    ids=["DOS 2", "DOS 3", "no jump", "no signature", "FAT32", "FAT16", "no BPB", "short"],
)
def test_a_sector_that_cannot_be_transplanted_is_refused(original: bytes, reason: str) -> None:
    """The error says what is wrong with the sector, and the hint offers ours."""
    with pytest.raises(ImageError, match=reason) as caught:
        bootsector.transplant(original, fat.bpb(FLOPPY))
    assert caught.value.hint and "own" in caught.value.hint


@pytest.mark.parametrize("kind", bootsector.KINDS)
def test_our_sectors_look_like_what_dos_expects(kind: bootsector.Kind) -> None:
    """They jump to 3Eh, carry our BPB and the signature, and can themselves be transplanted."""
    bpb = fat.bpb(FLOPPY, "LABEL", 1)
    sector = bootsector.compose(kind, 12, bpb, sectors=20)
    assert sector[:3] == b"\xeb\x3c\x90" and sector[-2:] == b"\x55\xaa" and len(sector) == 512
    assert bootsector.transplant(sector, bpb) == sector


def test_the_sources_are_8086_code() -> None:
    """Each boot sector asks the assembler to refuse newer instructions."""
    for source in sorted(Path(ROOT / "src/boot").glob("*.asm")):
        assert re.search(r"^\s*cpu\s+8086$", source.read_text(), re.M), source.name
