"""Rows of SYSPRO's tables, with what the readers take of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from mlc_pipelines_tests.erp.syspro.tables_server import Row

PAGE = 4
"""Rows of a page where there are to be several."""


def master(code: str, kind: str = "E", company: str = "EDU1") -> Row:
    texts = dict.fromkeys(("GlGroup", "ReportIndex1", "ReportIndex2", "ControlAccFlag"), "")
    numbers = dict.fromkeys(("CurrentBalance", "PtdDrValue", "PtdCrValue"), 0)
    named = {"Description": f"Name of {code}", "AccountType": kind}
    return {"Company": company, "GlCode": code, **named, **texts, **numbers}


def invoice(supplier: str, number: str, value: float, journal: int, entry: int = 1) -> Row:
    day = date(2026, 3, 5)
    return {
        **dict.fromkeys(("Branch", "Reference", "InvoiceStatus", "Currency", "Bank", "MulDiv"), " "),
        "Supplier": supplier,
        "Invoice": number,
        "Journal": journal,
        "EntryNumber": entry,
        "InvoiceYear": 2026,
        "InvoiceMonth": 3,
        "OrigInvValue": value,
        "MthInvBal1": value,
        "CurrencyValue": value,
        "ConvRate": 1,
        "JournalDate": day,
        "InvoiceDate": day,
        "DueDate": None,
    }


def share(journal: int, code: str, value: float, entry: int = 1) -> Row:
    keys = {"TrnYear": 2026, "TrnMonth": 3, "Journal": journal, "EntryNumber": entry}
    return {**keys, "ExpenseGlCode": code, "DistrValue": value}


def journal(number: int, **columns: Any) -> Row:
    row = dict.fromkeys(("Source", "Operator", "JnlStatus", "Reference", "Notation"), "")
    days = {"JournalDate": date(2026, 3, 9), "PostDate": date(2026, 3, 10)}
    sums = {"NumOfEntries": 2, "DebitAmount": 10.5, "CreditAmount": 10.5}
    return {**row, **days, **sums, "JnlPostingType": "N", "GlYear": 2026, "GlPeriod": 3, "GlJournal": number, **columns}


def entries(number: int, *, value: float = 10.5, **columns: Any) -> list[Row]:
    row = {"GlYear": 2026, "GlPeriod": 3, "Journal": number, "EntryValue": value, "EntryPosted": "Y", "Reference": ""}
    row |= {"Comment": "", "EntryDate": date(2026, 3, 9)}
    return [
        {**row, "EntryNumber": 1, "EntryType": "D", "GlCode": "10-6000 ", **columns},
        {**row, "EntryNumber": 2, "EntryType": "C", "GlCode": "10-2000 ", **columns},
    ]


def payment(supplier: str, entry: int, value: float = 1) -> Row:
    texts = dict.fromkeys(("PaymentReference", "PostCurrency", "PaymentNumber"), "")
    row = {"Supplier": supplier, "Invoice": "A", "EntryNumber": entry, "TrnType": "P", "Journal": 1, "TrnYear": 2026}
    return {**row, **texts, "TrnMonth": 3, "TrnValue": value, "PostValue": 1, "PostConvRate": 1, "JournalDate": ""}


def order(number: str, day: date, status: str = "1") -> Row:
    texts = {"Supplier": "S1", "OrderStatus": status, "Currency": "ZAR", "Buyer": "", "Warehouse": ""}
    return {"PurchaseOrder": number, "OrderEntryDate": day, "OrderDueDate": None, **texts}


def order_line(number: str, line: int, ordered: float, received: float, price: float) -> Row:
    figures = {"MOrderQty": ordered, "MReceivedQty": received, "MPrice": price}
    return {"PurchaseOrder": number, "Line": line, "MStockCode": "", **figures}


KNOWN: dict[str, list[Row]] = {"GenJournalCtl": [journal(1)], "GenJournalDetail": entries(1)}
