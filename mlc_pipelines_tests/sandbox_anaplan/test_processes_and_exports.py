"""Processes, exports and other actions: docs/vendors/anaplan.md, section 6."""

from __future__ import annotations

from mlc_pipelines_tests.sandbox_anaplan.conftest import ACTUALS_HEADER, Api
from mlc_sandbox.anaplan import AnaplanSandbox

ROWS = ACTUALS_HEADER + '1000,D1,Jan 26,1.50,"a ""b"", c",,,\n6000,D1,Feb 26,-2,,true,,\n'


def download(api: Api, name: str) -> bytes:
    task = api.run("exports", name)
    assert task["result"]["details"][0]["type"] == "exportSucceeded"
    assert task["result"]["objectId"] == task["action_id"]
    chunks = api("GET", f"/files/{task['action_id']}/chunks").json()["chunks"]
    return b"".join(api("GET", f"/files/{task['action_id']}/chunks/{chunk['id']}").content for chunk in chunks)


def test_a_process_reports_each_action(sandbox: AnaplanSandbox, api: Api) -> None:
    api.upload(api.id_of("files", "Load Departments.csv"), b"Code,Name,Parent\nD2,Support,ALL\nD3,Lost,XX\n")
    api.upload(api.id_of("files", "Load Actuals.csv"), (ACTUALS_HEADER + "1000,D2,Jan 26,5,,,,\n").encode())
    task = api.run("processes", "Nightly")

    result = task["result"]
    assert (result["successful"], result["objectId"], result["failureDumpAvailable"]) == (
        True,
        task["action_id"],
        False,
    )
    nested = result["nestedResults"]
    assert [part["objectName"] for part in nested] == [
        "Load Departments",
        "Load Actuals",
        "Actuals out",
        "Drop obsolete",
    ]
    assert [part["failureDumpAvailable"] for part in nested] == [True, False, False, False]
    assert nested[0]["objectId"] == api.id_of("imports", "Load Departments")
    assert list(sandbox.model("Group Planning").module("GL").cells) == [("1000", "D2", "Jan 26", "Actual", "Amount")]
    assert b"1000" in api("GET", f"/files/{nested[2]['objectId']}").content

    path = f"/processes/{task['action_id']}/tasks/{task['taskId']}/dumps/{nested[0]['objectId']}/chunks"
    assert [chunk["id"] for chunk in api("GET", path).json()["chunks"]] == ["0"]
    assert '"E","D3","Lost","XX","3","Invalid parent"' in api("GET", f"{path}/0").text
    for other in (nested[1]["objectId"], "112000000099"):
        assert api("GET", path.replace(nested[0]["objectId"], other)).status_code == 404
    details = api("GET", f"/processes/{task['action_id']}/tasks/{task['taskId']}?includeProcessDetails=true")
    assert {"startTime", "duration"} <= details.json()["task"].keys()


def test_a_process_stops_at_the_first_failure(sandbox: AnaplanSandbox, api: Api) -> None:
    task = api.run("processes", "Nightly")
    assert (task["result"]["successful"], task["currentStep"]) == (False, "Failed.")
    nested = task["result"]["nestedResults"]
    assert len(nested) == 1
    assert nested[0]["details"][0]["type"] == "uploadedFileNoLongerAvailable"


def test_prompts_of_a_process_pick_their_import(sandbox: AnaplanSandbox, api: Api) -> None:
    import_id = api.id_of("imports", "Load any version")
    wrong = [{"entityType": "Version", "entityName": "Budget", "importId": "112000000000"}]
    assert api.run("processes", "Both versions", mappingParameters=wrong)["result"]["successful"] is False
    right = [{"entityType": "Version", "entityName": "Budget", "importId": import_id}]
    assert api.run("processes", "Both versions", mappingParameters=right)["result"]["successful"] is True
    assert {key[3] for key in sandbox.model("Group Planning").module("GL").cells} == {"Budget"}


def test_export_of_columns(api: Api) -> None:
    api.run("imports", "Load Actuals", ROWS)
    api.run("imports", "Load any version", mappingParameters=[{"entityType": "Version", "entityName": "Budget"}])
    assert download(api, "Actuals out").decode().splitlines() == [
        "Accounts,Departments,Time,Versions,Amount",
        '"1000","Sales","Jan 26","Actual","1.5"',
        '"6000","Sales","Feb 26","Actual","-2"',
    ]


def test_export_in_one_column_and_another_encoding(api: Api) -> None:
    api.run("imports", "Load Actuals", ROWS.replace(", c", ", ä"))
    text = download(api, "Long").decode("latin-1")
    assert text.splitlines()[0] == "Accounts;Departments;Time;Versions;Line items;Value"
    assert '"Cash";"Sales";"Jan 26";"Actual";"Comment";"a ""b"", ä"' in text
    assert '"Travel";"Sales";"Feb 26";"Actual";"Approved";"true"' in text


def test_export_of_a_grid(api: Api) -> None:
    api.run("imports", "Load Actuals", ROWS)
    lines = download(api, "Grid").decode().splitlines()
    assert lines == ["Sales,Actual,Amount", ",Jan 26,Feb 26,Mar 26", "Cash,1.5,0,0", "Travel,0,-2,0"]


def test_an_export_s_chunks_are_cut_anywhere(sandbox: AnaplanSandbox, api: Api) -> None:
    api.run("imports", "Load Actuals", ROWS)
    whole = download(api, "Actuals out")
    sandbox.model("Group Planning").files.output_chunk_bytes = 50
    assert download(api, "Actuals out") == whole
    file = next(entry for entry in api("GET", "/files").json()["files"] if entry["name"] == "Actuals out")
    assert file["chunkCount"] == -(-len(whole) // 50)


def test_delete_action_removes_members_and_their_cells(sandbox: AnaplanSandbox, api: Api) -> None:
    api.run("imports", "Load Actuals", ROWS)
    accounts = api.id_of("lists", "Accounts")
    api("PUT", f"/lists/{accounts}/items", json={"items": [{"code": "1000", "properties": {"Obsolete": True}}]})
    task = api.run("actions", "Drop obsolete")
    assert task["result"]["details"][0]["type"] == "deleteFromSelectionSucceeded"
    model = sandbox.model("Group Planning")
    assert list(model.list("Accounts").members) == ["6000"]
    assert {key[0] for key in model.module("GL").cells} == {"6000"}


def test_clear_action_empties_its_part_of_a_module(sandbox: AnaplanSandbox, api: Api) -> None:
    api.run("imports", "Load Actuals", ROWS)
    api.run("actions", "Clear January")
    assert {key[2] for key in sandbox.model("Group Planning").module("GL").cells} == {"Feb 26"}
