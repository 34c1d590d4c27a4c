"""Which bytes of a file an HTTP request wants: Range, If-Range and If-None-Match (RFC 9110 sections 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes\s*=\s*(\d{0,19})\s*-\s*(\d{0,19})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """The status and the bytes `start` to `start + length` of the file (`length` 0 where none are sent)."""

    status: int
    start: int = 0
    length: int = 0


def reply_for(headers: Mapping[str, str], size: int, etag: str) -> Reply:
    """Return what to send of a file of `size` bytes; `headers` have lower-case names.

    A Range that makes no sense, or names several pieces, is ignored, which the standard allows; one behind the
    end of the file is refused (416).
    """
    if etag in (tag.strip() for tag in headers.get("if-none-match", "").split(",")):
        return Reply(304)
    whole = Reply(200, 0, size)
    asked = _ONE_RANGE.fullmatch(headers.get("range", "").strip())
    if asked is None or headers.get("if-range", etag) != etag:
        return whole
    first, last = asked.groups()
    if not first and not last:
        return whole
    if not first:  # the last so many bytes
        start, end = max(0, size - int(last)), size
        start = size if not int(last) else start
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < int(first):
            return whole
    if start >= size:
        return Reply(416)
    return Reply(206, start, end - start)
