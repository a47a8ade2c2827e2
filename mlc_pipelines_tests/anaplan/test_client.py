"""Whole runs of actions against the sandbox: what arrives in the model, and what is told about it."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from mlc_pipelines.anaplan import MappingParameter, Upload
from mlc_pipelines.anaplan.file_form import FileForm
from mlc_pipelines.errors import ConfigurationError, TaskFailed
from mlc_pipelines_tests.anaplan.planning import Planning, Record, accounts, actuals, csv
from mlc_sandbox.serving import Fault, rewrite

THREE = accounts(("1000", "Cash", "TA"), ("2000", "Receivables", "TA"), ("3000", 'Øre, ""and"" more', "TA"))


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


def test_rejected_rows_come_with_their_lines_and_reasons(planning: Planning):
    with planning.client() as client:
        client.run(client.action("import", "Load Accounts"), Record(), content=THREE)
        outcome = client.run(
            client.action("import", "Load Actuals"),
            Record(),
            content=actuals(
                ("1000", "100", "Jan 26", "1"), ("9999", "100", "Jan 26", "2"), ("1000", "100", "Feb 26", "x")
            ),
        )
    assert not outcome.counts.clean
    assert outcome.counts.total == 3
    assert outcome.rejected is not None
    rejected = outcome.rejected.to_pylist()
    assert [row["Account"] for row in rejected] == ["9999", "1000"]
    assert [row["Amount"] for row in rejected] == ["2", "x"]
    assert all(row["status"] == "E" and row["errors"] for row in rejected)
    assert rejected[1]["line"] == rejected[0]["line"] + 1
    assert outcome.rejected.column_names == ["line", "status", "errors", "Account", "Department", "Period", "Amount"]


def test_a_dump_in_several_chunks_is_joined(planning: Planning):
    planning.sandbox.dump_chunk_bytes = 50
    rows = [(str(n), "100", "Jan 26", "1") for n in range(40)]
    with planning.client() as client:
        outcome = client.run(client.action("import", "Load Actuals"), Record(), content=actuals(*rows))
    assert outcome.rejected is not None
    assert outcome.rejected["Account"].to_pylist() == [row[0] for row in rows]


def test_a_dump_that_is_gone_is_told(planning: Planning):
    with planning.client() as client:
        action = client.action("import", "Load Actuals")
        first = Record()
        bad = actuals(("9999", "100", "Jan 26", "2"))
        assert client.run(action, first, content=bad).rejected is not None
        client.run(action, Record(), content=bad)
        again = client.run(action, first)
    assert again.dump_missing
    assert again.rejected is None
    assert again.counts.total == 1


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


def test_a_process_with_several_files_can_not_be_fed(planning: Planning):
    with planning.client() as client, pytest.raises(ConfigurationError, match="reads 2 files"):
        client.run(client.action("process", "Load both"), Record(), content=THREE)
    assert planning.sandbox.tasks == []


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


def test_an_export(planning: Planning):
    with planning.client() as client:
        client.run(client.action("import", "Load Accounts"), Record(), content=THREE)
        loaded = actuals(("1000", "100", "Jan 26", "1.5"), ("2000", "200", "Feb 26", "-5"))
        client.run(client.action("import", "Load Actuals"), Record(), content=loaded)
        export = client.export(client.action("export", "Actuals out"), Record())
    assert export.outcome.successful
    rows = export.table.to_pylist()
    assert [(row["Accounts"], row["Departments"], row["Time"], row["Amount"]) for row in rows] == [
        ("1000", "100", "Jan 26", "1.5"),
        ("2000", "200", "Feb 26", "-5"),
    ]


def test_what_the_model_offers(planning: Planning):
    with planning.client() as client:
        found = {(action.kind, action.name) for action in client.actions()}
        source = client.import_source(client.action("import", "Load Actuals"))
    assert ("import", "Load Actuals") in found
    assert ("export", "Actuals out") in found
    assert ("process", "Load both") in found
    assert source.form == FileForm(("Account", "Department", "Period", "Amount"), ",", '"', "utf-8", ".")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("load actuals", "Did you mean 'Load Actuals'"),
        ("Load Acounts", "Did you mean 'Load Accounts'"),
        ("Zzz", "mlc actions TENANT"),
        ("Twice", "has 2 imports named 'Twice'"),
    ],
)
def test_a_name_that_is_not_exactly_one_action(planning: Planning, name: str, words: str):
    with planning.client() as client, pytest.raises(ConfigurationError, match=words):
        client.action("import", name)


def test_an_import_from_a_module_takes_no_file(planning: Planning):
    with planning.client() as client, pytest.raises(ConfigurationError, match="not from a file"):
        client.import_source(client.action("import", "Accounts from GL"))


def test_list_members(planning: Planning):
    planning.sandbox.page_cap = 2
    with planning.client() as client:
        client.run(client.action("import", "Load Accounts"), Record(), content=THREE)
        table = client.list_members("Accounts")
        with pytest.raises(ConfigurationError, match="Did you mean 'Accounts'"):
            client.list_members("Acounts")
    assert table.column_names == ["id", "name", "code", "parent"]
    assert sorted(zip(table["code"].to_pylist(), table["name"].to_pylist(), strict=True))[:2] == [
        ("1000", "Cash"),
        ("2000", "Receivables"),
    ]


def test_a_failed_export_is_no_old_file(planning: Planning):
    failed = rewrite(lambda body: re.sub(rb'"successful": ?true', b'"successful":false', body))
    with planning.client() as client:
        action = client.action("export", "Actuals out")
        assert client.run(action, Record()).successful, "and left a file"
        planning.sandbox.faults.add(Fault("GET", "/tasks/[0-9A-F]+$", failed, times=100))
        with pytest.raises(TaskFailed, match="earlier run"):
            client.export(action, Record())


def test_a_file_in_another_encoding_and_with_line_breaks(planning: Planning):
    content = csv(("Code", "Name", "Parent"), ("1", "Two\nlines", "TA"))
    with planning.client() as client:
        outcome = client.run(client.action("import", "Load Accounts"), Record(), content=content)
    assert outcome.counts.created == 1
    assert planning.model.list("Accounts").members["1"].name == "Two\nlines"


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
