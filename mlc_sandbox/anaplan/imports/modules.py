"""Import of a file into a module, by columns: no Python object per row but for the rows that are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from mlc_sandbox.anaplan.contents.cells import NUMBER_TYPE, Coordinates, Mask, pc
from mlc_sandbox.anaplan.contents.members import AGGREGATE, UNKNOWN
from mlc_sandbox.anaplan.contents.state import ModelState
from mlc_sandbox.anaplan.imports.form import plain_date, plain_numbers
from mlc_sandbox.anaplan.imports.tabular import Batch, Rejection, Table
from mlc_sandbox.anaplan.spec.actions import FileSpec, ModuleImport
from mlc_sandbox.anaplan.spec.model import LINE_ITEMS, TIME, VALUES, LineItemSpec, line_item_specs
from mlc_sandbox.anaplan.tasks.outcome import Counts, Result, failure, module_result

_NUMBER = r"^[+-]?(\d{1,23}(\.\d{0,15})?|\.\d{1,15})$"
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def run_module_import(state: ModelState, spec: ModuleImport, table: Table, prompts: Mapping[str, str]) -> Result:
    """Apply a file to a module's cells.

    A row is refused when it names an unknown member or none of its values can be read, taken with a warning when only
    some of its values can, and ignored when it has no value or is for a cell that sums up others or has a formula.
    A cell that is set twice keeps the last value.

    Args:
        state: changed in place.
        spec: the import action.
        table: the file.
        prompts: entity type to entity name, for the dimensions that the action asks for.

    Raises:
        ModuleTooLarge: see `Cells.written`.
    """
    constants: dict[str, int] = {}
    for dimension, name in {**spec.fixed, **{d: prompts.get(kind, "") for d, kind in spec.ask.items()}}.items():
        constants[dimension] = state.coordinate(dimension, name, set())
        if constants[dimension] < 0:
            return failure("failedToLocateEntity", f"{dimension}: no member {name!r}")
    run = _ModuleRun(state, spec, constants, table.source)
    for batch in table.batches():
        run.take(batch)
    run.write()
    run.counts.failed += len(table.malformed)
    return module_result(spec.target, run.counts, run.rejections + table.malformed, table.header)


@dataclass
class _Parsed:
    """A column of values read for one line item: which rows have one, which can't be read, and the values."""

    present: Mask
    bad: Mask
    values: pa.Array  # null where not present or bad


@dataclass
class _Pending:
    coordinates: list[Coordinates] = field(default_factory=list[Coordinates])
    values: list[pa.Array] = field(default_factory=list[pa.Array])


class _ModuleRun:
    def __init__(self, state: ModelState, spec: ModuleImport, constants: Mapping[str, int], file: FileSpec) -> None:
        self.counts = Counts()
        self.rejections: list[Rejection] = []
        self._state = state
        self._target = spec.target
        self._constants = constants
        self._file = file
        self._dimensions = state.module_spec(spec.target).dimensions
        self._line_items = {entry.name: entry for entry in line_item_specs(state.module_spec(spec.target))}
        self._column_of = {target: column for column, target in spec.columns.items()}
        self._aggregates = {name: state.lists[name].aggregates() for name in self._dimensions}
        self._seen: dict[str, dict[str, int]] = {name: {} for name in (*self._dimensions, LINE_ITEMS)}
        self._pending: dict[str, _Pending] = {}

    def take(self, batch: Batch) -> None:
        """Read a batch: count its rows, keep the good values for `write`."""
        size = len(batch)
        coordinates = np.empty((size, len(self._dimensions)), dtype=np.int32)
        for place, dimension in enumerate(self._dimensions):
            constant = self._constants.get(dimension)
            coordinates[:, place] = self._codes(batch, dimension) if constant is None else constant
        unknown = coordinates == UNKNOWN
        refused: Mask = unknown.any(axis=1)
        aggregate: Mask = (coordinates == AGGREGATE).any(axis=1)
        errors: list[tuple[Mask, str, str, str]] = [
            (unknown[:, place], *self._identifier_error(dimension)) for place, dimension in enumerate(self._dimensions)
        ]
        if LINE_ITEMS in self._column_of:
            nameless: Mask = self._codes(batch, LINE_ITEMS) == UNKNOWN
            refused |= nameless
            errors.append((nameless, *self._identifier_error(LINE_ITEMS)))
        blank = self._blank(batch)

        good = np.zeros(size, dtype=np.bool_)
        bad = np.zeros(size, dtype=np.bool_)
        for line_item, column, rows in self._targets(batch):
            parsed = self._parse(line_item, batch.columns[column])
            faulty = parsed.bad & rows
            bad |= faulty
            errors.append((faulty, column, *_format_error(line_item)))
            if line_item.formula:
                continue
            written = parsed.present & ~parsed.bad & rows & ~refused & ~aggregate
            good |= written
            if written.any():
                pending = self._pending.setdefault(line_item.name, _Pending())
                pending.coordinates.append(coordinates[written])
                pending.values.append(parsed.values.filter(pa.array(written)))

        failed = ~blank & (refused | (bad & ~good & ~aggregate))
        warned = good & bad
        self.counts.failed += int(failed.sum())
        self.counts.warned_updated += int(warned.sum())
        self.counts.updated += int((good & ~bad).sum())
        self.counts.ignored += int((~failed & ~good).sum())
        for place in np.flatnonzero(failed | warned).tolist():
            self._reject(batch, place, "E" if failed[place] else "W", errors)

    def write(self) -> None:
        """Write all good values."""
        for line_item, pending in self._pending.items():
            self._state.write(
                self._target, line_item, np.concatenate(pending.coordinates), pa.concat_arrays(pending.values)
            )

    def _codes(self, batch: Batch, dimension: str) -> Coordinates:
        encoded = batch.columns[self._column_of[dimension]].dictionary_encode()
        seen = self._seen[dimension]
        texts: list[str] = encoded.dictionary.to_pylist()
        for text in texts:
            if text not in seen:
                seen[text] = self._code(dimension, text.strip())
        lookup = np.array([seen[text] for text in texts] or [UNKNOWN], dtype=np.int32)
        return lookup[np.asarray(encoded.indices)]

    def _code(self, dimension: str, text: str) -> int:
        if dimension == LINE_ITEMS:
            return list(self._line_items).index(text) if text in self._line_items else UNKNOWN
        return self._state.coordinate(dimension, text, self._aggregates[dimension])

    def _targets(self, batch: Batch) -> list[tuple[LineItemSpec, str, Mask]]:
        everywhere = np.ones(len(batch), dtype=np.bool_)
        if LINE_ITEMS not in self._column_of:
            return [
                (line_item, self._column_of[name], everywhere)
                for name, line_item in self._line_items.items()
                if name in self._column_of
            ]
        codes = self._codes(batch, LINE_ITEMS)
        return [
            (line_item, self._column_of[VALUES], codes == number)
            for number, line_item in enumerate(self._line_items.values())
            if (codes == number).any()
        ]

    def _blank(self, batch: Batch) -> Mask:
        blank = np.ones(len(batch), dtype=np.bool_)
        for column in self._column_of.values():
            blank &= np.asarray(pc.equal(batch.columns[column], ""))
        return blank

    def _parse(self, line_item: LineItemSpec, column: pa.StringArray) -> _Parsed:
        texts = pc.utf8_trim_whitespace(column)
        present = np.asarray(pc.not_equal(texts, ""))
        if line_item.format == "TEXT":
            return _Parsed(present, np.zeros(len(column), dtype=np.bool_), texts)
        if line_item.format == "NUMBER":
            texts = plain_numbers(texts, self._file)
            readable = pc.match_substring_regex(texts, _NUMBER)
            values = pc.if_else(readable, texts, None).cast(NUMBER_TYPE)
        else:
            if line_item.format == "BOOLEAN":
                converted: list[object] = [_BOOLEANS.get(text.lower()) for text in texts.to_pylist()]
            else:
                converted = [plain_date(text, self._file) for text in texts.to_pylist()]
            values = pa.array(converted, pa.bool_() if line_item.format == "BOOLEAN" else pa.string())
            readable = values.is_valid()
        return _Parsed(present, present & ~np.asarray(readable), values)

    def _reject(self, batch: Batch, place: int, status: str, errors: list[tuple[Mask, str, str, str]]) -> None:
        rejection = Rejection(int(batch.lines[place]), status, batch.row(place))
        for mask, column, kind, words in errors:
            if mask[place]:
                rejection.kinds.append(kind)
                rejection.errors.append(f"{words}: {batch.columns[column][place].as_py()}")
        self.rejections.append(rejection)

    def _identifier_error(self, dimension: str) -> tuple[str, str, str]:
        column = self._column_of.get(dimension, "")
        if dimension == LINE_ITEMS:
            return column, "moduleImportInvalidLineItemIdentifier", "Invalid line item identifier"
        if dimension == TIME:
            return column, "moduleImportInvalidTimeEntityIdentifier", "Invalid time entity identifier"
        return column, "moduleImportInvalidListIdentifier", f"Invalid {dimension} identifier"


def _format_error(line_item: LineItemSpec) -> tuple[str, str]:
    return {
        "NUMBER": ("moduleImportNumberFormat", "Invalid number"),
        "BOOLEAN": ("moduleImportBooleanFormat", "Invalid boolean"),
        "DATE": ("moduleImportDateFormat", "Invalid date"),
        "TEXT": ("", ""),
    }[line_item.format]
