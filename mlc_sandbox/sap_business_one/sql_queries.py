"""SQL queries kept on the server and run by name (docs/vendors/sap_business_one.md, section 8)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from mlc_sandbox.sap_business_one.answers import Answer, Call, Refusal, bad_query, json_answer
from mlc_sandbox.sap_business_one.books import Books
from mlc_sandbox.sap_business_one.books.table import Row
from mlc_sandbox.sap_business_one.queries import EntityQueries
from mlc_sandbox.sap_business_one.switches import Switches
from mlc_sandbox.sap_business_one.wire import value_text

if TYPE_CHECKING:
    from sqlglot import exp

    from mlc_sandbox.sap_business_one.sql_tables import SqlTables


class SqlQueries:
    """Creates, runs and deletes the queries of the set `SQLQueries`."""

    def __init__(self, books: Books, switches: Switches, queries: EntityQueries) -> None:
        self._books = books
        self._switches = switches
        self._queries = queries
        self._opened: SqlTables | None = None

    def create(self, call: Call) -> Answer:
        """`POST SQLQueries`; the text is checked at once."""
        content = call.content()
        if set(content) - {"ParamList"} != {"SqlCode", "SqlName", "SqlText"}:
            raise bad_query("SqlCode, SqlName and SqlText are expected")
        code = str(content["SqlCode"])
        if self._books.tables["SQLQueries"].get(code):
            raise Refusal(400, -10, f"SQL query '{code}' already exists")
        statement = self._checked(content["SqlText"])
        parameters = [placeholder.name for placeholder in _placeholders(statement)]
        self._run(statement, dict.fromkeys(parameters), plan_only=True)
        today = self._books.local_now().date()
        row: Row = {**content, "ParamList": ",".join(parameters) or None, "CreateDate": today, "UpdateDate": today}
        self._books.tables["SQLQueries"].put(row)
        plain = Call("GET", call.version, call.root, f"SQLQueries('{code}')", {}, call.headers)
        shown = self._queries.one(plain, "SQLQueries", row)
        return Answer(201, shown.body, {**shown.headers, "location": f"{call.root}/SQLQueries('{code}')"})

    def delete(self, query: Row) -> Answer:
        """`DELETE SQLQueries('code')`."""
        self._books.tables["SQLQueries"].remove(query["SqlCode"])
        return Answer(204)

    def list(self, call: Call, query: Row) -> Answer:
        """`GET|POST SQLQueries('code')/List`: one page; paging can't be turned off."""
        statement = self._checked(query["SqlText"])
        given = {name: _parameter(text) for name, text in call.query.items() if not name.startswith("$")}
        wanted = {placeholder.name for placeholder in _placeholders(statement)}
        if wanted != set(given):
            raise Refusal(400, 704, f"Parameters expected: {', '.join(sorted(wanted)) or 'none'}")
        names, rows = self._run(statement, given)
        page = self._queries.page_of(call)
        size = page.size or self._switches.page_size
        shown = rows[page.skip : page.skip + size]
        v1 = call.version == "v1"
        bodies = [
            ",".join(f"{json.dumps(name)}:{value_text(value)}" for name, value in zip(names, row, strict=True))
            for row in shown
        ]
        inside = "},{".join(bodies)
        parts = [
            f'"{"odata.metadata" if v1 else "@odata.context"}":"{call.root}/$metadata#SAPB1.SQLQueryResult"',
            f'"SqlText":{json.dumps(query["SqlText"], ensure_ascii=False)}',
            f'"value":[{{{inside}}}]' if bodies else '"value":[]',
        ]
        if len(rows) > page.skip + size:
            options = "&".join(f"{name}={text}" for name, text in call.query.items() if not name.startswith("$"))
            link = f"SQLQueries('{query['SqlCode']}')/List?{options}&$skip={page.skip + size}"
            parts.append(f'"{"" if v1 else "@"}odata.nextLink":{json.dumps(link)}')
        return json_answer(call.version, "{" + ",".join(parts) + "}", headers=page.applied)

    def _checked(self, text: str) -> exp.Query:
        import sqlglot
        from sqlglot import exp

        try:
            statement = sqlglot.parse_one(text)
        except sqlglot.ParseError as error:
            raise Refusal(400, 701, f"Invalid SQL syntax: {str(error).splitlines()[0]}") from error
        if not isinstance(statement, exp.Query):
            raise Refusal(400, 701, "Invalid SQL syntax: only SELECT is supported")
        named = {str(query.alias) for query in statement.find_all(exp.CTE)}
        for table in statement.find_all(exp.Table):
            if table.name not in named and table.name.upper() not in (self._switches.sql_tables or ()):
                raise Refusal(400, 702, f"Table '{table.name}' not accessible")
        return statement

    def _run(
        self, statement: exp.Query, values: dict[str, Any], *, plan_only: bool = False
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        import duckdb

        from mlc_sandbox.sap_business_one.sql_tables import SqlTables

        self._opened = self._opened or SqlTables(self._books)
        try:
            return self._opened.run(statement, values, plan_only=plan_only)
        except duckdb.BinderException as error:
            raise Refusal(400, 703, f"Column not accessible: {str(error).splitlines()[0]}") from error
        except duckdb.Error as error:
            raise Refusal(400, 701, f"Invalid SQL: {str(error).splitlines()[0]}") from error


def _placeholders(statement: exp.Query) -> list[exp.Placeholder]:
    from sqlglot import exp

    return sorted(statement.find_all(exp.Placeholder), key=lambda placeholder: placeholder.name)


def _parameter(text: str) -> Any:
    """A parameter's value: a quoted text, or a number."""
    if text.startswith("'") and text.endswith("'") and len(text) > 1:
        return text[1:-1].replace("''", "'")
    return int(text) if re.fullmatch(r"-?\d+", text) else text
