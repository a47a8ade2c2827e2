"""From our fiscal window to the ERP's own period: one, or a message that shows what there is."""

from __future__ import annotations

from collections.abc import Sequence

from mlc_pipelines.erp.base import ErpPeriod
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import Period

_SHOWN = 12


def only_period(
    window: Period,
    found: Sequence[ErpPeriod],
    known: Sequence[ErpPeriod],
    *,
    erp: str,
    when_several: str,
    when_none: str,
) -> ErpPeriod:
    """The one period that was found for the window.

    Args:
        window: what was looked for.
        found: the candidates.
        known: all of that kind, to be shown when there is none.
        erp: name of the product.
        when_several: hint for more than one.
        when_none: hint for none.

    Raises:
        ConfigurationError: there is none, or several; lists what is there.
    """
    if len(found) == 1:
        return found[0]
    kind = "adjustment period" if window.adjustment else "period"
    wanted = f"{kind} for {window.key} ({window.start} to {window.end})"
    if found:
        raise ConfigurationError(f"{erp} has more than one {wanted}: {_shown(found)}.", hint=when_several)
    near = sorted(known, key=lambda period: abs((period.start - window.start).days))[:_SHOWN]
    raise ConfigurationError(f"{erp} has no {wanted}. There is: {_shown(near) or f'no {kind} at all'}.", hint=when_none)


def _shown(periods: Sequence[ErpPeriod]) -> str:
    return ", ".join(map(str, sorted(periods, key=lambda period: (period.start, str(period)))))
