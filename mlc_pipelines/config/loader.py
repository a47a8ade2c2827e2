"""The loader: all files of a configuration, all their faults at once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from mlc_pipelines.clock import Clock
from mlc_pipelines.config.base import Raw
from mlc_pipelines.config.bounds import LARGEST_MAP, LARGEST_YAML, MOST_FAULTS, Refused, read_text
from mlc_pipelines.config.calendars import CALENDAR_FILE, CalendarFile, fiscal_calendar
from mlc_pipelines.config.maps import CodeMap, read_map
from mlc_pipelines.config.references import ErpDeclaration, References
from mlc_pipelines.config.tenant import Tenant
from mlc_pipelines.config.tenant_file import TenantReader
from mlc_pipelines.config.validation_messages import faults_of
from mlc_pipelines.config.yaml_text import parse_yaml
from mlc_pipelines.errors import ConfigurationError, Fault
from mlc_pipelines.fiscal import FiscalCalendar, calendar_months


@dataclass(frozen=True)
class Configuration:
    """Everything that stands under `MLC_HOME`.

    Attributes:
        home: the folder.
        tenants: those without a fault, by name.
        calendars: by name, the built-in one among them; None for one that has faults, which no tenant here uses.
        maps: code maps by name.
        broken: the other tenants, each with the faults of its file and of the calendar and maps that it uses.
        faults: all, those of files that no tenant uses too.
    """

    home: Path
    tenants: Mapping[str, Tenant]
    calendars: Mapping[str, FiscalCalendar]
    maps: Mapping[str, CodeMap]
    broken: Mapping[str, Sequence[Fault]]
    faults: Sequence[Fault]


def load_configuration(home: Path, erps: Mapping[str, ErpDeclaration], *, clock: Clock) -> Configuration:
    """The configuration, valid as a whole.

    Args:
        home: the folder, `MLC_HOME`.
        erps: the ERPs by kind.
        clock: its year ends the built-in calendar.

    Raises:
        ConfigurationError: with one fault for everything that is wrong in any of the files.
    """
    configuration = read_configuration(home, erps, clock=clock)
    if faults := configuration.faults:
        files = {fault.file for fault in faults}
        count = f"{len(faults)} fault{'s' * (len(faults) > 1)}"
        where = f"{len(files)} file{'s' * (len(files) > 1)}"
        raise ConfigurationError(f"The configuration in {home} has {count} in {where}:", faults=faults)
    return configuration


def require_home(home: Path) -> None:
    """Refuse to work without a home: only `mlc init` and the demo make one.

    Raises:
        ConfigurationError: there is no such folder.
    """
    if not home.is_dir():
        fault = Fault("MLC_HOME", "", str(home), "is no folder", "Make one with `mlc init DIR --erp KIND`.")
        raise ConfigurationError("There is no configuration:", faults=[fault])


def files_state(home: Path) -> frozenset[tuple[str, int, int, int]]:
    """What tells whether any file of a configuration changed: name, inode, size and time of each."""
    found: set[tuple[str, int, int, int]] = set()
    for folder in ("tenants", "calendars", "maps"):
        with suppress(OSError):  # what isn't there, or goes meanwhile, is told when it is read
            for entry in os.scandir(home / folder):
                state = entry.stat()
                found.add((entry.path, state.st_ino, state.st_size, state.st_mtime_ns))
    return frozenset(found)


def read_configuration(home: Path, erps: Mapping[str, ErpDeclaration], *, clock: Clock) -> Configuration:
    """Reads `tenants/*.yaml`, `calendars/*.yaml` and `maps/*.csv`; what is wrong in them stops only who uses it.

    Args:
        home: the folder, `MLC_HOME`.
        erps: the ERPs by kind.
        clock: its year ends the built-in calendar.

    Raises:
        ConfigurationError: there is no such folder.
    """
    require_home(home)
    loading = _Loading(home, clock)
    maps = loading.maps()
    calendars = loading.calendars()
    tenants = loading.tenants(erps, maps, calendars)
    loading.faults = list(_listed(loading.faults))
    broken = loading.broken(tenants)
    good = {name: tenant for name, tenant in tenants.items() if name not in broken}
    known = cast("Mapping[str, FiscalCalendar]", calendars)
    return Configuration(home, good, known, maps, broken, tuple(loading.faults))


@dataclass
class _Loading:
    """One loading, with the faults found so far."""

    home: Path
    clock: Clock
    faults: list[Fault] = field(default_factory=list[Fault])

    def maps(self) -> dict[str, CodeMap]:
        """All maps, also those with faults, so that a reference to one is not a fault of its own."""
        maps: dict[str, CodeMap] = {}
        for path, text in self._texts("maps", "csv", LARGEST_MAP):
            maps[path.stem] = CodeMap(path.stem, {})
            if text is not None:
                maps[path.stem], faults = read_map(path.stem, text, file=self._relative(path))
                self.faults += faults
        return maps

    def calendars(self) -> dict[str, FiscalCalendar | None]:
        """All calendars by file name; None for one that has faults."""
        built_in = calendar_months(self.clock)
        calendars: dict[str, FiscalCalendar | None] = {built_in.name: built_in}
        for path, raw in self._mappings("calendars"):
            file = self._relative(path)
            if path.stem == built_in.name:
                self._fault(file, "", "", "has the name of the built-in calendar", "Rename the file and its name key.")
                continue
            calendars[path.stem] = self._calendar(raw, file) if raw is not None else None
            name = (raw or {}).get("name")
            if isinstance(name, str) and name != path.stem:
                self._fault(file, "name", name, "is not the file's name", f"Write {path.stem}, or rename the file.")
        return calendars

    def tenants(
        self,
        erps: Mapping[str, ErpDeclaration],
        maps: Mapping[str, CodeMap],
        calendars: Mapping[str, FiscalCalendar | None],
    ) -> dict[str, Tenant]:
        """All tenants whose own files have no faults."""
        tenants: dict[str, Tenant] = {}
        read = list(self._mappings("tenants"))
        for path, raw in read:
            if raw is None:
                continue
            file = self._relative(path)
            reader = TenantReader(file, raw, erps, maps, calendars)
            tenant = reader.tenant()
            self.faults += reader.faults
            name = raw.get("tenant")
            if not isinstance(name, str):
                continue
            if name == path.stem:
                tenants |= {name: tenant} if tenant else {}
            elif any(other.stem == name for other, _ in read):
                problem = f"is the tenant of tenants/{name}.yaml already"
                self._fault(file, "tenant", name, problem, "Give it another name.")
            else:
                self._fault(file, "tenant", name, "is not the file's name", f"Write {path.stem}, or rename the file.")
        return tenants

    def broken(self, tenants: Mapping[str, Tenant]) -> dict[str, list[Fault]]:
        """Who can't run: by the name of the tenant's file, the faults of it and of what it uses."""
        broken: dict[str, list[Fault]] = {}
        for fault in self.faults:
            path = Path(fault.file)
            users = [n for n, tenant in tenants.items() if fault.file in tenant.files]
            for name in [path.stem] if path.parent.name == "tenants" else users:
                broken.setdefault(name, []).append(fault)
        return broken

    def _calendar(self, raw: Raw, file: str) -> FiscalCalendar | None:
        try:
            return fiscal_calendar(CALENDAR_FILE.validate_python(raw, context=References()))
        except ValidationError as error:
            self.faults += faults_of(error, file=file, raw=raw, model=CalendarFile)
            return None

    def _mappings(self, folder: str) -> Iterator[tuple[Path, dict[str, Any] | None]]:
        """The YAML files of a folder; None for one that holds no mapping."""
        for path, text in self._texts(folder, "yaml", LARGEST_YAML):
            if text is None:
                yield path, None
                continue
            file = self._relative(path)
            parsed = parse_yaml(text)
            for fault in parsed.faults:
                self._fault(file, fault.key, "", fault.problem, fault.remedy)
            if isinstance(parsed.content, dict):
                yield path, cast("dict[str, Any]", parsed.content)
                continue
            if not parsed.faults:
                problem = "is empty" if parsed.content is None else "is not a mapping of keys to values"
                self._fault(file, "", "", problem, "`mlc init` writes an example.")
            yield path, None

    def _texts(self, folder: str, suffix: str, largest: int) -> Iterator[tuple[Path, str | None]]:
        """The files of a folder, in the order of their names; None for one that is not read."""
        for path in sorted((self.home / folder).glob("[!.]*")):
            if path.is_dir() or path.suffix != f".{suffix}":
                if path.suffix.lower() in {".yml", ".yaml", ".csv"}:
                    remedy = f"Rename it to {path.stem}.{suffix}, or move it away."
                    self._fault(self._relative(path), "", "", f"is no .{suffix} file and would be passed over", remedy)
                continue
            try:
                yield path, read_text(path, largest)
            except Refused as refusal:
                self._fault(self._relative(path), "", "", refusal.problem, refusal.remedy)
                yield path, None

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.home).as_posix()

    def _fault(self, file: str, key: str, value: str, problem: str, remedy: str) -> None:
        self.faults.append(Fault(file, key, value, problem, remedy))


def _listed(faults: Sequence[Fault]) -> Iterator[Fault]:
    """The first faults of each file, and how many more it has."""
    of_file = Counter(fault.file for fault in faults)
    seen: Counter[str] = Counter()
    for fault in faults:
        seen[fault.file] += 1
        if seen[fault.file] <= MOST_FAULTS:
            yield fault
        elif seen[fault.file] == of_file[fault.file]:
            more = of_file[fault.file] - MOST_FAULTS
            yield Fault(fault.file, "", "", f"has {more} more faults", "Mend these first.")
