"""DHCP on a real network: who hears which answer, bursts, conflicts, reloads, and a server that is killed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from bootbuilder.net import dhcp
from tests.protocol.namespaces import Namespace, missing
from tests.protocol.serving import Service

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "namespaces are there")

EVERYBODY = "255.255.255.255"
ALL_LINKS = (socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
ROOM = (socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)


@dataclass
class Wire:
    """A server's namespace (10.77.0.1) and a client's, joined by a cable: eth0 in both."""

    server: Namespace
    client: Namespace

    def port_68(self) -> socket.socket:
        """Return the socket of clients without an address."""
        return self.client.socket(address=("0.0.0.0", 68), device="eth0", options=[ALL_LINKS, ROOM])


@pytest.fixture
def wire() -> Iterator[Wire]:
    """Two namespaces and a cable."""
    made = Wire(Namespace(), Namespace())
    made.server.link("eth0", made.client, "eth0")
    made.server.address("eth0", "10.77.0.1/24")
    yield made
    made.client.close()
    made.server.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one thing to boot."""
    boot = tmp_path / "boot"
    boot.mkdir()
    (boot / "lab.0").write_bytes(b"\xeb\xfe" * 500)
    return boot


def mac(number: int) -> bytes:
    """Return a machine's address."""
    return b"\x02\xbb" + number.to_bytes(4)


def rom(number: int = 1, xid: int = 7, message: int = dhcp.DISCOVER, **more: object) -> bytes:
    """Return what a boot ROM sends; `options` come on top."""
    options = {**dhcp.pxe_options(), **more.pop("options", {})}  # type: ignore[dict-item]
    return dhcp.encode(dhcp.request(mac(number), xid, options, message=message, **more))  # type: ignore[arg-type]


def answers(sock: socket.socket, seconds: float = 0.5) -> list[dhcp.Packet]:
    """Return what comes in until it is quiet for so long."""
    found = []
    sock.settimeout(seconds)
    try:
        while True:
            found.append(dhcp.parse(sock.recv(2048)))
    except TimeoutError:
        return found


def test_a_proxy_answers_boot_clients_only(wire: Wire, folder: Path) -> None:
    """By broadcast, with the address of the interface; an ordinary machine on the same wire hears nothing."""
    with wire.port_68() as sock, Service(wire.server, folder):
        sock.sendto(rom(), (EVERYBODY, 67))
        [offer] = answers(sock)
        assert (offer.type, offer.yiaddr, offer.file) == (dhcp.OFFER, dhcp.NO_ADDRESS, b"lab.0")
        assert offer.siaddr == offer.options[dhcp.SERVER_ID] == bytes((10, 77, 0, 1))
        sock.sendto(dhcp.encode(dhcp.request(mac(2), 8, {})), (EVERYBODY, 67))
        sock.sendto(b"rubbish", (EVERYBODY, 67))
        assert answers(sock) == []


@pytest.mark.parametrize("target", ["10.77.0.1", EVERYBODY, "224.0.1.2"])
def test_the_boot_server_hears_all_kinds_of_discovery(wire: Wire, folder: Path, target: str) -> None:
    """Port 4011 by unicast, broadcast and multicast; the answer comes from there, to the port that asked."""
    wire.client.address("eth0", "10.77.0.155/24")
    multicast = (socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 4)
    with (
        wire.client.socket(address=("10.77.0.155", 2070), options=[ALL_LINKS, multicast]) as sock,
        Service(wire.server, folder),
    ):
        wire.client.run("ip", "route", "add", "224.0.0.0/4", "dev", "eth0")
        sock.sendto(rom(message=dhcp.REQUEST, ciaddr=bytes((10, 77, 0, 155))), (target, 4011))
        data, source = sock.recvfrom(2048)
        assert source == ("10.77.0.1", 4011)
        assert dhcp.parse(data).type == dhcp.ACK
        assert dhcp.parse(data).file == b"lab.0"


def test_beside_a_dhcp_server_on_the_same_machine(wire: Wire, folder: Path) -> None:
    """It holds port 67 and sends clients to port 4011: we answer there, and leave its port alone."""
    wire.client.address("eth0", "10.77.0.155/24")
    with (
        wire.server.socket(address=("0.0.0.0", 67)),
        wire.client.socket(address=("10.77.0.155", 68)) as sock,
        Service(wire.server, folder, dhcp_port=0),
    ):
        sock.sendto(rom(message=dhcp.REQUEST, ciaddr=bytes((10, 77, 0, 155))), ("10.77.0.1", 4011))
        assert [answer.file for answer in answers(sock)] == [b"lab.0"]


def test_a_relay_is_answered_on_port_67(wire: Wire, folder: Path) -> None:
    """From the relay's own address, with giaddr set to it."""
    wire.client.address("eth0", "10.77.0.9/24")
    relay = bytes((10, 77, 0, 9))
    with wire.client.socket(address=("10.77.0.9", 67)) as sock, Service(wire.server, folder):
        sock.sendto(rom(giaddr=relay, options={dhcp.RELAY_AGENT: b"\x01\x02p7"}), ("10.77.0.1", 67))
        data, source = sock.recvfrom(2048)
        assert source == ("10.77.0.1", 67)
        assert dhcp.parse(data).options[dhcp.RELAY_AGENT] == b"\x01\x02p7"


def test_an_address_reaches_a_machine_that_has_none(wire: Wire, folder: Path) -> None:
    """Without the broadcast flag the offer goes to its hardware address alone, and nobody asks by ARP for it."""
    packets = wire.client.socket(
        socket.SOCK_RAW, ("eth0", 0x0800), family=socket.AF_PACKET, protocol=socket.htons(0x0800)
    )
    with packets, wire.port_68() as sock:
        with Service(wire.server, folder, dhcp="server", pool=["10.77.0.100", "10.77.0.150"]):
            sock.sendto(rom(flags=0), (EVERYBODY, 67))
            while True:
                frame = packets.recv(2048)
                if frame[23] == socket.IPPROTO_UDP and frame[34:36] == (67).to_bytes(2):
                    break
        assert frame[:6] == mac(1)
        assert frame[30:34] == bytes((10, 77, 0, 100))
        assert dhcp.parse(frame[42:]).yiaddr == bytes((10, 77, 0, 100))
        assert _sum(frame[14:34]) == 0xFFFF, "the IP header's checksum"
        pseudo = frame[26:34] + bytes((0, 17)) + frame[38:40]
        assert _sum(pseudo + frame[34:]) == 0xFFFF, "the UDP checksum"


def _sum(data: bytes) -> int:
    data += bytes(len(data) % 2)
    total = sum(int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def test_200_machines_at_once(wire: Wire, folder: Path) -> None:
    """A room that is switched on together: each has its answer to the first question, and its own address."""
    with (
        wire.port_68() as sock,
        Service(wire.server, folder, dhcp="server", pool=["10.77.0.2", "10.77.0.250"]) as service,
    ):
        import signal

        service.process.send_signal(signal.SIGSTOP)  # all of them wait in the receive buffer
        for number in range(200):
            sock.sendto(rom(number, xid=1000 + number), (EVERYBODY, 67))
        service.process.send_signal(signal.SIGCONT)
        offers = answers(sock, 2)
        assert len({offer.xid for offer in offers}) == 200
        assert len({offer.yiaddr for offer in offers}) == 200


def test_an_address_that_somebody_uses_is_not_given(wire: Wire, folder: Path) -> None:
    """Set by hand in the middle of the pool: found by ARP before anybody is offered it."""
    wire.client.address("eth0", "10.77.0.100/24")
    with (
        wire.port_68() as sock,
        Service(wire.server, folder, dhcp="server", pool=["10.77.0.100", "10.77.0.101"]) as service,
    ):
        assert service.wait("client-notice", step="conflict")["address"] == "10.77.0.100"
        for number in range(3):
            sock.sendto(rom(number), (EVERYBODY, 67))
        given = {str(IPv4Address(offer.yiaddr)) for offer in answers(sock)}
        assert given == {"10.77.0.101"}


def test_a_policy_is_read_again_when_it_changes(wire: Wire, folder: Path, tmp_path: Path) -> None:
    """An ignored machine is let in by a line in a file; a mistake in it changes nothing."""
    allow = tmp_path / "machines.txt"
    allow.write_text("00:00:00:00:00:01\n")
    with wire.port_68() as sock, Service(wire.server, folder, allow=allow) as service:
        sock.sendto(rom(), (EVERYBODY, 67))
        told = service.wait("dhcp-ignored")["reason"]
        assert "02:bb:00:00:00:01" in told
        allow.write_text("00:00:00:00:00:01\n02:bb:00:00:00:01  # the saw\n")
        service.wait("notice", text="the policy was read again")
        sock.sendto(rom(xid=8), (EVERYBODY, 67))
        assert [offer.file for offer in answers(sock)] == [b"lab.0"]
        allow.write_text("nonsense\n")
        service.wait("notice", warning=True)
        sock.sendto(rom(xid=9), (EVERYBODY, 67))
        assert [offer.file for offer in answers(sock)] == [b"lab.0"]


def test_a_flood_does_not_keep_others_from_booting(wire: Wire, folder: Path) -> None:
    """One machine that sends without end is limited; the next one is answered."""
    with wire.port_68() as sock, Service(wire.server, folder) as service:
        for number in range(3000):
            sock.sendto(rom(66, xid=number), (EVERYBODY, 67))
        service.wait("dropped")
        assert len(answers(sock)) < 1000
        sock.sendto(rom(1, xid=77), (EVERYBODY, 67))
        assert [offer.chaddr for offer in answers(sock)] == [mac(1)]


def test_memory_stays_flat_under_rubbish(wire: Wire, folder: Path) -> None:
    """100,000 malformed messages and 20,000 machines that nobody knows, in both roles of the service."""
    import random

    chance = random.Random(5)
    with (
        wire.port_68() as sock,
        Service(wire.server, folder, dhcp="server", pool=["10.77.0.20", "10.77.0.90"]) as service,
    ):

        def megabytes() -> float:
            words = Path(f"/proc/{service.process.pid}/statm").read_text().split()
            return int(words[1]) * 4096 / 1e6

        sock.sendto(rom(1), (EVERYBODY, 67))
        answers(sock)
        before = megabytes()
        whole = rom(2)
        for number in range(120_000):
            if number % 6:
                data = chance.randbytes(20) if number % 2 else whole[:240] + chance.randbytes(60)
            else:
                data = rom(number)
            sock.sendto(data, (EVERYBODY, 67 if number % 4 else 4011))
            if number % 500 == 0:
                answers(sock, 0.01)
        sock.sendto(rom(1), (EVERYBODY, 67))
        assert answers(sock, 2)
        assert megabytes() - before < 10


def test_no_address_is_given_twice_when_the_server_is_killed_in_a_storm(
    wire: Wire, folder: Path, tmp_path: Path
) -> None:
    """Machines ask, the server dies at any moment and comes back; each ACK is remembered, all get an address."""
    state = tmp_path / "state"
    config = {"dhcp": "server", "pool": ["10.77.0.20", "10.77.0.90"], "state": state}
    acked: dict[bytes, bytes] = {}  # address -> machine
    done: set[bytes] = set()
    end = threading.Event()
    sock = wire.port_68()

    def listen() -> None:
        sock.settimeout(0.2)
        while not end.is_set():
            try:
                packet = dhcp.parse(sock.recv(2048))
            except TimeoutError:
                continue
            if packet.type == dhcp.OFFER:
                options = {
                    dhcp.REQUESTED_ADDRESS: packet.yiaddr,
                    dhcp.SERVER_ID: packet.options[dhcp.SERVER_ID],
                }
                number = int.from_bytes(packet.chaddr[2:])
                sock.sendto(rom(number, packet.xid, dhcp.REQUEST, options=options), (EVERYBODY, 67))
            elif packet.type == dhcp.ACK:
                assert acked.setdefault(packet.yiaddr, packet.chaddr) == packet.chaddr, "given twice"
                done.add(packet.chaddr)

    listener = threading.Thread(target=listen)
    service = Service(wire.server, folder, **config)
    listener.start()
    try:
        for life in range(4):
            for number in range(60):
                if mac(number) not in done or number % 3 == life % 3:
                    sock.sendto(rom(number, xid=life * 1000 + number), (EVERYBODY, 67))
                if number == 20 + 10 * life:
                    service.kill()  # with questions in its buffer and answers on their way
                    service = Service(wire.server, folder, **config)
        for _ in range(20):
            if len(done) == 60:
                break
            for number in range(60):
                if mac(number) not in done:
                    sock.sendto(rom(number, xid=9000 + number), (EVERYBODY, 67))
            end.wait(0.3)
    finally:
        end.set()
        listener.join()
        with service:
            pass
        sock.close()
    assert len(done) == 60
    assert len(set(acked.values())) == len(acked), "a machine keeps its address"
