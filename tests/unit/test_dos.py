"""DOS systems: identified by their bytes, imported from every kind of source, stored and loaded again."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest

from bootbuilder import dos
from bootbuilder.dos import Family
from bootbuilder.errors import BootbuilderError, DosSystemError, ImageError, PackageError
from tests import made_dos


@pytest.fixture
def store(tmp_path: Path) -> dos.Store:
    return dos.Store(tmp_path / "store")


def identify(sector: bytes | None = None, **files: bytes) -> dos.Identification:
    return dos.identify({name.replace("_", "."): data for name, data in files.items()}, sector)


FAMILIES = {
    "FreeDOS": (
        {"KERNEL_SYS": made_dos.freedos_kernel(), "COMMAND_COM": made_dos.FREECOM},
        (Family.FREEDOS, "2043", "freedos", 0x60, ("KERNEL.SYS",)),
    ),
    "FreeDOS before 2042": (
        {"KERNEL_SYS": made_dos.freedos_kernel(None)},
        (Family.FREEDOS, None, "freedos", 0x60, ("KERNEL.SYS",)),
    ),
    "FreeDOS as packaged": (
        {"KERNL386_SYS": made_dos.freedos_kernel(), "KERNL86_SYS": made_dos.freedos_kernel()},
        (Family.FREEDOS, "2043", "freedos", 0x60, ("KERNEL.SYS",)),
    ),
    "EDR in one file": (
        {"KERNEL_SYS": made_dos.edr_kernel()},
        (Family.EDRDOS, "20240914", "freedos", 0x60, ("KERNEL.SYS",)),
    ),
    "EDR in two files": (
        {"DRBIO_SYS": b"\xe9 Caldera, Inc.", "DRDOS_SYS": b"\xe9 DR-DOS 7.01"},
        (Family.EDRDOS, "7.01", "freedos", 0x70, ("DRBIO.SYS", "DRDOS.SYS")),
    ),
    "DR-DOS": (
        {"IBMBIO_COM": b"\xe9 Copyright Digital Research", "IBMDOS_COM": b"\xe9 DR DOS Release 6.0 "},
        (Family.DRDOS, "6.0", "iosys", 0x70, ("IBMBIO.COM", "IBMDOS.COM")),
    ),
    "MS-DOS 6.22": (
        {"IO_SYS": made_dos.ms_bios(), "MSDOS_SYS": made_dos.ms_bios(), "COMMAND_COM": made_dos.MS_SHELL},
        (Family.MSDOS, "6.22", "iosys", 0x70, ("IO.SYS", "MSDOS.SYS")),
    ),
    "MS-DOS 6.20, whose kernel only has a header": (
        {
            "IO_SYS": made_dos.ms_bios(text=b"Starting MS-DOS..."),
            "MSDOS_SYS": b"\xe9\xdb\x82\x50\x3e\x70\0\0\0\x06\x14",
        },
        (Family.MSDOS, "6.20", "iosys", 0x70, ("IO.SYS", "MSDOS.SYS")),
    ),
    "MS-DOS 2 of another maker": (
        {
            "IBMBIO_COM": b"\xe9" * 4000,
            "MSDOS_COM": b"MS-DOS version 2.11\r\nCopyright 1981,82,83 Microsoft Corp.",
        },
        (Family.MSDOS, "2.11", "iosys", 0x70, ("IBMBIO.COM", "MSDOS.COM")),
    ),
    "MS-DOS that mentions IBM": (
        {"IO_SYS": made_dos.ms_bios() + b"International Business Machines", "MSDOS_SYS": made_dos.ms_bios()},
        (Family.MSDOS, "6", "iosys", 0x70, ("IO.SYS", "MSDOS.SYS")),
    ),
    "PC-DOS": (
        {
            "IBMBIO_COM": made_dos.ms_bios(text=b"IBM DOS Version 5.00 (C)Copyright"),
            "IBMDOS_COM": b"\xe9 kernel",
        },
        (Family.PCDOS, "5.00", "iosys", 0x70, ("IBMBIO.COM", "IBMDOS.COM")),
    ),
    "PC-DOS 1, known by its shell": (
        {"IBMBIO_COM": b"\xe9" * 1920, "IBMDOS_COM": b"\xe9" * 6400, "COMMAND_COM": made_dos.IBM_SHELL},
        (Family.PCDOS, "1.10", "iosys", 0x70, ("IBMBIO.COM", "IBMDOS.COM")),
    ),
    "Windows 98": (
        {"IO_SYS": made_dos.windows_kernel(), "MSDOS_SYS": b";W98EBD\r\n"},
        (Family.MSDOS7, "7.1", "msdos7", 0x70, ("IO.SYS", "MSDOS.SYS")),
    ),
    "Windows Me without MSDOS.SYS": (
        {"IO_SYS": made_dos.windows_kernel(b"Windows Millennium")},
        (Family.MSDOS7, "8.0", "msdos7", 0x70, ("IO.SYS",)),
    ),
    "bbdos": (
        {"BBDOS_SYS": b"\xea\x00\x01\x60\x00bbdos\0" + bytes(100)},
        (Family.BBDOS, None, "freedos", 0x60, ("BBDOS.SYS",)),
    ),
}


@pytest.mark.parametrize(("files", "expected"), FAMILIES.values(), ids=FAMILIES.keys())
def test_families_are_told_apart(files: dict[str, bytes], expected: tuple[object, ...]) -> None:
    """Each family is known by its bytes, with the protocol that boots it."""
    found = identify(**files)
    assert found.protocol is not None
    protocol = found.protocol
    assert (found.family, found.version, protocol.style, protocol.load_segment, protocol.kernel) == expected
    assert found.how
    assert len(found.sources) == len(protocol.kernel)


def test_old_kernels_are_loaded_whole_and_new_ones_in_part() -> None:
    """Before DOS 4 the boot sector loads all of IO.SYS, in one piece; later its first sectors suffice."""
    new = identify(IO_SYS=made_dos.ms_bios(), MSDOS_SYS=made_dos.ms_bios()).protocol
    text = b"MS-DOS version 3.30 Copyright Microsoft"
    old = identify(IO_SYS=made_dos.ms_bios(22_000, text), MSDOS_SYS=made_dos.ms_bios(30_000, text)).protocol
    small = identify(IBMBIO_COM=b"\xe9" * 12_363, IBMDOS_COM=b"MS-DOS version 4.00 Microsoft Corp").protocol
    assert new is not None
    assert old is not None
    assert small is not None
    assert (new.whole_file, new.contiguous, new.load_sectors, new.first_in_root) == (False, False, 4, True)
    assert (old.whole_file, old.contiguous, old.first_in_root) == (True, True, True)
    assert small.whole_file  # the multitasking MS-DOS 4.00, which is built like 3


UNKNOWN = {
    "nothing at all": ({}, "no kernel"),
    "other files": ({"README_TXT": b"hello"}, "README.TXT"),
    "a kernel that says nothing": ({"KERNEL_SYS": bytes(5000)}, "CONFIG block"),
    "half a kernel": ({"MSDOS_SYS": b"MS-DOS version 2.00 Microsoft"}, "IO.SYS"),
    "a pair without a maker": ({"IO_SYS": b"\xe9" * 9000, "MSDOS_SYS": b"\xe9" * 9000}, "no maker"),
    "DR names without DR": ({"DRBIO_SYS": b"\xe9" * 9000, "DRDOS_SYS": b"\xe9" * 9000}, "none of the names"),
    "a tiny MZ": ({"IO_SYS": b"MZ" + bytes(100)}, "too short"),
    "another BBDOS.SYS": ({"BBDOS_SYS": bytes(100)}, "does not carry"),
    "two kernels": (
        {"KERNEL_SYS": made_dos.freedos_kernel(), "IO_SYS": made_dos.windows_kernel()},
        "nothing says which",
    ),
}


@pytest.mark.parametrize(("files", "reason"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_cannot_be_told_is_unknown_with_the_reason(files: dict[str, bytes], reason: str) -> None:
    """No family is guessed; the reason names what was there."""
    found = identify(**files)
    assert found.family is Family.UNKNOWN
    assert found.protocol is None
    assert reason in " ".join(found.how)


def test_the_boot_sector_decides_between_two_kernels() -> None:
    """On a disk with two kernels the one that the boot sector loads counts."""
    files = {"KERNEL_SYS": made_dos.freedos_kernel(), "IO_SYS": made_dos.windows_kernel()}
    found = identify(made_dos.boot_sector("IO.SYS"), **files)
    assert found.family is Family.MSDOS7
    assert "the boot sector loads IO.SYS" in " ".join(found.how)


def sources(tmp_path: Path) -> dict[str, Path]:
    """The same FreeDOS in everything that can be imported."""
    image = made_dos.freedos_disk()
    small = made_dos.freedos_disk("160K")
    folder = tmp_path / "folder"
    (folder / "dos").mkdir(parents=True)
    (folder / "kernel.sys").write_bytes(made_dos.freedos_kernel())
    (folder / "Command.com").write_bytes(made_dos.FREECOM)
    package = [("BIN/KERNL386.SYS", made_dos.freedos_kernel()), ("BIN/COMMAND.COM", made_dos.FREECOM)]
    system = {"KERNEL.SYS": made_dos.freedos_kernel(), "COMMAND.COM": made_dos.FREECOM}
    volume = made_dos.disk(system, made_dos.HARD_DISK)
    loader = b"\xeb\xfe".ljust(2048, b"\0")
    contents = {
        "1.44M.img": image,
        "160K.dsk": small,
        "no-suffix": made_dos.freedos_disk("360K"),
        "disk.img.gz": gzip.compress(image),
        "disk.zip": made_dos.zipped([("readme.txt", b"hi"), ("boot/disk1.ima", image)]),
        "both.zip": made_dos.zipped([("144m/boot.img", image), ("160k/boot.img", small)]),
        "gz-in.zip": made_dos.zipped([("disk.img.gz", gzip.compress(image))]),
        "package.zip": made_dos.zipped(package),
        "stick.img": made_dos.hard_disk(volume),
        "superfloppy.img": volume,
        "floppy.iso": made_dos.iso(image, "floppy"),
        "none.iso": made_dos.iso(volume, "noemul"),
        "hard.iso": made_dos.iso(made_dos.hard_disk(volume), "hdemul"),
        "loader.iso": made_dos.iso(loader, "noemul", {"FDBOOT.IMG": image}),
    }
    paths = {"folder": folder}
    for name, data in contents.items():
        paths[name] = tmp_path / name
        paths[name].write_bytes(data)
    return paths


def test_every_kind_of_source_gives_the_same_system(tmp_path: Path, store: dos.Store) -> None:
    """Floppies, gzip, zip, ISO, hard disk and folder: the same kernel and shell come out."""
    for name, path in sources(tmp_path).items():
        system = dos.load(str(path), store)
        assert system.family is Family.FREEDOS, name
        assert system.kernel[0].data == made_dos.freedos_kernel(), name
        assert system.kernel[0].name == "KERNEL.SYS", name
        assert system.shell.data == made_dos.FREECOM, name
        assert str(tmp_path) not in "".join([system.origin, *(file.origin for file in system.files)]), name
    assert not (tmp_path / "store").exists()  # loading from a path stores nothing


def test_an_imported_system_is_loaded_as_it_was(tmp_path: Path, store: dos.Store) -> None:
    """What import stored, load gives back: files, hashes, origins, attributes, licence and boot sector."""
    files = {
        "KERNEL.SYS": made_dos.freedos_kernel(),
        "COMMAND.COM": made_dos.FREECOM,
        "DOS\\HIMEMX.EXE": b"MZ himemx",
        "DOS\\KEYB.COM": b"keyb",
        "GAME.EXE": b"not for recipes",
    }
    path = tmp_path / "boot.img"
    path.write_bytes(made_dos.disk(files))
    imported = dos.import_system("mine", path, store)
    loaded = dos.load("mine", store)
    assert loaded == imported
    assert [file.data for file in loaded.files] == [file.data for file in imported.files]
    assert set(loaded.extras) == {"HIMEMX.EXE", "KEYB.COM"}
    himem = loaded.extras["HIMEMX.EXE"]
    assert (himem.name, himem.origin, himem.size) == ("DOS\\HIMEMX.EXE", "boot.img/DOS/HIMEMX.EXE", 9)
    assert himem.sha256 == hashlib.sha256(b"MZ himemx").hexdigest()
    assert (himem.license, himem.redistributable) == ("unknown", None)
    assert (loaded.kernel[0].license, loaded.kernel[0].redistributable) == ("GPL-2.0-or-later", True)
    assert loaded.boot_sector == path.read_bytes()[:512]
    assert "a floppy image" in loaded.how[0]
    assert any("HIMEMX.EXE" in text for text in loaded.abilities)


def test_only_copyright_texts_make_a_file_proprietary(tmp_path: Path, store: dos.Store) -> None:
    """Microsoft's copyright in the bytes counts; a file without any is unknown."""
    path = tmp_path / "boot.img"
    files = {"IO.SYS": made_dos.ms_bios(), "MSDOS.SYS": made_dos.ms_bios(), "COMMAND.COM": b"\xe9 silent"}
    path.write_bytes(made_dos.disk(files))
    system = dos.load(str(path), store)
    assert (system.kernel[0].license, system.kernel[0].redistributable) == ("proprietary", False)
    assert (system.shell.license, system.shell.redistributable) == ("unknown", None)


def test_the_original_boot_sector_is_offered_only_where_it_works(tmp_path: Path, store: dos.Store) -> None:
    """It must load this kernel, be made for the same FAT, and leave room for a modern BPB."""
    system = {"KERNEL.SYS": made_dos.freedos_kernel(), "COMMAND.COM": made_dos.FREECOM}
    path = tmp_path / "boot.img"

    def loaded(sector: bytes) -> dos.DosSystem:
        path.write_bytes(made_dos.disk(system, sector=sector))
        return dos.load(str(path), store)

    good = loaded(made_dos.boot_sector("KERNEL.SYS"))
    assert good.boot_sector_for(12) == path.read_bytes()[:512]
    assert good.boot_sector_for(16) is None
    old = loaded(made_dos.boot_sector("KERNEL.SYS", code=0x2E))
    assert old.boot_sector is not None
    assert old.boot_sector_for(12) is None
    assert loaded(made_dos.boot_sector("IO.SYS")).boot_sector is None


def test_configuration_file_and_dialect_follow_the_family(tmp_path: Path, store: dos.Store) -> None:
    """FreeDOS reads FDCONFIG.SYS, EDR DCONFIG.SYS, the others CONFIG.SYS."""
    found = {}
    for name, files in {
        "freedos": {"KERNEL.SYS": made_dos.freedos_kernel()},
        "edr": {"KERNEL.SYS": made_dos.edr_kernel()},
        "ms": {"IO.SYS": made_dos.ms_bios(), "MSDOS.SYS": made_dos.ms_bios()},
        "dr6": {"IBMBIO.COM": b"DR DOS 6.0 Digital Research", "IBMDOS.COM": b"x"},
        "dr7": {"IBMBIO.COM": b"DR-DOS 7.03 Caldera", "IBMDOS.COM": b"x"},
    }.items():
        path = tmp_path / f"{name}.img"
        path.write_bytes(made_dos.disk({**files, "COMMAND.COM": b"shell"}))
        system = dos.load(str(path), store)
        found[name] = (system.config_name, system.dialect)
    assert found == {
        "freedos": ("FDCONFIG.SYS", "freedos"),
        "edr": ("DCONFIG.SYS", "drdos"),
        "ms": ("CONFIG.SYS", "msdos"),
        "dr6": ("CONFIG.SYS", "drdos"),
        "dr7": ("DCONFIG.SYS", "drdos"),
    }


def test_a_name_is_given_once(tmp_path: Path, store: dos.Store) -> None:
    """A second import of a name is refused until it is told to replace; bbdos is never replaced."""
    path = tmp_path / "boot.img"
    path.write_bytes(made_dos.freedos_disk())
    dos.import_system("mine", path, store)
    path.write_bytes(made_dos.freedos_disk(revision=44))
    with pytest.raises(PackageError, match="already"):
        dos.import_system("mine", path, store)
    assert dos.load("mine", store).version == "2043"
    assert dos.import_system("mine", path, store, replace=True).version == "2044"
    assert dos.load("mine", store).version == "2044"
    with pytest.raises(DosSystemError, match="bbdos"):
        dos.import_system("bbdos", path, store)
    with pytest.raises(PackageError, match="cannot be the name"):
        dos.import_system("../mine", path, store)


def test_the_list_shows_everything_even_beside_a_broken_record(tmp_path: Path, store: dos.Store) -> None:
    """Embedded, stored and fetchable systems are listed; a damaged record is said to be one."""
    path = tmp_path / "boot.img"
    path.write_bytes(made_dos.freedos_disk())
    dos.import_system("mine", path, store)
    (store.root / "records/dos/bad.toml").write_text("schema = [", "utf-8")
    (store.root / "records/dos/odd.toml").write_text("schema = 1", "utf-8")
    listed = {item.id: item for item in dos.list_systems(store)}
    assert {name: item.status for name, item in listed.items()} == {
        "bbdos": "embedded",
        "mine": "stored",
        "bad": "broken",
        "odd": "broken",
        "freedos-1.4": "fetchable",
        "freedos-1.3": "fetchable",
    }
    assert (listed["mine"].files, listed["mine"].origin, listed["mine"].version) == (2, "boot.img", "2043")
    assert listed["mine"].to_json()["family"] == "freedos"
    with pytest.raises(PackageError, match="odd"):
        dos.load("odd", store)
    dos.remove_system("mine", store)
    with pytest.raises(DosSystemError, match="mine"):
        dos.load("mine", store)
    with pytest.raises(DosSystemError, match="no stored"):
        dos.remove_system("mine", store)


def test_a_damaged_object_is_named(tmp_path: Path, store: dos.Store) -> None:
    """A stored file that changed is not used."""
    path = tmp_path / "boot.img"
    path.write_bytes(made_dos.freedos_disk())
    digest = dos.import_system("mine", path, store).shell.sha256
    (store.root / "objects" / digest[:2] / digest[2:]).write_bytes(b"changed")
    with pytest.raises(PackageError, match=digest):
        dos.load("mine", store)
    dos.import_system("mine", path, store, replace=True)
    assert dos.load("mine", store).shell.data == made_dos.FREECOM


def test_unknown_names_suggest_what_was_meant(store: dos.Store) -> None:
    """A misspelt id brings the nearest one; one that can be fetched brings the command."""
    for impossible in ("x" * 5000, "a\0b", ""):
        with pytest.raises(BootbuilderError):
            dos.load(impossible, store)
    with pytest.raises(DosSystemError) as misspelt:
        dos.load("freedos-1.5", store)
    assert "'freedos-1.4'" in (misspelt.value.hint or "") or "'freedos-1.3'" in (misspelt.value.hint or "")
    with pytest.raises(DosSystemError) as fetchable:
        dos.load("freedos-1.4", store)
    assert fetchable.value.hint == "download it: bootbuilder dos fetch freedos-1.4"


def test_refusals_say_what_was_found(tmp_path: Path, store: dos.Store) -> None:
    """A disk without a DOS, a kernel without a shell, two systems in one archive: each says so."""
    image = tmp_path / "disk.img"
    image.write_bytes(made_dos.disk({"README.TXT": b"hello", "SETUP.EX_": b"SZDD"}))
    with pytest.raises(DosSystemError, match=r"README\.TXT") as no_dos:
        dos.load(str(image), store)
    assert "SYS" in (no_dos.value.hint or "")
    image.write_bytes(made_dos.disk({"KERNEL.SYS": made_dos.freedos_kernel()}))
    with pytest.raises(DosSystemError, match="no command interpreter"):
        dos.load(str(image), store)
    archive = tmp_path / "two.zip"
    disks = [("a.img", made_dos.freedos_disk()), ("b.img", made_dos.freedos_disk(revision=44))]
    archive.write_bytes(made_dos.zipped(disks))
    with pytest.raises(DosSystemError, match=r"2043.*two\.zip/a\.img.*2044"):
        dos.load(str(archive), store)
    assert dos.load(str(archive / "b.img"), store).version == "2044"
    with pytest.raises(ImageError, match=r"no member c\.img"):
        dos.load(str(archive / "c.img"), store)


def test_the_active_partition_counts(tmp_path: Path, store: dos.Store) -> None:
    """Of two partitions with a DOS, the active one is imported."""
    volumes = [
        made_dos.disk({"KERNEL.SYS": made_dos.freedos_kernel(n), "COMMAND.COM": b"shell"}, made_dos.HARD_DISK)
        for n in (43, 44)
    ]
    path = tmp_path / "disk.img"
    path.write_bytes(made_dos.hard_disk(*volumes, active=1))
    system = dos.load(str(path), store)
    assert system.version == "2044"
    assert system.boot_sector_for(16) is not None
    assert system.boot_sector_for(12) is None


def test_a_kernel_in_a_folder_of_a_disk_is_found(tmp_path: Path, store: dos.Store) -> None:
    """An install disk keeps its kernel below FREEDOS\\BIN; the boot sector is then not that kernel's."""
    path = tmp_path / "disk.img"
    files = {"COMMAND.COM": made_dos.FREECOM, "FREEDOS\\BIN\\KERNL386.SYS": made_dos.freedos_kernel()}
    path.write_bytes(made_dos.disk(files))
    system = dos.load(str(path), store)
    assert system.kernel[0].origin == "disk.img/FREEDOS/BIN/KERNL386.SYS"
    assert (system.kernel[0].name, system.boot_sector) == ("KERNEL.SYS", None)


def test_errors_are_explained_ones(tmp_path: Path, store: dos.Store) -> None:
    """Whatever a path is, the answer is an explanation."""
    for name, data in {
        "empty.img": b"",
        "text.img": b"hello\n" * 500,
        "zeros.img": bytes(1474560),
        "sector.img": bytes(512),
        "imd.img": b"IMD 1.18: made\r\n" + bytes(5000),
        "cut.img": made_dos.freedos_disk()[:700_000],
        "cut.gz": gzip.compress(made_dos.freedos_disk())[:-900],
        "cut.zip": made_dos.zipped([("a.img", made_dos.freedos_disk())])[:-30],
        "bad.iso": bytes(16 * 2048) + b"\x01CD001" + bytes(9000),
        "program.exe": b"MZ" + bytes(1022),
    }.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(BootbuilderError) as caught:
            dos.load(str(tmp_path / name), store)
        assert name.partition(".gz")[0].partition(".")[0] in caught.value.message, name
        assert caught.value.hint, name
    with pytest.raises(ImageError, match="there is no"):
        dos.import_system("x", tmp_path / "missing.img", store)
