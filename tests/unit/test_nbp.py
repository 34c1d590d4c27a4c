"""The network bootstrap program on a simulated PC: it finds ROM and server, fetches the image, or says why not."""

from __future__ import annotations

import gzip
import random
import re
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bootbuilder import firmware
from bootbuilder.errors import ImageError
from bootbuilder.media import fat, pxe
from tests.unit.pxe_pc import PxePc, Rom
from tests.unit.tftp_model import LOCK_STEP, Server, Wire

SHAPE = fat.GEOMETRIES["160K"]
CONTENT = random.Random(7).randbytes(50 * 512)
DISK = CONTENT + bytes(SHAPE.size - len(CONTENT))
SOURCES = firmware.ROOT / "src" / "nbp"


def program(data: bytes = DISK, name: str = "plant.img", **options: bool) -> bytes:
    """A boot program for one floppy."""
    image = pxe.from_floppy(name, data, SHAPE, **options)
    return pxe.program(firmware.load("nbp"), [image], title="Plant", error_wait=2)


def server(**options: object) -> Server:
    """A server that has the floppy beside the boot program."""
    return Server({"boot/plant.img": DISK}, **options)  # type: ignore[arg-type]


def assert_disk(pc: PxePc, data: bytes = DISK) -> None:
    """The boot sector runs as a BIOS would start it, and the whole disk is behind INT 13h."""
    assert pc.read(0x7C00, 512) == data[:512]
    assert (pc.get("CS"), pc.get("IP"), pc.get("DX") & 0xFF) == (0, 0x7C00, 0)
    assert disk_bytes(pc) == data


def disk_bytes(pc: PxePc) -> bytes:
    """The disk, read track by track."""
    found = b""
    for cylinder in range(SHAPE.cylinders):
        for head in range(SHAPE.heads):
            answer = pc.interrupt(0x13, AX=0x0208, CX=cylinder << 8 | 1, DX=head << 8, ES=0x3000, BX=0)
            assert answer["CF"] == 0
            found += pc.read(0x30000, 8 * 512)
    return found


def fails(pc: PxePc, code: str, nbp: bytes | None = None) -> str:
    """Boot; the screen must have that code, and the PC go on to its next boot device. Return the screen."""
    assert pc.boot(nbp or program()) == "rom", pc.text
    assert re.search(rf"^Error {code}: [a-zA-Z].*\.$", pc.text, re.M), pc.text
    assert "next boot device" in pc.text
    return pc.text


# --- the parameter block -----------------------------------------------------------------------------------


def test_both_sides_state_the_same_parameters() -> None:
    """params.inc and media/pxe.py agree on each offset, size and flag."""
    stated = dict(
        re.findall(r"^([A-Z_]+)\s+equ\s+([0-9A-F]+h?)\b", (SOURCES / "params.inc").read_text("ascii"), re.M)
    )
    numbers = {name: int(text[:-1], 16) if text.endswith("h") else int(text) for name, text in stated.items()}
    del numbers["PARAM_END"]
    assert numbers == dict(pxe.PARAMS)


def test_a_program_with_the_most_images_is_at_most_16_kb() -> None:
    """Sixteen entries and the program fit before its variables."""
    image = pxe.from_floppy("plant.img", DISK, SHAPE)
    assert len(pxe.program(firmware.load("nbp"), [image] * 16)) <= 16384


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "x" * 80}, "1 to 79"),
        ({"name": ""}, "1 to 79"),
        ({"name": "größe.img"}, "plain characters"),
        ({"data": bytes(513)}, "513 bytes"),
        ({"heads": 3}, "geometry"),
        ({"cylinders": 2000}, "geometry"),
    ],
)
def test_images_that_no_program_can_boot_are_refused(change: dict[str, object], words: str) -> None:
    """Names, sizes and geometries that would not fit are explained."""
    values = {"name": "a.img", "data": DISK, "cylinders": 40, "heads": 1, "sectors_per_track": 8} | change
    with pytest.raises(ImageError, match=words):
        pxe.program(firmware.load("nbp"), [pxe.Image(**values)])  # type: ignore[arg-type]


def test_every_code_is_explained() -> None:
    """docs/troubleshooting.md has a line for each error of the program, and for no other."""
    codes = re.findall(r'^failure \w+,\s+"([A-Z]{2}) ', (SOURCES / "fail.asm").read_text("ascii"), re.M)
    page = (firmware.ROOT.parent.parent / "docs" / "troubleshooting.md").read_text("utf-8")
    explained = re.findall(r"^\| `([A-Z]{2})` \|", page.partition("own codes")[2], re.M)
    assert len(codes) > 10 and sorted(explained) == sorted(codes)


# --- finding ROM and server --------------------------------------------------------------------------------


@pytest.mark.parametrize("segment", [0, 0x07C0])
@pytest.mark.parametrize(
    "rom",
    [
        {"in_registers": False, "by_interrupt": False},
        {"on_stack": False, "by_interrupt": False},
        {"on_stack": False, "in_registers": False},
        {"on_stack": False, "in_registers": False, "by_interrupt": False},
        {"structures": "pxenv"},
        {"structures": "pxenv", "on_stack": False, "in_registers": False, "by_interrupt": False},
    ],
)
def test_the_rom_is_found_in_every_way(rom: dict[str, object], segment: int) -> None:
    """!PXE on the stack, PXENV+ in ES:BX, INT 1Ah, a search, and the old structure alone, at both entries."""
    pc = PxePc(Wire(server()), rom=Rom(**rom))  # type: ignore[arg-type]
    assert pc.boot(program(), segment=segment) == "disk", pc.text
    assert_disk(pc)
    assert pc.word(0x413) == 636


def test_no_rom_and_no_server_are_told() -> None:
    """Without PXE, and with a DHCP answer that names no server, the PC goes on."""
    none = Rom(structures="none", on_stack=False, in_registers=False, by_interrupt=False)
    fails(PxePc(Wire(server()), rom=none), "NP")
    fails(PxePc(Wire(server()), rom=Rom(server=bytes(4))), "NS")


@pytest.mark.parametrize(
    "rom",
    [
        {"proxy": True},
        {"server": bytes(4), "server_option": bytes((10, 0, 2, 2))},
        {"file": b"", "option_67": b"boot/plant.0"},
        {"file": b"tftp://10.0.2.2/boot/plant.0"},
        {"file": b"boot\\plant.0"},
        {"client": bytes((192, 168, 1, 5))},
    ],
)
def test_the_dhcp_packets_are_merged(rom: dict[str, object]) -> None:
    """Server and folder come from either packet, header or option; a server elsewhere is reached by the gateway."""
    model = server()
    if rom.get("file") == b"boot\\plant.0":
        model.files = {"boot\\plant.img": DISK}
    pc = PxePc(Wire(model), rom=Rom(**rom))  # type: ignore[arg-type]
    assert pc.boot(program()) == "disk", pc.text


def test_the_image_may_lie_in_the_root() -> None:
    """What is not beside the boot program is looked for without a folder."""
    pc = PxePc(Wire(Server({"plant.img": DISK})))
    assert pc.boot(program()) == "disk", pc.text
    assert [request[0] for request in pc.wire.server.requests] == [b"boot/plant.img", b"plant.img"]


# --- fetching ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [LOCK_STEP, {"blksize"}, {"windowsize"}, {"tsize"}, {"blksize", "windowsize"}]
)
def test_any_server_will_do(options: set[str]) -> None:
    """Servers without options, and with each of them, give the same disk."""
    pc = PxePc(Wire(server(options=frozenset(options))))
    assert pc.boot(program()) == "disk", pc.text
    assert_disk(pc)


def test_a_server_that_refuses_options_is_asked_without() -> None:
    """Error 8 is no end: the file comes in blocks of 512 bytes."""
    pc = PxePc(Wire(server(refuses=True)))
    assert pc.boot(program()) == "disk", pc.text
    assert_disk(pc)


def test_only_what_is_not_empty_is_fetched() -> None:
    """The zeros at the end of the disk stay on the server, which is told; they are zeros all the same."""
    pc = PxePc(Wire(server(options=frozenset({"blksize"}))))
    assert pc.boot(program()) == "disk"
    assert pc.wire.server.sent < len(CONTENT) // 1468 + 4
    pc.wire.to_client(pc.now + 1)
    assert [code for code, _ in pc.wire.server.errors] == [0]
    assert_disk(pc)


@settings(max_examples=12, deadline=None)
@given(
    st.floats(0, 0.08),
    st.floats(0, 0.2),
    st.sampled_from([0.0001, 0.02]),
    st.sampled_from([0.0, 0.002, 0.05]),
    st.sampled_from([LOCK_STEP, frozenset({"blksize", "windowsize", "tsize"}), frozenset({"blksize"})]),
    st.integers(0, 1000),
)
def test_bad_wires_only_cost_time_property(
    loss: float, duplication: float, delay: float, jitter: float, options: frozenset[str], seed: int
) -> None:
    """With packets lost, doubled, late and out of order the disk arrives whole."""
    wire = Wire(server(options=options), loss, duplication, delay, jitter, seed=seed)
    pc = PxePc(wire)
    assert pc.boot(program()) == "disk", pc.text
    assert disk_bytes(pc) == DISK


def test_a_window_costs_one_round_trip() -> None:
    """With 20 ms each way a window of blocks takes hardly longer than one block."""
    slow, fast = (
        PxePc(Wire(server(options=frozenset(options)), delay=0.02))
        for options in ({"blksize"}, {"blksize", "windowsize"})
    )
    assert slow.boot(program()) == fast.boot(program()) == "disk"
    assert fast.now * 3 < slow.now


@pytest.mark.parametrize("largest", [1400, 600])
def test_packets_that_are_too_large_for_the_path_are_given_up(largest: int) -> None:
    """Where blocks of 1,468 bytes never arrive, smaller ones are asked for."""
    pc = PxePc(Wire(server(), largest=largest))
    assert pc.boot(program()) == "disk", pc.text
    assert_disk(pc)


def test_blocks_follow_the_adapters_packet_size() -> None:
    """An adapter with a small MTU is not asked to take more."""
    pc = PxePc(Wire(server()), rom=Rom(mtu=1024))
    assert pc.boot(program()) == "disk"
    assert pc.wire.server.requests[0][3:5] == [b"blksize", b"992"]


def test_a_server_that_comes_back_goes_on_where_it_was() -> None:
    """After a pause of 12 seconds in the middle the transfer is opened again, and the disk is whole."""
    pc = PxePc(Wire(server(dies_after=9, back_after=12.0)))
    assert pc.boot(program()) == "disk", pc.text
    assert_disk(pc)
    assert len(pc.wire.server.requests) >= 2


def test_a_rom_without_udp_fetches_by_its_own_tftp() -> None:
    """Where UDP_OPEN fails, and where nothing answers over UDP, the ROM's TFTP calls are used."""
    pc = PxePc(Wire(server()), rom=Rom(udp=False))
    assert pc.boot(program()) == "disk", pc.text
    assert_disk(pc)
    deaf = PxePc(Wire(server(), largest=0))
    assert deaf.boot(program()) == "disk", deaf.text
    missing = PxePc(Wire(Server({})), rom=Rom(udp=False))
    fails(missing, "TE")


# --- compressed images -------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_compressed_images_are_inflated_property(data: st.DataObject) -> None:
    """Whatever the content, level and strategy, the disk that comes out is the one that went in."""
    generator = random.Random(data.draw(st.integers(0, 10_000)))
    kinds = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=12))
    content = b"".join(
        (
            generator.randbytes(3000),
            bytes(generator.choices(b"DOS boot disk ", k=9000)),
            generator.randbytes(20) * 300,
            bytes(5000),
        )[kind]
        for kind in kinds
    )
    disk = (content + bytes(SHAPE.size))[: SHAPE.size]
    level = data.draw(st.sampled_from([0, 1, 6, 9]))
    packed = gzip.compress(disk, level, mtime=data.draw(st.integers(0, 1 << 31)))
    pc = PxePc(Wire(Server({"boot/plant.img.gz": packed})))
    assert pc.boot(program(disk, compressed=True)) == "disk", pc.text
    assert disk_bytes(pc) == disk


def test_gzip_headers_with_everything_in_them_are_read() -> None:
    """Extra field, name, comment and header checksum are stepped over; fixed codes are known."""
    import zlib

    packer = zlib.compressobj(9, zlib.DEFLATED, -15, strategy=zlib.Z_FIXED)
    body = packer.compress(DISK) + packer.flush()
    packed = (
        b"\x1f\x8b\x08\x1e" + bytes(6) + b"\x03\x00abc" + b"plant.img\0" + b"a comment\0" + b"\0\0" + body
    )
    pc = PxePc(Wire(Server({"boot/plant.img.gz": packed + bytes(8)})))
    assert pc.boot(program(compressed=True)) == "disk", pc.text
    assert_disk(pc)


def test_the_plain_image_will_do_where_the_compressed_one_is_missing() -> None:
    """`NAME.img` is taken when the server has no `NAME.img.gz`."""
    pc = PxePc(Wire(server()))
    assert pc.boot(program(compressed=True)) == "disk", pc.text
    assert [request[0] for request in pc.wire.server.requests] == [b"boot/plant.img.gz", b"boot/plant.img"]


@settings(max_examples=20, deadline=None)
@given(st.integers(10, 20_000), st.integers(1, 255))
def test_a_damaged_compressed_image_is_never_booted_property(place: int, change: int) -> None:
    """Any changed byte ends in an explained error, or the disk is right all the same."""
    packed = bytearray(pxe.compress(DISK))
    packed[place % len(packed)] ^= change
    pc = PxePc(Wire(Server({"boot/plant.img.gz": bytes(packed)})))
    end = pc.boot(program(compressed=True))
    if end == "disk":
        assert disk_bytes(pc) == DISK
    else:
        assert end == "rom" and re.search(r"^Error (GZ|HS|SZ|TE): ", pc.text, re.M), pc.text


# --- what goes wrong ---------------------------------------------------------------------------------------


def test_errors_of_the_server_are_shown_in_its_words() -> None:
    """A file that is not there is told with the server's code and text."""
    assert "The server says (1): File plant.img not found" in fails(PxePc(Wire(Server({}))), "TE")


def test_a_wrong_image_is_not_booted() -> None:
    """One changed bit, and a changed disk of the same CRC-32 length, are noticed."""
    changed = bytearray(DISK)
    changed[20_000] ^= 4
    fails(PxePc(Wire(Server({"boot/plant.img": bytes(changed)}))), "HS")


def test_sha_256_notices_what_crc_32_does_not() -> None:
    """The two hashes are checked one by one."""
    nbp = bytearray(program())
    nbp[-1] ^= 1
    fails(PxePc(Wire(server())), "HS", bytes(nbp))
    nbp[-1] ^= 1
    nbp[-pxe.PARAMS["ENTRY_SIZE"] + pxe.PARAMS["ENTRY_CRC"]] ^= 1
    fails(PxePc(Wire(server())), "HS", bytes(nbp))


@pytest.mark.parametrize(
    ("size", "options"),
    [(size, LOCK_STEP) for size in (0, 1, 512, 20_000)]
    + [(size, frozenset({"tsize"})) for size in (0, 1, 512, 20_000, len(CONTENT), SHAPE.size + 512)],
)
def test_a_file_of_another_size_is_not_booted(size: int, options: frozenset[str]) -> None:
    """A truncated file is noticed by its size where the server tells it, else by its end."""
    data = (DISK + bytes(512))[:size]
    fails(PxePc(Wire(Server({"boot/plant.img": data}, options=options))), "SZ")


def test_a_server_that_is_gone_is_told() -> None:
    """No server at all, and one that stops in the middle, end after three tries."""
    deaf = PxePc(Wire(server(dies_after=0)), rom=Rom())
    deaf.wire.server.files = {}
    assert re.search(r"Error (NA|TE)", _end(deaf))
    pc = PxePc(Wire(server(dies_after=9)))
    fails(pc, "LC")
    assert pc.text.count("trying again") == 2


def _end(pc: PxePc) -> str:
    assert pc.boot(program()) == "rom"
    return pc.text


def test_an_image_larger_than_memory_is_told() -> None:
    """A PC of 1 MB, and one whose memory is too small, say so before anything is fetched."""
    for memory in (1, 2):
        big = pxe.Image("big.img", CONTENT + bytes((4 << 20) - len(CONTENT)), 80, 2, 48)
        pc = PxePc(Wire(Server({"boot/big.img": big.data})), memory=memory)
        fails(pc, "ME", pxe.program(firmware.load("nbp"), [big]))
        assert not pc.wire.server.requests


def test_memory_that_cannot_be_reached_is_told() -> None:
    """A BIOS whose function 87h fails ends the boot with an error."""
    fails(PxePc(Wire(server()), copies=False), "CP")


def test_a_program_that_was_not_filled_in_says_so() -> None:
    """The bare firmware boots nothing."""
    fails(PxePc(Wire(server())), "PB", firmware.load("nbp"))


def test_keys_try_again_or_go_on() -> None:
    """After an error any key starts again, and Esc leaves at once."""
    pc = PxePc(Wire(Server({})), keys="x")
    assert pc.boot(program()) == "rom"
    assert pc.text.count("Error TE") == 2
    stopped = PxePc(Wire(server(dies_after=0)), keys="\x1b\x1b")
    assert stopped.boot(program()) == "rom"
    assert "Error ES" in stopped.text and stopped.now < 3
    waits = PxePc(Wire(Server({})))
    assert waits.boot(program()) == "rom" and waits.now > 2


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 30), st.binary(max_size=600))
def test_rubbish_from_the_server_is_survived_property(number: int, rubbish: bytes) -> None:
    """A packet of any bytes in place of one of the server's gives a disk or an explained error."""
    wire = Wire(server(), filters=lambda count, data: rubbish if count == number else data)
    pc = PxePc(wire)
    end = pc.boot(program())
    assert end == "disk" or (end == "rom" and re.search(r"^Error [A-Z]{2}: ", pc.text, re.M)), pc.text
    if end == "disk":
        assert disk_bytes(pc) == DISK


# --- the menu ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "expected"),
    [("", 1), ("v\r", 2), ("^\r", 0), ("vv\r", 0), ("3", 2), ("1", 0), ("\r", 1)],
)
def test_the_menu_starts_what_is_chosen(keys: str, expected: int) -> None:
    """Arrows, hot keys and Enter choose; without a key the default starts when its time is over."""
    disks = [bytes([number + 1]) * 512 + bytes(SHAPE.size - 512) for number in range(3)]
    images = [
        pxe.from_floppy(f"disk{number}.img", disk, SHAPE, title=f"Disk number {number}")  # type: ignore[arg-type]
        for number, disk in enumerate(disks)
    ]
    nbp = pxe.program(firmware.load("nbp"), images, title="Choose", default=1, timeout=4)
    pc = PxePc(Wire(Server({f"boot/disk{number}.img": disk for number, disk in enumerate(disks)})), keys=keys)
    assert pc.boot(nbp) == "disk", pc.text
    assert pc.read(0x7C00, 512) == disks[expected][:512]
    assert "  1  Disk number 0" in pc.text.replace("\n ", "\n  ")
    assert (pc.now > 4) == (keys == "")


# --- leaving the ROM ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keep", "unloads", "hooked", "kb"), [(False, True, False, 636), (True, True, False, 619),
                                          (False, False, False, 619), (False, True, True, 619)]
)  # fmt: skip
def test_undi_is_kept_or_its_memory_given_back(keep: bool, unloads: bool, hooked: bool, kb: int) -> None:
    """Kept for a driver it stays whole; else it is unloaded, unless it fails to or stays behind INT 1Ah."""
    pc = PxePc(Wire(server()), rom=Rom(unloads=unloads))
    if hooked:
        pc.write(0x1A * 4, struct.pack("<HH", 0, 0x9E00))
    assert pc.boot(program(keep_undi=keep)) == "disk"
    assert pc.word(0x413) == kb
    unloading = {0x05, 0x70, 0x15} & set(pc.rom.calls)
    assert unloading == (set() if keep else {0x05, 0x70, 0x15})
    assert pc.rom.calls[-1] != 0x30
