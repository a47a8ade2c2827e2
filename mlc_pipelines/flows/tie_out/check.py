"""The tie-outs of a partition as one check, in words and figures."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from mlc_pipelines.flows.checks import TOTALS_AGREE
from mlc_pipelines.flows.text import amount_text, money_text
from mlc_pipelines.flows.tie_out.compare import NOTHING_DELIVERED
from mlc_pipelines.flows.tie_out.totals import GroupTieOut, TieOut
from mlc_pipelines.store.results import CheckResult

_GROUPS_SHOWN = 5


def totals_check(results: Sequence[TieOut]) -> CheckResult:
    """All tie-outs of a partition as one check."""
    failing = [result for result in results if not result.ties]
    gross = sum((result.gross_difference for result in results if result.measure != "rows"), Decimal(0))
    if not failing:
        loads = {(result.entity, result.load) for result in results}
        message = f"{len(loads)} loads tie out: {money_text(gross)} difference."
    else:
        message = "; ".join(_words(result) for result in failing)
    return TOTALS_AGREE.result(
        passed=not failing,
        message=message,
        detail={"difference": amount_text(gross), "loads": [summary(result) for result in results]},
    )


def _words(result: TieOut) -> str:
    # Where nothing was delivered every group differs by all that it has.
    differing = {} if NOTHING_DELIVERED in result.problems else result.differing
    shown = list(differing.items())[:_GROUPS_SHOWN]
    parts = [f"{group or 'all'}: {_line_words(result, line)}" for group, line in shown]
    more = len(differing) - _GROUPS_SHOWN
    tail = [f"{more} more groups"] if more > 0 else []
    measure = f" ({result.measure})" if result.measure not in {"rows", "amount"} else ""
    return f"{result.entity} by {result.load}{measure}: " + ", ".join([*result.problems, *parts, *tail])


def _line_words(result: TieOut, line: GroupTieOut) -> str:
    shown = amount_text if result.measure == "rows" else money_text
    return f"ERP {shown(line.erp)}, accepted {shown(line.accepted)}, difference {shown(line.difference)}"


def summary(result: TieOut) -> dict[str, Any]:
    """One line for tables and `mlc status`; amounts as text."""
    return {
        "entity": result.entity,
        "load": result.load,
        "measure": result.measure,
        "groups": len(result.lines),
        "gross": amount_text(result.gross),
        **{name: amount_text(getattr(result.total, name)) for name in vars(GroupTieOut())},
        "accepted": amount_text(result.total.accepted),
        "difference": amount_text(result.gross_difference),
        "ties": result.ties,
        "as_of": result.as_of,
    }
