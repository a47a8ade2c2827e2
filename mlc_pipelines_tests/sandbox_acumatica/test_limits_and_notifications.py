"""The licence's limits and push notifications (docs/vendors/acumatica.md, sections 12 and 13)."""

from __future__ import annotations

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from mlc_pipelines_tests.sandbox_acumatica.client import Client


def test_every_nth_request_is_declined(client: Client) -> None:
    client.sandbox.switches.decline_every_n = 3
    assert [client.get("Ledger").status_code for _ in range(6)] == [200, 200, 429] * 2


@pytest.mark.parametrize(("shape", "kind"), [("json", "application/json"), ("empty", ""), ("text", "text/plain")])
def test_shapes_of_429(client: Client, shape: Any, kind: str) -> None:
    client.sandbox.switches.declined_as = shape
    client.sandbox.switches.decline_every_n = 1
    answer = client.get("Ledger")
    assert answer.status_code == 429
    assert answer.headers.get("content-type", "").startswith(kind)
    assert "retry-after" not in answer.headers


def test_above_half_of_a_minutes_requests_each_is_held_back(client: Client) -> None:
    client.sandbox.switches.rpm = 10
    client.sandbox.switches.delay_factor = 0
    assert [client.get("Ledger").status_code for _ in range(11)] == [200] * 10 + [429]
    delays = client.sandbox.gate.delays
    assert len(delays) == 5
    assert delays == sorted(delays)
    client.sandbox.clock.advance(61)
    assert client.get("Ledger").status_code == 200


def test_requests_wait_in_a_queue_and_are_declined_when_it_is_full(client: Client) -> None:
    client.sandbox.switches.max_concurrent = 1
    client.sandbox.switches.queue_len = 2
    headers = dict(client.http.headers)

    def ask(_: int) -> int:
        return httpx.get(
            f"{client.sandbox.url}/entity/Default/24.200.001/Bill", headers=headers, timeout=30
        ).status_code

    with client.sandbox.books.lock, ThreadPoolExecutor(6) as pool:
        # The books are held, so nothing that was let in can end.
        waiting = [pool.submit(ask, number) for number in range(6)]
        while sum(future.done() for future in waiting) < 3:
            pass
        declined = Counter(future.result() for future in waiting if future.done())
        client.sandbox.books.lock.release()
        answers = Counter(future.result() for future in waiting)
        client.sandbox.books.lock.acquire()
    assert declined == {429: 3}
    assert answers == {429: 3, 200: 3}
    assert client.sandbox.gate.most_at_once == 1


class _Receiver(BaseHTTPRequestHandler):
    received: list[tuple[dict[str, str], dict[str, Any]]]
    statuses: list[int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.received.append(({key.lower(): value for key, value in self.headers.items()}, json.loads(body)))
        self.send_response(self.statuses.pop(0))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        pass


def test_a_notification_is_sent_again_until_it_is_taken(client: Client) -> None:
    receiver = type("Receiver", (_Receiver,), {"received": [], "statuses": [503, 500, 202]})
    with HTTPServer(("127.0.0.1", 0), receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        statuses = client.sandbox.notify(
            f"http://127.0.0.1:{server.server_port}/hook",
            query="Batches",
            inserted=[{"BatchNbr": "GL000001", "Status": "Posted"}],
            deleted=[{"BatchNbr": "GL000001", "Status": "Balanced"}],
            header=("X-Secret", "s3"),
        )
        server.shutdown()
    assert statuses == [503, 500, 202]
    headers, body = receiver.received[0]
    assert headers["x-secret"] == "s3"
    assert set(body) == {"Inserted", "Deleted", "Query", "CompanyId", "Id", "TimeStamp", "AdditionalInfo"}
    assert body["CompanyId"] == client.sandbox.tenant
    assert 639171000000000000 < body["TimeStamp"] < 639172000000000000
    assert len({sent["Id"] for _, sent in receiver.received}) == 1
