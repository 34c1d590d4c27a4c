"""The drive in RAM behind INT 13h, and the memory that INT 15h still tells, against models, on a simulated PC."""

from __future__ import annotations

import random
import struct

import pytest

from bootbuilder import firmware
from bootbuilder.media import fat, pxe
from tests.unit.pxe_pc import BIOS, STUBS, PxePc, Rom
from tests.unit.tftp_model import Server, Wire

SECTOR = 512
FLOPPIES = list(fat.GEOMETRIES.values())
DISKS = [("4M disk", 8, 16, 63), ("8M disk", 1020, 1, 16), ("64M disk", 130, 16, 63)]
BUFFER = 0x30000
OK, FUNCTION, ADDRESS, PROTECTED, NOT_FOUND = 0, 1, 2, 3, 4


def booted(image: pxe.Image, memory: int = 8, **options: object) -> PxePc:
    """A PC that has booted the image."""
    pc = PxePc(Wire(Server({"boot/a.img": image.data})), memory=memory, **options)  # type: ignore[arg-type]
    assert pc.boot(pxe.program(firmware.load("nbp"), [image])) == "disk", pc.text
    return pc


def content(sectors: int) -> bytes:
    """A disk's bytes: some at its start, the rest empty."""
    start = random.Random(sectors).randbytes(40 * SECTOR)
    return (start + bytes(sectors * SECTOR))[: sectors * SECTOR]


def floppy(shape: fat.Geometry, **flags: bool) -> pxe.Image:
    return pxe.from_floppy("a.img", content(shape.sectors), shape, **flags)


def hard_disk(cylinders: int, heads: int, track: int, **flags: bool) -> pxe.Image:
    data = content(cylinders * heads * track)
    return pxe.Image("a.img", data, cylinders, heads, track, hard_disk=True, **flags)


IMAGES = [pytest.param(floppy(shape), id=shape.name) for shape in FLOPPIES] + [
    pytest.param(hard_disk(*shape), id=name) for name, *shape in DISKS
]
SMALL = floppy(fat.GEOMETRIES["360K"])
DISK = hard_disk(8, 16, 63)


class Model:
    """What a disk should hold and answer."""

    def __init__(self, image: pxe.Image) -> None:
        self.image, self.data = image, bytearray(image.data)
        self.drive = 0x80 if image.hard_disk else 0

    def place(self, cylinder: int, head: int, sector: int, count: int) -> int:
        """The first byte, or minus the status."""
        image = self.image
        if not count:
            return -FUNCTION
        if not 1 <= sector <= image.sectors_per_track or head >= image.heads:
            return -ADDRESS
        first = (cylinder * image.heads + head) * image.sectors_per_track + sector - 1
        if cylinder >= image.cylinders or (first + count) * SECTOR > len(self.data):
            return -NOT_FOUND
        return first * SECTOR


def chs(pc: PxePc, drive: int, function: int, place: tuple[int, int, int], count: int) -> dict[str, int]:
    cylinder, head, sector = place
    cx = (cylinder & 0xFF) << 8 | (cylinder >> 8 & 3) << 6 | sector
    return pc.interrupt(0x13, AX=function << 8 | count, BX=4, CX=cx, DX=head << 8 | drive, ES=BUFFER >> 4)


@pytest.mark.parametrize("image", IMAGES)
def test_reads_writes_and_verifies_as_a_disk_does(image: pxe.Image) -> None:
    """Random functions at random and at edge addresses give the bytes and the status of a model, and change no more."""
    pc, model, choose = (
        booted(image, memory=80 if len(image.data) > 6 << 20 else 16),
        Model(image),
        random.Random(3),
    )
    for step in range(120):
        sector = choose.choice(
            [0, 1, image.sectors_per_track, image.sectors_per_track + 1, choose.randint(1, 63)]
        )
        head = choose.choice([0, image.heads - 1, image.heads, choose.randint(0, 255)])
        cylinder = choose.choice([0, image.cylinders - 1, image.cylinders, choose.randrange(1024)]) & 0x3FF
        if step % 2:  # most of those above lie outside
            sector, head = choose.randint(1, image.sectors_per_track), choose.randrange(image.heads)
            cylinder = choose.randrange(image.cylinders)
        count = choose.choice([0, 1, 2, image.sectors_per_track, choose.randint(1, 255)])
        function = choose.choice([2, 3, 4])
        expected = model.place(cylinder, head, sector, count)
        before = choose.randbytes(count * SECTOR + 8)
        pc.write(BUFFER, before)
        answer = chs(pc, model.drive, function, (cylinder, head, sector), count)
        after = pc.read(BUFFER, len(before))
        if expected < 0:
            assert (answer["AH"], answer["CF"], after) == (-expected, 1, before)
            continue
        assert (answer["AH"], answer["CF"], answer["AL"]) == (OK, 0, count)
        here = slice(expected, expected + count * SECTOR)
        if function == 2:
            assert after == before[:4] + bytes(model.data[here]) + before[-4:]
        else:
            assert after == before
        if function == 3:
            model.data[here] = before[4:-4]
        assert pc.interrupt(0x13, AX=0x0100, DX=model.drive)["AH"] == OK
    assert memory_of(pc, len(model.data)) == bytes(model.data)


def memory_of(pc: PxePc, size: int) -> bytes:
    """The disk where the mBFT record says that it is; the record's sums and sizes are checked on the way."""
    hook = pc.vector(0x13)
    assert pc.read(hook + 3, 8) == b"$INT13SF"
    record = pc.dword(hook + 0x1B)
    length = pc.dword(record + 4)
    whole = pc.read(record, length)
    assert whole[:4] == b"mBFT" and sum(whole) % 256 == 0 and length == 36 + 4 + 30
    (safe_hook, info, base, sectors) = struct.unpack_from("<IH2xII", whole, 36)
    assert (safe_hook, info, sectors * SECTOR) == (hook, 30, size)
    return pc.read(base, size)


@pytest.mark.parametrize("image", IMAGES)
def test_tells_its_geometry(image: pxe.Image) -> None:
    """Functions 08h and 15h and the diskette table say what was built."""
    pc, drive = booted(image, memory=80 if len(image.data) > 6 << 20 else 16), 0x80 if image.hard_disk else 0
    answer = pc.interrupt(0x13, AX=0x08FF, DX=drive, ES=0x1111, EDI=0x2222)
    cx, dx = answer["ECX"] & 0xFFFF, answer["EDX"] & 0xFFFF
    last = image.cylinders - 1
    assert (answer["CF"], answer["EAX"] & 0xFFFF) == (0, 0)
    assert (cx >> 8 | (cx & 0xC0) << 2, cx & 0x3F) == (last, image.sectors_per_track)
    assert (dx >> 8, dx & 0xFF) == (image.heads - 1, 1)
    kind = pc.interrupt(0x13, AX=0x1500, CX=0x1234, DX=drive)
    if image.hard_disk:
        sectors = (kind["ECX"] & 0xFFFF) << 16 | kind["EDX"] & 0xFFFF
        assert (kind["AH"], kind["CF"], sectors) == (3, 0, len(image.data) // SECTOR)
        assert (answer["ES"], answer["EDI"] & 0xFFFF) == (0x1111, 0x2222)
    else:
        assert (kind["AH"], kind["CF"], kind["ECX"] & 0xFFFF, kind["EDX"] & 0xFFFF) == (2, 0, 0x1234, drive)
        table = answer["ES"] * 16 + (answer["EDI"] & 0xFFFF)
        assert table == pc.vector(0x1E)
        assert pc.read(table + 3, 2) == bytes((2, image.sectors_per_track))
        assert answer["EBX"] & 0xFF == {(40, 9): 1, (40, 8): 1, (80, 15): 2, (80, 9): 3, (80, 36): 5}.get(
            (image.cylinders, image.sectors_per_track), 4
        )


@pytest.mark.parametrize("function", range(0x100))
def test_every_function_answers_as_it_should(function: int) -> None:
    """Functions that have nothing to do succeed; those that do not exist fail with 01h, extensions on floppies too."""
    pc = PC_FLOPPY if function not in (2, 3, 4, 8) else booted(SMALL)
    answer = pc.interrupt(0x13, AX=function << 8 | 1, CX=0x0001, DX=0, BX=0, ES=BUFFER >> 4)
    succeed = {0, 1, 2, 3, 4, 5, 8, 9, 0xC, 0xD, 0x10, 0x11, 0x14, 0x15, 0x16, 0x17}
    if function == 1:
        return
    assert answer["CF"] == (function not in succeed)
    assert answer["AH"] == (
        2 if function == 0x15 else OK if function in succeed else 0x0C if function == 0x18 else FUNCTION
    )


PC_FLOPPY = booted(SMALL)


def test_the_last_status_is_remembered() -> None:
    """Function 01h and the BIOS data area tell the status of the last function, and asking does not change it."""
    pc = booted(SMALL)
    assert chs(pc, 0, 2, (99, 0, 1), 1)["AH"] == NOT_FOUND
    for _ in range(2):
        answer = pc.interrupt(0x13, AX=0x0100, DX=0)
        assert (answer["AH"], answer["CF"], pc.read(0x441, 1)) == (NOT_FOUND, 1, bytes((NOT_FOUND,)))
    pc.interrupt(0x13, AX=0, DX=0)
    assert pc.interrupt(0x13, AX=0x0100, DX=0)["CF"] == 0


def test_formats_are_accepted_when_they_are_the_disks_own() -> None:
    """Function 18h takes the disk's tracks and sectors, and no others; 05h and 0Ch take its tracks."""
    pc = booted(SMALL)
    good = pc.interrupt(0x13, AX=0x1800, CX=0x2709, DX=0)
    assert (good["CF"], good["ES"] * 16 + (good["EDI"] & 0xFFFF)) == (0, pc.vector(0x1E))
    assert [pc.interrupt(0x13, AX=0x1800, CX=cx, DX=0)["AH"] for cx in (0x4F09, 0x2712)] == [0x0C, 0x0C]
    for function in (5, 0xC):
        assert pc.interrupt(0x13, AX=function << 8, CX=0x2701, DX=0x0100)["CF"] == 0
        assert pc.interrupt(0x13, AX=function << 8, CX=0x2801, DX=0x0100)["AH"] == NOT_FOUND
        assert pc.interrupt(0x13, AX=function << 8, CX=0x2701, DX=0x0200)["AH"] == ADDRESS
    assert memory_of(pc, len(SMALL.data)) == SMALL.data


def test_a_write_protected_disk_stays_as_it_is() -> None:
    """Writing and formatting fail with 03h, by extensions too; reading goes on."""
    pc = booted(floppy(fat.GEOMETRIES["360K"], read_only=True))
    assert [chs(pc, 0, function, (0, 0, 1), 1)["AH"] for function in (3, 5, 2, 4)] == [3, 3, 0, 0]
    disk = booted(hard_disk(8, 16, 63, read_only=True))
    assert chs(disk, 0x80, 3, (0, 0, 1), 1)["AH"] == PROTECTED
    assert packet(disk, 0x43, 0, 1)["AH"] == PROTECTED
    assert packet(disk, 0x42, 0, 1)["AH"] == OK


def packet(pc: PxePc, function: int, sector: int, count: int, size: int = 16) -> dict[str, int]:
    pc.write(0x20000, struct.pack("<BBHHHQ", size, 0, count, 4, BUFFER >> 4, sector))
    return pc.interrupt(0x13, AX=function << 8, BX=0x55AA, DX=0x80, DS=0x2000, ESI=0)


def test_hard_disks_have_extensions() -> None:
    """Functions 41h to 48h read, write, verify, seek and tell sizes by sector number."""
    pc, data, choose = booted(DISK, memory=16), bytearray(DISK.data), random.Random(4)
    here = packet(pc, 0x41, 0, 0)
    assert (here["CF"], here["EBX"] & 0xFFFF, here["ECX"] & 1) == (0, 0xAA55, 1)
    total = len(data) // SECTOR
    for _ in range(60):
        sector = choose.choice([0, total - 1, total, choose.randrange(total), 1 << 32, 1 << 40])
        count = choose.choice([0, 1, 127, 128, choose.randint(1, 127)])
        function = choose.choice([0x42, 0x43, 0x44, 0x47])
        before = choose.randbytes(count * SECTOR + 8)
        pc.write(BUFFER, before)
        answer = packet(pc, function, sector, count)
        good = sector + count <= total and count <= 127
        assert (answer["CF"] == 0) == good
        after = pc.read(BUFFER, len(before))
        start, end = sector * SECTOR, (sector + count) * SECTOR
        if good and function == 0x42:
            assert after[4:-4] == data[start:end]
        else:
            assert after == before
        if good and function == 0x43:
            data[start:end] = before[4:-4]
    assert memory_of(pc, len(data)) == bytes(data)
    assert packet(pc, 0x42, 0, 1, size=8)["AH"] == FUNCTION
    pc.write(0x20000, struct.pack("<H", 26))
    assert pc.interrupt(0x13, AX=0x4800, DX=0x80, DS=0x2000, ESI=0)["CF"] == 0
    assert struct.unpack("<HHIIIQH", pc.read(0x20000, 26)) == (26, 2, 8, 16, 63, total, 512)


def test_programs_find_the_disk_in_memory() -> None:
    """The question that tools ask by function 08h is answered with the record of the disk."""
    pc = booted(SMALL)
    answer = pc.interrupt(0x13, EAX=0x454D0800, EBX=0x3F4B0000, ECX=0x444D0000, EDX=0x53490000)
    high = [answer[name] >> 16 for name in ("EAX", "EBX", "ECX", "EDX")]
    assert high == [0x4D21, 0x4B53, 0x4D45, 0x4944]
    record = answer["ES"] * 16 + (answer["EDI"] & 0xFFFF)
    assert pc.word(record) == 30 and pc.dword(record + 8) == SMALL.data.__len__() // SECTOR


# --- the BIOS's own drives ---------------------------------------------------------------------------------


@pytest.mark.parametrize("floppies", range(4))
def test_real_floppies_move_up(floppies: int) -> None:
    """The BIOS gets calls for drive n as n - 1; counts and the equipment word tell one drive more."""
    pc = booted(SMALL, floppies=floppies)
    equipment = pc.word(0x410)
    assert (equipment & 1, equipment >> 6 & 3) == (1, min(floppies, 3))
    assert pc.interrupt(0x13, AX=0x0800, DX=0)["EDX"] & 0xFF == floppies + 1
    pc.bios_calls.clear()
    answer = pc.interrupt(0x13, AX=0x0201, CX=1, DX=0x0001, ES=BUFFER >> 4)
    if floppies:
        assert pc.bios_calls == [(0x13, 0x0201, 0)]
        assert (answer["CF"], answer["EDX"] & 0xFFFF) == (0, 1)
        assert pc.interrupt(0x13, AX=0x0800, DX=1)["EDX"] & 0xFF == floppies + 1
        assert pc.interrupt(0x13, AX=0x0201, DX=floppies + 1)["CF"] == 1
    else:
        assert pc.bios_calls == [] and answer["CF"] == 1
        assert pc.interrupt(0x13, AX=0x1500, DX=1)["AH"] == 0


def test_hard_disks_are_left_alone_by_a_floppy_and_move_up_for_a_disk() -> None:
    """Drive 80h stays with the BIOS beside a floppy in RAM; beside a disk in RAM it becomes 81h."""
    pc = booted(SMALL, disks=2)
    pc.bios_calls.clear()
    pc.interrupt(0x13, AX=0x0201, DX=0x0080)
    assert pc.bios_calls == [(0x13, 0x0201, 0x0080)]
    pc = booted(DISK, memory=16, disks=2, floppies=1)
    assert pc.read(0x475, 1) == b"\x03" and pc.word(0x410) & 0xC1 == 1
    pc.bios_calls.clear()
    pc.interrupt(0x13, AX=0x0201, DX=0x0081)
    pc.interrupt(0x13, AX=0x0201, DX=0x0000)
    assert [call[2] for call in pc.bios_calls] == [0x80, 0x00]
    size = pc.interrupt(0x13, AX=0x1500, DX=0x0082)
    assert (size["AH"], size["ECX"] & 0xFFFF, size["EDX"] & 0xFFFF) == (3, 0x0012, 0x3456)
    assert pc.interrupt(0x13, AX=0x0800, DX=0x0081)["EDX"] & 0xFF == 3


# --- how memory is reached ---------------------------------------------------------------------------------


def test_raw_copies_do_without_the_bios() -> None:
    """With the flag neither fetching nor INT 13h uses function 87h, and the bytes are the same."""
    image = floppy(fat.GEOMETRIES["360K"], raw_copy=True)
    pc = booted(image, copies=False)
    answer = chs(pc, 0, 2, (0, 0, 1), 9)
    assert (answer["CF"], pc.read(BUFFER + 4, 9 * SECTOR)) == (0, image.data[: 9 * SECTOR])
    pc.write(BUFFER + 4, b"\x5a" * 700)
    assert chs(pc, 0, 3, (39, 1, 9), 1)["CF"] == 0
    assert memory_of(pc, len(image.data))[-SECTOR:] == b"\x5a" * SECTOR
    assert pc.copied == 0


def test_a20_is_on_again_after_a_bios_that_leaves_it_off() -> None:
    """DOS in high memory survives a BIOS that switches A20 off behind function 87h."""
    pc = booted(SMALL, keeps_a20=False)
    pc.write(0x100000, b"HMA " * 16)
    assert chs(pc, 0, 2, (0, 0, 1), 1)["CF"] == 0
    assert (0x15, 0x2401) in [call[:2] for call in pc.bios_calls]


def test_a_copy_that_fails_is_an_error_of_the_controller() -> None:
    """When the BIOS cannot copy, the caller hears it."""
    pc = booted(SMALL)
    pc.copies = False
    answer = chs(pc, 0, 2, (0, 0, 1), 1)
    assert (answer["AH"], answer["CF"]) == (0x20, 1)


# --- INT 15h and INT 19h -----------------------------------------------------------------------------------


def e820(pc: PxePc, size: int = 20) -> list[tuple[int, int, int]]:
    """The memory map as a DOS program reads it: (start, length, type)."""
    found, index = [], 0
    for _ in range(50):
        answer = pc.interrupt(0x15, EAX=0xE820, EBX=index, ECX=size, EDX=0x534D4150, ES=0x2000, EDI=0)
        assert (answer["CF"], answer["EAX"], answer["ECX"]) == (0, 0x534D4150, size)
        found.append(struct.unpack("<QQI", pc.read(0x20000, 20)))
        index = answer["EBX"]
        if not index:
            return found
    raise AssertionError("the map has no end")


@pytest.mark.parametrize("image", [SMALL, DISK], ids=["floppy", "disk"])
@pytest.mark.parametrize("memory", [8, 15, 16, 17, 24, 80])
def test_the_disks_memory_is_hidden(image: pxe.Image, memory: int) -> None:
    """E820h, E801h, E881h and 88h leave out disk and resident part, agree with one another, and lose nothing else."""
    pc = booted(image, memory=memory)
    hook = pc.vector(0x13)
    base = pc.dword(pc.dword(hook + 0x1B) + 36 + 4 + 4)
    assert pc.word(0x413) * 1024 == hook
    usable = [(start, start + length) for start, length, kind in e820(pc) if kind == 1]
    assert e820(pc, 24) == e820(pc)
    for start, end in usable:
        assert end <= base or start >= base + len(image.data)
        assert end <= hook or start >= 0x100000
    below_4gb = sum(end - start for start, end in usable if start >= 0x100000)
    assert below_4gb >= (memory << 20) - 0x100000 - 0x10000 - len(image.data) - 0x2000
    end = next(end for start, end in usable if start == 0x100000)
    kb = pc.interrupt(0x15, AX=0x8800)["EAX"] & 0xFFFF
    assert kb == min((end - 0x100000) >> 10, 0xFC00)
    for function in (0xE801, 0xE881):
        answer = pc.interrupt(0x15, AX=function)
        assert (answer["EAX"] & 0xFFFF, answer["EBX"] & 0xFFFF) == (
            answer["ECX"] & 0xFFFF,
            answer["EDX"] & 0xFFFF,
        )
        assert answer["EAX"] & 0xFFFF == (min(end, 16 << 20) - 0x100000) >> 10
        assert answer["EBX"] & 0xFFFF == max(end - (16 << 20), 0) >> 16


@pytest.mark.parametrize("e801", [True, False])
def test_pcs_without_a_memory_map_work(e801: bool) -> None:
    """Where the BIOS has only E801h, or only 88h, the disk is hidden as well."""
    pc = booted(SMALL, memory=20, e820=False, e801=e801)
    base = pc.dword(pc.dword(pc.vector(0x13) + 0x1B) + 36 + 4 + 4)
    kb = pc.interrupt(0x15, AX=0x8800)["EAX"] & 0xFFFF
    assert 0x100000 + kb * 1024 <= base
    assert pc.interrupt(0x15, EAX=0xE820, EBX=0, ECX=20, EDX=0x534D4150)["CF"] == 1
    assert memory_of(pc, len(SMALL.data)) == SMALL.data


@pytest.mark.parametrize("image", [SMALL, DISK], ids=["floppy", "disk"])
def test_int_19_boots_the_pc_again(image: pxe.Image) -> None:
    """Vectors, memory size, equipment and number of disks are as before when the BIOS boots again."""
    pc = booted(image, memory=16, floppies=1, disks=1)
    assert pc.word(0x413) == 636
    pc.run(pc.word(0x19 * 4 + 2), pc.word(0x19 * 4))
    assert pc.end == "reboot"
    for number in (0x13, 0x15, 0x19):
        assert pc.vector(number) == BIOS + STUBS + number * 4
    assert (pc.word(0x413), pc.word(0x410) & 0xC1, pc.read(0x475, 1)) == (639, 1, b"\x01")


def test_resident_part_takes_at_most_3_kb() -> None:
    """What DOS loses to the drive in RAM, memory map included."""
    assert 639 - booted(SMALL, rom=Rom()).word(0x413) <= 3
