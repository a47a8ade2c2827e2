"""Query options and pages (docs/vendors/sap_business_one.md, section 4)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from mlc_pipelines_tests.sandbox_sap_business_one.conftest import TODAY, message
from mlc_sandbox.sap_business_one import SapBusinessOneSandbox


def rows(client: httpx.Client, path: str, **options: Any) -> list[dict[str, Any]]:
    answer = client.get(path, **options)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text, parse_float=Decimal)["value"]


def all_pages(client: httpx.Client, path: str, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while path:
        body = client.get(path, **options).json()
        found += body["value"]
        link = body.get("odata.nextLink") or body.get("@odata.nextLink") or ""
        path = urljoin(str(client.base_url), link) if link else ""
    return found


@pytest.mark.parametrize(
    "filter_text",
    [
        "ReferenceDate ge '2026-05-01' and ReferenceDate le '2026-05-31'",
        "ReferenceDate ge '20260501' and ReferenceDate lt '20260601'",
        "ReferenceDate gt datetime'2026-04-30' and ReferenceDate lt datetime'2026-06-01T00:00:00'",
        "ReferenceDate ge '2026-05-01T23:59:59' and not (ReferenceDate ge '2026-06-01')",
    ],
)
def test_dates_in_every_form(sandbox: SapBusinessOneSandbox, v1: httpx.Client, filter_text: str) -> None:
    expected = sandbox.books.control(TODAY.replace(month=5, day=1), TODAY.replace(month=5, day=31)).entries
    answer = v1.get("JournalEntries/$count", params={"$filter": filter_text})
    assert (answer.text, answer.headers["content-type"]) == (str(expected), "text/plain;charset=utf-8")
    assert expected > 0


def test_encodings_of_spaces_and_dollars(v1: httpx.Client) -> None:
    wanted = v1.get("JournalEntries?$filter=JdtNum%20le%203&$select=JdtNum").json()["value"]
    assert [row["JdtNum"] for row in wanted] == [1, 2, 3]
    assert v1.get("JournalEntries?%24filter=JdtNum+le+3&%24select=JdtNum").json()["value"] == wanted


def test_enumerations_by_name_and_by_value(v1: httpx.Client) -> None:
    by_name = rows(v1, "BusinessPartners?$filter=CardType eq 'cSupplier'&$select=CardCode")
    assert by_name == rows(v1, "BusinessPartners?$filter=CardType eq 'S'&$select=CardCode")
    assert {row["CardCode"][0] for row in by_name} == {"L"}


def test_times_count_by_the_minute(v1: httpx.Client) -> None:
    (invoice,) = rows(v1, "Invoices?$top=1")
    hours, minutes, _ = invoice["UpdateTime"].split(":")
    for literal in (f"{hours}:{minutes}:59", f"{hours}:{minutes}", f"{hours}{minutes}"):
        found = rows(v1, f"Invoices?$filter=DocEntry eq 1 and UpdateTime eq '{literal}'")
        assert [row["DocEntry"] for row in found] == [1], literal


def test_case_counts_unless_told_otherwise(sandbox: SapBusinessOneSandbox, v1: httpx.Client) -> None:
    path = "BusinessPartners?$filter=CardName eq 'fiskehuset ærø'&$select=CardCode"
    assert rows(v1, path) == []
    assert rows(v1, path, headers={"B1S-CaseInsensitive": "true"})
    sandbox.switches.case_insensitive = True
    assert rows(v1, path)


def test_twenty_rows_and_on_by_the_link(sandbox: SapBusinessOneSandbox, v1: httpx.Client) -> None:
    first = v1.get("JournalEntries?$select=JdtNum&$orderby=JdtNum").json()
    assert len(first["value"]) == 20
    assert first["odata.nextLink"] == "/b1s/v1/JournalEntries?$select=JdtNum&$orderby=JdtNum&$skip=20"
    everything = [row["JdtNum"] for row in all_pages(v1, "JournalEntries?$select=JdtNum&$orderby=JdtNum")]
    assert everything == [row["JdtNum"] for row in sandbox.books.tables["JournalEntries"].in_order()]
    sandbox.switches.next_link = "relative"
    assert v1.get("JournalEntries?$select=JdtNum").json()["odata.nextLink"] == "JournalEntries?$select=JdtNum&$skip=20"
    filtered = "Invoices?$select=DocEntry&$filter=contains(CardName,'ø') or substringof('O''H',CardName)"
    expected = sum(
        "ø" in row["CardName"] or "O'H" in row["CardName"] for row in sandbox.books.tables["Invoices"].in_order()
    )
    assert len(all_pages(v1, filtered)) == expected > 20


def test_page_sizes(sandbox: SapBusinessOneSandbox, v1: httpx.Client) -> None:
    wish = v1.get("JournalEntries", headers={"Prefer": "odata.maxpagesize=7", "B1S-PageSize": "9"})
    assert len(wish.json()["value"]) == 7
    assert wish.headers["preference-applied"] == "odata.maxpagesize=7"
    assert len(v1.get("JournalEntries", headers={"B1S-PageSize": "9"}).json()["value"]) == 9
    off = v1.get("JournalEntries?$select=JdtNum", headers={"Prefer": "odata.maxpagesize=0"}).json()
    assert len(off["value"]) == len(sandbox.books.tables["JournalEntries"])
    assert "odata.nextLink" not in off
    sandbox.switches.largest_page = 15
    for size in (0, 100):
        capped = v1.get("JournalEntries", headers={"Prefer": f"odata.maxpagesize={size}"})
        assert len(capped.json()["value"]) == 15
        assert capped.headers["preference-applied"] == "odata.maxpagesize=15"
    sandbox.switches.honours_page_size = False
    plain = v1.get("JournalEntries", headers={"Prefer": "odata.maxpagesize=7"})
    assert len(plain.json()["value"]) == 20
    assert "preference-applied" not in plain.headers


def test_top_and_skip(v1: httpx.Client) -> None:
    numbers = [row["JdtNum"] for row in all_pages(v1, "JournalEntries?$select=JdtNum&$skip=5&$top=45")]
    assert numbers == list(range(6, 51))
    assert "odata.nextLink" not in v1.get("JournalEntries?$top=20").json()
    assert v1.get("JournalEntries?$skip=100000").json()["value"] == []


def test_counts_are_text_in_v1_and_numbers_in_v2(
    sandbox: SapBusinessOneSandbox, v1: httpx.Client, v2: httpx.Client
) -> None:
    number = len(sandbox.books.tables["Invoices"])
    assert v1.get("Invoices?$inlinecount=allpages&$top=1").json()["odata.count"] == str(number)
    assert v2.get("Invoices?$count=true&$top=1").json()["@odata.count"] == number
    assert v1.get("Invoices?$inlinecount=all").status_code == 400
    assert v1.get("Invoices?$count=true").status_code == 400
    assert "odata.count" not in v1.get("Invoices?$inlinecount=none&$top=1").json()


def test_order(v1: httpx.Client) -> None:
    found = rows(v1, "Invoices?$select=DocEntry,DocTotal&$orderby=DocTotal desc,DocEntry asc&$top=15")
    totals = [row["DocTotal"] for row in found]
    assert totals == sorted(totals, reverse=True)
    assert len(set(totals)) > 1


def test_pages_may_shift_without_an_order(sandbox: SapBusinessOneSandbox, v1: httpx.Client) -> None:
    sandbox.switches.pages_shift = True
    shuffled = [tuple(row["JdtNum"] for row in rows(v1, "JournalEntries?$select=JdtNum")) for _ in range(4)]
    assert len(set(shuffled)) > 1
    ordered = [rows(v1, "JournalEntries?$select=JdtNum&$orderby=JdtNum") for _ in range(2)]
    assert ordered[0] == ordered[1]


def test_select_takes_whole_collections(v1: httpx.Client) -> None:
    (entry,) = rows(v1, "JournalEntries?$select=JdtNum,JournalEntryLines&$top=1")
    assert set(entry) == {"JdtNum", "JournalEntryLines"}
    assert {"Line_ID", "CostingCode5", "Debit"} <= set(entry["JournalEntryLines"][0])


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("JournalEntries?$select=JdtNum,BaseRef", "Property 'BaseRef' of 'JournalEntry' is invalid"),
        ("JournalEntries?$filter=UpdateDate ge '2026-01-01'", "Property 'UpdateDate' of 'JournalEntry' is invalid"),
        ("ChartOfAccounts?$filter=Postable eq 'tYES'", "Property 'Postable' of 'ChartOfAccount' is invalid"),
        ("Dimensions?$orderby=CreateDate", "Property 'CreateDate' of 'Dimension' is invalid"),
        ("JournalEntries?$filter=JournalEntryLines/Debit gt 1", "Property 'JournalEntryLines/Debit'"),
        ("JournalEntries?$expand=JournalEntryLines", "invalid navigation property 'JournalEntryLines'"),
        ("JournalEntryLines", "Unrecognized resource path."),
        ("journalentries", "Unrecognized resource path."),
        ("JournalEntries?$filter=year(ReferenceDate) eq 2026", "Query string error"),
        ("JournalEntries?$filter=JdtNum add 1 eq 2", "Query string error"),
        ("JournalEntries?$filter=JdtNum eq '5'", "incompatible types"),
        ("JournalEntries?$filter=ReferenceDate eq '2026-02-30'", "Invalid date"),
        ("JournalEntries?$top=-1", "Invalid value"),
        ("JournalEntries?$search=x", "not supported"),
    ],
)
def test_refused_queries(v1: httpx.Client, path: str, text: str) -> None:
    status, code, found = message(v1.get(path))
    assert (status, code) == (400, "-1000")
    assert text in found


def test_properties_that_a_version_lacks(sandbox: SapBusinessOneSandbox, v1: httpx.Client) -> None:
    assert "U_ExternalRef" in rows(v1, "JournalEntries?$top=1")[0]
    sandbox.switches.external_ref_field = False
    sandbox.switches.rejected_properties = frozenset({"Reference3"})
    (entry,) = rows(v1, "JournalEntries?$top=1")
    assert not {"U_ExternalRef", "Reference3"} & set(entry)
    for name in ("U_ExternalRef", "Reference3"):
        assert v1.get(f"JournalEntries?$select={name}").status_code == 400


def test_one_entity(v1: httpx.Client) -> None:
    entry = v1.get("JournalEntries(3)?$select=JdtNum").json()
    assert entry == {"odata.metadata": f"{str(v1.base_url)[:-1]}/$metadata#JournalEntries/@Element", "JdtNum": 3}
    assert v1.get("ChartOfAccounts('0299')").json()["FrozenFor"] == "tYES"
    assert v1.get("DistributionRules('K%C3%98L-5050')").json()["DistributionRuleLines"][1]["CenterCode"] == "0110"
    assert message(v1.get("JournalEntries(999999)")) == (404, "-2028", "No matching records found (ODBC -2028)")
    assert v1.get("JournalEntries(3)/Nothing").status_code == 400


def test_etags_are_on_documents_and_partners_alone(v1: httpx.Client, v2: httpx.Client) -> None:
    (invoice,) = rows(v1, "Invoices?$top=1&$select=DocEntry")
    assert set(invoice) == {"odata.etag", "DocEntry"}
    single = v1.get(f"Invoices({invoice['DocEntry']})")
    assert single.headers["etag"] == single.json()["odata.etag"] == invoice["odata.etag"]
    assert "@odata.etag" in rows(v2, "BusinessPartners?$top=1")[0]
    assert "odata.etag" not in rows(v1, "JournalEntries?$top=1")[0]


def test_expand_is_for_navigation_only(v1: httpx.Client, v2: httpx.Client) -> None:
    (invoice,) = rows(v2, "Invoices?$top=1&$select=CardCode&$expand=BusinessPartner($select=CardCode)")
    assert invoice["BusinessPartner"] == {"CardCode": invoice["CardCode"]}
    assert rows(v1, "Invoices?$top=1&$expand=BusinessPartner")[0]["BusinessPartner"]["CardType"] == "cCustomer"
    assert v1.get("Invoices?$expand=DocumentLines").status_code == 400


def test_wire_forms(sandbox: SapBusinessOneSandbox, v1: httpx.Client, v2: httpx.Client) -> None:
    assert v1.get("JournalEntries(1)").json()["ReferenceDate"] == "2025-01-01"
    second = v2.get("JournalEntries(1)")
    assert second.headers["content-type"] == "application/json;odata.metadata=minimal;charset=utf-8"
    assert second.json()["ReferenceDate"] == "2025-01-01T00:00:00Z"
    assert second.json()["@odata.context"].endswith("$metadata#JournalEntries/$entity")
    sandbox.switches.v2_dates = "plain"
    assert v2.get("JournalEntries(1)").json()["ReferenceDate"] == "2025-01-01"
    text = v1.get("JournalEntries(1)").text
    assert '"Debit":1875000.125,' in text
    assert '"Debit":18250000.0,' in text
    assert '"Name":"Salg eksport, soufflés glacés"' in v1.get("ChartOfAccounts('4140')").text


def test_error_details_of_later_versions(sandbox: SapBusinessOneSandbox, v2: httpx.Client) -> None:
    sandbox.switches.v2_error_details = True
    assert v2.get("Nowhere").json()["error"]["details"] == [{"code": "", "message": ""}]


def test_sums(sandbox: SapBusinessOneSandbox, v1: httpx.Client) -> None:
    invoices = sandbox.books.tables["Invoices"].in_order()
    total = sum((row["DocTotal"] for row in invoices), Decimal(0))
    assert rows(v1, "Invoices?$apply=aggregate(DocTotal with sum as Total)") == [{"Total": total}]
    may = [row for row in invoices if (row["DocDate"].year, row["DocDate"].month) == (2026, 5)]
    apply = (
        "filter(DocDate ge '2026-05-01' and DocDate le '2026-05-31')/groupby((Cancelled),"
        "aggregate(DocTotal with sum as Total,$count as Documents,CardCode with countdistinct as Partners))"
    )
    found = {row["Cancelled"]: row for row in rows(v1, "Invoices", params={"$apply": apply})}
    counted = [row for row in may if row["Cancelled"] == "tNO"]
    assert found["tNO"]["Documents"] == len(counted) > 0
    assert found["tNO"]["Total"] == sum((row["DocTotal"] for row in counted), Decimal(0))
    assert found["tNO"]["Partners"] == len({row["CardCode"] for row in counted})
    groups = "groupby((CardCode),aggregate(DocTotal with max as Most))"
    assert len(all_pages(v1, f"Invoices?$apply={groups}")) == len({row["CardCode"] for row in invoices})


@pytest.mark.parametrize(
    "apply",
    [
        "aggregate(JournalEntryLines/Debit with sum as X)",
        "aggregate(Debit with sum as X)",
        "aggregate(Memo with sum as X)",
        "aggregate(JdtNum with product as X)",
        "groupby((JdtNum)",
        "filter(JdtNum gt 1)",
        "aggregate(JdtNum with max as X)/filter(X gt 1)",
    ],
)
def test_sums_are_of_header_fields(v1: httpx.Client, apply: str) -> None:
    assert message(v1.get("JournalEntries", params={"$apply": apply}))[:2] == (400, "-1000")


def test_metadata(v1: httpx.Client, v2: httpx.Client) -> None:
    first, second = v1.get("$metadata").text, v2.get("$metadata").text
    assert '<Property Name="ReferenceDate" Type="Edm.DateTime"/>' in first
    assert '<Property Name="ReferenceDate" Type="Edm.DateTimeOffset"/>' in second
    assert '<EntitySet Name="PurchaseCreditNotes" EntityType="SAPB1.Document"/>' in first
    assert 'EntitySet Name="JournalVouchers"' not in first
    assert '<Property Name="JournalEntryLines" Type="Collection(SAPB1.JournalEntryLine)"/>' in second


def test_a_missing_right(sandbox: SapBusinessOneSandbox, v1: httpx.Client) -> None:
    sandbox.switches.unreadable = frozenset({"JournalEntries"})
    assert v1.get("JournalEntries").status_code == v1.get("JournalEntries/$count").status_code == 403
    assert v1.get("Invoices").status_code == 200
