"""TFTP requests, options, packets: any bytes give a value or Malformed, and a client never gets more than it asked."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bootbuilder.net import tftp
from bootbuilder.net.tftp import Limits, Request, Terms
from bootbuilder.net.wire import Malformed

LIMITS = Limits()


def _packet(*words: str, opcode: int = 1) -> bytes:
    return bytes((0, opcode)) + b"".join(word.encode() + b"\0" for word in words)


def _terms(
    *words: str, size: int = 1_474_560, mtu: int = 1500, mode: str = "octet", opcode: int = 1
) -> Terms:
    return tftp.negotiate(tftp.parse_request(_packet("x", mode, *words, opcode=opcode)), size, LIMITS, mtu)


@given(st.binary(max_size=1200))
@example(b"\0\1x\0octet\0")
@example(b"\0\1x\0octet\0blksize\0")
@example(b"\0\2\xff\0OCTET\0a\0b\0\0\0\0")
def test_any_bytes_give_a_request_or_malformed(datagram: bytes) -> None:
    """Whatever arrives at the port, parsing it has two ends, and what is agreed on keeps to the ranges."""
    try:
        request = tftp.parse_request(datagram)
    except Malformed:
        return
    assert request.name and "\0" not in request.name
    assert len(request.options) <= tftp.OPTIONS_MAX
    terms = tftp.negotiate(request, 1000, LIMITS, 1500)
    assert tftp.BLKSIZE_MIN <= terms.blksize <= 1468
    assert 1 <= terms.windowsize <= LIMITS.windowsize
    assert len(terms.oack() or b"") <= 512


_numbers = st.one_of(st.integers(-5, 1 << 34).map(str), st.text(max_size=12))


@given(
    st.lists(
        st.tuples(st.sampled_from(["blksize", "BLKSIZE", "tsize", "timeout", "windowsize", "x"]), _numbers)
    )
)
def test_an_answer_never_exceeds_the_question(options: list[tuple[str, str]]) -> None:
    """Only what was asked is answered, once, and never with a larger value than asked."""
    terms = tftp.negotiate(Request(False, "x", "octet", tuple(options)), 12345, LIMITS, 9000)
    names = [name for name, _ in terms.answer]
    assert len({name.lower() for name in names}) == len(names)
    for name, value in terms.answer:
        if name.lower() in ("blksize", "windowsize"):
            assert value <= max(
                int(text) for one, text in options if one == name and text.isascii() and text.isdigit()
            )
    assert terms.windowsize == 1 or terms.windowsize * (terms.blksize + 4) <= tftp.BURST_MAX


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\0",
        b"\0\1",
        b"\0\1\0",
        b"\0\1x\0",
        b"\0\1x\0octet",
        b"\0\1\0octet\0",
        b"\0\3\0\1data\0",
        b"\1\0x\0octet\0",
        b"\0\1" + b"x" * 1100 + b"\0octet\0",
    ],
)
def test_rubbish_is_malformed(datagram: bytes) -> None:
    """Cut off, empty and oversized requests have a reason, not a crash."""
    with pytest.raises(Malformed):
        tftp.parse_request(datagram)


def test_requests_of_real_clients() -> None:
    """Case of mode and options does not matter, padding does no harm, names may be in an old code page."""
    request = tftp.parse_request(_packet("\\Boot\\PXE.0", "OCTET", "BlkSize", "1456") + b"\0\0\0")
    assert request == Request(False, "\\Boot\\PXE.0", "octet", (("BlkSize", "1456"),))
    assert tftp.parse_request(b"\0\1caf\xe9\0octet\0").name == "café"
    assert tftp.parse_request(_packet("x", "octet", "tsize")).options == ()


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("tsize", "0"), (("tsize", 1_474_560),)),
        (("tsize", "0", "blksize", "1408"), (("tsize", 1_474_560), ("blksize", 1408))),
        (("BLKSIZE", "1456"), (("BLKSIZE", 1456),)),
        (("blksize", "65464"), (("blksize", 1468),)),
        (("blksize", "7"), ()),
        (("blksize", "1e3"), ()),
        (("blksize", "00000001456"), ()),
        (("blksize", "512", "blksize", "1024"), (("blksize", 512),)),
        (("timeout", "5"), (("timeout", 5),)),
        (("timeout", "0"), ()),
        (("timeout", "255"), ()),
        (("windowsize", "16"), (("windowsize", 16),)),
        (("windowsize", "65535"), (("windowsize", 32),)),
        (("windowsize", "0"), ()),
        (("multicast", "", "rollover", "0"), ()),
    ],
)
def test_options(words: tuple[str, ...], answer: tuple[tuple[str, int], ...]) -> None:
    """Each option has its range; what makes no sense is as if it were not there, and so are unknown ones."""
    assert _terms(*words).answer == answer


def test_sizes_are_not_told_for_text() -> None:
    """The length of a converted file is not that of the file, so netascii has no tsize (RFC 2349)."""
    assert _terms("tsize", "0", mode="netascii").oack() is None


def test_blocks_fit_the_way() -> None:
    """ROMs cannot put IP fragments together: blksize follows the way's MTU."""
    assert _terms("blksize", "1468", mtu=1400).blksize == 1368
    assert _terms("blksize", "65464", mtu=65536).blksize == 65464


def test_a_window_fits_one_send() -> None:
    """Nothing in flight is larger than what one UDP send can carry."""
    terms = _terms("blksize", "8192", "windowsize", "32", mtu=9000)
    assert (terms.blksize, terms.windowsize) == (8192, 7)


def test_errors_can_be_read_back() -> None:
    """The text of a client's error can be shown: no control characters, however the packet ends."""
    assert tftp.parse_error(tftp.error(8, "no")) == (8, "no")
    assert tftp.parse_error(b"\0\5\0\0evil\x1b[2J") == (0, "evil?[2J")
    assert tftp.parse_error(b"\0\5") == (0, "")
