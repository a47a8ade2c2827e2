"""What the live check says of each thing that it tries."""

from __future__ import annotations

import pytest

from mlc_pipelines_tests.anaplan.planning import Planning


def test_ping_is_well(planning: Planning):
    with planning.client() as client:
        findings = {finding.subject: finding for finding in client.ping()}
    assert all(finding.ok for finding in findings.values()), findings
    assert "robot@acme.example" in findings["credentials"].message
    assert "'Group Planning' in workspace 'Planning'" in findings["model"].message


@pytest.mark.parametrize(
    ("changes", "subject", "words"),
    [
        ({"auth": {"method": "basic", "user": "x@y.z", "password": {"secret": "password"}}}, "credentials", "log-in"),
        ({"workspace_id": "0" * 32}, "model", "sees no workspace"),
        ({"model_id": "0" * 32}, "model", "sees no model in workspace 'Planning'"),
    ],
)
def test_ping_tells_what_is_wrong(planning: Planning, changes: dict, subject: str, words: str):
    with planning.client(**changes) as client:
        finding = client.ping()[-1]
    assert (finding.subject, finding.ok) == (subject, False)
    assert words in finding.message
    assert finding.remedy
    assert planning.time.slept == []


def test_ping_tells_the_right_spelling_of_an_id(planning: Planning):
    connection = planning.connection().model_copy(update={"model_id": planning.model.id.lower()})
    planning.connection = lambda **_: connection
    with planning.client() as client:
        finding = client.ping()[-1]
    assert not finding.ok
    assert planning.model.id in finding.remedy


@pytest.mark.parametrize("state", ["ARCHIVED", "LOCKED", "MAINTENANCE"])
def test_ping_tells_a_state_that_forbids_loading(planning: Planning, state: str):
    planning.model.active_state = state
    with planning.client() as client:
        finding = next(found for found in client.ping() if found.subject == "model")
    assert not finding.ok
    assert state in finding.message
