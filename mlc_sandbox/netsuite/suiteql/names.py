"""Finds what every name in a query means: tables, columns, aliases (docs/vendors/netsuite.md, section 3.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from mlc_sandbox.netsuite.books.schema import TABLES, Column
from mlc_sandbox.netsuite.refusals import invalid_query, unsupported_query

SPEC = "spec"
"""Key of `Expression.meta` under which a column's `Column` stands once its name is resolved."""

_PSEUDO_COLUMNS = frozenset({"rownum"})


@dataclass(frozen=True)
class Source:
    """A table or subselect in a FROM clause, under its alias; `table` is empty for a subselect."""

    alias: str
    table: str
    columns: Mapping[str, Column]


Sources = Mapping[str, Source]


@dataclass(frozen=True)
class _Scope:
    sources: Sources
    outer: _Scope | None

    def chain(self) -> Iterator[Sources]:
        yield self.sources
        if self.outer is not None:
            yield from self.outer.chain()


def resolve(query: exp.Query, features: frozenset[str]) -> None:
    """Qualify every column with its table's alias, expand stars, and note what each column is.

    Names become lower case, because SuiteQL does not mind case. Afterwards each `exp.Column` of a table has its
    `Column` in `meta[SPEC]`, and each select has its outputs named.

    Raises:
        Refusal: unknown table or column, also one that a feature would bring; an ambiguous column.
    """
    for identifier in query.find_all(exp.Identifier):
        identifier.set("this", identifier.name.lower())
        identifier.set("quoted", True)  # noqa: FBT003 - sqlglot's way
    _resolve(query, None, features)


def sources_of(select: exp.Select) -> dict[str, str]:
    """Alias -> table name, of the plain tables in the FROM clause of a select."""
    return {table.alias_or_name: table.name for table in _from_parts(select) if isinstance(table, exp.Table)}


def _resolve(query: exp.Expr, outer: _Scope | None, features: frozenset[str]) -> dict[str, Column]:
    if isinstance(query, exp.SetOperation):
        outputs = _resolve(query.this, outer, features)
        _resolve(query.expression, outer, features)
        return outputs
    if isinstance(query, exp.Subquery | exp.Paren):
        return _resolve(query.this, outer, features)
    if not isinstance(query, exp.Select):
        raise unsupported_query()
    sources: dict[str, Source] = {}
    for number, part in enumerate(_from_parts(query)):
        if isinstance(part, exp.Subquery) and not part.alias:
            part.set("alias", exp.TableAlias(this=exp.to_identifier(f"_subselect{number}", quoted=True)))
        source = _source(part, features)
        if source.alias in sources:
            raise unsupported_query()
        sources[source.alias] = source
    if not sources:
        raise unsupported_query()
    scope = _Scope(sources, outer)
    _expand_stars(query, scope)
    _name_outputs(query)
    aliases = {projection.alias for projection in query.expressions}
    for node in list(_own_nodes(query)):
        if isinstance(node, exp.Column):
            in_order = node.find_ancestor(exp.Order, exp.Select)
            if isinstance(in_order, exp.Order) and in_order.parent is query and not node.table and node.name in aliases:
                continue
            _resolve_column(node, scope)
        elif node is not query and isinstance(node, exp.Select | exp.SetOperation):
            _resolve(node, scope, features)
    return {projection.alias: _output(projection) for projection in query.expressions}


def _from_parts(select: exp.Select) -> Iterator[exp.Expr]:
    clause = select.args.get("from_")
    if clause is not None:
        yield clause.this
    for join in select.args.get("joins") or []:
        yield join.this


def _source(part: exp.Expr, features: frozenset[str]) -> Source:
    if isinstance(part, exp.Subquery):
        return Source(part.alias, "", _resolve(part.this, None, features))
    if not isinstance(part, exp.Table) or part.args.get("db"):
        raise unsupported_query()
    table = TABLES.get(part.name)
    if table is None:
        raise invalid_query(f"Invalid search type: {part.name}.")
    if table.feature and table.feature not in features:
        raise invalid_query(f"Search error occurred: Record '{part.name}' was not found.")
    columns = {
        name: column for name, column in table.columns.items() if not column.feature or column.feature in features
    }
    return Source(part.alias_or_name, table.name, columns)


def _own_nodes(select: exp.Select) -> Iterator[exp.Expr]:
    # Not into nested selects: those have names of their own. Subselects in FROM were resolved before.
    in_from = {id(part.this) for part in _from_parts(select) if isinstance(part, exp.Subquery)}
    walked = select.walk(prune=lambda node: node is not select and isinstance(node, exp.Select | exp.SetOperation))
    return (node for node in walked if id(node) not in in_from)


def _resolve_column(column: exp.Column, scope: _Scope) -> None:
    name = column.name
    if not column.table and name in _PSEUDO_COLUMNS:
        return
    for sources in scope.chain():
        found = [source for source in sources.values() if name in source.columns and column.table in {"", source.alias}]
        if len(found) > 1:
            raise unsupported_query()
        if found:
            column.set("table", exp.to_identifier(found[0].alias, quoted=True))
            column.meta[SPEC] = found[0].columns[name]
            return
    known = ", ".join(f"{source.alias}={source.table or source.alias}" for source in scope.sources.values())
    unknown = column.table if column.table and column.table not in scope.sources else name
    raise invalid_query(
        f"Search error occurred: Unknown identifier '{unknown}'. Available identifiers are: {{{known}}}."
    )


def _expand_stars(select: exp.Select, scope: _Scope) -> None:
    expanded: list[exp.Expr] = []
    for projection in select.expressions:
        if not projection.is_star:
            expanded.append(projection)
            continue
        wanted = projection.table if isinstance(projection, exp.Column) else ""
        if wanted and wanted not in scope.sources:
            raise unsupported_query()
        expanded += [
            exp.column(name, table=source.alias, quoted=True)
            for source in scope.sources.values()
            if wanted in {"", source.alias}
            for name in source.columns
        ]
    select.set("expressions", expanded)


def _name_outputs(select: exp.Select) -> None:
    named: list[exp.Expr] = []
    taken: set[str] = set()
    for number, projection in enumerate(select.expressions, 1):
        plain = projection.unalias()
        name = projection.alias or (plain.name if isinstance(plain, exp.Column) else f"expr{number}")
        while name in taken:
            name += "_1"
        taken.add(name)
        named.append(exp.alias_(plain, name, quoted=True))
    select.set("expressions", named)


def _output(projection: exp.Expr) -> Column:
    plain = projection.unalias()
    spec = plain.meta.get(SPEC) if isinstance(plain, exp.Column) else None
    return Column(projection.alias, spec.type if spec else "", spec.display if spec else "")
