"""Import of a file into a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mlc_sandbox.anaplan.contents.formats import property_fault
from mlc_sandbox.anaplan.contents.members import folded, name_fault
from mlc_sandbox.anaplan.contents.state import ModelState
from mlc_sandbox.anaplan.imports.form import plain_date, plain_number
from mlc_sandbox.anaplan.imports.tabular import Rejection, Table
from mlc_sandbox.anaplan.spec.actions import FileSpec, ListImport
from mlc_sandbox.anaplan.tasks.outcome import Counts, Result, list_result

_INVALID_NAME = "hierarchyImportInvalidName"


@dataclass(slots=True)
class _Row:
    """A row with a good key: what it asks for, and what is known of it."""

    place: int
    values: Sequence[str]
    name: str
    code: str
    parent: str
    properties: dict[str, str]
    index: int | None  # of the member that exists; None for a new one
    line: int
    warnings: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    above: tuple[str, int] | _Row | None = None


def run_list_import(state: ModelState, spec: ListImport, table: Table) -> Result:
    """Apply a file to a list: members are found by code if it is mapped, else by name; created or updated.

    Of several rows with one key the first counts, the others are refused (Anaplan's default treatment).
    """
    run = _ListRun(state, spec, table.source)
    for batch in table.batches():
        rows = list(zip(*(column.to_pylist() for column in batch.columns.values()), strict=True))
        run.read(rows, batch.lines.tolist(), table.header)
    run.resolve_parents()
    run.apply()
    counts, rejections = run.counts, run.rejections + table.malformed
    counts.failed += len(table.malformed)
    return list_result(spec.target, counts, rejections, table.header, run.changes)


class _ListRun:
    def __init__(self, state: ModelState, spec: ListImport, file: FileSpec) -> None:
        self.counts = Counts()
        self.rejections: list[Rejection] = []
        self.changes = 0
        self._state = state
        self._spec = spec
        self._file = file
        self._declared = state.list_spec(spec.target)
        self._members = state.list_for_change(spec.target)
        self._names = {folded(name): number for name, number in self._members.by_name.items()}
        self._rows: dict[str, _Row] = {}
        self._refused_keys: set[str] = set()
        self._keys: set[str] = set()
        self._rows_by_index: dict[int, _Row] = {}
        self._by_code = "code" in spec.columns.values()

    def read(self, rows: Sequence[tuple[str, ...]], lines: Sequence[int], header: list[str]) -> None:
        """Take rows that can be told from others; refuse the rest."""
        places = {target: header.index(column) for column, target in self._spec.columns.items()}
        mapped = list(places.values())
        for values, line in zip(rows, lines, strict=True):
            if not any(values[place] for place in mapped):
                self.counts.ignored += 1
                continue
            texts = {target: values[place].strip() for target, place in places.items()}
            self._take(line, values, texts)

    def resolve_parents(self) -> None:
        """Find each row's parent among the members and the new rows; refuse rows without one."""
        if "parent" not in self._spec.columns.values():
            return
        new_names = {row.name: row for row in self._rows.values() if row.index is None and row.name}
        self._rows_by_index = {row.index: row for row in self._rows.values() if row.index is not None}
        within = self._declared.parent is None
        for row in list(self._rows.values()):
            if not row.parent:
                continue
            row.above = self._state.resolve_parent(self._spec.target, row.parent)
            if row.above is None and within:
                row.above = self._rows.get(row.parent) or new_names.get(row.parent)
            if row.above is None and row.parent in self._refused_keys:
                self._refuse(row, "hierarchyImportFailedDependency", f"Failed dependency: {row.parent}")
            elif row.above is None or self._is_under_itself(row):
                self._refuse(row, "hierarchyImportInvalidParent", "Invalid parent")
        self._refuse_orphans()

    def apply(self) -> None:
        """Create and update members, then hang them under their parents."""
        for row in self._rows.values():
            self._store(row)
        if "parent" not in self._spec.columns.values():
            return
        # Only now, because a new parent may come after its child in the file.
        for row in self._rows.values():
            assert row.index is not None  # noqa: S101 - _store has set it
            above = (self._spec.target, row.above.index or 0) if isinstance(row.above, _Row) else row.above
            member = self._members.members[row.index]
            if member.parent != above:
                self._members.replace(member._replace(parent=above))
                self._note_change()

    def _take(self, line: int, values: Sequence[str], texts: Mapping[str, str]) -> None:
        name, code = texts.get("name", ""), texts.get("code", "")
        key = code if self._by_code else name
        row = _Row(len(self._rows), values, name, code, texts.get("parent", ""), {}, None, line)
        if not key:
            self._refuse(row, "hierarchyImportEmptyKey", "Empty key")
            return
        if folded(key) in self._keys or key in self._refused_keys:
            self._refuse(row, "hierarchyImportDuplicateSourceKey", f"Duplicate key: {key}")
            return
        self._keys.add(folded(key))
        row.index = (self._members.by_code if self._by_code else self._members.by_name).get(key)
        if wrong := name_fault(name, code, numbered=self._declared.numbered):
            self._refuse(row, "hierarchyImportInvalidCode" if "code" in wrong[:4] else _INVALID_NAME, wrong, key)
            return
        if self._declared.numbered and name:
            self._refuse(row, "hierarchyImportInvalidName", f"Invalid name: {name}", key)
            return
        if not self._declared.numbered and row.index is None and not name:
            self._refuse(row, "hierarchyImportInvalidName", "Invalid name: ", key)
            return
        if name and self._names.get(folded(name), row.index) != row.index:
            self._refuse(row, "hierarchyImportNameOrCodeExists", f"Name or code exists: {name}", key)
            return
        if name:
            self._claim(row)
        self._check_properties(row, texts)
        self._rows[key] = row

    def _claim(self, row: _Row) -> None:
        if row.index is not None:
            self._names.pop(folded(self._members.members[row.index].name), None)
        self._names[folded(row.name)] = -1 - row.place if row.index is None else row.index

    def _check_properties(self, row: _Row, texts: Mapping[str, str]) -> None:
        for target, text in texts.items():
            if target in {"code", "name", "parent"}:
                continue
            kind = self._declared.properties.get(target, "TEXT")
            if kind == "NUMBER":
                text = plain_number(text, self._file)  # noqa: PLW2901 - the same text, in the plain form
            elif kind == "DATE":
                text = plain_date(text, self._file) or text  # noqa: PLW2901
            fault = property_fault(kind, text)
            if fault:
                row.warnings.append(fault)
            else:
                row.properties[target] = text

    def _is_under_itself(self, row: _Row) -> bool:
        target = self._spec.target
        seen: set[int] = set()
        above = row.above
        while above is not None:
            if isinstance(above, tuple) and above[0] != target:
                return False
            other = above if isinstance(above, _Row) else self._rows_by_index.get(above[1])
            if other is row:
                return True
            place = above.place if isinstance(above, _Row) else -1 - above[1]
            if place in seen:
                return True
            seen.add(place)
            if isinstance(other, _Row):
                above = other.above
            elif isinstance(above, tuple):
                above = self._members.members[above[1]].parent
        return False

    def _refuse_orphans(self) -> None:
        while True:
            kept = {id(row) for row in self._rows.values()}
            orphans = [row for row in self._rows.values() if isinstance(row.above, _Row) and id(row.above) not in kept]
            if not orphans:
                return
            for row in orphans:
                self._refuse(row, "hierarchyImportFailedDependency", f"Failed dependency: {row.parent}")

    def _refuse(self, row: _Row, kind: str, text: str, key: str = "") -> None:
        self.counts.failed += 1
        self.rejections.append(Rejection(row.line, "E", row.values, [text], [kind]))
        own_key = row.code if self._by_code else row.name
        if self._rows.get(own_key) is row:
            del self._rows[own_key]
            key = own_key
        if key:
            self._refused_keys.add(key)

    def _store(self, row: _Row) -> None:
        is_new = row.index is None
        if row.index is None:
            row.index = self._members.add(name=row.name, code=row.code, properties=row.properties).number
            self._note_change()
        else:
            member = self._members.members[row.index]
            changed = member._replace(
                name=row.name or member.name,
                code=row.code or member.code,
                properties={**member.properties, **row.properties},
            )
            if changed != member:
                self.counts.renamed += changed.name != member.name
                self._members.replace(changed)
                self._note_change()
        if row.warnings:
            self.counts.warned_created += is_new
            self.counts.warned_updated += not is_new
            kinds, errors = zip(*row.warnings, strict=True)
            self.rejections.append(Rejection(row.line, "W", row.values, list(errors), list(kinds)))
        else:
            self.counts.created += is_new
            self.counts.updated += not is_new

    def _note_change(self) -> None:
        self.changes += 1
        self._state.changes += 1
