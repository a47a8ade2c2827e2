"""What Anaplan says of a file's form is obeyed or refused; the same is told in docs/anaplan.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mlc_pipelines.anaplan import file_form
from mlc_pipelines.anaplan.file_form import FileForm, export_form, import_form
from mlc_pipelines.errors import ConfigurationError

# Shown in the cases as the answer of `GET .../imports/{id}`.
SOURCE: dict[str, Any] = {
    "textEncoding": "UTF-8",
    "columnSeparator": ";",
    "textDelimiter": '"',
    "headerRow": 1,
    "firstDataRow": 2,
    "decimalSeparator": ",",
    "headerNames": ["Account", "Amount"],
    "columnCount": 2,
}
EXPORT: dict[str, Any] = {
    "columnCount": 2,
    "dataTypes": ["ENTITY", "NUMBER"],
    "delimiter": '"',
    "encoding": "UTF-8",
    "exportFormat": "text/csv",
    "headerNames": ["Account", "Amount"],
    "listNames": ["Accounts", ""],
    "rowCount": 7,
    "separator": ",",
}
LISTED = {"layout": "TABULAR_MULTI_COLUMN", "exportType": "TABULAR_MULTI_COLUMN", "exportFormat": "text/csv"}


def test_an_import_s_form_is_read_whole():
    assert import_form("import 'X'", SOURCE) == FileForm(("Account", "Amount"), ";", '"', "utf-8", ",")
    assert import_form("import 'X'", {}) == FileForm(), "what is left out says nothing"


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ("decimalSeparator", "COMMA", {"decimal_sign": ","}),
        ("decimalSeparator", "FULL_STOP", {"decimal_sign": "."}),
        ("decimalSeparator", ".", {"decimal_sign": "."}),
        ("columnSeparator", "\t", {"separator": "\t"}),
        ("columnSeparator", "TAB", {"separator": "\t"}),
        ("columnSeparator", "|", {"separator": "|"}),
        ("textDelimiter", "", {"quote": ""}),
        ("textDelimiter", "NONE", {"quote": ""}),
        ("textDelimiter", "DOUBLE_QUOTE", {"quote": '"'}),
        ("textEncoding", "UTF-16", {"encoding": "utf-16"}),
        ("textEncoding", "ISO-8859-1", {"encoding": "iso8859-1"}),
        ("textEncoding", "windows-1252", {"encoding": "cp1252"}),
        ("thousandsSeparator", ".", {}),
        ("dateFormat", "yyyy-MM-dd", {}),
        ("firstDataRow", "2", {}),
    ],
)
def test_an_import_s_member_is_obeyed(member: str, value: str, expected: dict[str, str]):
    form = import_form("import 'X'", {**SOURCE, member: value})
    assert vars(form) == vars(FileForm(("Account", "Amount"), ";", '"', "utf-8", ",")) | expected


@pytest.mark.parametrize(
    ("member", "value", "remedy"),
    [
        ("decimalSeparator", "'", "full stop or a comma"),
        ("decimalSeparator", "", "full stop or a comma"),
        ("decimalSeparator", "ARABIC", "full stop or a comma"),
        ("thousandsSeparator", ",", "decimal sign as well"),
        ("thousandsSeparator", "_", "set it to none"),
        ("groupingSeparator", "COMMA", "decimal sign as well"),
        ("columnSeparator", ";;", "a semicolon or a tab"),
        ("columnSeparator", "", "a semicolon or a tab"),
        ("columnSeparator", 9, "a semicolon or a tab"),
        ("textDelimiter", "'", "a double quote"),
        ("textDelimiter", '""', "a double quote"),
        ("textEncoding", "KLINGON", "UTF-8"),
        ("textEncoding", "rot13", "UTF-8"),
        ("textEncoding", "unicode_escape", "UTF-8"),
        ("textEncoding", "UTF-8\0", "UTF-8"),
        ("headerRow", 0, "set it to 1"),
        ("headerRow", 3, "set it to 1"),
        ("firstDataRow", 1, "set it to 2"),
        ("firstDataRow", 5, "set it to 2"),
        ("dateFormat", "dd/MM/yyyy", "YYYY-MM-DD"),
        ("headerNames", ["Amount", "Amount"], "headers"),
        ("headerNames", ["Account", ""], "headers"),
        ("columnCount", 3, "one header for each column"),
    ],
)
def test_an_import_s_member_is_refused(member: str, value: Any, remedy: str):
    with pytest.raises(ConfigurationError) as caught:
        import_form("import 'Load Actuals'", {**SOURCE, member: value})
    assert "import 'Load Actuals'" in caught.value.message
    assert member in caught.value.message
    assert remedy in caught.value.hint


def test_a_comma_can_t_be_everything_at_once():
    bare = {**SOURCE, "textDelimiter": "", "columnSeparator": ",", "decimalSeparator": "COMMA"}
    with pytest.raises(ConfigurationError, match="columnSeparator"):
        import_form("import 'X'", bare)
    assert import_form("import 'X'", {**bare, "textDelimiter": '"'}).decimal_sign == ","


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"separator": "SEMICOLON"}, {"separator": ";"}),
        ({"delimiter": "'"}, {"quote": "'"}),
        ({"delimiter": ""}, {"quote": ""}),
        ({"encoding": "UTF-16LE"}, {"encoding": "utf-16-le"}),
        ({"exportFormat": "text/plain"}, {}),
        ({"exportFormat": "text/csv; charset=UTF-8"}, {}),
    ],
)
def test_an_export_s_member_is_obeyed(changes: dict[str, str], expected: dict[str, str]):
    form = export_form("export 'X'", LISTED, {**EXPORT, **changes})
    assert vars(form) == vars(FileForm(("Account", "Amount"))) | expected


@pytest.mark.parametrize(
    ("listed", "changes", "member"),
    [
        ({"layout": "GRID_CURRENT_PAGE"}, {}, "layout"),
        ({"layout": "GRID_ALL_PAGES"}, {}, "layout"),
        ({"layout": "AUDIT_LOG"}, {}, "layout"),
        ({"layout": "SOMETHING_NEW"}, {}, "layout"),
        ({"exportType": "GRID_ALL_PAGES"}, {}, "exportType"),
        ({"exportFormat": "application/vnd.ms-excel"}, {}, "exportFormat"),
        ({}, {"exportFormat": "application/pdf"}, "exportFormat"),
        ({}, {"exportFormat": "text/plain", "separator": ""}, "exportFormat"),
        ({}, {"separator": "££"}, "separator"),
        ({}, {"delimiter": "«"}, "delimiter"),
        ({}, {"encoding": "EBCDIC"}, "encoding"),
        ({}, {"columnCount": 5}, "columnCount"),
    ],
)
def test_an_export_s_member_is_refused(listed: dict[str, str], changes: dict[str, Any], member: str):
    with pytest.raises(ConfigurationError, match="Have a model builder") as caught:
        export_form("export 'Approved Budget'", LISTED | listed, EXPORT | changes)
    assert "export 'Approved Budget'" in caught.value.message
    assert member in caught.value.message


def shown(values: Any) -> set[str]:
    """Values as the table writes them."""
    signs = {"": "(empty)", "\t": "(tab)", " ": "(space)", "\u00a0": "(no-break space)", "|": "(bar)", "\\t": "(\\t)"}
    return {signs.get(value) or value for value in values}


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("columnSeparator", file_form.SEPARATORS),
        ("textDelimiter", file_form.DELIMITERS),
        ("decimalSeparator", file_form.DECIMAL_SIGNS),
        ("thousandsSeparator", file_form.THOUSANDS_SIGNS),
        ("textEncoding", file_form.CODECS),
        ("layout", file_form.LAYOUTS),
        ("exportFormat", file_form.EXPORT_FORMATS),
        ("dateFormat", file_form.DATE_FORMATS),
    ],
)
def test_the_table_in_the_docs_names_all_that_is_served(member: str, values: Any):
    page = (Path(file_form.__file__).parents[2] / "docs/anaplan.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| `{member}`"))
    assert set(re.findall(r"`` (.+?) ``", row.split(" | ")[1])) == shown(values)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("rowSeparator", "CR"),
        ("escapeCharacter", "\\"),
        ("numberFormat", "#,##0"),
        ("currencySign", "kr"),
        ("lastDataRow", 9),
    ],
)
def test_a_member_that_nobody_knows_and_that_says_how_a_file_is_written_is_refused(member: str, value: object):
    for told in (
        lambda: import_form("import 'X'", SOURCE | {member: value}),
        lambda: export_form("export 'X'", LISTED, EXPORT | {member: value}),
    ):
        with pytest.raises(ConfigurationError, match=f"'X' has {member} .*not served"):
            told()
    assert import_form("import 'X'", SOURCE | {member: None, "name": "Y"}).separator == ";"


def test_figures_of_an_export_are_not_taken_with_another_decimal_sign():
    with pytest.raises(ConfigurationError, match="decimalSeparator ',', which is not served"):
        export_form("export 'X'", LISTED, EXPORT | {"decimalSeparator": ","})
