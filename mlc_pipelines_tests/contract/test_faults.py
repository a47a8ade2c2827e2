"""What goes wrong on the way is seen through, or said clearly: never a row less, never a row twice."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlc_pipelines.errors import MlcError
from mlc_pipelines_tests.contract.conftest import Bench
from mlc_pipelines_tests.mangling import mangle
from mlc_sandbox.serving import Action, Fault, answer, drop_answer, first, reset_before, truncate

HTML = {"content-type": "text/html"}
PASSING = {
    "429": answer(429),
    "429 with a time": answer(429, {"retry-after": "7"}),
    "502 html": answer(502, HTML, "<html><body><h1>Bad gateway</h1></body></html>"),
    "503": answer(503, HTML, "<html>down</html>"),
    "504": answer(504),
    "reset": reset_before,
    "answer lost": drop_answer,
    "answer cut": truncate,
}


def disturb(bench: Bench, action: Action, *, times: int = 1, after: int = 0) -> None:
    bench.driver.sandbox.faults.add(Fault(None, bench.driver.rows_path, action, times=times, after=after))


@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize("action", PASSING.values(), ids=PASSING)
def test_a_passing_fault_changes_nothing(shared: Bench, action: Action, after: int):
    before = shared.rows(shared.driver.ledger)
    shared.clock.slept.clear()
    disturb(shared, action, times=2, after=after)
    assert shared.rows(shared.driver.ledger).equals(before)
    assert not len(shared.driver.sandbox.faults), "it did not go wrong so often"
    if action.headers.get("retry-after"):
        assert max(shared.clock.slept) >= 7


def test_a_lasting_fault_is_an_error_of_ours(shared: Bench):
    disturb(shared, answer(503, HTML, "<html><body>Service <b>down</b></body></html>"), times=100_000)
    with pytest.raises(MlcError, match="503") as raised:
        shared.rows(shared.driver.ledger)
    assert "<b>" not in str(raised.value)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_credentials_that_expire_in_the_middle_are_renewed(shared: Bench, after: int):
    before = shared.rows(shared.driver.ledger)
    disturb(shared, first(shared.driver.expire), after=after)
    assert shared.rows(shared.driver.ledger).equals(before)
    assert not len(shared.driver.sandbox.faults), "nothing expired"


def test_a_page_of_something_else_is_refused(shared: Bench):
    disturb(shared, answer(200, HTML, "<html>Please sign in</html>"), times=100_000)
    with pytest.raises(MlcError):
        shared.rows(shared.driver.ledger)


def test_more_than_one_page_is_read(shared: Bench):
    """Else half of this suite would prove nothing."""
    before = len(shared.driver.sandbox.log)
    shared.rows(shared.driver.ledger)
    paths = [each for each in shared.driver.sandbox.log[before:] if re.search(shared.driver.rows_path, each.path)]
    assert len(paths) >= 3


REPR = re.compile(r"\b[A-Z]\w+(Error|Exception)\b|<class |object at 0x|Traceback|bytearray\(")


@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), after=st.integers(0, 6), data=st.data())
def test_an_answer_of_another_shape_is_an_error_of_ours(shared: Bench, seed: int, after: int, data: st.DataObject):
    """A key gone, another type, null, nested wrongly: it may do no harm, but nothing else than our errors comes out."""
    facts, dimensions = shared.driver.facts, shared.driver.dimensions
    asked = data.draw(st.sampled_from([*facts, *dimensions, "ping", "totals", "sign-in"]))
    if asked == "sign-in":
        shared.driver.expire()
    mangle(shared.driver.sandbox.faults, seed, 0 if asked == "sign-in" else after)
    said = answered(shared, asked)
    shared.driver.sandbox.faults.clear()
    assert not REPR.search(said), said
    assert len(said) < 5_000


def answered(bench: Bench, asked: str) -> str:
    """What a user reads of it."""
    try:
        with bench.source() as source:
            if asked == "ping":
                return " ".join(f"{finding.message} {finding.remedy}" for finding in source.ping())
            if asked == "totals":
                source.control(bench.ledger, bench.driver.closed)
                source.periods()
            else:
                bench.read(source, bench.driver.dimensions[0] if asked == "sign-in" else asked)
    except MlcError as error:
        return str(error)
    return ""
