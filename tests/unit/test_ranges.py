"""Which bytes an HTTP request wants, whatever its headers say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bootbuilder.net.ranges import Reply, reply_for


def test_what_clients_ask_for() -> None:
    """Pieces from the start, in the middle, at the end; an empty file has none."""
    assert reply_for({}, 100, '"a"') == Reply(200, 0, 100)
    assert reply_for({"range": "bytes=10-19"}, 100, '"a"') == Reply(206, 10, 10)
    assert reply_for({"range": "BYTES = 10 - "}, 100, '"a"') == Reply(206, 10, 90)
    assert reply_for({"range": "bytes=-300"}, 100, '"a"') == Reply(206, 0, 100)
    assert reply_for({"range": "bytes=-0"}, 100, '"a"') == Reply(416)
    assert reply_for({"range": "bytes=0-"}, 0, '"a"') == Reply(416)
    assert reply_for({"range": "bytes=0-5", "if-range": '"b"'}, 100, '"a"') == Reply(200, 0, 100)
    assert reply_for({"if-none-match": '"b", "a"'}, 100, '"a"') == Reply(304)


@given(st.text(alphabet="bytes=0123456789-, ", max_size=40), st.integers(0, 2**40))
def test_any_range_stays_inside_the_file(asked: str, size: int) -> None:
    """No header leads outside, and a piece is never empty."""
    reply = reply_for({"range": asked}, size, "x")
    assert reply.status in (200, 206, 416)
    assert 0 <= reply.start <= reply.start + reply.length <= size
    assert reply.status != 206 or reply.length > 0
