"""What the suite needs to know of an ERP: how its sandbox is started, what is true in its books, how to disturb it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from mlc_pipelines.fiscal import Period
from mlc_sandbox.serving import SandboxServer


@dataclass(frozen=True)
class Truth:
    """What an entity holds, out of the books and not over HTTP.

    Attributes:
        rows: its records (rows of `Source.read`).
        amount: the sum of `Entity.amount`; None for a dimension.
    """

    rows: int
    amount: Decimal | None = None


@dataclass(frozen=True)
class Access:
    """A way into the ERP.

    Attributes:
        connection: the keys under `erp:` besides `kind`, as YAML would give them.
        secrets: values by name.
    """

    connection: Mapping[str, Any]
    secrets: Mapping[str, str]


class Driver(Protocol):
    """One ERP with books of its own. Attributes are constant while it runs.

    Attributes:
        kind: the ERP.
        sandbox: running.
        access: that works.
        closed: a closed period full of records; the one that is changed.
        ledger: the entity whose records `add` and the others change (the general ledger or what comes nearest).
        rows_path: pattern of request paths (or bodies' paths) that carry rows of `ledger`.
        memo_key, debit_key: keys of the ledger's `memo` and `debit` in its answers.
        login_path: pattern of request paths that get tokens or sessions.
        coded: an entity whose key is or has a text, that text's key in the answers, and a pattern of request paths;
            None where all keys are numbers.
        facts, dimensions: names of the entities that `truth` knows: all of the catalogue's.
        unfilled: fields (`entity.field`) that these books leave empty on purpose.
    """

    kind: str
    closed: Period
    ledger: str
    rows_path: str
    memo_key: str
    debit_key: str
    login_path: str
    coded: tuple[str, str, str] | None
    facts: tuple[str, ...]
    dimensions: tuple[str, ...]
    unfilled: frozenset[str]

    @property
    def sandbox(self) -> SandboxServer: ...

    @property
    def access(self) -> Access: ...

    def truth(self, entity: str, window: Period) -> Truth:
        """What the books hold now, as `Source.read` should give it."""
        ...

    def add(self) -> None:
        """Post one more record (of two or more lines) to the ledger in `closed`, late; its key sorts anywhere."""
        ...

    def change(self) -> None:
        """Change what users can change of a posted record in `closed`, such as a text; rows stay as many."""
        ...

    def void(self) -> None:
        """Void or reverse a record of `closed` the way this ERP does."""
        ...

    def delete(self) -> None:
        """Make a record of `closed` vanish (hard delete, or a move to another period where nothing can be deleted)."""
        ...

    def expire(self) -> None:
        """Make all tokens and sessions worthless before their time."""
        ...

    def wrong_credentials(self) -> Access:
        """Access whose password, secret or key is refused."""
        ...

    def wrong_version(self) -> Access | None:
        """Access that names a version, company or database that isn't there; None when nothing of the sort is named."""
        ...

    def without_right(self) -> None:
        """Take from the user the right to read the ledger (switch)."""
        ...


class Start(Protocol):
    """`start` of each driver module."""

    def __call__(self, *, gl_lines: int = 3_000) -> AbstractContextManager[Driver]:
        """Start a sandbox with books of its own."""
        ...
