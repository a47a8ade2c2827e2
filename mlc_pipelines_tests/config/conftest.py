"""A configuration in real files, to be broken in one place or in many."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlc_pipelines.config import Configuration, load_configuration
from mlc_pipelines.errors import ConfigurationError, Fault
from mlc_pipelines_tests.config.ledger import ERPS

TENANT: dict[str, Any] = {
    "tenant": "acme",
    "erp": {
        "kind": "netsuite",
        "account_id": "1234567",
        "client_id": "client",
        "certificate_id": "certificate",
        "private_key": {"secret": "netsuite_private_key"},
    },
    "calendar": "calendar-months",
    "anaplan": {
        "workspace_id": "8a81b09d5e8c6f27015ece3402487d33",
        "model_id": "75A40874E6B64FA3AE0743278996850F",
        "auth": {"method": "basic", "user": "robot@acme.example", "password": {"secret": "anaplan_password"}},
    },
    "loads": {
        "accounts": [{"import": "Load GL Accounts", "columns": {"Code": "number", "Name": "name"}}],
        "gl_activity": [
            {
                "import": "Load Actuals",
                "columns": {
                    "Account": "account_number",
                    "Department": {"field": "department_name", "map": "departments", "default": "Unassigned"},
                    "Period": {"period": "%b %y"},
                    "Version": {"constant": "Actual"},
                    "Amount": {"sum": "amount"},
                },
            }
        ],
    },
}

CALENDAR: dict[str, Any] = {
    "name": "acme-445",
    "kind": "4-4-5",
    "year_start": "2025-12-29",
    "year_ends": "nearest",
    "years": [2025, 2026, 2027],
    "country": "NO",
    "timezone": "Europe/Oslo",
    "close": {"opens": "WD-2", "closes": "WD+5 18:00", "final_load": "WD+5 17:00"},
}


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


class Files:
    """The files of a configuration under a folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.write("maps/departments.csv", "erp,anaplan\nSales : Field,Sales\nR and D,R&D\n")
        self.tenant()

    def write(self, name: str, text: str | bytes) -> None:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def tenant(self, changes: Mapping[str, Any] | None = None, *, name: str = "acme") -> None:
        """Writes a tenant with some keys changed, by dotted path; a change to `...` removes the key."""
        content = changed(TENANT, {"tenant": name, **(changes or {})})
        self.write(f"tenants/{name}.yaml", yaml.safe_dump(content, sort_keys=False, allow_unicode=True))

    def calendar(self, changes: Mapping[str, Any] | None = None) -> None:
        self.write("calendars/acme-445.yaml", yaml.safe_dump(changed(CALENDAR, changes or {})))

    def load(self) -> Configuration:
        return load_configuration(self.home, ERPS, clock=FixedClock())

    def faults(self) -> list[Fault]:
        with pytest.raises(ConfigurationError) as caught:
            self.load()
        return list(caught.value.faults)

    def fault(self) -> Fault:
        """The only fault."""
        faults = self.faults()
        assert len(faults) == 1, [str(fault) for fault in faults]
        return faults[0]


def changed(content: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    result = copy.deepcopy(dict(content))
    for place, value in changes.items():
        here: Any = result
        *parents, last = place.split("/") if "/" in place else [place]
        for part in parents:
            here = here[int(part)] if isinstance(here, list) else here.setdefault(part, {})
        key: Any = int(last) if isinstance(here, list) else last
        if value is ...:
            del here[key]
        else:
            here[key] = copy.deepcopy(value)
    return result


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)
