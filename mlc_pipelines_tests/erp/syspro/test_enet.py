"""e.net: wrapped bodies, errors in bodies of success, one session of one operator, logged off whatever happens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from mlc_pipelines.erp.syspro.connection import SysproConnection
from mlc_pipelines.erp.syspro.enet import Enet
from mlc_pipelines.erp.syspro.enet_answers import NoSession, document, refuse_errors, text_of
from mlc_pipelines.errors import AuthenticationError, BadRequest, DataError, LockLost, Unavailable
from mlc_pipelines.store.db import Database
from mlc_pipelines_tests.erp.syspro.conftest import context_of
from mlc_pipelines_tests.faults.lost_locks import end_lock
from mlc_sandbox.serving import Fault, answer
from mlc_sandbox.syspro import SysproSandbox

_STRING = '<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">'
_XML = '<?xml version="1.0" encoding="Windows-1252"?><A><B>é &amp; ß</B></A>'


@pytest.mark.parametrize(
    "body",
    [
        _XML.encode(),
        _XML.encode("windows-1252"),
        f'"{_XML}"'.replace('="1.0"', '=\\"1.0\\"').replace('="Windows-1252"', '=\\"Windows-1252\\"').encode(),
        f"{_STRING}{_XML.replace('&', '&amp;').replace('<', '&lt;')}</string>".encode(),
        b"\xef\xbb\xbf" + _XML.encode(),
    ],
)
def test_the_document_is_found_in_every_wrapping(body: bytes):
    assert document(text_of(httpx.Response(200, content=body)), "it").findtext("b") == "é & ß"


def test_an_empty_or_broken_wrapping():
    assert text_of(httpx.Response(200, text=f"{_STRING[:-1]}/>")) == ""
    with pytest.raises(Unavailable):
        text_of(httpx.Response(200, text='"cut off'))
    with pytest.raises(Unavailable):
        document("<A><B>1", "it")
    with pytest.raises(DataError, match="mismatched tag"):
        document("<A><B></A>", "it")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Fish & chips &amp; peas", "Fish & chips & peas"),
        ("no&nbsp;break &#233;", "no&nbsp;break é"),
        ("a&#x0;b&#xD83D;c&#11;", "a\ufffdb\ufffdc\ufffd"),
        ("a\x00b\x1bc\ud83d", "a\ufffdb\ufffdc\ufffd"),
    ],
)
def test_what_xml_has_no_place_for_is_shown(text: str, read: str):
    assert document(f"<A><B>{text}</B></A>", "it").findtext("b") == read


@pytest.mark.parametrize(
    ("body", "charset"),
    [("é".encode(), "iso-8859-1"), ("é".encode("iso-8859-1"), "utf-8"), ("é".encode("utf-16"), "utf-8")],
)
def test_a_header_that_names_another_encoding(body: bytes, charset: str):
    headers = {"content-type": f"text/xml; charset={charset}"}
    assert text_of(httpx.Response(200, content=body, headers=headers)) == "é"


def test_no_entity_is_expanded():
    with pytest.raises(DataError, match="not expanded"):
        document('<!DOCTYPE a [<!ENTITY b "boom">]><a>&b;</a>', "it")


def test_errors_are_found_wherever_they_are():
    with pytest.raises(BadRequest, match="No such column"):
        document(
            "<X><Item><ErrorNumber>1</ErrorNumber><errordescription>No such column</errordescription></Item></X>", ""
        )
    with pytest.raises(BadRequest, match="Invalid operator password"):
        refuse_errors("ERROR: Invalid operator password", "the logon")
    with pytest.raises(NoSession):
        refuse_errors("ERROR: The supplied UserID is invalid. Either you were not logged in; or ...", "it")
    with pytest.raises(BadRequest, match="error 000130"):
        document("<X><ErrorNumber>000130</ErrorNumber><ErrorDescription/></X>", "it")
    assert document("<X><ErrorNumber>000000</ErrorNumber><ErrorDescription> </ErrorDescription></X>", "it").tag == "x"
    assert refuse_errors("<Errors/>", "it") == "<Errors/>"


@pytest.mark.parametrize(
    "text", ["ERROR: no", "Error - no", "\ufeffERROR no", '"ERROR: no"', f"{_STRING}ERROR: no</string>"]
)
def test_errors_in_every_wrapping(text: str):
    body = httpx.Response(200, content=text.encode(), headers={"content-type": "text/plain; charset=utf-8"})
    with pytest.raises(BadRequest, match="refused it: "):
        refuse_errors(text_of(body), "it")


def test_a_wrapped_text_with_line_breaks_as_they_are():
    assert text_of(httpx.Response(200, text='"<A>\r\n\t<B/></A>"')) == "<A>\r\n\t<B/></A>"


@pytest.fixture
def open_enet(sandbox: SysproSandbox, database: Database) -> Iterator[Callable[..., Enet]]:
    opened: list[Enet] = []
    before = sandbox.switches.wrapping

    def open_(**secrets: str) -> Enet:
        keys: dict[str, Any] = {
            "odata_url": sandbox.odata_url,
            "odata_user": "x",
            "odata_password": {"secret": "x"},
            "operator_password": {"secret": "operator"},
            "company": sandbox.company,
            "company_password": {"secret": "company"},
        }
        known = {"operator": sandbox.password, "company": sandbox.company_password, **secrets}
        connection = SysproConnection.model_validate(keys)
        opened.append(Enet(sandbox.rest_url, sandbox.operator, connection, context_of(database, known, [])))
        return opened[-1]

    yield open_
    sandbox.switches.wrapping = before
    for enet in opened:
        enet.close()


def _calls(sandbox: SysproSandbox) -> list[str]:
    return [request.path.rpartition("/Rest/")[2] for request in sandbox.log]


@pytest.mark.parametrize("wrapping", ["raw", "json", "xml"])
def test_profile_and_rows(sandbox: SysproSandbox, open_enet: Callable[..., Enet], wrapping: Any):
    sandbox.switches.wrapping = wrapping
    sandbox.log.clear()
    with open_enet().session() as session:
        assert session.profile()["companyname"]
        rows = list(session.find("ApSupplier", ["Supplier", "SupplierName"], order_by="Supplier", most=10))
    truth = [row["Supplier"] for row in sandbox.books.tables["ApSupplier"].rows()]
    assert [row["Supplier"] for row in rows] == sorted(truth)
    assert len(truth) > 20
    assert _calls(sandbox)[0] == "Logon"
    assert _calls(sandbox)[-1] == "Logoff"


def test_rows_with_conditions(sandbox: SysproSandbox, open_enet: Callable[..., Enet]):
    where = [("GlYear", "EQ", "2026"), ("GlPeriod", "EQ", "3")]
    with open_enet().session() as session:
        found = list(session.find("GenJournalCtl", ["GlJournal"], where=where, order_by="GlJournal", most=7))
    truth = sandbox.books.tables["GenJournalCtl"].where(GlYear=2026, GlPeriod=3)
    assert sorted(int(row["GlJournal"]) for row in found) == sorted(row["GlJournal"] for row in truth)


def test_a_session_that_was_ended_is_replaced_once(sandbox: SysproSandbox, open_enet: Callable[..., Enet]):
    with open_enet().session() as session:
        sandbox.sessions.end_all()
        sandbox.log.clear()
        assert session.profile()
        assert _calls(sandbox) == ["GetLogonProfile", "Logon", "GetLogonProfile"]


def test_the_operator_is_logged_off_whatever_happens(sandbox: SysproSandbox, open_enet: Callable[..., Enet]):
    sandbox.log.clear()
    with pytest.raises(BadRequest, match="Nowhere"), open_enet().session() as session:
        list(session.find("Nowhere", ["A"], order_by="A"))
    assert _calls(sandbox)[-1] == "Logoff"


def test_one_is_logged_on_at_a_time(sandbox: SysproSandbox, open_enet: Callable[..., Enet], database: Database):
    enet = open_enet()
    name = f"syspro:{sandbox.rest_url.split('/')[2]}:{sandbox.operator.lower()}"
    with enet.session(), database.try_lock(name) as held:
        assert not held


def test_who_lost_the_operator_does_not_log_on_again(
    sandbox: SysproSandbox, open_enet: Callable[..., Enet], database: Database
):
    """Another process has logged on since, which ended this session; a logon of ours would end that one."""
    name = f"syspro:{sandbox.rest_url.split('/')[2]}:{sandbox.operator.lower()}"
    with open_enet().session() as session:
        assert end_lock(database.url, name) == 1
        with open_enet().session() as other:
            sandbox.log.clear()
            with pytest.raises(LockLost, match="another run may have taken over"):
                session.profile()
            assert _calls(sandbox) == ["GetLogonProfile"]
            assert other.profile()


def test_a_refused_logon_shows_no_password(
    sandbox: SysproSandbox, open_enet: Callable[..., Enet], caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    with pytest.raises(AuthenticationError, match="Invalid operator password") as refusal:
        open_enet(operator="Wr0ng-pass").session().__enter__()
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("mlc_pipelines.")]
    assert ours
    assert "Wr0ng-pass" not in str(refusal.value) + "".join(ours)
    sandbox.faults.add(_broken())
    with pytest.raises(Unavailable) as lost:
        open_enet(operator="Wr0ng-p%ss").session().__enter__()
    sandbox.faults.clear()
    assert "Wr0ng-p" not in str(lost.value)
    assert "OperatorPassword=***" in str(lost.value)


@pytest.mark.parametrize("body", ["", "<html><body>Sign in</body></html>", "Sign in first"])
def test_a_logon_that_gives_no_session(sandbox: SysproSandbox, open_enet: Callable[..., Enet], body: str):
    sandbox.faults.add(Fault("GET", "/Logon", answer(200, {}, body)))
    with pytest.raises(AuthenticationError, match="no session"), open_enet().session():
        raise AssertionError
    sandbox.faults.clear()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<!DOCTYPE html>\n<html><body>Sign in</body></html>", "a page of HTML"),
        ('"<html><body>Sign in</body></html>"', "a page of HTML"),
        ("Welcome to the gateway", "no XML"),
        ("{}", "no XML"),
        ("", "empty"),
    ],
)
def test_another_answer_to_a_query(sandbox: SysproSandbox, open_enet: Callable[..., Enet], body: str, said: str):
    sandbox.faults.add(Fault(None, "/Query", answer(200, {"content-type": "text/html"}, body), times=20))
    try:
        with open_enet().session() as session, pytest.raises(DataError, match=f"is {said}") as caught:
            list(session.find("ApSupplier", ["Supplier"], order_by="Supplier"))
    finally:
        sandbox.faults.clear()
    assert caught.value.hint
    assert "Sign in" not in caught.value.message
    assert _calls(sandbox)[-1] == "Logoff"


def test_an_operator_whose_password_has_expired_is_told(sandbox: SysproSandbox, open_enet: Callable[..., Enet]):
    sandbox.faults.add(Fault("GET", "/Logon", answer(200, {}, "ERROR: The password of the operator has expired.")))
    with pytest.raises(AuthenticationError, match="password of the operator has expired"), open_enet().session():
        raise AssertionError
    sandbox.faults.clear()


def _broken() -> Any:
    return Fault("GET", "/Logon", answer(503), times=20)
