"""Which features an account has, found by asking for their columns (docs/vendors/netsuite.md, section 3.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from mlc_pipelines.erp.netsuite.fields import Feature
from mlc_pipelines.erp.netsuite.statement import Query
from mlc_pipelines.erp.netsuite.suiteql import SuiteQl
from mlc_pipelines.errors import BadRequest, Forbidden, NotFound


@dataclass(frozen=True)
class _Probe:
    """A column of the ledger that only accounts with the feature know, and the table behind it."""

    column: str
    table: str = ""
    permission: str = ""


_PROBES: Mapping[Feature, _Probe] = {
    Feature.SUBSIDIARIES: _Probe("tl.subsidiary", "subsidiary", "Lists > Subsidiaries"),
    Feature.DEPARTMENTS: _Probe("tl.department", "department", "Lists > Departments"),
    Feature.CLASSES: _Probe("tl.class", "classification", "Lists > Classes"),
    Feature.LOCATIONS: _Probe("tl.location", "location", "Lists > Locations"),
    Feature.CURRENCIES: _Probe("t.currency", "currency", "Lists > Currency"),
    Feature.BOOKS: _Probe("tal.accountingbook"),
    Feature.ACCOUNT_NUMBERS: _Probe("a.acctnumber"),
}

# Transaction 0 doesn't exist: the query costs the server nothing and still names every column.
_LEDGER = (
    "transactionaccountingline tal INNER JOIN transaction t ON t.id = tal.transaction"
    " INNER JOIN transactionline tl ON tl.transaction = tal.transaction AND tl.id = tal.transactionline"
    " LEFT JOIN account a ON a.id = tal.account"
)
_NOWHERE = "WHERE tal.transaction = 0"


def find_features(suiteql: SuiteQl, pool: Executor) -> frozenset[Feature]:
    """The features of the account; one request where it has all of them.

    Raises:
        Forbidden: a feature is there, but the role may not read its records: their names would all be empty.
        BadRequest: the role may not read the ledger.
    """
    everything = list(Feature)
    if _knows(suiteql, everything, tables=everything):
        return frozenset(everything)
    with_columns = list(_known(suiteql, pool, [([feature], []) for feature in everything]))
    features = [feature for columns, _ in with_columns for feature in columns]
    if not features:
        suiteql.texts(_probe((), ()))  # raises what is wrong with the ledger itself
    tables = [feature for feature in features if _PROBES[feature].table]
    if not _knows(suiteql, (), tables=tables):
        readable = {feature for _, found in _known(suiteql, pool, [([], [f]) for f in tables]) for feature in found}
        missing = [_PROBES[feature].permission for feature in tables if feature not in readable]
        if missing:
            raise Forbidden(
                "The role may not read all records that the ledger refers to.",
                hint=f"Give the role of the certificate's mapping the permission {', '.join(missing)}.",
            )
    return frozenset(features)


_Asked = tuple[Sequence[Feature], Sequence[Feature]]


def _known(suiteql: SuiteQl, pool: Executor, asked: Iterable[_Asked]) -> list[_Asked]:
    """Those of the probes that the account answers, asked side by side."""
    probes = list(asked)
    answers = pool.map(lambda probe: _knows(suiteql, probe[0], tables=probe[1]), probes)
    return [probe for probe, known in zip(probes, answers, strict=True) if known]


def _knows(suiteql: SuiteQl, columns: Sequence[Feature], *, tables: Sequence[Feature]) -> bool:
    try:
        suiteql.texts(_probe(columns, tables))
    except (BadRequest, Forbidden, NotFound):
        return False
    return True


def _probe(columns: Sequence[Feature], tables: Sequence[Feature]) -> Query:
    expressions = [_PROBES[feature].column for feature in columns] or ["tal.transaction"]
    select = ", ".join(f"COUNT({expression}) AS n{number}" for number, expression in enumerate(expressions))
    joins = "".join(
        f" LEFT JOIN {_PROBES[feature].table} j{number} ON j{number}.id = {_PROBES[feature].column}"
        for number, feature in enumerate(tables)
        if _PROBES[feature].table
    )
    return Query(f"SELECT {select} FROM {_LEDGER}{joins} {_NOWHERE}")  # noqa: S608 - constants only
