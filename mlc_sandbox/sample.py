"""A sample tenant: what the demo needs to pair one sandbox ERP with one sandbox model."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from string import Template
from typing import Protocol

from mlc_sandbox.anaplan import AnaplanSandbox, ListImport, ListSpec, ModelSpec, ModuleImport, ModuleSpec
from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.serving import SandboxServer

USER, PASSWORD = "robot@sandbox.example", "sandbox-Passw0rd"
Expense = Callable[[date, Decimal, str], object]
"""Posts an expense on a day, with an amount and a text, into the ledger: two lines of a journal."""

_FIRST_YEAR = 2025
"""That of the books."""

_ANAPLAN = f"""\
anaplan:
  api_url: $anaplan_url
  auth_url: $anaplan_url
  app_url: $anaplan_url
  workspace_id: $workspace_id
  model_id: $model_id
  auth: {{method: basic, user: {USER}, password: {{secret: anaplan_password}}}}
  requests_per_minute: 600"""
# All of Anaplan's limit, as nobody else is in the sandbox.


@dataclass(frozen=True)
class SampleTenant:
    """One sample tenant.

    Attributes:
        tenant: its name.
        kind: the ERP.
        erp: the ERP's running sandbox.
        files: the configuration, path below the home -> text; `$anaplan_url`, `$workspace_id` and `$model_id` stand
            where the Anaplan sandbox's own values go.
        secrets: values for the vault.
        periods: the last closed period and the open one.
        model: the Anaplan model that a model builder would have made for it.
        expense: posts an expense of an amount, with a text, into the books' open period.
    """

    tenant: str
    kind: str
    erp: SandboxServer
    files: Mapping[str, str]
    secrets: Mapping[str, str]
    periods: Sequence[str]
    model: ModelSpec
    expense: Callable[[Decimal, str], object]

    def paired_with(self, anaplan: AnaplanSandbox) -> SampleTenant:
        """The same with the addresses and ids of a running Anaplan sandbox."""
        values = {
            "anaplan_url": anaplan.url,
            "workspace_id": self.model.workspace.id,
            "model_id": anaplan.model(self.model.name).id,
        }
        tenant_file = f"tenants/{self.tenant}.yaml"
        text = Template(self.files[tenant_file]).substitute(values)
        return replace(self, files={**self.files, tenant_file: text})


class Serve(Protocol):
    """A vendor's sandbox with its books, and the tenant that reads them, as a context manager."""

    def __call__(
        self, port: int, clock: SandboxClock, gl_lines: int = 20_000, today: date | None = None
    ) -> AbstractContextManager[SampleTenant]:
        """Serve it.

        Args:
            port: where to listen; 0 takes any free port.
            clock: shared with the model's sandbox.
            gl_lines: lines of the general ledger over all periods, of which January 2025 is the first.
            today: last day with transactions; the clock's day when not given.
        """
        ...


@dataclass(frozen=True)
class Facts:
    """A module with one line item, and the import that fills it.

    Attributes:
        module: its name.
        dimensions: column of the file -> list; the time follows.
        load: the import is `Load <load>`; the module's name when empty.
        versions: whether the versions follow, too.
        line_item: its name, and that of its column.
    """

    module: str
    dimensions: Mapping[str, str]
    load: str = ""
    versions: bool = False
    line_item: str = "Amount"

    def spec(self) -> ModuleSpec:
        """The module."""
        after = ("Time", "Versions") if self.versions else ("Time",)
        return ModuleSpec(self.module, (*self.dimensions.values(), *after), (self.line_item,))

    def filled(self) -> ModuleImport:
        """The import."""
        version = {"Version": "Versions"} if self.versions else {}
        columns = {**self.dimensions, "Period": "Time", **version, self.line_item: self.line_item}
        return ModuleImport(f"Load {self.load or self.module}", self.module, columns)


def sample_model(
    name: str,
    *,
    loaded: Sequence[ListSpec],
    facts: Sequence[Facts],
    fixed: Sequence[ListSpec] = (),
    with_parents: Collection[str] = (),
    versions: Sequence[str] = ("Actual", "Budget", "FY26 Budget"),
) -> ModelSpec:
    """What a model builder made for a sample tenant: lists, modules, and the imports that the tenant's loads name.

    Args:
        name: of the model.
        loaded: lists that `Load <name>` fills: code, name, and each property from the column of its name.
        facts: modules.
        fixed: lists whose members are all there.
        with_parents: loaded lists whose file names the parents, too.
        versions: of the model.
    """
    lists = [
        ListImport(
            f"Load {entry.name}",
            entry.name,
            {"Code": "code", "Name": "name"}
            | ({"Parent": "parent"} if entry.name in with_parents else {})
            | {name: name for name in entry.properties},
        )
        for entry in loaded
    ]
    return ModelSpec(
        name=name,
        versions=versions,
        lists=(*loaded, *fixed),
        modules=tuple(entry.spec() for entry in facts),
        imports=(*lists, *(entry.filled() for entry in facts)),
    )


def _month_labels(years: Sequence[int]) -> tuple[str, ...]:
    """Time labels of the sample calendars: `Jan 25` ..."""
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return tuple(f"{month} {year % 100:02d}" for year in years for month in months)


def month_calendar(name: str, country: str, timezone: str, *, adjustment_periods: int = 1) -> str:
    """Text of a calendar file: January to December, closed on the fifth working day; `$years` stands for the years."""
    return (
        f"name: {name}\nkind: months\nstart_month: 1\nyears: $years\n"
        f'adjustment_periods: {adjustment_periods}\ncountry: "{country}"\ntimezone: {timezone}\n'
        "close: {opens: WD-2, closes: WD+5 18:00, final_load: WD+5 17:00}\n"
    )


def sample_tenant(
    erp: SandboxServer,
    template: str,
    values: Mapping[str, str],
    *,
    calendar: str,
    model: ModelSpec,
    secrets: Mapping[str, str],
    today: date,
    expense: Expense,
    maps: Mapping[str, str] | None = None,
) -> SampleTenant:
    """The tenant of a running sandbox.

    Args:
        erp: the sandbox.
        template: text of the tenant file; `$anaplan` stands where the Anaplan section goes.
        values: for the other `$names` of the template, `tenant` and `kind` among them.
        calendar: text of its calendar file, which has the tenant's name; `$years` stands for the years.
        model: its planning model, but for the time dimension.
        secrets: of the ERP, by name.
        today: in the open period; the last closed one is the month before. Calendar and model reach to the end of the
            next year.
        expense: how its books take one.
        maps: text of the code maps by name.
    """
    tenant = values["tenant"]
    years = range(_FIRST_YEAR, today.year + 2)
    last = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
    return SampleTenant(
        tenant=tenant,
        kind=values["kind"],
        erp=erp,
        files={
            f"tenants/{tenant}.yaml": Template(template).substitute(values, anaplan=_ANAPLAN),
            f"calendars/{tenant}.yaml": Template(calendar).substitute(years=list(years)),
            **{f"maps/{name}.csv": text for name, text in (maps or {}).items()},
        },
        secrets={**secrets, "anaplan_password": PASSWORD},
        periods=[f"FY{year}-P{month:02d}" for year, month in (last, (today.year, today.month))],
        model=replace(model, time=_month_labels(years)),
        expense=partial(expense, today),
    )
