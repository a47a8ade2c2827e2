"""Journals that are refused (docs/vendors/netsuite.md, section 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mlc_pipelines_tests.sandbox_netsuite.client import JOURNAL_PATH, Client, error_of
from mlc_pipelines_tests.sandbox_netsuite.journals import eid, put, read, upserted
from mlc_sandbox.netsuite import NetSuiteSandbox


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"subsidiary": None}, "USER_ERROR", "subsidiary"),
        ({"subsidiary": {"id": "99"}}, "INVALID_CONTENT", "subsidiary"),
        ({"tranDate": "2026-05-31"}, "USER_ERROR", "tranDate"),
        ({"tranDate": "10/06/2026"}, "INVALID_CONTENT", "tranDate"),
        ({"postingPeriod": {"id": "1"}}, "INVALID_CONTENT", "postingPeriod"),
        ({"postingPeriod": {"id": "344"}}, "INVALID_CONTENT", "postingPeriod"),
        ({"postingPeriod": {"refName": "Jun 2026"}}, "INVALID_CONTENT", "postingPeriod"),
        ({"currency": {"id": "77"}}, "INVALID_CONTENT", "currency"),
        ({"exchangeRate": 0}, "INVALID_CONTENT", "exchangeRate"),
        ({"approvalStatus": {"id": "4"}}, "INVALID_CONTENT", "approvalStatus"),
        ({"memo": 5}, "INVALID_CONTENT", "memo"),
        ({"void": True}, "USER_ERROR", "void"),
        ({"toSubsidiary": {"id": "2"}}, "USER_ERROR", "toSubsidiary"),
        ({"nosuch": 1}, "INVALID_CONTENT", "nosuch"),
        ({"line": {"items": [{"account": {"id": "1"}, "debitt": 1}]}}, "INVALID_CONTENT", "line.items[0].debitt"),
    ],
)
def test_wrong_headers(
    client: Client, body: Callable[..., dict[str, Any]], changes: dict[str, Any], code: str, path: str
) -> None:
    content = body() | changes
    answer = put(client, eid(), {name: value for name, value in content.items() if value is not None})
    assert answer.status_code == 400
    error = error_of(answer)
    assert (error["o:errorCode"], error["o:errorPath"]) == (code, path)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"account": {"id": "9999"}}, "account"),
        ({"account": {"externalId": "nobody"}}, "account"),
        ({"account": "0100"}, "account"),
        ({"department": {"id": "9999"}}, "department"),
        ({"class": {"id": "9999"}}, "class"),
        ({"location": {"id": "9999"}}, "location"),
        ({"entity": {"id": "9999"}}, "entity"),
        ({"debit": "187.00"}, "debit"),
        ({"debit": 187.001}, "debit"),
        ({"debit": -187.0}, "debit"),
        ({"line": "one"}, "line"),
    ],
)
def test_wrong_lines(client: Client, body: Callable[..., dict[str, Any]], change: dict[str, Any], path: str) -> None:
    content = body()
    content["line"]["items"][0] |= change
    error = error_of(put(client, eid(), content))
    assert (error["o:errorCode"], error["o:errorPath"]) == ("INVALID_CONTENT", f"line.items[0].{path}")
    assert error["detail"].startswith("Error while accessing a resource. You have entered an Invalid Field Value ")
    assert error["detail"].endswith(f" for the following field: {path}")


@pytest.mark.parametrize("number", ["6070", "6000", "9000", "9100"])
def test_accounts_that_take_no_postings(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]], number: str
) -> None:
    content = body()
    content["line"]["items"][1]["account"] = {"id": str(sandbox.books.account(number).id)}
    assert error_of(put(client, eid(), content))["o:errorPath"] == "line.items[1].account"


def test_an_account_of_another_subsidiary(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]
) -> None:
    content = body()
    content["line"]["items"][0]["account"] = {"id": str(sandbox.books.account("0620").id)}
    assert put(client, eid(), content).status_code == 204
    error = error_of(put(client, eid(), content | {"subsidiary": {"id": "2"}}))
    assert error["o:errorPath"] == "line.items[0].account"


def test_what_does_not_balance(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    content = body()
    content["line"]["items"][0]["debit"] = 186.99
    error = error_of(put(client, eid(), content))
    assert error["o:errorCode"] == "USER_ERROR"
    assert error["detail"].startswith("Transaction was not in balance")
    content["line"]["items"] = content["line"]["items"][:1]
    assert error_of(put(client, eid(), content))["o:errorCode"] == "USER_ERROR"


def test_a_journal_of_many_lines(client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]) -> None:
    debit, credit = sandbox.books.account("6420").id, sandbox.books.account("2250").id
    lines = [{"line": n, "account": {"id": debit}, "debit": 0.1, "department": {"id": "10"}} for n in range(1, 3_001)]
    number = upserted(client, eid(), body(lines=[*lines, {"line": 9_999, "account": {"id": credit}, "credit": 300}]))
    assert len(read(client, number)["line"]["items"]) == 3_001
    total = (
        "SELECT SUM(debit) AS d, SUM(credit) AS c FROM transactionaccountingline "
        "WHERE transaction = ? AND accountingbook = 1"
    )
    assert client.rows(total, number) == [{"d": "300", "c": "300"}]


def test_both_amounts_or_none(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    content = body()
    content["line"]["items"][0]["credit"] = 1
    assert error_of(put(client, eid(), content))["o:errorPath"] == "line.items[0]"
    content = body()
    del content["line"]["items"][0]["debit"]
    assert error_of(put(client, eid(), content))["o:errorCode"] == "USER_ERROR"


def test_closed_periods(client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]) -> None:
    march = sandbox.books.period("Mar 2026").id
    content = body(tranDate="2026-03-05", postingPeriod={"id": str(march)})
    key = eid()
    assert "closed" in error_of(put(client, key, content))["detail"]
    sandbox.books.reopen_period(march)
    number = upserted(client, key, content)
    sandbox.books.close_period(march)
    assert "closed" in error_of(put(client, key, content))["detail"]
    assert "closed" in error_of(client.http.patch(f"{JOURNAL_PATH}/{number}", json={"memo": "x"}))["detail"]
    assert "closed" in error_of(client.http.delete(f"{JOURNAL_PATH}/{number}"))["detail"]


def test_the_subsidiary_stays(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    key = eid()
    put(client, key, body())
    assert error_of(put(client, key, body(subsidiary={"id": "2"})))["o:errorPath"] == "subsidiary"


def test_a_refused_journal_leaves_nothing(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]
) -> None:
    before = sandbox.books.version
    content = body()
    content["line"]["items"][1]["credit"] = 1
    key = eid()
    assert put(client, key, content).status_code == 400
    assert client.http.get(f"{JOURNAL_PATH}/eid:{key}").status_code == 404
    assert sandbox.books.version == before


def test_mandatory_dimensions(client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]) -> None:
    sandbox.switches.mandatory_dimensions = frozenset({"department"})
    error = error_of(put(client, eid(), body()))
    assert error["detail"] == "Please enter value(s) for: Department"
    assert error["o:errorPath"] == "line.items[1].department"
    assert put(client, eid(), body(department={"id": "10"})).status_code == 204


def test_unknown_properties_pass_silently_by_default(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    content = body(nosuch=1)
    answer = client.http.put(f"{JOURNAL_PATH}/eid:{eid()}", json=content)
    assert answer.status_code == 204
    assert "nosuch" in answer.headers["warning"]
    quiet = client.http.put(
        f"{JOURNAL_PATH}/eid:{eid()}", json=content, headers={"X-NetSuite-PropertyNameValidation": "Ignore"}
    )
    assert quiet.status_code == 204
    assert "warning" not in quiet.headers
    odd = client.http.put(
        f"{JOURNAL_PATH}/eid:{eid()}", json=content, headers={"X-NetSuite-PropertyNameValidation": "maybe"}
    )
    assert error_of(odd)["o:errorHeader"] == "X-NetSuite-PropertyNameValidation"


def test_features_make_properties_unknown(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]
) -> None:
    sandbox.switches.features.oneworld = False
    assert error_of(put(client, eid(), body()))["o:errorPath"] == "subsidiary"
    journal = read(client, upserted(client, eid(), body(subsidiary=None)))
    assert "subsidiary" not in journal


def test_asynchronous_requests_are_refused(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    answer = client.http.post(JOURNAL_PATH, json=body(), headers={"Prefer": "respond-async"})
    assert error_of(answer)["o:errorHeader"] == "Prefer"


@pytest.mark.parametrize("params", [{"replace": "item"}, {"expand": "true"}])
def test_unknown_query_parameters(client: Client, body: Callable[..., dict[str, Any]], params: dict[str, str]) -> None:
    assert error_of(put(client, eid(), body(), **params))["o:errorCode"] == "INVALID_PARAMETER"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"line": 3}'])
def test_bodies_that_are_no_journal(client: Client, content: bytes) -> None:
    answer = client.http.post(JOURNAL_PATH, content=content)
    assert error_of(answer)["o:errorCode"] == "INVALID_CONTENT"
