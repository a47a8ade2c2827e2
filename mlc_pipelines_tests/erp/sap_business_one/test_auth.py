"""The session: logged in once, shared, replaced when it is refused, and never in a message."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from mlc_pipelines.erp.sap_business_one import ERP
from mlc_pipelines.errors import AuthenticationError, BadRequest, DataError, NotFound, Unavailable
from mlc_pipelines_tests.erp.sap_business_one.conftest import MARCH
from mlc_pipelines_tests.erp.sap_business_one.service_server import PASSWORD, Refusal, ServiceServer, entry
from mlc_sandbox.serving import Fault, answer

HTML = "<html><head><title>502 Proxy Error</title></head><body><h1>Proxy Error</h1></body></html>"


@pytest.fixture(autouse=True)
def journals(request):
    """One entry, on whichever server the test has."""
    for name in {"server", "v2_server"} & set(request.fixturenames):
        server = request.getfixturevalue(name)
        server.tables["JournalEntries"] = [entry(1, "1.0", "-1.0")]
        server.keys["JournalEntries"] = "JdtNum"


def test_the_session_is_sent_by_hand_with_its_route(server, open_source):
    assert len(open_source(server).rows("journal_entries")) == 2
    assert server.logins == [{"CompanyDB": "SBO_ACME", "UserName": "manager", "Password": PASSWORD}]
    assert set(server.cookies) == {"B1SESSION=session-number-1; ROUTEID=.node1"}


def test_a_new_route_is_taken_until_the_next_session(v2_server, open_source):
    envelope = v2_server._envelope

    def moved(content, status=200):
        response = envelope(content, status)
        if "value" in content:
            response.headers.append("set-cookie", "ROUTEID=.node2; path=/b1s; Partitioned")
        return response

    v2_server._envelope = moved
    opened = open_source(v2_server)
    opened.rows("journal_entries")
    v2_server.sessions.clear()
    opened.rows("journal_entries")
    sent = list(dict.fromkeys(v2_server.cookies))
    assert sent == [
        "B1SESSION=session-number-1; ROUTEID=.node1",
        "B1SESSION=session-number-1; ROUTEID=.node2",
        "B1SESSION=session-number-2; ROUTEID=.node1",
        "B1SESSION=session-number-2; ROUTEID=.node2",
    ]


@pytest.mark.parametrize(
    "headers",
    [
        ["B1SESSION=session-number-1;HttpOnly;, ROUTEID=.node1; path=/b1s"],
        ["ROUTEID=.node1; path=/b1s; Partitioned", 'B1SESSION="session-number-1"; path=/b1s/v2; SameSite=None'],
        ["ROUTEID=.node1"],
    ],
)
def test_cookies_in_any_form(v2_server, open_source, headers):
    envelope = v2_server._log_in

    def log_in(credentials):
        response = envelope(credentials)
        del response.headers["set-cookie"]
        for header in headers:
            response.headers.append("set-cookie", header)
        return response

    v2_server._log_in = log_in
    assert len(open_source(v2_server).rows("journal_entries")) == 2
    assert set(v2_server.cookies) == {"B1SESSION=session-number-1; ROUTEID=.node1"}


def test_one_session_for_all_sources_and_threads_of_a_tenant(v2_server, open_source):
    sources = [open_source(v2_server) for _ in range(3)]
    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(lambda opened: opened.rows("journal_entries"), sources * 4))
    assert len(v2_server.logins) == 1


def test_closing_leaves_the_session_to_the_others(v2_server, open_source):
    one, other = open_source(v2_server), open_source(v2_server)
    one.rows("journal_entries")
    one.source.close()
    assert v2_server.sessions == {"session-number-1"}
    other.rows("journal_entries")
    assert len(v2_server.logins) == 1


def test_tenants_and_versions_have_sessions_of_their_own(open_source):
    with ServiceServer("v1") as old, ServiceServer("v2") as new:
        for server in (old, new):
            server.tables["JournalEntries"], server.keys["JournalEntries"] = [], "JdtNum"
            open_source(server, tenant="acme").rows("journal_entries")
        open_source(new, tenant="other").rows("journal_entries")
        assert (len(old.logins), len(new.logins)) == (1, 2)


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (401, 301, "Invalid session or session already timeout."),
        (400, 301, "Invalid session or session already timeout."),
        (400, -5002, "Invalid session or session already timeout."),
        (500, -5002, "The Session has ended"),
    ],
)
def test_a_refused_session_is_replaced_and_the_request_replayed_once(server, open_source, status, code, message):
    refusals = [Refusal(status, code, message)]

    def expire(_path, _query):
        if refusals:
            raise refusals.pop()

    server.before = expire
    assert len(open_source(server).rows("journal_entries")) == 2
    assert len(server.logins) == 2
    assert server.asked[0] == server.asked[1] != server.asked[2]


def test_a_session_that_is_refused_again_is_an_error(v2_server, open_source):
    def refuse(_path, _query):
        raise Refusal(401, 301, "Invalid session or session already timeout.")

    v2_server.before = refuse
    with pytest.raises(AuthenticationError, match="also after two new logins"):
        open_source(v2_server).rows("journal_entries")
    assert len(v2_server.logins) == 3


def test_5002_about_anything_else_is_no_reason_to_log_in(server, open_source):
    def fail(_path, _query):
        raise Refusal(400, -5002, "Internal error (-5002) occurred")

    server.before = fail
    with pytest.raises(BadRequest, match=r"-5002: Internal error"):
        open_source(server).rows("journal_entries")
    assert len(server.logins) == 1


def test_a_wrong_password_says_what_to_look_at(server, open_source):
    opened = open_source(server, password="not the right one")
    with pytest.raises(AuthenticationError, match=r"Login failed.*company_db 'SBO_ACME'.*'b1_password'") as caught:
        opened.rows("journal_entries")
    assert "not the right one" not in str(caught.value)


def test_a_wrong_password_is_tried_once_for_all_entities(server, open_source):
    opened = open_source(server, password="not the right one")
    for entity in ("journal_entries", "invoices", "dimensions"):
        with pytest.raises(AuthenticationError, match=r"Login failed.*'b1_password'"):
            opened.rows(entity)
    assert len(server.logins) == 1


def test_a_session_of_another_password_is_not_used(v2_server, open_source):
    open_source(v2_server).rows("journal_entries")
    with pytest.raises(AuthenticationError, match="Login failed"):
        open_source(v2_server, password="changed since").rows("journal_entries")


def test_a_server_of_another_version_is_named(open_source):
    with ServiceServer("v1") as server, pytest.raises(NotFound, match="is there a Service Layer v2"):
        open_source(server, base_url=f"{server.url}/b1s/v2").rows("journal_entries")


def test_an_unbound_company_is_a_matter_for_the_server(v2_server, open_source):
    body = {"error": {"code": "100000027", "message": "Fail to Get the Bound Database Instance from SLD"}}
    v2_server.faults.add(Fault(None, "Login", answer(500, body=json.dumps(body).encode())))
    with pytest.raises(AuthenticationError, match="System Landscape Directory"):
        open_source(v2_server).rows("journal_entries")


def test_html_of_a_dying_node_is_tried_again(v2_server, open_source):
    html = answer(502, {"content-type": "text/html"}, HTML.encode())
    v2_server.faults.add(Fault(None, "JournalEntries", html, times=2))
    assert len(open_source(v2_server).rows("journal_entries")) == 2


def test_html_for_ever_is_told_without_its_markup(v2_server, open_source):
    html = answer(502, {"content-type": "text/html"}, HTML.encode())
    v2_server.faults.add(Fault(None, "JournalEntries", html, times=100))
    with pytest.raises(Unavailable, match=r"answered 502: Proxy Error\b"):
        open_source(v2_server).rows("journal_entries")


def test_a_login_page_in_place_of_a_session(v2_server, open_source):
    v2_server.faults.add(Fault(None, "Login", answer(200, {"content-type": "text/html"}, b"<html>hello</html>")))
    with pytest.raises(DataError, match="without a session"):
        open_source(v2_server).rows("journal_entries")


@pytest.mark.parametrize(("dying", "logins", "pauses"), [(1, 2, 0), (2, 3, 1)])
@pytest.mark.parametrize("error", [301, 5002])
def test_a_session_that_dies_after_its_login_is_replaced_at_once_and_then_after_a_pause(
    sandbox, opened, error, dying, logins, pauses
):
    sandbox.switches.session_error, sandbox.switches.dying_logins = error, dying
    source = opened(sandbox)
    assert source.rows("profit_centers")
    assert (sandbox.sessions.logins, len(source.clock.slept)) == (logins, pauses)


def test_sessions_that_always_die_after_their_login_are_an_error(sandbox, opened):
    sandbox.switches.dying_logins = 1_000
    source = opened(sandbox)
    with pytest.raises(AuthenticationError, match=r"Invalid session.*also after two new logins"):
        source.rows("profit_centers")
    assert (sandbox.sessions.logins, len(source.clock.slept)) == (3, 1)


@pytest.mark.parametrize("error", [301, 5002])
def test_a_session_that_ends_between_pages(sandbox, opened, error):
    sandbox.switches.session_error = error
    source = opened(sandbox, page_size=5)
    batches = source.source.read(ERP.entities["journal_entries"], MARCH)
    rows = next(batches).num_rows
    sandbox.expire_sessions()
    rows += sum(batch.num_rows for batch in batches)
    assert rows == sandbox.books.control(MARCH.start, MARCH.end).lines
    assert sandbox.sessions.logins <= 2


def test_an_idle_session_is_replaced_by_one_login(sandbox, opened):
    source = opened(sandbox)
    source.rows("dimensions")
    sandbox.clock.advance(31 * 60)
    source.rows("dimensions")
    assert sandbox.sessions.logins == 2
