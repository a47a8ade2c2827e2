"""The switches of the sandbox: what an account has, and how the server behaves at present."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Features:
    """Features of the account; one that is off makes its columns and tables unknown.

    See docs/vendors/netsuite.md, section 3.5.

    Attributes:
        oneworld: subsidiaries.
        departments: departments.
        classes: classes (table `classification`).
        locations: locations.
        multi_book: a second accounting book. Off, the column `accountingbook` is unknown and book 1 alone is seen.
    """

    oneworld: bool = True
    departments: bool = True
    classes: bool = True
    locations: bool = True
    multi_book: bool = True

    def enabled(self) -> frozenset[str]:
        """Names of those that are on."""
        return frozenset(name for name, on in vars(self).items() if on)


@dataclass
class Switches:
    """Everything that a test may turn while the sandbox runs.

    Numbers in brackets are sections of docs/vendors/netsuite.md.

    Attributes:
        features: of the account.
        date_format: of the account, as in its preferences: M, MM, D, DD, YYYY, Mon; raw dates come in it (3.2 e).
        terse_numbers: numbers below one come without their leading zero, `.5` (3.2 c).
        max_rows: rows that one query may page through (3.3).
        truncate_at_max_rows: past `max_rows` answer as if there were no more, instead of 400 (3.3).
        suiteql_params: whether the account knows bound values, as from release 2026.2 on (3.1).
        lenient_aud: take any `aud` in a client assertion (2.2).
        expires_in_as_text: the token answer holds the text "3600" (2.3).
        token_seconds: life of new access tokens.
        concurrency_limit: requests in flight over the account (6); more are answered 429.
        retry_after: value of a `Retry-After` header on each 429; None sends none, as NetSuite.
        requests_per_minute: rolling window, None is no limit (6, claimed for NetSuite by the field).
        requests_per_day: likewise over 24 hours.
        trouble_rate: share of resource requests that are answered 429, 500, 503 or an HTML 502 instead of executed.
        administrator: whether the role may read the governance limits (6).
        permitted: whether the role may use the APIs at all; off, every resource call is answered 403 (2.5).
        approval_routing: new journals wait for approval and do not post (5.2).
        mandatory_dimensions: of `department`, `class`, `location`: those that each journal line must have (5.2).
    """

    features: Features = field(default_factory=Features)
    date_format: str = "M/D/YYYY"
    terse_numbers: bool = False
    max_rows: int = 100_000
    truncate_at_max_rows: bool = False
    suiteql_params: bool = False
    lenient_aud: bool = False
    expires_in_as_text: bool = False
    token_seconds: int = 3600
    concurrency_limit: int = 5
    retry_after: str | None = None
    requests_per_minute: int | None = None
    requests_per_day: int | None = None
    trouble_rate: float = 0.0
    administrator: bool = True
    permitted: bool = True
    approval_routing: bool = False
    mandatory_dimensions: frozenset[str] = frozenset()
