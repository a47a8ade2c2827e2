"""Cells as text: exports, views and read requests."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from mlc_sandbox.anaplan.contents.cells import Cells, text_array, union
from mlc_sandbox.anaplan.contents.state import ModelState
from mlc_sandbox.anaplan.spec.actions import ExportSpec
from mlc_sandbox.anaplan.spec.model import LINE_ITEMS, Format, ViewSpec, line_item_specs

MAX_CELLS = 1_000_000
_EMPTY_TEXTS: Mapping[Format, str] = {"NUMBER": "0", "TEXT": "", "BOOLEAN": "false", "DATE": ""}


class TooManyCells(Exception):
    """A view has more cells than one answer may hold."""


@dataclass(frozen=True)
class Grid:
    """A page of a view.

    Attributes:
        pages: the chosen member of each dimension on pages.
        columns: the members that make each column.
        rows: the members that make each row, and its cells.
    """

    pages: list[str]
    columns: list[list[str]]
    rows: list[tuple[list[str], list[str]]] = field(default_factory=list[tuple[list[str], list[str]]])

    def body(self) -> dict[str, Any]:
        """As JSON (`format=v1`)."""
        return {
            "pages": self.pages,
            "columnCoordinates": self.columns,
            "rows": [{"rowCoordinates": coordinates, "cells": cells} for coordinates, cells in self.rows],
        }

    def csv(self, separator: str = ",") -> bytes:
        """As CSV: a line of page members, empty when there are none, a line per dimension on columns, the rows."""
        width = len(self.rows[0][0]) if self.rows else 1
        lines: list[list[str]] = [self.pages]
        lines += [[""] * width + list(names) for names in zip(*self.columns, strict=True)]
        lines += [coordinates + cells for coordinates, cells in self.rows]
        text = io.StringIO()
        csv.writer(text, delimiter=separator, lineterminator="\n").writerows(lines)
        return text.getvalue().encode()


def render_grid(state: ModelState, module: str, view: ViewSpec, pages: Mapping[str, str]) -> Grid:
    """One page of a view; members that sum up others are left out.

    Args:
        state: where the cells are.
        module: its name.
        view: what lies where.
        pages: dimension to member name, for dimensions on pages; the first member when absent.

    Raises:
        TooManyCells: more than a million.
    """
    axes = {name: _members_of(state, module, name) for name in (*view.rows, *view.columns, *view.pages)}
    chosen = {name: pages.get(name) or next(iter(axes[name].values()), "") for name in view.pages}
    columns = [list(names) for names in product(*(axes[name].values() for name in view.columns))]
    rows = [list(names) for names in product(*(axes[name].values() for name in view.rows))]
    if len(columns) * len(rows) > MAX_CELLS:
        raise TooManyCells(f"The view has {len(columns) * len(rows)} cells, more than {MAX_CELLS}.")
    names = (*state.module_spec(module).dimensions, LINE_ITEMS)
    texts = _texts_by_names(state, module, axes, chosen)
    empties = {entry.name: _EMPTY_TEXTS[entry.format] for entry in line_item_specs(state.module_spec(module))}
    grid = Grid([chosen[name] for name in view.pages], columns)
    for row in rows:
        cells: list[str] = []
        for column in columns:
            place = {**chosen, **dict(zip(view.rows, row, strict=True)), **dict(zip(view.columns, column, strict=True))}
            cells.append(texts.get(tuple(place[name] for name in names), empties[place[LINE_ITEMS]]))
        grid.rows.append((row, cells))
    return grid


def render_export(state: ModelState, spec: ExportSpec) -> bytes:
    """The content of an export's file."""
    if spec.layout.startswith("GRID"):
        saved = {view.name: view for view in state.module_spec(spec.source).views}
        dimensions = state.module_spec(spec.source).dimensions
        view = saved.get(spec.view) or ViewSpec("default", dimensions[:1], (LINE_ITEMS,), dimensions[1:])
        content = render_grid(state, spec.source, view, {}).csv(spec.separator)
    else:
        content = to_csv(export_table(state, spec), spec.separator, quote=spec.delimiter)
    if spec.format not in {"text/csv", "text/plain"}:
        return b"PK\x03\x04\xd0\xcf" + content  # a workbook: no text
    return content if spec.encoding == "UTF-8" else content.decode().encode(spec.encoding)


def export_header(state: ModelState, spec: ExportSpec) -> list[str]:
    """The columns of a tabular export."""
    dimensions = list(state.module_spec(spec.source).dimensions)
    if spec.layout == "TABULAR_SINGLE_COLUMN":
        return [*dimensions, LINE_ITEMS, "Value"]
    return dimensions + _exported_line_items(state, spec)


def export_table(state: ModelState, spec: ExportSpec) -> pa.Table:
    """A tabular export: only rows with a value."""
    dimensions = state.module_spec(spec.source).dimensions
    cells = {
        name: _selected(state, dimensions, state.modules[spec.source][name], spec.only)
        for name in _exported_line_items(state, spec)
    }
    labels = [_labels(state, dimension, by_code=dimension in spec.codes) for dimension in dimensions]
    if spec.layout == "TABULAR_SINGLE_COLUMN":
        parts = [
            [labels[place].take(pa.array(entry.coordinates[:, place])) for place in range(len(dimensions))]
            + [pa.array([name] * len(entry), pa.string()), text_array(entry.values)]
            for name, entry in cells.items()
        ]
        columns = [pa.chunked_array(list(column), pa.string()) for column in zip(*parts, strict=True)]
    else:
        sizes = [state.lists[dimension].next_index for dimension in dimensions]
        coordinates, places = union(list(cells.values()), sizes)
        columns = [labels[place].take(pa.array(coordinates[:, place])) for place in range(len(dimensions))]
        for entry, rows in zip(cells.values(), places, strict=True):
            texts = np.full(len(coordinates), _EMPTY_TEXTS[entry.format], dtype=object)
            texts[rows] = text_array(entry.values).to_numpy(zero_copy_only=False)
            columns.append(pa.array(texts, pa.string()))
    return pa.table(columns, names=export_header(state, spec))


def to_csv(table: pa.Table, separator: str = ",", *, header: bool = True, quote: str = '"') -> bytes:
    """A table of texts as CSV in UTF-8, in quotes; without them texts are bare, whatever is in them."""
    if quote != '"':
        rows = [*([table.column_names] if header else []), *(row.values() for row in table.to_pylist())]
        marked = [[quote + text.replace(quote, quote * 2) + quote if quote else text for text in row] for row in rows]
        return "".join(f"{separator.join(row)}\n" for row in marked).encode()
    first = io.StringIO()
    if header:
        csv.writer(first, delimiter=separator, lineterminator="\n").writerow(table.column_names)
    rest = io.BytesIO()
    options = pa_csv.WriteOptions(include_header=False, delimiter=separator, quoting_style="needed")
    pa_csv.write_csv(table, rest, options)
    return first.getvalue().encode() + rest.getvalue()


def _exported_line_items(state: ModelState, spec: ExportSpec) -> list[str]:
    return list(spec.line_items) or [entry.name for entry in line_item_specs(state.module_spec(spec.source))]


def _selected(state: ModelState, dimensions: Sequence[str], cells: Cells, only: Mapping[str, Sequence[str]]) -> Cells:
    for dimension, texts in only.items():
        found = [member.number for text in texts if (member := state.lists[dimension].find(text)) is not None]
        cells = cells.where(np.isin(cells.coordinates[:, dimensions.index(dimension)], found))
    return cells


def _labels(state: ModelState, dimension: str, *, by_code: bool) -> pa.StringArray:
    members = state.lists[dimension]
    labels: list[str | None] = [None] * members.next_index
    for member in members.members.values():
        labels[member.number] = member.key if by_code else member.name
    return pa.array(labels, pa.string())


def _members_of(state: ModelState, module: str, dimension: str) -> dict[int, str]:
    if dimension == LINE_ITEMS:
        return {number: entry.name for number, entry in enumerate(line_item_specs(state.module_spec(module)))}
    members = state.lists[dimension]
    aggregates = members.aggregates()
    return {member.number: member.name for member in members.members.values() if member.number not in aggregates}


def _texts_by_names(
    state: ModelState, module: str, axes: Mapping[str, dict[int, str]], chosen: Mapping[str, str]
) -> dict[tuple[str, ...], str]:
    dimensions = state.module_spec(module).dimensions
    only = {name: [member] for name, member in chosen.items() if name != LINE_ITEMS}
    texts: dict[tuple[str, ...], str] = {}
    for name, cells in state.modules[module].items():
        selected = _selected(state, dimensions, cells, only)
        names = [[axes[dimension].get(number, "") for number in selected.coordinates[:, place].tolist()]
                 for place, dimension in enumerate(dimensions)]  # fmt: skip
        for coordinates, text in zip(zip(*names, strict=True), selected.texts(), strict=True):
            texts[(*coordinates, name)] = text
    return texts
