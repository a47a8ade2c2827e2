"""The switches of the sandbox: how a customer's server is set up, and how it behaves at present."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

DEFAULT_SQL_TABLES = frozenset(
    {
        "OADM",
        "OCRD",
        "OCRN",
        "OFPR",
        "OACP",
        "ORTT",
        "OITM",
        "ODRF",
        "OINV",
        "INV1",
        "OPCH",
        "PCH1",
        "OPOR",
        "POR1",
        "ORIN",
        "RIN1",
        "ORPC",
        "RPC1",
        "ORCT",
        "OVPM",
    }
)
"""Tables that SQL queries may read unless the customer allows more: no ledger, no chart, no vouchers
(docs/vendors/sap_business_one.md, section 8)."""


@dataclass
class Switches:
    """Everything that a test may turn while the sandbox runs.

    Numbers in brackets are sections of docs/vendors/sap_business_one.md.

    Attributes:
        session_minutes: idle minutes that a session lives (2).
        session_error: what a missing session is told: 301 with status 401, or 5002 with status 400 and code -5002 (2).
        dying_logins: so many of the next logins give a session that is gone before its first request.
        max_sessions: sessions at a time; one more is refused. None is no limit (2: no number is published).
        page_size: rows of a page unless the client asks otherwise (4).
        honours_page_size: whether a client's wish counts at all; an old or locked server keeps to `page_size`.
        largest_page: cap on a client's wish; also of 0, which then no longer turns paging off. None is no cap.
        next_link: `path` from the host on, or `relative` to the base (4).
        pages_shift: pages without `$orderby` come in an order that changes from request to request (4).
        v2_dates: dates of v2 as moments, or plain as in v1 (5).
        v2_error_details: errors of v2 carry `details` (3).
        sql_tables: tables that SQL queries may read (8); None: the server is too old for SQL queries.
        case_insensitive: texts are equal in filters whatever their case, as with `B1S-CaseInsensitive` (1).
        external_ref_field: whether the user-defined field `U_ExternalRef` exists on journal entries (6).
        rejected_properties: properties that this server's version doesn't know (5).
        unreadable: entity sets that the user may not read.
        may_post: whether the user may write journals.
        sld_broken: logins fail for want of the database instance (2).
        trouble_rate: share of requests that a dying node answers with an HTML 502 instead of executing them (3).
    """

    session_minutes: int = 30
    session_error: Literal[301, 5002] = 301
    dying_logins: int = 0
    max_sessions: int | None = None
    page_size: int = 20
    honours_page_size: bool = True
    largest_page: int | None = None
    next_link: Literal["path", "relative"] = "path"
    pages_shift: bool = False
    v2_dates: Literal["moment", "plain"] = "moment"
    v2_error_details: bool = False
    sql_tables: frozenset[str] | None = DEFAULT_SQL_TABLES
    case_insensitive: bool = False
    external_ref_field: bool = True
    rejected_properties: frozenset[str] = frozenset()
    unreadable: frozenset[str] = field(default_factory=frozenset[str])
    may_post: bool = True
    sld_broken: bool = False
    trouble_rate: float = 0.0
