"""What boot clients are answered: offers, menus, discovery, relays, and who is told nothing and why."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootbuilder.net import dhcp, pxe
from bootbuilder.net.answering import Reply, Silence
from bootbuilder.net.boottable import BootImage
from bootbuilder.net.events import DhcpAnswered, DhcpIgnored
from bootbuilder.net.policy import PLAIN, Menu
from bootbuilder.net.wire import Malformed
from tests.unit.net_examples import (
    FLEET,
    MAC,
    ONE,
    SERVER,
    boot_server,
    entry,
    image,
    ipxe,
    on_67,
    on_4011,
    rom,
    table,
    with_options,
)


def reply(answer: object) -> Reply:
    """Return an answer as it comes out of the wire; fails when there is none."""
    assert isinstance(answer, Reply), answer
    assert len(dhcp.encode(answer.packet)) <= 548
    return answer


def reason(answer: object) -> str:
    """Return why there is no answer."""
    assert isinstance(answer, Silence), answer
    return next(event.reason for event in answer.events if isinstance(event, DhcpIgnored))


def sub_options(packet: dhcp.Packet) -> dict[int, bytes]:
    """Return the parts of option 43, as a ROM reads them."""
    value, found, at = packet.options[dhcp.VENDOR], {}, 0
    while value[at] != 255:
        found[value[at]] = value[at + 2 : at + 2 + value[at + 1]]
        at += 2 + value[at + 1]
    return found


def test_one_image_is_offered_at_once() -> None:
    """The ROM finds option 60, the file in both places, and that it need not ask port 4011."""
    answer = reply(boot_server().answer(rom(), on_67(), 0))
    made = answer.packet
    assert made.type == dhcp.OFFER
    assert made.yiaddr == dhcp.NO_ADDRESS, "a proxy gives no address"
    assert made.options[dhcp.VENDOR_CLASS] == b"PXEClient"
    assert made.options[dhcp.SERVER_ID] == made.siaddr == SERVER
    assert made.file == b"plant/plant-ne2000.0"
    assert made.options[dhcp.BOOT_FILE] == b"plant/plant-ne2000.0\0"
    assert made.options[dhcp.TFTP_NAME] == b"10.77.0.1\0"
    assert made.options[dhcp.VENDOR] == b"\x06\x01\x08\xff"
    assert made.options[dhcp.MACHINE_ID] == rom().options[dhcp.MACHINE_ID]
    assert (answer.address, answer.port) == (b"\xff\xff\xff\xff", 68)
    assert any(isinstance(event, DhcpAnswered) and event.boot_file for event in answer.events)


def test_ipxe_takes_the_same_file() -> None:
    """iPXE starts a .0 as any ROM does; it is recognised, and its client id comes back (RFC 6842)."""
    made = reply(boot_server().answer(ipxe(), on_67(), 0)).packet
    assert made.file == b"plant/plant-ne2000.0"
    assert made.options[dhcp.CLIENT_ID] == b"\x01" + MAC


def test_others_than_boot_clients_get_nothing() -> None:
    """An ordinary DHCP client never hears of the proxy, nor does anybody who sends replies."""
    plain = dhcp.request(MAC, 1, {dhcp.PARAMETER_LIST: b"\x01\x03"})
    assert boot_server().answer(plain, on_67(), 0) == Silence(stable=True)
    windows = dhcp.request(MAC, 1, {dhcp.VENDOR_CLASS: b"MSFT 5.0"})
    assert isinstance(boot_server().answer(windows, on_67(), 0), Silence)
    assert isinstance(boot_server().answer(dhcp.Packet(2, 1, MAC, rom().options), on_67(), 0), Silence)


@pytest.mark.parametrize("arch", [6, 7, 9, 11, 16, 27, 99])
def test_uefi_is_never_offered_dos(arch: int) -> None:
    """The log says what it is and what to do; the client goes on to the next boot device."""
    assert "cannot boot DOS" in reason(boot_server().answer(rom(arch), on_67(), 0))


@pytest.mark.parametrize("arch", [7, 9])
def test_uefi_gets_its_configured_file(arch: int) -> None:
    """No option 43: what all versions of UEFI understand, here and on port 4011."""
    catalogue = table(BootImage("shell", efi=entry("shell.efi")), *ONE.images)
    server = boot_server(catalogue, msgspec.structs.replace(PLAIN, uefi="shell.efi"))
    offer = reply(server.answer(rom(arch), on_67(), 0)).packet
    assert (offer.file, dhcp.VENDOR in offer.options) == (b"shell.efi", False)
    asked = rom(arch, message=dhcp.REQUEST, ciaddr=bytes((10, 77, 0, 155)))
    again = reply(server.answer(asked, on_4011(port=4011), 0))
    assert (again.packet.type, again.packet.file, again.port) == (dhcp.ACK, b"shell.efi", 4011)


def test_http_clients_get_a_url() -> None:
    """UEFI HTTP boot wants HTTPClient back and a URL without a NUL."""
    server = boot_server(
        table(BootImage("shell", efi=entry("shell.efi"))), msgspec.structs.replace(PLAIN, uefi="shell")
    )
    asked = with_options(rom(16), {dhcp.VENDOR_CLASS: b"HTTPClient:Arch:00016:UNDI:003001"})
    made = reply(server.answer(asked, on_67(), 0)).packet
    assert made.options[dhcp.VENDOR_CLASS] == b"HTTPClient"
    assert made.options[dhcp.BOOT_FILE] == b"http://10.77.0.1/shell.efi"


def test_the_image_for_the_adapter_is_chosen() -> None:
    """iPXE tells its adapter's PCI id: of a recipe with an image for each driver it gets the right one, no menu."""
    assert reply(boot_server(FLEET).answer(ipxe(), on_67(), 0)).packet.file == b"plant/plant-e1000.0"


def test_the_adapter_in_option_94() -> None:
    """Some ROMs tell vendor and device there (type 2, PCI) in place of their UNDI's version."""
    told = with_options(rom(), {dhcp.NETWORK_INTERFACE: bytes.fromhex("028086100e020000")})
    assert reply(boot_server(FLEET).answer(told, on_67(), 0)).packet.file == b"plant/plant-e1000.0"


def test_a_rom_that_tells_no_adapter_gets_the_menu() -> None:
    """PXE 2.1's menu: unicast discovery only, our address for each entry, the local disk last."""
    made = reply(boot_server(FLEET).answer(rom(), on_67(), 0)).packet
    parts = sub_options(made)
    assert made.file == b"", "a file would be taken instead of the menu"
    assert parts[6] == b"\x03"
    assert parts[8] == b"".join(bytes((0x80, n, 1)) + SERVER for n in range(3))
    assert parts[9] == (
        b"\x80\x00\x0cplant-ne2000\x80\x01\x0bplant-e1000\x80\x02\x0aplant-undi\x00\x00\x0aLocal disk"
    )
    assert parts[10] == b"\x05Press F8 for the menu"


def menu_policy(**settings: object) -> object:
    """Return a policy with a menu of two lines."""
    entries = ("plant-e1000", "plant-undi")
    return msgspec.structs.replace(PLAIN, menu=Menu(entries, **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(("how", "control"), [("multicast", 1), ("broadcast", 2)])
def test_discovery_by_multicast_and_broadcast(how: str, control: int) -> None:
    """Sub-option 6 says what is allowed; the group is named; no list of servers narrows it down."""
    server = boot_server(FLEET, menu_policy(discovery=how))  # type: ignore[arg-type]
    parts = sub_options(reply(server.answer(rom(), on_67(), 0)).packet)
    assert parts[6] == bytes((control,))
    assert (parts.get(7) == bytes((224, 0, 1, 2))) == (how == "multicast")
    assert 8 not in parts


@pytest.mark.parametrize("arrival", [on_4011(), on_67("10.77.0.155")])
def test_the_boot_server_confirms_the_chosen_item(arrival: object) -> None:
    """Asked by unicast or multicast on 4011, or by broadcast on 67, with the item in sub-option 71."""
    server = boot_server(FLEET, menu_policy())  # type: ignore[arg-type]
    item = {dhcp.VENDOR: b"\x47\x04\x80\x01\x00\x00\xff", dhcp.VENDOR_CLASS: b"PXEClient"}
    asked = with_options(rom(message=dhcp.REQUEST, ciaddr=bytes((10, 77, 0, 155))), item)
    answer = reply(server.answer(asked, arrival, 0))  # type: ignore[arg-type]
    assert answer.packet.type == dhcp.ACK
    assert answer.packet.file == b"plant/plant-undi.0"
    assert sub_options(answer.packet)[71] == b"\x80\x01\x00\x00"
    assert (answer.address, answer.port) == (bytes((10, 77, 0, 155)), 68)


def test_signed_boot_and_unknown_items_are_not_confirmed() -> None:
    """BIS is dead; an item of another server's menu is another server's."""
    server = boot_server(FLEET, menu_policy())  # type: ignore[arg-type]
    for item, why in ((b"\x80\x00\x80\x00", "BIS"), (b"\x80\x09\x00\x00", "0x8009")):
        asked = with_options(rom(message=dhcp.REQUEST), {dhcp.VENDOR: b"\x47\x04" + item + b"\xff"})
        assert why in reason(server.answer(asked, on_4011(), 0))


def test_port_4011_answers_without_an_item_too() -> None:
    """What a ROM asks that found no file in the offer; the answer goes to the port that asked."""
    answer = reply(boot_server().answer(rom(message=dhcp.REQUEST), on_4011(port=2070), 0))
    assert (answer.packet.type, answer.packet.file, answer.port) == (dhcp.ACK, b"plant/plant-ne2000.0", 2070)


def test_a_request_to_the_sites_dhcp_server_is_overheard() -> None:
    """It gets no answer, and tells us which address the machine will load its image from."""
    learned = []
    server = boot_server(learned=lambda mac, address: learned.append((mac, address)))
    asked = with_options(
        rom(message=dhcp.REQUEST),
        {dhcp.SERVER_ID: bytes((10, 77, 0, 2)), dhcp.REQUESTED_ADDRESS: bytes((10, 77, 0, 155))},
    )
    assert isinstance(server.answer(asked, on_67(), 0), Silence)
    assert learned == [("52:54:00:00:00:01", bytes((10, 77, 0, 155)))]


def test_a_relayed_client_is_answered_through_its_relay() -> None:
    """To giaddr on port 67, with option 82 as the relay put it in, at the end."""
    relay = bytes((10, 99, 0, 1))
    asked = with_options(rom(giaddr=relay), {dhcp.RELAY_AGENT: b"\x01\x04eth1"})
    answer = reply(boot_server().answer(asked, on_67("10.99.0.1"), 0))
    assert (answer.address, answer.port, answer.packet.giaddr) == (relay, 67, relay)
    assert list(answer.packet.options)[-1] == dhcp.RELAY_AGENT
    assert answer.packet.options[dhcp.RELAY_AGENT] == b"\x01\x04eth1"


def test_who_asks_from_an_address_is_answered_there() -> None:
    """Tools that ask as a boot ROM would; with the broadcast flag only where broadcasts come through."""
    for asked, source, target in (
        (ipxe(), "10.77.0.9", (bytes((10, 77, 0, 9)), 68)),
        (rom(), "10.77.0.9", (b"\xff\xff\xff\xff", 68)),
        (rom(), "127.0.0.1", (bytes((127, 0, 0, 1)), 68)),
    ):
        answer = reply(boot_server().answer(asked, on_67(source), 0))
        assert (answer.address, answer.port) == target


def test_a_relay_from_the_internet_is_not_answered() -> None:
    """Nobody can make us send packets to an address of their choice."""
    assert "relay" in reason(boot_server().answer(rom(giaddr=bytes((8, 8, 8, 8))), on_67(), 0))


def test_a_menu_that_is_too_long_is_cut() -> None:
    """Option 43 has 255 bytes; whatever the catalogue holds, what is sent can be read."""
    images = [image(f"image-with-a-long-name-{number}", recipe="") for number in range(40)]
    made = reply(boot_server(table(*images)).answer(rom(), on_67(), 0)).packet
    assert len(made.options[dhcp.VENDOR]) <= 255
    assert len(sub_options(made)[9]) > 100
    assert sub_options(made)[9].endswith(b"Local disk")


def test_broken_sub_options_are_malformed() -> None:
    """Lengths inside options are checked too."""
    for code, value in (
        (dhcp.VENDOR, b"\x47\x09\x80"),
        (dhcp.IPXE, b"\xb1\x05\x01"),
        (dhcp.ARCHITECTURE, b"\0"),
    ):
        with pytest.raises(Malformed):
            boot_server().answer(with_options(rom(), {code: value}), on_4011(), 0)


@given(
    st.dictionaries(
        st.sampled_from([43, 50, 53, 54, 55, 57, 60, 61, 66, 67, 77, 82, 93, 94, 97, 175]),
        st.binary(max_size=60),
    ),
    st.binary(min_size=4, max_size=4),
    st.binary(max_size=16),
    st.booleans(),
)
def test_any_client_is_answered_or_not(
    options: dict[int, bytes], address: bytes, mac: bytes, pxe_port: bool
) -> None:
    """Whatever the options hold: a reply that can be read again, silence, or Malformed."""
    options.setdefault(dhcp.VENDOR_CLASS, b"PXEClient:Arch:00000")
    if len(options.get(dhcp.MESSAGE_TYPE, b"\x01")) != 1:
        options[dhcp.MESSAGE_TYPE] = b"\x03"
    asked = dhcp.Packet(1, 1, mac, {dhcp.MESSAGE_TYPE: b"\x01", **options}, ciaddr=address, giaddr=address)
    try:
        answer = boot_server(FLEET).answer(asked, on_4011() if pxe_port else on_67(), 0)
    except Malformed:
        return
    if isinstance(answer, Reply):
        assert dhcp.parse(dhcp.encode(answer.packet)).type in (dhcp.OFFER, dhcp.ACK)


def test_all_architectures_have_a_name() -> None:
    """IANA's registry has the codes 0 to 41; a number that it does not have is shown as one."""
    assert sorted(pxe.ARCHITECTURES) == list(range(42))
    assert pxe.client(rom(300)).architecture_name == "300"  # type: ignore[union-attr]
