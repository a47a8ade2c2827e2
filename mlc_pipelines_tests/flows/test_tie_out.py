"""The figures of a tie-out that people look at first."""

from __future__ import annotations

from decimal import Decimal

from mlc_pipelines.flows.tie_out import Line, TieOut, summary


def line(erp: str, sent: str) -> Line:
    return Line(erp=Decimal(erp), snapshot=Decimal(erp), sent=Decimal(sent))


def test_totals_that_cancel_each_other_are_still_seen():
    ledger = TieOut("gl", "import Load", "amount", {"1000": line("7.50", "7.50"), "2000": line("-7.50", "-7.50")})
    assert (ledger.total.erp, ledger.gross, ledger.ties) == (0, Decimal("15.00"), True)
    assert (summary(ledger)["erp"], summary(ledger)["gross"]) == ("0", "15")


def test_differences_that_cancel_each_other_are_differences():
    ledger = TieOut("gl", "import Load", "amount", {"1000": line("7.50", "0"), "2000": line("-7.50", "0")})
    assert (ledger.total.difference, ledger.gross_difference, ledger.ties) == (0, Decimal("15.00"), False)
