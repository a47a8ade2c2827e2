"""Cutting a stream of CSV bytes at row ends, and making chunks smaller for the wire."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator

try:
    from isal import igzip
except ImportError:  # no wheel for this platform
    igzip = None

MEGABYTE = 1_000_000
LARGEST_CHUNK = 50 * MEGABYTE
"""Uncompressed (contract anaplan.md, section 5)."""

_HIGHEST_ISAL_LEVEL = 3


def cut_at_row_ends(blocks: Iterable[bytes], size: int, delimiter: bytes = b'"') -> Iterator[bytes]:
    """Chunks of whole rows, each as large as fits into `size`.

    A line break inside a delimited text is no row end. A single row longer than `size` is cut anywhere: Anaplan joins
    the chunks before it looks for rows.

    Args:
        blocks: the file's bytes in blocks of any size.
        size: bytes of the largest chunk.
        delimiter: what stands around texts; empty when nothing does.
    """
    held = bytearray()
    for block in blocks:
        held += block
        while len(held) > size:
            cut = _last_row_end(held, size, delimiter) or size
            with memoryview(held) as view:
                chunk = bytes(view[:cut])
            del held[:cut]
            yield chunk
    if held:
        yield bytes(held)


def _last_row_end(held: bytearray, size: int, delimiter: bytes) -> int:
    """Where the last whole row within `size` ends; 0 when none does. `held` begins outside of a delimited text."""
    end = held.rfind(b"\n", 0, size) + 1
    if not delimiter:
        return end
    quotes = held.count(delimiter, 0, end)
    while end and quotes % 2:
        earlier = held.rfind(b"\n", 0, end - 1) + 1
        quotes -= held.count(delimiter, earlier, end)
        end = earlier
    return end


def compress(chunk: bytes, level: int) -> bytes:
    """One gzip member.

    Args:
        chunk: the bytes.
        level: 0 to 3 are ISA-L's, nine times as fast as zlib's usual level; 4 to 9 are zlib's. Where ISA-L has no
            wheel, zlib takes its place with its own low levels.
    """
    if igzip is not None and level <= _HIGHEST_ISAL_LEVEL:
        return igzip.compress(chunk, compresslevel=level, mtime=0)
    return gzip.compress(chunk, compresslevel=max(level, 1), mtime=0)
