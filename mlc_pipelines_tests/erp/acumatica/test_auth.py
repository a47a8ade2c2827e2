"""Signing in and out, seats, and errors that say what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mlc_pipelines.erp.acumatica.auth import SessionAuth
from mlc_pipelines.errors import AuthenticationError, DataError, PermanentError, RateLimited
from mlc_pipelines_tests.erp.acumatica.conftest import COOKIE, Open
from mlc_pipelines_tests.erp.acumatica.instance import LEDGER, ROOT, SEATS, Instance
from mlc_sandbox.faults import Fault, answer

REFRESH = {
    "method": "oauth",
    "client_id": "GUID@U100 Ltd",
    "client_secret": {"secret": "client"},
    "refresh_token": {"secret": "refresh"},
}


def paths(instance: Instance) -> list[str]:
    return [request.path.removeprefix(ROOT) for request in instance.log]


def test_the_tenant_goes_with_the_client_and_one_token_serves_all(instance: Instance, open_source: Open):
    open_source(instance).rows("accounts")
    open_source(instance).rows("accounts")
    (grant,) = instance.grants
    assert grant["client_id"] == "GUID@U100 Ltd"
    assert (grant["grant_type"], grant["username"], grant["scope"]) == ("password", "robot", "api offline_access")
    assert "authorization" not in instance.log[0].headers  # credentials go in the body


def test_a_refused_token_is_refreshed_by_the_newest_refresh_token(instance: Instance, open_source: Open):
    source = open_source(instance)
    source.rows("accounts")
    for refresh in ("refresh-1", "refresh-2"):
        instance.expire()
        source.rows("accounts")
        assert instance.grants[-1]["refresh_token"] == refresh


def test_two_processes_share_the_refresh_token(instance: Instance, open_source: Open):
    sources = [open_source(instance) for _ in range(2)]
    for _ in range(3):
        for source in sources:
            source.rows("accounts")
        instance.expire()
    # Each expiry costs one refresh, by whoever noticed it first.
    assert [grant["grant_type"] for grant in instance.grants] == ["password", "refresh_token", "refresh_token"]


def test_a_used_up_refresh_token_is_replaced_by_the_password(instance: Instance, open_source: Open):
    source = open_source(instance)
    source.rows("accounts")
    instance.expire()
    instance.refresh = "somebody else refreshed"
    source.rows("accounts")
    assert [grant["grant_type"] for grant in instance.grants] == ["password", "refresh_token", "password"]


def test_a_refresh_token_of_a_browser_is_used_once(instance: Instance, open_source: Open):
    source = open_source(instance, auth=REFRESH)
    source.rows("accounts")
    instance.expire()
    source.rows("accounts")
    assert [grant["refresh_token"] for grant in instance.grants] == ["first-refresh", "refresh-1"]
    instance.expire()
    instance.refresh = "lost"
    with pytest.raises(AuthenticationError, match=r"Sign in in a browser once more.*mlc secrets set acme refresh`"):
        source.rows("accounts")
    # Stored anew by hand.
    instance.refresh = "by hand"
    open_source(instance, auth=REFRESH, secrets={"refresh": "by hand"}).rows("accounts")


@pytest.mark.parametrize(
    ("secrets", "message"),
    [
        (
            {"password": "wrong"},
            r"invalid_username_or_password The password is wrong.*by `mlc secrets set acme password`\.$",
        ),
        ({"client": "wrong"}, r"invalid_client Check client_id, client_secret.*by `mlc secrets set acme client`\.$"),
    ],
)
def test_refused_credentials(instance: Instance, open_source: Open, secrets: dict[str, str], message: str):
    with pytest.raises(AuthenticationError, match=message) as caught:
        open_source(instance, secrets=secrets).rows("accounts")
    assert "the-password" not in str(caught.value)
    assert len(instance.grants) == 1


def test_a_session_is_shared_and_ended_by_the_last_who_uses_it(instance: Instance, open_source: Open):
    first, second = open_source(instance, auth=COOKIE), open_source(instance, auth=COOKIE)
    first.rows("accounts")
    second.rows("accounts")
    first.source.close()
    assert (instance.logins, instance.ended) == (1, 0)
    second.rows("accounts")
    second.source.close()
    assert (instance.logins, instance.ended, instance.sessions) == (1, 1, set())
    first.source.close()
    assert instance.ended == 1
    open_source(instance, auth=COOKIE).rows("accounts")
    assert instance.logins == 2


def test_a_session_of_another_branch_is_not_used(instance: Instance, open_source: Open):
    open_source(instance, auth=COOKIE).rows("accounts")
    open_source(instance, auth=COOKIE, branch="NORTH").rows("accounts")
    assert instance.logins == 2


def test_a_session_that_ended_is_opened_anew_once(instance: Instance, open_source: Open):
    source = open_source(instance, auth=COOKIE)
    source.rows("accounts")
    instance.expire()
    source.rows("accounts")
    assert instance.logins == 2


def test_a_forgotten_source_ends_its_session(instance: Instance, open_source: Open):
    opened = open_source(instance, auth=COOKIE)
    opened.rows("accounts")
    assert isinstance(opened.source._auth, SessionAuth)
    leave = opened.source._auth.close  # what the interpreter calls at its end
    assert leave.atexit
    leave()
    assert instance.sessions == set()


def test_a_session_is_not_ended_where_none_was_opened(instance: Instance, open_source: Open):
    open_source(instance, auth=COOKIE).source.close()
    assert instance.log == []


def test_a_session_that_can_not_be_ended_does_not_fail_the_run(
    instance: Instance, open_source: Open, caplog: pytest.LogCaptureFixture
):
    source = open_source(instance, auth=COOKIE)
    source.rows("accounts")
    instance.faults.add(Fault("POST", "/logout", answer(503), times=100))
    source.source.close()
    assert sum(source.clock.slept) < 20
    assert "could not be ended" in caplog.text
    assert "session-1" not in caplog.text


def test_a_refused_login(instance: Instance, open_source: Open):
    with pytest.raises(
        AuthenticationError, match=r"Invalid credentials.*The password is wrong.*mlc secrets set acme password`"
    ):
        open_source(instance, auth=COOKIE, secrets={"password": "wrong"}).rows("accounts")
    assert paths(instance) == ["/entity/auth/login"]


def test_a_page_with_a_cookie_is_no_session(instance: Instance, open_source: Open):
    """A proxy's page to sign in sets cookies too; the API opens a session by 204."""
    cookie = {"set-cookie": "PROXYSESSION=abc; path=/; HttpOnly", "content-type": "text/html"}
    instance.faults.add(Fault("POST", "/login", answer(200, cookie, "<html>Please sign in</html>"), times=5))
    with pytest.raises(DataError, match=r"without a session \(HTTP 200, where 204") as caught:
        open_source(instance, auth=COOKIE).rows("accounts")
    assert "base_url" in caught.value.hint
    assert paths(instance) == ["/entity/auth/login"]


TOWARDS_ERROR = {"location": f"/Frames/Error.aspx?exceptionID=1&message={SEATS.replace(' ', '+')}"}


@pytest.mark.parametrize(
    ("path", "shape", "said"),
    [
        ("/Ledger", answer(302, TOWARDS_ERROR), SEATS),
        ("/Ledger", answer(429, {}, "The custom error module does not recognize this error."), "custom error module"),
        ("/token", answer(429, {}, {"message": "API Login Limit"}), "API Login Limit"),
        ("/token", answer(400, {}, {"error": "API Login Limit reached"}), "API Login Limit"),
    ],
)
def test_a_seat_limit_is_waited_out_in_all_its_shapes(
    instance: Instance, open_source: Open, path: str, shape: object, said: str
):
    instance.records["Ledger"] = [LEDGER]
    instance.faults.add(Fault(None, path, shape, times=3))  # type: ignore[arg-type]
    opened = open_source(instance)
    assert len(opened.rows("ledgers")) == 1
    assert len(opened.clock.slept) == 3
    instance.faults.add(Fault(None, path, shape, times=1000))  # type: ignore[arg-type]
    instance.expire()
    with pytest.raises(RateLimited, match=said):
        opened.rows("ledgers")
    assert sum(opened.clock.slept) < 1800


def test_a_login_without_a_free_seat_waits(instance: Instance, open_source: Open):
    full = answer(500, {}, {"message": "An error has occurred.", "exceptionMessage": "API Login Limit"})
    instance.faults.add(Fault("POST", "/login", full, times=5))
    opened = open_source(instance, auth=COOKIE)
    opened.rows("ledgers")
    assert len(opened.clock.slept) == 5


def test_other_redirects_are_errors_and_are_not_followed(instance: Instance, open_source: Open):
    instance.faults.add(Fault("GET", "/Ledger", answer(302, {"location": "/ui/error"})))
    with pytest.raises(PermanentError, match=r"leads to /ui/error.*Check base_url"):
        open_source(instance).rows("ledgers")
    assert "/ui/error" not in paths(instance)


def test_a_redirect_to_the_sign_in_page_is_a_session_that_ended(instance: Instance, open_source: Open):
    away = answer(302, {"location": f"{ROOT}/Frames/Login.aspx?ReturnUrl=x"})
    instance.faults.add(Fault("GET", "/Ledger", away))
    instance.records["Ledger"] = [LEDGER]
    assert len(open_source(instance, auth=COOKIE).rows("ledgers")) == 1
    assert instance.logins == 2


@pytest.mark.parametrize("lifetime", [{"expires_in": "3600"}, {}])
def test_the_life_of_a_token_may_be_text_or_unsaid(instance: Instance, open_source: Open, lifetime: dict[str, object]):
    instance.lifetime = lifetime
    opened = open_source(instance)
    opened.rows("accounts")
    opened.clock.moment += timedelta(seconds=3530)
    opened.rows("accounts")
    assert len(instance.grants) == 1
    opened.clock.moment += timedelta(seconds=20)
    opened.rows("accounts")
    assert [grant["grant_type"] for grant in instance.grants] == ["password", "refresh_token"]


def test_a_scope_that_is_not_allowed(instance: Instance, open_source: Open):
    instance.faults.add(Fault("POST", "/token", answer(400, body={"error": "invalid_scope"})))
    with pytest.raises(AuthenticationError, match="Allow the scopes api and offline_access"):
        open_source(instance).rows("accounts")
