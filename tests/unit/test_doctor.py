"""The doctor's judgement: of offers, firewalls, and what boot ROMs say. Protocol tests ask a real network."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootbuilder.doctor import firewalls, offers, romcodes, snippets
from bootbuilder.doctor.findings import Finding, worst
from bootbuilder.doctor.offers import Answer, Fetched, judge
from bootbuilder.net import dhcp
from bootbuilder.net.dhcp import Packet

SERVER, PROXY, TFTP = bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2)), bytes((10, 0, 0, 3))
GIVEN = bytes((10, 0, 0, 100))
TROUBLESHOOTING = Path(__file__).parents[2] / "docs" / "troubleshooting.md"


def _answer(
    asker: offers.Asker = "bios",
    server: bytes = SERVER,
    yiaddr: bytes = GIVEN,
    siaddr: bytes = bytes(4),
    file: bytes = b"",
    seconds: float = 0.1,
    size: int = 300,
    **options: bytes,
) -> Answer:
    """Return an offer; options by name: o60=…."""
    made = {int(name[1:]): value for name, value in options.items()}
    packet = Packet(
        2,
        1,
        bytes(6),
        {dhcp.MESSAGE_TYPE: bytes((dhcp.OFFER,)), dhcp.SERVER_ID: server, **made},
        yiaddr=yiaddr,
        siaddr=siaddr,
        file=file,
    )
    return Answer(asker, "10.0.0.1", packet, seconds, size)


def _good(asker: offers.Asker = "bios") -> list[Answer]:
    """Return what a DHCP server and a proxy rightly answer."""
    menu = bytes((6, 1, 8, 255))
    proxy = _answer(asker, PROXY, bytes(4), PROXY, b"plant.0", o60=b"PXEClient", o43=menu)
    return [_answer(asker), *([proxy] if asker == "bios" else [])]


def _problems(found: list[Finding]) -> set[str]:
    return {one.id for one in found if one.level in ("problem", "warning")}


def test_a_right_network_has_no_problem() -> None:
    """A DHCP server, a proxy beside it, and its file there."""
    answers = [one for asker in offers.ASKERS for one in _good(asker)]
    found = judge(answers, {}, {("10.0.0.2", "plant.0"): Fetched("found", size=9000)})
    assert [one.level for one in found] == ["ok"] * len(found)
    assert any("9,000 bytes" in one.text for one in found)


WRONG: dict[str, tuple[list[Answer], dict[str, bool], dict[tuple[str, str], Fetched]]] = {
    "dhcp-none": ([], {}, {}),
    "dhcp-several": ([_answer(), _answer(server=TFTP)], {}, {}),
    "proxy-several": (
        [*_good(), _answer(server=TFTP, yiaddr=bytes(4), siaddr=TFTP, o60=b"PXEClient", file=b"x")],
        {},
        {},
    ),
    "option-60-to-all": ([_answer("plain", o60=b"PXEClient")], {}, {}),
    "port-4011-dead": ([_answer(o60=b"PXEClient")], {"10.0.0.1": False}, {}),
    "next-server": ([_answer(file=b"x.0")], {}, {}),
    "boot-file": ([_answer(siaddr=TFTP)], {}, {}),
    "uefi-gets-nbp": ([_answer("uefi", siaddr=TFTP, file=b"pxelinux.0")], {}, {}),
    "boot-file-missing": (_good(), {}, {("10.0.0.2", "plant.0"): Fetched("refused", "File not found")}),
    "tftp-silent": (_good(), {}, {("10.0.0.2", "plant.0"): Fetched("silent")}),
    "option-43": ([_answer(o60=b"PXEClient", o43=b"\xf1\x40abc", file=b"x", siaddr=TFTP)], {}, {}),
    "option-43-prompt": ([_answer(o60=b"PXEClient", o43=b"\x09\x04\x80\0\x01x\xff")], {}, {}),
    "ipxe-loop": ([_answer(who, siaddr=TFTP, file=b"undionly.kpxe") for who in ("bios", "ipxe")], {}, {}),  # type: ignore[arg-type]
    "slow-offer": ([_answer(seconds=3.0)], {}, {}),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_mistake_is_found_with_its_fix(name: str) -> None:
    """One wrong set-up each; the finding names the server and says what to do."""
    found = judge(*WRONG[name])
    (finding,) = (one for one in found if one.id == name)
    assert finding.level in ("problem", "warning")
    assert finding.fix
    assert name.endswith("several") or name == "dhcp-none" or "10.0.0." in finding.text
    assert _problems(found) <= {name, "dhcp-none"}


def test_a_server_name_that_old_roms_cannot_look_up() -> None:
    """Option 66 with a host name and no next server."""
    found = judge([_answer(file=b"x.0", o66=b"tftp.example\0")], {}, {})
    (finding,) = (one for one in found if one.id == "next-server")
    assert "look up a name" in finding.text


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_options_can_be_judged(vendor: bytes, name: bytes) -> None:
    """Whatever a server sends."""
    answers = [_answer(asker, o60=b"PXEClient", o43=vendor, o67=name, o66=name) for asker in offers.ASKERS]
    for one in judge(answers, {"10.0.0.1": False}, {}):
        assert one.text.isprintable()


def test_the_worst_finding_decides() -> None:
    """The exit status follows from it."""
    assert worst([]) == "ok"
    assert worst([Finding("warning", "serve", "a", "x"), Finding("ok", "serve", "b", "x")]) == "warning"


NFT = """
table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state established accept
		udp dport { 67, 69 } accept
		tcp dport 80 accept
	}
}
"""
IPTABLES = "-P INPUT DROP\n-A INPUT -p udp -m multiport --dports 67,69,4011 -j ACCEPT\n"
UFW = "Status: active\n\nTo   Action  From\n69/udp   ALLOW   Anywhere\n67/udp ALLOW Anywhere\n80 ALLOW Anywhere\n"


@pytest.mark.parametrize(
    ("tools", "missing"),
    [
        ({}, None),
        ({"nft": NFT.replace("policy drop", "policy accept")}, None),
        ({"nft": NFT}, "UDP 4011"),
        ({"nft": NFT.replace("69 }", "69, 4011 }")}, ""),
        ({"iptables": IPTABLES}, "TCP 80"),
        ({"iptables": "-P INPUT ACCEPT\n"}, None),
        ({"ufw": UFW, "nft": NFT}, "UDP 4011"),
        ({"firewall-cmd": "running\n"}, "UDP 67, UDP 69, UDP 4011, TCP 80"),
    ],
)
def test_firewalls_are_read(tools: dict[str, str], missing: str | None) -> None:
    """What clients cannot reach is named, with the order that lets them in."""
    (found,) = firewalls.examine(lambda command: tools.get(command[0]), "linux")
    if missing:
        assert (found.level, bool(found.fix)) == ("problem", True)
        assert found.text.endswith(missing)
    else:
        assert found.level == "ok"


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_firewalls(platform: str) -> None:
    """Off is fine, on has a hint."""
    (off,) = firewalls.examine(lambda command: "State OFF\nFirewall is disabled.", platform)
    (on,) = firewalls.examine(
        lambda command: None if "rule" in command else "State ON\nFirewall is enabled.", platform
    )
    assert (off.level, bool(on.fix)) == ("ok", True)


def test_rom_messages_are_found() -> None:
    """By code in any spelling, and by the words on the screen."""
    for asked in (
        "PXE-E53",
        "e53",
        " pxe-e53: ",
        "No boot filename received",
        "PXE-E53: No boot filename received.",
    ):
        assert [one.code for one in romcodes.find(asked)] == ["PXE-E53"], asked
    assert romcodes.find("xyzzy") == romcodes.find("e") == ()


def test_every_rom_message_is_in_the_guide() -> None:
    """docs/troubleshooting.md has the table as it is here (`romcodes.as_markdown()`)."""
    assert romcodes.as_markdown() in TROUBLESHOOTING.read_text("utf-8")


@pytest.mark.parametrize("name", snippets.SNIPPETS)
def test_snippets_name_the_server(name: str) -> None:
    """Each has the address, and the boot file where one is named."""
    text = snippets.SNIPPETS[name]("10.9.8.7", "plant/plant.0")
    assert "10.9.8.7" in text
    assert name == "relay" or "plant/plant.0" in text
