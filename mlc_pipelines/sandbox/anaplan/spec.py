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

Ids follow from the order of declaration (contract anaplan.md, section 3: id prefixes), so they stay the same from run
to run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

TIME = "Time"
VERSIONS = "Versions"
LINE_ITEMS = "Line items"
"""As the target of a column of a `ModuleImport`: the column names the line item of its row."""
VALUES = "Values"
"""As the target of a column of a `ModuleImport`: the value for the line item that the `LINE_ITEMS` column names."""

Format = Literal["NUMBER", "TEXT", "BOOLEAN", "DATE"]
Layout = Literal["TABULAR_MULTI_COLUMN", "TABULAR_SINGLE_COLUMN", "GRID_CURRENT_PAGE", "GRID_ALL_PAGES"]


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
        production: may change while the model is deployed (contract anaplan.md, section 8: status 425).
    """

    name: str
    members: Sequence[MemberSpec | str] = ()
    properties: Mapping[str, Format] = field(default_factory=dict[str, Format])
    parent: str | None = None
    numbered: bool = False
    subsets: Sequence[str] = ()
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


@dataclass(frozen=True)
class FileSpec:
    """A file that imports read (contract anaplan.md, sections 4 and 5).

    Attributes:
        name: unique in the model.
        headers: the columns as the model builder's sample file had them.
        separator: between columns.
        delimiter: around texts.
        encoding: as Anaplan names it.
        decimal_separator: in numbers.
        default: the content that is served while the user has none of their own.
    """

    name: str
    headers: Sequence[str]
    separator: str = ","
    delimiter: str = '"'
    encoding: str = "UTF-8"
    decimal_separator: str = "."
    default: bytes | None = None


@dataclass(frozen=True)
class ListImport:
    """An import action into a list.

    Attributes:
        name: of the action.
        target: the list.
        columns: file header to `code`, `name`, `parent` or the name of a property. The key is the code if it is mapped,
            else the name.
        file: what it reads; a file of its own with these columns as headers when None.
        view: reads this module instead of a file (importMetadata type MODEL).
    """

    name: str
    target: str
    columns: Mapping[str, str]
    file: FileSpec | None = None
    view: str | None = None


@dataclass(frozen=True)
class ModuleImport:
    """An import action into a module.

    Attributes:
        name: of the action.
        target: the module.
        columns: file header to a dimension of the module or one of its line items, or to `LINE_ITEMS` and `VALUES`.
        fixed: dimension to the one member that all rows are for.
        ask: dimension to the entity type of a run-time prompt (contract anaplan.md, section 6: mappingParameters).
        file: what it reads; a file of its own with these columns as headers when None.
        view: reads this module instead of a file (importMetadata type MODEL).
    """

    name: str
    target: str
    columns: Mapping[str, str]
    fixed: Mapping[str, str] = field(default_factory=dict[str, str])
    ask: Mapping[str, str] = field(default_factory=dict[str, str])
    file: FileSpec | None = None
    view: str | None = None


ImportSpec = ListImport | ModuleImport


@dataclass(frozen=True)
class ExportSpec:
    """An export action of a module or one of its saved views.

    Attributes:
        name: of the action, and of its file.
        source: the module.
        layout: TABULAR_MULTI_COLUMN has a column for each dimension and each line item, and only rows with a value.
        view: saved view for the GRID layouts; the default view when empty.
        only: dimension to the members that are exported; all when absent.
        codes: dimensions shown by their members' codes instead of names.
        line_items: those exported; all when empty.
        separator: between columns.
        encoding: as Anaplan names it.
    """

    name: str
    source: str
    layout: Layout = "TABULAR_MULTI_COLUMN"
    view: str = ""
    only: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    codes: Sequence[str] = ()
    line_items: Sequence[str] = ()
    separator: str = ","
    encoding: str = "UTF-8"


@dataclass(frozen=True)
class DeleteSpec:
    """A delete action: removes the members of a list whose BOOLEAN property is true, and their cells."""

    name: str
    target: str
    where: str


@dataclass(frozen=True)
class ClearSpec:
    """An action that empties a module, or the part of it given by `only` (dimension to members)."""

    name: str
    target: str
    only: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])


@dataclass(frozen=True)
class ProcessSpec:
    """A process: imports, exports and actions by name, in order."""

    name: str
    steps: Sequence[str]


@dataclass(frozen=True)
class ModelSpec:
    """A model. See the module's docstring for an example.

    Attributes:
        name: unique among the sandbox's models.
        id: 32 upper-case hex digits; derived from the name when empty.
        workspace: where it lives.
        time: labels of the Time dimension's periods, in order.
        current_period: one of them; the first when empty.
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
    versions: Sequence[str] = ("Actual", "Budget")
    id: str = ""
    workspace: WorkspaceSpec = field(default_factory=WorkspaceSpec)
