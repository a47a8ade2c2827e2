"""Generates what happened: month by month purchases, sales, payments, payroll and journals."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from mlc_sandbox.visma_net.books.chance import Chance, Month
from mlc_sandbox.visma_net.books.documents import Batch
from mlc_sandbox.visma_net.books.purchases import Purchasing
from mlc_sandbox.visma_net.books.records import Period
from mlc_sandbox.visma_net.books.store import Posting, Store

_CENT = Decimal("0.01")
_SALES = ("3000", "3010", "3020", "3030", "3200")
_START_RATES = {"NOK": 1.0, "SEK": 1.0212, "EUR": 11.6543}
_RETIRED_ACCOUNT = "6490"


def generate(store: Store, rng: random.Random, *, gl_lines: int, today: date, now: datetime) -> None:
    """Fill the books up to `today` with about `gl_lines` lines of the general ledger; no stamp is after `now`."""
    _Generation(store, rng, now).fill(gl_lines, today)


class _Generation(Chance):
    """Fills one set of books."""

    def __init__(self, store: Store, rng: random.Random, now: datetime) -> None:
        super().__init__(store, rng, now)
        self._drafts = ["Hold", "Balanced", "Unposted"]
        self._accounts = store.company.chart
        self._purchasing = Purchasing(self)

    def fill(self, gl_lines: int, today: date) -> None:
        """Fill all months up to `today`, about the same number of lines in each."""
        rates = dict(_START_RATES)
        periods = [one for one in self.store.company.periods.values() if one.start <= today]
        months = [one for one in periods if not one.id.endswith("13")]
        share = gl_lines / (len(months) - 1 + today.day / 30)
        for period in periods:
            if period.id.endswith("13"):
                if period.end < today:
                    self._year_end(period)
                continue
            rates = {
                name: rate if name == "NOK" else rate * (1 + self.rng.gauss(0, 0.012)) for name, rate in rates.items()
            }
            month = Month(
                period=period,
                last=min(period.end, today),
                rates={name: Decimal(f"{rate:.4f}") for name, rate in rates.items()},
                current=period is months[-1],
            )
            self._fill_month(month, round(share * (today.day / 30 if month.current else 1)))
        self._share_the_last_stamp()

    def _fill_month(self, month: Month, lines: int) -> None:
        self._statistics(month)
        target = self.store.ledger_lines + lines
        events: Sequence[tuple[int, Callable[[Month], None]]] = (
            (40, self._purchasing.invoice),
            (14, self._purchasing.order),
            (9, self._purchasing.payment),
            (22, self._sale),
            (9, self._receipt),
            (6, self._journal),
            (4, self._payroll),
        )
        weights = [weight for weight, _ in events]
        # The smallest books shall have some of each.
        purchases = (self._purchasing.order, self._purchasing.invoice, self._purchasing.invoice)
        journals = [self._journal] * (3 if month.current else 1)
        for event in (*purchases, self._payroll, self._accrual, *journals):
            event(month)
        while self.store.ledger_lines < target:
            self.rng.choices(events, weights)[0][1](month)

    def _sale(self, month: Month) -> None:
        currency = self.rng.choices(("NOK", "EUR", "SEK"), (7, 2, 1))[0]
        branch, net = self.branch(), [self.amount(10) for _ in range(self.rng.randint(1, 4))]
        accounts = _SALES if currency == "NOK" else ("3100",)
        vat = (sum(net) * Decimal("0.25")).quantize(_CENT) if currency == "NOK" else Decimal(0)
        neutral = self.store.company.subaccounts[0]
        postings: list[Posting] = [(self.account("1500"), neutral, branch, sum(net) + vat, "Kunde")]
        postings += [(self.account(*accounts), self.subaccount(), branch, -one, "Salg") for one in net]
        if vat:
            postings.append((self.account("2700"), neutral, branch, -vat, "Mva 25 %"))
        self._post("AR", month, postings, "Faktura", currency=currency)

    def _receipt(self, month: Month) -> None:
        self._post("AR", month, self._pair("1920", "1500", self.amount(10), "Innbetaling"), "Innbetaling")

    def _journal(self, month: Month) -> None:
        debit = ("6010", "6340", "7500", "7140", "6860", "7350", "7700", "8150", "8160")
        if month.period.id < "202507":
            debit += (_RETIRED_ACCOUNT,)
        postings: list[Posting] = []
        for _ in range(self.rng.randint(1, 4)):
            account = self.account(*debit).number
            postings += self._pair(account, self.rng.choice(("1920", "2960", "1299")), self.amount(8), "Bilag æøå")
        draft = month.current and bool(self._drafts or self.rng.random() < 0.3)
        status = (self._drafts.pop() if self._drafts else "Balanced") if draft else "Posted"
        batch = self._post("GL", month, postings, "Manuelt bilag", status=status)
        if not draft and self.rng.random() < 0.1:
            self.store.reverse_batch(batch, modified=self.stamp(batch.day, 2), text="Tilbakeført: Manuelt bilag")

    def _payroll(self, month: Month) -> None:
        branch, neutral = self.branch(), self.store.company.subaccounts[0]
        gross = self.amount(12).quantize(_CENT)
        tax, duty = (gross * Decimal("0.31")).quantize(_CENT), (gross * Decimal("0.141")).quantize(_CENT)
        wages = self.account("5000", "5010")
        postings: list[Posting] = [
            (wages, self.subaccount(), branch, gross, "Lønn"),
            (self.account("5400"), self.subaccount(), branch, duty, "Arbeidsgiveravgift"),
            (self.account("2770"), neutral, branch, -duty, "Arbeidsgiveravgift"),
            (self.account("2600"), neutral, branch, -tax, "Forskuddstrekk"),
            (self.account("2930"), neutral, branch, tax - gross, "Netto lønn"),
        ]
        self._post("GL", month, postings, "Lønnskjøring")

    def _accrual(self, month: Month) -> None:
        """An accrual on the month's last day, taken back on the first of the next one."""
        if month.current:
            return
        batch = self._post("GL", month, self._pair("6790", "2960", self.amount(10), "Avsetning"), "Avsetning")
        batch.day = month.period.end
        batch.status = "Completed"
        following = month.period.end + timedelta(days=1)
        self.store.add_batch(
            "GL",
            [(line.account, line.subaccount, line.branch, -line.foreign, "Avsetning, retur") for line in batch.lines],
            day=following,
            period=f"{following:%Y%m}",
            text="Avsetning, retur",
            modified=self.stamp(following),
            original=batch.number,
        )

    def _statistics(self, month: Month) -> None:
        """Head counts: one-sided, in a ledger that is not money."""
        self.store.add_batch(
            "GL",
            [
                (self._accounts["0900"], sub, branch, Decimal(self.rng.randint(3, 80)), "Antall ansatte")
                for branch in self.store.company.branches
                for sub in self.usable[:2]
            ],
            day=month.period.start,
            period=month.period.id,
            text="Antall ansatte",
            modified=self.stamp(month.period.start),
            ledger=self.store.company.ledgers[2],
        )

    def _year_end(self, period: Period) -> None:
        """Late corrections of the auditor, in the adjustment period."""
        for name, debit, credit in (
            ("Skatt", "8300", "2990"),
            ("Garanti", "6790", "2990"),
            ("Varelager", "4390", "1400"),
        ):
            text = f"{name}, årsoppgjør"
            self.store.add_batch(
                "GL",
                self._pair(debit, credit, self.amount(11), text),
                day=period.end,
                period=period.id,
                text=text,
                modified=self.stamp(period.end, 40),
            )

    def _pair(self, debit: str, credit: str, amount: Decimal, text: str) -> list[Posting]:
        branch = self.branch()
        return [
            (self._accounts[debit], self.subaccount(), branch, amount, text),
            (self._accounts[credit], self.store.company.subaccounts[0], branch, -amount, text),
        ]

    def _post(
        self,
        module: str,
        month: Month,
        postings: Sequence[Posting],
        text: str,
        *,
        currency: str = "NOK",
        status: str = "Posted",
    ) -> Batch:
        day = self.day(month)
        return self.store.add_batch(
            module,
            postings,
            day=day,
            period=month.period.id,
            text=text,
            modified=self.stamp(day, self.rng.randint(0, 3)),
            status=status,
            currency=currency,
            rate=month.rates[currency],
        )

    def _share_the_last_stamp(self) -> None:
        """Two invoices and two batches with the same newest stamp (docs/vendors/visma_net.md, section 11, trap 4)."""
        for records in (self.store.invoices, self.store.batches):
            newest, second = sorted(records.values(), key=lambda one: one.modified)[:-3:-1]
            second.modified = newest.modified
