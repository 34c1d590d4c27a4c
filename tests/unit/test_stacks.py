"""Stacks: which driver and files an adapter gets, what is missing, parameters, conflicts, tools, secrets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bootbuilder import stacks
from bootbuilder.errors import ImageFull, PackageError, RecipeError, TemplateError
from bootbuilder.packages import Store
from bootbuilder.render import RenderedLine
from bootbuilder.stacks import software
from tests import stand_ins
from tests.clirun import Cli
from tests.makers import make_recipe, system


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


def network(stack: str, nic: str, more: str = "", dos: str = "") -> str:
    return f'[dos]\nfiles = 30\n{dos}\n[network]\nstack = "{stack}"\nnics = ["{nic}"]\n{more}\n'


def lines(text: str, store: Store, file: str, **how: object) -> list[str]:
    """Return the lines of a generated file on the first disk of a recipe."""
    made = stand_ins.compose_all(
        make_recipe(text), store, system(extras=("HIMEMX.EXE", "JEMM386.EXE")), **how
    )  # type: ignore[arg-type]
    return [line.text for path, text in made[0].texts.items() if path.endswith(file) for line in text]


def refused(text: str, store: Store, **how: object) -> RecipeError:
    with pytest.raises(RecipeError) as caught:
        lines(text, store, "AUTOEXEC.BAT", **how)
    assert caught.value.hint
    return caught.value


# --- which driver ------------------------------------------------------------------------------------------


def test_a_packet_driver_goes_before_a_shim(store: Store) -> None:
    """With all files here the native driver is taken, without a remark; without it the NDIS2 driver, with one."""
    stand_ins.hold_package(store, "msclient")
    stand_ins.hold_drivers(store, ["3c509-ndis2", "shim-dis-pkt9"])
    (made,) = stand_ins.compose_all(make_recipe(network("packet", "3c509")), store, system())
    assert made.notes == (
        "3c509: ELNK3.DOS is an NDIS2 driver; the stack packet uses it through DIS_PKT9.DOS",
    )
    stand_ins.hold_drivers(store, ["3c509"])
    (made,) = stand_ins.compose_all(make_recipe(network("packet", "3c509")), store, system())
    assert made.notes == ()
    assert "A:\\DOS\\3C509.COM 0x60" in lines(network("packet", "3c509"), store, "AUTOEXEC.BAT")


def test_the_id_of_a_driver_asks_for_its_route(store: Store) -> None:
    """Even where the native packet driver is here too."""
    stand_ins.hold_package(store, "netware")
    stand_ins.hold_drivers(store, ["3c509", "3c509-odi", "shim-odipkt"])
    assert "ODIPKT.COM 0 96" in lines(network("packet", "3c509-odi"), store, "AUTOEXEC.BAT")


def test_all_missing_files_are_named_with_place_and_command(store: Store) -> None:
    """A stack of proprietary files: each file, from where it usually comes, and the command that brings it."""
    stand_ins.hold_package(store, "msclient", lacks=["TCPTSR.EXE", "NET.EXE"])
    error = refused(network("msclient", "ne2000"), store)
    for part in ("NE2000.DOS", "bootbuilder nic add NE2000.DOS", "NET.EXE, TCPTSR.EXE", "DSK3-1.EXE"):
        assert part in error.message
    assert "bootbuilder package add msclient PATH" in error.message
    assert "test.toml:8: network.nics" in error.message


@pytest.mark.parametrize(
    ("stack", "nic", "says"),
    [
        ("msclient", "plip", "plip is no NDIS2 driver; known for it: packet driver"),
        ("ipx", "undi", "undi is no ODI driver"),
        ("packet", "ne2000-ndis2", "ne2000-ndis2, an NDIS2 driver"),
        ("msclient", "ne2000-nwpd", "ne2000-nwpd is no NDIS2 driver"),
        ("msclient", "shim-dis-pkt9", "no NDIS2 driver"),
        ("packet", "b44", "DIS_PKT9.DOS  ("),
        ("packet", "ne200", "'ne200' is not a driver id"),
        ("packet", "pci:ffff:0001", "no driver is known for the PCI id"),
        ("packet", "ne2000-xt", "the driver ne2000-xt needs NE2000XT.COM, which is not here"),
    ],
)
def test_a_driver_that_the_stack_cannot_use(store: Store, stack: str, nic: str, says: str) -> None:
    """The wrong kind, an unknown id, and a driver without its file."""
    if nic == "b44":
        stand_ins.hold_package(store, "msclient")
    assert says in refused(network(stack, nic), store).message


# --- parameters --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stack", "nic", "option", "says"),
    [
        ("msclient", "ne2000", "irq = 99", "irq: 99 is out of range"),
        ("msclient", "ne2000", "INTERRUPT = 99", "INTERRUPT: 99 is out of range"),
        ("msclient", "ne2000", "INTERUPT = 5", "no such parameter"),
        ("msclient", "ne2000", "io = 'x'", "must be a whole number"),
        ("ipx", "ne2000", "irq = 99", "irq: 99 is out of range"),
        ("ipx", "ne2000", "slot = 0", "slot: 0 is out of range"),
        ("packet", "ne2000-ndis2", "vector = 0x67", "vector: 0x67"),
        ("packet", "ne2000-ndis2", "driver_name = 'LONGERTHAN8$'", "driver_name: must match"),
        ("packet", "3c509-odi", "vector = 0x70", "vector: 0x70"),
        ("msclient", "es3210", "'IO-BASE' = 5", "cannot be a keyword of PROTOCOL.INI"),
        ("msclient", "es3210", "ABCDEFGHIJKLMNOP = 5", "cannot be a keyword of PROTOCOL.INI"),
    ],
)
def test_wrong_parameters(store: Store, stack: str, nic: str, option: str, says: str) -> None:
    """Type, range and spelling are checked for every kind of driver, under the key of the recipe."""
    for package in ("msclient", "netware"):
        stand_ins.hold_package(store, package)
    drivers = ["ne2000-ndis2", "ne2000-odi", "3c509-odi", "shim-dis-pkt9", "shim-odipkt", "es3210-ndis2"]
    stand_ins.hold_drivers(store, drivers)
    if nic == "es3210":
        driver = stand_ins.catalogue().driver("es3210-ndis2")
        assert driver is not None
        stand_ins.hold(store, driver, stand_ins.device("ES3210$"))
    error = refused(network(stack, nic, f"[network.options.{nic}]\n{option}"), store)
    assert says in error.message
    assert f"network.options.{nic}" in error.message


@pytest.mark.parametrize(
    ("stack", "option", "says"),
    [
        ("msclient", "workgroup = 'a name that is too long'", "workgroup: must match"),
        ("msclient", "redirector = 'ful'", "redirector: must be one of full, basic"),
        ("msclient", "workgrup = 'X'", "the stack msclient has no such parameter"),
        ("msclient", "sessions = 99", "sessions: 99 is out of range"),
        ("ipx", "frame = 'Ethernet_803'", "frame: must be one of Ethernet_802.2"),
        ("ipx", "first_drive = 'f'", "first_drive: must match"),
    ],
)
def test_wrong_parameters_of_a_stack(store: Store, stack: str, option: str, says: str) -> None:
    """What a recipe sets under network.options.<stack> is checked in the same way."""
    for package in ("msclient", "netware"):
        stand_ins.hold_package(store, package)
    stand_ins.hold_drivers(store, ["ne2000-ndis2", "ne2000-odi"])
    assert says in refused(network(stack, "ne2000", f"[network.options.{stack}]\n{option}"), store).message


def test_a_value_too_long_for_protocol_ini(store: Store) -> None:
    """The line, the limit and the recipe's key are named."""
    stand_ins.hold_package(store, "msclient")
    stand_ins.hold_drivers(store, ["b57-ndis2", "e1000-ndis2"])
    text = network("msclient", "e1000", f'[network.options.e1000]\nADVERTISE = "{"x" * 200}"')
    with pytest.raises(TemplateError) as caught:
        lines(text, store, "PROTOCOL.INI")
    assert "PROTOCOL.INI line" in caught.value.message
    assert "network.options.e1000.ADVERTISE" in caught.value.message
    assert "takes 127" in caught.value.message


def test_the_name_of_a_driver_is_in_its_file(store: Store) -> None:
    """Where no document gives DriverName, the header of the DOS device does; the recipe wins; else it is asked for."""
    stand_ins.hold_package(store, "msclient")
    driver = stand_ins.catalogue().driver("es3210-ndis2")
    assert driver is not None and driver.driver_name is None
    stand_ins.hold(store, driver, stand_ins.device("ES3210$"))
    text = network("msclient", "es3210")
    assert "DriverName=ES3210$" in lines(text, store, "PROTOCOL.INI")
    named = (
        text + '[network.options.es3210]\ndriver_name = "OTHER$"\nspeed = 10\nPROMISC = true\nQUIET = false\n'
    )
    made = lines(named, store, "PROTOCOL.INI")
    start = made.index("[OTHER]")
    assert made[start : start + 4] == ["[OTHER]", "DriverName=OTHER$", "SPEED=10", "PROMISC"]
    stand_ins.hold(store, driver, b"no device")
    assert "driver_name" in (refused(text, store).hint or "")


def test_netx_takes_the_letters_behind_lastdrive(store: Store) -> None:
    """So LASTDRIVE follows from the first network drive, and another one in the recipe is refused."""
    stand_ins.hold_package(store, "netware")
    stand_ins.hold_drivers(store, ["ne2000-odi"])
    text = network("ipx", "ne2000", '[network.options.ipx]\nrequester = "netx"\nfirst_drive = "H"')
    assert "LASTDRIVE=G" in lines(text, store, "CONFIG.SYS")
    wrong = network("ipx", "ne2000", '[network.options.ipx]\nrequester = "netx"', 'lastdrive = "Z"')
    assert "NETX takes the letters behind LASTDRIVE" in refused(wrong, store).message
    short = network("ipx", "ne2000", "", 'lastdrive = "E"')
    assert "the first network drive is F:" in refused(short, store).message


# --- conflicts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("A:\\\\X\\\\PCNTPK INT=0x61", "the interrupt 0x61"),
        ("NE2000.COM 0x62 3 0x300", "the IRQ 3"),
        ("NE2000 0x62 5 0x300", "the I/O base 0x300"),
    ],
)
def test_two_drivers_with_one_interrupt(store: Store, command: str, says: str) -> None:
    """A command of the user's that loads another packet driver with the same vector, IRQ or I/O base is refused."""
    stand_ins.hold_drivers(store, ["ne2000"])
    options = "[network.options.ne2000]\nirq = 3\nio = 0x300\nvector = 0x61\n"
    text = network("packet", "ne2000", options + f'[boot]\ncommands = ["ECHO 0x61", "{command}"]')
    error = refused(text, store)
    assert says in error.message
    assert "boot.commands[1]" in error.message and "network.options.ne2000" in error.message


def test_other_drivers_and_programs_are_no_conflict(store: Store) -> None:
    """Another vector, IRQ and I/O base; a program that is no driver."""
    stand_ins.hold_drivers(store, ["ne2000"])
    commands = '[boot]\ncommands = ["NE2000 0x62 5 0x320", "PKTTOOL stats 0x60", "PCNTPK INT=0x63", "NE2000 -u 0x60"]'
    assert "PKTTOOL stats 0x60" in lines(network("packet", "ne2000", commands), store, "AUTOEXEC.BAT")


def test_the_interrupt_of_the_floppy_controller(store: Store) -> None:
    """IRQ 6 is refused on a floppy, not on a USB stick."""
    stand_ins.hold_drivers(store, ["ne2000"])
    text = network("packet", "ne2000", "[network.options.ne2000]\nirq = 6")
    assert "IRQ 6" in refused(text, store).message
    assert "C:\\DOS\\NE2000.COM 0x60 6" in lines(text, store, "AUTOEXEC.BAT", medium="usb")


def test_shared_memory_is_kept_out_of_upper_memory(store: Store) -> None:
    """The line of the memory manager names both keys."""
    stand_ins.hold_drivers(store, ["wd80x3"])
    text = network("packet", "wd80x3", "[network.options.wd80x3]\nmem = 0xD800", 'memory = "xms-umb"')
    (made,) = stand_ins.compose_all(make_recipe(text), store, system(extras=("HIMEMX.EXE", "JEMM386.EXE")))
    line = made.texts["FDCONFIG.SYS"][1]
    assert line.text == "DEVICE=A:\\DOS\\JEMM386.EXE NOEMS X=D800-DBFF"
    assert "dos.memory" in line.origin and "network.options.wd80x3.mem" in line.origin


# --- tools -------------------------------------------------------------------------------------------------


def test_tools_fill_the_disk_and_the_rest_is_named(store: Store) -> None:
    """The most useful programs come first; what a small floppy has no room for is said."""
    stand_ins.hold_drivers(store, ["ne2000"])
    stand_ins.hold_package(store, "mtcp", size=40_000)
    text = network("packet", "ne2000", 'tools = ["mtcp"]\n[output]\ngeometry = "360K"')
    (made,) = stand_ins.compose_all(make_recipe(text), store, system())
    there = [file.path for file in made.files if file.path.startswith("NET")]
    assert there == [
        "NET\\DHCP.EXE",
        "NET\\PING.EXE",
        "NET\\HTGET.EXE",
        "NET\\FTP.EXE",
        "NET\\SNTP.EXE",
        "NET\\TELNET.EXE",
    ]
    assert there and made.usage.fits
    assert made.notes[0].startswith("no room for ") and "NETDRV.EXE" in made.notes[0]


def test_tools_that_a_recipe_names_must_fit(store: Store) -> None:
    """`programs` chooses; then nothing is left out, and a wrong name is told."""
    stand_ins.hold_drivers(store, ["ne2000"])
    stand_ins.hold_package(store, "mtcp", size=200_000)
    chosen = 'tools = ["mtcp"]\n[network.options.mtcp]\nprograms = "{}"\n[output]\ngeometry = "360K"'
    text = network("packet", "ne2000", chosen.format("ping"))
    (made,) = stand_ins.compose_all(make_recipe(text), store, system())
    assert [file.path for file in made.files if file.path.startswith("NET")] == ["NET\\PING.EXE"]
    assert "DHCP.EXE" not in "".join(line.text for line in made.texts["AUTOEXEC.BAT"])
    with pytest.raises(ImageFull):
        lines(network("packet", "ne2000", chosen.format("ping ftp")), store, "AUTOEXEC.BAT")
    assert "did you mean 'PING'?" in (
        refused(network("packet", "ne2000", chosen.format("pong")), store).hint or ""
    )


@pytest.mark.parametrize(
    ("stack", "tool", "says"),
    [
        ("packet", "mtcp", "the package mtcp is not here"),
        ("packet", "mine", "the package mine is not here"),
        ("packet", "No/Name", "cannot be the name of a package"),
        ("msclient", "mtcp", "needs the stack packet"),
    ],
)
def test_tools_that_are_not_here(store: Store, stack: str, tool: str, says: str) -> None:
    """With the command that brings them."""
    stand_ins.hold_drivers(store, ["ne2000", "ne2000-ndis2"])
    error = refused(network(stack, "ne2000", f'tools = ["{tool}"]'), store)
    assert says in error.message and "network.tools[0]" in error.message
    if "not here" in says:
        assert f"bootbuilder package add {tool} PATH" in (error.hint or "")


def test_dhcp_on_a_read_only_disk(store: Store) -> None:
    """A CD cannot hold the lease, so a RAM disk does; a static address needs none."""
    stand_ins.hold_drivers(store, ["ne2000"])
    stand_ins.hold_package(store, "mtcp")
    text = network("packet", "ne2000", 'tools = ["mtcp"]')
    assert "DEVICE=A:\\NET\\RAMDISK.SYS" in lines(text, store, "CONFIG.SYS", medium="iso")
    assert "SET MTCPCFG=%RAMDISK%\\MTCP.CFG" in lines(text, store, "AUTOEXEC.BAT", medium="iso")
    (made,) = stand_ins.compose_all(make_recipe(text), store, system(), "iso")
    assert next(file for file in made.files if file.path == "NET\\RAMDISK.SYS").license == "MIT"
    static = 'tools = ["mtcp"]\naddress = { ip = "10.0.0.2", netmask = "255.0.0.0" }'
    for recipe, medium in ((text, "floppy"), (network("packet", "ne2000", static), "iso")):
        assert "SET MTCPCFG=A:\\MTCP.CFG" in lines(recipe, store, "AUTOEXEC.BAT", medium=medium)
        assert not any("RAMDISK" in line for line in lines(recipe, store, "CONFIG.SYS", medium=medium))


# --- packages ----------------------------------------------------------------------------------------------


def test_packages_on_the_command_line(cli: Cli) -> None:
    """Added from several places, listed, shown, used; under a new name every file is kept."""
    for folder, names in (("one", ("dhcp.exe", "ping.exe", "readme.txt")), ("two", ("htget.exe",))):
        (cli.folder / folder).mkdir()
        for name in names:
            (cli.folder / folder / name).write_bytes(name.encode())
    said = cli.run("package", "add", "mtcp", "one", "two").out
    assert "DHCP.EXE, PING.EXE" in said and "not here: FTP.EXE" in said
    assert "3 of 14" in cli.run("package", "list").out
    assert "DHCP.EXE" in json.loads(cli.run("package", "list", "--json").out)[0]["files"]
    assert "gets an address" in cli.run("package", "show", "mtcp").out
    (cli.folder / "one" / "large.exe").write_bytes(b"MZ" + bytes(1_900_000))
    assert "LARGE.EXE" in cli.run("package", "add", "mine", "one").out
    assert "README.TXT" in cli.run("package", "show", "mine").out
    assert "none of its files belongs to" in cli.refuse("package", "add", "netware", "one")
    assert "cannot be the name" in cli.refuse("package", "add", "No/Name", "one")


def test_compressed_files_are_told(store: Store, tmp_path: Path) -> None:
    """Microsoft's disks have NET.EX_: that is not the program."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "NET.EX_").write_bytes(b"anything")
    with pytest.raises(PackageError, match=r"compressed there \(NET\.EX_\)"):
        software.add(tmp_path / "disk", stacks.PACKAGES["msclient"], store)


def test_a_damaged_record_is_told(store: Store) -> None:
    """With the command that mends it."""
    store.save(software.KIND, "mtcp", {"files": [{"name": "X"}]})
    with pytest.raises(PackageError) as caught:
        software.held(store, stacks.PACKAGES["mtcp"])
    assert caught.value.hint == "bootbuilder package add mtcp PATH"


# --- secrets and drives ------------------------------------------------------------------------------------

DRIVE = "[[network.drives]]\nletter = '{}'\nunc = '\\\\srv\\share'\n"


def client(store: Store) -> None:
    stand_ins.hold_package(store, "msclient")
    stand_ins.hold_drivers(store, ["ne2000-ndis2"])


def test_a_secret_is_written_only_when_allowed(store: Store) -> None:
    """Without leave the client asks at boot; with it the line has it, and who shows the line does not."""
    client(store)
    text = network("msclient", "ne2000", DRIVE.format("F") + "user = 'ann'\npassword = 'env:PW'")
    (made,) = stand_ins.compose_all(make_recipe(text), store, system())
    assert any(line.text.endswith("LOGON ann /SAVEPW:NO") for line in made.texts["AUTOEXEC.BAT"])
    assert made.secrets == () and "not on the disk" in made.notes[0]
    secrets = {"network.drives[0].password": "S3cr%t"}
    (made,) = stand_ins.compose_all(make_recipe(text), store, system(), secrets=secrets)
    (line,) = [line for line in made.texts["AUTOEXEC.BAT"] if line.secrets]
    assert line.text == "A:\\NET\\NET.EXE LOGON ann S3cr%%t /YES /SAVEPW:NO"
    assert "S3cr" not in line.shown
    assert made.secrets == ("network.drives[0].password",)
    assert made.notes == ("AUTOEXEC.BAT holds network.drives[0].password in clear text",)


def test_secrets_on_the_command_line(cli: Cli) -> None:
    """In the image after --allow-secrets; never in the manifest, the output or an error."""
    client(Store(cli.folder / "home"))
    more = DRIVE.format("F") + "user = 'ann'\npassword = 'env:PLANT_PW'\n"
    recipe = cli.recipe("[network]\nstack = 'msclient'\nnics = ['ne2000']\n" + more)
    image = cli.folder / "out" / "r" / "r-ne2000.img"
    said = cli.run("build", recipe, env={"PLANT_PW": "hush-1"})
    assert b"hush-1" not in image.read_bytes() and "the client asks for it" in said.out
    assert "no environment variable PLANT_PW" in cli.refuse("build", recipe, "--allow-secrets")
    said = cli.run("build", recipe, "--allow-secrets", "--json", env={"PLANT_PW": "hush-1"})
    assert b"LOGON ann hush-1 /YES" in image.read_bytes()
    manifest = (cli.folder / "out" / "r" / "manifest.json").read_text()
    assert "hush-1" not in manifest + said.out + said.err
    (entry,) = cli.manifest()["images"]
    assert entry["secrets"] == ["network.drives[0].password"]
    (cli.folder / "pw.txt").write_text("from-file\n")
    recipe = cli.recipe(
        "[network]\nstack='msclient'\nnics=['ne2000']\n" + more.replace("env:PLANT_PW", "file:pw.txt")
    )
    cli.run("build", recipe, "--allow-secrets")
    assert b"LOGON ann from-file /YES" in image.read_bytes()
    for bad in ("two words", "a>b", "", "x" * 15):
        (cli.folder / "pw.txt").write_text(bad)
        said = cli.refuse("build", recipe, "--allow-secrets")
        assert "cannot be written into a command" in said and (not bad or bad not in said)


def test_a_secret_in_a_line_that_is_too_long_stays_one(store: Store) -> None:
    """The error shows the key, not the line."""
    client(store)
    text = network("msclient", "ne2000", DRIVE.format("F") + f"user = '{'u' * 120}'\npassword = 'env:PW'")
    with pytest.raises(TemplateError) as caught:
        stand_ins.compose_all(
            make_recipe(text), store, system(), secrets={"network.drives[0].password": "hush"}
        )
    assert "hush" not in caught.value.message and "(holds a secret)" in caught.value.message
    assert RenderedLine("hush", "t:1", ("k",), ("k",)).shown == "(holds a secret)"


@pytest.mark.parametrize(
    ("drives", "dos", "says"),
    [
        (DRIVE.format("F") + "user='a'\n" + DRIVE.format("G") + "user='b'\n", "", "logs on as one user"),
        (DRIVE.format("M"), 'lastdrive = "H"', "M: lies behind LASTDRIVE=H"),
        ('hostname = "a name"', "", "cannot be a computer's name"),
        ('hostname = "LONGERTHANFIFTEEN"', "", "cannot be a computer's name"),
    ],
)
def test_what_the_client_cannot_do(store: Store, drives: str, dos: str, says: str) -> None:
    """Two users, a letter that DOS does not have, a name that NetBIOS does not take."""
    client(store)
    assert says in refused(network("msclient", "ne2000", drives, dos), store).message


def test_a_password_of_a_share(store: Store) -> None:
    """A drive without a user has a password of the share, behind its name."""
    client(store)
    text = network("msclient", "ne2000", DRIVE.format("F") + "password = 'env:PW'")
    made = lines(text, store, "AUTOEXEC.BAT", secrets={"network.drives[0].password": "pw"})
    assert made[-1] == "A:\\NET\\NET.EXE USE F: \\\\srv\\share pw"


def test_drives_of_another_stack_are_noted(store: Store) -> None:
    """They are the Microsoft client's; a packet disk says that it maps none."""
    stand_ins.hold_drivers(store, ["ne2000"])
    text = network("packet", "ne2000", DRIVE.format("F"))
    (made,) = stand_ins.compose_all(make_recipe(text), store, system())
    assert made.notes == ("network.drives are mapped by the stack msclient, and this is packet",)


# --- templates and --explain -------------------------------------------------------------------------------


def test_templates_of_a_stack_can_be_replaced(cli: Cli) -> None:
    """By the name of the file, or by stack and file; --explain names the key behind each line of both."""
    client(Store(cli.folder / "home"))
    (cli.folder / "my.j2").write_text("[mine]\ncard={{ network.card.driver_name }}\n")
    (cli.folder / "stanza.j2").write_text("ECHO my own start\n")
    recipe = cli.recipe(
        "[network]\nstack = 'msclient'\nnics = ['ne2000']\nhostname = 'SAW'\n"
        "[templates]\n'PROTOCOL.INI' = 'my.j2'\n'msclient/AUTOEXEC.BAT' = 'stanza.j2'\n"
    )
    assert cli.run("show", recipe, "PROTOCOL.INI").out.splitlines() == ["[mine]", "card=MS2000$"]
    shown = cli.run("show", recipe, "--explain").out.splitlines()
    rows = {line.split("  ")[0]: line for line in shown}
    assert "network.options.ne2000.driver_name (default)" in rows["card=MS2000$"]
    assert (
        "r.toml:10: templates.PROTOCOL.INI" in rows["[mine]"].replace('"', "") and "my.j2:1" in rows["[mine]"]
    )
    assert "msclient/AUTOEXEC.BAT" in rows["ECHO my own start"] and "stanza.j2:1" in rows["ECHO my own start"]
    assert "r.toml:8: network.hostname" in rows["computername=SAW"]
    assert "r.toml:6: network.stack" in rows["LoadRMDrivers=yes"]
    assert "dos.files (default)" in rows["FILES=30"]
    assert cli.run("show", recipe, "net/system.ini").out.startswith("[network]")
    wrong = cli.recipe("[templates]\n'PROTOCL.INI' = 'my.j2'\n")
    assert "did you mean" in cli.refuse("check", wrong)
