"""Journals as tests enter them."""

from __future__ import annotations

from typing import Any

from mlc_pipelines_tests.sandbox_acumatica.client import Client, read, wrapped


def line(account: str = "60000", sub: str = "100STR", **more: Any) -> dict[str, Any]:
    return wrapped(Account=account, Subaccount=sub, **more)


def journal(*lines: dict[str, Any], **header: Any) -> dict[str, Any]:
    fields = {"Module": "GL", "TransactionDate": "2026-06-10T00:00:00", "Description": "Plan", "Hold": False} | header
    details = list(lines) or [line(DebitAmount=100.25), line("99999", "000000", CreditAmount="100.25")]
    return wrapped(**fields) | {"Details": details}


def create(client: Client, *lines: dict[str, Any], **header: Any) -> dict[str, Any]:
    return read(client.put("JournalTransaction", journal(*lines, **header), expand="Details"))
