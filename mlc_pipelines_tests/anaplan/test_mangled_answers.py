"""Whatever Anaplan answers, what comes out is a result or an error of ours, and a success only where there is one."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlc_pipelines.errors import MlcError
from mlc_pipelines_tests.anaplan.planning import Planning, Record, accounts
from mlc_pipelines_tests.mangling import mangle

REPR = re.compile(r"\b[A-Z]\w+(Error|Exception)\b|<class |object at 0x|Traceback|bytearray\(")


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), after=st.integers(0, 14), number=st.integers(1, 10**6))
def test_an_answer_of_another_shape_is_an_error_of_ours(planning: Planning, seed: int, after: int, number: int):
    code = f"M{number}"
    mangle(planning.sandbox.faults, seed, after)
    said = loaded(planning, code)
    planning.sandbox.faults.clear()
    assert not REPR.search(said), said
    assert len(said) < 5_000
    with planning.client() as client:
        held = client.list_members("Accounts").column("code").to_pylist()
    assert said or code in held, "it called that a success"


def loaded(planning: Planning, code: str) -> str:
    """What a user reads of a load of one account; nothing when it went well."""
    try:
        with planning.client() as client:
            action = client.action("import", "Load Accounts")
            outcome = client.run(action, Record(), content=accounts((code, f"Account {code}", "TA")))
            client.list_members("Accounts")
            client.ping()
    except MlcError as error:
        return str(error)
    return "" if outcome.successful and outcome.counts.clean else "; ".join(outcome.messages) or "red"
