"""What happens in the firm month by month, until the ledger has the lines that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import cycle

from mlc_sandbox.acumatica.books import chart
from mlc_sandbox.acumatica.books.calendar import Period
from mlc_sandbox.acumatica.books.desk import Desk
from mlc_sandbox.acumatica.books.ledger import BALANCED, NO_PROJECT, ON_HOLD, UNPOSTED, ZERO, Line
from mlc_sandbox.acumatica.books.payables import PROJECTS, Payables
from mlc_sandbox.acumatica.records import Record, Table, Value

_OPENING = (
    (chart.CASH, 900_000, 0), (chart.FOREIGN_CASH, 120_000, 0), (chart.RECEIVABLES, 310_000, 0),
    (chart.EQUIPMENT, 180_000, 0), (chart.DEPRECIATION, 0, 60_000), (chart.PAYABLES, 0, 95_000),
    (chart.CAPITAL, 0, 1_000_000), (chart.RETAINED, 0, 355_000),
)  # fmt: skip
_STAFFED = ("100STR", "100TEC", "200OPS", "300STR", "300OPS")
_BRANCH_OF = {"100": "HEADOFFICE", "200": "WEST", "300": "NORDIC", "000": "HEADOFFICE"}


class Business:
    """Fills the books.

    Args:
        desk: where batches are written.
        tables: of the records.
        today: nothing is dated later.
    """

    def __init__(self, desk: Desk, tables: Mapping[str, Table[Record]], today: date) -> None:
        self._desk = desk
        self._tables = tables
        self._today = today
        self.payables = Payables(desk, tables)
        pay = self.payables
        self._usual: cycle[Callable[[date], object]] = cycle(
            (pay.bill, self._time, self._invoice, pay.payment, pay.bill, pay.order, self._receipt, self._time)
        )
        self._awkward: cycle[Callable[[date], object]] = cycle(
            (
                lambda day: pay.bill(day, kind="Debit Adj."),
                self._reversal,
                lambda day: pay.bill(day, order=pay.order(day)),
                pay.void_last_payment,
                self._split_to_four_places,
                pay.prepayment,
                self._between_branches,
                lambda day: pay.bill(day, late=9),
                self._revaluation,
                pay.rejected,
                self._posted_to_the_month_before,
                lambda day: pay.bill(day, kind="Credit Adj."),
                self._old_account,
                self._bank_charge,
                self._issue,
            )
        )

    def run(self, gl_lines: int) -> None:
        """Everything from the opening to today.

        Args:
            gl_lines: lines that the ledgers have in the end, or a few more.
        """
        first_year = self._desk.calendar.years()[0]
        self._opening(first_year)
        months = [
            period
            for period in self._desk.calendar.periods
            if period.year != first_year and not period.adjustment and period.start <= self._today
        ]
        for done, month in enumerate(months, 1):
            self._month(month, until=gl_lines * done // len(months))
        for period in self._desk.calendar.periods:
            if period.adjustment and period.status == "Closed" and period.year != first_year:
                self._adjustment(period)
        self._drafts(max(months[-1].start, self._today - timedelta(days=3)))

    def _month(self, month: Period, *, until: int) -> None:
        days = (min(month.end, self._today) - month.start).days
        self._heads(month)
        turn = 0
        while self._desk.lines < until:
            day = month.start + timedelta(days=self._desk.rng.randint(0, days))
            turn += 1
            (next(self._awkward) if turn % 6 == 2 else next(self._usual))(day)

    def _opening(self, year: str) -> None:
        lines = [
            Line(account, chart.DEFAULT_SUBACCOUNT, "HEADOFFICE", Decimal(f"{debit}.00"), Decimal(f"{credit}.00"))
            for account, debit, credit in _OPENING
        ]
        last = self._desk.calendar[f"12{year}"]
        self._desk.write("GL", last.end, lines, description="Opening balances")

    def _heads(self, month: Period) -> None:
        # One-sided: a statistical ledger has no balance to keep.
        lines = [
            Line("98000", sub, _BRANCH_OF[sub[:3]], debit=Decimal(f"{self._desk.rng.randrange(4, 30)}.0"))
            for sub in _STAFFED
        ]
        self._desk.write("GL", month.start, lines, ledger=chart.STATISTICAL, description="Heads")

    def _time(self, day: date) -> None:
        lines: list[Line] = []
        for sub in self._desk.rng.sample(_STAFFED, 3):
            cost = self._desk.amount(2_000, 30_000)
            branch = _BRANCH_OF[sub[:3]]
            project = self._desk.rng.choice(PROJECTS)
            hours: dict[str, Value] = {"Qty": (cost / 150).quantize(Decimal("0.01")), "UOM": "HOUR"}
            worked = Line(
                chart.PAYROLL, sub, branch, debit=cost, text="Time cost", project=project, task="01", more=hours
            )
            lines.append(worked)
            lines.append(Line(chart.ACCRUALS, chart.DEFAULT_SUBACCOUNT, branch, credit=cost, project=NO_PROJECT))
        self._desk.write("GL", day, lines, description="Time sheets")

    def _invoice(self, day: date) -> None:
        rng = self._desk.rng
        sub = rng.choice(_STAFFED)
        branch, project, party = _BRANCH_OF[sub[:3]], rng.choice(PROJECTS), f"C{rng.randrange(1, 40):06d}"
        number = self._desk.number("IV")
        lines: list[Line] = []
        for account in (chart.FEES, chart.RECHARGED)[: rng.choice((1, 2))]:
            amount = self._desk.amount(4_000, 60_000)
            lines.append(Line(account, sub, branch, credit=amount, project=project, task="01", party=party))
        total = sum((line.credit for line in lines), ZERO)
        lines.append(Line(chart.RECEIVABLES, chart.DEFAULT_SUBACCOUNT, branch, debit=total, party=party))
        for line in lines:
            line.reference = number
        self._desk.write("AR", day, lines, description=f"Fees {project}", kind="Invoice")

    def _receipt(self, day: date) -> None:
        amount, number = self._desk.amount(3_000, 50_000), self._desk.number("PM")
        customer = f"C{self._desk.rng.randrange(1, 40):06d}"
        lines = [
            Line(chart.CASH, chart.DEFAULT_SUBACCOUNT, "HEADOFFICE", debit=amount, reference=number, party=customer),
            Line(chart.RECEIVABLES, chart.DEFAULT_SUBACCOUNT, "HEADOFFICE", credit=amount, reference=number),
        ]
        batch = self._desk.write("AR", day, lines, kind="Payment")
        history = Record(self._desk.guid(), {"AdjustedDocType": "Invoice", "AmountPaid": amount, "Balance": ZERO})
        fields: dict[str, Value] = {
            "Type": "Payment",
            "ReferenceNbr": number,
            "Status": "Closed",
            "CustomerID": customer,
            "ApplicationDate": day,
            "CashAccount": chart.CASH,
            "CurrencyID": chart.BASE,
            "PaymentAmount": amount,
            "AppliedToDocuments": amount,
            "AvailableBalance": ZERO,
            "PaymentMethod": "WIRE",
            "PaymentRef": number,
            "Branch": "HEADOFFICE",
            "Hold": False,
            "LastModifiedDateTime": batch.modified,
        }
        self._tables["Payment"].add(Record(self._desk.guid(), fields, {"ApplicationHistory": [history]}))

    def _two(self, debit: str, credit: str, amount: Decimal, text: str) -> list[Line]:
        return [
            Line(debit, "100OPS", "HEADOFFICE", debit=amount, text=text),
            Line(credit, chart.DEFAULT_SUBACCOUNT, "HEADOFFICE", credit=amount, text=text),
        ]

    def _reversal(self, day: date) -> None:
        amount = self._desk.amount(500, 9_000)
        accrued = self._desk.write("GL", day, self._two("64000", chart.ACCRUALS, amount, "Accrual"))
        period = self._desk.calendar.of_day(day)
        back = min((period.end if period else day) + timedelta(days=1), self._today)
        text = f"Reversal of {accrued.fields['BatchNbr']}"
        self._desk.write("GL", back, self._two(chart.ACCRUALS, "64000", amount, text), description=text)

    def _split_to_four_places(self, day: date) -> None:
        total = self._desk.amount(500, 5_000)
        third = (total / 3).quantize(Decimal("0.0001"))
        shares = (third, third, total - third - third)
        lines = [
            Line("60000", sub, _BRANCH_OF[sub[:3]], debit=share, text="Rent share")
            for sub, share in zip(("100STR", "100TEC", "100OPS"), shares, strict=True)
        ]
        lines.append(Line("60000", chart.DEFAULT_SUBACCOUNT, "HEADOFFICE", credit=total, text="Rent to share"))
        self._desk.write("GL", day, lines, description="Allocation of rent")

    def _between_branches(self, day: date) -> None:
        amount = self._desk.amount(200, 4_000)
        lines = [
            Line("63000", "200OPS", "WEST", debit=amount, text="Training, paid in Boston"),
            Line(chart.INTERBRANCH, chart.DEFAULT_SUBACCOUNT, "WEST", credit=amount),
            Line(chart.INTERBRANCH, chart.DEFAULT_SUBACCOUNT, "HEADOFFICE", debit=amount),
            Line("63000", "100OPS", "HEADOFFICE", credit=amount),
        ]
        self._desk.write("GL", day, lines, description="Recharge")

    def _revaluation(self, day: date) -> None:
        gain = self._desk.amount(10, 900)
        lines = self._two(chart.FOREIGN_CASH, chart.FX, ZERO, "Revaluation")
        batch = self._desk.write("CM", day, lines, currency="EUR", description="Revaluation EUR")
        # No amount in the batch's currency, only in dollars.
        lines[0].base_debit = lines[1].base_credit = gain
        self._desk.ledger.changed(batch)

    def _posted_to_the_month_before(self, day: date) -> None:
        period = self._desk.calendar.of_day(day)
        before = self._desk.calendar.of_day(period.start - timedelta(days=1)) if period else None
        if before is not None:
            lines = self._two("65000", chart.ACCRUALS, self._desk.amount(100, 900), "Late insurance bill")
            self._desk.write("GL", day, lines, period=before.id)

    def _old_account(self, day: date) -> None:
        self._desk.write("GL", day, self._two(chart.OLD_EXPENSE, chart.CASH, self._desk.amount(5, 90), "Stamps"))

    def _bank_charge(self, day: date) -> None:
        self._desk.write(
            "CA", day, self._two(chart.BANK, chart.CASH, self._desk.amount(5, 60), "Gebühr"), kind="Cash Entry"
        )

    def _issue(self, day: date) -> None:
        lines = self._two("52000", chart.INVENTORY, self._desk.amount(50, 900), "Issue")
        self._desk.write("IN", day, lines, kind="Issue")

    def _adjustment(self, period: Period) -> None:
        entered = min(self._desk.stamp(period.end + timedelta(days=40)), self._desk.latest)
        lines = self._two("66000", chart.DEPRECIATION, self._desk.amount(5_000, 9_000), "Audit adjustment")
        self._desk.write("GL", period.end, lines, period=period.id, description="Audit", modified=entered)

    def _drafts(self, day: date) -> None:
        amount = self._desk.amount(100, 900)
        for status in (ON_HOLD, BALANCED, UNPOSTED):
            lines = self._two("61000", chart.ACCRUALS, amount, f"Draft {status}")
            self._desk.write("GL", day, lines, status=status, description=f"{status} at month end")
        unbalanced = [Line("61000", "100TEC", "HEADOFFICE", debit=amount)]
        self._desk.write("GL", day, unbalanced, status=ON_HOLD, description="Unfinished")
        scheduled = self._two("60000", chart.ACCRUALS, amount, "Next month's rent")
        self._desk.write("GL", day, scheduled, status="Scheduled", description="Template")
        self.payables.draft(day)
        self.payables.unreleased_payment(day)
