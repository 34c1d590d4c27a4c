"""Reads what users bring: disk images, CDs, archives and folders; trusts none of it.

trees.py       the door: `opened(path)` gives trees of DOS files, whatever the path is
fat.py         FAT volumes (the only user of pyfatfs)
iso.py         boot images and files of a CD
archives.py    members of a zip
lhacab.py      LHA archives and cabinets (the only user of libarchive)
compressed.py  single files of Microsoft's COMPRESS: EL90X.DO_
"""

from bootbuilder.reading.trees import (
    MAX_FILE,
    MAX_IMAGE,
    SourceFile,
    Tree,
    is_archive,
    opened,
    opened_bytes,
    partitions,
)

__all__ = [
    "MAX_FILE",
    "MAX_IMAGE",
    "SourceFile",
    "Tree",
    "is_archive",
    "opened",
    "opened_bytes",
    "partitions",
]
