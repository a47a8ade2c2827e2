"""The live checks of one NetSuite account: what is well, what is not, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mlc_pipelines.clock import Clock
from mlc_pipelines.erp.netsuite import queries
from mlc_pipelines.erp.netsuite.account import Account
from mlc_pipelines.erp.netsuite.books import chosen_books, chosen_subsidiaries, find_books
from mlc_pipelines.erp.netsuite.connection import NetSuiteConnection
from mlc_pipelines.erp.netsuite.entities import ENTITIES
from mlc_pipelines.erp.netsuite.features import find_features
from mlc_pipelines.erp.netsuite.fields import Feature, NetSuiteEntity
from mlc_pipelines.erp.netsuite.periods import find_periods
from mlc_pipelines.erp.netsuite.statement import KeyRange
from mlc_pipelines.erp.netsuite.suiteql import SuiteQl
from mlc_pipelines.erp.netsuite.totals import check_posting
from mlc_pipelines.erp.ping import Ping, Trial
from mlc_pipelines.errors import (
    BadRequest,
    DataError,
    Forbidden,
    MlcError,
    NotFound,
    TransientError,
)
from mlc_pipelines.findings import Finding, failed, failed_by, passed
from mlc_pipelines.http import HttpClient, path_part, read_json, read_object

_TOLERATED_SKEW = timedelta(seconds=60)
_DAYS_OF_WARNING = 60
_WHERE = "Check account_id and base_url: Setup > Company > Company Information > Company URLs in NetSuite."
_NO_ROWS = KeyRange(last=0)
"""Names every column and costs the server next to nothing: internal ids begin at 1 (but for a few of the system)."""


@dataclass(frozen=True)
class NetSuitePing(Ping):
    """One account, as its trials see it.

    Attributes:
        connection: the tenant's `erp:` keys.
        http: client of the account.
        restlets: client of the account's other host, which knows the certificates.
        suiteql: runs queries by it.
        clock: this machine's time.
        pool: tries features and everything else side by side.
    """

    connection: NetSuiteConnection
    http: HttpClient
    restlets: HttpClient
    suiteql: SuiteQl
    clock: Clock
    pool: Executor = field(kw_only=True)

    def no_way_in(self, error: MlcError) -> Finding:
        """Another address, or none that answers."""
        return failed_by("connection", error, _WHERE if isinstance(error, TransientError) else "")

    def enter(self) -> tuple[Sequence[Finding], Sequence[Trial]]:
        """The time there, then the account's features, by which the rest is tried."""
        clock = self._clock()
        findings = [passed("credentials", "An access token was granted."), clock]
        features = frozenset(Feature)
        try:
            features = find_features(self.suiteql, self.pool)
            findings.append(_features(features))
        except MlcError as error:
            findings.append(failed_by("features", error))
        account = Account(features)
        trials: list[Trial] = [(name, _readable(self.suiteql, entity, account)) for name, entity in ENTITIES.items()]
        trials += [
            ("accounting periods", self._periods),
            ("words", self._words),
            ("accounting books", lambda: self._books(features)),
            ("concurrency", self._limits),
            ("certificate", self._certificate),
        ]
        if self.connection.subsidiaries:
            trials.append(("subsidiaries", self._subsidiaries))
        return findings, trials

    def _clock(self) -> Finding:
        told = read_object(self.http.request("GET", "/services/rest/system/v1/serverTime")).needed("serverTime")
        try:
            skew = self.clock.now() - datetime.fromisoformat(told).astimezone(UTC)
        except (ValueError, OverflowError):
            raise DataError("NetSuite's serverTime is no moment.", hint=_WHERE) from None
        message = f"This machine's clock is {skew.total_seconds():+.0f} s against NetSuite's."
        if abs(skew) > _TOLERATED_SKEW:
            return failed("clock", message, "Keep it right by NTP: assertions with a wrong time are refused.")
        return passed("clock", message)

    def _periods(self) -> Finding:
        try:
            periods = find_periods(self.suiteql)
        except MlcError as error:
            return failed_by("accounting periods", error, "Give the role Setup > Manage Accounting Periods.")
        if not periods:
            return failed("accounting periods", "None is visible.", "Give the role Setup > Manage Accounting Periods.")
        adjusting = sum(period.adjustment for period in periods)
        first, last = min(period.start for period in periods), max(period.end for period in periods)
        return passed("accounting periods", f"{len(periods)}, {adjusting} of them adjusting, {first} to {last}.")

    def _words(self) -> Finding:
        today = self.clock.now().date()
        begun = [period for period in find_periods(self.suiteql) if period.start <= today and not period.adjustment]
        if not begun:
            return passed("words", "No period has begun: there are no lines to look at.")
        newest = max(begun, key=lambda period: period.start)
        check_posting(self.suiteql, newest, "gl_activity")
        return passed("words", f"Every line of {newest.name} says whether it is posted. Codes are not translated.")

    def _books(self, features: frozenset[Feature]) -> Finding:
        wanted = self.connection.accounting_book
        if Feature.BOOKS not in features:
            if wanted:
                return failed("accounting books", "The account has none to choose from.", "Leave accounting_book out.")
            return passed("accounting books", "The account has one book.")
        books = find_books(self.suiteql) or []
        chosen = chosen_books(books, wanted)
        names = {book.id: book.name for book in books}
        read = " and its base ".join(f"{names.get(book, 'primary')} ({book})" for book in reversed(chosen))
        how = "accounting_book" if wanted else "the primary book, accounting_book not being given"
        there = f" There are: {', '.join(f'{book.name} ({book.id})' for book in books)}." if len(books) > 1 else ""
        return passed("accounting books", f"Read is {read}: {how}.{there}")

    def _subsidiaries(self) -> Finding:
        chosen = chosen_subsidiaries(self.suiteql, self.connection.subsidiaries or ())
        return passed("subsidiaries", f"Only these ids are read: {', '.join(chosen)}.")

    def _limits(self) -> Finding:
        mine = self.connection.max_concurrent_requests
        try:
            answer = read_object(self.http.request("GET", "/services/rest/system/v1/governanceLimits"))
            limit = answer.whole("integrationConcurrencyLimit") or int(answer.needed("accountConcurrencyLimit"))
        except (MlcError, ValueError):
            return passed(
                "concurrency", f"{mine} requests at a time; the account's limit is for administrators to see."
            )
        if mine > limit:
            return failed(
                "concurrency",
                f"max_concurrent_requests is {mine}, NetSuite allows {limit}.",
                "Lower it: other integrations share the limit.",
            )
        return passed("concurrency", f"{mine} requests at a time of the {limit} that NetSuite allows.")

    def _certificate(self) -> Finding:
        number = self.connection.certificate_id
        path = f"/services/rest/auth/oauth2/v1/clients/{path_part(self.connection.client_id)}/certificates"
        try:
            listed: list[dict[str, Any]] = read_json(self.restlets.request("GET", path))
            found = next(each for each in listed if each.get("certificate_id") == number)
            until = date.fromisoformat(str(found["valid_until"])[:10])
        except (MlcError, ValueError, TypeError, AttributeError, KeyError, StopIteration):
            return passed("certificate", "Valid now; this role can't see until when. It lasts two years at most.")
        left = (until - self.clock.now().date()).days
        if found.get("revoked"):
            return failed("certificate", f"{number} is revoked.", "Upload a new one and set its certificate_id.")
        if left <= _DAYS_OF_WARNING:
            remedy = "Upload a new one, set its certificate_id and store its private key."
            return failed("certificate", f"Valid until {until}, {left} days from now.", remedy)
        return passed("certificate", f"Valid until {until}.")


def _readable(suiteql: SuiteQl, entity: NetSuiteEntity, account: Account) -> Callable[[], Finding]:
    def check() -> Finding:
        if entity.needs and entity.needs not in account.features:
            return passed(entity.name, f"The account has no {entity.needs}.")
        try:
            suiteql.texts(queries.rows(entity, account, None).page(_NO_ROWS))
        except (BadRequest, Forbidden, NotFound) as error:
            return failed_by(entity.name, error, f"Give the role the permission {entity.permission}.")
        return passed(entity.name, "Readable.")

    return check


def _features(features: frozenset[Feature]) -> Finding:
    missing = [str(feature) for feature in Feature if feature not in features]
    has = ", ".join(str(feature) for feature in Feature if feature in features) or "none"
    return passed(
        "features", f"Found: {has}." + (f" Without: {', '.join(missing)}; these fields stay empty." if missing else "")
    )
