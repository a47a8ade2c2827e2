"""Code maps."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_pipelines.config.maps import CodeMap, read_map
from mlc_pipelines.errors import ConfigurationError

FILE = "maps/x.csv"


def test_codes_go_both_ways() -> None:
    code_map, faults = read_map("x", 'erp,anaplan\n 0100 ,A100\n\n"Sales, Field",Sales\r\n', file=FILE)
    assert faults == []
    assert code_map == CodeMap("x", {"0100": "A100", "Sales, Field": "Sales"})
    assert code_map.apply("Sales, Field") == "Sales"
    assert code_map.apply("100") is None
    assert code_map.inverse == {"A100": "0100", "Sales": "Sales, Field"}


def test_a_map_with_two_ways_back_has_none() -> None:
    code_map, _ = read_map("x", "erp,anaplan\na,X\nb,X\nc,Y\n", file=FILE)
    assert code_map.ambiguous == ("X",)
    with pytest.raises(ConfigurationError, match="several ERP codes lead to X"):
        _ = code_map.inverse


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("", "", "empty"),
        ("anaplan,erp\na,b\n", "line 1", "header"),
        ("erp;anaplan\na;b\nc;d\n", "line 1", "semicolons"),
        ("erp,anaplan\na,b\nc\n", "line 3", "1 cells"),
        ("erp,anaplan\na,b,c\n", "line 2", "3 cells"),
        ("erp,anaplan\na,\n", "line 2", "empty cell"),
        ("erp,anaplan\n ,b\n", "line 2", "empty cell"),
        ("erp,anaplan\na,b\n\na,c\n", "line 4", "line 2"),
        ('erp,anaplan\n"a,b\n', "", "CSV"),
        ("erp,anaplan\na\x00,b\n", "line 2", "U+0000 in its ERP code"),
        ("erp,anaplan\na,b\ufeff\n", "line 2", "U+FEFF in its Anaplan code"),
        ("erp,anaplan\na,\u202eb\n", "line 2", "U+202E"),
        ('erp,anaplan\n"a\nb",c\n', "line 3", "U+000A"),
    ],
)
def test_faults_have_their_line(text: str, key: str, said: str) -> None:
    (fault,) = read_map("x", text, file=FILE)[1]
    assert (fault.file, fault.key) == (FILE, key)
    assert said in f"{fault.problem} {fault.remedy}"


codes = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), min_size=1).filter(
    lambda code: code == code.strip()
)


@given(st.dictionaries(codes, codes))
def test_every_written_map_reads_back(entries: dict[str, str]) -> None:
    text = StringIO()
    csv.writer(text).writerows([("erp", "anaplan"), *entries.items()])
    code_map, faults = read_map("x", text.getvalue(), file=FILE)
    assert faults == []
    assert code_map.entries == entries
