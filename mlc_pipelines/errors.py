"""The error tree. A class says what the caller may do; the message says what happened, where, and what to do.

MlcError
├── ConfigurationError      fix the configuration (every fault listed at once)
├── AuthenticationError     credentials refused: fix them, do not retry
├── TransientError          may be tried again later
│   ├── RateLimited
│   ├── Unavailable         5xx, reset connection, truncated body, time-out of a repeatable request
│   │   └── DatabaseLost    our own database went away in the middle
│   ├── LockLost            another run may have taken over: this one stops
│   └── ModelBusy           an Anaplan model that is in use, locked for a while or in maintenance
├── PermanentError          trying again changes nothing
│   ├── BadRequest
│   ├── Forbidden
│   └── NotFound
├── DataError               a person has to look at the figures
│   ├── IncompleteRead      rows read differ from what the ERP says it has
│   ├── LostFile            a file of stored rows is missing or damaged
│   ├── UnmappedCodes
│   ├── RowsRejected
│   └── TieOutDifference
├── TaskFailed              an Anaplan task ended without success
├── TaskCancelled           an Anaplan task was cancelled and rolled back
└── OutcomeUnknown          sent, but no answer: look before doing it again
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlc_pipelines.visible import visible


class MlcError(Exception):
    """Root of all errors that this project raises on purpose.

    Args:
        message: what happened and where (file, key, row, record), for a user; never holds a secret. Names and answers
            of others in it are made visible.
        hint: what to do about it.
        request_id: the vendor's id of the failed request, for their support.
        retry_after: seconds to wait before another try, when the server said so.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", request_id: str = "", retry_after: float | None = None) -> None:
        self.message = visible(message)
        self.hint = visible(hint)
        self.request_id = visible(request_id)
        super().__init__(self.message)
        self.retry_after = retry_after

    def __str__(self) -> str:
        text = self.message
        if self.hint:
            text += f" {self.hint}"
        if self.request_id:
            text += f" [request {self.request_id}]"
        return text


def _brief(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 3] + "..."


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in the configuration.

    Attributes:
        file: the file, relative to the configuration's home, or the name of an environment variable.
        key: dotted path of the key, empty when the file as a whole is at fault.
        value: what stands there, as text; empty when nothing does, and never a secret.
        problem: what is wrong with it.
        remedy: what to do, with near names where there are any.

    A key or value that is long is cut: what stands there may be anything.
    """

    file: str
    key: str
    value: str
    problem: str
    remedy: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", _brief(self.key, 200))
        object.__setattr__(self, "value", _brief(self.value, 80))

    def __str__(self) -> str:
        place = f"{self.file}: {self.key}" if self.key else self.file
        shown = f" = {self.value!r}" if self.value else ""
        return f"{place}{shown}: {self.problem}. {self.remedy}".rstrip()


class ConfigurationError(MlcError):
    """The configuration can't be used; `faults` lists every fault found, not only the first."""

    exit_code = 2

    def __init__(self, message: str, *, faults: Sequence[Fault] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n  ".join([super().__str__(), *map(str, self.faults)])


class AuthenticationError(MlcError):
    """Credentials were refused, also after one re-authentication."""


class TransientError(MlcError):
    """May succeed when tried again later."""


class RateLimited(TransientError):
    """The server asked to slow down and went on asking until the deadline."""


class Unavailable(TransientError):
    """The server did not answer properly: 5xx, reset connection, truncated body, time-out."""


class DatabaseLost(Unavailable):
    """Our database can't be reached, or ended the connection."""


class LockLost(TransientError):
    """A lock over processes is gone; what it guards may be another run's now."""


class ModelBusy(TransientError):
    """The Anaplan model is in use, locked or in maintenance."""


class PermanentError(MlcError):
    """Trying again changes nothing."""


class BadRequest(PermanentError):
    """The server refused the request as wrong."""


class Forbidden(PermanentError):
    """The account lacks a right."""


class NotFound(PermanentError):
    """The thing asked for does not exist, or this account may not see it."""


class DataError(MlcError):
    """The figures need a person's look."""


class IncompleteRead(DataError):
    """Rows read differ from the number that the ERP says it has."""


class LostFile(DataError):
    """A file of stored rows is missing, or can't be read."""


class Unbalanced(DataError):
    """Debit and credit of a ledger differ."""


class UnmappedCodes(DataError):
    """Codes of the ERP without a map entry or an Anaplan list member."""


class RowsRejected(DataError):
    """Anaplan did not take every row."""


class TieOutDifference(DataError):
    """Control totals of the ERP, the snapshot, the sent and the accepted rows differ."""


class TaskFailed(MlcError):
    """An Anaplan task ended without success."""


class TaskCancelled(MlcError):
    """An Anaplan task was cancelled; Anaplan rolled it back."""


class OutcomeUnknown(MlcError):
    """A request that must not be repeated blindly was sent and its answer lost."""
