"""Journals (docs/vendors/acumatica.md, sections 8 and 10)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mlc_pipelines_tests.sandbox_acumatica.client import DEFAULT, Client, read, value, wrapped
from mlc_pipelines_tests.sandbox_acumatica.journals import create, journal, line
from mlc_sandbox.serving import Fault, drop_answer


def test_create(client: Client) -> None:
    made = create(client)
    assert value(made, "BatchNbr").startswith("GL")
    assert value(made, "Status") == "Balanced"
    assert (value(made, "PostPeriod"), value(made, "LedgerID"), value(made, "BranchID")) == (
        "062026", "ACTUAL", "HEADOFFICE",
    )  # fmt: skip
    assert [(value(row, "LineNbr"), str(value(row, "DebitAmount"))) for row in made["Details"]] == [
        (1, "100.25"), (2, "0.00"),
    ]  # fmt: skip
    assert read(client.get(f"JournalTransaction/{made['id']}", expand="Details"))["Details"] == made["Details"]


def test_a_new_batch_is_on_hold_unless_it_says_otherwise(client: Client) -> None:
    body = journal(line(DebitAmount=1))
    del body["Hold"]
    held = read(client.put("JournalTransaction", body))
    assert value(held, "Status") == "On Hold"
    client.sandbox.switches.hold_by_default = False
    assert client.put("JournalTransaction", body).status_code == 422


def test_nothing_is_expanded_unless_asked_for(client: Client) -> None:
    assert read(client.put("JournalTransaction", journal()))["Details"] == []


def test_period_and_business_date(client: Client) -> None:
    assert value(create(client, PostPeriod="07-2026"), "PostPeriod") == "072026"
    body = journal()
    del body["TransactionDate"]
    headers = {"PX-CbApiBusinessDate": "2026-06-30", "PX-CbApiBranch": "NORDIC"}
    made = read(client.put("JournalTransaction", body, headers=headers))
    assert value(made, "TransactionDate").startswith("2026-06-30")
    assert value(made, "BranchID") == "NORDIC"


@pytest.mark.parametrize(
    ("lines", "header", "path", "message"),
    [
        ([line("00000", DebitAmount=1)], {}, "Details/0/Account", "'Account' cannot be found in the system."),
        ([line("64900", DebitAmount=1)], {}, "Details/0/Account", "inactive"),
        ([line("33000", DebitAmount=1)], {}, "Details/0/Account", "YTD Net Income"),
        ([line(sub="999999", DebitAmount=1)], {}, "Details/0/Subaccount", "cannot be found"),
        ([line(sub="200TAX", DebitAmount=1)], {}, "Details/0/Subaccount", "inactive"),
        ([wrapped(Account="60000", DebitAmount=1)], {}, "Details/0/Subaccount", "cannot be empty"),
        ([line(DebitAmount=1, CreditAmount=1)], {}, "Details/0/CreditAmount", "both"),
        ([line(), line(Project="TES2323T")], {}, "Details/1/Project", "Project 'TES2323T  ' cannot be found"),
        ([line(ReferenceNbr="x" * 16)], {}, "Details/0/ReferenceNbr", "longer than 15"),
        ([], {"PostPeriod": "052026"}, "PostPeriod", "05-2026 financial period is closed"),
        ([], {"PostPeriod": "992026"}, "PostPeriod", "cannot be found"),
        ([], {"TransactionDate": "2031-01-01"}, "TransactionDate", "does not exist"),
        ([], {"LedgerID": "NOPE"}, "LedgerID", "cannot be found"),
        ([], {"LedgerID": "BUDGET"}, "LedgerID", "You cannot enter journal transactions to a budget ledger"),
        ([], {"BranchID": "OLDTOWN"}, "BranchID", "inactive"),
        ([], {"CurrencyID": "XXX"}, "CurrencyID", "cannot be found"),
        ([], {"Module": "AP"}, "Module", "GL module only"),
        ([], {"Description": "x" * 513}, "Description", "longer than 512"),
    ],
)
def test_refused(client: Client, lines: list[Any], header: dict[str, Any], path: str, message: str) -> None:
    before = len(client.sandbox.books.ledger)
    refused = client.put("JournalTransaction", journal(*lines, **({"Hold": True} | header)))
    assert refused.status_code == 422
    where = refused.json()
    assert where["error"].startswith("Inserting  'GL Batch' record raised at least one error.")
    assert where["BatchNbr"]["value"] == "<NEW>"
    for step in path.split("/"):
        where = where[int(step)] if isinstance(where, list) else where[step]
    assert message in where["error"]
    assert len(client.sandbox.books.ledger) == before


def test_shapes_of_refusals(client: Client) -> None:
    body = journal(PostPeriod="052026")
    client.sandbox.switches.validation_shape = "exception"
    failure = client.failure(client.put("JournalTransaction", body))
    assert failure["exceptionType"] == "PX.Api.ContractBased.OutcomeEntityHasErrorsException"
    client.sandbox.switches.validation_shape = "mixed"
    mixed = client.failure(client.put("JournalTransaction", body), 422)
    assert mixed["exceptionMessage"]
    assert mixed["PostPeriod"]["error"]


def test_balance(client: Client) -> None:
    one_sided = journal(line(DebitAmount=5))
    refused = client.put("JournalTransaction", one_sided)
    assert refused.status_code == 422
    assert "The batch is not balanced. Review the debit and credit amounts." in refused.json()["error"]
    assert value(create(client, line(DebitAmount=5), Hold=True), "Status") == "On Hold"
    assert value(create(client, line(DebitAmount=5), LedgerID="STAT"), "Status") == "Balanced"


def test_malformed_bodies(client: Client) -> None:
    headers = {"content-type": "application/json"}
    path = f"{DEFAULT}/JournalTransaction"
    assert client.http.put(path, content=b"{", headers=headers).status_code == 400
    assert client.put("JournalTransaction", journal(line(DebitAmount="much"))).status_code == 400
    assert client.put("JournalTransaction", journal(TransactionDate="soon")).status_code == 400
    assert client.put("JournalTransaction", journal(Hold="no")).status_code == 400
    assert client.put("JournalTransaction", journal(Nonsense=1)).status_code == 500
    assert client.put("JournalTransaction", journal() | {"Details": {}}).status_code == 400


def test_lines_without_id_are_appended_each_time(client: Client) -> None:
    held = create(client, line(DebitAmount=1), Hold=True)
    chunk = wrapped(Module="GL", BatchNbr=value(held, "BatchNbr")) | {"Details": [line(DebitAmount=2)]}
    client.put("JournalTransaction", chunk)
    again = read(client.put("JournalTransaction", chunk, expand="Details"))
    assert [float(value(row, "DebitAmount")) for row in again["Details"]] == [1, 2, 2]


def test_lines_are_changed_and_deleted_by_id_or_number(client: Client) -> None:
    held = create(client, line(DebitAmount=1), line(DebitAmount=2), line(DebitAmount=3), Hold=True)
    keys = wrapped(Module="GL", BatchNbr=value(held, "BatchNbr"))
    changes = [
        {"id": held["Details"][0]["id"], "delete": True},
        wrapped(LineNbr=2, DebitAmount=20),
        {"id": held["Details"][2]["id"], "TransactionDescription": {"value": "ß"}},
    ]
    after = read(client.put("JournalTransaction", keys | {"Details": changes}, expand="Details"))["Details"]
    assert [(value(row, "LineNbr"), float(value(row, "DebitAmount"))) for row in after] == [(2, 20), (3, 3)]
    assert value(after[1], "TransactionDescription") == "ß"


def test_put_changes_by_keys_by_id_and_by_filter(client: Client) -> None:
    held = create(client, Description="[AP:1] one", Hold=True)
    by_id = read(client.put("JournalTransaction", {"id": held["id"]} | wrapped(Hold=False)))
    assert (value(by_id, "BatchNbr"), value(by_id, "Status")) == (value(held, "BatchNbr"), "Balanced")
    assert value(by_id, "LastModifiedDateTime") > value(held, "LastModifiedDateTime")
    by_filter = client.put(
        "JournalTransaction", wrapped(Description="[AP:1] two"), filter="startswith(Description,'[AP:1]')"
    )
    assert read(by_filter)["id"] == held["id"]
    many = client.put("JournalTransaction", wrapped(Description="x"), filter="Module eq 'GL'")
    assert many.status_code == 500
    inserted = read(client.put("JournalTransaction", journal(), filter="Description eq 'nothing like it'"))
    assert inserted["id"] != held["id"]


def test_preconditions(client: Client) -> None:
    made = create(client)
    keys = wrapped(Module="GL", BatchNbr=value(made, "BatchNbr"))
    assert client.put("JournalTransaction", keys, headers={"If-None-Match": "*"}).status_code == 412
    assert client.put("JournalTransaction", journal(), headers={"If-Match": "*"}).status_code == 412
    # They protect no create, for the number is given by the server.
    assert client.put("JournalTransaction", journal(), headers={"If-None-Match": "*"}).status_code == 200


def test_patch(client: Client) -> None:
    made = create(client)
    keys = wrapped(Module="GL", BatchNbr=value(made, "BatchNbr"), Description="other")
    path = f"{DEFAULT}/JournalTransaction"
    assert value(client.http.patch(path, json=keys).json(), "Description") == "other"
    assert client.http.patch(path, json=wrapped(Module="GL", BatchNbr="GL999999")).status_code == 404


def test_delete(client: Client) -> None:
    made = create(client)
    path = f"{DEFAULT}/JournalTransaction/GL/{value(made, 'BatchNbr')}"
    assert client.http.delete(path).status_code == 204
    assert client.http.delete(path).status_code == 500
    posted = client.sandbox.books.batches("062026")[0]
    assert client.http.delete(f"{DEFAULT}/JournalTransaction/{posted.id}").status_code == 500


def test_a_custom_field_for_the_key(client: Client) -> None:
    custom = {"BatchModule": {"UsrExtRef": {"type": "CustomStringField", "value": "k-1"}}}
    made = read(client.put("JournalTransaction", journal() | {"custom": custom}))
    found = read(client.get("JournalTransaction", filter="cf.String(f='BatchModule.UsrExtRef') eq 'k-1'"))
    assert [row["id"] for row in found] == [made["id"]]
    unknown = {"BatchModule": {"UsrNope": {"type": "CustomStringField", "value": "k"}}}
    assert client.put("JournalTransaction", journal() | {"custom": unknown}).status_code == 500


def test_a_lost_answer_leaves_the_journal_behind(client: Client) -> None:
    client.sandbox.faults.add(Fault("PUT", "/JournalTransaction$", drop_answer))
    with pytest.raises(httpx.RemoteProtocolError):
        client.put("JournalTransaction", journal(Description="[AP:77] lost"))
    found = read(client.get("JournalTransaction", filter="startswith(Description,'[AP:77]')"))
    assert len(found) == 1
