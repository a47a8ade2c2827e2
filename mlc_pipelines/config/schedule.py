"""The `schedule:` section of a tenant: what is asked for when."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from mlc_pipelines.config.base import ConfigModel, Name, duration, refused
from mlc_pipelines.fiscal import AtClose, Cadence, Cron, Every

_SHORTEST = timedelta(minutes=1)
_WRITE = 'Write a duration such as 15m, or a cron expression such as "0 6 * * MON".'


def _every(value: object) -> object:
    if isinstance(value, Every):
        return value
    interval = duration(value)
    if interval < _SHORTEST:
        raise refused("is too short", "Whether something is due is looked at once a minute: write 1m or more.")
    return Every(interval)


def _cadence(value: object) -> object:
    if isinstance(value, Every | Cron):
        return value
    if " " not in str(value).strip():
        return _every(value)
    try:
        return Cron(str(value).strip())
    except ValueError as error:
        raise refused("is not a cadence", f"{error} {_WRITE}") from None


def _entity_cadence(value: object) -> object:
    return AtClose() if value == "close" or isinstance(value, AtClose) else _cadence(value)


Interval = Annotated[Any, BeforeValidator(_every)]
"""An `Every`, written as a duration."""


class Schedule(ConfigModel):
    """When a tenant's books are asked for changes, and what becomes of late ones.

    Attributes:
        poll_every: how often changes are asked for: a duration, or a cron expression in the calendar's time zone;
            15 minutes by default.
        poll_every_in_close: the same while a close window is open; 5 minutes by default.
        entities: other cadences by entity, in and out of the close; `close` means at its opening, on each of its
            working days, and at its final load.
        full_every: how often open periods are read whole, and so are entities whose ERP tells no changes; daily, at
            midnight in the calendar's time zone, by default.
        late_postings: changes in a period whose close has ended: `restate` loads them (default), `hold` keeps them
            back.
        paused: no polls, and nothing by the close calendar.
        because: why it is paused, for people.
    """

    poll_every: Annotated[Any, BeforeValidator(_cadence)] = Every(timedelta(minutes=15))
    poll_every_in_close: Interval = Every(timedelta(minutes=5))
    entities: dict[Name, Annotated[Any, BeforeValidator(_entity_cadence)]] = Field(default_factory=dict)
    full_every: Interval = Every(timedelta(days=1))
    late_postings: Literal["restate", "hold"] = "restate"
    paused: bool = False
    because: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _paused_for_a_reason(self) -> Self:
        if self.paused and not self.because.strip():
            raise refused("pauses without a reason", 'Say why: `because: "..."` is shown wherever the tenant is.')
        return self

    def cadence(self, entity: str, *, closing: bool) -> Cadence:
        """How often an entity's changes are asked for.

        Args:
            entity: its name.
            closing: whether a close window is open.
        """
        return self.entities.get(entity) or (self.poll_every_in_close if closing else self.poll_every)
