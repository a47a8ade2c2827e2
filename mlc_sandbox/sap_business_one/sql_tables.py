"""The database's tables behind the entities, for SQL queries; made when first asked for."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from mlc_sandbox.sap_business_one.books import Books
from mlc_sandbox.sap_business_one.books.chart import LOCAL_CURRENCY
from mlc_sandbox.sap_business_one.books.table import Row
from mlc_sandbox.sap_business_one.schema import (
    ACCOUNT,
    BUSINESS_PARTNER,
    DIMENSION,
    DISTRIBUTION_RULE,
    DOCUMENT,
    ENTITY_SETS,
    JOURNAL,
    JOURNAL_LINE,
    PROFIT_CENTER,
    EntityType,
    EnumMember,
)

_COSTS = "OcrCode2=CostingCode2 OcrCode3=CostingCode3 OcrCode4=CostingCode4 OcrCode5=CostingCode5"
_ACCOUNT = (
    "AcctCode=Code AcctName=Name CurrTotal=Balance ActType=AccountType Postable=ActiveAccount Finanse=CashAccount "
    "Levels=AccountLevel FatherNum=FatherAccountKey ActCurr=AcctCurrency FormatCode ValidFor FrozenFor "
    "LocManTran=LockManualTransaction"
)
_PARTNER = (
    "CardCode CardName CardType GroupCode Currency Balance=CurrentAccountBalance validFor=Valid frozenFor=Frozen "
    "CreateDate UpdateDate UpdateTS=UpdateTime"
)
_CENTER = (
    "PrcCode=CenterCode PrcName=CenterName GrpCode=GroupCode DimCode=InWhichDimension ValidFrom=EffectiveFrom "
    "ValidTo=EffectiveTo Active"
)
_DIMENSION = "DimCode=DimensionCode DimName=DimensionName DimDesc=DimensionDescription DimActive=IsActive"
_RULE = "OcrCode=FactorCode OcrName=FactorDescription OcrTotal=TotalFactor Direct DimCode=InWhichDimension Active"
_ENTRY = (
    "BatchNum=_batch TransId=JdtNum Number RefDate=ReferenceDate DueDate TaxDate Memo Ref1=Reference Ref2=Reference2 "
    "Ref3=Reference3 TransType=OriginalJournal CreatedBy=Original BaseRef=BaseReference StornoDate "
    "TransCode=TransactionCode Project=ProjectCode Series U_ExternalRef CreateDate=_created FinncPriod=_period"
)
_ENTRY_LINE = (
    "BatchNum=_batch TransId=_entry Line_ID Account=AccountCode ShortName ContraAct=ContraAccount Debit Credit "
    "SYSDeb=DebitSys SYSCred=CreditSys FCDebit FCCredit FCCurrency LineMemo Ref1=Reference1 Ref2=Reference2 "
    "Ref3Line=AdditionalReference RefDate=ReferenceDate1 DueDate TaxDate Project=ProjectCode VatGroup=TaxGroup "
    f"ProfitCode=CostingCode {_COSTS}"
)
_DOCUMENT = (
    "DocEntry DocNum DocType DocDate DocDueDate TaxDate CardCode CardName NumAtCard DocTotal DocTotalFC=DocTotalFc "
    "VatSum DocCur=DocCurrency DocRate PaidToDate DocStatus=DocumentStatus CANCELED=Cancelled TransId=TransNum Project "
    "CreateDate=CreationDate UpdateDate UpdateTS=UpdateTime"
)
_DOCUMENT_LINE = (
    "DocEntry LineNum ItemCode Dscription=ItemDescription Quantity Price LineTotal AcctCode=AccountCode "
    f"Project=ProjectCode OcrCode=CostingCode {_COSTS}"
)
_COLUMNS: Mapping[EntityType, str] = {
    ACCOUNT: _ACCOUNT,
    BUSINESS_PARTNER: _PARTNER,
    PROFIT_CENTER: _CENTER,
    DIMENSION: _DIMENSION,
    DISTRIBUTION_RULE: _RULE,
    JOURNAL: _ENTRY,
    JOURNAL_LINE: _ENTRY_LINE,
    DOCUMENT: _DOCUMENT,
    DOCUMENT.lines["DocumentLines"]: _DOCUMENT_LINE,
}
_HEADS: Mapping[str, str] = {
    "OACT": "ChartOfAccounts",
    "OCRD": "BusinessPartners",
    "OPRC": "ProfitCenters",
    "ODIM": "Dimensions",
    "OOCR": "DistributionRules",
    "OJDT": "JournalEntries",
    "OBTF": "JournalEntries",
    "OINV": "Invoices",
    "OPCH": "PurchaseInvoices",
    "OPOR": "PurchaseOrders",
    "ORIN": "CreditNotes",
    "ORPC": "PurchaseCreditNotes",
}
"""Table -> entity set."""

_LINES: Mapping[str, str] = {
    "JDT1": "OJDT",
    "BTF1": "OBTF",
    "INV1": "OINV",
    "PCH1": "OPCH",
    "POR1": "OPOR",
    "RIN1": "ORIN",
    "RPC1": "ORPC",
}
"""Table of lines -> table of their headers."""

_FIRST_YEAR, _PERIODS = 2025, 13

_DAY = re.compile(r"^(\d{4})(\d\d)(\d\d)$")
"""The databases take days without dashes too, and people write them so."""

_COMPANY = {"CompnyName": "Nordhavn Fødevarer A/S", "MainCurncy": LOCAL_CURRENCY, "SysCurrncy": LOCAL_CURRENCY}
_OURS = {"_batch": "int", "_entry": "int", "_created": "date", "_period": "int"}
_TYPES: Mapping[str, pa.DataType] = {
    "int": pa.int64(),
    "date": pa.date32(),
    "amount": pa.decimal128(19, 6),
    "time": pa.int64(),
}


class SqlTables:
    """Runs statements over tables made from the books, which are made anew when the books have changed."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._made: dict[str, tuple[int, pa.Table]] = {}

    def run(
        self, statement: exp.Query, values: Mapping[str, Any], *, plan_only: bool
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Column names and rows of a statement with `:name` parameters.

        Raises:
            duckdb.Error: it names columns that aren't there, or can't be run.
        """
        with duckdb.connect(config={"threads": 1}) as database:
            for name in {table.name.upper() for table in statement.find_all(exp.Table)}:
                database.register(name, self._table(name))
            text = ("EXPLAIN " if plan_only else "") + _dashed(statement).sql("duckdb")
            given = {
                name: _DAY.sub(r"\1-\2-\3", value) if isinstance(value, str) else value
                for name, value in values.items()
            }
            cursor = database.execute(text, given) if given else database.execute(text)
            names = [column[0] for column in cursor.description or []]
            return names, [tuple(map(_plain, row)) for row in cursor.fetchall()]

    def _table(self, name: str) -> pa.Table:
        version, table = self._made.get(name, (-1, None))
        if table is None or version != self._books.version:
            table = self._build(name)
            self._made[name] = (self._books.version, table)
        return table

    def _build(self, name: str) -> pa.Table:
        if name == "OFPR":
            return pa.Table.from_pylist(self._periods())
        if name == "OADM":
            return pa.Table.from_pylist([_COMPANY])
        head = _LINES.get(name, name)
        if head not in _HEADS:
            return pa.table({"Code": pa.array([], pa.string())})
        kind = ENTITY_SETS[_HEADS[head]]
        rows: Iterable[Row] = self._parked() if head == "OBTF" else self._books.tables[_HEADS[head]].in_order()
        if name in ("OJDT", "OBTF"):
            rows = [{**row, "_period": self._period_of(row)} for row in rows]
        if name in _LINES:
            ((collection, kind),) = kind.lines.items()
            rows = (
                {**line, "_entry": row.get("JdtNum"), "_batch": row.get("_batch")}
                for row in rows
                for line in row[collection]
            )
        return _arrow(kind, list(rows))

    def _parked(self) -> Iterator[Row]:
        for place, voucher in enumerate(self._books.vouchers, start=1):
            if voucher.posted_as is None:
                lines = [{**line, "Line_ID": at} for at, line in enumerate(voucher.entry["JournalEntryLines"])]
                yield {**voucher.entry, "JdtNum": place, "_batch": voucher.batch, "JournalEntryLines": lines}

    def _period_of(self, entry: Row) -> int:
        """AbsEntry of an entry's posting period: the adjustment period lies over December.

        See docs/vendors/sap_business_one.md, section 5.
        """
        day = entry["ReferenceDate"]
        number = _PERIODS if entry.get("_adjusts") else day.month
        return (day.year - _FIRST_YEAR) * _PERIODS + number

    def _periods(self) -> list[Row]:
        periods: list[Row] = []
        for year in range(_FIRST_YEAR, self._books.today.year + 1):
            for number in range(1, _PERIODS + 1):
                month = min(number, 12)
                first = date(year, month, 1)
                last = first.replace(day=calendar.monthrange(year, month)[1])
                bounds = {
                    f"{edge}_{kind}Date": day
                    for kind in ("Ref", "Due", "Tax")
                    for edge, day in (("F", first), ("T", last))
                }
                code = f"{year}-{number:02d}"
                status = "N" if self._books.is_open(first) else "Y"
                periods.append(
                    {"AbsEntry": len(periods) + 1, "Code": code, "Name": code, "PeriodStat": status, **bounds}
                )
        return periods


def _arrow(entity_type: EntityType, rows: Sequence[Row]) -> pa.Table:
    made: dict[str, pa.Array] = {}
    for pair in _COLUMNS[entity_type].split():
        name, _, source = pair.partition("=")
        source = source or name
        ours = _OURS.get(source)
        default = None if ours else entity_type.default(source)
        arrow_type = _TYPES.get(ours or entity_type.properties[source], pa.string())
        made[name] = pa.array([_stored(row.get(source, default)) for row in rows], arrow_type)
    return pa.table(made)


def _dashed(statement: exp.Query) -> exp.Query:
    dashed = statement.copy()
    for literal in dashed.find_all(exp.Literal):
        if literal.is_string:
            literal.set("this", _DAY.sub(r"\1-\2-\3", literal.name))
    return dashed


def _stored(value: Any) -> Any:
    if isinstance(value, EnumMember):
        return value.code
    if isinstance(value, time):
        return value.hour * 10_000 + value.minute * 100 + value.second
    return value


def _plain(value: Any) -> Any:
    return Decimal(repr(value)) if isinstance(value, float) else value
