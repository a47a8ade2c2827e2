"""Transactional reads and writes: docs/vendors/anaplan.md, sections 4, 7 and 8."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from mlc_pipelines_tests.sandbox_anaplan.conftest import ACTUALS_HEADER, READER, Api
from mlc_sandbox.anaplan import AnaplanSandbox


def post(api: Api, name: str, action: str, *entries: dict[str, Any]) -> dict[str, Any]:
    answer = api("POST", f"/lists/{api.id_of('lists', name)}/items?action={action}", json={"items": entries})
    assert answer.status_code == 200, answer.text
    return answer.json()


def put(api: Api, *entries: dict[str, Any]) -> dict[str, Any]:
    return api("PUT", f"/lists/{api.id_of('lists', 'Accounts')}/items", json={"items": entries}).json()


def refused(body: dict[str, Any]) -> list[tuple[int, str]]:
    return [(entry["requestIndex"], entry["failureType"]) for entry in body.get("failures", [])]


def test_add(sandbox: AnaplanSandbox, api: Api) -> None:
    body = post(
        api,
        "Accounts",
        "add",
        {
            "name": "Bank",
            "code": "1100",
            "parent": "A",
            "properties": {"Rate": "0.5", "Obsolete": True},
            "subsets": {"Tradeable": True},
        },
        {"name": "Bank", "code": "1200"},
        {"name": "Other bank", "code": "1100"},
        {"code": "1300"},
        {"name": "Loan", "code": "1400", "parent": "Nowhere"},
        {"name": "Loan", "code": "1400", "properties": {"Rate": "high"}},
        {"name": "Loan", "code": "1400", "properties": {"Colour": "red"}},
    )
    assert (body["added"], body["ignored"], body["total"]) == (1, 6, 7)
    assert refused(body) == [
        (1, "DUPLICATE"),
        (2, "DUPLICATE"),
        (3, "INCOMPLETE_DATA"),
        (4, "INCORRECT_FORMAT"),
        (5, "INCORRECT_FORMAT"),
        (6, "INCORRECT_FORMAT"),
    ]
    assert "column name:Rate, value:high" in body["failures"][4]["failureMessageDetails"]
    bank = sandbox.model("Group Planning").list("Accounts").members["1100"]
    assert (bank.name, bank.parent, bank.properties) == ("Bank", "A", {"Rate": "0.5", "Obsolete": "true"})
    assert "failures" not in post(api, "Accounts", "add", {"name": "Loan"})


def test_numbered_lists_take_no_name(sandbox: AnaplanSandbox, api: Api) -> None:
    body = post(api, "Notes", "add", {"code": "N1", "properties": {"Text": "x"}}, {"name": "n"}, {})
    assert (body["added"], refused(body)) == (2, [(1, "INVALID_DATA")])
    assert [member.name for member in sandbox.model("Group Planning").list("Notes").members.values()] == ["#1", "#2"]


def test_update(sandbox: AnaplanSandbox, api: Api) -> None:
    post(api, "Accounts", "add", {"name": "Plain"})
    ids = {member.name: member.id for member in sandbox.model("Group Planning").list("Accounts").members.values()}
    body = put(
        api,
        {"code": "1000", "name": "Petty cash", "parent": "E"},
        {"id": ids["Travel"], "code": "6001"},
        {"name": "Plain", "code": "7000"},
        {"name": "Petty cash", "properties": {"Type": "x"}},
        {"code": "6001", "name": "Plain"},
        {"code": "nothing"},
        {"code": "zzz", "name": "Petty cash"},
    )
    assert (body["updated"], body["ignored"]) == (3, 4)
    assert "failures" not in body, "an update tells by `ignored` alone"
    members = sandbox.model("Group Planning").list("Accounts").members
    assert {code: (entry.name, entry.parent) for code, entry in members.items()} == {
        "1000": ("Petty cash", "E"),
        "6001": ("Travel", "E"),
        "7000": ("Plain", ""),
    }
    before = sandbox.model("Group Planning").changes
    put(api, {"code": "1000", "name": "Petty cash"})
    assert sandbox.model("Group Planning").changes == before


def test_delete(sandbox: AnaplanSandbox, api: Api) -> None:
    api.run("imports", "Load Actuals", ACTUALS_HEADER + "1000,D1,Jan 26,1,,,,\n6000,D1,Jan 26,2,,,,\n")
    entries = ({"code": "1000"}, {"id": "208000000000000"}, {"code": "no"}, {"id": "1", "code": "6000"})
    body = post(api, "Accounts", "delete", *entries)["result"]
    kinds = [(1, "Not found"), (2, "Not found"), (3, "Ambiguous criteria")]
    assert (body["numberOfItemsDeleted"], refused(body)) == (1, kinds)
    sandbox.delete_failures_on_top = True
    body = post(api, "Accounts", "delete", {"code": "1000"})
    assert (body["deleted"], refused(body)) == (0, [(0, "Not found")])
    assert list(sandbox.model("Group Planning").module("GL").cells.values()) == [Decimal(2)]
    post(api, "Groups", "delete", {"code": "E"})
    assert sandbox.model("Group Planning").list("Accounts").members["6000"].parent == ""


def test_list_writes_that_are_refused_as_a_whole(sandbox: AnaplanSandbox, api: Api) -> None:
    path = f"/lists/{api.id_of('lists', 'Accounts')}/items"
    one = {"items": [{"name": "x", "code": "x"}]}
    assert api("POST", f"{path}?action=change", json=one).status_code == 400
    assert api("POST", f"{path}?action=add", json={"items": []}).status_code == 400
    too_many = {"items": [{"code": "x"}] * 100_001}
    assert api("POST", f"{path}?action=add", json=too_many).status_code == 400
    assert Api(sandbox, READER)("POST", f"{path}?action=add", json=one).status_code == 403

    sandbox.model("Group Planning").active_state = "PRODUCTION"
    assert api("POST", f"{path}?action=add", json=one).status_code == 425
    assert api("PUT", path, json={"items": [{"code": "1000", "name": "y"}]}).status_code == 200
    assert post(api, "Empty", "add", {"name": "x"})["added"] == 1


def test_reset_index_needs_an_empty_list(api: Api) -> None:
    assert api("POST", f"/lists/{api.id_of('lists', 'Accounts')}/resetIndex").status_code == 400
    assert api("POST", f"/lists/{api.id_of('lists', 'Empty')}/resetIndex").status_code == 200


def cell(value: Any, account: str = "1000", line_item: str = "Amount", **changes: Any) -> dict[str, Any]:
    return {
        "lineItemName": line_item,
        "dimensions": [
            {"dimensionName": "Accounts", "itemCode": account},
            {"dimensionName": "Departments", "itemName": "Sales"},
            {"dimensionId": "20000000003", "itemName": "Jan 26"},
            {"dimensionName": "Versions", "itemId": "107000000001"},
        ],
        "value": value,
        **changes,
    }


def test_cells(sandbox: AnaplanSandbox, api: Api) -> None:
    path = f"/2/0/models/{sandbox.model('Group Planning').id}/modules/{api.id_of('modules', 'GL')}/data"
    amount_id = api("GET", "/lineItems").json()["items"][0]["id"]
    exact = {"lineItemId": amount_id, **cell(12345)}
    del exact["lineItemName"]
    exact["dimensions"][2]["itemName"] = "Feb 26"
    body = api(
        "POST",
        path,
        content=json.dumps([exact]).replace("12345", "9007199254740993.93").encode(),
        headers={"Content-Type": "application/json"},
    ).json()
    assert body == {"numberOfCellsChanged": 1, "failures": []}
    entries = [
        cell(1.5),
        cell(1, account="9999"),
        cell(1, line_item="Colour"),
        cell(1, line_item="Doubled"),
        cell(True, line_item="Approved"),
        cell("noted", line_item="Comment"),
        cell("2026-13-01", line_item="Checked"),
        cell(1, dimensions=[*cell(1)["dimensions"][::2], *cell(1)["dimensions"][3:]]),
        cell(1e30),
    ]
    entries[-2]["dimensions"].append({"dimensionName": "Departments", "itemCode": "ALL"})
    body = api("POST", path, json=entries).json()
    assert body["numberOfCellsChanged"] == 3
    assert refused(body) == [
        (1, "cellIsInvalid"),
        (2, "cellIsInvalid"),
        (3, "cellIsCalculated"),
        (6, "cellIsInvalid"),
        (7, "cellIsCalculated"),
        (8, "cellIsInvalid"),
    ]
    assert sandbox.model("Group Planning").module("GL").cells == {
        ("1000", "D1", "Jan 26", "Actual", "Amount"): Decimal("1.5"),
        ("1000", "D1", "Feb 26", "Actual", "Amount"): Decimal("9007199254740993.93"),
        ("1000", "D1", "Jan 26", "Actual", "Comment"): "noted",
        ("1000", "D1", "Jan 26", "Actual", "Approved"): True,
    }
    for wrong, kind in (
        (cell("1.5"), "incorrectType"),
        (cell("perhaps", line_item="Approved"), "incorrectType"),
        (cell(None), "incorrectType"),
        (cell(1, dimensions=[{"dimensionName": "Accounts", "itemCode": "1000"}]), "missingField"),
    ):
        answer = api("POST", path, json=[cell(7), wrong])
        assert (answer.status_code, kind in answer.text) == (400, True)
    assert api("POST", path, json=[cell(1.50)]).json()["numberOfCellsChanged"] == 0, "they wrote nothing"
    assert api("POST", path, json=[cell(1)] * 100_001).status_code == 400
    assert api("POST", path, json={"value": 1}).status_code == 400
    assert Api(sandbox, READER)("POST", path, json=[cell(1)]).status_code == 403


@pytest.fixture
def view_id(api: Api) -> str:
    api.run("imports", "Load Actuals", ACTUALS_HEADER + "1000,D1,Jan 26,1.5,,,,\n6000,D1,Mar 26,-2,text,,,\n")
    gl = api.id_of("modules", "GL")
    return api("GET", f"/modules/{gl}/views").json()["views"][1]["id"]


def test_view_cells(api: Api, view_id: str) -> None:
    json_header = {"Accept": "application/json"}
    grid = api("GET", f"/views/{view_id}/data?format=v1", headers=json_header).json()
    assert grid == {
        "pages": ["Sales", "Actual", "Amount"],
        "columnCoordinates": [["Jan 26"], ["Feb 26"], ["Mar 26"]],
        "rows": [
            {"rowCoordinates": ["Cash"], "cells": ["1.5", "0", "0"]},
            {"rowCoordinates": ["Travel"], "cells": ["0", "0", "-2"]},
        ],
    }
    as_csv = api("GET", f"/views/{view_id}/data", headers=json_header)
    assert as_csv.headers["content-type"].startswith("text/csv")
    assert as_csv.text.splitlines()[0] == "Sales,Actual,Amount"
    budget = api("GET", "/versions").json()["versionMetadata"][1]["id"]
    comment = api("GET", "/lineItems").json()["items"][1]["id"]
    path = f"/views/{view_id}/data?format=v1&pages=20000000020:{budget},101999999999:{comment}"
    other = api("GET", path, headers=json_header).json()
    assert other["pages"] == ["Sales", "Budget", "Comment"]
    assert other["rows"][0]["cells"] == ["", "", ""]
    for wrong in ("20000000003:1", "20000000020:1", "101999999999:1", "nonsense"):
        assert api("GET", f"/views/{view_id}/data?pages={wrong}").status_code == 400
    assert api("GET", "/views/207000000099/data").status_code == 404


def test_read_requests(sandbox: AnaplanSandbox, api: Api, view_id: str) -> None:
    sandbox.read_page_rows = 1
    sandbox.task_seconds = 60
    path = f"/views/{view_id}/readRequests"

    def begin(kind: str) -> httpx.Response:
        return api("POST", path, json={"exportType": kind})

    started = begin("TABULAR_MULTI_COLUMN").json()["viewReadRequest"]
    assert (started["requestState"], started["availablePages"]) == ("IN_PROGRESS", 0)
    one = f"{path}/{started['requestId']}"
    assert api("GET", f"{one}/pages/0").status_code == 404
    sandbox.clock.advance(60)
    done = api("GET", one).json()["viewReadRequest"]
    assert (done["requestState"], done["successful"], done["availablePages"]) == ("COMPLETE", True, 2)
    pages = [api("GET", f"{one}/pages/{number}").text for number in range(2)]
    assert "".join(pages).splitlines() == [
        "Accounts,Departments,Time,Versions,Amount,Comment,Approved,Checked,Doubled",
        '"Cash","Sales","Jan 26","Actual","1.5","","false","","0"',
        '"Travel","Sales","Mar 26","Actual","-2","text","false","","0"',
    ]
    assert api("GET", f"{one}/pages/2").status_code == 404
    assert api("DELETE", one).json()["viewReadRequest"]["requestState"] == "CANCELLED"
    assert api("GET", one).status_code == 404
    assert begin("TABULAR_SINGLE_COLUMN").status_code == begin("GRID_ALL_PAGES").status_code == 200
    assert begin("PDF").status_code == 400
    forgotten = begin("GRID_ALL_PAGES").json()["viewReadRequest"]["requestId"]
    sandbox.clock.advance(31 * 60)
    assert api("GET", f"{path}/{forgotten}").status_code == 404
