"""Whole runs of actions against the sandbox: what arrives in the model, and what is told about it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from mlc_pipelines.anaplan import MappingParameter, Upload
from mlc_pipelines_tests.anaplan.planning import THREE, Planning, Record, accounts, actuals, csv


def test_a_list_import(planning: Planning):
    with planning.client() as client:
        record = Record()
        outcome = client.run(client.action("import", "Load Accounts"), record, content=THREE)
    assert outcome.successful
    assert outcome.counts.total == outcome.counts.succeeded == outcome.counts.created == 3
    assert outcome.counts.clean
    assert outcome.rejected is None
    assert not outcome.dump_missing
    assert outcome.nested == ()
    assert outcome.task_id == record.task_id == planning.sandbox.tasks[0].id
    assert outcome.started_at is not None
    assert abs(outcome.started_at - planning.sandbox.tasks[0].created_at) < timedelta(milliseconds=1)
    members = planning.model.list("Accounts").members
    assert set(members) == {"TA", "1000", "2000", "3000"}
    assert (members["3000"].name, members["3000"].parent) == ('Øre, "and" more', "TA")


def test_a_module_import(planning: Planning):
    with planning.client() as client:
        client.run(client.action("import", "Load Accounts"), Record(), content=THREE)
        outcome = client.run(
            client.action("import", "Load Actuals"),
            Record(),
            content=actuals(("1000", "100", "Jan 26", "1234567890.12"), ("2000", "200", "Feb 26", "-5")),
        )
    assert outcome.successful
    assert (outcome.counts.total, outcome.counts.succeeded) == (2, 2)
    assert planning.model.module("GL").cells == {
        ("1000", "100", "Jan 26", "Actual", "Amount"): Decimal("1234567890.12"),
        ("2000", "200", "Feb 26", "Actual", "Amount"): Decimal(-5),
    }


def test_progress_is_told(planning: Planning):
    with planning.client() as client:
        client.run(client.action("import", "Load Accounts"), Record(), content=THREE)
    stages = [told.stage for told in planning.progress]
    assert stages[0] == "uploading"
    assert stages[-1] == "running"
    assert planning.progress[0].bytes_sent == len(b"".join(THREE()))
    assert planning.progress[-1].task_id == planning.sandbox.tasks[0].id
    assert planning.progress[-1].fraction == 1.0


def test_a_process_reports_each_of_its_imports(planning: Planning):
    with planning.client() as client:
        imports = [client.action("import", name) for name in ("Load Accounts", "Load Actuals")]
        files = [accounts(("1000", "Cash", "TA"), ("1001", "Lost", "nowhere")), actuals(("9999", "100", "Jan 26", "2"))]
        for action, content in zip(imports, files, strict=True):
            client.run(action, Record(), content=content)
        outcome = client.run(client.action("process", "Load both"), Record())
    assert [part.object_id for part in outcome.nested] == [action.id for action in imports]
    assert [part.name for part in outcome.nested] == ["Load Accounts", "Load Actuals"]
    assert [part.counts.total for part in outcome.nested] == [2, 1]
    assert outcome.counts.total == 3
    first, second = (part.rejected for part in outcome.nested)
    assert first is not None
    assert second is not None
    assert (first["Code"].to_pylist(), second["Account"].to_pylist()) == (["1001"], ["9999"])
    assert outcome.rejected is not None
    assert outcome.rejected.num_rows == 2
    assert outcome.rejected["Account"].to_pylist() == [None, "9999"]


def test_a_process_is_fed_through_its_one_file(planning: Planning):
    with planning.client() as client:
        process = client.action("process", "One file twice")
        assert client.import_source(process).form.headers == ("Account", "Department", "Period", "Amount")
        outcome = client.run(
            process,
            Record(),
            content=actuals(("4000", "100", "Jan 26", "7")),
            mapping_parameters=[MappingParameter("Version", "Budget")],
        )
    assert outcome.successful
    assert outcome.rejected is None
    assert planning.model.module("GL").cells == {("4000", "100", "Jan 26", "Budget", "Amount"): Decimal(7)}


def test_an_import_without_a_file_fails_and_says_so(planning: Planning):
    with planning.client() as client:
        outcome = client.run(client.action("import", "Load Accounts"), Record())
    assert not outcome.successful
    assert outcome.messages
    assert not outcome.counts.reported


def test_a_file_of_many_chunks(planning: Planning):
    rows = [(f"{n:05d}", f"Account {n}", "TA") for n in range(3000)]
    with planning.client(how=Upload(chunk_bytes=2000)) as client:
        outcome = client.run(client.action("import", "Load Accounts"), Record(), content=accounts(*rows))
    assert outcome.counts.created == 3000
    assert sum(line.method == "PUT" for line in planning.sandbox.log) > 30


def test_a_file_in_another_encoding_and_with_line_breaks(planning: Planning):
    content = csv(("Code", "Name", "Parent"), ("1", "Two\nlines", "TA"))
    with planning.client() as client:
        outcome = client.run(client.action("import", "Load Accounts"), Record(), content=content)
    assert outcome.counts.created == 1
    assert planning.model.list("Accounts").members["1"].name == "Two\nlines"


def test_a_deadline_leaves_the_task_to_be_waited_for(planning: Planning):
    planning.sandbox.task_seconds = 500
    record = Record()
    with planning.client() as client:
        action = client.action("import", "Load Accounts")
        with pytest.raises(Exception, match="waits for the same task"):
            client.run(action, record, content=THREE, deadline=timedelta(seconds=60))
        outcome = client.run(action, record, content=THREE)
    assert outcome.counts.created == 3
    assert len(planning.sandbox.tasks) == 1
    assert planning.sent("POST", "/complete") == 1
