"""Tie out: the ERP's own totals against the snapshot, the sent and the accepted rows, group by group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.config import Load
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.delivery.context import DeliveryContext, same_label_periods
from mlc_pipelines.flows.delivery.mapping import EXCLUDED, QUARANTINED, REJECTED, SENT, tied_amount
from mlc_pipelines.flows.delivery.writers import load_name
from mlc_pipelines.flows.landing.control import field_totals, group_totals
from mlc_pipelines.flows.text import amount_text, money_text
from mlc_pipelines.store.deliveries import Delivery, LoadKey
from mlc_pipelines.store.results import CheckResult
from mlc_pipelines.store.snapshots import Snapshot

_compute: Any = pc
_ZERO = Decimal(0)
_SIDES = ("debit", "credit")

NOTHING_DELIVERED = "nothing was delivered yet"


@dataclass
class Line:
    """Totals of one control group (an account, a vendor).

    Attributes:
        erp: the ERP's own total.
        snapshot: total of the landed rows, read back from the file.
        excluded: left out by the load's `where`, on purpose.
        quarantined: kept back for want of a map entry or list member.
        sent, rejected: of the rows sent to Anaplan.
    """

    erp: Decimal = _ZERO
    snapshot: Decimal = _ZERO
    excluded: Decimal = _ZERO
    quarantined: Decimal = _ZERO
    sent: Decimal = _ZERO
    rejected: Decimal = _ZERO

    @property
    def accepted(self) -> Decimal:
        """Taken by Anaplan."""
        return self.sent - self.rejected

    @property
    def difference(self) -> Decimal:
        """What the ERP has and the model does not, apart from what was left out on purpose."""
        return self.erp - self.excluded - self.accepted

    @property
    def ties(self) -> bool:
        """ERP = snapshot = left out + sent, and all of it accepted."""
        whole = self.excluded + self.quarantined + self.sent
        return self.erp == self.snapshot == whole and self.difference == 0


@dataclass(frozen=True)
class TieOut:
    """The tie-out of one load.

    Attributes:
        entity, load: what is tied out.
        measure: the field whose totals are compared, or `rows` when the load carries no amount.
        lines: per control group.
        problems: what can't be seen in the lines: rows ignored without a word, a file total that differs.
        as_of: when the ERP was read, ISO 8601.
        debit, credit: the ERP's totals of the two sides, where the entity is a ledger.
    """

    entity: str
    load: str
    measure: str
    lines: Mapping[str, Line]
    problems: tuple[str, ...] = ()
    as_of: str = ""
    debit: Decimal | None = None
    credit: Decimal | None = None

    @property
    def total(self) -> Line:
        """Over all groups."""
        return Line(
            **{name: sum((getattr(line, name) for line in self.lines.values()), _ZERO) for name in vars(Line())}
        )

    @property
    def differing(self) -> dict[str, Line]:
        """The groups that do not tie."""
        return {group: line for group, line in self.lines.items() if not line.ties}

    @property
    def ties(self) -> bool:
        """Everything agrees."""
        return not self.differing and not self.problems

    @property
    def gross(self) -> Decimal:
        """The ERP's totals without their signs: those of a ledger cancel each other."""
        return sum((abs(line.erp) for line in self.lines.values()), _ZERO)

    @property
    def gross_difference(self) -> Decimal:
        """Differences without their signs: two that cancel each other still count."""
        return sum((abs(line.difference) for line in self.lines.values()), _ZERO)


@dataclass
class _Figures:
    """Lines being gathered."""

    lines: dict[str, Line] = field(default_factory=dict[str, Line])

    def add(self, group: str, name: str, amount: Decimal) -> None:
        line = self.lines.setdefault(group, Line())
        setattr(line, name, getattr(line, name) + amount)


def tie_out(
    context: DeliveryContext, entity: Entity, load: Load, period: Period, *, unread: bool = False
) -> list[TieOut]:
    """Compare what one load of one period did with what the ERP said when it was read; once for each of its sums.

    Args:
        context: the partition's.
        entity: what is tied out.
        load: which of its loads.
        period: of which period.
        unread: the ERP could not be read just now, so that what is known of it may be out of date.
    """
    periods = same_label_periods(load, context.calendar, period)
    tenant = context.tenant.tenant
    current = [context.snapshots.current(tenant, entity.name, each.key) for each in periods]
    snapshots = [snapshot for snapshot in current if snapshot is not None]
    key = LoadKey(tenant, entity.name, periods[0].key, load_name(load))
    delivery = context.deliveries.newest_settled(key)
    if not snapshots:
        return [TieOut(entity.name, load_name(load), "rows", {}, ("was never landed",))]
    measured: list[tuple[str, str | None]] = [(header, field) for header, field in load.sums.items()]
    as_of = min(snapshot.extracted_at for snapshot in snapshots).isoformat(timespec="seconds")
    totals = [total for snapshot in snapshots for total in snapshot.control]
    sides = {name: sum((Decimal(t[name]) for t in totals), _ZERO) for name in _SIDES if getattr(entity, name)}
    results: list[TieOut] = []
    for header, summed in measured or [("", tied_amount(load, entity))]:
        measure = next((n for n in ("amount", "debit", "credit") if summed and getattr(entity, n) == summed), "")
        figures = _Figures()
        for snapshot in snapshots:
            _add_snapshot(context, figures, snapshot, entity, measure, summed=summed)
        problems: list[str] = []
        if delivery is not None:
            _add_delivery(figures, delivery, header, by_rows=not summed)
            problems = list(_problems(context, delivery, snapshots, header))
        elif any(snapshot.rows for snapshot in snapshots):
            problems = [NOTHING_DELIVERED]
        if unread:
            problems.append(f"could not be read now, its figures are those of {as_of}")
        shown = measure or summed or "rows"
        results.append(TieOut(entity.name, load_name(load), shown, figures.lines, tuple(problems), as_of, **sides))
    return results


def _add_snapshot(
    context: DeliveryContext, figures: _Figures, snapshot: Snapshot, entity: Entity, measure: str, *, summed: str | None
) -> None:
    if measure or not summed:
        for total in snapshot.control:
            figures.add(total["group"], "erp", Decimal(total[measure or "rows"]))
        for group, read in group_totals(context.snapshots, snapshot.path, entity).items():
            figures.add(group, "snapshot", Decimal(getattr(read, measure or "rows")))
        return
    # The ERP gives no total of this field: what was landed stands for it, and its rows were compared when it was.
    for group, total in field_totals(context.snapshots, snapshot.path, entity, summed).items():
        figures.add(group, "erp", total)
        figures.add(group, "snapshot", total)


_FATES = {EXCLUDED: "excluded", QUARANTINED: "quarantined", SENT: "sent", REJECTED: "rejected"}


def _add_delivery(figures: _Figures, delivery: Delivery, header: str, *, by_rows: bool) -> None:
    for entry in (delivery.outcome or {}).get("accounting", []):
        if header:
            figures.add(entry["group"], _FATES[entry["fate"]], _sum_of(entry, header))
        else:
            figures.add(entry["group"], _FATES[entry["fate"]], Decimal(entry["rows" if by_rows else "amount"]))


def _sum_of(entry: Mapping[str, Any], header: str) -> Decimal:
    """What a group's rows of one fate give to a sum column; deliveries of earlier releases had one sum, the amount."""
    return Decimal(entry["sums"].get(header, "0") if "sums" in entry else entry["amount"])


def _problems(
    context: DeliveryContext, delivery: Delivery, snapshots: Sequence[Snapshot], header: str
) -> Iterable[str]:
    outcome = delivery.outcome or {}
    if {snapshot.id for snapshot in snapshots} != set(outcome.get("snapshots", [])):
        yield "the newest snapshot was not delivered yet"
    if not outcome.get("successful", True):
        yield f"task {delivery.task_id} failed"
    counts = outcome.get("counts", {})
    if counts.get("ignored"):
        yield f"Anaplan ignored {counts['ignored']} rows without saying which"
    rejected = counts.get("failed", 0) + counts.get("invalid", 0)
    known = any(entry["fate"] == REJECTED for entry in outcome.get("accounting", []))
    if rejected and (outcome.get("dump_missing") or not known):
        yield f"Anaplan rejected {rejected} rows whose source records are not known"
    if not header:
        return
    in_file = _file_total(context, delivery, header)
    entries = [entry for entry in outcome.get("accounting", []) if entry["fate"] == SENT]
    sent = sum((_sum_of(entry, header) for entry in entries), _ZERO)
    if in_file != sent:
        yield f"the file holds {money_text(in_file)}, its source rows {money_text(sent)}"


def _file_total(context: DeliveryContext, delivery: Delivery, header: str) -> Decimal:
    """The amounts as they stand in the file, summed again."""
    total = _ZERO
    for batch in context.snapshots.storage.batches(delivery.state_path, [header]):
        numbers = batch.column(header).cast(pa.decimal128(38, 6))
        total += _compute.sum(numbers).as_py() or _ZERO
    return total


def check(results: Sequence[TieOut]) -> CheckResult:
    """All tie-outs of a partition as one check."""
    failing = [result for result in results if not result.ties]
    gross = sum((result.gross_difference for result in results if result.measure != "rows"), _ZERO)
    if not failing:
        loads = {(result.entity, result.load) for result in results}
        message = f"{len(loads)} loads tie out: {money_text(gross)} difference."
    else:
        message = "; ".join(_words(result) for result in failing)
    return CheckResult(
        "totals_agree",
        passed=not failing,
        message=message,
        detail={"difference": amount_text(gross), "loads": [summary(result) for result in results]},
    )


def _words(result: TieOut) -> str:
    # Where nothing was delivered every group differs by all that it has.
    differing = {} if NOTHING_DELIVERED in result.problems else result.differing
    parts = [f"{group or 'all'}: {_line_words(result, line)}" for group, line in list(differing.items())[:5]]
    more = len(differing) - 5
    tail = [f"{more} more groups"] if more > 0 else []
    measure = f" ({result.measure})" if result.measure not in {"rows", "amount"} else ""
    return f"{result.entity} by {result.load}{measure}: " + ", ".join([*result.problems, *parts, *tail])


def _line_words(result: TieOut, line: Line) -> str:
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
        **{name: amount_text(getattr(result.total, name)) for name in vars(Line())},
        "accepted": amount_text(result.total.accepted),
        "difference": amount_text(result.gross_difference),
        "ties": result.ties,
        "as_of": result.as_of,
    }
