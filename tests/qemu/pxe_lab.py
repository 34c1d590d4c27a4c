"""A small network with QEMU's boot ROMs in it: a switch, our server, and a DHCP server or a router of another make."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bootbuilder.vm import find_qemu
from tests.protocol.namespaces import Namespace
from tests.protocol.serving import Service

MODELS = (
    *("e1000", "e1000e", "pcnet", "rtl8139", "ne2k_pci", "i82557b", "i82551", "virtio-net-pci", "vmxnet3"),
)
MODES = ("proxy", "server", "relay")

# The ROMs ask for an IPv6 router beside DHCP and wait 13 s for one; an advertisement without any prefix ends that.
_ADVERTISE = """
import socket, sys, time
sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
link = socket.if_nametoindex(sys.argv[1])
while True:
    try:
        sock.sendto(bytes((134, 0, 0, 0, 64, 0, 0, 0)) + bytes(8), ("ff02::1", 0, 0, link))
    except OSError:
        pass  # the address of the link is not ready yet
    time.sleep(0.3)
"""


@contextlib.contextmanager
def machine(
    mode: str, model: str, folder: Path, state: Path, **config: Any
) -> Iterator[tuple[Service, float]]:
    """Switch a PC on; gives the service and the time (of time.monotonic) at which that was.

    proxy: dnsmasq gives addresses, we the rest. server: we give both. relay: the same through dnsmasq as a
    relay, on a network of its own.
    """
    server, middle, other = Namespace(), Namespace(), Namespace()
    with contextlib.ExitStack() as stack:
        for namespace in (other, middle, server):
            stack.callback(namespace.close)
        server.link("eth0", middle, "p1")
        other.link("eth0", middle, "p2")
        middle.run("ip", "tuntap", "add", "t0", "mode", "tap")
        middle.run("ip", "link", "set", "t0", "up")
        server.address("eth0", "10.77.0.1/24")
        if mode == "relay":
            middle.bridge("br0", "p2", "t0")
            middle.address("br0", "10.99.0.1/24")
            middle.address("p1", "10.77.0.254/24")
            middle.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
            server.run("ip", "route", "add", "default", "via", "10.77.0.254")
            policy = state / "policy.toml"
            policy.write_text(
                'schema = 1\nunknown = "menu"\n[[dhcp.subnet]]\nnetwork = "10.99.0.0/24"\n'
                'pool = "10.99.0.100-10.99.0.200"\nrouter = "10.99.0.1"\n'
            )
            config = {"dhcp": "server", "policy": policy, **config}
            _start(
                stack, middle, [*_dnsmasq(state), "--interface=br0,p1", "--dhcp-relay=10.99.0.1,10.77.0.1"]
            )
        else:
            middle.bridge("br0", "p1", "p2", "t0")
            other.address("eth0", "10.77.0.2/24")
            if mode == "server":
                config = {"dhcp": "server", "pool": ["10.77.0.100", "10.77.0.200"], **config}
            else:
                _start(
                    stack,
                    other,
                    [*_dnsmasq(state), "--interface=eth0", "--dhcp-range=10.77.0.100,10.77.0.200"],
                )
        stack.enter_context(advertising(middle, "br0"))
        service = stack.enter_context(Service(server, folder, **config))
        begin = time.monotonic()
        _start(
            stack,
            middle,
            [
                *(
                    find_qemu(),
                    "-accel",
                    "tcg",
                    "-m",
                    "32",
                    "-nodefaults",
                    "-display",
                    "none",
                    "-boot",
                    "order=n",
                ),
                *("-netdev", "tap,ifname=t0,script=no,downscript=no,vnet_hdr=off,id=n0"),
                *("-device", f"{model},mac=52:54:00:00:00:01,netdev=n0"),
            ],
        )
        yield service, begin


@contextlib.contextmanager
def advertising(namespace: Namespace, interface: str) -> Iterator[None]:
    """Answer a ROM's question for an IPv6 router, which it would wait for otherwise."""
    with contextlib.ExitStack() as stack:
        _start(stack, namespace, [sys.executable, "-c", _ADVERTISE, interface])
        yield


def _dnsmasq(state: Path) -> list[str]:
    words = ["dnsmasq", "-d", "--conf-file=/dev/null", "--port=0", "--bind-interfaces", "--no-ping"]
    return [*words, f"--dhcp-leasefile={state}/dnsmasq.leases"]


def _start(stack: contextlib.ExitStack, namespace: Namespace, command: list[str]) -> None:
    process = namespace.start(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def end() -> None:
        process.terminate()
        process.wait(timeout=10)

    stack.callback(end)
