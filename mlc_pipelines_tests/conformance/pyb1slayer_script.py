"""Drives the sandbox with the PyPI package pyb1slayer; run by test_pyb1slayer.py in an environment that has it.

The package reads a body where there is none (204), and its own `post_batch` sends no body; so vouchers and batches are
sent by its parts: the body made by its builder, the bytes by its HTTP client
(docs/vendors/sap_business_one.md, section 9). Prints one JSON object: what the package saw.
"""

# pyright: reportMissingImports=false
# It runs in an environment of its own, which has what it imports.

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from pyb1slayer.batch import SLBatchRequest, build_batch_with_changeset
from pyb1slayer.connection import SLConnection
from pyb1slayer.exceptions import SLAuthError, SLRequestError


async def failure(call: Any) -> str:
    try:
        await call
    except (SLAuthError, SLRequestError) as error:
        return f"{type(error).__name__}: {error}"
    raise AssertionError("no error")


async def pages(connection: SLConnection) -> list[int]:
    """All journal entries by the links that the server gives."""
    found: list[int] = []
    page: dict[str, Any] = {"odata.nextLink": "/JournalEntries?$select=JdtNum&$orderby=JdtNum"}
    while link := page.get("odata.nextLink"):
        page = await connection._make_request("GET", link.removeprefix("/b1s/v1"))
        found += [row["JdtNum"] for row in page["value"]]
    return found


async def batched(connection: SLConnection, url: str, entry: dict[str, Any]) -> tuple[int, str]:
    body, boundary = build_batch_with_changeset(
        [SLBatchRequest("GET", "Dimensions(1)")],
        [SLBatchRequest("POST", "JournalEntries", entry, content_id="1")],
        f"{url}/b1s/v1",
    )
    headers = {**connection._build_headers(), "Content-Type": f"multipart/mixed; boundary={boundary}"}
    answer = await connection._client.post(f"{url}/b1s/v1/$batch", content=body.encode(), headers=headers)
    return answer.status_code, answer.text


async def see(asked: dict[str, Any]) -> dict[str, Any]:
    url = asked["url"]
    entry = {"ReferenceDate": asked["day"], "Reference3": "CONFORM", "JournalEntryLines": asked["lines"]}
    login = (asked["company"], asked["user"], asked["password"])
    async with SLConnection(f"{url}/b1s/v1", *login, retry_backoff_factor=0.0) as connection:
        entries = connection.request("JournalEntries")
        may = (
            await entries.select("JdtNum,ReferenceDate,Memo,JournalEntryLines")
            .filter("ReferenceDate ge '2026-05-01' and ReferenceDate le '2026-05-31'")
            .orderby("JdtNum asc")
            .with_page_size(7)
            .inlinecount()
            .get()
        )
        first_session = connection._session_id
        await connection._client.post(f"{url}/b1s/v1/Logout", headers=connection._build_headers())
        suppliers = connection.request("BusinessPartners").select("CardCode").filter("cardname eq 1")
        searched = connection.request("BusinessPartners").filter("CardName eq 'fiskehuset ærø'")
        sums = connection.request("Invoices").apply("groupby((Cancelled),aggregate(DocTotal with sum as Total))")
        created = await connection.request("JournalEntries").post(entry)
        status, answers = await batched(connection, url, entry)
        parked = await connection._client.post(
            f"{url}/b1s/v1/JournalVouchersService_Add",
            json={"JournalVoucher": {"JournalEntry": entry}},
            headers=connection._build_headers(),
        )
        seen = {
            "may": [row["JdtNum"] for row in may["value"]],
            "may_count": may["odata.count"],
            "lines": len(may["value"][0]["JournalEntryLines"]),
            "pages": await pages(connection),
            "logged_in_again": connection._session_id != first_session,
            "account": (await connection.request("ChartOfAccounts", "4140").get())["Name"],
            "rule": (await connection.request("DistributionRules", "KØL-5050").get())["InWhichDimension"],
            "searched": len((await searched.case_insensitive().get())["value"]),
            "totals": {row["Cancelled"]: row["Total"] for row in (await sums.get())["value"]},
            "created": created["JournalEntryLines"][0]["Debit"],
            "batch": [status, answers.count("HTTP/1.1 200 OK"), answers.count("HTTP/1.1 201 Created")],
            "parked": [parked.status_code, parked.text],
            "ping": (await connection.ping()).sender,
            "unknown_property": await failure(suppliers.get()),
            "unknown_entry": await failure(connection.request("JournalEntries", 999_999).get()),
            "unbalanced": await failure(
                connection.request("JournalEntries").post({**entry, "JournalEntryLines": asked["lines"][:1]})
            ),
        }
    stranger = SLConnection(f"{url}/b1s/v1", asked["company"], asked["user"], "wrong")
    seen["bad_login"] = await failure(stranger.login())
    return seen


sys.stdout.write(json.dumps(asyncio.run(see(json.load(sys.stdin)))))
