"""The TFTP server on real sockets: quirks of clients, bad lines, floods, limits; and the tools that people use."""

from __future__ import annotations

import errno
import itertools
import os
import random
import socket
import struct
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bootbuilder.errors import PortInUse
from bootbuilder.net import events, sockets
from bootbuilder.net.blocks import BlockCache
from bootbuilder.net.loop import Loop
from bootbuilder.net.reading import Reading
from bootbuilder.net.session import Session
from bootbuilder.net.tftp import Limits, Terms
from bootbuilder.net.uploads import Uploads
from tests.protocol.tftp_service import MANY, Memory, Service, serving
from tests.tftp_client import Job, Outcome, Wire, run

CONTENT = random.Random(5).randbytes(300_000)
SMALL = CONTENT[:32_768]
FILES = {"image": CONTENT, "small": SMALL, "empty": b"", "exact": CONTENT[:1024], "text": b"a\nb\rc\n"}
BLOCKS = (("blksize", 1456),)
ABORT = b"\0\5\0\x08aborted\0"
WINDOW = (("blksize", 1456), ("windowsize", 16))


def _read(
    service: Service, job: Job, count: int = 1, at_once: int = 1, wire: Wire | None = None
) -> list[Outcome]:
    outcomes = run(itertools.repeat(job, count), service.address, at_once, wire)
    assert len(outcomes) == count
    assert not [one.error for one in outcomes if not one.ok]
    return outcomes


def _socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.settimeout(10)
    return sock


def _silent(sock: socket.socket, seconds: float = 0.3) -> bool:
    sock.settimeout(seconds)
    try:
        sock.recv(2048)
    except TimeoutError:
        return True
    return False


@pytest.mark.parametrize("single_port", [False, True])
@pytest.mark.parametrize("segments", [False, None])
@pytest.mark.parametrize(
    "options", [(), BLOCKS, WINDOW, (("tsize", 0), ("blksize", 1000), ("windowsize", 64))]
)
def test_files_arrive(single_port: bool, segments: bool | None, options: tuple[tuple[str, int], ...]) -> None:
    """Any mode, block and window size, with and without the kernel cutting windows, brings the same bytes."""
    with serving(FILES, single_port=single_port, segments=segments) as service:
        for name in ("image", "empty", "exact"):
            outcome = _read(service, Job(name, FILES[name], options))[0]
            assert outcome.packets == len(FILES[name]) // int(outcome.options.get("blksize", 512)) + 1
        assert len(service.wait(events.TransferDone, 3)) == 3
        assert {done.sent for done in service.of(events.TransferDone)} == {300_000, 0, 1024}


def test_every_transfer_has_its_own_port() -> None:
    """The server answers from a new port (RFC 1350 section 4), and strangers cannot reach a transfer."""
    with serving(FILES) as service, _socket() as client, _socket() as stranger:
        client.sendto(b"\0\1small\0octet\0", service.address)
        peer = client.recvfrom(2048)[1]
        assert peer[1] != service.address[1]
        stranger.sendto(b"\0\5\0\0die\0", peer)
        stranger.sendto(b"\0\4\0\1", peer)
        assert _silent(stranger, 0.1)
        client.sendto(b"\0\4\0\1", peer)
        assert client.recv(2048)[:4] == b"\0\3\0\2"


def test_single_port_mode_refuses_strangers() -> None:
    """With one port for all, a packet of no transfer gets ERROR 5, an ERROR gets none, and few get any."""
    with serving(FILES, single_port=True) as service, _socket() as client, _socket() as stranger:
        client.sendto(b"\0\1small\0octet\0", service.address)
        assert client.recvfrom(2048)[1] == service.address
        stranger.sendto(b"\0\4\0\1", service.address)
        assert stranger.recv(2048)[:4] == b"\0\5\0\5"
        stranger.sendto(b"\0\5\0\5x\0", service.address)
        assert _silent(stranger)
        client.sendto(b"\0\4\0\1", service.address)
        assert client.recv(2048)[:4] == b"\0\3\0\2"


def test_rom_probes_then_reads() -> None:
    """An Intel-style ROM asks for the size, ends that with ERROR 8 and reads from another port."""
    with serving(FILES) as service:
        _read(service, Job("small", SMALL, BLOCKS, probe=True, retry=30.0), 300, 64)
        assert len(service.wait(events.TransferProbed, 300)) == 300
        assert len(service.wait(events.TransferDone, 300)) == 300
        assert not service.of(events.TransferFailed)
        assert service.ask(service.server.progress) == []


def test_a_probe_is_told_when_the_same_port_asks_at_once() -> None:
    """A ROM with one port for all ends its probe and reads: the server may see the request before the ERROR."""
    with serving(FILES) as service, _socket() as client:
        client.sendto(b"\0\1small\0octet\0tsize\x000\0", service.address)
        answer, transfer = client.recvfrom(2048)
        assert answer == b"\0\6tsize\x0032768\0"
        with service.paused():
            client.sendto(b"", service.address)  # the server looks at its own port first
            client.sendto(ABORT, transfer)
            client.sendto(b"\0\1small\0octet\0", service.address)
        assert client.recv(2048)[:4] == b"\0\3\0\1"
        assert len(service.wait(events.TransferProbed)) == 1
        assert not service.of(events.TransferFailed)


def test_last_words_of_a_closed_port_count() -> None:
    """The ERROR of a probe that crossed a repeated OACK is heard, though its port is closed by now."""
    loop, file = Loop(), Memory("small", SMALL)
    terms = Terms(sized=True, answer=(("tsize", len(SMALL)),))
    transfer = Reading(file, terms, BlockCache(), MANY, 0.0)
    client = _socket()
    with sockets.connected(client.getsockname(), "127.0.0.1") as sock:
        peer = client.getsockname()
        ours = Session(loop, transfer, file, peer, sock, sock.send, lambda _: None, segments=False)
        client.sendto(ABORT, sock.getsockname())
        client.close()
        ours.send(transfer.packets)
        assert not ours.hear()
    loop.close()
    assert transfer.outcome is not None and transfer.outcome.probed


def test_doubled_acknowledgements_get_single_blocks() -> None:
    """A client that acknowledges everything twice gets each DATA packet once."""
    with serving(FILES) as service:
        outcomes = _read(service, Job("small", SMALL, BLOCKS, double=True), 16, 4)
        assert {outcome.packets for outcome in outcomes} == {23}


@pytest.mark.parametrize("options", [BLOCKS, WINDOW])
@pytest.mark.parametrize("seed", [1, 2])
def test_bad_lines(options: tuple[tuple[str, int], ...], seed: int) -> None:
    """Loss, doubling and swapping: every file arrives whole."""
    wire = Wire(seed, loss=0.03, double=0.03, swap=0.03)
    with serving(FILES) as service:
        _read(service, Job("small", SMALL, options, probe=True, retry=0.3, tries=20), 48, 24, wire)


def test_hundreds_at_once_with_the_default_limits() -> None:
    """Beyond the limit of transfers, requests wait for a place instead of being lost."""
    limits = replace(MANY, transfers=Limits().transfers)
    with serving(FILES, limits) as service:
        outcomes = _read(service, Job("small", SMALL, BLOCKS), 200, 200)
        assert sum(outcome.retries for outcome in outcomes) < 20


def test_one_address_cannot_take_all_places() -> None:
    """Four transfers for one address; the fifth request waits, and another address is served."""
    with serving(FILES, Limits()) as service, _socket() as other:
        greedy = [_socket() for _ in range(5)]
        for sock in greedy:
            sock.sendto(b"\0\1image\0octet\0", service.address)
        first = [sock.recvfrom(2048) for sock in greedy[:4]]
        assert _silent(greedy[4])
        other.close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as neighbour:
            neighbour.bind(("127.0.0.2", 0))
            neighbour.settimeout(10)
            neighbour.sendto(b"\0\1image\0octet\0", service.address)
            assert neighbour.recv(2048)[:4] == b"\0\3\0\1"
        greedy[0].sendto(b"\0\5\0\0enough\0", first[0][1])  # frees a place, which the waiting one gets
        service.wait(events.TransferFailed)
        for sock in greedy:
            sock.close()


def test_a_flood_is_told_once() -> None:
    """Requests above the rate are dropped without a word on the wire, and with one event."""
    with serving(FILES, Limits()) as service, _socket() as client:
        for _ in range(300):
            client.sendto(b"\0\1none\0octet\0", service.address)
        service.wait(events.Dropped)
        answers = 0
        while not _silent(client):
            answers += 1
        assert 40 <= answers <= 60
        assert len(service.of(events.Dropped)) < 5


def test_nothing_is_amplified() -> None:
    """Before a client has answered, one small packet is on its way: OACK, or block 1 alone."""
    with serving(FILES) as service, _socket() as client:
        client.sendto(b"\0\1image\0octet\0blksize\x001456\0windowsize\x0032\0", service.address)
        assert len(client.recv(4096)) < 60
        assert _silent(client)


def test_a_repeated_request_is_one_transfer() -> None:
    """The same request from the same port again gets the same answer from the same port."""
    with serving(FILES) as service, _socket() as client:
        ask = b"\0\1image\0octet\0blksize\x001456\0"
        answers = []
        for _ in range(3):
            client.sendto(ask, service.address)
            answers.append(client.recvfrom(2048))
        assert len(set(answers)) == 1
        assert len(service.of(events.TransferStarted)) == 1


def test_another_request_from_the_same_port_replaces_the_first() -> None:
    """A ROM that always uses one port, and has forgotten its transfer, gets what it asks for now."""
    with serving(FILES) as service, _socket() as client:
        client.sendto(b"\0\1image\0octet\0blksize\x001456\0", service.address)
        client.recv(2048)
        client.sendto(b"\0\1small\0octet\0", service.address)
        assert client.recv(2048)[:4] == b"\0\3\0\1"
        assert [failed.file for failed in service.wait(events.TransferFailed)] == ["image"]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (b"\0\1none\0octet\0", 1),
        (b"\0\1../etc/passwd\0octet\0", 1),
        (b"\0\1" + b"x" * 200 + b"\0octet\0", 1),
        (b"\0\1small\0mail\0", 4),
        (b"\0\2new\0octet\0", 2),
    ],
)
def test_refusals(request_: bytes, code: int) -> None:
    """Unknown names, unknown modes and writes are answered with their error, and told."""
    with serving(FILES) as service, _socket() as client:
        client.sendto(request_, service.address)
        assert struct.unpack("!HH", client.recv(2048)[:4]) == (5, code)
        assert service.wait(events.RequestRefused)[0].code == code


def test_packets_that_are_no_requests_get_no_answer() -> None:
    """DATA, ACK, ERROR, OACK and rubbish at the server's port are dropped: nobody can start a ping-pong."""
    with serving(FILES) as service, _socket() as client:
        for packet in (
            b"",
            b"\0",
            b"\0\3\0\1x",
            b"\0\4\0\0",
            b"\0\5\0\1x\0",
            b"\0\6a\0",
            os.urandom(600),
            b"\0\1x",
        ):
            client.sendto(packet, service.address)
        assert _silent(client)
        _read(service, Job("small", SMALL, BLOCKS))


def test_text_mode() -> None:
    """netascii converts line ends on the way."""
    with serving(FILES) as service, _socket() as client:
        client.sendto(b"\0\1text\0NetASCII\0tsize\x000\0", service.address)
        assert client.recv(2048) == b"\0\3\0\1a\r\nb\r\0c\r\n"


def test_a_client_that_closes_its_port_is_freed() -> None:
    """A program that was stopped is noticed at once, not after half a minute."""
    with serving(FILES) as service:
        with _socket() as client:
            client.sendto(b"\0\1image\0octet\0blksize\x001456\0", service.address)
            peer = client.recvfrom(2048)[1]
            client.sendto(b"\0\4\0\0", peer)
        service.wait(events.TransferFailed)
        assert service.ask(service.server.progress) == []


def test_stopping_tells_the_clients() -> None:
    """Clients in the middle of a file hear that the server goes, and so need not wait for their time-outs."""
    with serving(FILES) as service, _socket() as client:
        client.sendto(b"\0\1image\0octet\0", service.address)
        client.recv(2048)
        service.ask(service.server.stop)
        assert client.recv(2048)[:4] == b"\0\5\0\0"


def test_memory_and_descriptors_stay_flat() -> None:
    """Thousands of transfers, probes and malformed packets leave nothing behind."""
    with serving(FILES) as service, _socket() as client:
        before = len(list(Path("/dev/fd").iterdir()))
        _read(service, Job("exact", FILES["exact"], BLOCKS, probe=True), 1000, 50)
        chance = random.Random(9)
        for _ in range(3000):
            client.sendto(b"\0\1" + chance.randbytes(chance.randrange(60)), service.address)
        _read(service, Job("small", SMALL, BLOCKS))
        service.wait(events.TransferDone, 1001)
        assert len(list(Path("/dev/fd").iterdir())) <= before + 2
        assert service.ask(service.server.progress) == []


# --- uploads ------------------------------------------------------------------------------------------------


def test_uploads(tmp_path: Path) -> None:
    """With a folder for it a new file is taken, and one that is there is not."""
    with serving(FILES, uploads=Uploads(tmp_path)) as service, _socket() as client:
        client.sendto(b"\0\2report.txt\0octet\0blksize\x001000\0tsize\x001500\0", service.address)
        answer, peer = client.recvfrom(2048)
        assert answer == b"\0\6blksize\x001000\0tsize\x001500\0"
        client.sendto(b"\0\3\0\1" + CONTENT[:1000], peer)
        assert client.recv(2048) == b"\0\4\0\1"
        client.sendto(b"\0\3\0\2" + CONTENT[1000:1500], peer)
        assert client.recv(2048) == b"\0\4\0\2"
        assert (tmp_path / "report.txt").read_bytes() == CONTENT[:1500]
        with _socket() as second:
            second.sendto(b"\0\2report.txt\0octet\0", service.address)
            assert second.recv(2048)[:4] == b"\0\5\0\6"
            second.sendto(b"\0\2../x\0octet\0", service.address)
            assert second.recv(2048)[:4] == b"\0\5\0\2"
        assert service.wait(events.TransferDone)[0].writing


# --- programs of others -------------------------------------------------------------------------------------


def _tool(require_tool: Callable[[str], str], *words: str, folder: Path, typed: str = "") -> None:
    subprocess.run(
        [require_tool(words[0]), *words[1:]], cwd=folder, input=typed.encode(), check=True, timeout=60
    )


@pytest.mark.parametrize("blksize", ["512", "1428"])
def test_curl(require_tool: Callable[[str], str], tmp_path: Path, blksize: str) -> None:
    """curl reads and writes."""
    (tmp_path / "up").mkdir()
    with serving(FILES, uploads=Uploads(tmp_path / "up")) as service:
        where = f"tftp://127.0.0.1:{service.address[1]}"
        quiet = ("curl", "-sS", "--tftp-blksize", blksize)
        _tool(require_tool, *quiet, "-o", "got", f"{where}/image", folder=tmp_path)
        assert (tmp_path / "got").read_bytes() == CONTENT
        _tool(require_tool, *quiet, "-T", "got", f"{where}/sent", folder=tmp_path)
        assert (tmp_path / "up" / "sent").read_bytes() == CONTENT


def test_tftp_hpa(require_tool: Callable[[str], str], tmp_path: Path) -> None:
    """The usual tftp command reads in both modes, and writes."""
    (tmp_path / "up").mkdir()
    with serving(FILES, uploads=Uploads(tmp_path / "up")) as service:
        port = str(service.address[1])
        tftp = ("tftp", "127.0.0.1", port, "-m")
        _tool(require_tool, *tftp, "binary", "-c", "get", "image", folder=tmp_path)
        assert (tmp_path / "image").read_bytes() == CONTENT
        _tool(require_tool, *tftp, "ascii", "-c", "get", "text", folder=tmp_path)
        assert (tmp_path / "text").read_bytes() == FILES["text"]
        _tool(require_tool, *tftp, "binary", "-c", "put", "image", "sent", folder=tmp_path)
        assert (tmp_path / "up" / "sent").read_bytes() == CONTENT


def test_atftp(require_tool: Callable[[str], str], tmp_path: Path) -> None:
    """atftp reads with options, and with a window."""
    with serving(FILES) as service:
        for options in ("tsize 1", "blksize 1428"), ("windowsize 8", "blksize 1428"):
            words = [word for option in options for word in ("--option", option)]
            get = ("-g", "-r", "image", "-l", "got", "127.0.0.1", str(service.address[1]))
            _tool(require_tool, "atftp", *words, *get, folder=tmp_path)
            assert (tmp_path / "got").read_bytes() == CONTENT


# --- the system's abilities ---------------------------------------------------------------------------------


def test_a_device_that_cannot_cut_windows_gets_single_blocks() -> None:
    """Where UDP_SEGMENT is accepted and a send fails because of it, the transfer goes on block by block."""
    if not sockets.segments():
        pytest.skip("no UDP_SEGMENT here")
    loop, file, sent = Loop(), Memory("small", SMALL), []
    transfer = Reading(file, Terms(1456, 4, answer=(("windowsize", 4),)), BlockCache(), MANY, 0.0)

    def send(packets: bytes | memoryview) -> None:
        if len(packets) > 1460:
            raise OSError(errno.EIO, "no checksum offload")
        sent.append(bytes(packets))

    with _socket() as client, sockets.connected(client.getsockname(), "127.0.0.1") as sock:
        ours = Session(loop, transfer, file, client.getsockname(), sock, send, lambda _: None, segments=True)
        ours.take(b"\0\4\0\0")
        ours.take(b"\0\4\0\4")
    loop.close()
    assert [packet[:4] for packet in sent] == [struct.pack("!HH", 3, number) for number in range(1, 9)]
    assert b"".join(packet[4:] for packet in sent) == SMALL[: 8 * 1456]


def test_a_taken_port_is_explained() -> None:
    """Two servers cannot have one port; the second says so."""
    with serving(FILES) as service, pytest.raises(PortInUse, match="in use"):
        sockets.bind_udp(*service.address)
