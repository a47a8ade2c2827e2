from __future__ import annotations

import pytest

from mlc_pipelines.anaplan.dumps import parse_dump
from mlc_pipelines.errors import DataError
from mlc_pipelines_tests.anaplan.planning import THREE, Planning, Record, actuals


def test_a_dump_becomes_a_table():
    dump = (
        '"_Status_","Code","Name","_Line_","_Error_1_","_Error_2_"\r\n'
        '"E","4711","Two\nlines, ""quoted""","3","Invalid parent","Invalid name: Code"\r\n'
        '"W","4712","Bergen €","7","Invalid date: ,,,",""\r\n'
    ).encode()
    assert parse_dump(dump).to_pylist() == [
        {
            "line": 3,
            "status": "E",
            "errors": "Invalid parent; Invalid name: Code",
            "Code": "4711",
            "Name": 'Two\nlines, "quoted"',
        },
        {"line": 7, "status": "W", "errors": "Invalid date: ,,,", "Code": "4712", "Name": "Bergen €"},
    ]


def test_codes_stay_text():
    assert parse_dump(b"_Status_,Code,_Line_,_Error_1_\nE,00012,1,x\n")["Code"].to_pylist() == ["00012"]


def test_a_column_of_the_file_named_like_ours_keeps_its_values():
    table = parse_dump(b"_Status_,status,line,_Line_,_Error_1_\nE,open,9,4,x\n")
    assert table.to_pylist() == [{"line": 4, "status": "E", "errors": "x", "status (file)": "open", "line (file)": "9"}]


def test_a_byte_order_mark_a_short_row_and_an_empty_dump():
    table = parse_dump("\ufeff_Status_,Code,_Line_,_Error_1_\nE,1\n".encode())
    assert table.to_pylist() == [{"line": None, "status": "E", "errors": "", "Code": "1"}]
    assert parse_dump(b"").num_rows == 0


def test_a_row_of_which_nobody_knows_whether_it_was_rejected():
    with pytest.raises(DataError, match="failure dump: _Status_ is 'I' in the record of _Line_ 2"):
        parse_dump(b"_Status_,Code,_Line_,_Error_1_\nW,1,1,x\nI,1,2,x\n")


def test_rejected_rows_come_with_their_lines_and_reasons(planning: Planning):
    with planning.client() as client:
        client.run(client.action("import", "Load Accounts"), Record(), content=THREE)
        outcome = client.run(
            client.action("import", "Load Actuals"),
            Record(),
            content=actuals(
                ("1000", "100", "Jan 26", "1"), ("9999", "100", "Jan 26", "2"), ("1000", "100", "Feb 26", "x")
            ),
        )
    assert not outcome.counts.clean
    assert outcome.counts.total == 3
    assert outcome.rejected is not None
    rejected = outcome.rejected.to_pylist()
    assert [row["Account"] for row in rejected] == ["9999", "1000"]
    assert [row["Amount"] for row in rejected] == ["2", "x"]
    assert all(row["status"] == "E" and row["errors"] for row in rejected)
    assert rejected[1]["line"] == rejected[0]["line"] + 1
    assert outcome.rejected.column_names == ["line", "status", "errors", "Account", "Department", "Period", "Amount"]


def test_a_dump_in_several_chunks_is_joined(planning: Planning):
    planning.sandbox.dump_chunk_bytes = 50
    rows = [(str(n), "100", "Jan 26", "1") for n in range(40)]
    with planning.client() as client:
        outcome = client.run(client.action("import", "Load Actuals"), Record(), content=actuals(*rows))
    assert outcome.rejected is not None
    assert outcome.rejected["Account"].to_pylist() == [row[0] for row in rows]


def test_a_dump_that_is_gone_is_told(planning: Planning):
    with planning.client() as client:
        action = client.action("import", "Load Actuals")
        first = Record()
        bad = actuals(("9999", "100", "Jan 26", "2"))
        assert client.run(action, first, content=bad).rejected is not None
        client.run(action, Record(), content=bad)
        again = client.run(action, first)
    assert again.dump_missing
    assert again.rejected is None
    assert again.counts.total == 1
