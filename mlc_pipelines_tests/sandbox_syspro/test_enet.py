"""e.net's calls as docs/vendors/syspro.md, sections A1 to A3 have them."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from mlc_pipelines_tests.sandbox_syspro.client import Enet, comfnd, document, expression
from mlc_sandbox.syspro import SysproSandbox

ENDED = (
    "ERROR: The supplied UserID is invalid. Either you were not logged in; or your session has expired. "
    "You will need to logon again."
)


@pytest.mark.parametrize("path", ["/Logon", "/Utilities/Logon", "/logon"])
def test_a_logon_gives_a_session_until_it_logs_off(sandbox: SysproSandbox, path: str):
    enet = Enet(sandbox)
    assert len(enet.logon(path=path)) == 36
    assert document(enet.call("/GetLogonProfile", UserId=enet.user_id)).findtext("OperatorCode") == sandbox.operator
    assert enet.call("/Logoff", UserId=enet.user_id) == "0"
    assert enet.call("/GetLogonProfile", UserId=enet.user_id) == ENDED
    assert sandbox.sessions.seats_taken == 0


@pytest.mark.parametrize(
    "wrong", [{"OperatorPassword": "x"}, {"Operator": "NOBODY"}, {"CompanyId": "NOPE"}, {"CompanyPassword": ""}]
)
def test_a_wrong_logon_is_an_error_text_with_status_200(sandbox: SysproSandbox, wrong: dict[str, str]):
    assert Enet(sandbox).logon(**wrong).startswith("ERROR: ")
    assert sandbox.sessions.seats_taken == 0


def test_all_four_parameters_of_a_logon_must_be_there(sandbox: SysproSandbox):
    assert Enet(sandbox).call("/Logon", Operator="ANAPLAN").startswith("ERROR: Parameter 'OperatorPassword'")


def test_a_second_logon_ends_the_first_session_of_the_operator(sandbox: SysproSandbox):
    first, second, other = Enet(sandbox), Enet(sandbox), Enet(sandbox)
    first.logon()
    other.logon(sandbox.second_operator)
    second.logon()
    assert first.call("/GetLogonProfile", UserId=first.user_id) == ENDED
    assert not second.call("/GetLogonProfile", UserId=second.user_id).startswith("ERROR")
    assert not other.call("/GetLogonProfile", UserId=other.user_id).startswith("ERROR")


def test_without_eviction_sessions_take_seats_until_there_are_none(sandbox: SysproSandbox):
    sandbox.switches.evict, sandbox.switches.licence_seats = False, 2
    logons = [Enet(sandbox).logon() for _ in range(3)]
    assert [body.startswith("ERROR") for body in logons] == [False, False, True]


def test_a_session_ends_when_it_is_idle(own_sandbox: SysproSandbox):
    enet = Enet(own_sandbox)
    enet.logon()
    for _ in range(2):
        own_sandbox.clock.advance(1700)
        assert not enet.call("/GetLogonProfile", UserId=enet.user_id).startswith("ERROR")
    own_sandbox.clock.advance(1900)
    assert enet.call("/GetLogonProfile", UserId=enet.user_id) == ENDED


@pytest.mark.parametrize(
    ("wrapping", "content_type", "begins"),
    [
        ("raw", "text/plain; charset=Windows-1252", b"<?xml"),
        ("json", "application/json; charset=utf-8", b'"<?xml'),
        ("xml", "application/xml; charset=utf-8", b'<string xmlns="http://schemas.microsoft.com/2003/10/Serial'),
    ],
)
def test_bodies_come_in_three_wrappings(
    enet: Enet, sandbox: SysproSandbox, wrapping: str, content_type: str, begins: bytes
):
    sandbox.switches.wrapping = wrapping  # type: ignore[assignment]
    xml = comfnd("ApSupplier", ["SupplierName"], where=expression("Supplier", "EQ", "MÉTH"))
    answer = enet.http.get("/Query/Query", params={"UserId": enet.user_id, "BusinessObject": "COMFND", "XmlIn": xml})
    assert answer.headers["content-type"] == content_type
    assert answer.content.startswith(begins)
    assert document(enet.query(xml)).findtext("Row/SupplierName") == "Société du Méthanol"


def test_paths_do_not_care_for_case_and_methods_do(sandbox: SysproSandbox):
    assert httpx.get(f"{sandbox.url}/sysprowcfservice/rest/getversion").json() == "8.0.0.26"
    assert httpx.post(f"{sandbox.rest_url}/GetVersion").status_code == 405
    assert httpx.get(f"{sandbox.rest_url}/NoSuchCall").status_code == 404
    assert httpx.get(f"{sandbox.url}/elsewhere").status_code == 404


@pytest.mark.parametrize(("length", "status"), [(16_000, 200), (16_400, 414)])
def test_a_request_line_has_an_end(sandbox: SysproSandbox, length: int, status: int):
    assert httpx.get(f"{sandbox.rest_url}/GetVersion", params={"x": "a" * length}).status_code == status


def test_comfnd_finds_rows_in_order_up_to_the_cap(enet: Enet, sandbox: SysproSandbox):
    where = expression("GlYear", "EQ", "2026") + expression("GlPeriod", "LE", "5", joint="And")
    xml = comfnd("GenJournalCtl", ["GlPeriod", "DebitAmount"], where=where, order="DebitAmount", rows=7)
    found = document(enet.query(xml))
    amounts = [row.findtext("DebitAmount") or "" for row in found.iter("Row")]
    known = sorted(
        row["DebitAmount"] for row in sandbox.books.tables["GenJournalCtl"].where(GlYear=2026) if row["GlPeriod"] <= 5
    )
    assert [Decimal(amount.strip()) for amount in amounts] == known[:7]
    assert amounts[0].startswith("     ")
    assert found.findtext("RowsReturned") == "000007"
    assert found.find("HeaderDetails") is not None


def test_comfnd_reads_and_before_or_and_brackets_first(enet: Enet):
    plain = (
        expression("GlGroup", "EQ", "CASH", opened="", closed="")
        + expression("GlGroup", "EQ", "TAX", joint="Or", opened="", closed="")
        + expression("Company", "EQ", "CHEM", joint="And", opened="", closed="")
    )
    bracketed = (
        expression("GlGroup", "EQ", "CASH", closed="")
        + expression("GlGroup", "EQ", "TAX", joint="Or", opened="")
        + expression("Company", "EQ", "CHEM", joint="And", opened="", closed="")
    )
    counted = [
        document(enet.query(comfnd("GenMaster", ["GlCode"], where=where))).findtext("RowsReturned")
        for where in (plain, bracketed)
    ]
    assert counted == ["000006", "000004"]


@pytest.mark.parametrize(
    "xml",
    [
        comfnd("NoTable", ["X"]),
        comfnd("GenMaster", ["NoColumn"]),
        comfnd("GenMaster", []),
        comfnd("GenMaster", ["GlCode"], where=expression("GlCode", "LIKE", "x")),
        comfnd("GenMaster", ["GlCode"], where=expression("GlCode", "EQ", "x", closed="")),
        comfnd("GenHistory", ["GlCode"], where=expression("GlYear", "EQ", "soon")),
    ],
)
def test_business_errors_are_in_the_xml(enet: Enet, xml: str):
    refused = document(enet.query(xml))
    assert refused.findtext(".//ErrorDescription")
    assert refused.findtext(".//ErrorNumber")


def test_a_query_that_is_no_xml_or_declares_entities_is_an_error_text(enet: Enet):
    assert enet.query("<Query>").startswith("ERROR: XmlIn is not valid XML")
    assert enet.query('<!DOCTYPE q [<!ENTITY a "b">]><Query>&a;</Query>').startswith("ERROR: XmlIn")


def test_a_ledger_code_is_described(enet: Enet):
    found = document(enet.query("<Query><Key><LedgerCode>10-2000-00</LedgerCode></Key></Query>", "GENQGL"))
    assert found.tag == "GLStructureQuery"
    assert found.findtext("LedgerDetails/ControlAccFlag") == "Y"
    assert found.findtext("LedgerDetails/AccountType") == "L"
    missing = document(enet.query("<Query><Key><LedgerCode>10-2000-0x</LedgerCode></Key></Query>", "GENQGL"))
    assert missing.findtext("ErrorDescription")


@pytest.mark.parametrize(
    "path", ["/Query/Browse", "/Transaction/Build", "/Setup/Add", "/Setup/Update", "/Setup/Delete"]
)
def test_calls_without_business_objects_say_so(enet: Enet, path: str):
    parameters = {"BusinessObject": "GENSMA", "XmlParameters": "<X/>", "XmlIn": "<X/>"}
    assert enet.call(path, UserId=enet.user_id, **parameters) == "ERROR: Business object 'GENSMA' is not available"
    assert enet.call(path, UserId="?", **parameters) == ENDED
