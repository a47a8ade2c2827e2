"""A tie-out as people see it: what matters first, then the rest, then the accounts; all groups in a file.

A partition's page in Dagster's UI gives about 500 pixels to a table at a screen's width of 1440. A table that can't be
made so narrow takes the room it wants, and every table of the page grows with it, so that differences are out of sight.
Hence at most three amounts side by side, and texts that can break at a space.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from mlc_pipelines.flows.text import amount_text, money_text
from mlc_pipelines.flows.tie_out.totals import GroupTieOut, TieOut

LARGEST = 20
"""Groups of a ledger that are shown."""

DIFFERENCES = 50
"""Groups that don't tie that are shown."""

_OK = {True: "yes", False: "NO"}

Rows = list[dict[str, str]]


def tables(results: Sequence[TieOut]) -> dict[str, Rows]:
    """By title, in the order in which they are read."""
    named = list(zip(_short_names(results), results, strict=True))
    shown = {
        "Totals": [{"load": name, **_total(result)} for name, result in named],
        "Differences": [row for name, result in named for row in _differences(name, result)][:DIFFERENCES],
        "Totals in detail": [{"load": name, **_detail(result)} for name, result in named],
    }
    for name, result in named:
        if result.debit is not None and result.measure != "rows":
            largest = sorted(result.lines.items(), key=lambda each: (-abs(each[1].erp), each[0]))[:LARGEST]
            title = f"{name}: largest accounts, {len(largest)} of {len(result.lines)}"
            shown[title] = [{"account": group, **_figures(result, line)} for group, line in largest]
    return {title: rows for title, rows in shown.items() if rows}


def groups_csv(results: Sequence[TieOut]) -> bytes:
    """Every group of every load, for a spreadsheet; amounts plain and exact."""
    text = io.StringIO()
    writer = csv.writer(text)
    names = list(vars(GroupTieOut()))
    writer.writerow(["entity", "load", "measure", "group", *names, "accepted", "difference", "ok"])
    for result in results:
        for group, line in sorted(result.lines.items()):
            figures = [*(getattr(line, name) for name in names), line.accepted, line.difference]
            place = [result.entity, result.load, result.measure, group]
            writer.writerow([*map(_inert, place), *map(amount_text, figures), _OK[line.ties]])
    return text.getvalue().encode("utf-8-sig")  # with the mark by which spreadsheets know UTF-8


def _short_names(results: Sequence[TieOut]) -> list[str]:
    """The entity; where it has several loads the load, where that has several sums what is summed, each once."""
    seen: Counter[str] = Counter()
    names: list[str] = []
    for result in results:
        of_entity = [each for each in results if each.entity == result.entity]
        of_load = [each for each in of_entity if each.load == result.load]
        name = (
            result.entity.replace("_", " ") if len(of_entity) == len(of_load) else result.load.removeprefix("import ")
        )
        name += f" {result.measure}" if len(of_load) > 1 else ""
        seen[name] += 1
        names.append(f"{name} ({seen[name]})" if seen[name] > 1 else name)
    return names


def _is_net(result: TieOut) -> bool:
    """A ledger's amounts cancel each other: it is shown by its accounts' balances without their signs."""
    return result.measure == "amount" and (result.debit is not None or not result.total.erp)


def _total(result: TieOut) -> dict[str, str]:
    erp, accepted = result.total.erp, result.total.accepted
    if _is_net(result):
        erp, accepted = result.gross, sum((abs(line.accepted) for line in result.lines.values()), Decimal(0))
    # Two places, for the eye; a difference is never rounded away, and the detail has them all.
    places = 0 if result.measure == "rows" else 2
    rounded = {"ERP": _shown(result, round(erp, places)), "accepted": _shown(result, round(accepted, places))}
    return {**rounded, "difference": _shown(result, result.gross_difference), "ok": _OK[result.ties]}


def _detail(result: TieOut) -> dict[str, str]:
    measure = f"{result.measure}, above without signs" if _is_net(result) else result.measure
    sides = [
        f"{name} {money_text(amount)}"
        for name, amount in (("debit", result.debit), ("credit", result.credit))
        if amount is not None
    ]
    figures = ", ".join([*sides, _on_the_way(result, result.total)])
    return {
        "totals of": f"{measure}; groups: {len(result.lines):,}; {result.load}; ERP read at {result.as_of or '-'}",
        "on the way": "; ".join([figures, *result.problems]),
    }


def _differences(name: str, result: TieOut) -> Iterator[dict[str, str]]:
    for group, line in result.differing.items():
        shown = {"difference": _shown(result, line.difference), "on the way": _on_the_way(result, line)}
        yield {"load": name, "group": group, **shown}


_STAGES = {"excluded": "left out", "quarantined": "kept back", "sent": "sent", "rejected": "rejected"}


def _on_the_way(result: TieOut, line: GroupTieOut) -> str:
    """From the ERP to Anaplan in one cell, which breaks where columns would push others out of sight."""
    stages = [("ERP", line.erp), ("snapshot", line.snapshot)]
    stages += [(words, getattr(line, name)) for name, words in _STAGES.items() if name == "sent" or getattr(line, name)]
    return ", ".join(f"{words} {_shown(result, amount)}" for words, amount in (*stages, ("accepted", line.accepted)))


def _figures(result: TieOut, line: GroupTieOut) -> dict[str, str]:
    amounts = {"ERP": line.erp, "accepted": line.accepted, "difference": line.difference}
    return {**{name: _shown(result, amount) for name, amount in amounts.items()}, "ok": _OK[line.ties]}


def _shown(result: TieOut, amount: Decimal) -> str:
    return f"{amount:,f}" if result.measure == "rows" else money_text(amount)


def _inert(text: str) -> str:
    """Text of the ERP's that a spreadsheet would take for a formula stays text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
