"""The fiscal periods that a fact's records belong to, by what their period field says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mlc_pipelines.erp.base import Entity, ErpPeriod, Source
from mlc_pipelines.errors import DataError
from mlc_pipelines.fiscal import FiscalCalendar, Period


@dataclass(frozen=True)
class Placing:
    """Finds our periods by the ERP's.

    Attributes:
        calendar: the tenant's.
        known: the ERP's own periods; none where it doesn't tell, and then days alone decide.
    """

    calendar: FiscalCalendar
    known: Sequence[ErpPeriod]

    @classmethod
    def of(cls, source: Source[Any], calendar: FiscalCalendar) -> Placing:
        """By the periods that the source tells of."""
        return cls(calendar, source.periods() or ())

    def places(self, entity: Entity, value: Any) -> tuple[str, ...]:
        """Keys of the periods that may hold a record; none where the calendar ends before or begins after it.

        More than one where what the field says does not tell an adjustment period from the days that it lies over.

        Args:
            entity: the fact.
            value: of its field `period`.

        Raises:
            DataError: the ERP has no such period, or the record names none.
        """
        if isinstance(value, date):
            adjusted = any(each.adjustment and each.start <= value <= each.end for each in self.known)
            ours = self.calendar.periods if adjusted else self.calendar.regular
            return tuple(each.key for each in ours if each.start <= value <= each.end)
        found = [each for each in self.known if each.id == str(value)]
        if value is None or not found:
            said = "nothing" if value is None else repr(value)
            raise DataError(
                f"{entity.name}: {entity.period} says {said}, which is none of the ERP's periods.",
                hint="Look at the records that changed last; `mlc calendar TENANT` shows the periods.",
            )
        return tuple(each.key for each in self.calendar.periods if any(_same(each, other) for other in found))


def _same(ours: Period, theirs: ErpPeriod) -> bool:
    """Whether one may be the other; that their days agree is checked where a period is landed."""
    if ours.adjustment != theirs.adjustment:
        return False
    if not ours.adjustment:
        return ours.start <= theirs.start <= ours.end
    # The days of an adjustment period say little.
    return theirs.year == ours.year or (theirs.start <= ours.end and ours.start <= theirs.end)
