"""Everything that goes wrong on the way, against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise, product

import pytest

from mlc_pipelines.anaplan import Upload
from mlc_pipelines.errors import AuthenticationError, ConfigurationError, ModelBusy, OutcomeUnknown, TaskCancelled
from mlc_pipelines_tests.anaplan.planning import CODE, DEVICE, USER, Planning, Record, SandboxTime, accounts
from mlc_pipelines_tests.sandbox_anaplan.certificate import self_signed
from mlc_sandbox.serving import Fault, answer, drop_answer, reset_before, truncate

ROWS = accounts(("1000", "Cash", "TA"), ("2000", "Receivables", "TA"))


def run(planning: Planning, record: Record | None = None, content=ROWS, **options):
    with planning.client(**options) as client:
        return client.run(client.action("import", "Load Accounts"), record or Record(), content=content)


def test_one_log_in_for_many_runs_and_clients(planning: Planning):
    for _ in range(3):
        assert run(planning).successful
    assert planning.sandbox.tokens.minted == 1


def test_a_token_that_expires_is_renewed(planning: Planning):
    run(planning)
    planning.sandbox.clock.advance(40 * 60)
    assert run(planning).successful
    assert planning.sandbox.tokens.minted == 2


@pytest.mark.parametrize("wrong_by", [0.0, -3600.0])
def test_tokens_revoked_in_the_middle_of_an_upload(planning: Planning, wrong_by: float):
    """Also with a clock that is an hour late, so that the client believes the token to be good."""
    rows = list(accounts(*((f"{n:05d}", f"{n:055d}", "TA") for n in range(800)))())

    def content() -> Iterator[bytes]:
        yield from rows[:400]
        planning.sandbox.tokens.kill_all()
        yield from rows[400:]

    time = SandboxTime(planning.sandbox.clock, wrong_by)
    with planning.client(how=Upload(chunk_bytes=1300), time=time) as client:
        outcome = client.run(client.action("import", "Load Accounts"), Record(), content=content)
    assert outcome.counts.created == 800
    assert sum(line.method == "PUT" and line.status == 204 for line in planning.sandbox.log) >= 40
    assert planning.sandbox.tokens.minted == 2


def test_a_refused_password_is_tried_once(planning: Planning):
    planning.secrets["password"] = "wrong"
    with pytest.raises(AuthenticationError, match="refused the log-in") as caught:
        run(planning)
    assert "wrong" not in str(caught.value)
    assert planning.sent("POST", "/token/authenticate") == 1


WAYS = {
    "basic": ({"method": "basic", "user": USER, "password": {"secret": "password"}}, ["mlc secrets set acme password"]),
    "certificate": (
        {"method": "certificate", "certificate": {"secret": "pem"}, "private_key": {"secret": "key"}},
        ["mlc secrets set acme pem", "mlc secrets set acme key"],
    ),
    "device": (
        {"method": "oauth_device", "client_id": DEVICE.client_id, "refresh_token": {"secret": "granted"}},
        ["mlc anaplan login acme", "granted"],
    ),
    "code": (
        {
            "method": "oauth_code",
            "client_id": CODE.client_id,
            "client_secret": {"secret": "client"},
            "refresh_token": {"secret": "granted"},
        },
        ["mlc secrets set acme granted", "mlc secrets set acme client"],
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_refused_credential_names_what_sets_it_again(planning: Planning, way: str):
    """By each way to sign in, with the tenant's name and the secrets' names in the vault."""
    auth, commands = WAYS[way]
    certificate, key = self_signed("a stranger", days=90)
    planning.secrets |= {"password": "wrong", "pem": certificate, "key": key, "granted": "wrong", "client": "wrong"}
    with planning.client(auth=auth) as client:
        found = {finding.subject: finding for finding in client.ping()}
    assert not found["credentials"].ok
    for command in commands:
        assert command in found["credentials"].remedy


def test_a_certificate_that_can_not_be_used_names_what_sets_it_again(planning: Planning):
    planning.secrets |= {"pem": "no certificate", "key": "no key"}
    with pytest.raises(ConfigurationError, match=r"mlc secrets set acme pem` or `mlc secrets set acme key`"):
        planning.client(auth=WAYS["certificate"][0])


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "41"}, 41), ({}, 10)])
def test_retry_after_is_obeyed(planning: Planning, headers: dict[str, str], seconds: int):
    planning.sandbox.faults.add(Fault("POST", "/tasks$", answer(429, headers)))
    assert run(planning).successful
    assert planning.sent("POST", "/tasks") == 2
    first, second = (line.at for line in planning.sandbox.log if line.method == "POST" and line.path.endswith("/tasks"))
    assert timedelta(seconds=seconds) <= second - first < timedelta(seconds=seconds + 3)
    assert len(planning.sandbox.tasks) == 1


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        *product(["/imports$", r"/tasks/\w+$", "/chunks/0$", "/complete$"], [answer(503), answer(500), reset_before]),
        *product(["/imports$", r"/tasks/\w+$", "/complete$"], [drop_answer, truncate]),
        ("/chunks/0$", drop_answer),  # its answer has no body to cut
    ],
)
def test_what_may_be_repeated_is_repeated(planning: Planning, path: str, fault):
    planning.sandbox.faults.add(Fault(None, path, fault))
    assert run(planning).counts.created == 2
    assert len(planning.sandbox.tasks) == 1


@pytest.mark.parametrize("fault", [drop_answer, truncate])
def test_a_start_that_was_executed_is_not_repeated(planning: Planning, fault):
    planning.sandbox.faults.add(Fault("POST", "/tasks$", fault))
    record = Record()
    outcome = run(planning, record)
    assert outcome.counts.created == 2
    assert [task.id for task in planning.sandbox.tasks] == [outcome.task_id] == [record.task_id]
    assert planning.sent("POST", "/tasks") == 1


@pytest.mark.parametrize("fault", [reset_before, answer(503)])
def test_a_start_that_was_not_executed_is_repeated(planning: Planning, fault):
    planning.sandbox.faults.add(Fault("POST", "/tasks$", fault))
    assert run(planning).counts.created == 2
    assert planning.sent("POST", "/tasks") == 2
    assert len(planning.sandbox.tasks) == 1
    assert planning.sent("PUT", "/chunks/0") == 1


class Crash(BaseException):
    """The process dies."""


class CrashingRecord(Record):
    """Dies when told that the task was started: the answer came, but nobody knows."""

    def started(self, task_id: str) -> None:
        raise Crash


@pytest.mark.parametrize("hours", [0, 25])
def test_a_crash_after_the_start_is_taken_up(planning: Planning, hours: int):
    planning.sandbox.clock.advance(hours * 3600)
    record = CrashingRecord()
    with pytest.raises(Crash):
        run(planning, record)
    assert record.starting_since is not None
    resumed = Record(starting_since=record.starting_since)
    planning.sandbox.clock.advance(3600)
    outcome = run(planning, resumed)
    assert outcome.counts.created == 2
    assert resumed.task_id == outcome.task_id
    assert len(planning.sandbox.tasks) == 1
    assert planning.sent("POST", "/complete") == 1


def test_a_crash_before_the_start_begins_anew(planning: Planning):
    run(planning)
    planning.sandbox.clock.advance(3600)
    outcome = run(planning, Record(starting_since=planning.sandbox.clock.now()))
    assert outcome.successful
    assert len(planning.sandbox.tasks) == 2


def test_a_known_task_is_waited_for_without_sending_anything(planning: Planning):
    record = Record()
    run(planning, record)
    planning.sandbox.log.clear()
    assert run(planning, Record(task_id=record.task_id)).counts.created == 2
    assert {line.method for line in planning.sandbox.log} == {"GET"}


def test_a_task_that_anaplan_forgot_is_a_doubt(planning: Planning):
    with pytest.raises(OutcomeUnknown, match="does not know task"):
        run(planning, Record(task_id="F" * 32))
    assert planning.sandbox.tasks == []


def test_a_cancelled_task_is_told_and_leaves_nothing(planning: Planning):
    planning.sandbox.task_seconds = 60
    planning.sandbox.cancel_seconds = 20
    with planning.client() as client, planning.client() as other:
        action = client.action("import", "Load Accounts")
        planning.time.after(10, lambda: planning.model.queue.cancel(planning.sandbox.tasks[0], "somebody"))
        with pytest.raises(TaskCancelled, match="rolled it back"):
            client.run(action, Record(), content=ROWS)
        assert other.cancel(action, planning.sandbox.tasks[0].id).state == "CANCELLED"
    assert set(planning.model.list("Accounts").members) == {"TA"}


def test_cancelling_a_running_task(planning: Planning):
    planning.sandbox.task_seconds = 600
    record = Record()
    with planning.client() as client:
        action = client.action("import", "Load Accounts")
        with pytest.raises(Exception, match="waits for the same task"):
            client.run(action, record, content=ROWS, deadline=timedelta(seconds=30))
        assert record.task_id
        assert client.cancel(action, record.task_id).state == "CANCELLED"
        with pytest.raises(TaskCancelled):
            client.run(action, record, content=ROWS)


@pytest.mark.parametrize("state", ["LOCKED", "MAINTENANCE"])
def test_a_model_that_is_locked_for_a_while_is_waited_for(planning: Planning, state: str):
    with planning.client() as client:
        action = client.action("import", "Load Accounts")
        planning.model.active_state = state
        planning.time.after(120, lambda: setattr(planning.model, "active_state", "UNLOCKED"))
        assert client.run(action, Record(), content=ROWS).successful
    assert sum(planning.time.slept) >= 120


def test_a_model_that_stays_locked_is_an_error_that_says_so(planning: Planning):
    with planning.client() as client:
        action = client.action("import", "Load Accounts")
        planning.model.active_state = "LOCKED"
        with pytest.raises(ModelBusy, match="administrator has locked the model"):
            client.run(action, Record(), content=ROWS)
    assert planning.sandbox.tasks == []


def test_a_conflict_is_waited_for(planning: Planning):
    planning.sandbox.faults.add(Fault("POST", "/tasks$", answer(409), times=2))
    assert run(planning).successful
    assert planning.sent("POST", "/tasks") == 3


def test_another_users_task_is_waited_for_before_the_file_is_touched(planning: Planning):
    planning.sandbox.task_seconds = 90
    with planning.client() as client:
        action = client.action("import", "Load Accounts")
        with pytest.raises(Exception, match="waits for the same task"):
            client.run(action, Record(), content=ROWS, deadline=timedelta(seconds=10))
        planning.sandbox.log.clear()
        outcome = client.run(action, Record(), content=ROWS)
    first, second = planning.sandbox.tasks
    assert outcome.task_id == second.id
    assert first.ended_at is not None
    uploads = [line.at for line in planning.sandbox.log if "/files/" in line.path]
    assert min(uploads) >= first.ended_at
    assert "waiting" in [told.stage for told in planning.progress]


def test_two_clients_on_one_model_never_overlap(planning: Planning):
    planning.sandbox.task_seconds = 20

    def one(number: int) -> None:
        content = accounts((f"{number}", f"Account {number}", "TA"))
        assert run(planning, content=content).counts.created == 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))
    spans = sorted((task.created_at, task.ended_at) for task in planning.sandbox.tasks)
    assert len(spans) == 4
    for (_, ended), (created, _) in pairwise(spans):
        assert ended is not None
        assert created >= ended
    # The file of one is never replaced while another's task reads it: each row arrived.
    assert set(planning.model.list("Accounts").members) == {"TA", "0", "1", "2", "3"}


def test_the_share_of_requests_is_kept_by_all_clients_together(planning: Planning):
    def one(_: int) -> None:
        with planning.client(requests_per_minute=30) as client:
            for _ in range(15):
                client.actions(["import"])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(one, range(3)))
    sent = sorted(line.at for line in planning.sandbox.log if line.path.startswith("/2/0"))
    assert len(sent) == 45
    for first, beyond in zip(sent, sent[30:], strict=False):
        assert beyond - first >= timedelta(seconds=60)
