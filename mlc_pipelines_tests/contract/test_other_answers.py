"""What comes whole and is not what was asked is told at once; what was cut off or is down may pass."""

from __future__ import annotations

import pytest

from mlc_pipelines.erp.syspro.connection import SysproConnection
from mlc_pipelines.erp.syspro.enet import Enet
from mlc_pipelines.errors import AuthenticationError, DataError, MlcError, Unavailable
from mlc_pipelines_tests.contract.conftest import Bench
from mlc_pipelines_tests.other_answers import ENCODINGS, HTML, OTHERS, TOKENS
from mlc_sandbox.serving import Action, Fault, answer, rewrite, worded


def disturb(bench: Bench, path: str, action: Action, times: int = 100_000) -> None:
    bench.driver.sandbox.faults.add(Fault(None, path, action, times=times))
    bench.clock.slept.clear()


def log_in(bench: Bench) -> None:
    """A read that has to log in first; of e.net, which reads no rows, a session."""
    bench.driver.expire()
    connection = bench.erp.connection.model_validate(dict(bench.driver.access.connection))
    if not isinstance(connection, SysproConnection):
        bench.rows(bench.driver.dimensions[0])
        return
    assert connection.rest_url and connection.operator  # noqa: PT018 - one condition
    enet = Enet(connection.rest_url, connection.operator, connection, bench.context(bench.driver.access))
    try:
        with enet.session() as session:
            session.profile()
    finally:
        enet.close()


def asked(bench: Bench, before: int) -> int:
    """How often a token or a session was asked for."""
    return sum(bench.driver.login_path in line.path for line in bench.driver.sandbox.log[before:])


def well_told(bench: Bench, error: MlcError) -> None:
    """A class that says it will not pass, words that say what to do, and no wait before them."""
    assert isinstance(error, DataError | AuthenticationError), repr(error)
    assert error.hint
    assert not bench.clock.slept
    assert "<" not in error.message
    assert "Error" not in error.message


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_answer_to_a_log_in(shared: Bench, other: Action):
    disturb(shared, shared.driver.login_path, other)
    before = len(shared.driver.sandbox.log)
    with pytest.raises(MlcError) as raised:
        log_in(shared)
    well_told(shared, raised.value)
    assert asked(shared, before) == 1


@pytest.mark.parametrize("wire", TOKENS.values(), ids=TOKENS)
def test_a_token_that_is_none(shared: Bench, wire: bytes):
    if shared.driver.login_path in {"/Login", "/Logon"}:
        pytest.skip("it gives sessions: by a cookie, or as the whole answer")
    disturb(shared, shared.driver.login_path, worded("access_token", wire))
    before = len(shared.driver.sandbox.log)
    with pytest.raises(MlcError, match="access_token") as raised:
        log_in(shared)
    well_told(shared, raised.value)
    assert asked(shared, before) == 1


def test_a_log_in_that_may_pass(shared: Bench):
    for passing in (answer(503, HTML, "<html>down</html>"), answer(429), answer(502)):
        disturb(shared, shared.driver.login_path, passing, times=1)
        log_in(shared)
        assert shared.clock.slept
    if shared.driver.login_path == "/Logon":
        return  # half of its GUID is none
    disturb(shared, shared.driver.login_path, rewrite(lambda body: body[: len(body) * 2 // 3]))
    with pytest.raises(Unavailable):
        log_in(shared)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_log_in_in_another_encoding(shared: Bench, encoding: str):
    disturb(shared, shared.driver.login_path, rewrite(lambda body: body.decode().encode(encoding)))
    log_in(shared)


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_answer_to_a_read(shared: Bench, other: Action):
    disturb(shared, shared.driver.rows_path, other)
    with pytest.raises(MlcError) as raised:
        shared.rows(shared.driver.ledger)
    well_told(shared, raised.value)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_rows_in_another_encoding(shared: Bench, encoding: str):
    before = shared.rows(shared.driver.ledger)
    disturb(shared, shared.driver.rows_path, rewrite(lambda body: body.decode().encode(encoding)))
    assert shared.rows(shared.driver.ledger).equals(before)


def test_a_refusal_in_another_encoding(shared: Bench):
    """Its words decide what it is, and are shown."""
    said = '{"error": {"code": 1, "message": "Ærø is closed"}, "message": "Ærø is closed"}'.encode("utf-16")
    told = answer(403, {"content-type": "application/json; charset=utf-16"}, said)
    disturb(shared, shared.driver.rows_path, told)
    with pytest.raises(MlcError, match=r"Ærø is closed"):
        shared.rows(shared.driver.ledger)
