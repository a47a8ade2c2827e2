import pytest

from mlc_pipelines.anaplan.dumps import parse_dump
from mlc_pipelines.errors import DataError


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
