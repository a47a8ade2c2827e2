"""The figures of a tie-out that people look at first."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from mlc_pipelines.flows.tie_out.check import summary
from mlc_pipelines.flows.tie_out.tables import groups_csv, tables
from mlc_pipelines.flows.tie_out.totals import GroupTieOut, TieOut


def line(erp: str, sent: str) -> GroupTieOut:
    return GroupTieOut(erp=Decimal(erp), snapshot=Decimal(erp), sent=Decimal(sent))


def test_totals_that_cancel_each_other_are_still_seen():
    ledger = TieOut("gl", "import Load", "amount", {"1000": line("7.50", "7.50"), "2000": line("-7.50", "-7.50")})
    assert (ledger.total.erp, ledger.gross, ledger.ties) == (0, Decimal("15.00"), True)
    assert (summary(ledger)["erp"], summary(ledger)["gross"]) == ("0", "15")


def test_differences_that_cancel_each_other_are_differences():
    ledger = TieOut("gl", "import Load", "amount", {"1000": line("7.50", "0"), "2000": line("-7.50", "0")})
    assert (ledger.total.difference, ledger.gross_difference, ledger.ties) == (0, Decimal("15.00"), False)


def ledger(**lines: GroupTieOut) -> TieOut:
    erp = [each.erp for each in lines.values()]
    debit, credit = sum(max(each, Decimal(0)) for each in erp), -sum(min(each, Decimal(0)) for each in erp)
    return TieOut("gl", "import Load", "amount", lines, debit=Decimal(debit), credit=Decimal(credit))


def test_the_first_table_has_what_matters_and_no_more():
    rows = TieOut("accounts", "import Load Accounts", "rows", {"": line("1234", "1234")})
    bills = TieOut("bills", "import Load Bills", "amount", {"V1": line("1500.5", "1500.5"), "V2": line("-0.5", "0")})
    first, second, third = tables(
        [ledger(a=line("1234567.5", "1234567.5"), b=line("-1234567.5", "-1234567.5")), bills, rows]
    )["Totals"]
    assert list(first) == ["load", "ERP", "accepted", "difference", "ok"]
    assert first["load"] == "gl"
    assert (first["ERP"], first["accepted"], first["difference"]) == ("2,469,135.00", "2,469,135.00", "0.00")
    assert first["ok"] == "yes"
    assert (second["ERP"], second["accepted"], second["difference"]) == ("1,500.00", "1,500.50", "0.50")
    assert second["ok"] == "NO"
    assert third["ERP"] == "1,234"


def test_amounts_are_rounded_for_the_eye_and_a_difference_never_is():
    (row,) = tables([TieOut("bills", "import Load", "amount", {"V1": line("12.3456", "12.3455")})])["Totals"]
    assert (row["ERP"], row["accepted"], row["difference"], row["ok"]) == ("12.35", "12.35", "0.0001", "NO")


def test_balances_that_cancel_each_other_are_shown_without_signs():
    lines = {"1000": line("70", "70"), "4000": line("-70", "-70")}
    (row,) = tables([TieOut("account_balances", "import Load", "amount", lines)])["Totals"]
    assert (row["ERP"], row["accepted"]) == ("140.00", "140.00")


def test_a_ledger_shows_its_two_sides_and_its_largest_accounts_when_green_too():
    lines = {f"a{n:02}": line(str(amount), str(amount)) for n in range(15) for amount in [(n + 1) * 1000]}
    lines |= {f"b{n:02}": line(str(-amount), str(-amount)) for n in range(15) for amount in [(n + 1) * 1000]}
    found = tables([ledger(**lines)])
    assert list(found) == ["Totals", "Totals in detail", "gl: largest accounts, 20 of 30"]
    (detail,) = found["Totals in detail"]
    assert detail["on the way"].startswith("debit 120,000.00, credit 120,000.00, ERP 0.00, snapshot 0.00, sent 0.00")
    assert detail["totals of"].startswith("amount, above without signs; groups: 30; import Load;")
    largest = found["gl: largest accounts, 20 of 30"]
    assert len(largest) == 20
    assert largest[0] == {
        "account": "a14",
        "ERP": "15,000.00",
        "accepted": "15,000.00",
        "difference": "0.00",
        "ok": "yes",
    }
    assert [row["account"] for row in largest[:4]] == ["a14", "b14", "a13", "b13"]


def test_all_groups_are_in_the_file_and_none_is_a_formula():
    text = groups_csv([ledger(**{"4000": line("0.10", "0.10"), "=1+1": line("-0.1", "0")})]).decode("utf-8-sig")
    first, second = csv.DictReader(io.StringIO(text))
    assert (first["group"], first["erp"], first["difference"], first["ok"]) == ("4000", "0.1", "0", "yes")
    assert (second["group"], second["erp"], second["difference"], second["ok"]) == ("'=1+1", "-0.1", "-0.1", "NO")


def test_loads_of_one_entity_are_told_apart_by_their_actions():
    both = [TieOut("stock", f"import Load {name}", "rows", {"": line("1", "1")}) for name in ("Items", "On Hand")]
    assert [row["load"] for row in tables(both)["Totals"]] == ["Load Items", "Load On Hand"]


def test_sums_of_one_load_are_told_apart_by_what_is_summed_and_none_hides_another():
    sums = [TieOut("stock", "import Load", name, {"": line("1", "1")}) for name in ("on_hand", "cost", "cost", "cost")]
    assert [row["load"] for row in tables(sums)["Totals"]] == [
        "stock on_hand",
        "stock cost",
        "stock cost (2)",
        "stock cost (3)",
    ]
