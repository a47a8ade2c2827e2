"""The OData service as docs/vendors/syspro.md, section B1 has it."""

from __future__ import annotations

import base64
from decimal import Decimal
from xml.etree import ElementTree as ET

import httpx
import pytest

from mlc_pipelines_tests.sandbox_syspro.client import OData
from mlc_sandbox.serving import Fault, answer
from mlc_sandbox.syspro import SysproSandbox, iis_page

KEY = "GlYear,GlPeriod,Journal,EntryNumber"


@pytest.mark.parametrize("auth", [None, ("ANAPLAN", "wrong"), ("NOBODY", "x")])
def test_a_wrong_password_is_answered_by_iis(sandbox: SysproSandbox, auth: tuple[str, str] | None):
    refused = httpx.get(f"{sandbox.odata_url}/ApSupplier", auth=auth)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic ")
    assert refused.headers["content-type"].startswith("text/html")
    assert "<h2>401 - Unauthorized" in refused.text


def test_an_operator_that_is_not_enabled_is_refused(sandbox: SysproSandbox, odata: OData):
    sandbox.switches.odata_enabled = False
    assert odata.get("ApSupplier").status_code == 401


def test_a_page_is_in_the_envelope_of_odata_4(odata: OData, sandbox: SysproSandbox):
    answered = odata.get("GenGroups", select="GlGroup,Description", top=1, orderby="GlGroup desc", count="true")
    assert answered.headers["odata-version"] == "4.0"
    assert answered.headers["content-type"].startswith("application/json; odata.metadata=minimal")
    assert answered.json() == {
        "@odata.context": f"{sandbox.odata_url}/$metadata#GenGroups(GlGroup,Description)",
        "@odata.count": 13,
        "value": [{"GlGroup": "TAX       ", "Description": "Taxes"}],
    }


def test_amounts_keep_their_digits_and_dates_are_moments(odata: OData, sandbox: SysproSandbox):
    row = odata.rows("InvWarehouse", orderby="StockCode,Warehouse", top=1)[0]
    stored = sandbox.books.tables["InvWarehouse"].get(row["StockCode"].strip(), row["Warehouse"].strip())
    assert stored is not None
    assert row["UnitCost"] == str(stored["UnitCost"])
    assert len(row["QtyOnHand"].partition(".")[2]) == 6
    assert row["DateLastSale"] == f"{stored['DateLastSale']}T00:00:00Z"


def test_codes_fill_their_column_until_the_database_does_not_pad(odata: OData, sandbox: SysproSandbox):
    assert odata.rows("ApSupplier", filter="Supplier eq 'AECI01'")[0]["Supplier"] == "AECI01".ljust(15)
    sandbox.switches.padded_codes = False
    assert odata.rows("ApSupplier", filter="Supplier eq 'AECI01'")[0]["Supplier"] == "AECI01"


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("Supplier eq 'AECI01'", 1),
        ("Supplier eq 'AECI01    '", 1),
        ("Supplier eq 'aeci01'", 0),
        ("Supplier eq 'O''BRIEN'", 1),
        ("Supplier eq 'MÉTH'", 1),
        ("startswith(SupplierName,'Société')", 1),
        ("contains(SupplierName,'société')", 0),
        ("not (Supplier ge 'A')", 40),
        ("Currency ne 'ZAR' and (Supplier eq 'GULFSOL' or Supplier eq 'AECI01')", 1),
    ],
)
def test_texts_compare_by_case_and_without_their_padding(odata: OData, condition: str, found: int):
    assert len(odata.rows("ApSupplier", filter=condition)) == found


def test_dates_and_numbers_are_filtered_without_quotes(odata: OData, sandbox: SysproSandbox):
    rows = odata.rows("ApInvoice", filter="InvoiceDate ge 2026-05-01T00:00:00Z and InvoiceDate lt 2026-06-01T00:00:00Z")
    known = [row for row in sandbox.books.tables["ApInvoice"].rows() if str(row["InvoiceDate"]).startswith("2026-05")]
    assert len(rows) == len(known) > 0
    large = odata.rows("ApInvoice", filter="OrigInvValue gt 20000.00", select="OrigInvValue")
    assert 0 < len(large) < len(sandbox.books.tables["ApInvoice"].rows())
    assert all(Decimal(row["OrigInvValue"]) > 20_000 for row in large)


@pytest.mark.parametrize(
    ("path", "options", "status"),
    [
        ("ApInvoices", {}, 404),
        ("apinvoice", {}, 404),
        ("ApInvoice", {"filter": "PostDate gt 2026-01-01T00:00:00Z"}, 400),
        ("ApInvoice", {"filter": "invoice eq 'X'"}, 400),
        ("ApInvoice", {"filter": "InvoiceYear eq '2026'"}, 400),
        ("ApInvoice", {"filter": "InvoiceDate ge '2026-01-01'"}, 400),
        ("ApInvoice", {"filter": "InvoiceDate ge datetime'2026-01-01T00:00:00'"}, 400),
        ("ApInvoice", {"filter": "Supplier eq"}, 400),
        ("ApInvoice", {"filter": "TimeStamp gt 5"}, 400),
        ("ApInvoice", {"select": "Supplier,Nothing"}, 400),
        ("ApInvoice", {"orderby": "Nothing"}, 400),
        ("ApInvoice", {"top": -1}, 400),
        ("ApInvoice", {"expand": "ApSupplier"}, 400),
    ],
)
def test_what_the_service_does_not_know_is_refused(odata: OData, path: str, options: dict[str, str], status: int):
    assert odata.refused(path, **options)[0] == status


def test_another_company_is_not_found_and_nothing_is_written(odata: OData, sandbox: SysproSandbox):
    auth = (sandbox.operator, sandbox.password)
    assert httpx.get(f"{sandbox.odata_url}X/ApSupplier", auth=auth).status_code == 404
    assert odata.http.post("/ApSupplier", json={"Supplier": "NEW"}).status_code == 405


def test_a_table_without_right_is_forbidden(odata: OData, sandbox: SysproSandbox):
    sandbox.switches.denied_tables = frozenset({"GenJournalDetail"})
    assert odata.refused("GenJournalDetail")[0] == 403
    assert odata.rows("GenJournalCtl", top=1)


def test_rows_beyond_the_cap_are_cut_off_silently(odata: OData, sandbox: SysproSandbox):
    sandbox.switches.max_rows = 500
    page = odata.page("GenJournalDetail", top=800, orderby=KEY, count="true")
    assert len(page["value"]) == 500
    assert page["@odata.count"] == 1510
    assert "@odata.nextLink" not in page


def test_with_the_switch_the_next_page_is_named_where_rows_were_cut_off(odata: OData, sandbox: SysproSandbox):
    sandbox.switches.max_rows, sandbox.switches.next_link = 500, True
    page = odata.page("GenJournalDetail", top=1200, orderby=KEY, select=KEY)
    rows = page["value"]
    while link := page.get("@odata.nextLink"):
        page = odata.http.get(link).json()
        rows += page["value"]
    assert len(rows) == 1200
    assert rows == sorted(rows, key=lambda row: tuple(row.values()))


def test_skip_and_top_page_through_an_ordered_table(odata: OData):
    pages = [
        odata.rows("GenJournalDetail", orderby=KEY, top=400, skip=skip, select=KEY) for skip in range(0, 2000, 400)
    ]
    keys = [tuple(row.values()) for page in pages for row in page]
    assert [len(page) for page in pages] == [400, 400, 400, 310, 0]
    assert keys == sorted(set(keys))


def test_pages_without_an_order_miss_a_row_that_was_written_between(own_sandbox: SysproSandbox):
    odata = OData(own_sandbox)
    first = odata.rows("GenJournalCtl", top=5)
    own_sandbox.books.annotate((first[0]["GlYear"], first[0]["GlPeriod"], first[0]["GlJournal"]), "Touched")
    second = odata.rows("GenJournalCtl", top=5, skip=5)
    unmoved = odata.rows("GenJournalCtl", top=11)
    seen = {row["TimeStamp"] for row in first[1:] + second}
    assert [row["TimeStamp"] for row in unmoved if row["TimeStamp"] not in seen] == [
        unmoved[4]["TimeStamp"],
        unmoved[10]["TimeStamp"],
    ]


def test_a_seek_by_key_reads_on_behind_the_last_row(odata: OData):
    whole = odata.rows("GenJournalDetail", filter="GlYear eq 2026 and GlPeriod eq 5", orderby=KEY)
    last = whole[9]
    seek = (
        f"GlYear eq 2026 and GlPeriod eq 5 and (Journal gt {last['Journal']} or "
        f"(Journal eq {last['Journal']} and EntryNumber gt {last['EntryNumber']}))"
    )
    assert odata.rows("GenJournalDetail", filter=seek, orderby=KEY) == whole[10:]


def test_the_rowversion_moves_with_any_change_of_its_row_alone(own_sandbox: SysproSandbox):
    odata = OData(own_sandbox)
    before = {row["GlJournal"]: row["TimeStamp"] for row in odata.rows("GenJournalCtl", filter="GlPeriod eq 5")}
    changed = own_sandbox.books.posted(2026, 5)[0]
    own_sandbox.books.annotate(changed, "Other words")
    rows = odata.rows("GenJournalCtl", filter="GlYear eq 2026 and GlPeriod eq 5")
    moved = [row for row in rows if row["TimeStamp"] not in before.values()]
    assert [row["Notation"] for row in moved] == ["Other words"]
    stamps = [int.from_bytes(base64.b64decode(row["TimeStamp"]), "big") for row in rows]
    assert max(stamps) == int.from_bytes(base64.b64decode(moved[0]["TimeStamp"]), "big")


def test_the_ledger_of_two_companies_lies_in_the_same_tables(odata: OData):
    both = odata.rows("GenMaster", filter="GlCode eq '10-1000-00'")
    assert {row["Company"] for row in both} == {"CHEM", "COAT"}
    pseudo = odata.rows("GenMaster", filter="Company eq 'CHEM' and (GlCode eq 'FORCED' or GlCode eq 'RETAINED')")
    assert len(pseudo) == 2


def test_metadata_and_service_document_name_every_table(odata: OData):
    names = {entry["name"] for entry in odata.page("")["value"]}
    schema = ET.fromstring(odata.get("$metadata").text)
    types = {element.get("Name") for element in schema.iter("{http://docs.oasis-open.org/odata/ns/edm}EntityType")}
    assert names == types
    assert {"ApInvoice", "GenJournalDetail", "InvWarehouse"} <= names


def test_faults_can_answer_as_iis_does(odata: OData, sandbox: SysproSandbox):
    page = answer(500, {"content-type": "text/html"}, iis_page(500, "Internal server error."))
    sandbox.faults.add(Fault("GET", "/GenMaster", page))
    assert odata.get("GenMaster").status_code == 500
    assert odata.get("GenMaster").status_code == 200
