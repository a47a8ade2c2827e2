"""Dagster's way in: loads the graph, nothing else."""

from __future__ import annotations

import dagster as dg

from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.graph import build_definitions


@dg.definitions
def defs() -> dg.Definitions:
    """The asset graph of all ERPs, for the configuration in `$MLC_HOME`."""
    return build_definitions(Runtime.from_environment())
