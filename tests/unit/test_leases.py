"""Leases: who gets which address, what is written down, and that no two machines ever share one."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bootbuilder.errors import ServeError
from bootbuilder.net import addressing, dhcp
from bootbuilder.net.addressing import Addressing, from_lines, scopes_of, to_line
from bootbuilder.net.answering import BootServer, Reply
from bootbuilder.net.journal import Journal
from bootbuilder.net.leases import OFFER_SECONDS, Lease, LeaseBook, Scope
from bootbuilder.net.policy import PLAIN, Addresses, Reservation, Subnet
from tests.unit.net_examples import MAC, ONE, SERVER, on_67, rom, with_options

NETWORK = IPv4Network("10.77.0.0/24")
FIRST, LAST = IPv4Address("10.77.0.100"), IPv4Address("10.77.0.103")
OTHER = bytes.fromhex("525400000002")
A100 = int(FIRST)


def scope(**more: object) -> Scope:
    """Return four addresses."""
    return Scope(NETWORK, (FIRST, LAST), more.pop("reserved", {}), **more)  # type: ignore[arg-type]


def mac(number: int) -> bytes:
    """Return a machine's address."""
    return bytes((2, 0, 0, 0, 0, number))


def test_a_machine_keeps_its_address() -> None:
    """Asked again, after its lease is over too, it gets the one that it had."""
    book = LeaseBook(scope())
    first = book.offer(mac(1), 0, 0)
    assert first and book.bind(mac(1), first.address, 1, 3600)
    book.offer(mac(2), 0, 2)
    assert book.offer(mac(1), 0, 10_000).address == first.address  # type: ignore[union-attr]


def test_the_one_asked_for_is_given_when_it_is_free() -> None:
    """Option 50 of a machine that was here before us."""
    book = LeaseBook(scope())
    assert book.offer(mac(1), A100 + 2, 0).address == A100 + 2  # type: ignore[union-attr]
    assert book.offer(mac(2), A100 + 2, 0).address != A100 + 2  # type: ignore[union-attr]


def test_a_full_pool_has_room_again_when_offers_end() -> None:
    """Machines that ask and do not take hold an address for a minute only."""
    book = LeaseBook(scope())
    assert all(book.offer(mac(number), 0, 0) for number in range(4))
    assert book.offer(mac(9), 0, OFFER_SECONDS - 1) is None
    assert book.offer(mac(9), 0, OFFER_SECONDS + 1) is not None


def test_reserved_addresses_are_for_their_machine() -> None:
    """Also in the middle of the pool."""
    book = LeaseBook(scope(reserved={mac(7): IPv4Address("10.77.0.101")}))
    given = [book.offer(mac(number), 0, 0) for number in range(3)]
    assert A100 + 1 not in [lease.address for lease in given if lease]
    assert book.offer(mac(8), A100 + 1, 0) is None
    assert book.offer(mac(7), 0, 0).address == A100 + 1  # type: ignore[union-attr]
    assert book.bind(mac(7), A100 + 2, 0, 60) is None


def test_a_declined_address_rests() -> None:
    """Somebody else uses it: it is not given to anybody for an hour."""
    book = LeaseBook(scope())
    lease = book.offer(mac(1), A100, 0)
    assert lease and book.decline(mac(1), A100, 1)
    assert book.offer(mac(1), A100, 2).address != A100  # type: ignore[union-attr]
    assert book.bind(mac(1), A100, 2, 60) is None
    assert book.offer(mac(2), A100, 3602).address == A100  # type: ignore[union-attr]


def test_an_address_heard_from_a_stranger_is_not_offered() -> None:
    """A machine with an address set by hand inside the pool."""
    book = LeaseBook(scope())
    assert book.conflict(A100, mac(66), 0)
    assert book.offer(mac(1), A100, 1).address != A100  # type: ignore[union-attr]
    assert book.bind(mac(2), A100 + 3, 1, 3600)
    assert book.conflict(A100 + 3, mac(66), 2) is None, "a lease in use is not taken away"


class Storm(RuleBasedStateMachine):
    """Machines ask, take, give back and decline in any order, and the service is killed and started again."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.written: list[str] = []
        self.book = LeaseBook(scope())
        self.acked: dict[int, tuple[bytes, float]] = {}  # address -> (machine that was told so, until)

    @rule(number=st.integers(0, 6), wanted=st.integers(0, 5))
    def discover(self, number: int, wanted: int) -> None:
        """An offer is no promise that outlives a crash."""
        lease = self.book.offer(mac(number), A100 + wanted, self.now)
        if lease is not None:
            holder = self.acked.get(lease.address)
            assert holder is None or holder[0] == mac(number) or holder[1] <= self.now

    @rule(number=st.integers(0, 6), wanted=st.integers(-1, 5), seconds=st.integers(1, 500))
    def request(self, number: int, wanted: int, seconds: int) -> None:
        """An ACK is."""
        lease = self.book.bind(mac(number), A100 + wanted, self.now, seconds)
        if lease is None:
            return
        self.written.append(to_line(lease))
        holder = self.acked.get(lease.address)
        assert holder is None or holder[0] == mac(number) or holder[1] <= self.now, "given twice"
        assert FIRST <= IPv4Address(lease.address) <= LAST
        self.acked[lease.address] = (mac(number), self.now + seconds)

    @rule(number=st.integers(0, 6), wanted=st.integers(0, 3))
    def release(self, number: int, wanted: int) -> None:
        """Only its own machine gives an address back."""
        lease = self.book.release(mac(number), A100 + wanted, self.now)
        if lease is not None:
            assert self.book.by_address[lease.address].mac == mac(number)
            self.written.append(to_line(lease))
            self.acked.pop(lease.address, None)

    @rule(number=st.integers(0, 6), wanted=st.integers(0, 3))
    def decline(self, number: int, wanted: int) -> None:
        """Its machine does not use it then."""
        lease = self.book.decline(mac(number), A100 + wanted, self.now)
        if lease is not None:
            self.written.append(to_line(lease))
            self.acked.pop(lease.address, None)

    @rule(seconds=st.integers(1, 300))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.now += seconds

    @rule()
    def kill(self) -> None:
        """What was written is all that is left."""
        self.book = LeaseBook(scope(), from_lines(self.written))

    @invariant()
    def everybody_has_one(self) -> None:
        """A machine holds one offer at most, and no bookkeeping grows."""
        offers = [
            lease.mac for lease in self.book.by_address.values() if lease.state == "offered" and lease.mac
        ]
        assert len(offers) == len(set(offers))
        assert len(self.book.by_address) <= 4


TestStorm = Storm.TestCase
TestStorm.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def server(**more: object) -> BootServer:
    """Return a DHCP server with a pool of four."""
    return BootServer("server", PLAIN, ONE, addressing=Addressing([scope(**more)], Addresses()))


def test_a_rom_gets_address_and_file_in_one_offer() -> None:
    """Then the ACK says the same again; nothing is asked on port 4011."""
    one = server(router=IPv4Address("10.77.0.254"), dns=(IPv4Address("10.77.0.53"),))
    offer = one.answer(rom(), on_67(), 0)
    assert isinstance(offer, Reply)
    made = offer.packet
    assert (made.type, made.yiaddr, made.file) == (dhcp.OFFER, FIRST.packed, b"plant/plant-ne2000.0")
    assert made.options[dhcp.VENDOR] == b"\x06\x01\x08\xff"
    assert made.options[dhcp.ROUTER] == bytes((10, 77, 0, 254))
    assert made.options[dhcp.SUBNET_MASK] == bytes((255, 255, 255, 0))
    assert int.from_bytes(made.options[dhcp.LEASE_TIME]) == 43_200
    asked = with_options(
        rom(message=dhcp.REQUEST), {dhcp.SERVER_ID: SERVER, dhcp.REQUESTED_ADDRESS: made.yiaddr}
    )
    ack = one.answer(asked, on_67(), 1)
    assert isinstance(ack, Reply) and ack.packet.type == dhcp.ACK
    assert (ack.packet.yiaddr, ack.packet.file) == (made.yiaddr, made.file)
    assert [lease.state for lease in one.addressing.changed] == ["bound"]  # type: ignore[union-attr]


def test_an_ordinary_machine_gets_an_address_only() -> None:
    """Option 60 is for boot clients; told to others it sends them to port 4011."""
    plain = dhcp.request(OTHER, 5, {}, flags=0)
    answer = server().answer(plain, on_67(), 0)
    assert isinstance(answer, Reply)
    assert answer.packet.type == dhcp.OFFER
    assert not {dhcp.VENDOR_CLASS, dhcp.VENDOR, dhcp.BOOT_FILE} & answer.packet.options.keys()
    assert (answer.address, answer.mac) == (FIRST.packed, OTHER), "to its hardware address, not to all"


def request(address: str, who: bytes = MAC, **options: bytes) -> dhcp.Packet:
    """Return a REQUEST for an address."""
    known = {"server": dhcp.SERVER_ID}
    more = {known[name]: value for name, value in options.items()}
    return dhcp.request(
        who, 3, {dhcp.REQUESTED_ADDRESS: IPv4Address(address).packed, **more}, message=dhcp.REQUEST
    )


def test_nak_where_it_is_due_and_silence_where_it_is_not() -> None:
    """RFC 2131 4.3.2: of the wrong network or somebody else's: no; of another server: not our business."""
    one = server()
    nak = one.answer(request("192.168.5.5"), on_67(), 0)
    assert isinstance(nak, Reply) and nak.packet.type == dhcp.NAK
    assert nak.address == b"\xff\xff\xff\xff" and nak.packet.yiaddr == dhcp.NO_ADDRESS
    assert not isinstance(one.answer(request("10.77.0.9"), on_67(), 0), Reply)
    other = request("10.77.0.100", server=bytes((10, 77, 0, 2)))
    assert not isinstance(one.answer(other, on_67(), 0), Reply)
    assert isinstance(one.answer(request("10.77.0.100", OTHER), on_67(), 0), Reply)
    taken = one.answer(request("10.77.0.100"), on_67(), 1)
    assert isinstance(taken, Reply) and taken.packet.type == dhcp.NAK


def test_inform_decline_and_release() -> None:
    """INFORM gives no address; a declined one is not offered again; a released one is free."""
    one = server()
    inform = dhcp.request(MAC, 1, {}, message=dhcp.INFORM, ciaddr=bytes((10, 77, 0, 9)))
    answer = one.answer(inform, on_67("10.77.0.9"), 0)
    assert isinstance(answer, Reply) and answer.packet.type == dhcp.ACK
    assert answer.packet.yiaddr == dhcp.NO_ADDRESS and dhcp.LEASE_TIME not in answer.packet.options
    assert answer.address == bytes((10, 77, 0, 9))
    one.answer(request("10.77.0.100"), on_67(), 0)
    declined = dhcp.request(MAC, 1, {dhcp.REQUESTED_ADDRESS: FIRST.packed}, message=dhcp.DECLINE)
    assert any(
        "another machine" in getattr(event, "text", "") for event in one.answer(declined, on_67(), 1).events
    )
    offer = one.answer(dhcp.request(MAC, 1, {}), on_67(), 2)
    assert isinstance(offer, Reply) and offer.packet.yiaddr == (FIRST + 1).packed
    one.answer(request("10.77.0.101"), on_67(), 3)
    one.answer(
        dhcp.request(MAC, 1, {}, message=dhcp.RELEASE, ciaddr=(FIRST + 1).packed), on_67("10.77.0.101"), 4
    )
    assert isinstance(one.answer(request("10.77.0.101", OTHER), on_67(), 5), Reply)


def test_a_routed_network_has_its_own_pool() -> None:
    """The relay's address tells which."""
    policy = Addresses(
        subnet=(Subnet(network="10.99.0.0/24", pool="10.99.0.50-10.99.0.60", router="10.99.0.1"),)
    )
    scopes = scopes_of(policy, (FIRST, LAST), [(IPv4Address(SERVER), NETWORK)])
    one = BootServer("server", PLAIN, ONE, addressing=Addressing(scopes, policy))
    answer = one.answer(rom(giaddr=bytes((10, 99, 0, 1))), on_67("10.99.0.1"), 0)
    assert isinstance(answer, Reply) and answer.packet.yiaddr == bytes((10, 99, 0, 50))
    near = one.answer(rom(), on_67(), 0)
    assert isinstance(near, Reply) and near.packet.yiaddr == FIRST.packed


def test_without_a_pool_the_upper_half_is_used() -> None:
    """Never our own address, nor network and broadcast."""
    [found] = scopes_of(Addresses(), None, [(IPv4Address("10.77.0.200"), NETWORK)])
    assert found.pool == (IPv4Address("10.77.0.128"), IPv4Address("10.77.0.254"))
    book = LeaseBook(found)
    given = {book.offer(mac(number), 0, 0).address for number in range(126)}  # type: ignore[union-attr]
    assert int(IPv4Address("10.77.0.200")) not in given


def test_a_reserved_address_and_name() -> None:
    """From the policy file."""
    policy = Addresses(
        reservation=(Reservation("52-54-00-00-00-01", "10.77.0.9", "saw"),), domain="plant.example"
    )
    scopes = scopes_of(policy, (FIRST, LAST), [(IPv4Address(SERVER), NETWORK)])
    one = BootServer("server", PLAIN, ONE, addressing=Addressing(scopes, policy))
    answer = one.answer(rom(), on_67(), 0)
    assert isinstance(answer, Reply) and answer.packet.yiaddr == bytes((10, 77, 0, 9))
    assert answer.packet.options[dhcp.HOST_NAME] == b"saw"
    assert answer.packet.options[addressing.DOMAIN_NAME] == b"plant.example"


# --- the journal ------------------------------------------------------------------------------------------


def test_lines_and_leases_are_the_same(tmp_path: Path) -> None:
    """What is written is what is read, in a new process too; the newest line counts."""
    journal = Journal(tmp_path / "state" / "leases")
    old, new = Lease(A100, mac(1), 100, "bound", "pc-1"), Lease(A100, mac(2), 900, "bound")
    journal.append([to_line(old), to_line(Lease(A100 + 1, b"", 5, "declined"))])
    journal.append([to_line(new)])
    journal.close()
    again = Journal(tmp_path / "state" / "leases")
    assert from_lines(again.lines) == [new, Lease(A100 + 1, b"", 5, "declined")]
    again.close()


def test_a_torn_line_is_passed_over(tmp_path: Path) -> None:
    """Killed in the middle of a write, at any byte: the lines before it stay, and the next one is whole."""
    path = tmp_path / "leases"
    journal = Journal(path)
    journal.append(
        [to_line(Lease(A100, mac(1), 100, "bound")), to_line(Lease(A100 + 1, mac(2), 100, "bound"))]
    )
    journal.close()
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        torn = Journal(path)
        before = from_lines(torn.lines)
        assert len(before) == (whole[: cut + 1]).count(b"\n")
        torn.append([to_line(Lease(A100 + 2, mac(3), 100, "bound"))])
        torn.close()
        again = Journal(path)
        assert len(from_lines(again.lines)) == len(before) + 1
        again.close()


def test_a_journal_is_written_anew_when_it_has_grown(tmp_path: Path) -> None:
    """A service that runs for years keeps a short file."""
    journal = Journal(tmp_path / "leases")
    lease = to_line(Lease(A100, mac(1), 100, "bound"))
    journal.append([lease] * 1003)
    assert journal.outgrown(1)
    journal.replace([lease])
    assert not journal.outgrown(1)
    journal.append([lease])
    journal.close()
    assert (tmp_path / "leases").read_bytes().count(b"\n") == 2


def test_two_services_do_not_share_a_journal(tmp_path: Path) -> None:
    """Each would give the other's addresses away."""
    pytest.importorskip("fcntl")
    journal = Journal(tmp_path / "leases")
    with pytest.raises(ServeError, match="another bootbuilder"):
        Journal(tmp_path / "leases")
    journal.close()
