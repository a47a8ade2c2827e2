"""What is empty: null, an empty text and blanks are one thing to default, map, where and members."""

from __future__ import annotations

import json
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from mlc_pipelines.config import Load
from mlc_pipelines.config.loads import Condition
from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines.erp.visma_net.fields import VismaEntity
from mlc_pipelines.erp.visma_net.parsing import RecordParser
from mlc_pipelines.flows.delivery.mapping import Mapper
from mlc_pipelines.store.snapshot_file import SOURCE_ID
from mlc_pipelines_tests.flows.delivery.small_ledger import ENTITY, MAPS, MEMBERS, PERIOD, batches_of

EMPTY = Load.model_validate(
    {
        "import": "Load Actuals",
        "columns": {
            "Account": {"field": "account", "default": "Unassigned"},
            "Department": {"field": "department", "map": "departments", "default": "Unassigned"},
            "Kind": "kind",
            "Amount": {"sum": "amount"},
        },
        "members": {"Account": "Accounts"},
    }
)


@pytest.mark.parametrize("nothing", [None, "", " ", "\t\u00a0"])
def test_empty_blank_and_null_are_one_thing(nothing: str | None):
    record = {"account": nothing, "department": nothing, "kind": nothing, "amount": Decimal(50)}
    known = {"account": "0100", "department": "R&D", "kind": "x", "amount": Decimal(1)}
    members = {"Account": frozenset({"0100", "Unassigned"})}
    for condition, taken in (
        ({}, [nothing, "x"]),
        ({"kind": {"equals": ""}}, [nothing]),
        ({"kind": {"equals": None}}, [nothing]),
        ({"kind": {"not_in": [" "]}}, ["x"]),
        ({"kind": {"not_equals": None}}, ["x"]),
        ({"kind": {"in": [None, "y"]}}, [nothing]),
    ):
        load = EMPTY.model_copy(update={"where": {name: Condition.model_validate(c) for name, c in condition.items()}})
        mapper = Mapper(load, ENTITY, PERIOD, MAPS, members)
        (table,) = mapper.tables(batches_of([record, known], 5))
        expected = [("0100", "D20", "x", "1")] if "x" in taken else []
        expected += [("Unassigned", "Unassigned", "", "50")] if nothing in taken else []
        assert [tuple(row.values()) for row in table.to_pylist()] == expected
        assert not mapper.accounting.unmapped


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_what_is_empty_and_has_no_default_is_no_member_and_no_entry(nothing: str | None):
    department = {"field": "department", "map": "departments"}
    columns = {"Account": "account", "Department": department, "Amount": {"sum": "amount"}}
    load = Load.model_validate({"import": "x", "columns": columns, "members": {"Account": "Accounts"}})
    record = {"account": nothing, "department": nothing, "kind": None, "amount": Decimal(50)}
    mapper = Mapper(load, ENTITY, PERIOD, MAPS, MEMBERS)
    assert sum(table.num_rows for table in mapper.tables(batches_of([record], 5))) == 0
    assert sorted(mapper.accounting.unmapped) == [("Account", ""), ("Department", "")]


@pytest.mark.parametrize("kind", ERPS)
@pytest.mark.parametrize("default", [{"default": "none"}, {}])
def test_every_text_of_every_erp_is_empty_in_one_way(kind: str, default: dict[str, str]):
    for entity in ERPS[kind].entities.values():
        texts = [field.name for field in entity.fields if pa.types.is_string(field.type)]
        columns = {name: {"field": name, **default} for name in texts}
        load = Load.model_validate({"import": "x", "columns": columns})
        nothing = pa.array([None, "", " ", "\u00a0\t"])
        rows = {each.name: nothing if each.name in texts else pa.nulls(4, each.type) for each in entity.fields}
        rows[SOURCE_ID] = pa.array(list("abcd"))
        (table,) = Mapper(load, entity, PERIOD, {}, {}).tables([pa.record_batch(rows)])
        assert table.to_pylist() == [dict.fromkeys(texts, default.get("default", ""))], entity.name


def test_an_invoice_whose_subaccount_is_empty_in_two_ways():
    """As Visma.net writes it: an empty text is as good as null."""
    line = {"account": {"number": "4000"}, "lineNumber": 1, "cost": 100.0, "costInCurrency": 100.0}
    amounts = ((100.0, {"subaccountNumber": "10-000"}), (50.0, {"subaccountNumber": ""}), (25.0, None))
    lines = [
        {**line, "lineNumber": number, "cost": amount, "costInCurrency": amount, "subaccount": subaccount}
        for number, (amount, subaccount) in enumerate(amounts, 1)
    ]
    invoice = {
        "documentType": "Invoice",
        "referenceNumber": "000001",
        "financialPeriod": "202611",
        "status": "Open",
        "date": "2026-11-03T00:00:00",
        "supplier": {"internalId": 7, "number": "50000", "name": "Example AS"},
        "currencyId": "NOK",
        "exchangeRate": 1.0,
        "invoiceLines": lines,
        "metadata": {"totalCount": 1, "maxPageSize": 1000},
    }
    entity = ERPS["visma_net"].entities["supplier_invoices"]
    assert isinstance(entity, VismaEntity)
    rows = RecordParser(entity, ZoneInfo("Europe/Oslo")).parse(json.dumps([invoice]).encode()).rows
    columns = {"Sub": {"field": "subaccount", "default": "Unassigned"}, "Amount": {"sum": "amount"}}
    load = Load.model_validate({"import": "Load Invoices", "columns": columns})
    mapper = Mapper(load, entity, PERIOD, {}, {})
    (table,) = mapper.tables([rows.append_column(SOURCE_ID, pa.array(["1", "2", "3"]))])
    assert table.to_pylist() == [{"Sub": "10-000", "Amount": "100"}, {"Sub": "Unassigned", "Amount": "75"}]
