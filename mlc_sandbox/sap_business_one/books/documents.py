"""Invoices, credit notes and orders of a food manufacturer, each with the lines of the entry that it posts."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from mlc_sandbox.sap_business_one.books.chart import CLOSED_CENTER, CONTROL_ACCOUNTS, LOCAL_CURRENCY
from mlc_sandbox.sap_business_one.books.entries import COSTING, Costing, Draft, in_currency, ledger_line
from mlc_sandbox.sap_business_one.books.table import Row
from mlc_sandbox.sap_business_one.schema import ENUMS, NO, OPEN, ZERO

CENT = Decimal("0.01")
_VAT = Decimal("0.25")
_RATES = {"DKK": Decimal(1), "EUR": Decimal("7.460532"), "SEK": Decimal("0.651847")}
_SALES = ("4110", "4120", "4130", "4140")
_PURCHASES = ("5110", "5110", "5120", "5220", "5230", "5240", "5310", "5320", "5330", "6110", "6220", "6230")
_GOODS = ("Skyr 450 g", "Frikadeller 1 kg", "Rugbrød, økologisk", "Crème brûlée 6 x 100 g", "Jordbærgrød", "Weißbrot")
_SUPPLIES = ("Sødmælk, tank", "Hvedemel T55", "Bægre 450 ml", "Damp", "Løbe (présure)", "Køletransport")
_PROJECTS = (None, "P-KØLEHUS", "P-0042")
_SIDES = {
    "Invoices": ("ttARInvoice", "cCustomer", 1, "A/R Invoices"),
    "CreditNotes": ("ttARCredItnote", "cCustomer", -1, "A/R Credit Memos"),
    "PurchaseInvoices": ("ttAPInvoice", "cSupplier", -1, "A/P Invoices"),
    "PurchaseCreditNotes": ("ttAPCreditNote", "cSupplier", 1, "A/P Credit Memos"),
}
"""Entity set -> origin of its entries, its partners, their side of the ledger (1: debit), its title."""

_DEPARTMENTS = {
    "sale": ("0600", "0610", "0600", "0710"),
    "cost": ("0110", "0120", "0130", "0200", "0210", "0300", "0310", "0400", "ADM-ALLE", "KØL-5050"),
    "work": ("0100", "0110", "0120", "0130", "0200", "0310", "0320", "0500", "0700", "0720"),
}


class DocumentMaker:
    """Makes documents out of chance."""

    def __init__(self, chance: random.Random, codes: Mapping[str, str], partners: list[Row]) -> None:
        self._chance = chance
        self._codes = codes
        self._partners = {
            kind: [row for row in partners if row["CardType"] == kind] for kind in ("cCustomer", "cSupplier")
        }

    def make(self, entity_set: str, day: date, created: date) -> tuple[Draft, Row]:
        """A document and the draft of its entry."""
        kind, card_type, side, title = _SIDES[entity_set]
        chance, sale = self._chance, card_type == "cCustomer"
        partner = chance.choice(self._partners[card_type])
        currency = partner["Currency"] if partner["Currency"] in _RATES else LOCAL_CURRENCY
        rate = self._rate(currency)
        project = chance.choice(_PROJECTS)
        lines, rows, net, net_foreign = self._lines(day, currency, rate, side, sale=sale)
        for line in (*lines, *rows):
            line["ProjectCode"] = project
        vat = (net * _VAT).quantize(CENT, ROUND_HALF_UP) if currency == LOCAL_CURRENCY else ZERO
        if vat:
            lines.append(ledger_line(self._codes["2230" if sale else "1330"], -side * vat))
        control = ledger_line(self._codes[CONTROL_ACCOUNTS[card_type]], side * (net + vat), partner=partner["CardCode"])
        if currency != LOCAL_CURRENCY:
            in_currency(control, currency, side * net_foreign)
        lines.insert(0, control)
        if sale:
            cost = (net * Decimal("0.55")).quantize(CENT)
            lines.append(ledger_line(self._codes["5110"], side * cost, costing=self.costing("cost", day)))
            lines.append(ledger_line(self._codes["1240"], -side * cost))
        document: Row = {
            "DocType": ENUMS["BoDocumentTypes"]["dDocument_Items" if sale else "dDocument_Service"],
            "DocDate": day,
            "DocDueDate": day + timedelta(days=30),
            "TaxDate": day - timedelta(days=0 if sale else chance.randint(0, 6)),
            "CardCode": partner["CardCode"],
            "CardName": partner["CardName"],
            "NumAtCard": f"{chance.randint(100, 99_999):07d}" if not sale or chance.random() < 0.3 else None,
            "DocTotal": net + vat,
            "DocTotalFc": net_foreign if currency != LOCAL_CURRENCY else ZERO,
            "VatSum": vat,
            "Project": project,
            "DocCurrency": currency,
            "DocRate": rate,
            "DocumentStatus": OPEN,
            "Cancelled": NO,
            "CreationDate": created,
            "UpdateDate": created,
            "UpdateTime": time(chance.randint(7, 17), chance.randint(0, 59), chance.randint(0, 59)),
            "DataVersion": 1,
            "DocumentLines": rows,
        }
        memo = f"{title} - {partner['CardCode']}"
        return Draft(created, kind, day, lines, memo, entity_set=entity_set, document=document), document

    def costing(self, use: str, day: date) -> Costing:
        """Codes of the five dimensions for a sale, a cost or work; often some are missing, now and then all."""
        chance = self._chance
        if chance.random() < 0.06:
            return ()
        department = CLOSED_CENTER if day.year == 2025 and chance.random() < 0.02 else chance.choice(_DEPARTMENTS[use])
        product = chance.choice(("PG-MEJ", "PG-FRD", "PG-BAG", "PG-SOU", "PG-PL", "PG-FÆLLES", None))
        plant = chance.choice(("F01", "F01", "F02", "F03", "F99", "F-DELT", None))
        channel = chance.choice(("DTL", "FDS", "EXP", "WEB")) if use == "sale" else None
        return department, product, plant, channel, chance.choice(("K26PAA", "KNY")) if chance.random() < 0.08 else None

    def amount(self, most: int) -> Decimal:
        """An amount from 1.00 to `most`."""
        return Decimal(self._chance.randint(100, most * 100)).scaleb(-2)

    def _lines(
        self, day: date, currency: str, rate: Decimal, side: int, *, sale: bool
    ) -> tuple[list[Row], list[Row], Decimal, Decimal]:
        """Lines of the entry, rows of the document, and their sums in local and in foreign currency."""
        lines: list[Row] = []
        rows: list[Row] = []
        net = net_foreign = ZERO
        for place in range(self._chance.randint(1, 3)):
            account = self._codes[self._chance.choice(_SALES if sale else _PURCHASES)]
            costing = self.costing("sale" if sale else "cost", day)
            foreign = self.amount(40_000 if sale else 25_000)
            local = (foreign * rate).quantize(CENT, ROUND_HALF_UP)
            net, net_foreign = net + local, net_foreign + foreign
            line = ledger_line(account, -side * local, costing=costing)
            lines.append(in_currency(line, currency, -side * foreign) if currency != LOCAL_CURRENCY else line)
            rows.append(self._row(place, account, costing, foreign, local, sale=sale))
        return lines, rows, net, net_foreign

    def _rate(self, currency: str) -> Decimal:
        if currency == LOCAL_CURRENCY:
            return Decimal(1)
        drift = 1 + Decimal(self._chance.randint(-200, 200)) / 10_000
        return (_RATES[currency] * drift).quantize(Decimal("0.000001"))

    def _row(self, place: int, account: str, costing: Costing, foreign: Decimal, local: Decimal, *, sale: bool) -> Row:
        quantity = Decimal(self._chance.randint(1, 2400))
        row: Row = {
            "LineNum": place,
            "ItemCode": f"{'FV' if sale else 'RV'}{self._chance.randint(1, 300):05d}",
            "ItemDescription": self._chance.choice(_GOODS if sale else _SUPPLIES),
            "Quantity": quantity,
            "Price": (foreign / quantity).quantize(Decimal("0.000001")),
            "LineTotal": local,
            "AccountCode": account,
        }
        return row | {name: code for name, code in zip(COSTING, costing, strict=False) if code}
