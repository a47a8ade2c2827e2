"""Common conventions and discovery: docs/vendors/anaplan.md, sections 3 and 4."""

from __future__ import annotations

from typing import Any

import pytest

from mlc_pipelines_tests.sandbox_anaplan.conftest import (
    MODEL,
    OTHER_MODEL,
    OUTSIDER,
    ROBOT,
    WORKSPACE,
    Api,
)
from mlc_sandbox.anaplan import AnaplanSandbox

LISTS = {
    "imports": "112",
    "exports": "116",
    "actions": "117",
    "processes": "118",
    "lists": "101",
    "modules": "102",
}


def test_envelope_and_ids(api: Api) -> None:
    for kind, prefix in LISTS.items():
        body = api("GET", f"/{kind}").json()
        assert body["status"] == {"code": 200, "message": "Success"}
        assert f"/2/0/models/{MODEL}/objects/" in body["meta"]["schema"]
        entries = body[kind]
        assert body["meta"]["paging"] == {"currentPageSize": len(entries), "totalSize": len(entries), "offset": 0}
        assert all(isinstance(entry["id"], str) and entry["id"].startswith(prefix) for entry in entries)
    assert [entry["id"][:3] for entry in api("GET", "/files").json()["files"]] == ["113"] * 6 + ["116"] * 3


def test_pages(api: Api) -> None:
    first = api("GET", "/imports?limit=3").json()
    assert [len(first["imports"]), first["meta"]["paging"]["totalSize"]] == [3, 7]
    assert "previous" not in first["meta"]["paging"]
    second = api("GET", first["meta"]["paging"]["next"].partition(api.sandbox.url)[2]).json()
    assert second["meta"]["paging"]["offset"] == 3
    assert "previous" in second["meta"]["paging"]
    third = api("GET", "/imports?limit=3&offset=6").json()
    assert (len(third["imports"]), "next" in third["meta"]["paging"]) == (1, False)
    beyond = api("GET", "/imports?offset=7").json()
    assert "imports" not in beyond
    assert beyond["meta"]["paging"] == {
        "currentPageSize": 0,
        "totalSize": 7,
        "offset": 7,
        "previous": beyond["meta"]["paging"]["previous"],
    }
    api.sandbox.page_cap = 2
    assert len(api("GET", "/imports?limit=5000").json()["imports"]) == 2
    for wrong in ("offset=-1", "limit=0", "limit=many"):
        assert api("GET", f"/imports?{wrong}").status_code == 400


def test_empty_collections_omit_their_key(api: Api) -> None:
    body = api("GET", f"/2/0/models/{OTHER_MODEL}/imports").json()
    assert "imports" not in body
    assert body["meta"]["paging"]["totalSize"] == 0
    empty = api.id_of("lists", "Empty")
    assert "listItems" not in api("GET", f"/lists/{empty}/items").json()


def test_sort(api: Api) -> None:
    def names(query: str) -> list[str]:
        return [entry["name"] for entry in api("GET", f"/2/0/models?{query}").json()["models"]]

    assert names("sort=%2Bname") == ["Another", "Group Planning"]
    assert names("sort=-name") == ["Group Planning", "Another"]
    for wrong in ("sort=name", "sort=%2Bcolour", "sort=+name"):
        assert api("GET", f"/2/0/models?{wrong}").status_code == 400
    assert api("GET", "/imports?sort=%2Bcolour").status_code == 200


def test_both_url_forms_and_a_trailing_slash(api: Api) -> None:
    expected = api("GET", "/imports").json()["imports"]
    assert api("GET", "/imports/").json()["imports"] == expected
    assert api("GET", f"/2/0/models/{MODEL}/imports").json()["imports"] == expected


@pytest.mark.parametrize(
    "path",
    [
        f"/2/0/models/{MODEL.lower()}/imports",
        f"/2/0/workspaces/{WORKSPACE.upper()}/models/{MODEL}/imports",
        f"/2/0/workspaces/{WORKSPACE}/models/{'0' * 32}/imports",
        f"/2/0/workspaces/{'0' * 32}/models",
        f"/2/0/models/{'0' * 32}",
        f"/2/0/models/{MODEL}/imports/112000000099",
        f"/2/0/models/{MODEL}/nothing",
    ],
)
def test_404_says_so_in_the_envelope(api: Api, path: str) -> None:
    answer = api("GET", path)
    body = answer.json()
    assert answer.status_code == 404
    assert body["status"] == {"code": 404, "message": "Not Found"}
    assert body["path"] == path
    assert body["timestamp"].endswith("Z")


def test_a_model_without_access_is_404_but_visible(sandbox: AnaplanSandbox) -> None:
    outsider = Api(sandbox, OUTSIDER)
    assert outsider("GET", "/imports").status_code == 404
    assert outsider("GET", f"/2/0/models/{MODEL}").status_code == 200
    assert [model["id"] for model in outsider("GET", "/2/0/models").json()["models"]] == [OTHER_MODEL]


def test_model_under_its_workspace_cannot_be_read(api: Api) -> None:
    assert api("GET", f"/2/0/workspaces/{WORKSPACE}/models/{MODEL}").status_code == 405


def test_task_lists_of_unknown_actions_are_empty(api: Api) -> None:
    for kind, prefix in LISTS.items():
        if kind in {"imports", "exports", "actions", "processes"}:
            answer = api("GET", f"/{kind}/{prefix}000000999/tasks")
            assert (answer.status_code, "tasks" in answer.json()) == (200, False)


def test_workspaces_models_and_users(api: Api) -> None:
    plain = api("GET", "/2/0/workspaces").json()["workspaces"]
    assert plain == [{"id": WORKSPACE, "name": "Planning", "active": True}]
    detailed = api("GET", f"/2/0/workspaces/{WORKSPACE}?tenantDetails=true").json()["workspace"]
    assert {"sizeAllowance", "currentSize"} <= detailed.keys()
    model = api("GET", f"/2/0/workspaces/{WORKSPACE}/models?modelDetails=true").json()["models"][0]
    assert model["activeState"] == "UNLOCKED"
    assert model["currentWorkspaceId"] == WORKSPACE
    assert model["lastModified"] == "2026-01-05T09:00:00.000+0000"
    assert api("GET", f"/2/0/models/{MODEL}?modelDetails=true").json()["model"]["modelTransactionRunning"] is False
    assert api("GET", "/2/0/users/me").json()["user"]["email"] == ROBOT


def test_import_and_file_belong_together(api: Api) -> None:
    imports = {entry["name"]: entry for entry in api("GET", "/imports").json()["imports"]}
    files = {entry["id"]: entry for entry in api("GET", "/files").json()["files"]}
    german = imports["Load any version"]
    assert german["importType"] == "MODULE_DATA"
    assert imports["Load Accounts"]["importType"] == "HIERARCHY_DATA"
    assert files[german["importDataSourceId"]] == {
        "id": german["importDataSourceId"],
        "name": "german.txt",
        "chunkCount": 1,
        "delimiter": '"',
        "encoding": "ISO-8859-1",
        "firstDataRow": 2,
        "format": "txt",
        "headerRow": 1,
        "separator": ";",
    }
    metadata = api("GET", f"/imports/{german['id']}").json()["importMetadata"]
    assert metadata == {
        "name": "Load any version",
        "type": "FILE",
        "source": {
            "textEncoding": "ISO-8859-1",
            "columnSeparator": ";",
            "textDelimiter": '"',
            "headerRow": 1,
            "firstDataRow": 2,
            "decimalSeparator": ",",
            "headerNames": ["Account", "Dept", "Period", "Amount"],
            "columnCount": 4,
        },
    }
    from_module = imports["Sum up"]
    assert not from_module["importDataSourceId"].startswith("113")
    assert api("GET", f"/imports/{from_module['id']}").json()["importMetadata"]["type"] == "MODEL"


def test_export_and_process_metadata(api: Api) -> None:
    export = next(entry for entry in api("GET", "/exports").json()["exports"] if entry["name"] == "Actuals out")
    assert (export["exportType"], export["exportFormat"]) == ("TABULAR_MULTI_COLUMN", "text/csv")
    metadata = api("GET", f"/exports/{export['id']}").json()["exportMetadata"]
    assert metadata["headerNames"] == ["Accounts", "Departments", "Time", "Versions", "Amount"]
    assert metadata["dataTypes"] == ["ENTITY"] * 4 + ["NUMBER"]
    assert (metadata["columnCount"], metadata["rowCount"], metadata["separator"]) == (5, 0, ",")

    path = f"/processes/{api.id_of('processes', 'Nightly')}"
    actions = api("GET", path).json()["processMetadata"]["actions"]
    assert [action["actionType"] for action in actions] == ["IMPORT", "IMPORT", "EXPORT", "DELETE_BY_SELECTION"]
    assert "importDataSource" not in actions[0]
    shown = api("GET", f"{path}?showImportDataSource=true").json()["processMetadata"]["actions"][0]
    assert shown["importDataSource"] == {"importDataSourceId": shown["importDataSourceId"], "type": "FILE"}


def test_lists_and_dimensions(api: Api) -> None:
    accounts = api.id_of("lists", "Accounts")
    metadata = api("GET", f"/lists/{accounts}").json()["metadata"]
    assert (metadata["itemCount"], metadata["numberedList"]) == (2, False)
    assert metadata["parent"] == {"id": api.id_of("lists", "Groups"), "name": "Groups"}
    assert [entry["name"] for entry in metadata["properties"]] == ["Type", "Opened", "Rate", "Obsolete"]

    members = api("GET", f"/lists/{accounts}/items").json()["listItems"]
    assert [(entry["name"], entry["code"], entry["parent"]) for entry in members] == [
        ("Cash", "1000", "Assets"),
        ("Travel", "6000", "Expenses"),
    ]
    assert "properties" not in members[0]
    everything = api("GET", f"/lists/{accounts}/items?includeAll=true").json()["listItems"][0]
    assert everything["properties"] == {"Type": "", "Opened": "", "Rate": "", "Obsolete": ""}
    assert everything["subsets"] == {"Tradeable": False}
    as_csv = api("GET", f"/lists/{accounts}/items", headers={"Accept": "text/csv"})
    assert as_csv.headers["content-type"].startswith("text/csv")
    assert as_csv.text.splitlines()[1].split(",")[1:4] == ["Cash", "1000", "Assets"]

    items = api("GET", f"/dimensions/{accounts}/items").json()["items"]
    assert items[0] == {"id": members[0]["id"], "name": "Cash", "code": "1000"}
    assert api("GET", "/dimensions/20000000003/items").status_code == 400
    found = api("POST", f"/dimensions/{accounts}/items", json={"names": ["CASH"], "codes": ["6000", "none"]})
    assert [entry["name"] for entry in found.json()["items"]] == ["Cash", "Travel"]
    assert api("POST", f"/dimensions/{accounts}/items", json={}).status_code == 400


def test_modules_line_items_and_views(api: Api) -> None:
    gl = api.id_of("modules", "GL")
    line_items = api("GET", f"/modules/{gl}/lineItems?includeAll=true").json()["items"]
    assert [entry["name"] for entry in line_items] == ["Amount", "Comment", "Approved", "Checked", "Doubled"]
    assert (line_items[0]["format"], line_items[4]["formula"]) == ("NUMBER", "Amount * 2")
    assert len(api("GET", "/lineItems").json()["items"]) == 6
    dimensions: list[dict[str, Any]] = api("GET", f"/lineItems/{line_items[0]['id']}/dimensions").json()["dimensions"]
    assert dimensions[2:] == [
        {"id": "20000000003", "name": "Time"},
        {"id": "20000000020", "name": "Versions"},
    ]
    periods = api("GET", f"/lineItems/{line_items[0]['id']}/dimensions/20000000003/items").json()["items"]
    assert [entry["name"] for entry in periods] == ["Jan 26", "Feb 26", "Mar 26"]
    views = api("GET", f"/modules/{gl}/views").json()["views"]
    assert [(entry["id"] == gl, entry["name"]) for entry in views] == [(True, "default"), (False, "By period")]
    view = api("GET", f"/views/{views[1]['id']}").json()
    assert (view["viewName"], view["columns"]) == ("GL.By period", [{"id": "20000000003", "name": "Time"}])


def test_versions_and_time(api: Api) -> None:
    versions = api("GET", "/versions").json()["versionMetadata"]
    assert [(entry["id"][:3], entry["name"], entry["isActual"]) for entry in versions] == [
        ("107", "Actual", True),
        ("107", "Budget", False),
    ]
    assert api("GET", "/currentPeriod").json()["currentPeriod"]["periodText"] == "Jan 26"
    assert api("GET", "/modelCalendar").json()["modelCalendar"]["fiscalYear"]["year"] == "FY26"
