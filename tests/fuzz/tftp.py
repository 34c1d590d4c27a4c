"""Fuzz the TFTP parsers and transfers with atheris. Not part of the test run:

    pip install atheris && PYTHONPATH=. python tests/fuzz/tftp.py -max_len=2000 -runs=1000000

Any bytes must give a value or Malformed, and transfers must keep their promises: whole
packets of one window, counts inside the file, no answer to an ERROR.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["bootbuilder.net"]):
    from bootbuilder.net import tftp
    from bootbuilder.net.blocks import BlockCache
    from bootbuilder.net.reading import Reading
    from bootbuilder.net.wire import Malformed
    from bootbuilder.net.writing import Writing

LIMITS = tftp.Limits(upload=3000)
CACHE = BlockCache()


class File:
    """Ten thousand bytes to read, or a place to write."""

    key, size = "file", 10_000

    def __init__(self) -> None:
        self.stored = 0

    def read(self, offset: int, length: int) -> bytes:
        return bytes(max(0, min(length, self.size - offset)))

    def write(self, data: bytes) -> None:
        self.stored += len(data)

    def commit(self) -> None: ...

    def close(self) -> None: ...


def one(data: bytes) -> None:
    """Take a request and then packets, each with its length and a pause before it in two bytes."""
    source = atheris.FuzzedDataProvider(data)
    datagram = source.ConsumeBytes(source.ConsumeIntInRange(0, 200))
    if source.ConsumeBool():
        datagram = (
            bytes((0, source.ConsumeIntInRange(1, 2)))
            + datagram
            + b"\0octet\0windowsize\x004\0blksize\x0099\0"
        )
    try:
        request = tftp.parse_request(datagram)
    except Malformed:
        return
    terms = tftp.negotiate(request, File.size, LIMITS, 1500)
    file, now = File(), 0.0
    transfer: Reading | Writing = (
        Writing(file, LIMITS.upload, terms, LIMITS, now)
        if request.writing
        else Reading(file, terms, CACHE, LIMITS, now)
    )
    most = terms.windowsize * (terms.blksize + 4)
    while source.remaining_bytes() and transfer.outcome is None:
        now += source.ConsumeIntInRange(0, 255) / 50
        packet = source.ConsumeBytes(source.ConsumeIntInRange(0, 120))
        if source.ConsumeBool():
            packet = bytes((0, source.ConsumeIntInRange(3, 5))) + packet
        answer = transfer.receive(packet, now)
        assert answer is None or packet[:2] != b"\0\5"
        assert answer is None or len(answer) <= max(most, 600)
        again = transfer.tick(now)
        assert again is None or len(again) <= max(most, 600)
        assert 0 <= transfer.sent <= max(File.size, LIMITS.upload + terms.blksize)
        assert file.stored <= LIMITS.upload


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
