"""Single records, formats and figures (docs/vendors/visma_net.md, sections 3, 5, 6 and 11, traps 5, 11 to 16 and
20)."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mlc_pipelines_tests.sandbox_visma_net.client import Client
from mlc_sandbox.visma_net import VismaNetSandbox

LEDGER = {"ledger": "1", "fromPeriod": "202605", "toPeriod": "202605"}
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?"


def exact(answer: str) -> Any:
    return json.loads(answer, parse_float=Decimal)


def test_three_formats_of_stamps(client: Client, sandbox: VismaNetSandbox) -> None:
    stamps = [item["lastModifiedDateTime"] for item in client.list("/v1/supplierInvoice")]
    shapes = Counter("Z" if one.endswith("Z") else "+" if "+" in one else "naive" for one in stamps)
    assert set(shapes) == {"Z", "+", "naive"}
    assert all(re.fullmatch(rf"{STAMP}(Z|\+0[12]:00)?", one) for one in stamps)
    sandbox.switches.stamp_formats = ("naive",)
    assert all(re.fullmatch(STAMP, item["createdDateTime"]) for item in client.list("/v1/supplierInvoice"))


def test_a_stamp_is_the_same_moment_in_each_format(client: Client, sandbox: VismaNetSandbox) -> None:
    account = sandbox.books.company.chart["4000"]
    zone = ZoneInfo("Europe/Oslo")
    for form in ("utc", "naive", "offset"):
        sandbox.switches.stamp_formats = (form,)
        text = client.list("/v1/account/4000")["lastModifiedDateTime"]
        moment = datetime.fromisoformat(text)
        assert (moment if moment.tzinfo else moment.replace(tzinfo=zone)) == account.modified


def test_amounts_have_four_decimals_and_no_noise(client: Client, sandbox: VismaNetSandbox) -> None:
    items = exact(client.get("/v1/GeneralLedgerTransactions", None, **LEDGER).text)
    truth = sandbox.books.ledger_lines("202605")
    assert sum(one["debitAmount"] for one in items) == sum(line.amount for _, line in truth if line.amount > 0)
    assert sum(one["debitAmount"] - one["creditAmount"] for one in items) == 0
    assert all(one["debitAmount"].as_tuple().exponent == -4 for one in items)
    assert any(one["debitAmount"] % Decimal("0.01") for one in items)


def test_letters(client: Client) -> None:
    answer = client.get("/v1/supplier")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    for name in ("Brødrene Ødegård Transport AS", "Groß & Söhne Stahlhandel GmbH", "Café Élysée, Ålesund"):
        assert name in answer.text


@pytest.mark.parametrize(("form", "expected"), [("MMYYYY", "052026"), ("YYYYMM", "202605")])
def test_two_ways_to_write_the_post_period(client: Client, sandbox: VismaNetSandbox, form: Any, expected: str) -> None:
    sandbox.switches.post_period = form
    (item,) = client.list("/v1/supplierInvoice", financialPeriod="202605", pageSize=1)
    assert (item["postPeriod"], item["financialPeriod"]) == (expected, "202605")


def test_types_share_numbers(client: Client) -> None:
    invoice = client.get("/v1/supplierInvoice/Invoice/100001")
    credit = client.list("/v1/supplierinvoice/debitadj/100001")
    assert (invoice.json()["documentType"], credit["documentType"]) == ("Invoice", "DebitAdj")
    assert invoice.headers["etag"] == f'"{invoice.json()["timeStamp"]}"'
    assert "metadata" not in credit


def test_an_invoice_adds_up(client: Client) -> None:
    for item in exact(client.get("/v1/supplierInvoice").text):
        assert sum(line["cost"] for line in item["invoiceLines"]) == item["detailTotal"] > 0
        assert item["detailTotal"] + item["vatTotal"] == item["amount"]
        assert item["balance"] in {0, item["amount"]}
        assert item["date"].endswith("T00:00:00")


def test_a_foreign_invoice_has_both_currencies(client: Client) -> None:
    items = [one for one in exact(client.get("/v1/supplierInvoice").text) if one["currencyId"] == "EUR"]
    line = items[0]["invoiceLines"][0]
    assert line["cost"] == (line["costInCurrency"] * items[0]["exchangeRate"]).quantize(Decimal("0.0001"))


def test_every_kind_of_invoice_is_there(client: Client) -> None:
    items = client.list("/v1/supplierInvoice")
    assert {item["documentType"] for item in items} == {"Invoice", "CreditAdj", "DebitAdj", "Prepayment"}
    statuses = {"Open", "Closed", "Hold", "Balanced", "Voided", "Prebooked", "Scheduled"}
    assert {item["status"] for item in items} == statuses


def test_some_invoices_came_after_the_close(client: Client, sandbox: VismaNetSandbox) -> None:
    periods = {f"{one['year']}{one['period']}": one for one in client.list("/v1/financialPeriod")}
    late = [
        one
        for one in sandbox.books.invoices.values()
        if periods[one.period]["closedInSupplierLedger"] and (one.created.date() - one.day).days >= 30
    ]
    assert late


def test_inactive_segment_values_on_lines(client: Client) -> None:
    segments = client.list("/v1/dimension/SUBACCOUNT")["segments"]
    inactive = {value["valueId"] for one in segments for value in one["segmentValues"] if not value["active"]}
    assert inactive == {"045", "900"}
    used = {
        segment["segmentValue"]
        for item in client.list("/v1/supplierInvoice")
        for line in item["invoiceLines"]
        for segment in line["subaccount"]["segments"]
    }
    assert used & inactive


def test_an_error_within_a_list(client: Client, sandbox: VismaNetSandbox) -> None:
    sandbox.switches.faulty_items = 1
    items = client.list("/v1/supplierInvoice", pageSize=3)
    assert [bool(item["errorInfo"]) for item in items] == [True, False, False]


def test_orders(client: Client) -> None:
    items = exact(client.get("/v1/PurchaseOrder").text)
    lines = [line for item in items for line in item["lines"]]
    assert any(0 < line["receivedAmt"] < line["amount"] for line in lines)
    assert {"canceled", "completed"} <= {name for line in lines for name in line if line[name] is True}
    assert all(sum(line["amount"] for line in item["lines"]) == item["lineTotal"] for item in items)
    basic = exact(client.get(f"/v1/purchaseorderbasic/{items[0]['orderNbr']}").text)
    assert basic["lines"] == items[0]["lines"]
    assert "openBalance" not in basic


def test_dimensions(client: Client) -> None:
    assert client.list("/v1/dimension") == ["SUBACCOUNT", "ACCOUNT", "SUPPLIER"]
    whole = client.list("/v1/dimension/subaccount")
    assert [segment["description"] for segment in whole["segments"]] == ["Avdeling", "Produktlinje"]
    value = whole["segments"][0]["segmentValues"][5]
    key = base64.urlsafe_b64encode(value["valueId"].encode()).decode()
    assert client.list(f"/v1/dimension/SUBACCOUNT/1/{key}") == value
    assert client.list(f"/v1/dimension/SUBACCOUNT/1/publicid/{value['publicId']}") == value
    assert client.get("/v1/dimension/SUBACCOUNT/1").headers["etag"]
    bare = client.list("/v1/dimension/SUBACCOUNT", expandSegmentsValues="false")
    assert [segment["segmentValues"] for segment in bare["segments"]] == [[], []]


def test_a_key_with_reserved_characters(client: Client) -> None:
    assert client.list("/v1/account/b64(NDAwMA)")["accountCD"] == "4000"


@pytest.mark.parametrize(
    "path",
    ["account/9999", "supplier/1", "supplierInvoice/1", "dimension/NONE", "dimension/SUBACCOUNT/9", "department/9"],
)
def test_what_is_not_there(client: Client, path: str) -> None:
    answer = client.get(f"/v1/{path}")
    assert answer.status_code == 404
    assert answer.json()["message"].endswith("could not be found.")


def test_the_thirteenth_period(client: Client, sandbox: VismaNetSandbox) -> None:
    year = [one for one in client.list("/v1/financialPeriod") if one["year"] == 2025]
    assert [one["period"] for one in year] == [f"{number:02d}" for number in range(1, 14)]
    assert (year[12]["startDate"], year[12]["endDate"]) == ("2025-12-31T00:00:00", "2025-12-31T00:00:00")
    found = client.list("/v1/GeneralLedgerTransactions", ledger="1", fromPeriod="202513", toPeriod="202513")
    assert {one["tranDate"][:10] for one in found} == {"2025-12-31"}
    assert len(found) == len(sandbox.books.ledger_lines("202513")) > 0


def test_open_and_closed_periods(client: Client) -> None:
    by_id = {
        f"{one['year']}{one['period']}": one["closedInGeneralLedger"] for one in client.list("/v1/financialPeriod")
    }
    assert (by_id["202605"], by_id["202606"], by_id["202513"]) == (True, False, True)


def test_balances_agree_with_the_lines(client: Client, sandbox: VismaNetSandbox) -> None:
    balances = exact(client.get("/v2/generalLedgerBalance", periodId="202605", ledger="1").text)
    turnover: defaultdict[str, Decimal] = defaultdict(Decimal)
    for _, line in sandbox.books.ledger_lines("202605"):
        turnover[line.account.number] += line.amount
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in balances:
        found[one["account"]["number"]] += one["periodToDateDebit"] - one["periodToDateCredit"]
    assert {number: amount for number, amount in found.items() if amount} == {
        number: amount for number, amount in turnover.items() if amount
    }


def test_balances_are_carried_on(client: Client) -> None:
    def read(period: str, name: str) -> dict[tuple[str, str, str], Decimal]:
        answer = client.get("/v2/generalLedgerBalance", periodId=period, ledger="1", toggleBalanceSigns="true")
        items = exact(answer.text)
        return {
            (one["branch"]["number"], one["account"]["number"], one["subAccountCd"]): one[name]
            for one in items
            if one[name]
        }

    assert read("202604", "yearToDateBalance") == read("202605", "beginningBalance")
    closing, opening = read("202513", "yearToDateBalance"), read("202601", "beginningBalance")
    assert sum(closing.values()) == sum(opening.values()) == 0
    assert {key[1][0] for key in opening} <= {"0", "1", "2"}


def test_balance_signs(client: Client) -> None:
    query = {"periodId": "202605", "ledger": "1", "account": "2400", "branch": "1"}
    plain, toggled = (
        exact(client.get("/v2/generalLedgerBalance", None, **query, **more).text)[0]["yearToDateBalance"]
        for more in ({}, {"toggleBalanceSigns": "true"})
    )
    assert plain == -toggled != 0


def test_statistics_are_no_money(client: Client) -> None:
    found = client.list("/v1/GeneralLedgerTransactions", **{**LEDGER, "ledger": "STAT"})
    assert {one["account"]["number"] for one in found} == {"0900"}
    assert all(one["creditAmount"] == 0 for one in found)


def test_a_journal_transaction(client: Client) -> None:
    for one in exact(client.get("/v2/journaltransaction", periodId="202606").text):
        lines = one["journalTransactionLines"]
        assert sum(line["debitAmount"] for line in lines) == one["debitTotal"]
        assert one["ledger"] == "STAT" or one["debitTotal"] == one["creditTotal"]
        assert one["module"] in {"ModuleGL", "ModuleAP", "ModuleAR"}


def test_budget(client: Client) -> None:
    found = client.list("/v1/budget", branch="1", ledger="BUD", financialYear="2026")
    assert all(sum(part["amount"] for part in one["periods"]) == one["amount"] for one in found)
    assert {one["branchNumber"]["number"] for one in found} == {"1"}
    assert client.list("/v1/budget", branch="1", ledger="1", financialYear="2026") == []


def test_branches_and_ledgers(client: Client) -> None:
    assert [one["number"] for one in client.list("/v1/branch")] == ["1", "2", "3"]
    assert "ledger" not in client.list("/v1/branch/1")
    assert client.list("/v1/branch/1", expandLedger="true")["ledger"]["id"] == "1"
    types = {one["number"]: one["balanceType"] for one in client.list("/v1/ledger")}
    assert types == {"1": "Actual", "BUD": "Budget", "STAT": "Statistical", "RAPP": "Report"}
