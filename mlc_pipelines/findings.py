"""What a live trial of a connection found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mlc_pipelines.errors import MlcError


@dataclass(frozen=True)
class Finding:
    """One line of `mlc ping`.

    Attributes:
        subject: what was tried.
        ok: whether it is well.
        message: what was seen.
        remedy: what to do when it is not well, or will not be if nothing is done.
        warning: it is well enough to go on, and somebody should know of it.
    """

    subject: str
    ok: bool
    message: str
    remedy: str = ""
    warning: bool = False


def passed(subject: str, message: str) -> Finding:
    """It is as it should be."""
    return Finding(subject, ok=True, message=message)


def failed(subject: str, message: str, remedy: str) -> Finding:
    """It is not as it should be; the remedy says what to do."""
    return Finding(subject, ok=False, message=message, remedy=remedy)


def failed_by(subject: str, error: MlcError, remedy: str = "") -> Finding:
    """An error kept it from being tried; without a remedy the error's own hint is given."""
    return failed(subject, error.message, remedy or error.hint)


def attempt(subject: str, trial: Callable[[], Finding]) -> Finding:
    """What a trial finds; an error of ours that it raises is a finding too."""
    try:
        return trial()
    except MlcError as error:
        return failed_by(subject, error)
