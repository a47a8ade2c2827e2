"""Dagster's daemon by hand: what schedules and sensors ask for, and the runs of it, in this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.definitions.partitions.context import partition_loading_context

from mlc_pipelines.orchestration.graph import build_definitions
from mlc_pipelines_tests.world import World


@dataclass
class Daemon:
    """Evaluates ticks and executes what they ask for.

    Attributes:
        world: whose automation it is.
        instance: Dagster's.
    """

    world: World
    instance: dg.DagsterInstance

    def tick(self, name: str) -> list[dg.RunRequest] | str:
        """What the schedule or sensor of that name asks for now, or why it asks for nothing."""
        definitions = build_definitions(self.world.runtime)
        repository = definitions.get_repository_def()
        found: Any
        with partition_loading_context(dynamic_partitions_store=self.instance):
            if repository.has_schedule_def(name):
                now = self.world.clock.now()
                context = dg.build_schedule_context(self.instance, now, repository_def=repository)
                found = repository.get_schedule_def(name).evaluate_tick(context)
            else:
                with dg.build_sensor_context(self.instance, repository_def=repository, sensor_name=name) as context:
                    found = repository.get_sensor_def(name).evaluate_tick(context)
        return found.run_requests or found.skip_message

    def asked(self, name: str) -> list[dg.RunRequest]:
        """What it asks for: it must ask for something."""
        found = self.tick(name)
        assert isinstance(found, list), found
        return found

    def execute(self, job_name: str, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        """Run what a tick asked for."""
        job = build_definitions(self.world.runtime).resolve_job_def(job_name)
        tags = {**request.tags, **({"dagster/run_key": request.run_key} if request.run_key else {})}
        return job.execute_in_process(
            run_config=request.run_config or None,
            instance=self.instance,
            partition_key=request.partition_key,
            asset_selection=request.asset_selection,
            tags=tags,
            raise_on_error=False,
        )
