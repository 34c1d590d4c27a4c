"""Who is served, and how often: one record for each address that asks. No sockets, no clock."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8")
"""Who is served unless told otherwise: RFC 1918, RFC 6598, RFC 3927 and the loopback."""


@dataclass(slots=True)
class Bucket:
    """A right to do something `burst` times at once and `rate` times a second."""

    rate: float
    burst: float
    tokens: float
    stamp: float

    def take(self, now: float) -> bool:
        """Use the right once, if it is there."""
        tokens = min(self.burst, self.tokens + (now - self.stamp) * self.rate)
        self.stamp = now
        if tokens < 1.0:
            self.tokens = tokens
            return False
        self.tokens = tokens - 1.0
        return True


@dataclass(slots=True)
class Client:
    """An address: whether it is served, its requests, its running transfers; `told` that it asks too often."""

    served: bool
    requests: Bucket
    transfers: int = 0
    told: bool = False


class Clients:
    """The addresses that asked lately: at most `most` of them, those with transfers last to be forgotten."""

    def __init__(self, networks: Sequence[str], rate: float, burst: float, most: int) -> None:
        """`networks` as `10.0.0.0/8`; `rate` requests a second, `burst` at once.

        Raises:
            ValueError: a network is none.
        """
        self._networks = [
            (int(network.network_address), int(network.netmask))
            for network in map(ipaddress.IPv4Network, networks)
        ]
        self._rate, self._burst, self._most = rate, burst, most
        self._clients: dict[str, Client] = {}

    def __getitem__(self, address: str) -> Client:
        return self._clients[address]

    def __len__(self) -> int:
        return len(self._clients)

    def known(self, address: str, now: float) -> Client:
        """Return the record of an IPv4 address, new if need be."""
        client = self._clients.get(address)
        if client is None:
            number = int(ipaddress.IPv4Address(address))
            served = any(number & mask == network for network, mask in self._networks)
            client = Client(served, Bucket(self._rate, self._burst, self._burst, now))
            if len(self._clients) >= self._most:
                self._forget()
            self._clients[address] = client
        return client

    def _forget(self) -> None:
        """Drop the oldest record without transfers."""
        for address in list(self._clients):
            client = self._clients.pop(address)
            if not client.transfers:
                return
            self._clients[address] = client  # busy: to the end of the row
