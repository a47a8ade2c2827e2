import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_pipelines.anaplan import rows
from mlc_pipelines.anaplan.rows import compress, cut_at_row_ends

cells = st.text(st.sampled_from('ab,"\n€'), max_size=6)


def csv_line(row: list[str]) -> bytes:
    return (",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n").encode()


@given(st.lists(st.lists(cells, min_size=1, max_size=3), max_size=30), st.integers(40, 80), st.integers(1, 50))
def test_chunks_join_to_the_file_and_end_at_row_ends(table: list[list[str]], size: int, block: int):
    lines = [csv_line(row) for row in table if len(csv_line(row)) <= size]
    content = b"".join(lines)
    row_ends = {sum(map(len, lines[:n])) for n in range(len(lines) + 1)}

    chunks = list(cut_at_row_ends((content[i : i + block] for i in range(0, len(content), block)), size))

    assert b"".join(chunks) == content
    assert all(0 < len(chunk) <= size for chunk in chunks)
    place = 0
    for chunk in chunks:
        place += len(chunk)
        assert place in row_ends


def test_a_chunk_is_as_large_as_fits():
    line = b"1234567,9\n"
    chunks = list(cut_at_row_ends([line * 10], 35))
    assert chunks == [line * 3, line * 3, line * 3, line]


def test_a_line_break_inside_a_text_is_no_row_end():
    first, second = b'1,"two\nlines"\n', b"2,plain\n"
    assert list(cut_at_row_ends([first + second], len(first) + 2)) == [first, second]
    assert list(cut_at_row_ends([second + first], len(second) + 9)) == [second, first]


def test_without_delimiters_quotes_mean_nothing():
    assert list(cut_at_row_ends([b'5"\n6"\n7\n'], 4, b"")) == [b'5"\n', b'6"\n', b"7\n"]


def test_a_row_longer_than_a_chunk_is_cut_anywhere():
    assert list(cut_at_row_ends([b"abcdefgh\nx\n"], 5)) == [b"abcde", b"fgh\n", b"x\n"]


def test_nothing_gives_no_chunk():
    assert list(cut_at_row_ends([], 10)) == []
    assert list(cut_at_row_ends([b""], 10)) == []


@pytest.mark.parametrize("level", range(10))
@pytest.mark.parametrize("wheel", [True, False])
def test_every_level_gives_one_gzip_member(level: int, wheel: bool, monkeypatch: pytest.MonkeyPatch):
    if not wheel:
        monkeypatch.setattr(rows, "igzip", None)
    content = b"account,amount\n" * 5000
    packed = compress(content, level)
    assert gzip.decompress(packed) == content
    if level:
        assert len(packed) < len(content) / 10
