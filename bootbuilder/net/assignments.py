"""What machines were given and what became of it: one-shots that are spent, and machines that go round in circles.

A one-shot is spent when its image has been fetched whole, and by nothing else: a machine that loses power in the
middle gets it again. No clock: time comes in as seconds.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import TypeVar

from bootbuilder.net.boottable import Entry
from bootbuilder.net.deciding import Boot
from bootbuilder.net.events import ClientNotice, Event
from bootbuilder.net.policy import Loop

_K = TypeVar("_K")
_V = TypeVar("_V")

REMEMBERED = 4096  # machines; the one not heard of for the longest is forgotten first
OFFERS_WITHOUT_END = 5


class Assignments:
    """One for the service; bounded whatever the network sends."""

    def __init__(self, spent: Iterable[str] = ()) -> None:
        self._spent = set(spent)
        self._given: OrderedDict[str, tuple[Boot, int]] = OrderedDict()  # mac -> what, and how often
        self._address: OrderedDict[bytes, str] = OrderedDict()  # address -> mac
        self._fetched: OrderedDict[str, deque[float]] = (
            OrderedDict()
        )  # mac -> when its image was fetched whole
        self._resting: dict[str, float] = {}

    @property
    def spent_lines(self) -> list[str]:
        """The spent one-shots, for a journal written anew."""
        return sorted(self._spent)

    def is_spent(self, ticket: str, mac: str) -> bool:
        """Return whether a machine has used up a one-shot."""
        return _key(ticket, mac) in self._spent

    def is_resting(self, mac: str) -> bool:
        """Return whether a machine was found in a loop and boots its own disk for now."""
        return mac in self._resting

    def offered(self, mac: str, boot: Boot) -> Event | None:
        """Take note that a machine was told to boot something; returns a warning when it never gets there."""
        before = self._given.get(mac)
        count = before[1] + 1 if before and before[0] == boot else 1
        _put(self._given, mac, (boot, count))
        if boot.ticket and count == OFFERS_WITHOUT_END:
            text = f"{boot.image.id} was offered {count} times and never fetched whole: does the machine start it?"
            return ClientNotice(mac, "one-shot waiting", text, warning=True)
        return None

    def learned(self, mac: str, address: bytes) -> None:
        """Take note of a machine's address, by which its transfers are recognised."""
        if len(address) == 4 and any(address):
            _put(self._address, address, mac)

    def machine_at(self, address: bytes) -> str:
        """Return the hardware address of the machine at an address; "" when it was not heard of."""
        return self._address.get(address, "")

    def fetched(self, mac: str, entry: Entry, loop: Loop, now: float) -> tuple[list[Event], str | None]:
        """Take note of a file that went whole to a machine; returns what to log and a line for the journal.

        What counts is the image itself, not the loader that came before it.
        """
        given = self._given.get(mac)
        if given is None:
            return [], None
        boot = given[0]
        if entry != (boot.image.img or boot.image.nbp or boot.image.efi):
            return [], None
        events: list[Event] = []
        line = None
        if boot.ticket and not self.is_spent(boot.ticket, mac):
            line = _key(boot.ticket, mac)
            self._spent.add(line)
            del self._given[mac]
            events.append(ClientNotice(mac, "one-shot spent", f"it has {boot.image.id}; that was once"))
        times = self._fetched.get(mac) or deque(maxlen=loop.times)
        times.append(now)
        _put(self._fetched, mac, times)
        if len(times) == loop.times and now - times[0] <= loop.seconds:
            times.clear()
            text = f"it fetched {boot.image.id} {loop.times} times in {loop.seconds} s"
            if loop.action == "local":
                self._resting[mac] = now + loop.seconds
                text += f"; for the next {loop.seconds} s it is sent to its own disk"
            events.append(ClientNotice(mac, "loop", text, warning=True))
        return events, line

    def tick(self, now: float) -> bool:
        """Let machines back in whose rest is over; returns whether there were any."""
        over = [mac for mac, until in self._resting.items() if until <= now]
        for mac in over:
            del self._resting[mac]
        return bool(over)


def _key(ticket: str, mac: str) -> str:
    return f"{mac} {ticket}"


def _put(kept: OrderedDict[_K, _V], key: _K, value: _V) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > REMEMBERED:
        kept.popitem(last=False)
