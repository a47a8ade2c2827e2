"""The parts of a process: what a long-lived one sees of its files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.settings import Settings

CALENDAR = "name: weeks\nkind: 13x4\nyear_start: 2025-12-29\nyear_ends: last\nyears: [2026]\n"


class FixedClock:
    """Shows one moment."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


def test_files_are_read_again_when_one_changed_and_only_then(tmp_path: Path, make_database_url: Callable[[], str]):
    clock = FixedClock(datetime(2026, 6, 15, tzinfo=UTC))
    runtime = Runtime(Settings(tmp_path, make_database_url(), str(tmp_path / "storage"), None, None), clock)
    first = runtime.with_files_read_anew()
    assert set(first.configuration.calendars) == {"calendar-months"}
    assert runtime.with_files_read_anew() is first
    assert first.database is runtime.database

    folder = tmp_path / "calendars"
    folder.mkdir()
    (folder / "weeks.yaml").write_text(CALENDAR, encoding="utf-8")
    second = runtime.with_files_read_anew()
    assert set(second.configuration.calendars) == {"calendar-months", "weeks"}
    assert runtime.with_files_read_anew() is second

    (folder / "weeks.yaml").write_text(CALENDAR.replace("[2026]", "[2026, 2027]"), encoding="utf-8")
    third = runtime.with_files_read_anew()
    assert third.configuration.calendars["weeks"].periods[-1].year == 2027
    (folder / "weeks.yaml").unlink()
    assert set(runtime.with_files_read_anew().configuration.calendars) == {"calendar-months"}
    runtime.close()


def test_the_built_in_calendar_grows_at_new_year(tmp_path: Path, make_database_url: Callable[[], str]):
    clock = FixedClock(datetime(2026, 12, 31, tzinfo=UTC))
    runtime = Runtime(Settings(tmp_path, make_database_url(), str(tmp_path / "storage"), None, None), clock)
    assert runtime.with_files_read_anew().configuration.calendars["calendar-months"].periods[-1].year == 2027
    clock.moment = datetime(2027, 1, 1, tzinfo=UTC)
    assert runtime.with_files_read_anew().configuration.calendars["calendar-months"].periods[-1].year == 2028
    runtime.close()
