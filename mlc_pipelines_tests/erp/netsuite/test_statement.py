"""The shape of the SQL: one line, totally ordered, keyset conditions that lose and repeat nothing."""

from __future__ import annotations

import re
import sqlite3
from datetime import date

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp  # pyright: ignore[reportPrivateImportUsage]

from mlc_pipelines.erp.netsuite import queries
from mlc_pipelines.erp.netsuite.account import Account
from mlc_pipelines.erp.netsuite.entities import ENTITIES
from mlc_pipelines.erp.netsuite.fields import Feature, NetSuiteEntity
from mlc_pipelines.erp.netsuite.statement import WHOLE, KeyRange, Query, Statement, cut, literal
from mlc_pipelines.errors import DataError
from mlc_pipelines_tests.periods import fiscal_period

WINDOW = fiscal_period("FY2026-P01", date(2026, 1, 1), date(2026, 1, 31))
FULL = Account(frozenset(Feature), books=("1",))
BARE = Account(frozenset())
MULTI = Account(frozenset(Feature), books=("1", "4"), subsidiaries=("2", "3"))


def placed(entity: NetSuiteEntity) -> queries.Condition | None:
    if entity.kind == "dimension":
        return None
    return queries.posted_to("345") if entity.placed_by == "posting period" else queries.dated_in(WINDOW)


def all_statements() -> list[Statement]:
    found = []
    for entity in ENTITIES.values():
        for account in (FULL, BARE, MULTI):
            found.append(queries.rows(entity, account, placed(entity)))
            if condition := placed(entity):
                found.append(queries.control(entity, account, condition))
    return found


@pytest.mark.parametrize("part", [WHOLE, KeyRange((5,), 9), KeyRange((5, 6, 1)), KeyRange(last=9)])
def test_every_query_keeps_the_rules_of_the_dialect(part: KeyRange):
    for statement in all_statements():
        if len(part.after) > len(statement.keys):
            continue
        for query in (statement.page(part), statement.bounds(part)):
            sql = query.sql
            assert sql == " ".join(sql.split()), "one line, single blanks"
            assert sql.count("?") == len(query.params)
            assert all(isinstance(param, str) for param in query.params)
            assert not re.search(r"\bLIMIT\b|\bWITH\b|\bROWNUM\b|[\[\]\"]", sql)
            aliases = re.findall(r" AS (\w+)", sql)
            assert len(aliases) == len(set(aliases))
            assert all(alias == alias.lower() for alias in aliases)
        select, _, order = statement.page(part).sql.partition(" ORDER BY ")
        assert all(key.endswith(" ASC") for key in order.split(", ") if "(" not in key)
        # Dates only as text of our own format.
        for column in ("trandate", "duedate", "lastmodifieddate"):
            for use in re.finditer(rf"\S*\b\w+\.{column}\b", select.partition(" FROM ")[0]):
                assert use.group().startswith("TO_CHAR(")


def test_an_account_without_features_is_not_asked_for_their_columns():
    for entity in ENTITIES.values():
        sql = queries.rows(entity, BARE, placed(entity)).page(WHOLE).sql
        if entity.needs:
            continue
        assert not re.search(
            r"\w\.(subsidiary|department|class|location|accountingbook|acctnumber|currency|exchangerate)\b", sql
        )


def test_the_ledger_reads_one_book_or_a_book_and_its_base():
    ledger = ENTITIES["gl_activity"]
    one = queries.rows(ledger, FULL, queries.posted_to("345")).page(WHOLE)
    assert "tal.accountingbook = ?" in one.sql
    assert one.params == ("345", "1")
    two = queries.rows(ledger, MULTI, queries.posted_to("345")).page(WHOLE)
    assert "tal.accountingbook IN (?, ?)" in two.sql
    assert "tl.subsidiary IN (?, ?)" in two.sql
    assert two.params == ("345", "1", "4", "2", "3")


def test_purchase_orders_take_the_days_of_the_window():
    query = queries.rows(ENTITIES["purchase_orders"], FULL, queries.dated_in(WINDOW)).page(WHOLE)
    assert "t.trandate >= TO_DATE(?, 'YYYY-MM-DD') AND t.trandate < TO_DATE(?, 'YYYY-MM-DD')" in query.sql
    assert query.params == ("2026-01-01", "2026-02-01")


KEYS = st.lists(st.tuples(st.integers(-3, 12), st.integers(0, 4), st.integers(1, 2)), unique=True, max_size=60)


@given(KEYS, st.integers(1, 7))
def test_pages_by_key_give_each_row_once_and_in_order(keys: list[tuple[int, int, int]], page_rows: int):
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE x (a INTEGER, b INTEGER, c INTEGER)")
        database.executemany("INSERT INTO x VALUES (?, ?, ?)", keys)
        statement = Statement((("a", "a"), ("b", "b"), ("c", "c")), "x", ("a", "b", "c"))
        for parts in (1, 3):
            lowest, highest = min(keys, default=(0,))[0], max(keys, default=(0,))[0]
            ends = cut(lowest, highest, parts)
            ranges = [KeyRange(() if number == 0 else (ends[number - 1],), end) for number, end in enumerate(ends)]
            read: list[tuple[int, ...]] = []
            for part in ranges:
                after = part.after
                while rows := _page(database, statement, KeyRange(after, part.last), page_rows):
                    read += rows
                    after = rows[-1]
            assert read == sorted(keys)


def _page(database: sqlite3.Connection, statement: Statement, part: KeyRange, page_rows: int) -> list[tuple[int, ...]]:
    query = statement.page(part)
    return database.execute(f"{query.sql} LIMIT {page_rows}", query.params).fetchall()


@given(st.integers(-50, 50), st.integers(0, 200), st.integers(1, 30))
def test_a_range_is_cut_without_gap_or_overlap(lowest: int, span: int, parts: int):
    ends = cut(lowest, lowest + span, parts)
    assert ends == sorted(set(ends))
    assert ends[-1] == lowest + span
    assert ends[0] >= lowest
    assert len(ends) == min(parts, span + 1)
    sizes = [end - before for before, end in zip([lowest - 1, *ends], ends, strict=False)]
    assert max(sizes) - min(sizes) <= 1


@given(st.text())
def test_a_value_is_one_literal_whatever_it_says(value: str):
    if not value.isprintable() or "\\" in value:
        with pytest.raises(DataError, match="can't be asked"):
            literal(value)
        return
    written = literal(value)
    with sqlite3.connect(":memory:") as database:
        ((read, kind),) = database.execute(f"SELECT {written}, typeof({written})")
    assert str(read) == value or kind == "real"  # more digits than sqlite's integers have
    parsed = sqlglot.parse_one(f"SELECT {written}", dialect="oracle").expressions
    assert len(parsed) == 1
    assert isinstance(parsed[0], exp.Literal | exp.Neg)
    assert parsed[0].name == value.removeprefix("-") or parsed[0].name == value


@pytest.mark.parametrize("hostile", ["1 OR 1=1", "1; DROP", "' OR ''='", "x' --", "1e3", "0x1F", "--1", "+1", "007"])
def test_what_is_no_plain_integer_is_text(hostile: str):
    assert literal(hostile) == "'" + hostile.replace("'", "''") + "'"


def test_a_query_is_sent_with_its_values_in_place():
    query = Query("SELECT a FROM x WHERE a = ? AND b = ? ORDER BY a ASC", ("12", "it's ?"))
    assert query.text == "SELECT a FROM x WHERE a = 12 AND b = 'it''s ?' ORDER BY a ASC"
    with pytest.raises(ValueError, match="zip"):
        _ = Query("SELECT a FROM x WHERE a = ?", ()).text
