"""Who gets what: the policy file, its mistakes, and the decisions that follow from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bootbuilder.errors import ServeError
from bootbuilder.net import pxe
from bootbuilder.net.boottable import BootImage, BootTable
from bootbuilder.net.deciding import Boot, Ignore, Local, Menu, Where, decide, unknown_names
from bootbuilder.net.policy import PLAIN, Policy, load
from tests.unit.net_examples import FLEET, ONE, SERVER, entry, image, ipxe, rom, table

WHERE = Where(SERVER)


def policy(tmp_path: Path, text: str) -> Policy:
    """Return the policy that a file says."""
    path = tmp_path / "policy.toml"
    path.write_text("schema = 1\n" + text)
    return load(path).policy


def client(packet: object = None) -> pxe.Client:
    """Return the example's ROM as a client."""
    found = pxe.client(packet or rom())  # type: ignore[arg-type]
    assert found is not None
    return found


def decided(
    made: Policy, catalogue: BootTable = FLEET, who: pxe.Client | None = None, spent: str = ""
) -> object:
    """Return what a client gets; `spent` is the ticket that it has used."""
    return decide(made, who or client(), WHERE, catalogue, lambda ticket, mac: ticket == spent)


def booted(decision: object) -> str:
    """Return the id of the image that is booted."""
    assert isinstance(decision, Boot), decision
    return decision.image.id


def test_unknown_machines_are_ignored_and_the_log_says_how_to_let_them_in(tmp_path: Path) -> None:
    """The default as soon as there is a policy."""
    ignored = decided(policy(tmp_path, ""))
    assert isinstance(ignored, Ignore)
    assert "52:54:00:00:00:01" in ignored.reason and "allow" in ignored.reason


def test_without_policy_and_list_everybody_is_served() -> None:
    """One image: that one. Several: the menu, with the local disk at the end."""
    assert booted(decided(PLAIN, ONE)) == "plant-ne2000"
    menu = decided(PLAIN)
    assert isinstance(menu, Menu)
    assert [choice.text for choice in menu.choices] == [
        "plant-ne2000",
        "plant-e1000",
        "plant-undi",
        "Local disk",
    ]


def test_an_allow_list_makes_the_others_unknown(tmp_path: Path) -> None:
    """--allow FILE: a MAC or a prefix on each line, comments, all spellings."""
    path = tmp_path / "machines.txt"
    path.write_text("# lab\n52-54-00-00-00-01, saw 1\n\n00:50:56:*   # VMs\n")
    loaded = load(None, path)
    assert loaded.files == (path,)
    assert booted(decided(loaded.policy, ONE)) == "plant-ne2000"
    vm = client(rom(mac=bytes.fromhex("005056aabbcc")))
    assert booted(decided(loaded.policy, ONE, vm)) == "plant-ne2000"
    other = client(rom(mac=bytes.fromhex("525400000002")))
    assert isinstance(decided(loaded.policy, ONE, other), Ignore)


def test_a_list_that_is_toml_is_a_policy(tmp_path: Path) -> None:
    """One flag for both."""
    path = tmp_path / "who.toml"
    path.write_text('schema = 1\nunknown = "plant-undi"\n')
    assert booted(decided(load(None, path).policy)) == "plant-undi"


@pytest.mark.parametrize(
    "key",
    [
        'mac = ["52:54:00:00:00:01"]',
        'mac = ["5254.00*"]',
        'mac = ["file:hall3.txt"]',
        'uuid = ["03020100-0504-0706-*"]',
        'arch = ["bios"]',
        'vendor = ["PXEClient:Arch:00000:*"]',
        'subnet = ["10.77.0.0/24"]',
        'mac = ["52:54:*"]\narch = ["uefi", "bios"]',
    ],
)
def test_each_key_of_a_rule(tmp_path: Path, key: str) -> None:
    """A rule that fits decides; the same rule for somebody else does not."""
    (tmp_path / "hall3.txt").write_text("52:54:00:00:00:01\n")
    made = policy(tmp_path, f'[[rule]]\n{key}\nboot = "plant-undi"\n')
    assert booted(decided(made)) == "plant-undi"
    stranger = pxe.Client(
        mac="00:00:00:00:00:09", kind="PXEClient", architecture=0 if "subnet" in key else 20, vendor_class="x",
        relay=bytes((10, 9, 0, 1)),
    )  # fmt: skip
    if 'arch = ["bios"]' not in key or stranger.architecture:
        assert isinstance(decided(made, who=stranger), Ignore)


def test_the_adapter_is_a_key_too(tmp_path: Path) -> None:
    """Only clients that tell it fit."""
    made = policy(tmp_path, '[[rule]]\npci = ["8086:*"]\nboot = "plant-undi"\n')
    assert booted(decided(made, who=client(ipxe()))) == "plant-undi"
    assert isinstance(decided(made), Ignore)


def test_a_recipe_means_its_image_for_the_adapter(tmp_path: Path) -> None:
    """Own driver, else UNDI, else a word about what is missing; a menu where the adapter is not known."""
    made = policy(tmp_path, 'unknown = "plant"\n')
    assert booted(decided(made, who=client(ipxe()))) == "plant-e1000"
    no_driver = table(image("plant-ne2000", pci="10ec:8029"), image("plant-undi"))
    assert booted(decided(made, no_driver, client(ipxe()))) == "plant-undi"
    nothing = table(image("plant-ne2000", pci="10ec:8029"), image("plant-rtl8139", pci="10ec:8139"))
    ignored = decided(made, nothing, client(ipxe()))
    assert isinstance(ignored, Ignore) and "8086:100e" in ignored.reason
    assert isinstance(decided(made), Menu)


def test_rules_are_tried_in_order_and_deny_comes_first(tmp_path: Path) -> None:
    """The first that fits decides."""
    rules = (
        '[[rule]]\nmac = ["52:*"]\nboot = "plant-undi"\n[[rule]]\nmac = ["52:54:*"]\nboot = "plant-e1000"\n'
    )
    assert booted(decided(policy(tmp_path, rules))) == "plant-undi"
    denied = decided(policy(tmp_path, 'deny = ["52:54:00:00:00:*"]\n' + rules))
    assert isinstance(denied, Ignore) and denied.denied


def test_a_one_shot_is_over_when_it_is_spent(tmp_path: Path) -> None:
    """Then `then`; a new text in `once` makes it fresh."""
    rule = '[[rule]]\nname = "flash"\nmac = ["52:*"]\nboot = "plant-undi"\nonce = {}\n'
    first = decided(policy(tmp_path, rule.format("true")))
    assert isinstance(first, Boot) and first.ticket
    spent = first.ticket
    assert isinstance(decided(policy(tmp_path, rule.format("true")), spent=spent), Local)
    then = rule.format("true") + 'then = "plant-e1000"\n'
    assert booted(decided(policy(tmp_path, then), spent=spent)) == "plant-e1000"
    assert booted(decided(policy(tmp_path, rule.format('"again"')), spent=spent)) == "plant-undi"


def test_the_image_of_an_inventory_machine_is_its_own(tmp_path: Path) -> None:
    """A build with an inventory says whose each image is; others do not see it."""
    mine = image("plant-saw1", mac="52:54:00:00:00:01")
    other = image("plant-saw2", mac="52:54:00:00:00:02")
    assert booted(decided(policy(tmp_path, ""), table(mine, other))) == "plant-saw1"
    guest = client(rom(mac=bytes.fromhex("525400000009")))
    assert isinstance(decided(PLAIN, table(mine, other), guest), Ignore)


def test_the_menu_of_the_file(tmp_path: Path) -> None:
    """Lines in the file's order; what is not served is left out; the local disk where the file has it."""
    made = policy(
        tmp_path,
        'unknown = "menu"\n[menu]\nprompt = "Go?"\ntimeout = "forever"\n'
        'entries = ["local", "gone", {boot = "plant-undi", text = "Any adapter"}, "plant"]\n',
    )
    menu = decided(made, who=client(ipxe()))
    assert isinstance(menu, Menu)
    assert [(choice.number, choice.text) for choice in menu.choices] == [
        (0, "Local disk"), (2, "Any adapter"), (3, "plant-e1000")
    ]  # fmt: skip
    assert (menu.prompt, menu.seconds) == ("Go?", 255)
    assert unknown_names(made, FLEET) == ["gone"]


def test_a_sites_own_loader_is_left_alone() -> None:
    """A folder with pxelinux and its configuration: that is what boots. Loaders are no menu lines else."""
    linux = BootImage("pxelinux", nbp=entry("pxelinux.0"))
    floppy = BootImage("fd144", img=entry("fd144.img"))
    assert booted(decided(PLAIN, table(linux, floppy, loaders=("pxelinux.cfg/default",)))) == "pxelinux"
    assert booted(decided(PLAIN, table(linux, floppy, loaders=("memdisk",)))) == "fd144"
    assert booted(decided(PLAIN, table(linux))) == "pxelinux"


def test_a_file_of_the_folder_can_be_named(tmp_path: Path) -> None:
    """By its name; also one that is no image."""
    made = policy(tmp_path, 'unknown = "boot/other.bin"\n')
    decision = decided(made, table(image("a-b"), loaders=("boot/other.bin",)))
    assert isinstance(decision, Boot) and decision.image.nbp == entry("boot/other.bin", 30_000)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[rule]]\nboot = "x"\n', "names no machine"),
        ('[[rule]]\nmac = ["52:54"]\nboot = "x"\n', "a MAC address"),
        ('[[rule]]\nmac = ["52:54:00:00:00:01"]\n', "boot"),
        ('[[rule]]\narch = ["uefi-x46"]\nboot = "x"\n', "an architecture"),
        ('[[rule]]\npci = ["8086"]\nboot = "x"\n', "8086:100e"),
        ('unkown = "menu"\n', "did you mean 'unknown'"),
        ("[menu]\ntimeout = 300\n", "timeout"),
        ('[[dhcp.subnet]]\nnetwork = "10.0.0.0/24"\npool = "10.1.0.1-10.1.0.2"\n', "not inside"),
        ('allow = ["file:nowhere.txt"]\n', "cannot be read"),
    ],
)
def test_mistakes_are_explained(tmp_path: Path, text: str, says: str) -> None:
    """File, line and key, and what is right."""
    with pytest.raises(ServeError) as caught:
        policy(tmp_path, text)
    assert says in caught.value.message + str(caught.value.hint)
    assert "policy.toml" in caught.value.message or "nowhere.txt" in caught.value.message


def test_a_mistake_in_a_list_names_its_line(tmp_path: Path) -> None:
    """Lists come from spreadsheets."""
    path = tmp_path / "list.txt"
    path.write_text("52:54:00:00:00:01\nMAC address\n")
    with pytest.raises(ServeError, match=r"list\.txt:2"):
        load(None, path)
