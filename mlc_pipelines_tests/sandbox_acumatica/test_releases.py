"""The release of journals (docs/vendors/acumatica.md, section 8)."""

from __future__ import annotations

from typing import Any

import httpx

from mlc_pipelines_tests.sandbox_acumatica.client import DEFAULT, Client, read, value, wrapped
from mlc_pipelines_tests.sandbox_acumatica.journals import create, line

RELEASE = f"{DEFAULT}/JournalTransaction/ReleaseJournalTransaction"


def entity_of(batch: dict[str, Any]) -> dict[str, Any]:
    return {"entity": wrapped(Module="GL", BatchNbr=value(batch, "BatchNbr"))}


def status_of(client: Client, batch: dict[str, Any]) -> str:
    return value(read(client.get(f"JournalTransaction/GL/{value(batch, 'BatchNbr')}")), "Status")


def test_release(client: Client) -> None:
    batch = create(client)
    client.sandbox.switches.release_polls = 2
    started = client.http.post(RELEASE, json=entity_of(batch))
    assert (started.status_code, started.content) == (202, b"")
    location = started.headers["location"]
    assert location.startswith(f"/AcumaticaERP{RELEASE}/status/")
    url = httpx.URL(client.sandbox.url).join(location)
    # Until it ends, the session can do nothing else with the form, and no other session sees it.
    assert client.get("JournalTransaction").status_code == 500
    assert client.get("Ledger").status_code == 200
    other = Client(client.sandbox)
    assert other.http.get(url).status_code == 404
    assert status_of(other, batch) == "Balanced"
    assert [client.http.get(url).status_code for _ in range(4)] == [202, 202, 204, 204]
    after = read(client.get(f"JournalTransaction/{batch['id']}"))
    assert value(after, "Status") == "Posted"
    assert value(after, "LastModifiedDateTime") > value(batch, "LastModifiedDateTime")
    assert client.http.post(RELEASE, json=entity_of(batch)).status_code == 422
    assert client.put("JournalTransaction", wrapped(Module="GL", BatchNbr=value(batch, "BatchNbr"))).status_code == 422


def test_release_by_id_at_once(client: Client) -> None:
    client.sandbox.switches.release_at_once = True
    batch = create(client)
    assert client.http.post(RELEASE, json={"entity": {"id": batch["id"]}, "parameters": {}}).status_code == 204
    assert status_of(client, batch) == "Posted"


def test_release_posts_later_or_not_at_all(client: Client) -> None:
    switches = client.sandbox.switches
    switches.release_at_once = True
    switches.posting_seconds = 30
    batch = create(client)
    client.http.post(RELEASE, json=entity_of(batch))
    assert status_of(client, batch) == "Unposted"
    client.sandbox.clock.advance(31)
    assert status_of(client, batch) == "Posted"
    switches.auto_post = False
    never = create(client)
    client.http.post(RELEASE, json=entity_of(never))
    client.sandbox.clock.advance(3000)
    assert status_of(Client(client.sandbox), never) == "Unposted"


def test_release_that_fails(client: Client) -> None:
    client.sandbox.switches.release_fails = True
    client.sandbox.switches.release_polls = 0
    client.sandbox.switches.absolute_location = True
    batch = create(client)
    location = client.http.post(RELEASE, json=entity_of(batch)).headers["location"]
    assert location.startswith("http://")
    assert client.failure(client.http.get(location))["exceptionMessage"]
    assert status_of(client, batch) == "Balanced"


def test_a_release_that_nobody_polls_ends_all_the_same(client: Client) -> None:
    client.sandbox.switches.release_polls = 100
    batch = create(client)
    client.http.post(RELEASE, json=entity_of(batch))
    client.sandbox.clock.advance(31)
    assert status_of(client, batch) == "Posted"


def test_what_cannot_be_released(client: Client) -> None:
    held = create(client, Hold=True)
    refused = client.http.post(RELEASE, json=entity_of(held))
    assert refused.status_code == 422
    assert "On Hold" in refused.json()["error"]
    late = create(client)
    client.sandbox.books.close_period("062026")
    assert "closed" in client.http.post(RELEASE, json=entity_of(late)).json()["error"]
    assert client.http.post(RELEASE, json={"entity": wrapped(Module="GL", BatchNbr="GL9")}).status_code == 500
    assert client.http.post(RELEASE, json={}).status_code == 400
    assert client.http.post(f"{DEFAULT}/JournalTransaction/Nonsense", json={}).status_code == 404


def test_approval(client: Client) -> None:
    client.sandbox.switches.require_approval = True
    assert value(create(client), "Status") == "Pending Approval"


def test_a_released_batch_counts(client: Client) -> None:
    client.sandbox.switches.release_at_once = True

    def rent() -> Any:
        rows = client.results("AccountSummaryInquiry", Ledger="STAT", Period="062026")
        return sum(value(row, "DebitTotal") for row in rows if value(row, "Account") == "60000")

    batch = create(client, line(DebitAmount="12.3456"), LedgerID="STAT")
    assert rent() == 0
    client.http.post(RELEASE, json=entity_of(batch))
    assert str(rent()) == "12.3456"
