"""Sales, purchase orders and stock of the distributor."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from mlc_sandbox.syspro.books.chart import BANK, FOREIGN_BANK, RECEIVABLE, STOCK, VAT_OUT
from mlc_sandbox.syspro.books.entries import Entry, Journal
from mlc_sandbox.syspro.books.ledger import ZERO, Ledger
from mlc_sandbox.syspro.books.partners import LOCAL, RATES, WAREHOUSES
from mlc_sandbox.syspro.books.payables import CENT
from mlc_sandbox.syspro.books.table import Row, Table

VAT = Decimal("0.15")


@dataclass(frozen=True)
class Sale:
    """An invoice to a customer (document type I), a credit note (C, negative) or a debit note (D).

    Attributes:
        customer: row of ArCustomer.
        net, cost: in local money.
        codes: GL codes of sales and cost of sales.
    """

    customer: Row
    invoice: str
    document: str
    day: date
    net: Decimal
    cost: Decimal
    codes: tuple[str, str]
    order: str = ""
    customer_order: str = ""


@dataclass
class Receivables:
    """Keeps the tables of accounts receivable and posts to the ledger. Not thread safe."""

    tables: Mapping[str, Table]
    ledger: Ledger
    _register: int = field(default=0)

    def enter(self, sale: Sale, year: int, month: int) -> None:
        """Enter a document: five lines in the ledger."""
        self._register += 1
        currency = sale.customer["Currency"]
        tax = (sale.net * VAT).quantize(CENT) if currency == LOCAL else ZERO
        value = ((sale.net + tax) / RATES[currency]).quantize(CENT)
        self.tables["ArInvoice"].put(
            Customer=sale.customer["Customer"],
            Invoice=sale.invoice,
            DocumentType=sale.document,
            InvoiceDate=sale.day,
            CurrencyValue=value,
            InvoiceBal1=value,
            SalesOrder=sale.order,
            Salesperson=sale.customer["Salesperson"],
            TermsCode=sale.customer["TermsCode"],
            Currency=currency,
            ExchangeRate=RATES[currency],
            CustomerPoNumber=sale.customer_order,
        )
        self.tables["ArTrnSummary"].put(
            TrnYear=year,
            TrnMonth=month,
            Register=self._register,
            Invoice=sale.invoice,
            SummaryLine=1,
            Customer=sale.customer["Customer"],
            DocumentType=sale.document,
            InvoiceDate=sale.day,
            MerchandiseValue=sale.net,
            TaxValue=tax,
            SalesOrder=sale.order,
            Salesperson=sale.customer["Salesperson"],
        )
        revenue, cost_of_sales = sale.codes
        entries = [
            Entry(RECEIVABLE, sale.net + tax, sale.invoice, sale.customer["Name"]),
            Entry(revenue, -sale.net, sale.invoice),
            Entry(VAT_OUT, -tax, sale.invoice),
            Entry(cost_of_sales, sale.cost, sale.invoice),
            Entry(STOCK, -sale.cost, sale.invoice),
        ]
        self._post(entries, year, month, sale.day, f"AR{self._register:08d}")

    def receive(self, invoice: Row, year: int, month: int, day: date) -> None:
        """The customer pays the balance."""
        paid: Decimal = (invoice["InvoiceBal1"] * invoice["ExchangeRate"]).quantize(CENT)
        bank = BANK if invoice["Currency"] == LOCAL else FOREIGN_BANK
        self.tables["ArInvoice"].change(invoice, InvoiceBal1=ZERO)
        entries = [Entry(bank, paid, invoice["Invoice"]), Entry(RECEIVABLE, -paid, invoice["Invoice"])]
        self._post(entries, year, month, day, "RECEIPT")

    def _post(self, entries: Sequence[Entry], year: int, month: int, day: date, reference: str) -> None:
        self.ledger.write(Journal(year, month, day, entries, source="R", reference=reference, operator="DEBTORS"))


@dataclass(frozen=True)
class Order:
    """A purchase order: the supplier's row, and the stock items that its lines are drawn from."""

    number: str
    supplier: Row
    stock: Sequence[Row]
    day: date


def order_stock(chance: random.Random, tables: Mapping[str, Table], order: Order) -> None:
    """Write a purchase order of one to six lines: open, partly received, complete or cancelled."""
    status = chance.choices(("1", "4", "9", "*"), weights=(3, 2, 8, 1))[0]
    warehouse = chance.choice(WAREHOUSES[:4])
    due = order.day + timedelta(days=chance.randint(5, 60))
    tables["PorMasterHdr"].put(
        PurchaseOrder=order.number,
        Supplier=order.supplier["Supplier"],
        OrderStatus=status,
        OrderEntryDate=order.day,
        OrderDueDate=due,
        Currency=order.supplier["Currency"],
        ExchangeRate=RATES[order.supplier["Currency"]],
        Buyer=chance.choice(("TM", "JW")),
        Warehouse=warehouse,
    )
    for line, ordered in enumerate(chance.sample(order.stock, chance.randint(1, 6)), 1):
        quantity = Decimal(chance.randint(1, 4_000)).scaleb(-chance.choice((0, 0, 3)))
        received = {"9": quantity, "4": quantity / 2}.get(status, Decimal(0))
        tables["PorMasterDetail"].put(
            PurchaseOrder=order.number,
            Line=line,
            MStockCode=ordered["StockCode"],
            MStockDes=ordered["Description"],
            MWarehouse=warehouse,
            MOrderUom=ordered["StockUom"],
            MOrderQty=quantity.quantize(Decimal("0.000001")),
            MReceivedQty=received.quantize(Decimal("0.000001")),
            MPrice=Decimal(chance.randint(5_000, 25_000_000)).scaleb(-5),
            MLatestDueDate=due,
            MGlCode=STOCK,
            MCompleteFlag="Y" if status == "9" else "N",
        )


def fill_warehouses(chance: random.Random, table: Table, stock: Sequence[Row], last_sale: date) -> None:
    """Write quantities and allocations; hazardous stock lies in the hazardous store too, some of it short."""
    for stocked in stock:
        hazardous = stocked["ProductClass"].startswith("HAZ")
        for warehouse in (*WAREHOUSES[: chance.randint(1, 3)], *(("HZ",) if hazardous else ()), *_quarantine(chance)):
            table.put(
                StockCode=stocked["StockCode"],
                Warehouse=warehouse,
                QtyOnHand=_quantity(chance, -500_000, 90_000_000),
                QtyAllocated=_quantity(chance, 0, 9_000_000),
                QtyOnOrder=_quantity(chance, 0, 20_000_000),
                QtyInTransit=_quantity(chance, 0, 1_000_000),
                MinimumQty=Decimal(chance.randint(0, 50) * 10).quantize(Decimal("0.000001")),
                SafetyStockQty=Decimal(chance.randint(0, 20) * 10).quantize(Decimal("0.000001")),
                ReOrderQty=Decimal(chance.randint(1, 90) * 10).quantize(Decimal("0.000001")),
                UnitCost=Decimal(chance.randint(5_000, 25_000_000)).scaleb(-5),
                DateLastSale=None if chance.random() < 0.1 else last_sale - timedelta(days=chance.randint(0, 200)),
            )


def _quarantine(chance: random.Random) -> tuple[str, ...]:
    return ("QR",) if chance.random() < 0.1 else ()


def _quantity(chance: random.Random, low: int, high: int) -> Decimal:
    # Thousandths, as a tank is dipped; the column has six places.
    return Decimal(chance.randint(low, high)).scaleb(-3).quantize(Decimal("0.000001"))
