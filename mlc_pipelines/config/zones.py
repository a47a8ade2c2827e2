"""Time zones by name."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator

from mlc_pipelines.config.base import refused
from mlc_pipelines.config.references import suggestion


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise refused("is not a time zone", suggestion(name, available_timezones(), what="time zone"))
    return name


TimeZone = Annotated[str, AfterValidator(_zone)]
"""A name of the IANA time zone database, such as `Europe/Oslo`."""
