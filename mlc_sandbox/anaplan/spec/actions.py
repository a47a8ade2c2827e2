"""How the actions of a sample Anaplan model are declared. See `spec.model` for the model and an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Layout = Literal["TABULAR_MULTI_COLUMN", "TABULAR_SINGLE_COLUMN", "GRID_CURRENT_PAGE", "GRID_ALL_PAGES"]


@dataclass(frozen=True)
class FileSpec:
    """A file that imports read (docs/vendors/anaplan.md, sections 4 and 5).

    Attributes:
        name: unique in the model.
        headers: the columns as the model builder's sample file had them.
        separator: between columns.
        delimiter: around texts; without one quotes are part of them.
        encoding: as Anaplan names it.
        decimal_separator: in numbers.
        thousands_separator: in numbers, dropped when they are read; none is allowed when empty.
        date_format: of dates; ISO 8601 when empty. Told only if it is given, like the one before.
        header_row: number of the line with the headers, from 1; 0 when columns are found by their place.
        first_data_row: number of the first line with values.
        default: the content that is served while the user has none of their own.
    """

    name: str
    headers: Sequence[str]
    separator: str = ","
    delimiter: str = '"'
    encoding: str = "UTF-8"
    decimal_separator: str = "."
    thousands_separator: str = ""
    date_format: str = ""
    header_row: int = 1
    first_data_row: int = 2
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
        from_module: reads this module instead of a file (importMetadata type MODEL).
    """

    name: str
    target: str
    columns: Mapping[str, str]
    file: FileSpec | None = None
    from_module: str | None = None


@dataclass(frozen=True)
class ModuleImport:
    """An import action into a module.

    Attributes:
        name: of the action.
        target: the module.
        columns: file header to a dimension of the module or one of its line items, or to `LINE_ITEMS` and `VALUES`.
        fixed: dimension to the one member that all rows are for.
        ask: dimension to the entity type of a run-time prompt (docs/vendors/anaplan.md, section 6: mappingParameters).
        file: what it reads; a file of its own with these columns as headers when None.
        from_module: reads this module instead of a file (importMetadata type MODEL).
    """

    name: str
    target: str
    columns: Mapping[str, str]
    fixed: Mapping[str, str] = field(default_factory=dict[str, str])
    ask: Mapping[str, str] = field(default_factory=dict[str, str])
    file: FileSpec | None = None
    from_module: str | None = None


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
        delimiter: around texts that need it; none when empty.
        encoding: as Anaplan names it.
        format: MIME type; text/csv and text/plain are text, all others a workbook or document.
    """

    name: str
    source: str
    layout: Layout = "TABULAR_MULTI_COLUMN"
    view: str = ""
    only: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    codes: Sequence[str] = ()
    line_items: Sequence[str] = ()
    separator: str = ","
    delimiter: str = '"'
    encoding: str = "UTF-8"
    format: str = "text/csv"


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
