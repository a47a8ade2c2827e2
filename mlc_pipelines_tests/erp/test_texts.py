"""Pages of all five ERPs with any text in any field: a text never takes a page, a number is exact or named."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_pipelines.erp.acumatica.fields import AcumaticaEntity
from mlc_pipelines.erp.acumatica.queries import Query
from mlc_pipelines.erp.arrow_json import PageParser
from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines.erp.netsuite.words import BOOLEANS
from mlc_pipelines.erp.sap_business_one.fields import ServiceLayerEntity
from mlc_pipelines.erp.sap_business_one.parsing import RecordParser as ServiceLayerParser
from mlc_pipelines.erp.syspro.fields import SysproEntity
from mlc_pipelines.erp.syspro.parsing import parser_of
from mlc_pipelines.erp.visma_net.fields import VismaEntity
from mlc_pipelines.erp.visma_net.parsing import RecordParser as VismaParser
from mlc_pipelines.errors import DataError

UNWRITABLE = re.compile("[\0\ud800-\udfff]")
UNHURRIED = settings(deadline=None)  # the first conversion of a list loads pandas


def parsers() -> Iterator[tuple[str, PageParser]]:
    """The parser of each entity's pages."""
    for kind, erp in ERPS.items():
        for entity in erp.entities.values():
            match entity:
                case VismaEntity():
                    parser = VismaParser(entity, ZoneInfo("Europe/Oslo"))._parser
                case AcumaticaEntity():
                    parser = Query(entity, "", (), tuple(entity.schema.names), {}, None, None, None)._parser
                case ServiceLayerEntity():
                    parser = ServiceLayerParser(entity)._rows
                case SysproEntity():
                    parser = parser_of(entity.table)
                case _:
                    keys = {name: (f"f_{name}",) for name in entity.schema.names}
                    parser = PageParser(
                        entity.schema, keys, subject=entity.name, key=entity.key, booleans=BOOLEANS, fold_case=True
                    )
            yield f"{kind} {entity.name}", parser


PARSERS = dict(parsers())
EACH = st.sampled_from(sorted(PARSERS))


def page(parser: PageParser, *rows: dict[str, str]) -> bytes:
    """A page with a record for each row, whose values are JSON."""
    records = [record(parser, row) for row in rows]
    wire = json.dumps(records if parser._records is None else {parser._records: records, "count": len(rows)})
    return re.sub(r'"json:((?:[^"\\]|\\.)*)"', lambda found: json.loads(f'"{found[1]}"'), wire).encode()


def record(parser: PageParser, row: dict[str, str]) -> dict[str, Any]:
    whole: dict[str, Any] = {parser._lines: {}} if parser._lines else {}
    for name, value in row.items():
        *outer, last = parser._paths[name]
        inner = whole
        for key in outer:
            inner = inner.setdefault(key, {})
        inner[last] = f"json:{value}"
    if parser._lines:
        whole[parser._lines] = [whole[parser._lines]]
    return whole


def fields(parser: PageParser, kind: Any) -> list[str]:
    """Those of a kind that a page has, but for what identifies a record."""
    return [
        field.name
        for field in parser._schema
        if kind(field.type) and field.name in parser._paths and field.name not in parser._key
    ]


@UNHURRIED
@given(EACH, st.text(st.characters()))
def test_any_text_in_any_text_field(name: str, text: str):
    parser = PARSERS[name]
    wire = json.dumps(text)
    written = UNWRITABLE.sub("\ufffd", json.loads(wire))
    texts = fields(parser, pa.types.is_string)
    parsed = parser.parse(page(parser, {}, dict.fromkeys(texts, wire), {}))
    assert (parsed.records, parsed.rows.num_rows) == (3, 3)
    for field in texts:
        read = parsed.rows[field].to_pylist()
        assert read[0] is read[2] is None
        assert (read[1] or "").strip() == written.strip() if parser._padded else read[1] == written


NUMERIC = st.from_regex(r"-?[0-9]{1,40}(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)


@UNHURRIED
@given(EACH, NUMERIC)
def test_any_number_in_any_amount(name: str, number: str):
    parser = PARSERS[name]
    for amount in islice(fields(parser, pa.types.is_decimal), 3):
        kind = parser._schema.field(amount).type
        try:
            read = parser.parse(page(parser, {amount: json.dumps(number)})).rows[amount][0].as_py()
        except DataError as error:
            assert re.search(r"\w+: '.*in record 1 of the page", error.message)  # noqa: PT017
        else:
            off = abs(Fraction(number) - Fraction(read))
            assert off <= (0 if kind.scale < 15 else Fraction(5, 10**16))


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_a_text_of_a_key_is_never_mended(name: str):
    parser = PARSERS[name]
    keys = [field.name for field in parser._schema if field.name in parser._key and pa.types.is_string(field.type)]
    for key in keys:
        if key in parser._paths:
            with pytest.raises(DataError, match=rf"{key}: '4\ufffd' is a key .* in record 2 of the page \({key} 4"):
                parser.parse(page(parser, {}, {key: '"4\\ud83d"'}))


def test_half_an_emoji_in_a_suiteql_page():
    body = (
        b'{"links":[],"count":2,"hasMore":false,"totalResults":2,"offset":0,"items":[\n{"links":[],'
        b'"f_transaction_id":"71","f_line_id":"0","f_memo":"Team dinner \\ud83d","f_debit":"100","f_credit":"0"},\n'
        b'{"links":[],"f_transaction_id":"71","f_line_id":"1","f_memo":"ok","f_debit":"0","f_credit":"100"}]}'
    )
    rows = PARSERS["netsuite gl_activity"].parse(body).rows
    assert rows["memo"].to_pylist() == ["Team dinner \ufffd", "ok"]
    assert rows["debit"].to_pylist() == [Decimal(100), Decimal(0)]


def test_half_an_emoji_in_a_page_of_the_service_layer():
    body = (
        b'{"odata.metadata":"https://b1.example.com:50000/b1s/v1/$metadata#JournalEntries","value":[{"JdtNum":1,'
        b'"Number":1,"ReferenceDate":"2026-01-31","Memo":"Team dinner \\ud83d","JournalEntryLines":['
        b'{"Line_ID":0,"AccountCode":"1000","Debit":10.0,"Credit":0.0},'
        b'{"Line_ID":1,"AccountCode":"2000","Debit":0.0,"Credit":10.0}]}]}'
    )
    rows = PARSERS["sap_business_one journal_entries"].parse(body).rows
    assert rows["transaction_memo"].to_pylist() == ["Team dinner \ufffd"] * 2


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        ("12345.670000000001", "12345.67"),
        ("0.30000000000000004", "0.3"),
        ("1234567890.1199999", "1234567890.12"),
        ("1.5E-6", None),
        ("12345.6700001", None),
        ("0.0000001", None),
    ],
)
def test_what_a_double_adds_to_six_places_is_no_amount(printed: str, kept: str | None):
    entity = ERPS["sap_business_one"].entities["journal_entries"]
    assert isinstance(entity, ServiceLayerEntity)
    body = b'{"value":[{"JdtNum":1,"JournalEntryLines":[{"Line_ID":3,"Debit":%s}]}]}' % printed.encode()
    if kept is None:
        with pytest.raises(DataError, match=r"debit: .* has more than six places, in record \(transaction_id 1, line_"):
            ServiceLayerParser(entity).parse(body)
    else:
        assert ServiceLayerParser(entity).parse(body).rows["debit"].to_pylist() == [Decimal(kept)]
