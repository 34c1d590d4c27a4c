"""Listing and showing drivers, overlays of the user, and builds that use them."""

from __future__ import annotations

import json

from bootbuilder import resources
from tests.clirun import Cli
from tests.made_nics import PACKET, mine


def test_overlays(cli: Cli) -> None:
    """A user's file adds a family or replaces a shipped one of the same name; nic list says where each is from."""
    folder = cli.folder / "over"
    folder.mkdir()
    mine(folder)
    home = cli.folder / "home" / "nic_drivers"
    home.mkdir(parents=True)
    text = (resources.folder("nic_drivers") / "rtl8029.toml").read_text("utf-8")
    (home / "rtl8029.toml").write_text(text.replace("PCIPKT.COM", "OTHER.COM"), "utf-8")
    rows = json.loads(cli.run("nic", "list", "--nic-drivers", folder, "--json").out)
    origin = {row["id"]: (row["from"], row.get("file")) for row in rows}
    assert origin["mine"] == (str(folder / "mine.toml"), "MINE.COM")
    assert origin["rtl8029"] == (str(home / "rtl8029.toml"), "OTHER.COM")
    assert origin["pcnet"][0] == "shipped"
    shown = cli.run("nic", "list", "--nic-drivers", folder).out
    assert any(line.split()[0] == "mine" and "yours" in line for line in shown.splitlines())
    assert "mine" not in {row["id"] for row in json.loads(cli.run("nic", "list", "--json").out)}
    assert "no such folder" in cli.refuse("nic", "list", "--nic-drivers", "gone")


def test_build_with_a_driver_of_the_user(cli: Cli) -> None:
    """A recipe uses a driver that only the user's folder describes."""
    folder = cli.folder / "over"
    folder.mkdir()
    mine(folder)
    (cli.folder / "MINE.COM").write_bytes(PACKET)
    recipe = cli.recipe(
        """
        [network]
        stack = "packet"
        nics = ["mine"]
        [network.options.mine]
        irq = 7
        vector = 0x62
        """
    )
    assert "'mine' is not a driver id" in cli.refuse("check", recipe)
    cli.run("nic", "add", "MINE.COM", "--nic-drivers", folder)
    shown = cli.run("show", recipe, "AUTOEXEC.BAT", "--nic-drivers", folder).out
    assert "A:\\DOS\\MINE.COM 0x62 7" in shown
    cli.run("build", recipe, "--nic-drivers", folder)
    (image,) = cli.manifest()["images"]
    entry = next(file for file in image["files"] if file["path"].endswith("MINE.COM"))
    assert (image["nic"], entry["license"], entry["redistributable"]) == ("mine", "MIT", True)


def test_options_of_an_unknown_driver(cli: Cli) -> None:
    """Options under a name that is no driver are a typing mistake; those of another driver are not."""
    folder = cli.folder / "over"
    folder.mkdir()
    mine(folder)
    (cli.folder / "MINE.COM").write_bytes(PACKET)
    cli.run("nic", "add", "MINE.COM", "--nic-drivers", folder)
    text = '[network]\nstack = "packet"\nnics = ["mine"]\n[network.options.{}]\nirq = 7\n'
    recipe = cli.recipe(text.format("ne2000"))
    assert "ok, 1 image" in cli.run("check", recipe, "--nic-drivers", folder).out
    refused = cli.refuse("check", cli.recipe(text.format("mien")), "--nic-drivers", folder)
    assert "network.options.mien" in refused and "did you mean 'mine'?" in refused


def test_list_filters_and_sums_up(cli: Cli) -> None:
    """--kind and --here narrow the list; the last line counts by evidence."""
    out = cli.run("nic", "list", "--kind", "odi").out.splitlines()
    assert {line.split()[1] for line in out[1:-1]} == {"odi"}
    assert "unverified" in out[-1]
    assert [row["id"] for row in json.loads(cli.run("nic", "list", "--here", "--json").out)] == ["ne2000"]
    assert "'paket'" in cli.refuse("nic", "list", "--kind", "paket")


def test_show_is_text_with_ranges_and_evidence(cli: Cli) -> None:
    """nic show tells files, parameters, licence and how sure the catalogue is."""
    shown = cli.run("nic", "show", "ne2000").out
    for part in (
        "NE2000.COM",
        "2 to 15",
        "default 0x300",
        "0x60-0x66",
        "GPL-1.0-only",
        "seen working",
        "8,693",
    ):
        assert part in shown
    assert "evidence     unverified (recall)" in cli.run("nic", "show", "rhine").out
    assert "adapter vmxnet3" in cli.run("nic", "show", "vmxnet3").out
    assert "RTSPKT.COM" in cli.run("nic", "show", "pci:10ec:8139").out
    one = cli.run("nic", "show", "smc1211tx").out
    assert "RTSPKT.COM" in one and "D-Link" not in one
    assert "8088" in (single := cli.run("nic", "show", "ne2000-xt").out) and "NE2000.DOS" not in single
    assert "did you mean 'ne2000'?" in cli.refuse("nic", "show", "ne200")
