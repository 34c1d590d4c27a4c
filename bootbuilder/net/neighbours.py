"""Finds out in the background which addresses of the pools somebody already uses, before they are given away."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address

from bootbuilder.net.addressing import Addressing
from bootbuilder.net.interfaces import Interface
from bootbuilder.net.loop import Loop
from bootbuilder.net.probing import ArpProber, EchoProber, Heard

STEP_SECONDS, STEP_PROBES = 0.1, 20  # a pool of 200 takes a second
PAUSE_SECONDS = 60.0  # between two looks at all pools
PROXY_ARP = 8  # addresses; a machine that claims more answers for others (RFC 1027) and proves nothing


class Neighbours:
    """Asks for the free addresses one after the other, and passes on what it hears."""

    def __init__(self, loop: Loop, interfaces: list[Interface], addressing: Addressing, heard: Heard) -> None:
        self._loop = loop
        self._addressing = addressing
        self._heard = heard
        self._claims: OrderedDict[bytes, set[int]] = OrderedDict()
        self._arp = {one: arp for one in interfaces if (arp := ArpProber.open(one.name, self._claimed))}
        self._echo = EchoProber.open(heard)
        self._cancel: Callable[[], None] | None = None
        for prober in self._probers():
            loop.watch(prober.socket, prober.ready)
        self._todo: Iterator[int] = iter(())
        if any(True for _ in self._probers()):
            self._step()

    def close(self) -> None:
        """Stop, and close the sockets."""
        if self._cancel is not None:
            self._cancel()
        for prober in self._probers():
            self._loop.unwatch(prober.socket)
            prober.socket.close()
        self._arp, self._echo = {}, None

    def _probers(self) -> Iterator[ArpProber | EchoProber]:
        yield from self._arp.values()
        if self._echo is not None:
            yield self._echo

    def _claimed(self, address: int, mac: bytes) -> None:
        claims = self._claims.setdefault(mac, set())
        if len(claims) <= PROXY_ARP:
            claims.add(address)
        if len(claims) <= PROXY_ARP:
            self._heard(address, mac)
        self._claims.move_to_end(mac)
        if len(self._claims) > 4096:
            self._claims.popitem(last=False)

    def _step(self) -> None:
        """Ask for some addresses; after the last one, wait and begin again."""
        pause = STEP_SECONDS
        for _ in range(STEP_PROBES):
            number = next(self._todo, None)
            if number is None:
                self._todo = self._free()
                pause = PAUSE_SECONDS if self._cancel is not None else STEP_SECONDS
                break
            self._ask(IPv4Address(number))
        self._cancel = self._loop.call_later(pause, self._step)

    def _free(self) -> Iterator[int]:
        now = time.time()
        return iter([address for book in self._addressing.books for address in book.unprobed(now)])

    def _ask(self, address: IPv4Address) -> None:
        for interface, prober in self._arp.items():
            if address in interface.network:
                prober.ask(address)
                return
        if self._echo is not None:
            self._echo.ask(address)
