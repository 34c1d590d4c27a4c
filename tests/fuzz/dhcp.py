"""Coverage-guided bytes for the DHCP half: any datagram gives an answer that can be read again, silence, or Malformed.

python tests/fuzz/dhcp.py -runs=1000000        (pip install atheris; libFuzzer's options)
"""

from __future__ import annotations

import sys
from ipaddress import IPv4Address, IPv4Network

import atheris

with atheris.instrument_imports():
    from bootbuilder.net import dhcp, probing
    from bootbuilder.net.addressing import Addressing
    from bootbuilder.net.answering import BootServer, Reply
    from bootbuilder.net.leases import Scope
    from bootbuilder.net.policy import PLAIN, Addresses
    from bootbuilder.net.wire import Malformed
    from tests.unit.net_examples import FLEET, boot_server, ipxe, on_67, on_4011, rom

_SCOPE = Scope(IPv4Network("10.77.0.0/24"), (IPv4Address("10.77.0.100"), IPv4Address("10.77.0.199")), {})
_SERVER = BootServer("server", PLAIN, FLEET, addressing=Addressing([_SCOPE], Addresses()))
_PROXY = boot_server(FLEET)
_HEADER = dhcp.encode(rom())[:240]


def _answer(data: bytes) -> None:
    try:
        packet = dhcp.parse(data)
    except Malformed:
        return
    for server in (_PROXY, _SERVER):
        for arrival in (on_67(), on_4011()):
            try:
                answer = server.answer(packet, arrival, 0.0)
            except Malformed:
                continue
            if isinstance(answer, Reply):
                sent = dhcp.parse(dhcp.encode(answer.packet))
                assert sent.op == 2
                assert sent.xid == packet.xid
                assert (answer.port, any(answer.address)) != (0, False)
    assert len(_SERVER.addressing.books[0]) <= 100 if _SERVER.addressing else True
    if _SERVER.addressing:
        _SERVER.addressing.changed.clear()


def one_input(data: bytes) -> None:
    """Take the bytes as they are, and as the options behind a good header."""
    _answer(data)
    _answer(_HEADER + data)
    probing.arp_sender(data)
    probing.echo_sender(data)


if __name__ == "__main__":
    for seed in (dhcp.encode(rom()), dhcp.encode(ipxe())):
        one_input(seed)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
