"""Blocks gathered into chunks, and chunks made smaller."""

import gzip
from itertools import zip_longest
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isal import isal_zlib

from mlc_pipelines.anaplan.chunks import compress, gather


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=40), st.integers(1, 100))
def test_chunks_are_whole_blocks_in_order_and_as_large_as_fits(blocks: list[bytes], size: int):
    made = list(gather(blocks, size))

    assert [block for chunk in made for block in chunk] == blocks
    for chunk, following in zip_longest(made, made[1:]):
        assert sum(map(len, chunk)) <= size or len(chunk) == 1
        assert following is None or sum(map(len, chunk)) + len(following[0]) > size


def test_nothing_gives_no_chunk():
    assert list(gather([], 10)) == []
    assert list(gather([b""], 10)) == []


@pytest.mark.parametrize("level", range(10))
@pytest.mark.parametrize("isal", [isal_zlib, None], ids=["wheel", "no wheel"])
def test_every_level_gives_one_gzip_member(level: int, isal: ModuleType | None):
    pieces = [b"account,amount\n", b"4000,12.50\n" * 5000, b"last\n"]
    packed = compress(pieces, level, isal)
    assert packed.count(b"\x1f\x8b\x08") == 1
    assert gzip.decompress(packed) == b"".join(pieces)
    if level:
        assert len(packed) < 5000
