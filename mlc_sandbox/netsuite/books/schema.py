"""The tables that SuiteQL shows (docs/vendors/netsuite.md, section 4), and how they lie in DuckDB.

A column is written `name:type`, then `>display` when `BUILTIN.DF` of it shows something else than its value, then
`@feature` when only accounts with that feature have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PHYSICAL = {
    "id": "BIGINT",
    "int": "INTEGER",
    "text": "VARCHAR",
    "flag": "VARCHAR",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "money": "DECIMAL(18,2)",
    "rate": "DECIMAL(18,8)",
}
"""Column type here -> type in DuckDB. Ids are numbers, flags are T or F, datetimes lie in the account's time zone."""

FEATURES = ("oneworld", "departments", "classes", "locations", "multi_book")
"""Features of an account that make columns and tables exist (docs/vendors/netsuite.md, section 3.5)."""


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: lower case.
        type: a key of `PHYSICAL`.
        display: key of `DISPLAYS` for `BUILTIN.DF`, empty when the value shows itself.
        feature: the feature that brings the column, empty for always.
    """

    name: str
    type: str
    display: str = ""
    feature: str = ""


@dataclass(frozen=True)
class Table:
    """One table; `feature` as in `Column`."""

    name: str
    columns: Mapping[str, Column]
    feature: str = ""


DISPLAYS: Mapping[str, str] = {
    "account": "accountsearchdisplayname",
    "accountingbook": "name",
    "accountingperiod": "periodname",
    "accounttype": "longname",
    "classification": "fullname",
    "currency": "name",
    "department": "fullname",
    "location": "fullname",
    "subsidiary": "fullname",
    "employee": "entityid",
    "_entity": "name",
    "_transactiontype": "name",
    "_approvalstatus": "name",
    "_status": "name",
}
"""Table that a column refers to -> its column that BUILTIN.DF shows. Names with `_` are hidden from SuiteQL."""

_DIMENSION = (
    "id:id name:text fullname:text parent:id>{0} isinactive:flag includechildren:flag externalid:text "
    "subsidiary:text@oneworld lastmodifieddate:datetime"
)

_TABLES: Mapping[str, str] = {
    "account": (
        "id:id externalid:text acctnumber:text accountsearchdisplayname:text accountsearchdisplaynamecopy:text "
        "fullname:text displaynamewithhierarchy:text accttype:text>accounttype sspecacct:text parent:id>account "
        "description:text isinactive:flag issummary:flag includechildren:flag eliminate:flag inventory:flag "
        "generalrate:text cashflowrate:text currency:id>currency subsidiary:text@oneworld "
        "department:id>department@departments class:id>classification@classes location:id>location@locations "
        "lastmodifieddate:datetime"
    ),
    "accounttype": "id:text longname:text balancesheet:flag left:flag seqnum:int defaultgeneralratetype:text",
    "accountingperiod": (
        "id:id periodname:text startdate:date enddate:date parent:id>accountingperiod closed:flag closedondate:date "
        "isposting:flag isadjust:flag isquarter:flag isyear:flag isinactive:flag alllocked:flag arlocked:flag "
        "aplocked:flag allownonglchanges:flag lastmodifieddate:datetime"
    ),
    "accountingperiodfiscalcalendars": (
        "accountingperiod:id>accountingperiod fiscalcalendar:id parent:id>accountingperiod"
    ),
    "department@departments": _DIMENSION.format("department"),
    "classification@classes": _DIMENSION.format("classification"),
    "location@locations": _DIMENSION.format("location") + " mainaddress:id locationtype:text",
    "subsidiary@oneworld": (
        "id:id name:text fullname:text parent:id>subsidiary currency:id>currency fiscalcalendar:id country:text "
        "state:text iselimination:flag isinactive:flag legalname:text externalid:text lastmodifieddate:datetime"
    ),
    "currency": (
        "id:id symbol:text name:text currencyprecision:int exchangerate:rate isbasecurrency:flag isinactive:flag "
        "lastmodifieddate:datetime"
    ),
    "accountingbook@multi_book": (
        "id:id name:text isprimary:flag isadjustmentonly:flag isconsolidated:flag basebook:id "
        "effectiveperiod:id>accountingperiod lastmodifieddate:datetime"
    ),
    "consolidatedexchangerate@oneworld": (
        "id:id postingperiod:id>accountingperiod accountingbook:id>accountingbook fromsubsidiary:id>subsidiary "
        "tosubsidiary:id>subsidiary fromcurrency:id>currency tocurrency:id>currency currentrate:rate averagerate:rate "
        "historicalrate:rate"
    ),
    "transaction": (
        "id:id tranid:text transactionnumber:text type:text>_transactiontype recordtype:text trandate:date "
        "postingperiod:id>accountingperiod posting:flag status:text>_status approvalstatus:int>_approvalstatus "
        "entity:id>_entity currency:id>currency exchangerate:rate foreigntotal:money memo:text externalid:text "
        "createddate:datetime lastmodifieddate:datetime createdby:id>employee lastmodifiedby:id>employee duedate:date "
        "closedate:date isreversal:flag reversal:id reversaldate:date reversaldefer:flag intercoadj:flag voided:flag "
        "subsidiary:id>subsidiary@oneworld"
    ),
    "transactionline": (
        "transaction:id id:int linesequencenumber:int mainline:flag taxline:flag iscogs:flag "
        "subsidiary:id>subsidiary@oneworld department:id>department@departments class:id>classification@classes "
        "location:id>location@locations entity:id>_entity item:id memo:text netamount:money foreignamount:money "
        "creditforeignamount:money debitforeignamount:money expenseaccount:id>account eliminate:flag cleared:flag "
        "isclosed:flag linelastmodifieddate:datetime linecreateddate:datetime"
    ),
    "transactionaccountingline": (
        "transaction:id transactionline:int accountingbook:id>accountingbook@multi_book account:id>account "
        "amount:money debit:money credit:money netamount:money posting:flag exchangerate:rate amountlinked:money "
        "amountpaid:money amountunpaid:money"
    ),
    "vendor": (
        "id:id entityid:text companyname:text legalname:text isperson:flag firstname:text lastname:text email:text "
        "phone:text isinactive:flag currency:id>currency terms:id category:id subsidiary:id>subsidiary@oneworld "
        "payablesaccount:id>account expenseaccount:id>account balance:money externalid:text datecreated:datetime "
        "lastmodifieddate:datetime"
    ),
    "employee": (
        "id:id entityid:text firstname:text lastname:text email:text department:id>department@departments "
        "class:id>classification@classes location:id>location@locations subsidiary:id>subsidiary@oneworld "
        "isinactive:flag lastmodifieddate:datetime"
    ),
    "customer": "id:id entityid:text companyname:text isinactive:flag subsidiary:id>subsidiary@oneworld",
    "deletedrecord": "recordid:id type:text deleteddate:datetime deletedby:id>employee context:text",
    "budgets": (
        "id:id account:id>account department:id>department@departments class:id>classification@classes "
        "location:id>location@locations subsidiary:id>subsidiary@oneworld year:id>accountingperiod category:id"
    ),
    "budgetsmachine": "budget:id period:id>accountingperiod amount:money",
    "dual": "dummy:text",
}

_HIDDEN: Mapping[str, str] = {
    "_entity": "id:id name:text",
    "_transactiontype": "id:text name:text recordtype:text",
    "_approvalstatus": "id:int name:text",
    "_status": "type:text id:text name:text",
}


def _table(name: str, columns: str) -> Table:
    name, _, feature = name.partition("@")
    parsed: dict[str, Column] = {}
    for text in columns.split():
        rest, _, needs = text.partition("@")
        rest, _, display = rest.partition(">")
        column, _, kind = rest.partition(":")
        parsed[column] = Column(column, kind, display, needs)
    return Table(name, parsed, feature)


TABLES: Mapping[str, Table] = {table.name: table for table in (_table(*pair) for pair in _TABLES.items())}
"""What SuiteQL shows in an account with every feature."""

HIDDEN: Mapping[str, Table] = {table.name: table for table in (_table(*pair) for pair in _HIDDEN.items())}
"""What only BUILTIN functions look into."""

POSTING_LINES = "_postingline"
"""The three tables of transactions joined and kept sorted, see `posting_lines_query`."""

_JOINED: Mapping[str, str] = {
    "transactionaccountingline": (
        "transaction transactionline accountingbook account amount debit credit netamount posting exchangerate"
    ),
    "transaction": (
        "id tranid type trandate postingperiod posting status entity currency exchangerate memo externalid createddate "
        "lastmodifieddate"
    ),
    "transactionline": (
        "transaction id linesequencenumber mainline subsidiary department class location entity memo netamount "
        "foreignamount"
    ),
}

JOINED: Mapping[str, frozenset[str]] = {table: frozenset(columns.split()) for table, columns in _JOINED.items()}
"""Table -> its columns that `POSTING_LINES` holds, there named `<table>.<column>`."""


def create_statements() -> list[str]:
    """The DDL of every table, without keys or indexes: zone maps over sorted rows serve the pages."""
    return [
        f"CREATE TABLE {quoted(table.name)} ("
        + ", ".join(f"{quoted(column.name)} {PHYSICAL[column.type]}" for column in table.columns.values())
        + ")"
        for table in (*TABLES.values(), *HIDDEN.values())
    ]


def posting_lines_query(where: str = "") -> str:
    """SELECT of `POSTING_LINES`.

    Joining three tables of a million rows costs 100 ms for every page of a query; reading them joined costs ten.
    """
    columns = ", ".join(
        f"{quoted(table)}.{quoted(column)} AS {quoted(joined_name(table, column))}"
        for table, names in JOINED.items()
        for column in sorted(names)
    )
    lines = "transactionaccountingline"
    return (
        f"SELECT {columns} FROM {lines} JOIN transaction ON transaction.id = {lines}.transaction "  # noqa: S608 - own names
        f"JOIN transactionline ON transactionline.transaction = {lines}.transaction "
        f"AND transactionline.id = {lines}.transactionline {where} "
        f"ORDER BY {lines}.accountingbook, {lines}.transaction, {lines}.transactionline"
    )


def joined_name(table: str, column: str) -> str:
    """Name in `POSTING_LINES` of a column of one of the three tables."""
    return f"{table}.{column}"


def quoted(name: str) -> str:
    """An identifier for DuckDB."""
    return f'"{name}"'
