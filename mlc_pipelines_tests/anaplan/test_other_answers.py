"""What Anaplan's addresses answer whole, and is not what was asked, is told at once."""

from __future__ import annotations

import pytest

from mlc_pipelines.errors import AuthenticationError, DataError, MlcError, Unavailable
from mlc_pipelines_tests.anaplan.planning import Planning
from mlc_pipelines_tests.other_answers import ENCODINGS, OTHERS, TOKENS
from mlc_sandbox.serving import Action, Fault, answer, rewrite, worded

LOG_IN = "/token/authenticate"


def disturb(planning: Planning, path: str, action: Action, times: int = 100_000) -> None:
    planning.sandbox.faults.clear()
    planning.sandbox.faults.add(Fault(None, path, action, times=times))


def told(planning: Planning) -> MlcError:
    """What comes of a read without any wait."""
    planning.time.slept.clear()
    with planning.client() as client, pytest.raises(MlcError) as raised:
        client.list_members("Accounts")
    assert not planning.time.slept
    return raised.value


def well_told(error: MlcError) -> None:
    assert isinstance(error, DataError | AuthenticationError), repr(error)
    assert error.hint
    assert "<" not in error.message


def test_another_answer_to_a_log_in(planning: Planning):
    for number, other in enumerate(OTHERS.values(), 1):
        disturb(planning, LOG_IN, other)
        well_told(told(planning))
        assert planning.sent("POST", LOG_IN) == number


def test_a_token_that_is_none(planning: Planning):
    for key, wires in {"tokenValue": TOKENS.values(), "expiresAt": (b"null", b'"soon"', b"0", b"[]", b"true")}.items():
        for wire in wires:
            disturb(planning, LOG_IN, worded(key, wire))
            well_told(told(planning))


def test_a_log_in_that_may_pass(planning: Planning):
    disturb(planning, LOG_IN, rewrite(lambda body: body[: len(body) * 2 // 3]))
    assert isinstance(told(planning), Unavailable)
    disturb(planning, LOG_IN, answer(503), times=2)
    with planning.client() as client:
        client.list_members("Accounts")
    assert planning.time.slept


@pytest.mark.parametrize("path", ["/lists$", "/lists/.*/items"])
def test_another_answer_to_a_read(planning: Planning, path: str):
    for other in OTHERS.values():
        disturb(planning, path, other)
        well_told(told(planning))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_answers_in_another_encoding(planning: Planning, encoding: str):
    disturb(planning, f"{LOG_IN}|/lists", rewrite(lambda body: body.decode().encode(encoding)))
    with planning.client() as client:
        assert client.list_members("Accounts").num_rows >= 0
