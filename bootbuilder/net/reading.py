"""One client that reads a file: what to send when it says something, or nothing. No sockets, no clock.

    transfer = Reading(...)         transfer.packets is the opening: the OACK, or block 1
    transfer.receive(datagram, now) -> packets to send, or None
    transfer.tick(now)              -> packets to send again, or None; to be called once `transfer.due` has passed

Packets are DATA packets back to back (see `blocks.Burst`), or one OACK. When `transfer.outcome` is set, it is over.

Who follows the rule that each side answers what it receives multiplies packets on a doubling line (the
"Sorcerer's Apprentice", RFC 1123 section 4.2.3.1). So only time repeats a block here: an ACK that was seen before
changes nothing, unless both sides have waited since. With a window an ACK in its middle means a gap, and the next
window starts behind it (RFC 7440 section 4); as it moves the transfer forward, it can do so only once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bootbuilder.net.blocks import BlockCache, Burst, Content
from bootbuilder.net.tftp import ENOUGH, Code, Limits, Opcode, Terms, error, parse_error

LAST_ACK = 5.0
"""Seconds. Some ROMs never acknowledge the last block; after this the file counts as delivered."""
IDLE_TIMEOUTS = 3
"""A client that names its own timeout may be silent for so many of them."""
WAIT_MAX = 8.0
"""Seconds; where doubling ends."""
LEARNING = 4
"""Answers from which a client's pace is learned, at the start and after each silence."""
PACE = 2
"""Waits are so many times as long as the client's answers have taken."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a transfer ended. `code` is the client's or our error code, `farewell` the packet to send, if any."""

    done: bool
    reason: str = ""
    code: int | None = None
    acknowledged: bool = True
    probed: bool = False
    farewell: bytes = b""


class Reading:
    """A read request at work. `heard` is when the client last moved it forward; `resent` counts bursts."""

    __slots__ = (
        "_ack",
        "_burst",
        "_cache",
        "_clean",
        "_learning",
        "_limits",
        "_next",
        "_opened",
        "_pace",
        "_settled",
        "_silent",
        "_stamp",
        "_wait",
        "content",
        "heard",
        "outcome",
        "resent",
        "terms",
    )

    def __init__(self, content: Content, terms: Terms, cache: BlockCache, limits: Limits, now: float) -> None:
        """Prepare the opening.

        Raises:
            OSError: the file cannot be read.
        """
        self.content, self.terms, self._cache, self._limits = content, terms, cache, limits
        self.outcome: Outcome | None = None
        self.resent = 0
        self._next = cache.bursts(content, terms.blksize, terms.windowsize).__next__
        oack = terms.oack()
        self._burst = self._next() if oack is None else Burst(oack, b"\0\4\0\0", 0)
        self._ack = self._burst.ack
        self._opened = False  # the client has answered once
        self._settled = False  # its pace is known, and nothing was repeated since
        self._clean = True  # the last burst was sent once
        self._wait = float(terms.timeout or limits.timeout)
        self.heard = now  # when the client last moved the transfer forward
        self._stamp = now  # when the last burst was sent
        self._silent = 0  # how often it was repeated
        self._learn()

    def receive(self, datagram: bytes, now: float) -> bytes | memoryview | None:
        """Take what the client sent from its port; return what to send, if anything."""
        if datagram == self._ack:
            try:
                self._burst = burst = self._next()
            except StopIteration:
                self._ack = b""
                self.outcome = Outcome(True)
                return None
            except OSError as problem:
                self._unreadable(problem)
                return None
            self._ack = burst[1]
            self.heard = now
            if not self._settled:
                self._settle(now)
            return burst[0]
        return self._unexpected(datagram, now)

    @property
    def packets(self) -> bytes | memoryview:
        """What was sent last."""
        return self._burst.packets

    @property
    def due(self) -> float:
        """When `tick` wants to be called: the client has been silent for long enough then."""
        return (self.heard if self._settled else self._stamp) + self._wait

    def tick(self, now: float) -> bytes | memoryview | None:
        """Repeat the last burst if it is time; each silence doubles the wait. Long silence ends the transfer."""
        if now < self.due or self.outcome is not None:
            return None
        if (
            self._at_end
            and self._opened
            and now - self.heard >= max(LAST_ACK, self.terms.timeout * IDLE_TIMEOUTS)
        ):
            self.outcome = Outcome(True, "the last block was not acknowledged", acknowledged=False)
        elif not self._opened and self._silent >= self._limits.tries:
            self.outcome = Outcome(False, "the client never answered")
        elif now - self.heard >= max(self._limits.idle, self.terms.timeout * IDLE_TIMEOUTS):
            self.outcome = Outcome(False, "the client has gone silent")
        if self.outcome is not None:
            return None
        self._silent += 1
        self._wait = min(2 * self._wait, max(WAIT_MAX, self.terms.timeout))
        return self._repeat(now)

    @property
    def sent(self) -> int:
        """Bytes of the file that the client has."""
        if self.outcome is not None and self.outcome.done:
            return self.content.size
        return min(self.content.size, self._acknowledged * self.terms.blksize)

    def left(self, reason: str) -> None:
        """The client has closed its port, or asks for something else from it."""
        self.outcome = Outcome(self._at_end and self._opened, reason, acknowledged=False)

    @property
    def opening(self) -> bool:
        """Whether the client has not answered yet."""
        return not self._opened

    @property
    def _at_end(self) -> bool:
        return self._burst.last == self.content.size // self.terms.blksize + 1

    @property
    def _acknowledged(self) -> int:
        """The last block that the client has: all before the last burst."""
        if not self._burst.last:
            return 0
        return self._burst.last - -(-len(self.packets) // (self.terms.blksize + 4))

    def _learn(self) -> None:
        self._pace = math.inf
        self._learning = LEARNING

    def _repeat(self, now: float) -> bytes | memoryview:
        self.resent += 1
        self._settled = self._clean = False
        self._learn()
        self._stamp = now
        return self.packets

    def _settle(self, now: float) -> None:
        """Learn the client's pace from a burst that was sent once; a repeated one tells nothing (Karn's rule)."""
        self._opened = True
        self._silent = 0
        if self._clean:
            # The quickest of some answers: one alone may have been delayed by a loss on its way.
            self._pace = min(self._pace, now - self._stamp)
            limits = self._limits
            wait = min(limits.timeout, max(limits.timeout_min, PACE * self._pace))
            self._wait = float(self.terms.timeout or wait)
            self._learning -= 1
            self._settled = not self._learning
        self._clean = True
        self._stamp = now

    def _unexpected(self, datagram: bytes, now: float) -> bytes | memoryview | None:
        """Take what is not the ACK of the whole last burst."""
        opcode = int.from_bytes(datagram[:2], "big") if len(datagram) >= 4 else 0
        if len(datagram) > 4 and datagram[:4] == self._ack:
            return self.receive(datagram[:4], now)  # some clients pad
        if opcode == Opcode.ERROR:
            code, text = parse_error(datagram)
            probed = not self._burst.last and self.terms.sized and not self._opened
            enough = code == Code.OTHER and text == ENOUGH
            self.outcome = (
                Outcome(True) if enough else Outcome(False, text or f"error {code}", code, probed=probed)
            )
        elif opcode == Opcode.ACK and self._burst.last:
            have = self._acknowledged
            step = (int.from_bytes(datagram[2:4], "big") - have) & 0xFFFF
            if not step and now - (self.heard if self._settled else self._stamp) >= self._limits.timeout_min:
                return self._repeat(now)  # the client has waited too, and asks again
            if 0 < step < self._burst.last - have:
                first = have + step + 1
                bursts = self._cache.bursts(self.content, self.terms.blksize, self.terms.windowsize, first)
                self._next = bursts.__next__
                self.resent += 1
                self._ack = datagram[:4]
                return self.receive(datagram[:4], now)
        return None

    def _unreadable(self, problem: OSError) -> None:
        text = problem.strerror or "the file cannot be read"
        self.outcome = Outcome(False, text, Code.OTHER, farewell=error(Code.OTHER, text))
