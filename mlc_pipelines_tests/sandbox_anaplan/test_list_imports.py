"""Imports into lists are really applied: docs/vendors/anaplan.md, section 6."""

from __future__ import annotations

from mlc_pipelines_tests.sandbox_anaplan.conftest import Api, counts
from mlc_sandbox.anaplan import AnaplanSandbox

HEADER = "Code,Name,Group,Opened,Rate\n"


def members(sandbox: AnaplanSandbox, name: str) -> dict[str, tuple[str, str]]:
    found = sandbox.model("Group Planning").list(name).members
    return {key: (member.name, member.parent) for key, member in found.items()}


def test_creates_updates_and_renames(sandbox: AnaplanSandbox, api: Api) -> None:
    rows = "1000,Petty cash,Assets,2026-01-31,0.5\n1100,Bank,A,,\n6000,,E,,\n,,,,\n"
    task = api.run("imports", "Load Accounts", HEADER + rows)

    assert members(sandbox, "Accounts") == {
        "1000": ("Petty cash", "A"),
        "6000": ("Travel", "E"),
        "1100": ("Bank", "A"),
    }
    properties = sandbox.model("Group Planning").list("Accounts").members["1000"].properties
    assert properties == {"Opened": "2026-01-31", "Rate": "0.5"}
    detail = task["result"]["details"][0]
    assert detail["type"] == "hierarchyRowsProcessed"
    assert detail["localMessageText"] == "Accounts: 3 (1/2) rows successful, 1 ignored "
    assert counts(task) == {
        "hierarchyName": "Accounts",
        "successRowCount": "3",
        "successCreateCount": "1",
        "successUpdateCount": "2",
        "warningsRowCount": "0",
        "warningsCreateCount": "0",
        "warningsUpdateCount": "0",
        "failedCount": "0",
        "ignoredCount": "1",
        "totalRowCount": "4",
        "totalCreateCount": "1",
        "totalUpdateCount": "2",
        "invalidCount": "0",
        "updatedCount": "2",
        "renamedCount": "1",
        "createdCount": "1",
    }
    assert task["result"]["failureDumpAvailable"] is False


def test_a_second_run_changes_nothing(sandbox: AnaplanSandbox, api: Api) -> None:
    rows = HEADER + "1100,Bank,A,2026-01-31,1\n"
    api.run("imports", "Load Accounts", rows)
    before = sandbox.model("Group Planning").changes
    task = api.run("imports", "Load Accounts", rows)

    assert sandbox.model("Group Planning").changes == before
    assert sandbox.tasks[-1].changes == 0
    assert task["result"]["details"][0]["type"] == "hierarchyNoChanges"
    assert counts(task)["successRowCount"] == "1"


def test_bad_rows_are_refused_with_a_dump(sandbox: AnaplanSandbox, api: Api) -> None:
    rows = (
        "1100,Bank,A,,\n"
        "1200,Loan,Nowhere,,\n"
        ",Nameless,A,,\n"
        "1100,Bank again,A,,\n"
        "1300,Travel,A,,\n"
        "1400,,A,,\n"
        '1500,"Owed, ""net""",A,31.01.2026,much\n'
        "too,few\n"
        "1600,Deposits,A,,\n"
        "1,2,3,4,5,6\n"
    )
    task = api.run("imports", "Load Accounts", HEADER + rows)

    assert task["result"]["successful"] is True
    assert task["result"]["failureDumpAvailable"] is True
    detail = task["result"]["details"][0]
    assert detail["type"] == "hierarchyRowsProcessedWithFailures"
    assert detail["localMessageText"] == (
        "Accounts: 2 (2/0) rows successful, 1 (1/0) rows has warnings, 7 failed, 0 ignored"
    )
    found = counts(task)
    assert (found["successRowCount"], found["warningsRowCount"], found["failedCount"]) == ("2", "1", "7")
    assert found["totalRowCount"] == "10"
    assert api.dump(task).splitlines() == [
        '"_Status_","Code","Name","Group","Opened","Rate","_Line_","_Error_1_","_Error_2_"',
        '"E","1200","Loan","Nowhere","","","3","Invalid parent",""',
        '"E","","Nameless","A","","","4","Empty key",""',
        '"E","1100","Bank again","A","","","5","Duplicate key: 1100",""',
        '"E","1300","Travel","A","","","6","Name or code exists: Travel",""',
        '"E","1400","","A","","","7","Invalid name: ",""',
        '"W","1500","Owed, ""net""","A","31.01.2026","much","8","Invalid date: 31.01.2026","Invalid number: much"',
        '"E","too","few","","","","9","Column separator expected",""',
        '"E","1","2","3","4","5","11","Column separator expected",""',
    ]
    assert set(members(sandbox, "Accounts")) == {"1000", "6000", "1100", "1500", "1600"}
    kinds = {entry["type"]: entry["occurrences"] for entry in task["result"]["details"][1:]}
    assert kinds["columnSeparatorExpected"] == 2
    assert kinds["hierarchyImportInvalidParent"] == 1


def test_parents_within_a_list_may_come_later(sandbox: AnaplanSandbox, api: Api) -> None:
    rows = (
        "Code,Name,Parent\n"
        "D3,Team,D2\n"
        "D2,Unit,ALL\n"
        "D4,Lost,D9\n"
        "D5,Child of lost,D4\n"
        "D6,Loop,D7\n"
        "D7,Pool,D6\n"
        "ALL,Total,D3\n"
    )
    task = api.run("imports", "Load Departments", rows)

    assert members(sandbox, "Departments") == {
        "ALL": ("Total", ""),
        "D1": ("Sales", "ALL"),
        "D3": ("Team", "D2"),
        "D2": ("Unit", "ALL"),
    }
    errors = [line.rpartition(",")[2] for line in api.dump(task).splitlines()[1:]]
    assert errors == [
        '"Invalid parent"',
        '"Failed dependency: D4"',
        '"Failed dependency: D7"',
        '"Invalid parent"',
        '"Invalid parent"',
    ]


def test_a_list_without_mapped_codes_goes_by_name(sandbox: AnaplanSandbox, api: Api) -> None:
    task = api.run("imports", "Load Group Names", "Name\nAssets\nEquity\n")
    assert members(sandbox, "Groups") == {"A": ("Assets", ""), "E": ("Expenses", ""), "Equity": ("Equity", "")}
    assert (counts(task)["createdCount"], counts(task)["updatedCount"]) == ("1", "1")


def test_missing_columns_fail_the_task(sandbox: AnaplanSandbox, api: Api) -> None:
    task = api.run("imports", "Load Accounts", "Code,Name\n1100,Bank\n")
    assert (task["taskState"], task["currentStep"]) == ("COMPLETE", "Failed.")
    assert task["result"]["successful"] is False
    assert task["result"]["details"][0]["type"] == "missingFields"
    assert "1100" not in members(sandbox, "Accounts")


def test_texts_with_line_breaks_and_chunks_cut_anywhere(sandbox: AnaplanSandbox, api: Api) -> None:
    text = ("\ufeff" + HEADER + '1100,"Bank\nof Ålesund",A,,\n1200,Till,Nowhere,,\n').encode()
    cut = text.index("Å".encode()) + 1
    task = api.run("imports", "Load Accounts", text[:cut], text[cut:])
    assert members(sandbox, "Accounts")["1100"] == ("Bank\nof Ålesund", "A")
    assert '"3","Invalid parent"' in api.dump(task)


def test_limits_of_names_and_codes(sandbox: AnaplanSandbox, api: Api) -> None:
    longest, longer = "x" * 60, "y" * 61
    rows = [f"C1,{longest},", f"C2,{longer},", f"{longer},Short,", "C3,One  name,", "c4,ONE NAME,", "c1,Other,"]
    task = api.run("imports", "Load Departments", "\n".join(["Code,Name,Parent", *rows, ""]))
    kept = members(sandbox, "Departments")
    assert [code for code in kept if code not in {"ALL", "D1"}] == ["C1", "C3"]
    assert (counts(task)["createdCount"], counts(task)["failedCount"]) == ("2", "4")
    path = f"/lists/{api.id_of('lists', 'Notes')}/items?action=add"
    body = api("POST", path, json={"items": [{"code": "#7"}, {"code": "7#"}, {"code": longer}]}).json()
    assert (body["added"], [failure["requestIndex"] for failure in body["failures"]]) == (1, [0, 2])
    path = f"/lists/{api.id_of('lists', 'Groups')}/items?action=add"
    body = api(
        "POST", path, json={"items": [{"code": "N", "name": "new  ONE"}, {"code": "M", "name": "New one"}]}
    ).json()
    assert (body["added"], body["failures"][0]["failureType"]) == (1, "DUPLICATE")
