"""Gathering blocks of CSV rows into chunks, and making chunks smaller for the wire."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

try:
    from isal import isal_zlib
except ImportError:  # no wheel for this platform
    isal_zlib = None

MEGABYTE = 1_000_000
LARGEST_CHUNK = 50 * MEGABYTE
"""Uncompressed (docs/vendors/anaplan.md, section 5)."""

_HIGHEST_ISAL_LEVEL = 3
_GZIP = 31  # zlib's sign for a gzip member with the largest window


def gather(blocks: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    """Chunks of whole blocks, each as large as fits into `size`; a larger block is a chunk of its own.

    Blocks that end at row ends make chunks that end at row ends. Nothing is copied.
    """
    held: list[bytes] = []
    length = 0
    for block in blocks:
        if held and length + len(block) > size:
            yield held
            held, length = [], 0
        held.append(block)
        length += len(block)
    if length:
        yield held


def compress(pieces: Sequence[bytes], level: int, isal: Any = isal_zlib) -> bytes:
    """One gzip member of all pieces.

    Args:
        pieces: the bytes, in order.
        level: 0 to 3 are ISA-L's, nine times as fast as zlib's usual level; 4 to 9 are zlib's. Where ISA-L has no
            wheel, zlib takes its place with its own low levels.
        isal: ISA-L's `zlib`; None where there is none.
    """
    if isal is not None and level <= _HIGHEST_ISAL_LEVEL:
        packer: Any = isal.compressobj(level, isal.DEFLATED, _GZIP)
    else:
        packer = zlib.compressobj(max(level, 1), zlib.DEFLATED, _GZIP)
    return b"".join([*map(packer.compress, pieces), packer.flush()])
