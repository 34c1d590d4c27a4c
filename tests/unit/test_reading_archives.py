"""Archives that are no zip, programs that unpack themselves, and files that COMPRESS made."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bootbuilder import reading
from bootbuilder.errors import ImageError
from bootbuilder.media import fat
from bootbuilder.reading import compressed, lhacab
from tests import made_archives, made_dos

pytestmark = pytest.mark.usefixtures("libarchive")

DRIVER = random.Random(1).randbytes(70_000)
FILES = {"EL.DOS": DRIVER, "NET/PROTOCOL.INI": b"[EL]\r\n"}
FLOPPY = fat.write(
    fat.Volume(
        fat.GEOMETRIES["360K"],
        "D",
        b"\xeb\x3c\x90" + bytes(507) + b"\x55\xaa",
        (fat.VolumeFile("EL.DOS", DRIVER),),
    )
)
FORMS = {
    "zip": made_dos.zipped(FILES.items()),
    "lha": made_archives.lha(FILES),
    "cab": made_archives.cabinet(FILES),
}


def opened(path: Path) -> dict[str, bytes]:
    """Return all files of all trees, by their path."""
    with reading.opened(path) as trees:
        return {f"{tree.origin}:{file.path}": file.read() for tree in trees for file in tree.files.values()}


@pytest.mark.parametrize("stub", [b"", made_archives.STUB], ids=["archive", "program"])
@pytest.mark.parametrize("form", FORMS)
def test_files_of_an_archive(tmp_path: Path, form: str, stub: bytes) -> None:
    """zip, LHA and cabinet, as they are and as programs: every file with its path, also named alone."""
    path = tmp_path / "disk.exe"
    path.write_bytes(stub + FORMS[form])
    assert reading.is_archive(stub + FORMS[form])
    assert opened(path) == {"disk.exe:EL.DOS": DRIVER, "disk.exe:NET\\PROTOCOL.INI": b"[EL]\r\n"}
    with pytest.raises(ImageError, match="has no member"), reading.opened(path / "GONE.DOS"):
        pass


@pytest.mark.parametrize("make", [made_archives.lha, made_archives.cabinet])
def test_floppy_image_in_a_program(tmp_path: Path, make: object) -> None:
    """The files of a disk image that a self-extractor holds are there as well, or by the image's name."""
    path = tmp_path / "etherdsk.exe"
    path.write_bytes(made_archives.STUB + make({"DISK1.IMG": FLOPPY}))  # type: ignore[operator]
    assert opened(path)["etherdsk.exe/DISK1.IMG:EL.DOS"] == DRIVER
    assert opened(path / "DISK1.IMG") == {"etherdsk.exe/DISK1.IMG:EL.DOS": DRIVER}


@pytest.mark.parametrize("make", [made_archives.lha, made_archives.cabinet])
@pytest.mark.parametrize("name", ["../EVIL.COM", "C:EVIL.COM", "/EVIL.COM", "A/../../EVIL.COM"])
def test_names_that_lead_out(tmp_path: Path, make: object, name: str) -> None:
    """A member that would land elsewhere makes the whole archive refused, by name."""
    path = tmp_path / "trick"
    path.write_bytes(make({"GOOD.COM": b"x", name: b"x"}))  # type: ignore[operator]
    with pytest.raises(ImageError, match=r"EVIL\.COM.*refused"), reading.opened(path):
        pass


def test_damaged_archives(tmp_path: Path) -> None:
    """A wrong checksum, an end that is missing and an unknown method are explained."""
    whole = made_archives.lha({"EL.DOS": DRIVER})
    changed = bytearray(whole)
    changed[100] ^= 1
    for data in (bytes(changed), whole[:1000], made_archives.lha({"A": b"?" * 99}, b"-lh6-")):
        path = tmp_path / "bad.lzh"
        path.write_bytes(data)
        damaged = pytest.raises(ImageError, match=r"bad\.lzh: the LHA archive is damaged")
        with damaged as caught, reading.opened(path):
            pass
        assert caught.value.hint


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive that unpacks to more than the limit is given up."""
    monkeypatch.setattr(lhacab, "FREE_TOTAL", 1000)
    path = tmp_path / "bomb.lzh"
    path.write_bytes(made_archives.lha({"A": bytes(600), "B": bytes(600)}))
    with pytest.raises(ImageError, match="may be a bomb"), reading.opened(path):
        pass


def test_arj_says_what_to_do(tmp_path: Path) -> None:
    """ARJ is recognised, alone and behind a program, and not read."""
    arj = b"\x60\xea\x2c\x00\x22\x0b\x01\x0b\x10\x00\x02" + bytes(400)
    for data in (arj, made_archives.STUB + arj):
        path = tmp_path / "disk.exe"
        path.write_bytes(data)
        assert reading.is_archive(data)
        with pytest.raises(ImageError, match="ARJ") as caught, reading.opened(path):
            pass
        assert "arj x" in (caught.value.hint or "")


def test_a_program_is_no_archive(tmp_path: Path) -> None:
    """A program that only speaks of archives is not taken for one."""
    data = made_archives.STUB + b"usage: -lh5- MSCF\0\0\0\0 " * 20
    assert not reading.is_archive(data)
    path = tmp_path / "tool.exe"
    path.write_bytes(data)
    with pytest.raises(ImageError, match="a DOS or Windows program"), reading.opened(path):
        pass


# --- COMPRESS -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "packed", "expected"),
    [
        ("EL90X.DO_", made_archives.szdd(DRIVER, b"S"), "EL90X.DOS"),
        ("el90x.do_", made_archives.szdd(DRIVER), "EL90X.DOS"),
        ("OEMSETUP.IN_", made_archives.szdd(DRIVER), "OEMSETUP.INF"),
        ("PLAIN.DOS", made_archives.szdd(DRIVER), "PLAIN.DOS"),
        ("EL.DO_", made_archives.kwaj(DRIVER, 0), "EL.DOS"),
        ("X.DO_", made_archives.kwaj(DRIVER, 1, "EL90X.DOS"), "EL90X.DOS"),
        ("EL.DO_", made_archives.kwaj(DRIVER, 2), "EL.DOS"),
        ("EL.DO_", made_archives.kwaj(DRIVER, 4), "EL.DOS"),
    ],
)
def test_compressed_files(name: str, packed: bytes, expected: str) -> None:
    """SZDD and KWAJ: the bytes, and the name that the file had."""
    assert compressed.is_compressed(packed)
    assert compressed.expand(name, packed, 100_000) == compressed.Expanded(expected, DRIVER)


def test_compressed_references() -> None:
    """References go back into the window, over its end, and into the spaces that it begins with."""
    # Four literals; then 10 bytes from 4080 on, where they were written; then 4 of the spaces before them.
    packed = b"SZDD\x88\xf0\x27\x33A\0" + (18).to_bytes(4, "little")
    packed += b"\x0fabcd" + bytes((4080 & 0xFF, (4080 >> 4 & 0xF0) | 7)) + bytes((0x00, 0xF0 | 1))
    assert compressed.expand("X", packed, 100).data == b"abcd" + b"abcdabcdab" + b"    "


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (made_archives.szdd(DRIVER)[:-100], "is damaged: it should hold 70,000 bytes"),
        (made_archives.szdd(b"x", size=1 << 30), "would expand to 1,073,741,824 bytes"),
        (made_archives.kwaj(DRIVER, 3), "a method that is not read"),
        (made_archives.kwaj(DRIVER, 4)[:-100], "is damaged"),
        (b"SZDD\x88\xf0\x27\x33B" + bytes(9), "unknown way"),
    ],
)
def test_compressed_rubbish(packed: bytes, message: str) -> None:
    """What cannot be expanded says why, and what to do."""
    with pytest.raises(ImageError, match=message) as caught:
        compressed.expand("EL.DO_", packed, 1 << 20)
    assert caught.value.message.startswith("EL.DO_") and caught.value.hint


@given(
    st.sampled_from([b"SZDD\x88\xf0\x27\x33A", b"SZ \x88\xf0\x27\x33\xd1", b"KWAJ\x88\xf0\x27\xd1"]),
    st.binary(),
)
@example(b"KWAJ\x88\xf0\x27\xd1", b"\4\0\x0e\0\0\0\5\0CKxyz")
def test_any_bytes_expand_or_are_explained(head: bytes, rest: bytes) -> None:
    """Whatever follows the signature, there is a file or an ImageError, and never more than the limit."""
    with contextlib.suppress(ImageError):
        assert len(compressed.expand("X.DO_", head + rest, 5000).data) <= 5000


@given(st.sampled_from([b"", made_archives.STUB]), st.sampled_from(["lha", "cab"]), st.data())
def test_any_change_reads_or_is_explained(
    tmp_path_factory: pytest.TempPathFactory, stub: bytes, form: str, data: st.DataObject
) -> None:
    """An archive with a changed byte is read or refused, without another error."""
    small = {"A.COM": b"x" * 300}
    whole = bytearray(stub + (made_archives.lha(small) if form == "lha" else made_archives.cabinet(small)))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ImageError), reading.opened_bytes(bytes(whole), "a.bin") as trees:
        for tree in trees:
            for file in tree.files.values():
                file.read()
