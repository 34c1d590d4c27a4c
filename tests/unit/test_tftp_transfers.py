"""Transfers without a network: what is sent for what comes in, with time as an argument."""

from __future__ import annotations

import random
import struct
from collections.abc import Hashable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bootbuilder.net.blocks import BlockCache, Text
from bootbuilder.net.reading import Reading
from bootbuilder.net.tftp import Limits, Terms
from bootbuilder.net.writing import Writing

LIMITS = Limits()


class Bytes:
    """A file in memory that can break."""

    def __init__(self, data: bytes) -> None:
        self.data, self.size = data, len(data)
        self.key: Hashable = data
        self.broken = False

    def read(self, offset: int, length: int) -> bytes:
        if self.broken:
            raise OSError(5, "Input/output error")
        return self.data[offset : offset + length]

    def close(self) -> None: ...


def _reading(
    size: int, blksize: int = 512, windowsize: int = 1, timeout: int = 0, oack: bool = True
) -> Reading:
    answer = (("blksize", blksize), ("tsize", size)) if oack else ()
    data = random.Random(size).randbytes(size)
    terms = Terms(blksize, windowsize, timeout, oack, answer)
    return Reading(Bytes(data), terms, BlockCache(), LIMITS, 0.0)


def _ack(block: int) -> bytes:
    return struct.pack("!HH", 4, block & 0xFFFF)


def _split(packets: bytes | memoryview | None, blksize: int) -> list[tuple[int, bytes]]:
    """Return the numbers and data of DATA packets that are sent together."""
    found = []
    whole = bytes(packets or b"")
    for start in range(0, len(whole), blksize + 4):
        opcode, number = struct.unpack_from("!HH", whole, start)
        assert opcode == 3
        found.append((number, whole[start + 4 : start + 4 + blksize]))
    return found


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 1024, 70_000, 1 << 20, (1 << 20) + 5])
@pytest.mark.parametrize("windowsize", [1, 2, 7, 32])
def test_whole_files(size: int, windowsize: int) -> None:
    """Every block comes once, in order, numbered from 1, and the last one is shorter than the others."""
    transfer = _reading(size, windowsize=windowsize)
    assert bytes(transfer.packets) == b"\0\6blksize\x00512\0tsize\0" + str(size).encode() + b"\0"
    got, expected = b"", 1
    packets = transfer.receive(_ack(0), 0.0)
    while packets is not None:
        blocks = _split(packets, 512)
        assert len(blocks) <= windowsize
        for number, data in blocks:
            assert number == expected & 0xFFFF
            got += data
            expected += 1
        packets = transfer.receive(_ack(expected - 1), 0.0)
    assert got == random.Random(size).randbytes(size)
    assert len(data) < 512
    assert transfer.outcome is not None and transfer.outcome.done and transfer.outcome.acknowledged
    assert transfer.sent == size and not transfer.resent


@pytest.mark.parametrize("windowsize", [1, 31])
def test_block_numbers_roll_over(windowsize: int) -> None:
    """After block 65535 comes block 0, in lock-step and in a window."""
    size = 66_000 * 8
    transfer = _reading(size, blksize=8, windowsize=windowsize)
    packets, got = transfer.receive(_ack(0), 0.0), []
    while packets is not None:
        got += _split(packets, 8)
        packets = transfer.receive(_ack(got[-1][0]), 0.0)
    assert [number for number, _ in got] == [number & 0xFFFF for number in range(1, 66_002)]
    assert b"".join(data for _, data in got) == random.Random(size).randbytes(size)


def test_without_options_the_first_block_opens() -> None:
    """A client that asks for nothing gets block 1 of 512 bytes, and nothing more before it has answered."""
    transfer = _reading(2000, oack=False)
    assert _split(transfer.packets, 512)[0][0] == 1
    assert len(transfer.packets) == 516
    assert _split(transfer.receive(_ack(1), 0.0), 512)[0][0] == 2


def test_doubled_acknowledgements_change_nothing() -> None:
    """A client or a line that doubles everything gets each block once (no Sorcerer's Apprentice)."""
    transfer = _reading(5000)
    sent = []
    for block in range(10):
        sent += _split(transfer.receive(_ack(block), 0.0), 512)
        for _ in range(3):
            assert transfer.receive(_ack(block), 0.0) is None
    assert [number for number, _ in sent] == list(range(1, 11))


def test_a_client_that_asks_again_is_answered() -> None:
    """An old acknowledgement that comes after a pause is a client that misses the block; at most ten a second count."""
    transfer = _reading(5000)
    transfer.receive(_ack(0), 0.0)
    transfer.receive(_ack(1), 0.0)
    assert transfer.receive(_ack(1), 0.09) is None
    assert _split(transfer.receive(_ack(1), 0.11), 512)[0][0] == 2
    assert transfer.receive(_ack(1), 0.12) is None
    assert transfer.receive(_ack(0), 5.0) is None


def test_silence_doubles_the_wait_and_ends() -> None:
    """Before the first answer: at most five repetitions, each after twice the time of the one before."""
    transfer = _reading(5000)
    times, now = [], 0.0
    while transfer.outcome is None:
        now = round(now + 0.1, 1)
        if transfer.tick(now) is not None:
            times.append(now)
    assert times == [1.0, 3.0, 7.0, 15.0, 23.0]
    assert not transfer.outcome.done and transfer.sent == 0


def test_a_clients_own_timeout_is_kept() -> None:
    """A client that asks for 7 seconds is left in peace for 7 seconds, also when it answers quickly."""
    transfer = _reading(5000, timeout=7)
    transfer.receive(_ack(0), 0.01)
    assert transfer.tick(6.9) is None
    assert _split(transfer.tick(7.1), 512)[0][0] == 1


def test_the_wait_follows_the_clients_pace() -> None:
    """A client that answers in a millisecond waits a tenth of a second for a lost block, a slow one two answers."""
    quick, slow = _reading(5000), _reading(5000)
    quick.receive(_ack(0), 0.001)
    slow.receive(_ack(0), 0.2)
    assert quick.tick(0.05) is None
    assert _split(quick.tick(0.11), 512)[0][0] == 1
    assert slow.tick(0.55) is None
    assert _split(slow.tick(0.65), 512)[0][0] == 1
    quick.receive(_ack(1), 0.4)  # answers a repeated block: tells nothing about the pace
    assert quick.tick(0.55) is None


def test_a_vanished_client_is_freed() -> None:
    """Half a minute of silence in the middle ends a transfer, with what the client had by then."""
    transfer = _reading(5000)
    for block in range(4):
        transfer.receive(_ack(block), 1.0)
    now = 1.0
    while transfer.outcome is None:
        now += 0.05
        transfer.tick(now)
    assert 30 < now < 45
    assert not transfer.outcome.done and transfer.sent == 3 * 512


def test_a_lost_last_acknowledgement_is_success() -> None:
    """Some ROMs never acknowledge the last block: after a few seconds the file counts as delivered."""
    transfer = _reading(600)
    transfer.receive(_ack(0), 0.0)
    transfer.receive(_ack(1), 0.0)
    now = 0.0
    while transfer.outcome is None:
        now += 0.05
        transfer.tick(now)
    assert now < 12
    assert transfer.outcome.done and not transfer.outcome.acknowledged and transfer.sent == 600


def test_an_unanswered_single_block_is_no_success() -> None:
    """A request with a forged sender must not count as a delivered file."""
    transfer = _reading(100, oack=False)
    for now in range(100):
        transfer.tick(float(now))
    assert transfer.outcome is not None and not transfer.outcome.done


def test_a_gap_rolls_the_window_back_once() -> None:
    """An acknowledgement in the window's middle starts the next window behind it; repeated, it does nothing."""
    transfer = _reading(50_000, windowsize=8)
    transfer.receive(_ack(0), 0.0)
    rolled = transfer.receive(_ack(3), 0.0)
    assert [number for number, _ in _split(rolled, 512)] == list(range(4, 12))
    assert transfer.receive(_ack(3), 0.0) is None
    assert transfer.receive(_ack(2), 0.0) is None
    assert [number for number, _ in _split(transfer.receive(_ack(11), 0.0), 512)] == list(range(12, 20))
    assert transfer.sent == 11 * 512


def test_acknowledgements_of_what_was_not_sent_are_ignored() -> None:
    """A client that lies about blocks neither gets ahead nor ends anything."""
    transfer = _reading(50_000, windowsize=8)
    transfer.receive(_ack(0), 0.0)
    for block in (9, 100, 0x8000, 0xFFFF, 0):
        assert transfer.receive(_ack(block), 0.0) is None
    assert transfer.outcome is None


def test_a_client_that_has_enough_is_done() -> None:
    """Our boot program needs only the part of a floppy that is used, and says so; others' errors are failures."""
    for text, done in ((b"enough: the rest is empty", True), (b"enough", False)):
        transfer = _reading(5000)
        transfer.receive(_ack(0), 0.0)
        transfer.receive(_ack(1), 0.1)
        transfer.receive(b"\0\5\0\0" + text + b"\0", 0.2)
        assert transfer.outcome is not None and transfer.outcome.done is done


def test_a_size_probe_is_no_failure() -> None:
    """ROMs ask for the size and end that with ERROR 0 or 8; nothing is sent back, ever."""
    for error in (b"\0\5\0\x08User aborted the transfer\0", b"\0\5\0\0TFTP Aborted\0"):
        transfer = _reading(600)
        assert transfer.receive(error, 0.0) is None
        assert transfer.outcome is not None and transfer.outcome.probed and not transfer.outcome.farewell


def test_a_clients_error_ends_it_silently() -> None:
    """In the middle of a file an ERROR is a failure with the client's words, and is not answered."""
    transfer = _reading(6000)
    transfer.receive(_ack(0), 0.0)
    assert transfer.receive(b"\0\5\0\3disk full\0", 0.0) is None
    assert transfer.outcome is not None and not transfer.outcome.farewell
    assert (transfer.outcome.reason, transfer.outcome.code) == ("disk full", 3)


def test_a_file_that_breaks_is_told() -> None:
    """A disk error in the middle is an ERROR packet to the client, once."""
    data = Bytes(bytes(3 << 20))
    transfer = Reading(data, Terms(1456, 1, 0, True, (("blksize", 1456),)), BlockCache(), LIMITS, 0.0)
    block = 0
    transfer.receive(_ack(0), 0.0)
    data.broken = True
    while transfer.outcome is None:
        block += 1
        transfer.receive(_ack(block), 0.0)
    assert transfer.outcome.farewell.startswith(b"\0\5\0\0Input/output error")


def test_padded_acknowledgements_count() -> None:
    """A client that pads its packets is served all the same."""
    transfer = _reading(5000)
    assert transfer.receive(_ack(0) + bytes(14), 0.0) is not None


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 40_000), st.sampled_from([1, 2, 16]), st.lists(st.binary(max_size=12), max_size=40))
def test_any_bytes_from_a_client(size: int, windowsize: int, datagrams: list[bytes]) -> None:
    """Whatever a client sends, what goes out is a whole number of packets inside one window."""
    transfer = _reading(size, windowsize=windowsize)
    for number, datagram in enumerate(datagrams):
        packets = transfer.receive(datagram, number * 0.01)
        if packets is not None:
            assert 1 <= len(_split(packets, 512)) <= windowsize
        assert 0 <= transfer.sent <= size


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("windowsize", [1, 4, 16])
def test_a_bad_line_delivers(windowsize: int, seed: int) -> None:
    """With every tenth datagram lost in each direction the file arrives whole."""
    chance = random.Random(seed)
    size = 5_000 * seed
    transfer = _reading(size, windowsize=windowsize)
    got: list[bytes] = []
    now, to_client = 0.0, [transfer.packets]
    while transfer.outcome is None:
        now += 0.01
        answers: list[bytes] = []
        for packets in to_client:
            if bytes(packets[:2]) == b"\0\6":
                answers += [_ack(0)] if chance.random() > 0.1 else []
                continue
            for number, data in _split(packets, 512):
                if chance.random() > 0.1 and number == len(got) + 1:
                    got.append(data)
            answers += [_ack(len(got))] if chance.random() > 0.1 else []
        replies = [transfer.receive(answer, now) for answer in answers] + [transfer.tick(now)]
        to_client = [reply for reply in replies if reply is not None]
    assert transfer.outcome.done
    assert b"".join(got) == random.Random(size).randbytes(size)


def test_the_cache_is_bounded_and_shared() -> None:
    """Two readers of a file share its packets; the memory for packets of many files stays below the limit."""
    cache = BlockCache(limit=3 << 20)
    data = Bytes(bytes(600_000))
    first, second = (next(cache.bursts(data, 1456, 1)) for _ in range(2))
    assert first.packets is second.packets
    for number in range(20):
        other = Bytes(bytes([number]) * 600_000)
        for _ in cache.bursts(other, 1456, 1):
            pass
    assert cache.held <= 3 << 20


def test_text_lines_end_as_the_network_wants() -> None:
    """netascii: LF and CR LF become CR LF, a bare CR becomes CR NUL (RFC 764)."""
    text = Text(Bytes(b"a\nb\r\nc\rd"))
    assert text.read(0, 100) == b"a\r\nb\r\nc\r\0d"
    assert text.size == 10


# --- writing ------------------------------------------------------------------------------------------------


class Store:
    """Where an upload goes."""

    def __init__(self) -> None:
        self.data, self.committed, self.full = b"", False, False

    def write(self, data: bytes) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.data += data

    def commit(self) -> None:
        self.committed = True


def _data(number: int, data: bytes) -> bytes:
    return struct.pack("!HH", 3, number & 0xFFFF) + data


@pytest.mark.parametrize("windowsize", [1, 4])
def test_an_upload(windowsize: int) -> None:
    """Blocks are stored in order and acknowledged window by window; the file is complete before the last ACK."""
    store = Store()
    content = random.Random(3).randbytes(5000)
    transfer = Writing(store, 10_000, Terms(512, windowsize), LIMITS, 0.0)
    assert transfer.packets == _ack(0)
    answers = [transfer.receive(_data(n + 1, content[n * 512 : n * 512 + 512]), 0.0) for n in range(10)]
    told = [struct.unpack("!HH", answer)[1] for answer in answers if answer]
    assert told == (list(range(1, 11)) if windowsize == 1 else [4, 8, 10])
    assert store.data == content and store.committed
    assert transfer.receive(_data(10, content[4608:]), 0.5) == _ack(10)  # our last ACK was lost
    assert store.data == content
    transfer.tick(10.0)
    assert transfer.outcome is not None and transfer.outcome.done


def test_doubled_blocks_are_answered_once() -> None:
    """A doubling line does not make the client send everything twice."""
    transfer = Writing(Store(), 10_000, Terms(), LIMITS, 0.0)
    assert transfer.receive(_data(1, bytes(512)), 1.0) == _ack(1)
    assert transfer.receive(_data(1, bytes(512)), 1.0) is None
    assert transfer.receive(_data(1, bytes(512)), 2.5) == _ack(1)


def test_a_gap_in_an_upload_is_told_once() -> None:
    """When a block is missing, the last one in order is acknowledged, once for the whole window."""
    transfer = Writing(Store(), 10_000, Terms(512, 8), LIMITS, 0.0)
    transfer.receive(_data(1, bytes(512)), 0.0)
    answers = [transfer.receive(_data(number, bytes(512)), 0.0) for number in (3, 4, 5)]
    assert answers == [_ack(1), None, None]


@pytest.mark.parametrize("full", [True, False])
def test_too_much_is_refused(full: bool) -> None:
    """A full disk and an upload over the limit end with ERROR 3, and nothing is committed."""
    store = Store()
    store.full = full
    transfer = Writing(store, 1000, Terms(), LIMITS, 0.0)
    for number in (1, 2):
        transfer.receive(_data(number, bytes(512)), 0.0)
    assert transfer.outcome is not None and transfer.outcome.farewell.startswith(b"\0\5\0\3")
    assert not store.committed


@given(st.sampled_from([1, 4]), st.lists(st.binary(max_size=520), max_size=30))
def test_any_bytes_from_a_writer(windowsize: int, datagrams: list[bytes]) -> None:
    """Whatever arrives, no more is stored than is allowed, and an unfinished file is never committed."""
    store = Store()
    transfer = Writing(store, 2000, Terms(512, windowsize), LIMITS, 0.0)
    for datagram in datagrams:
        transfer.receive(datagram, 0.0)
    assert len(store.data) <= 2000
