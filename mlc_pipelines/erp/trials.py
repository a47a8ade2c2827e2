"""Live trials of a connection: how their findings are made."""

from __future__ import annotations

from collections.abc import Callable

from mlc_pipelines.errors import MlcError
from mlc_pipelines.findings import Finding


def tried(subject: str, find: Callable[[], Finding]) -> Finding:
    """What a trial found; an error of ours is a finding too."""
    try:
        return find()
    except MlcError as error:
        return failed(subject, error)


def well(subject: str, message: str) -> Finding:
    """It is as it should be."""
    return Finding(subject, ok=True, message=message)


def wrong(subject: str, message: str, remedy: str) -> Finding:
    """It is not, and this is what to do."""
    return Finding(subject, ok=False, message=message, remedy=remedy)


def failed(subject: str, error: MlcError, remedy: str = "") -> Finding:
    """It could not be had; without a remedy the error's own hint is given."""
    return wrong(subject, error.message, remedy or error.hint)
