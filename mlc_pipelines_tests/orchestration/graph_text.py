"""The asset graph as plain text, to be read in a review: `python -m mlc_pipelines_tests.orchestration.graph_text`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.graph import build_definitions

SNAPSHOT = Path(__file__).parent / "graph.txt"


def graph_text(home: Path) -> str:
    """Of the graph for a home without tenants."""
    definitions = build_definitions(Runtime.from_environment({"MLC_HOME": str(home)}))
    return "\n".join(_lines(definitions)) + "\n"


def _lines(definitions: dg.Definitions) -> Iterator[str]:
    graph = definitions.resolve_asset_graph()
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        yield key.to_user_string()
        yield f"    group {node.group_name}, kinds {', '.join(sorted(node.kinds))}"
        if node.is_external:
            yield "    written by people"
        else:
            partitions = node.partitions_def
            assert isinstance(partitions, dg.MultiPartitionsDefinition)
            yield f"    partitions {' x '.join(each.name for each in partitions.partitions_defs)}, one run each"
        assert node.backfill_policy is None, "a backfill policy would put several partitions into one run"
        if node.parent_keys:
            yield f"    after {', '.join(sorted(parent.to_user_string() for parent in node.parent_keys))}"
        yield f"    checks {', '.join(sorted(check.name for check in node.check_keys))}"
    for job in sorted(job.name for job in definitions.jobs or []):
        yield f"job {job}"
    for schedule in sorted(schedule.name for schedule in definitions.schedules or []):
        yield f"schedule {schedule}"
    for sensor in sorted(sensor.name for sensor in definitions.sensors or []):
        yield f"sensor {sensor}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as empty:
        sys.stdout.write(graph_text(Path(empty)))
