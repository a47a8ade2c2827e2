"""Lists, single records, query options (docs/vendors/acumatica.md, sections 4 to 6)."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from mlc_pipelines_tests.sandbox_acumatica.client import DEFAULT, Client, read, value
from mlc_sandbox.acumatica.shapes import FORMS

LISTED = [name for name, form in FORMS.items() if not form.inquiry]


@pytest.mark.parametrize("entity", LISTED)
def test_every_entity_lists_its_records(client: Client, entity: str) -> None:
    rows = read(client.get(entity))
    table = client.sandbox.books.tables[entity]
    assert {row["id"] for row in rows} == {record.id for record in table.heap()}
    assert len(rows) == len(table) > 0
    assert [row["rowNumber"] for row in rows] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize("entity", [name for name in LISTED if FORMS[name].keys])
def test_every_entity_has_single_records_by_key_and_id(client: Client, entity: str) -> None:
    table = client.sandbox.books.tables[entity]
    record = table.heap()[0]
    key = table.key(record)
    for path in ("/".join(key), "|".join(key), record.id):
        assert read(client.get(f"{entity}/{path}"))["id"] == record.id


def test_a_record(client: Client) -> None:
    account = read(client.get("Account/62500"))
    assert value(account, "Description") == "Café & Büro: Verpflegung, groß"
    assert account["CurrencyID"] == {}
    assert account["note"] == {"value": ""}
    assert account["custom"] == {}
    assert account["_links"]["self"] == f"/AcumaticaERP{DEFAULT}/Account/{account['id']}"
    assert value(account, "LastModifiedDateTime").endswith("+00:00")
    assert isinstance(value(account, "AccountID"), int)
    assert value(account, "Active") is True


def test_missing_records_are_500(client: Client) -> None:
    for path in (
        "Account/00000",
        "Bill/Bill/NONE",
        "Bill/NONE",
        f"Bill/{'0' * 8}-{'-'.join(['0' * 4] * 3)}-{'0' * 12}",
    ):
        failure = client.failure(client.get(path))
        assert failure["exceptionMessage"] == "No entity satisfies the condition."
        assert failure["exceptionType"] == "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException"


def test_a_key_with_a_slash_is_addressed_by_id(client: Client) -> None:
    record = client.sandbox.books.record("NonStockItem", "TIME/SENIOR")
    assert client.get("NonStockItem/TIME%2FSENIOR").status_code == 500
    assert value(read(client.get(f"NonStockItem/{record.id}")), "InventoryID") == "TIME/SENIOR"


def test_amounts_have_their_own_digits(client: Client) -> None:
    bill = client.sandbox.books.tables["Bill"].heap()[0]
    text = client.get("Bill/" + bill.id).text
    assert f'"Amount":{{"value":{bill.fields["Amount"]}}}' in text


def test_skip_comes_before_top(client: Client) -> None:
    whole = [row["id"] for row in read(client.get("Vendor"))]
    paged = [row["id"] for skip in range(0, 70, 25) for row in read(client.get("Vendor", top=25, skip=skip))]
    assert paged == whole
    assert read(client.get("Vendor", top=5, skip=1000)) == []
    assert client.get("Vendor", top="many").status_code == 400


def test_the_order_means_nothing_and_orderby_is_no_option(client: Client) -> None:
    codes = [value(row, "AccountCD") for row in read(client.get("Account", orderby="AccountCD"))]
    assert codes != sorted(codes)
    assert codes == [value(row, "AccountCD") for row in read(client.get("Account"))]
    client.sandbox.switches.keys_ascending = True
    codes = [value(row, "AccountCD") for row in read(client.get("Account"))]
    assert codes == sorted(codes)


def test_select(client: Client) -> None:
    row = read(client.get("Bill", select="ReferenceNbr,Amount", top=1))[0]
    assert set(row) == {"id", "rowNumber", "note", "ReferenceNbr", "Amount", "custom", "_links"}
    failure = client.failure(client.get("Bill", select="ReferenceNbr,Nonsense"))
    assert failure["exceptionType"] == "System.Collections.Generic.KeyNotFoundException"
    assert client.get("Bill", select="Details/Nonsense").status_code == 500


def test_expand(client: Client) -> None:
    plain = read(client.get("Bill", top=1))[0]
    assert plain["Details"] == []
    row = read(client.get("Bill", top=1, expand="Details"))[0]
    assert row["Details"][0]["rowNumber"] == 1
    assert "Account" in row["Details"][0]
    narrow = read(client.get("Bill", top=1, expand="Details", select="ReferenceNbr,Details/Account"))[0]
    assert set(narrow["Details"][0]) == {"id", "rowNumber", "note", "Account", "custom", "_links"}
    assert client.get("Bill", expand="Nonsense").status_code == 500
    client.sandbox.switches.unexpanded = "absent"
    assert "Details" not in read(client.get("Bill", top=1))[0]


def test_linked_entities(client: Client) -> None:
    vendor = read(client.get("Vendor/V000001", expand="MainContact,MainContact/Address"))
    assert value(vendor["MainContact"], "Email") == "billing1@vendor.example"
    assert value(vendor["MainContact"]["Address"], "Country")
    found = read(client.get("Vendor", filter="MainContact/Email eq 'billing1@vendor.example'"))
    assert [value(row, "VendorID") for row in found] == ["V000001"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AccountCD eq '20000'", {"20000"}),
        ("startswith(AccountCD,'62')", {"62000", "62500"}),
        ("substringof('Pay',Description) and Type eq 'Liability'", {"20000", "24000"}),
        ("endswith(Description,'Rent')", {"60000"}),
        ("Description eq 'Consultants'' Salaries'", {"50000"}),
        ("not (Active eq true)", {"64900"}),
        ("CurrencyID ne null", {"10250"}),
        ("AccountID le 1002 or AccountCD eq '99999'", {"09900", "10200", "99999"}),
    ],
)
def test_filter(client: Client, text: str, expected: set[str]) -> None:
    assert {value(row, "AccountCD") for row in read(client.get("Account", filter=text))} == expected


def test_filter_by_amount_and_by_date(client: Client) -> None:
    every = read(client.get("Bill"))
    dear = read(client.get("Bill", filter="Amount gt 5000M"))
    assert {row["id"] for row in dear} == {row["id"] for row in every if value(row, "Amount") > 5000}
    june = read(client.get("Bill", filter="Date ge datetimeoffset'2026-06-01'"))
    assert {row["id"] for row in june} == {row["id"] for row in every if value(row, "Date") >= "2026-06-01"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("AccountCD eq 20000", "incompatible types"),
        ("Active eq 'true'", "incompatible types"),
        ("LastModifiedDateTime gt '2026-01-01'", "incompatible types"),
        ("LastModifiedDateTime gt 2026-01-01T00:00:00Z", "invalid"),
        ("contains(Description,'x')", "invalid"),
        ("AccountCD eq", "invalid"),
        ("Nonsense eq 1", "not present in the dictionary"),
    ],
)
def test_refused_filters(client: Client, text: str, message: str) -> None:
    assert message in client.failure(client.get("Account", filter=text))["exceptionMessage"]


def test_detail_fields_cannot_be_filtered(client: Client) -> None:
    assert client.get("Bill", filter="Details/Account eq '60000'").status_code == 500


def test_a_window_of_changes(client: Client) -> None:
    books = client.sandbox.books
    before = books.stamp()
    client.sandbox.clock.advance(60)
    changed = books.change("Vendor", "V000007", Terms="45D")
    after = changed.fields["LastModifiedDateTime"]
    low = before.isoformat(timespec="milliseconds")
    window = f"LastModifiedDateTime gt datetimeoffset'{low}' and LastModifiedDateTime le datetimeoffset'{after}'"
    rows = read(client.get("Vendor", filter=window))
    assert [value(row, "VendorID") for row in rows] == ["V000007"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", value(rows[0], "LastModifiedDateTime"))
    # A plus sign that isn't escaped is a space.
    raw = client.http.get(f"{DEFAULT}/Vendor?$filter=LastModifiedDateTime gt datetimeoffset'{low}'")
    assert raw.status_code == 500


def test_moments_in_another_offset_are_the_same_moments(client: Client) -> None:
    before = value(read(client.get("Vendor/V000001")), "LastModifiedDateTime")
    client.sandbox.switches.utc_offset_minutes = -300
    after = value(read(client.get("Vendor/V000001")), "LastModifiedDateTime")
    assert after.endswith("-05:00")
    assert after[:19] != before[:19]
    bill = read(client.get("Bill", top=1, select="Date"))[0]
    assert value(bill, "Date").endswith("T00:00:00-05:00")


def test_custom_fields(client: Client) -> None:
    batch = client.sandbox.books.batches("052026")[0]
    batch.custom["BatchModule.UsrExtRef"] = "é-7"
    path = "JournalTransaction/" + "/".join(batch.key)
    found = read(client.get(path, custom="BatchModule.UsrExtRef,BatchModule.UsrOther"))["custom"]
    assert found == {
        "BatchModule": {
            "UsrExtRef": {"type": "CustomStringField", "value": "é-7"},
            "UsrOther": {"type": "CustomStringField"},
        }
    }
    rows = read(client.get("JournalTransaction", filter="cf.String(f='BatchModule.UsrExtRef') eq 'é-7'"))
    assert [row["id"] for row in rows] == [batch.id]


def test_a_list_that_cannot_be_optimised_fails_whole(client: Client) -> None:
    failure = client.failure(client.get("Payment", expand="ApplicationHistory"))
    assert failure["exceptionMessage"].startswith("Optimization cannot be performed.")
    assert "ApplicationHistory: View" in failure["exceptionMessage"]
    payment = client.sandbox.books.tables["Payment"].heap()[0]
    assert read(client.get(f"Payment/{payment.id}", expand="ApplicationHistory"))["ApplicationHistory"]
    client.sandbox.switches.unoptimisable["Bill"] = {"Balance"}
    assert client.get("Bill").status_code == 500
    assert client.get("Bill", select="Amount").status_code == 200
    assert "BQL delegate" in client.failure(client.get("AccountSummaryInquiry"))["exceptionMessage"]


def test_archived_and_hidden_records(client: Client) -> None:
    books = client.sandbox.books
    archived, hidden = books.tables["Bill"].heap()[:2]
    archived.archived = True
    client.sandbox.switches.hidden["Bill"] = {"/".join(books.tables["Bill"].key(hidden))}
    shown = {row["id"] for row in read(client.get("Bill"))}
    assert shown.isdisjoint({archived.id, hidden.id})
    with_archive = {row["id"] for row in read(client.get("Bill", headers={"PX-ApiArchive": "SHOW"}))}
    assert with_archive - shown == {archived.id}


def test_rights_and_set_up(client: Client) -> None:
    switches = client.sandbox.switches
    switches.forbidden = {"Bill"}
    failure = client.failure(client.get("Bill"), 403)
    assert failure["exceptionMessage"] == (
        "You have insufficient rights to access the Bills and Adjustments (AP301000) form."
    )
    switches.subaccounts_feature = False
    assert client.get("Subaccount").status_code == 403
    switches.not_set_up = {"CompaniesStructure"}
    failure = client.failure(client.put("CompaniesStructure", {}))
    assert failure["exceptionType"] == "PX.Data.PXSetupNotEnteredException"


def test_records_other_than_journals_are_there_to_be_read(client: Client) -> None:
    assert client.put("Account", {"AccountCD": {"value": "1"}}).status_code == 403
    assert client.http.post(f"{DEFAULT}/Account", json={}).status_code == 406


def test_padded_codes(client: Client) -> None:
    client.sandbox.switches.padded_codes = True
    assert value(read(client.get("Account/20000")), "AccountCD") == "20000     "


def test_the_calendar(client: Client) -> None:
    year = read(client.get("FinancialPeriod/2026", expand="Details"))
    periods = {value(row, "FinancialPeriodID"): row for row in year["Details"]}
    assert len(periods) == value(year, "NbrOfPeriods") == 13
    assert value(periods["052026"], "Status") == "Closed"
    assert value(periods["062026"], "Status") == "Open"
    assert value(periods["052026"], "ClosedInAP") is True
    assert value(periods["022026"], "StartDate") == "2026-02-01T00:00:00+00:00"
    assert value(periods["022026"], "EndDate") == "2026-02-28T00:00:00+00:00"
    assert value(periods["132026"], "AdjustmentPeriod") is True
    stamp = value(year, "LastModifiedDateTime")
    client.sandbox.books.reopen_period("052026")
    again = read(client.get("FinancialPeriod/2026", expand="Details"))
    assert value(again, "LastModifiedDateTime") > stamp
    assert {value(row, "Status") for row in again["Details"][4:5]} == {"Open"}
    company = read(client.get("CompanyFinancialPeriod/MERNORDIC/2026", expand="Details"))
    assert len(company["Details"]) == 13


def test_schema_and_description(client: Client) -> None:
    empty = read(client.get("JournalTransaction/$adHocSchema"))
    assert empty["BatchNbr"] == {}
    assert "DebitAmount" in empty["Details"][0]
    described = read(client.get("swagger.json"))
    assert described["openapi"] == "3.0.1"
    assert described["paths"]["/Bill"]["get"]["operationId"] == "Bill_GetList"


def test_every_value_on_the_wire_has_the_type_that_is_described(client: Client) -> None:
    described = read(client.get("swagger.json"))["components"]["schemas"]
    kinds: dict[str, Any] = {
        "StringValue": str, "GuidValue": str, "DateTimeValue": str, "BooleanValue": bool,
        "IntValue": int, "ShortValue": int, "LongValue": int, "DecimalValue": (Decimal, int),
    }  # fmt: skip
    for entity in LISTED:
        properties = described[entity]["allOf"][1]["properties"]
        for row in read(client.get(entity, top=50)):
            for name, schema in properties.items():
                kind = kinds.get(schema.get("$ref", "").rpartition("/")[2])
                if kind is not None and row[name]:
                    assert isinstance(row[name]["value"], kind), (entity, name)


def test_stamps_lie_in_the_past(client: Client) -> None:
    latest = client.sandbox.clock.now() + timedelta(seconds=1)
    for record in client.sandbox.books.ledger.all_batches():
        assert record.modified <= latest
