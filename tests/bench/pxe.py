"""Power-on to the DOS prompt over PXE: our boot program beside pxelinux and memdisk, on the same wire and server.

The wire is in this program: QEMU's frames come by a datagram socket, and ARP, DHCP, TFTP and the router advertisement
that iPXE waits for are answered here, after a delay and with losses. Nothing needs root. Peers that are not installed
print "absent".
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import random
import shutil
import socket
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path

from bootbuilder import firmware, menus, packages
from bootbuilder.build import Options, prepare, write
from bootbuilder.errors import MachineError
from bootbuilder.media import fat, pxe
from bootbuilder.recipe import load
from bootbuilder.vm import DEFAULT_PROMPT, Machine, Vm, find_qemu
from tests.unit.tftp_model import ALL_OPTIONS, Server

SERVER, CLIENT = bytes((10, 9, 8, 1)), bytes((10, 9, 8, 7))
MAC = b"\x52\x54\0\x09\x08\x01"
ROUTER = bytes.fromhex("fe80000000000000505400fffe090801")
TIMEOUT = 150.0
PEERS = {
    "pxelinux.0": "/usr/lib/PXELINUX/pxelinux.0",
    "ldlinux.c32": "/usr/lib/syslinux/modules/bios/ldlinux.c32",
    "memdisk": "/usr/lib/syslinux/memdisk",
}
MENU = b"DEFAULT fd\nPROMPT 0\nLABEL fd\nKERNEL memdisk\nINITRD disk.img\nAPPEND floppy %s\n"


class Lan:
    """One network with one PC, on two UDP ports of the loopback interface: `netdev` is for QEMU."""

    def __init__(self, server: Server, bootfile: str, delay: float = 0.0, loss: float = 0.0) -> None:
        self.server, self.bootfile, self.delay, self.loss = server, bootfile, delay, loss
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.002)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            self.pc = other.getsockname()
        here = self.socket.getsockname()[1]
        self.netdev = (
            f"dgram,local.type=inet,local.host=127.0.0.1,local.port={self.pc[1]},"
            f"remote.type=inet,remote.host=127.0.0.1,remote.port={here}"
        )
        self._random, self._order = random.Random(1), itertools.count()
        self._queue: list[tuple[float, int, bool, bytes]] = []
        self._mac = bytes(6)
        self._running = True
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Lan:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._running = False
        self._thread.join()
        self.socket.close()

    def _run(self) -> None:
        while self._running:
            with contextlib.suppress(TimeoutError):
                self._later(False, self.socket.recv(4096))
            now = time.monotonic()
            for client, own, data in self.server.tick(now):
                self._send_udp(own, client, data)
            while self._queue and self._queue[0][0] <= time.monotonic():
                _, _, to_pc, frame = heapq.heappop(self._queue)
                if to_pc:
                    self.socket.sendto(frame, self.pc)
                else:
                    self._receive(frame, now)

    def _later(self, to_pc: bool, frame: bytes) -> None:
        lossy = (
            len(frame) > 30
            and frame[23] == 17
            and frame[34:38] != b"\0\x44\0\x43"
            and frame[36:38] != b"\0\x44"
        )
        if not (lossy and self._random.random() < self.loss):
            heapq.heappush(self._queue, (time.monotonic() + self.delay, next(self._order), to_pc, frame))

    def _receive(self, frame: bytes, now: float) -> None:
        kind = frame[12:14]
        if kind == b"\x08\x06" and frame[38:42] == SERVER:
            answer = frame[14:20] + b"\0\2" + MAC + SERVER + frame[22:32]
            self._later(True, frame[6:12] + MAC + kind + answer)
        elif kind == b"\x86\xdd" and frame[20] == 58 and frame[54] == 133:
            self._later(True, b"\x33\x33\0\0\0\x01" + MAC + kind + _advertisement())
        elif kind == b"\x08\0" and frame[23] == 17:
            self._mac = frame[6:12]
            source, target = struct.unpack_from("!HH", frame, 34)
            data = frame[42 : 34 + struct.unpack_from("!H", frame, 38)[0]]
            if target == 67:
                self._send_udp(67, 68, self._dhcp(data))
            else:
                for own, packet in self.server.receive(now, source, target, data):
                    self._send_udp(own, source, packet)

    def _send_udp(self, source: int, target: int, data: bytes) -> None:
        udp = struct.pack("!HHHH", source, target, 8 + len(data), 0) + data
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, SERVER, CLIENT)
        head = head[:10] + struct.pack("!H", _checksum(head)) + head[12:]
        self._later(True, self._mac + MAC + b"\x08\0" + head + udp)

    def _dhcp(self, data: bytes) -> bytes:
        options, at, asked = data[240:], 0, 1
        while options[at] != 255:
            if options[at] == 53:
                asked = options[at + 2]
            at += 2 + options[at + 1] if options[at] else 1
        head = b"\2\1\6\0" + data[4:12] + bytes(4) + CLIENT + SERVER + data[24:44] + bytes(64)
        head += self.bootfile.encode().ljust(128, b"\0")
        answer = b"\x63\x82\x53\x63\x35\1" + (b"\2" if asked == 1 else b"\5")
        answer += (
            b"\x36\4" + SERVER + b"\x33\4\0\0\x40\0\1\4\xff\xff\xff\0\x3c\x09PXEClient\x2b\4\6\1\x08\xff\xff"
        )
        return (head + answer).ljust(300, b"\0")


def _checksum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + bytes(len(data) % 2)))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def _advertisement() -> bytes:
    """An IPv6 router advertisement without a prefix (RFC 4861): it ends iPXE's search for one."""
    group = b"\xff\2" + bytes(13) + b"\1"
    message = bytes((134, 0, 0, 0, 64, 0, 0, 0)) + bytes(8)
    check = _checksum(ROUTER + group + struct.pack("!II", len(message), 58) + message)
    head = b"\x60\0\0\0" + struct.pack("!HBB", len(message), 58, 255) + ROUTER + group
    return head + message[:2] + struct.pack("!H", check) + message[4:]


RECIPE = """
schema = 1
name = "disk"
[[files]]
source = "data.bin"
target = 'A:\\DATA.BIN'
[output]
media = ["pxe"]
"""


def images(folder: Path) -> dict[str, bytes]:
    """The files of one TFTP folder: a floppy with 600 KB on it, and what boots it."""
    (folder / "data.bin").write_bytes(random.Random(5).randbytes(600_000))
    (folder / "disk.toml").write_text(RECIPE)
    plan = prepare(
        load(folder / "disk.toml"),
        packages.Store(folder / "home"),
        lambda: None,  # type: ignore[arg-type,return-value]
        Options(),
        lambda: None,  # type: ignore[arg-type,return-value]
    )
    built = write(plan, folder).folder
    (built / "disk2.img").write_bytes((built / "disk.img").read_bytes())
    menus.make([built / "disk2.img"], built / "gzip.0", menus.Wishes(compressed=True))
    data = (built / "disk.img").read_bytes()
    kept = pxe.from_floppy("disk.img", data, fat.GEOMETRIES["1.44M"], keep_undi=True)
    (built / "kept.0").write_bytes(pxe.program(firmware.load("nbp"), [kept]))
    files = {path.name: path.read_bytes() for path in built.iterdir()}
    files |= {name: Path(place).read_bytes() for name, place in PEERS.items() if Path(place).exists()}
    return files


def run(files: dict[str, bytes], bootfile: str, options: frozenset[str], nic: str, **wire: float) -> str:
    """One boot: seconds from power-on to the prompt, and KB of conventional memory there."""
    with (
        Lan(Server(files, options=options), bootfile, **wire) as lan,
        Vm(Machine(None, "pxe", nic=nic, netdev=lan.netdev)) as vm,
    ):
        try:
            vm.wait_for(DEFAULT_PROMPT, TIMEOUT)
        except MachineError:
            return f"no prompt in {TIMEOUT:.0f} s"
        return f"{vm.seconds:6.2f} s  {int.from_bytes(vm.memory(0x413, 2), 'little')} KB"


def main() -> None:
    """Print the table."""
    try:
        find_qemu()
    except MachineError as error:
        print(f"PXE: absent ({error.message})")
        return
    nics = sys.argv[1:] or ["virtio-net-pci"]
    folder = Path(tempfile.mkdtemp())
    try:
        files = images(folder)
        peers = all(name in files for name in PEERS)
        rows = [
            ("NAME.0", "disk.0", b"", ALL_OPTIONS),
            ("NAME.0, no windowsize", "disk.0", b"", ALL_OPTIONS - {"windowsize"}),
            ("NAME.0, gzip", "gzip.0", b"", ALL_OPTIONS),
            ("NAME.0, UNDI kept", "kept.0", b"", ALL_OPTIONS),
            ("pxelinux + memdisk", "pxelinux.0", b"", ALL_OPTIONS),
            ("pxelinux + memdisk keeppxe", "pxelinux.0", b"keeppxe", ALL_OPTIONS),
            ("pxelinux + NAME.0", "pxelinux.0", b"", ALL_OPTIONS),
        ]
        wires = (("", {}), ("20 ms", {"delay": 0.01}), ("1 % loss", {"loss": 0.01}))
        print("PXE boot of bbdos, 1.44 MB floppy with 600 KB on it (power-on to prompt, memory)")
        for nic in nics:
            for label, wire in wires:
                for name, bootfile, append, options in rows:
                    if label and ("UNDI" in name or "keeppxe" in name or name == "pxelinux + NAME.0"):
                        continue
                    if bootfile == "pxelinux.0":
                        if not peers:
                            print(f"{nic:15}{label:10}{name:30}absent")
                            continue
                        menu = (
                            b"DEFAULT p\nPROMPT 0\nLABEL p\nKERNEL disk.0\n"
                            if "NAME.0" in name
                            else MENU % append
                        )
                        files["pxelinux.cfg/default"] = menu
                    print(
                        f"{nic:15}{label:10}{name:30}{run(files, bootfile, options, nic, **wire)}", flush=True
                    )
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
