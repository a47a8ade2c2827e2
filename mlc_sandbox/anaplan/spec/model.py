"""How a sample Anaplan model is declared: plain values, no behaviour.

    ModelSpec(
        name="Group Planning",
        lists=[ListSpec("Accounts", members=["1000", "2000"]), ListSpec("Departments", properties={"Head": "TEXT"})],
        time=("Jan 26", "Feb 26"),
        versions=("Actual", "Budget"),
        modules=[ModuleSpec("GL", dimensions=("Accounts", "Departments", "Time", "Versions"), line_items=("Amount",))],
        imports=[
            ListImport("Load Accounts", "Accounts", columns={"Code": "code", "Name": "name"}),
            ModuleImport(
                "Load Actuals",
                "GL",
                columns={"Account": "Accounts", "Dept": "Departments", "Period": "Time", "Amount": "Amount"},
                fixed={"Versions": "Actual"},
            ),
        ],
        exports=[ExportSpec("Budget out", "GL", only={"Versions": ("Budget",)})],
        processes=[ProcessSpec("Nightly", ("Load Accounts", "Load Actuals"))],
    )

Ids follow from the order of declaration (docs/vendors/anaplan.md, section 3: id prefixes), so they stay the same from
run to run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mlc_sandbox.anaplan.spec.actions import ClearSpec, DeleteSpec, ExportSpec, ImportSpec, ProcessSpec

TIME = "Time"
VERSIONS = "Versions"
LINE_ITEMS = "Line items"
"""As the target of a column of a `ModuleImport`: the column names the line item of its row."""
VALUES = "Values"
"""As the target of a column of a `ModuleImport`: the value for the line item that the `LINE_ITEMS` column names."""

Format = Literal["NUMBER", "TEXT", "BOOLEAN", "DATE"]


@dataclass(frozen=True)
class WorkspaceSpec:
    """A workspace; its id is 32 lower-case hex digits."""

    id: str = "8a81b09d5e8c6f27015ece3402487d33"
    name: str = "Planning"


@dataclass(frozen=True)
class MemberSpec:
    """A member that a list has from the start; `parent` is a code or name."""

    code: str
    name: str = ""
    parent: str = ""
    properties: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class ListSpec:
    """A list.

    Attributes:
        name: unique in the model.
        members: those it has from the start; a plain string is both code and name.
        properties: name and format of each property.
        parent: the list whose members are parents of these; None for parents within this list.
        numbered: members have no name of their own (Anaplan's numbered list).
        subsets: names of its subsets.
        selective_access: users may be let in to single members.
        production: may change while the model is deployed (docs/vendors/anaplan.md, section 8: status 425).
    """

    name: str
    members: Sequence[MemberSpec | str] = ()
    properties: Mapping[str, Format] = field(default_factory=dict[str, Format])
    parent: str | None = None
    numbered: bool = False
    subsets: Sequence[str] = ()
    selective_access: bool = False
    production: bool = False


@dataclass(frozen=True)
class LineItemSpec:
    """A line item; one with a formula takes no values from outside."""

    name: str
    format: Format = "NUMBER"
    formula: str = ""


@dataclass(frozen=True)
class ViewSpec:
    """A saved view: which dimensions lie on rows, columns and pages. `LINE_ITEMS` is a dimension here."""

    name: str
    rows: Sequence[str]
    columns: Sequence[str]
    pages: Sequence[str] = ()


@dataclass(frozen=True)
class ModuleSpec:
    """A module: line items over dimensions (list names, `TIME`, `VERSIONS`); a plain string is a NUMBER line item."""

    name: str
    dimensions: Sequence[str]
    line_items: Sequence[LineItemSpec | str]
    views: Sequence[ViewSpec] = ()


def line_item_specs(module: ModuleSpec) -> list[LineItemSpec]:
    """The line items of a module, short forms written out."""
    return [LineItemSpec(entry) if isinstance(entry, str) else entry for entry in module.line_items]


@dataclass(frozen=True)
class ModelSpec:
    """A model. See the module's docstring for an example.

    Attributes:
        name: unique among the sandbox's models.
        id: 32 upper-case hex digits; derived from the name when empty.
        workspace: where it lives.
        time: labels of the Time dimension's periods, in order.
        current_period: one of them; the first when empty.
        fiscal_year: name, first and last day of the current fiscal year.
        versions: names of the Versions dimension; the first is the actual one.
    """

    name: str
    lists: Sequence[ListSpec] = ()
    modules: Sequence[ModuleSpec] = ()
    imports: Sequence[ImportSpec] = ()
    exports: Sequence[ExportSpec] = ()
    actions: Sequence[DeleteSpec | ClearSpec] = ()
    processes: Sequence[ProcessSpec] = ()
    time: Sequence[str] = ()
    current_period: str = ""
    fiscal_year: tuple[str, str, str] = ("FY26", "2026-01-01", "2026-12-31")
    versions: Sequence[str] = ("Actual", "Budget")
    id: str = ""
    workspace: WorkspaceSpec = field(default_factory=WorkspaceSpec)
