"""Launched as a browser does it: the webserver's GraphQL, the queue, the daemon, a run worker of its own for each run.

One webserver and one daemon for all tests; what can run side by side is launched at once.
"""

from __future__ import annotations

import importlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import dagster as dg
import httpx
import pytest
import yaml
from dagster._core.execution.backfill import BulkActionStatus

from mlc_pipelines.cli.serve import dagster_processes
from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.graph import LOCATION, REPOSITORY
from mlc_pipelines.orchestration.launch import launch_partition
from mlc_pipelines.orchestration.partitions import align, partition_key, partition_tags
from mlc_pipelines.settings import Settings
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.orchestration.conftest import instance_of
from mlc_pipelines_tests.world import disconnect
from mlc_sandbox.anaplan import VERSIONS, AnaplanSandbox, ExportSpec, User
from mlc_sandbox.faults import Fault, answer
from mlc_sandbox.sample import PASSWORD, USER, SampleTenant

PATIENCE = 600.0
"""Seconds in which a run must have ended on a very busy machine."""

pytestmark = pytest.mark.timeout(900)

_LAUNCH = """
mutation($params: ExecutionParams!) { launchPipelineExecution(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on Error { message } } }"""
_REEXECUTE = """
mutation($params: ReexecutionParams!) { launchPipelineReexecution(reexecutionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on Error { message } } }"""
_BACKFILL = """
mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on Error { message } } }"""
_TIMELINE = """
query($filter: RunsFilter!) { runsOrError(filter: $filter) { ... on Runs { results { runId } } } }"""


@dataclass
class House:
    """A home with two tenants of every ERP: one that loads everything and has a plan, one with two loads and none."""

    runtime: Runtime
    port: int
    samples: dict[str, SampleTenant] = field(default_factory=dict[str, SampleTenant])
    instance: dg.DagsterInstance = field(init=False)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLC_", "DAGSTER_"))}
        settings = self.runtime.settings
        return {**kept, "MLC_HOME": str(settings.home), "MLC_DATABASE_URL": settings.database_url or ""}

    def ask(self, query: str, **variables: Any) -> Any:
        answered = httpx.post(
            f"http://127.0.0.1:{self.port}/graphql", json={"query": query, "variables": variables}, timeout=60
        ).json()
        assert "errors" not in answered, answered
        (found,) = answered["data"].values()
        return found

    def launch(self, kind: str, tenant: str, period: str, job: str, assets: Sequence[str] | None = None) -> str:
        """What the browser sends for one partition; no assets: all that the job has."""
        selector: dict[str, Any] = {"repositoryLocationName": LOCATION, "repositoryName": REPOSITORY, "jobName": job}
        if assets is not None:
            selector["assetSelection"] = [{"path": name.split("/")} for name in assets]
        tags = [{"key": key, "value": value} for key, value in partition_tags(tenant, period).items()]
        found = self.ask(_LAUNCH, params={"selector": selector, "mode": "default", "executionMetadata": {"tags": tags}})
        assert found["__typename"] == "LaunchRunSuccess", found
        return found["run"]["runId"]

    def again(self, run_id: str, strategy: str) -> str:
        found = self.ask(_REEXECUTE, params={"parentRunId": run_id, "strategy": strategy})
        assert found["__typename"] == "LaunchRunSuccess", found
        return found["run"]["runId"]

    def wait(self, *run_ids: str) -> Sequence[dg.DagsterRun]:
        began = SYSTEM_CLOCK.monotonic()
        while True:
            runs = self.instance.get_runs(dg.RunsFilter(run_ids=list(run_ids)))
            if all(run.is_finished for run in runs):
                return runs
            assert SYSTEM_CLOCK.monotonic() - began < PATIENCE, [(run.job_name, run.status) for run in runs]
            SYSTEM_CLOCK.sleep(0.25)

    def events(self, run_id: str, kind: dg.DagsterEventType) -> list[Any]:
        return [record.dagster_event for record in self.instance.all_logs(run_id, of_type=kind)]

    def materialized(self, run_id: str) -> set[str]:
        kind = dg.DagsterEventType.ASSET_MATERIALIZATION
        return {"/".join(event.asset_key.path) for event in self.events(run_id, kind)}

    def checks(self, run_id: str) -> dict[tuple[str, str], Any]:
        kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION
        found = [event.asset_check_evaluation_data for event in self.events(run_id, kind)]
        return {("/".join(each.asset_key.path), each.check_name): each for each in found}

    def failure(self, run_id: str) -> str:
        """What the steps that failed say; what Dagster says, if it is the worker that failed."""
        failed = self.events(run_id, dg.DagsterEventType.STEP_FAILURE)
        if not failed:
            return str([event.message for event in self.events(run_id, dg.DagsterEventType.RUN_FAILURE)])
        return "\n".join(event.step_failure_data.user_failure_data.description for event in failed)

    def change(self, tenant: str, change: Any) -> None:
        path = self.runtime.settings.home / f"tenants/{tenant}.yaml"
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        change(document)
        path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")


def group(kind: str) -> list[str]:
    """Every asset of an ERP: what `Materialize all` asks for."""
    erp = ERPS[kind]
    names = [f"{kind}{way}/{name}" for way in ("", "/anaplan") for name in erp.entities]
    return [*names, f"{kind}/tie_out", *([f"{kind}/approved_plan"] if erp.takes_journals else [])]


def small(kind: str) -> str:
    return f"{kind.replace('_', '-')}-small"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, make_database_url) -> Iterator[House]:
    home, url, clock = tmp_path_factory.mktemp("home"), make_database_url(), sandbox_clock(None)
    with ExitStack() as stack:
        samples: dict[str, SampleTenant] = {}
        for kind in ERPS:
            module = importlib.import_module(f"mlc_sandbox.{kind}.sample")
            sample = stack.enter_context(module.serve(0, clock, gl_lines=1500))
            ledger = next(each for each in sample.model.modules if each.name == "GL Actuals")
            export = ExportSpec(
                "Approved Budget", "GL Actuals", only={VERSIONS: ("Actual",)}, codes=(ledger.dimensions[0],)
            )
            samples[kind] = replace(sample, model=replace(sample.model, exports=(export,)))
        models = [sample.model for sample in samples.values()]
        anaplan = stack.enter_context(AnaplanSandbox(models, [User(USER, PASSWORD)], clock=clock))
        runtime = Runtime(Settings(home, url, str(home / "storage"), None, None))
        house = House(runtime, _free_port())
        for kind, sample in samples.items():
            house.samples[kind] = sample.paired_with(anaplan)
            _configure(house, kind)
        house.instance = stack.enter_context(instance_of(house))  # pyright: ignore[reportArgumentType] - as a world
        for kind in ERPS:
            align(house.instance, house.runtime, kind)
        stack.enter_context(dagster_processes(runtime, house.port))
        _wait_for(house)
        yield house
        runtime.close()
    disconnect(url)


def _configure(house: House, kind: str) -> None:
    """The sample tenant with a plan, and one that loads the accounts and the ledger only."""
    home, sample = house.runtime.settings.home, house.samples[kind]
    for path, text in sample.files.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(text, encoding="utf-8")
    (ledger,) = (each for each in sample.model.modules if each.name == "GL Actuals")
    document = yaml.safe_load(sample.files[f"tenants/{sample.tenant}.yaml"])
    two = [name for name, entity in ERPS[kind].entities.items() if entity.kind == "dimension"][:2]
    loads = {name: document["loads"][name] for name in two}
    (home / f"tenants/{small(kind)}.yaml").write_text(
        yaml.safe_dump({**document, "tenant": small(kind), "loads": loads}, sort_keys=False), encoding="utf-8"
    )
    if ERPS[kind].takes_journals:
        plan = {
            "export": "Approved Budget",
            "columns": {
                "account": ledger.dimensions[0],
                "period": {"column": "Time", "format": "%b %y"},
                "amount": "Amount",
            },
            "version": "Actuals",
            "approved": {"column": "Versions", "equals": "Actual"},
        }
        house.change(sample.tenant, lambda document: document.update(plan=plan))
    # Else polls and closes would run in between, and take the faults that are meant for others.
    paused = {"paused": True, "because": "Only what the tests launch."}
    for tenant in (sample.tenant, small(kind)):
        house.change(tenant, lambda document: document.update(schedule=paused))
    for name, value in sample.secrets.items():
        for tenant in (sample.tenant, small(kind)):
            house.runtime.vault.set(tenant, name, value)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(house: House) -> None:
    began = SYSTEM_CLOCK.monotonic()
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{house.port}/server_info", timeout=5)
        except httpx.TransportError:
            assert SYSTEM_CLOCK.monotonic() - began < PATIENCE, "the webserver does not answer"
            SYSTEM_CLOCK.sleep(0.2)
        else:
            return


@pytest.fixture(scope="module")
def whole(house: House) -> dict[tuple[str, str], str]:
    """Everything of both tenants of every ERP, launched at once; run ids by ERP and tenant."""
    runs: dict[tuple[str, str], str] = {}
    for kind, sample in house.samples.items():
        runs[kind, sample.tenant] = house.launch(kind, sample.tenant, sample.periods[0], "__ASSET_JOB", group(kind))
        runs[kind, small(kind)] = house.launch(kind, small(kind), sample.periods[0], f"{kind}_round_trip")
    house.wait(*runs.values())
    return runs


@pytest.mark.parametrize("kind", list(ERPS))
@pytest.mark.parametrize("whose", ["everything", "two loads"])
def test_the_whole_group_ends_green(house: House, whole: dict[tuple[str, str], str], kind: str, whose: str):
    """With `Materialize all`, and with the job: what is not configured is passed over in green."""
    tenant = house.samples[kind].tenant if whose == "everything" else small(kind)
    run_id = whole[kind, tenant]
    (run,) = house.wait(run_id)
    assert run.is_success, house.failure(run_id)
    assert house.materialized(run_id) == set(group(kind))
    checks = house.checks(run_id)
    wanted = {
        ("/".join(key.asset_key.path), key.name)
        for event in house.events(run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED)
        for key in [event.asset_check_planned_data.asset_check_key]
    }
    assert set(checks) == wanted
    assert all(check.passed for check in checks.values())
    said = [check.description for check in checks.values() if "Not configured for this tenant" in check.description]
    assert bool(said) == (whose == "two loads")


def test_runs_of_the_ui_are_reported_as_their_own(house: House, whole: dict[tuple[str, str], str]):
    """One asset, as `mlc demo` launches it; and both ways of running stand on the timeline."""
    tenant = house.runtime.tenant(small("netsuite"))
    period = house.runtime.calendar(tenant).period(house.samples["netsuite"].periods[0])
    result = launch_partition(house.runtime, tenant, period, house.port, only=["accounts"])
    assert result.ok, result.why
    (row,) = result.assets
    assert (row["asset"], row["reached"], row["rows_read"] > 0) == ("netsuite/accounts", True, True)
    tags = [{"key": ".dagster/repository", "value": f"{REPOSITORY}@{LOCATION}"}]
    shown = house.ask(_TIMELINE, filter={"pipelineName": "netsuite_round_trip", "tags": tags})["results"]
    assert result.run_id in [run["runId"] for run in shown]


def test_a_backfill_of_two_tenants_and_three_periods(house: House, whole: dict[tuple[str, str], str]):
    tenants, periods = (house.samples["netsuite"].tenant, small("netsuite")), ("FY2025-P10", "FY2025-P11", "FY2025-P12")
    found = house.ask(
        _BACKFILL,
        params={
            "assetSelection": [{"path": name.split("/")} for name in group("netsuite")],
            "partitionNames": [str(partition_key(tenant, period)) for tenant in tenants for period in periods],
        },
    )
    assert found["__typename"] == "LaunchBackfillSuccess", found
    runs: list[dg.DagsterRun] = []
    began = SYSTEM_CLOCK.monotonic()
    while len(runs) < 6:
        assert SYSTEM_CLOCK.monotonic() - began < PATIENCE, "the daemon launches no runs"
        runs = list(house.instance.get_runs(dg.RunsFilter(tags={"dagster/backfill": found["backfillId"]})))
        SYSTEM_CLOCK.sleep(0.25)
    ended = house.wait(*(run.run_id for run in runs))
    assert [house.failure(run.run_id) for run in ended if not run.is_success] == []
    assert {run.tags["dagster/partition"] for run in ended} == {
        str(partition_key(tenant, period)) for tenant in tenants for period in periods
    }


def test_a_backfill_from_the_terminal(house: House):
    """One period fails and the others are done; then only the failed one is done again, and then none."""
    kind, periods = "sap_business_one", [f"FY2025-P0{number}" for number in (5, 6, 7)]

    def mlc(*options: str) -> tuple[int, str, str]:
        arguments = ["backfill", small(kind), f"{periods[0]}..{periods[-1]}", "--port", str(house.port)]
        done = subprocess.run(
            [sys.executable, "-m", "mlc_pipelines.cli.main", *arguments, *options],
            env=house.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.returncode, done.stdout, " ".join(done.stderr.split())

    house.samples[kind].erp.faults.add(Fault(None, "/ChartOfAccounts", answer(403)))
    code, shown, said = mlc("--json")
    house.samples[kind].erp.faults.clear()
    document = json.loads(shown)
    ended = {row["period"]: row for row in document["periods"]}
    (red,) = (key for key, row in ended.items() if not row["ok"])
    assert (code, list(ended)) == (1, periods), said
    assert f"{small(kind)} {red} is red. {kind}/chart_of_accounts: " in said
    assert f"{kind}/anaplan/chart_of_accounts: not reached, it waits for {kind}/chart_of_accounts." in said
    backfill = house.instance.get_backfill(document["backfill_id"])
    assert backfill is not None
    assert backfill.status == BulkActionStatus.COMPLETED_FAILED
    tags = {run.tags["dagster/backfill"] for run in house.wait(*(row["run_id"] for row in ended.values()))}
    assert tags == {backfill.backfill_id}, "real ones, one a period"

    code, shown, said = mlc("--failed")
    assert (code, said) == (0, ""), shown
    assert f"{small(kind)}: {red}\nhttp://127.0.0.1:{house.port}/runs/b/" in shown
    (row,) = (line for line in shown.splitlines() if red in line and "│" in line)
    assert row.split()[1] == "ok"
    code, shown, _ = mlc()
    assert (code, shown) == (0, f"No period of {periods[0]}..{periods[-1]} is other than green.\n")


@pytest.fixture(scope="module")
def failed(house: House, whole: dict[tuple[str, str], str]) -> str:
    """A run of SAP Business One in which one entity could not be read."""
    sample = house.samples["sap_business_one"]
    sample.erp.faults.add(Fault(None, "/PurchaseOrders", answer(403), times=1000))
    run_id = house.launch("sap_business_one", sample.tenant, "FY2025-P11", "__ASSET_JOB", group("sap_business_one"))
    house.wait(run_id)
    sample.erp.faults.clear()
    return run_id


def test_one_entity_that_can_not_be_read_stops_only_what_needs_it(house: House, failed: str):
    (run,) = house.wait(failed)
    assert run.status == dg.DagsterRunStatus.FAILURE
    kind = "sap_business_one"
    missing = {f"{kind}/purchase_orders", f"{kind}/anaplan/purchase_orders", f"{kind}/tie_out"}
    assert house.materialized(failed) == set(group(kind)) - missing
    said = house.failure(failed)
    assert f"{kind}/purchase_orders: " in said
    assert f"{kind}/anaplan/purchase_orders: not reached, it waits for {kind}/purchase_orders." in said
    assert f"{kind}/tie_out: " in said
    checks = house.checks(failed)
    assert not checks[f"{kind}/anaplan/purchase_orders", "rows_accepted"].passed
    assert checks[f"{kind}/anaplan/journal_entries", "rows_accepted"].passed


@pytest.mark.parametrize("strategy", ["FROM_FAILURE", "FROM_ASSET_FAILURE"])
def test_re_execution_makes_good_what_failed(house: House, failed: str, strategy: str):
    (run,) = house.wait(house.again(failed, strategy))
    assert run.is_success, house.failure(run.run_id)
    left = set(group("sap_business_one")) - house.materialized(failed)
    assert house.materialized(run.run_id) >= left
    if strategy == "FROM_ASSET_FAILURE":
        assert house.materialized(run.run_id) == left
