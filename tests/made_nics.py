"""A made-up family of drivers and files that look like drivers, for the tests of the catalogue."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests import made_dos

PACKET = b"\xe9\0\0PKT DRVR\0" + bytes(300)  # a packet driver, as far as its content tells
MLID = b"\xe9\0\0HardwareDriverMLID        LINKSUP$ Frame Ethernet_802.2" + bytes(400)
NDIS = b"\xff\xff\xff\xff\0\x80\0\1\x10\1WIDGET$ PROTMAN$" + bytes(500)
USAGE = (
    b"usage: WIDPD [options] <packet_int_no> <int_level> <io_addr>\r\n"
    b"$Packet driver for the Ours Widget, version 2.1\r\n$"
)

OEMSETUP = """\
; a comment
[netcard]
widget="Ours Widget, ISA",0,ndis,ethernet,real,wid,wid_nif
widget2="Ours Widget, other",0,ndis,ethernet,real,wid,wid_nif

[wid]
devdir= 1:WIDGET.DOS
device=WIDGET.DOS,@DEVDIR\\WIDGET.DOS
[wid_nif]
drivername=WIDGET$
param=early,"Early release; on",keyonly,,,0x02
param=requests,"Requests",int,"3,10,1",3,0x02
param=iobase,"I/O base",text,"0x300,0x320",0x300,0x02
param=cable,"Cable",text,"TP,BNC",TP,0x02
param=node,"Address",chars,12,,0x02
param=buffers,"Its default is out of range",int,"1,8,1",9,0x02
param=,"no name",int,"1,8,1",9,0x02
[PCI]
VENDOR_ID="ABCD"
DEVICE_ID="1229";"1030"
"""

MINE = """\
schema = 1
title = "A board of ours"

[[adapter]]
id = "our-board"
vendor = "Ours"
model = "Etherthing 3000"
bus = "PCI"
media = "10BASE"
pci = ["10ec:8029", "abcd:1234:0001:0002"]
pnp = ["OUR0001"]
emulated_by = { qemu = "etherthing" }
drivers = ["mine", { id = "mine-ndis2", evidence = "recall", note = "a guess" }]

[[driver]]
id = "mine"
kind = "packet"
file = "MINE.COM"
versions = [{ sha256 = "HASH", size = 311 }]
args = "[{options}] {vec} {irq} [{io}] [{cable}]"
publisher = "Us"
license = "MIT"
redistributable = true
evidence = "ran"
source = "we wrote it"
[driver.parameters]
options = {}
irq = 5
io = { default = 0x300, maximum = 0x3e0 }
cable = { type = "choice", choices = ["tp", "bnc"] }

[[driver]]
id = "mine-odi"
kind = "odi"
file = "MINE.COM"
versions = [{ size = 429 }]
publisher = "Us"
license = "unknown"
evidence = "list"
source = "a list"

[[driver]]
id = "mine-ndis2"
kind = "ndis2"
file = "MINE.DOS"
driver_name = "MINE$"
publisher = "Us"
license = "unknown"
evidence = "doc"
source = "a sample"
[driver.keys]
IRQ = { type = "int", default = 5, minimum = 2, maximum = 15 }
FAST = { type = "switch" }
"""


def mine(folder: Path, old: str = "", new: str = "", name: str = "mine.toml") -> Path:
    """Write the made-up family, with one change, and return its path."""
    text = MINE.replace("HASH", hashlib.sha256(PACKET).hexdigest())
    assert old in text
    path = folder / name
    path.write_text(text.replace(old, new, 1) if old else text, "utf-8")
    return path


def archive(folder: Path, **files: bytes) -> Path:
    """Return a zip with files in a folder NET; `_` in a name is a dot."""
    path = folder / "disk.zip"
    path.write_bytes(made_dos.zipped((f"NET/{name.replace('_', '.')}", data) for name, data in files.items()))
    return path
