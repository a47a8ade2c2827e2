"""PUT of journals: lines and external ids (docs/vendors/netsuite.md, section 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mlc_pipelines_tests.sandbox_netsuite.client import JOURNAL_PATH, Client, error_of
from mlc_pipelines_tests.sandbox_netsuite.journals import eid, lines_of, put, read, upserted
from mlc_sandbox.netsuite import NetSuiteSandbox


def test_putting_twice_without_line_numbers_doubles_the_lines(
    client: Client, body: Callable[..., dict[str, Any]]
) -> None:
    content = body()
    for line in content["line"]["items"]:
        line.pop("line", None)
    key = eid()
    first = upserted(client, key, content)
    assert lines_of(client, first) == [(1, 187.0, 0), (2, 0, 187.0)]
    assert upserted(client, key, content) == first
    assert lines_of(client, first) == [(1, 187.0, 0), (2, 0, 187.0), (3, 187.0, 0), (4, 0, 187.0)]


def test_putting_twice_with_line_numbers_or_replace_keeps_the_lines(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]
) -> None:
    content = body()
    key = eid()
    number = upserted(client, key, content, replace="line")
    june = sandbox.books.control(sandbox.books.period("Jun 2026").id)
    for params in ({}, {"replace": "line"}):
        assert upserted(client, key, content, **params) == number
        assert lines_of(client, number) == [(1, 187.0, 0), (2, 0, 187.0)]
    for line in content["line"]["items"]:
        del line["line"]
    put(client, key, content, replace="line")
    assert [amounts[1:] for amounts in lines_of(client, number)] == [(187.0, 0), (0, 187.0)]
    assert sandbox.books.control(sandbox.books.period("Jun 2026").id) == june


def test_keyed_lines_are_updated_and_others_added(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]
) -> None:
    key = eid()
    number = upserted(client, key, body())
    account = {"id": sandbox.books.account("6420").id}
    change = [{"line": 1, "debit": 100}, {"account": account, "debit": 87, "memo": "new"}]
    assert client.http.patch(f"{JOURNAL_PATH}/{number}", json={"line": {"items": change}}).status_code == 204
    assert lines_of(client, number) == [(1, 100.0, 0), (2, 0, 187.0), (3, 87.0, 0)]
    first = read(client, number)["line"]["items"][0]
    assert first["department"]["id"] == "10"
    assert first["account"]["id"] == str(account["id"])


def test_replace_removes_lines_that_the_request_leaves_out(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]
) -> None:
    books = sandbox.books
    key = eid()
    number = upserted(client, key, body())
    change = [{"line": 2, "credit": 50}, {"line": 7, "account": {"id": books.account("6430").id}, "debit": 50}]
    upserted(client, key, {"line": {"items": change}}, replace="line")
    assert lines_of(client, number) == [(2, 0, 50.0), (7, 50.0, 0)]
    assert read(client, number)["memo"] == "Anaplan budget v3"


@pytest.mark.parametrize("line", [None, {"items": None}, {"items": []}])
def test_the_sublist_can_not_be_emptied(client: Client, body: Callable[..., dict[str, Any]], line: object) -> None:
    key = eid()
    number = upserted(client, key, body())
    answer = client.http.patch(f"{JOURNAL_PATH}/{number}", json={"line": line})
    assert error_of(answer)["o:errorCode"] == "USER_ERROR"
    assert len(lines_of(client, number)) == 2


def test_external_ids_are_unique_over_all_types(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]
) -> None:
    key = eid()
    number = upserted(client, key, body())
    again = client.http.post(JOURNAL_PATH, json=body(externalId=key))
    assert again.status_code == 400
    assert "already exists" in error_of(again)["detail"]
    other = upserted(client, eid(), body())
    renamed = client.http.patch(f"{JOURNAL_PATH}/{other}", json={"externalId": key})
    assert "already exists" in error_of(renamed)["detail"]
    row = sandbox.books.cursor().execute(
        "SELECT externalid FROM transaction WHERE type = 'VendBill' AND externalid <> ''"
    )
    of_bill = row.fetchall()[0][0]
    answer = put(client, of_bill, body())
    assert answer.status_code == 400
    assert error_of(answer)["o:errorCode"] == "USER_ERROR"
    assert client.http.get(f"{JOURNAL_PATH}/eid:{of_bill}").status_code == 400
    assert number


def test_external_ids_have_a_narrow_alphabet(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    assert put(client, "a|b", body()).status_code == 400
    assert error_of(client.http.post(JOURNAL_PATH, json=body(externalId="a b")))["o:errorPath"] == "externalId"


def test_the_path_names_the_external_id(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    assert error_of(put(client, eid(), body(externalId=eid())))["o:errorPath"] == "externalId"


def test_put_needs_an_external_id(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    number = upserted(client, eid(), body())
    answer = client.http.put(f"{JOURNAL_PATH}/{number}", json=body())
    assert answer.status_code == 400
