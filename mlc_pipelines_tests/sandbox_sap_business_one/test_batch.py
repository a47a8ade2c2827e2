"""Batches (docs/vendors/sap_business_one.md, section 7)."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from mlc_pipelines_tests.sandbox_sap_business_one.conftest import TODAY, client_of, message
from mlc_sandbox.sap_business_one import SapBusinessOneSandbox


def part(request: str, body: Any = None, content_id: str = "") -> str:
    label = f"Content-ID: {content_id}\r\n" if content_id else ""
    head = f"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n{label}\r\n{request}\r\n"
    return f"{head}Content-Type: application/json\r\n\r\n{json.dumps(body)}\r\n" if body else f"{head}\r\n\r\n"


def whole(boundary: str, *parts: str) -> str:
    return "".join(f"--{boundary}\r\n{each}" for each in parts) + f"--{boundary}--\r\n"


def change_set(*parts: str) -> str:
    return f"Content-Type: multipart/mixed;boundary=C\r\n\r\n{whole('C', *parts)}"


def send(client: httpx.Client, text: str) -> httpx.Response:
    return client.post("$batch", content=text.encode(), headers={"Content-Type": "multipart/mixed;boundary=B"})


def entry(**changes: Any) -> dict[str, Any]:
    lines = [{"AccountCode": "5210", "Debit": 1}, {"AccountCode": "2260", "Credit": 1}]
    return {"ReferenceDate": TODAY.isoformat(), "JournalEntryLines": lines} | changes


def test_reads_and_writes_in_order(own: SapBusinessOneSandbox) -> None:
    before = len(own.books.tables["JournalEntries"])
    text = whole(
        "B",
        part("GET /b1s/v1/Dimensions(1)?$select=DimensionName"),
        change_set(part("POST /b1s/v1/JournalEntries", entry(), "1"), part("POST /$1/Cancel", content_id="2")),
    )
    with client_of(own) as client:
        answer = send(client, text)
    assert answer.status_code == 202
    assert answer.headers["content-type"].startswith("multipart/mixed; boundary=batchresponse_")
    statuses = [line for line in answer.text.splitlines() if line.startswith("HTTP/1.1")]
    assert statuses == ["HTTP/1.1 200 OK", "HTTP/1.1 201 Created", "HTTP/1.1 204 No Content"]
    assert '"DimensionName":"Afdeling"' in answer.text
    assert len(own.books.tables["JournalEntries"]) == before + 2


def test_a_change_set_is_all_or_nothing(own: SapBusinessOneSandbox) -> None:
    books = own.books
    before = len(books.tables["JournalEntries"])
    balance = books.tables["ChartOfAccounts"].get("5210")["Balance"]  # type: ignore[index]
    texts = [
        part("PATCH /b1s/v2/JournalEntries(5)", {"Memo": "X"}, "1"),
        part("POST /b1s/v2/JournalEntries", entry(), "2"),
        part("POST /b1s/v2/JournalEntries", entry(Memo=5), "3"),
    ]
    with client_of(own, "v2") as client:
        answer = send(client, whole("B", change_set(*texts), part("GET /b1s/v2/Dimensions")))
    assert answer.status_code == 200
    assert [line for line in answer.text.splitlines() if line.startswith("HTTP/1.1")] == ["HTTP/1.1 400 Bad Request"]
    assert len(books.tables["JournalEntries"]) == before
    assert books.entry(5)["Memo"] != "X"
    assert books.tables["ChartOfAccounts"].get("5210")["Balance"] == balance  # type: ignore[index]


def test_it_stops_at_the_first_failure(v1: httpx.Client) -> None:
    text = whole("B", part("GET /b1s/v1/Dimensions(1)"), part("GET /b1s/v1/Nope"), part("GET /b1s/v1/Dimensions(2)"))
    statuses = [line for line in send(v1, text).text.splitlines() if line.startswith("HTTP/1.1")]
    assert statuses == ["HTTP/1.1 200 OK", "HTTP/1.1 400 Bad Request"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "--B\r\n" + part("GET /b1s/v1/Dimensions"),
        whole("B"),
        whole("B", "Content-Type: text/plain\r\n\r\nGET /b1s/v1/Dimensions\r\n"),
        whole("B", part("FETCH /b1s/v1/Dimensions")),
        whole("B", change_set(part("GET /b1s/v1/Dimensions", content_id="1"))),
    ],
)
def test_what_is_no_batch(v1: httpx.Client, text: str) -> None:
    status, code, said = message(send(v1, text))
    assert (status, code) == (400, "-1000")
    assert "Incomplete Batch Request Body!" in said


def test_v2_wants_content_ids(v2: httpx.Client) -> None:
    text = whole("B", change_set(part("POST /b1s/v2/JournalEntries", entry())))
    assert message(send(v2, text))[:2] == (400, "-1000")


def test_a_batch_that_breaks_off_does_nothing(own: SapBusinessOneSandbox) -> None:
    before = len(own.books.tables["JournalEntries"])
    broken = part("POST /b1s/v1/JournalEntries", entry()), part("FETCH /b1s/v1/Dimensions")
    with client_of(own) as client:
        assert send(client, whole("B", *broken)).status_code == 400
        assert send(client, whole("B", change_set(*broken))).status_code == 400
    assert len(own.books.tables["JournalEntries"]) == before
