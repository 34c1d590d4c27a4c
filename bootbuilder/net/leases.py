"""Who has which address. No clock and no file: time comes in as seconds, changes go out as lines for a journal.

A machine is its hardware address: its boot ROM, iPXE and DOS get the same one, whatever client identifier
each of them sends. An address that was promised or given is never given to another before its time is over.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from bootbuilder.net.records import record

OFFER_SECONDS = 60  # how long an offer is kept for the client that asked
DECLINED_SECONDS = 3600  # how long an address is left alone that somebody else uses

State = Literal["offered", "bound", "declined"]


@record(frozen=True, slots=True)
class Lease:
    """One address: who has it and until when (seconds of the wall clock)."""

    address: int
    mac: bytes
    expires: float
    state: State
    hostname: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """The addresses of one network: the pool's first and last, and the fixed ones by hardware address."""

    network: IPv4Network
    pool: tuple[IPv4Address, IPv4Address] | None
    reserved: Mapping[bytes, IPv4Address]
    router: IPv4Address | None = None
    dns: tuple[IPv4Address, ...] = ()
    excluded: frozenset[int] = frozenset()

    def __contains__(self, address: int) -> bool:
        return self.pool is not None and int(self.pool[0]) <= address <= int(self.pool[1])


class LeaseBook:
    """The leases of one scope. Methods return what changed; the caller writes it down before it answers."""

    def __init__(self, scope: Scope, leases: Iterable[Lease] = ()) -> None:
        self.scope = scope
        self.by_address: dict[int, Lease] = {}
        self._by_mac: dict[bytes, int] = {}
        self._fixed = {int(address): mac for mac, address in scope.reserved.items()}
        taken = set(self._fixed) | scope.excluded
        low, high = (int(end) for end in scope.pool) if scope.pool else (1, 0)
        self._unused = iter([address for address in range(low, high + 1) if address not in taken])
        self._waiting: list[
            tuple[float, int]
        ] = []  # (free again at, address): a heap with outdated entries in it
        self._barred = taken  # never given to whoever asks for any
        for lease in leases:
            if lease.address in scope or lease.address in self._fixed:
                self._keep(lease)

    def __len__(self) -> int:
        return len(self.by_address)

    def offer(self, mac: bytes, wanted: int, now: float) -> Lease | None:
        """Return an address for a machine that asks for any, or None when all are taken.

        In this order: its fixed one, the one that it has or had, the one that it asks for, one never used, the one
        that has been free for the longest.
        """
        mine = self._by_mac.get(mac)
        known = self.by_address.get(mine) if mine is not None else None
        if known and known.expires > now + OFFER_SECONDS / 2 and self._may_have(mac, known):
            return known
        address = self._choose(mac, wanted, now)
        if address is None:
            return None
        known = self.by_address.get(address)
        if known and known.mac == mac and known.state == "bound" and known.expires > now:
            return known
        return self._keep(Lease(address, mac, now + OFFER_SECONDS, "offered"))

    def _may_have(self, mac: bytes, lease: Lease) -> bool:
        """Return whether a machine's lease is good, and not against what is reserved now."""
        fixed = self.scope.reserved.get(mac)
        ours = lease.address not in self._barred if fixed is None else int(fixed) == lease.address
        return ours and lease.mac == mac and lease.state != "declined"

    def _choose(self, mac: bytes, wanted: int, now: float) -> int | None:
        fixed = self.scope.reserved.get(mac)
        if fixed is not None:
            return int(fixed) if self._usable(int(fixed), mac, now) else None
        mine = self._by_mac.get(mac)
        if mine is not None and mine not in self._fixed and self._usable(mine, mac, now):
            return mine
        if wanted in self.scope and wanted not in self._barred and self._usable(wanted, mac, now):
            return wanted
        for address in self._unused:
            if address not in self.by_address:
                return address
        while self._waiting:
            expires, address = self._waiting[0]
            lease = self.by_address.get(address)
            if lease is not None and lease.expires != expires:
                heapq.heappop(self._waiting)  # it was prolonged; its newer entry is in the heap too
                continue
            if expires > now:
                return None
            heapq.heappop(self._waiting)
            return address
        return None

    def _usable(self, address: int, mac: bytes, now: float) -> bool:
        lease = self.by_address.get(address)
        if lease is None or lease.expires <= now:
            return True
        return lease.mac == mac and lease.state != "declined"

    def bind(self, mac: bytes, address: int, now: float, seconds: int, hostname: str = "") -> Lease | None:
        """Give an address to a machine for `seconds`, or return None when it cannot have this one.

        It can when it was offered it, has it, or when it is free and it had it before (a renewal that came late).
        """
        fixed = self.scope.reserved.get(mac)
        if fixed is not None and int(fixed) != address:
            return None
        if fixed is None and (address not in self.scope or address in self._barred):
            return None
        if not self._usable(address, mac, now):
            return None
        return self._keep(Lease(address, mac, now + seconds, "bound", hostname))

    def release(self, mac: bytes, address: int, now: float) -> Lease | None:
        """Take an address back that its machine gives up; returns the ended lease."""
        lease = self.by_address.get(address)
        if lease is None or lease.mac != mac or lease.state == "declined":
            return None
        return self._keep(Lease(address, mac, now, "bound", lease.hostname))

    def decline(self, mac: bytes, address: int, now: float) -> Lease | None:
        """Leave an address alone for an hour, because its machine found somebody else using it."""
        lease = self.by_address.get(address)
        if lease is None or lease.mac != mac or lease.state == "declined":
            return None
        return self._leave_alone(address, now)

    def conflict(self, address: int, by: bytes, now: float) -> Lease | None:
        """The same when we have heard an address of the pool from a machine that it was not given to."""
        lease = self.by_address.get(address)
        if address not in self.scope or address in self._barred:
            return None
        if (
            lease is not None
            and lease.expires > now
            and (lease.state != "offered" or lease.mac == by or not by)
        ):
            return None  # its own machine; or a lease that is in use, which is not taken away
        return self._leave_alone(address, now)

    def _leave_alone(self, address: int, now: float) -> Lease:
        return self._keep(Lease(address, b"", now + DECLINED_SECONDS, "declined"))

    def _keep(self, lease: Lease) -> Lease:
        before = self.by_address.get(lease.address)
        if before is not None and before.mac != lease.mac and self._by_mac.get(before.mac) == lease.address:
            del self._by_mac[before.mac]
        self.by_address[lease.address] = lease
        if lease.mac:
            left = self._by_mac.get(lease.mac)
            if left is not None and left != lease.address:
                self._end_offer(left, lease.mac)
            self._by_mac[lease.mac] = lease.address
        if lease.address not in self._barred:
            heapq.heappush(self._waiting, (lease.expires, lease.address))
            if len(self._waiting) > 64 + 4 * len(self.by_address):
                self._waiting = [(one.expires, one.address) for one in self.by_address.values()]
                self._waiting = [pair for pair in self._waiting if pair[1] not in self._barred]
                heapq.heapify(self._waiting)
        return lease

    def _end_offer(self, address: int, mac: bytes) -> None:
        """An offer that the machine did not take is free at once."""
        lease = self.by_address.get(address)
        if lease is not None and lease.mac == mac and lease.state == "offered":
            self._keep_ended(Lease(address, b"", 0.0, "offered"))

    def _keep_ended(self, lease: Lease) -> None:
        self.by_address[lease.address] = lease
        heapq.heappush(self._waiting, (lease.expires, lease.address))

    def unprobed(self, now: float) -> Iterable[int]:
        """Return the addresses that may be given next, for a look whether somebody uses them without asking."""
        low, high = (int(end) for end in self.scope.pool) if self.scope.pool else (1, 0)
        for address in range(low, high + 1):
            lease = self.by_address.get(address)
            if address not in self._barred and (lease is None or lease.expires <= now):
                yield address
