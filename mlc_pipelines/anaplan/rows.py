"""Cutting a stream of CSV bytes at row ends, and making chunks smaller for the wire."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator

import numpy as np

try:
    from isal import igzip
except ImportError:  # no wheel for this platform
    igzip = None

MEGABYTE = 1_000_000
LARGEST_CHUNK = 50 * MEGABYTE
"""Uncompressed (contract anaplan.md, section 5)."""

_HIGHEST_ISAL_LEVEL = 3
_CACHED = 256 * 1024


def cut_at_row_ends(blocks: Iterable[bytes], size: int, delimiter: bytes = b'"') -> Iterator[memoryview]:
    """Chunks of whole rows, each as large as fits into `size`.

    A line break inside a delimited text is no row end. A single row longer than `size` is cut anywhere: Anaplan joins
    the chunks before it looks for rows.

    Args:
        blocks: the file's bytes in blocks of any size.
        size: bytes of the largest chunk.
        delimiter: what stands around texts; empty when nothing does.
    """
    held: list[bytes] = []
    length = 0
    for block in blocks:
        held.append(block)
        length += len(block)
        if length > size:
            joined = b"".join(held)
            held.clear()
            start = 0
            while length - start > size:
                end = _last_row_end(joined, start, start + size, delimiter)
                yield memoryview(joined)[start:end]
                start = end
            held.append(joined[start:])
            length -= start
            del joined
    if length:
        yield memoryview(b"".join(held))


def _last_row_end(text: bytes, start: int, most: int, delimiter: bytes) -> int:
    """Where the last whole row between `start`, which is outside of a delimited text, and `most` ends; else `most`."""
    end = text.rfind(b"\n", start, most) + 1
    if delimiter:
        odd = _odd(text, start, end, delimiter)
        while end and odd:
            earlier = text.rfind(b"\n", start, end - 1) + 1
            odd ^= text.count(delimiter, earlier or start, end) % 2 == 1
            end = earlier
    return end or most


def _odd(text: bytes, start: int, end: int, delimiter: bytes) -> bool:
    """Whether the delimiter occurs an odd number of times."""
    # Not by `bytes.count`, which takes almost half as long as compressing; in parts that the processor's cache holds.
    view = np.frombuffer(text, np.uint8)[start:end]
    parts = np.array_split(view, len(view) // _CACHED + 1)
    return sum(int(np.count_nonzero(part == ord(delimiter))) for part in parts) % 2 == 1


def compress(chunk: bytes | memoryview, level: int) -> bytes:
    """One gzip member.

    Args:
        chunk: the bytes.
        level: 0 to 3 are ISA-L's, nine times as fast as zlib's usual level; 4 to 9 are zlib's. Where ISA-L has no
            wheel, zlib takes its place with its own low levels.
    """
    if igzip is not None and level <= _HIGHEST_ISAL_LEVEL:
        return igzip.compress(chunk, compresslevel=level, mtime=0)
    return gzip.compress(chunk, compresslevel=max(level, 1), mtime=0)
