"""What goes on a disk, in which order, with which startup files, for each family of DOS."""

from __future__ import annotations

from pathlib import Path

import pytest

from bootbuilder import compose, inventory, startup
from bootbuilder.dos import Family
from bootbuilder.errors import ImageFull, RecipeError, TemplateError
from bootbuilder.media import fat
from tests.makers import adapter, make_recipe, parts, system, texts


def disk(text: str, **options: object) -> compose.Composition:
    return compose.compose(parts(make_recipe(text), **options), "floppy", None, None)  # type: ignore[arg-type]


def test_freedos_startup_files() -> None:
    """FreeDOS reads FDCONFIG.SYS first, so that is what is written; every key stands in its line."""
    made = texts(
        make_recipe(
            """
            title = "Plant <floor>"
            [dos]
            files = 40
            buffers = 10
            lastdrive = "H"
            environment = 1024
            prompt = "$T $P$G"
            set = { TEMP = 'A:\\TMP' }
            [boot]
            config = ['DEVICE=A:\\FOO.SYS']
            commands = ['FLASH /Q', 'ECHO done']
            """
        )
    )
    assert made["FDCONFIG.SYS"].splitlines() == [
        "FILES=40",
        "BUFFERS=10",
        "LASTDRIVE=H",
        "SHELL=A:\\COMMAND.COM A:\\ /E:1024 /P",
        "DEVICE=A:\\FOO.SYS",
    ]
    assert made["AUTOEXEC.BAT"].splitlines() == [
        "@ECHO OFF",
        "PROMPT $T $P$G",
        "PATH A:\\;A:\\DOS",
        "SET TEMP=A:\\TMP",
        "ECHO Plant floor",
        "FLASH /Q",
        "ECHO done",
    ]


@pytest.mark.parametrize(
    ("family", "version", "kernel", "config_name", "has", "lacks"),
    [
        (Family.MSDOS, "6.22", ("IO.SYS", "MSDOS.SYS"), "CONFIG.SYS", ["LASTDRIVE=Z", "/E:512 /P"], []),
        (Family.MSDOS, "3.30", ("IO.SYS", "MSDOS.SYS"), "CONFIG.SYS", ["LASTDRIVE=Z", "/E:512"], []),
        (Family.MSDOS, "2.11", ("IO.SYS", "MSDOS.SYS"), "CONFIG.SYS", ["FILES=30"], ["LASTDRIVE", "/E:"]),
        (Family.PCDOS, "7.0", ("IBMBIO.COM", "IBMDOS.COM"), "CONFIG.SYS", ["LASTDRIVE=Z"], []),
        (Family.EDRDOS, "7.01", ("KERNEL.SYS",), "DCONFIG.SYS", ["SHELL=A:\\COMMAND.COM"], []),
        (Family.BBDOS, "0.1", ("BBDOS.SYS",), "CONFIG.SYS", ["LASTDRIVE=Z"], []),
    ],
)
def test_each_family_gets_its_own_words(
    family: Family, version: str, kernel: tuple[str, ...], config_name: str, has: list[str], lacks: list[str]
) -> None:
    """The file that the family reads first, with only the words that its version knows."""
    made = texts(make_recipe(""), system(family, version, kernel))
    config = made[config_name]
    assert all(word in config for word in has)
    assert not any(word in config for word in lacks)
    assert made["AUTOEXEC.BAT"].startswith("ECHO OFF" if version == "2.11" else "@ECHO OFF")


def test_kernel_files_come_first_and_in_order() -> None:
    """IO.SYS and MSDOS.SYS lead the disk, hidden, system and read-only, then the shell."""
    made = disk("", dos_system=system(Family.MSDOS, "5.00", ("IO.SYS", "MSDOS.SYS")))
    assert [file.path for file in made.files[:3]] == ["IO.SYS", "MSDOS.SYS", "COMMAND.COM"]
    assert {file.attributes for file in made.files[:2]} == {fat.READ_ONLY | fat.HIDDEN | fat.SYSTEM}


@pytest.mark.parametrize(
    ("profile", "extras", "expected"),
    [
        ("xms", ("HIMEMX.EXE", "JEMM386.EXE"), ["DEVICE=A:\\DOS\\HIMEMX.EXE", "DOS=HIGH"]),
        (
            "xms-umb",
            ("HIMEMX.EXE", "JEMM386.EXE"),
            ["DEVICE=A:\\DOS\\HIMEMX.EXE", "DEVICE=A:\\DOS\\JEMM386.EXE NOEMS", "DOS=HIGH,UMB"],
        ),
        ("xms-umb", ("JEMMEX.EXE",), ["DEVICE=A:\\DOS\\JEMMEX.EXE NOEMS", "DOS=HIGH,UMB"]),
    ],
)
def test_memory_managers_come_from_the_system(
    profile: str, extras: tuple[str, ...], expected: list[str]
) -> None:
    """Only managers that the system has are named, they lead CONFIG.SYS, and their files are on the disk."""
    made = disk(f"[dos]\nmemory = '{profile}'", dos_system=system(extras=extras))
    config = [line.text for line in made.texts["FDCONFIG.SYS"]]
    assert config[: len(expected)] == expected
    named = {line.split("\\")[-1].split()[0] for line in expected if line.startswith("DEVICE")}
    assert {f"DOS\\{name}" for name in named} <= {file.path for file in made.files}
    assert "dos.memory" in made.texts["FDCONFIG.SYS"][0].origin


def test_himem_of_ms_dos_6_skips_its_memory_test() -> None:
    """The test takes minutes on large memories; the switch came with version 6."""
    for version, switch in (("6.22", " /TESTMEM:OFF"), ("5.00", "")):
        dos_system = system(Family.MSDOS, version, ("IO.SYS", "MSDOS.SYS"), ("HIMEM.SYS",))
        made = texts(make_recipe("[dos]\nmemory = 'xms'"), dos_system)
        assert made["CONFIG.SYS"].splitlines()[0] == "DEVICE=A:\\DOS\\HIMEM.SYS" + switch


@pytest.mark.parametrize(
    ("text", "dos_system", "says"),
    [
        ("[dos]\nmemory = 'xms'", system(), "testdos has none of them"),
        ("[dos]\nmemory = 'xms-umb'", system(extras=("HIMEMX.EXE",)), "needs an XMS driver and"),
        ("[dos]\nmemory = 'xms'", system(Family.MSDOS, "3.30", ("IO.SYS", "MSDOS.SYS")), "DOS 5.0"),
        ("[dos]\nkeyboard = 'de'", system(), "needs KEYB.COM and KEYBOARD.SYS"),
    ],
)
def test_what_the_system_lacks_is_said_with_the_key(text: str, dos_system: object, says: str) -> None:
    """The recipe's key and the missing files are named."""
    with pytest.raises(RecipeError) as caught:
        disk(text, dos_system=dos_system)
    assert says in caught.value.message
    assert "test.toml:4: dos." in caught.value.message
    assert caught.value.hint


def test_keyboard_layouts_are_loaded_under_the_names_that_keyb_knows() -> None:
    """`de` is called GR by DOS; both files come along."""
    made = disk(
        "[dos]\nkeyboard = 'de'\ncodepage = 850", dos_system=system(extras=("KEYB.COM", "KEYBOARD.SYS"))
    )
    assert "A:\\DOS\\KEYB.COM GR,850,A:\\DOS\\KEYBOARD.SYS" in [
        line.text for line in made.texts["AUTOEXEC.BAT"]
    ]
    assert {"DOS\\KEYB.COM", "DOS\\KEYBOARD.SYS"} <= {file.path for file in made.files}


def test_user_files_folders_and_texts(tmp_path: Path) -> None:
    """A file, a tree and a rendered text land where the recipe says, `{{ vars }}` in targets and texts filled in."""
    (tmp_path / "tree" / "sub").mkdir(parents=True)
    (tmp_path / "tree" / "sub" / "b.bin").write_bytes(b"B")
    (tmp_path / "tree" / "a.txt").write_bytes(b"A\n")
    (tmp_path / "tree" / "empty").mkdir()
    (tmp_path / "note.txt").write_text("für {{ vars.who }}\n", "utf-8")
    made = compose.compose(
        parts(
            make_recipe(
                """
                [vars]
                who = "Ann"
                dir = "TOOLS"
                [[files]]
                source = "tree"
                target = 'A:\\{{ vars.dir }}'
                [[files]]
                source = "note.txt"
                target = "NOTE.TXT"
                text = true
                """,
                tmp_path / "r.toml",
            )
        ),
        "floppy",
        None,
        None,
    )
    content = {file.path: file.data for file in made.files if not file.is_folder}
    assert content["TOOLS\\SUB\\B.BIN"] == b"B"
    assert content["TOOLS\\A.TXT"] == b"A\n"
    assert content["NOTE.TXT"] == b"f\x81r Ann\r\n"
    assert any(file.path == "TOOLS\\EMPTY" and file.is_folder for file in made.files)


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        (
            "[[files]]\nsource = 'gone.exe'\ntarget = 'X'",
            RecipeError,
            "test.toml:4: files[0].source: there is no file",
        ),
        ("[[files]]\nsource = 'x'\nsha256 = '%s'\ntarget = 'X'" % ("0" * 64), RecipeError, "its SHA-256 is"),
        (
            "[[files]]\nsource = 'x'\ntarget = 'COMMAND.COM'",
            RecipeError,
            "two files have the target A:\\COMMAND.COM",
        ),
        ("[[files]]\nsource = 'x'\ntarget = 'AUTOEXEC.BAT'", RecipeError, "two files have the target"),
        ("[[files]]\nsource = 'x'\ntarget = '{{ vars.no }}'", TemplateError, "vars.no is not defined"),
        ("[[files]]\nsource = 'x'\ntarget = '{{ name }}LONGER.X'", RecipeError, "not an 8.3 name"),
        ("[boot]\ncommands = ['%s']" % ("x" * 128), TemplateError, "AUTOEXEC.BAT line 4"),
        ("[boot]\ncommands = ['€']", TemplateError, "not in code page 437"),
        ("[boot]\ncommands = ['{{ vars.no }}']", TemplateError, "test.toml:4: boot.commands[0]"),
        ("[[files]]\nsource = 'big'\ntarget = 'BIG'", ImageFull, "bytes too many"),
    ],
)
def test_what_cannot_be_composed_names_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, error: type[Exception], says: str
) -> None:
    """Missing, changed, clashing and too large payloads and lines are refused before anything is written."""
    monkeypatch.chdir(tmp_path)
    Path("x").write_bytes(b"x")
    Path("big").write_bytes(bytes(3_000_000))
    with pytest.raises(error) as caught:
        disk(text)
    assert says in str(caught.value)


def test_packet_driver_disk() -> None:
    """The driver is loaded with its parameters, MTCP.CFG has the address, and both are on the disk."""
    made_recipe = make_recipe(
        """
        [network]
        stack = "packet"
        nics = ["ne2000"]
        hostname = "SAW-{{ vars.n }}"
        address = { ip = "10.0.0.7", netmask = "255.255.255.0", gateway = "10.0.0.1", dns = ["10.0.0.2"] }
        [network.options.ne2000]
        irq = 5
        vector = 0x61
        [vars]
        n = 3
        """
    )
    made = compose.compose(parts(made_recipe), "floppy", adapter(), None)
    assert made.name == "test-ne2000"
    batch = [line.text for line in made.texts["AUTOEXEC.BAT"]]
    assert batch[3:6] == [
        "A:\\DOS\\NE2000.COM 0x61 5",
        "SET MTCPCFG=A:\\MTCP.CFG",
        "SET WATTCP.CFG=A:",
    ]
    assert [line.text for line in made.texts["MTCP.CFG"]] == [
        "PACKETINT 0x61",
        "HOSTNAME SAW-3",
        "IPADDR 10.0.0.7",
        "NETMASK 255.255.255.0",
        "GATEWAY 10.0.0.1",
        "NAMESERVER 10.0.0.2",
    ]
    content = {file.path: file for file in made.files}
    assert content["MTCP.CFG"].data.endswith(b"10.0.0.2\r\n")
    assert content["DOS\\NE2000.COM"].license == "MIT"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("irq = 99", "irq: 99 is out of range"),
        ("irq = 'x'", "must be a whole number"),
        ("vector = 0x67", "vector: 0x67 is not an interrupt for packet drivers"),
        ("irg = 3", "no such parameter"),
    ],
)
def test_driver_parameters_are_checked(options: str, says: str) -> None:
    """Range, type, vector and spelling."""
    made = make_recipe(f"[network]\nstack = 'packet'\nnics = ['ne2000']\n[network.options.ne2000]\n{options}")
    with pytest.raises(RecipeError, match=r"network\.options\.ne2000") as caught:
        compose.compose(parts(made), "floppy", adapter(), None)
    assert says in caught.value.message


def test_one_disk_for_each_machine() -> None:
    """A row's columns are variables, and its host name and address win over the recipe's."""
    made_recipe = make_recipe(
        """
        [network]
        stack = "packet"
        nics = ["ne2000"]
        hostname = "X"
        address = { ip = "10.0.0.7", netmask = "255.255.255.0" }
        [boot]
        commands = ["ECHO {{ vars.hall }}"]
        """
    )
    row = inventory.Machine("saw-1", "m.csv: row 2", "SAW-1", "", "10.0.0.9", {"hall": "North"})
    made = compose.compose(parts(made_recipe), "floppy", adapter(), row)
    assert made.name == "test-saw-1-ne2000"
    assert [line.text for line in made.texts["MTCP.CFG"]][1:3] == ["HOSTNAME SAW-1", "IPADDR 10.0.0.9"]
    assert made.texts["AUTOEXEC.BAT"][-1].text == "ECHO North"


def test_label_comes_from_the_name_unless_said() -> None:
    """Eleven characters of the name, or what the recipe says, variables filled in and checked."""
    assert disk("").volume.label == "TEST"
    assert disk("[vars]\nn = 3\n[dos]\nlabel = 'SAW {{ vars.n }}'").volume.label == "SAW 3"
    with pytest.raises(RecipeError, match=r"dos\.label"):
        disk("[vars]\nn = 'lower'\n[dos]\nlabel = '{{ vars.n }}'")


def test_every_file_tells_its_origin_and_licence() -> None:
    """The manifest and `show` have a story for each file."""
    for file in disk("").files:
        assert file.origin
        assert file.license
        assert len(file.sha256) == 64


def test_usb_disk_boots_from_c_and_grows_with_its_files(tmp_path: Path) -> None:
    """On a stick every path is on C:, the disk is the smallest that holds the files, and targets stay the same."""
    (tmp_path / "big.bin").write_bytes(bytes(40 << 20))
    made = compose.compose(
        parts(
            make_recipe(
                "[boot]\ncommands = ['{{ drive }}\\X']\n[[files]]\nsource = 'big.bin'\ntarget = 'A:\\BIG.BIN'",
                tmp_path / "r.toml",
            )
        ),
        "usb",
        None,
        None,
    )
    assert [line.text for line in made.texts["FDCONFIG.SYS"]][-1].startswith("SHELL=C:\\COMMAND.COM C:\\")
    assert made.texts["AUTOEXEC.BAT"][-1].text == "C:\\X"
    assert made.volume.geometry.name == "64M"
    assert "BIG.BIN" in {file.path for file in made.files}


def test_a_memory_manager_of_the_user_is_loaded_from_where_it_lies(tmp_path: Path) -> None:
    """[[files]] can bring what the system lacks; its own path stands in CONFIG.SYS."""
    (tmp_path / "x").write_bytes(b"x")
    text = "[dos]\nmemory = 'xms'\n[[files]]\nsource = 'x'\ntarget = 'A:\\MEM\\HIMEMX.EXE'"
    made = compose.compose(parts(make_recipe(text, tmp_path / "r.toml")), "floppy", None, None)
    assert made.texts["FDCONFIG.SYS"][0].text == "DEVICE=A:\\MEM\\HIMEMX.EXE"


def test_old_dos_and_newer_floppies_are_doubted() -> None:
    """MS-DOS 3.20 never saw a 1.44M drive: the doubt names what it knows; other families and USB have none."""
    old = system(Family.MSDOS, "3.20", ("IO.SYS", "MSDOS.SYS"))
    doubt = startup.doubt_about(old, "1.44M")
    assert doubt is not None
    assert "160K, 320K, 180K, 360K, 1.2M, 720K" in doubt
    assert startup.doubt_about(old, "720K") is None
    assert startup.doubt_about(system(), "2.88M") is None
