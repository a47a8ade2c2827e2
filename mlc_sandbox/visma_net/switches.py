"""The switches of the sandbox: how the server behaves at present."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

StampFormat = Literal["utc", "naive", "offset"]


@dataclass
class Switches:
    """Everything that a test may turn while the sandbox runs.

    Numbers are those of the traps in docs/vendors/visma_net.md, section 11.

    Traps without a switch: 4 (the two newest invoices, and batches, share their stamp), 7 (`customer_tenant_id` of
    the sandbox), 13 (some invoices come after their period is closed; `Books.enter_invoice`), 14 (`Books.renumber`), 15
    (segment values 045 and 900), 16 (each document type numbers from 100001 on), 19 and 20 (always so).

    Attributes:
        max_page_size: most items of a page; more are silently not given (1).
        max_page_sizes: the same for single resources, for instance `{"supplierinvoice": 100}`.
        before_page: called before a page is answered, with the resource and the page number: what it does to the books
            moves rows and counts under the reader (2, 3).
        count_drift: pages after the first say that there are so many items more (2).
        row_shift: pages after the first begin so many rows later, or earlier when negative; not those of batches (3).
        stamp_formats: formats of date-times, mixed over the records (5).
        filter_zone: what filters read a moment without a zone as; those of branches read it as UTC
            (docs/vendors/visma_net.md, section 5).
        refuse_zone: answer 400 to a filter with `Z` or an offset; else its zone is obeyed (6).
        token_seconds: life of new access tokens (8).
        requests_per_window: of one client and company (9).
        window_seconds: length of the fixed window.
        busy: so many of the next requests are answered 429 (9).
        busy_seconds: their `Retry-After`.
        trouble_rate: share of requests that are answered with a 500, or an HTML or empty 502, 503 or 504 (10).
        faulty_items: so many items at the head of each page carry an `errorInfo` (11).
        post_period: how `postPeriod` is written (12); `financialPeriod` is always YYYYPP.
        cost_before_discount: whether `cost` of invoice lines is before their discount
            (docs/vendors/visma_net.md, section 6.1).
        link_host: scheme and host of links in answers; empty: the sandbox itself (17).
        background_polls: how often a background request is found unfinished.
        background_status: `statusCode` that each background request finishes with; 0: the one that it has (18).
        licensed: whether the company has its licence; if not, 403 with fault code 12027.
        forbidden: resources that the application may not read, for instance `{"generalledgertransactions"}`; 403.
        retiring: resources that are under the limit of calls that end (docs/vendors/visma_net.md, section 8).
    """

    max_page_size: int = 1000
    max_page_sizes: dict[str, int] = field(default_factory=dict[str, int])
    before_page: Callable[[str, int], None] | None = None
    count_drift: int = 0
    row_shift: int = 0
    stamp_formats: tuple[StampFormat, ...] = ("utc", "naive", "offset")
    filter_zone: Literal["company", "utc"] = "company"
    refuse_zone: bool = True
    token_seconds: int = 3600
    requests_per_window: int = 15_000
    window_seconds: int = 3600
    busy: int = 0
    busy_seconds: int = 411
    trouble_rate: float = 0.0
    faulty_items: int = 0
    post_period: Literal["MMYYYY", "YYYYMM"] = "MMYYYY"
    cost_before_discount: bool = False
    link_host: str = ""
    background_polls: int = 1
    background_status: int = 0
    licensed: bool = True
    forbidden: frozenset[str] = frozenset()
    retiring: frozenset[str] = frozenset()
