"""Imports into modules are really applied, exactly: docs/vendors/anaplan.md, section 6."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mlc_pipelines_tests.sandbox_anaplan.conftest import ACTUALS_HEADER, Api, counts
from mlc_sandbox.anaplan import AnaplanSandbox


def cells(sandbox: AnaplanSandbox, module: str = "GL") -> dict[tuple[str, ...], Decimal | str | bool]:
    return sandbox.model("Group Planning").module(module).cells


def test_writes_exact_cells(sandbox: AnaplanSandbox, api: Api) -> None:
    rows = (
        "1000,D1,Jan 26,9007199254740993.93,,,,\n"
        "Travel,Sales,Feb 26,-0.0000001,late,true,2026-02-28,\n"
        "6000,D1,Mar 26,.5,,FALSE,,\n"
        "1000,D1,Mar 26,0,,,,\n"
    )
    task = api.run("imports", "Load Actuals", ACTUALS_HEADER + rows)

    assert cells(sandbox) == {
        ("1000", "D1", "Jan 26", "Actual", "Amount"): Decimal("9007199254740993.93"),
        ("6000", "D1", "Feb 26", "Actual", "Amount"): Decimal("-0.0000001"),
        ("6000", "D1", "Feb 26", "Actual", "Comment"): "late",
        ("6000", "D1", "Feb 26", "Actual", "Approved"): True,
        ("6000", "D1", "Feb 26", "Actual", "Checked"): "2026-02-28",
        ("6000", "D1", "Mar 26", "Actual", "Amount"): Decimal("0.5"),
    }
    assert task["result"]["details"][0]["type"] == "lineItemRowsProcessed"
    assert counts(task) == {
        "successRowCount": "4",
        "warningsRowCount": "0",
        "failedCount": "0",
        "ignoredCount": "0",
        "totalRowCount": "4",
    }


def test_the_last_value_of_a_cell_wins_and_zero_empties_it(sandbox: AnaplanSandbox, api: Api) -> None:
    api.run("imports", "Load Actuals", ACTUALS_HEADER + "1000,D1,Jan 26,1,,,,\n1000,D1,Jan 26,2,,,,\n")
    assert list(cells(sandbox).values()) == [Decimal(2)]
    assert sandbox.tasks[-1].changes == 1
    api.run("imports", "Load Actuals", ACTUALS_HEADER + "1000,D1,Jan 26,2.00,,,,\n")
    assert sandbox.tasks[-1].changes == 0
    api.run("imports", "Load Actuals", ACTUALS_HEADER + "1000,D1,Jan 26,,note,,,\n")
    assert cells(sandbox)["1000", "D1", "Jan 26", "Actual", "Amount"] == 2
    api.run("imports", "Load Actuals", ACTUALS_HEADER + "1000,D1,Jan 26,0,,,,\n")
    assert [key[-1] for key in cells(sandbox)] == ["Comment"]


def test_bad_rows_are_refused_warned_or_ignored(sandbox: AnaplanSandbox, api: Api) -> None:
    rows = (
        "1000,D1,Jan 26,1,,,,\n"
        "9999,D1,Foo 26,x,,,,\n"
        ",D1,Jan 26,1,,,,\n"
        "1000,D1,Jan 26,1e5,,,,\n"
        '1000,D1,Jan 26,"1,000.00",,,,\n'
        "6000,D1,Jan 26,7,ok,maybe,28.02.2026,\n"
        "1000,ALL,Jan 26,1,,,,\n"
        "Assets,D1,Jan 26,1,,,,\n"
        "1000,D1,Jan 26,,,,,5\n"
        "1000,D1,Jan 26,,,,,\n"
        "1000,D1,Jan 26,0.1234567890123456,,,,\n"
        ",,,,,,,\n"
    )
    task = api.run("imports", "Load Actuals", ACTUALS_HEADER + rows)

    found = counts(task)
    assert (found["successRowCount"], found["warningsRowCount"]) == ("1", "1")
    assert (found["failedCount"], found["ignoredCount"], found["totalRowCount"]) == ("5", "5", "12")
    header, *lines = api.dump(task).splitlines()
    assert header.startswith('"_Status_","Account","Dept"')
    assert header.endswith('"_Line_","_Error_1_","_Error_2_","_Error_3_"')
    shown = [[cell.strip('"') for cell in (line.split('","')[0], *line.split('","')[-4:])] for line in lines]
    assert shown == [
        ["E", "3", "Invalid Accounts identifier: 9999", "Invalid time entity identifier: Foo 26", "Invalid number: x"],
        ["E", "4", "Invalid Accounts identifier: ", "", ""],
        ["E", "5", "Invalid number: 1e5", "", ""],
        ["E", "6", "Invalid number: 1,000.00", "", ""],
        ["W", "7", "Invalid boolean: maybe", "Invalid date: 28.02.2026", ""],
        ["E", "12", "Invalid number: 0.1234567890123456", "", ""],
    ]
    kinds = {entry["type"]: entry["occurrences"] for entry in task["result"]["details"][1:]}
    assert kinds["moduleImportInvalidListIdentifier"] == 2
    assert kinds["moduleImportInvalidTimeEntityIdentifier"] == 1
    assert kinds["moduleImportNumberFormat"] == 4
    assert cells(sandbox) == {
        ("1000", "D1", "Jan 26", "Actual", "Amount"): Decimal(1),
        ("6000", "D1", "Jan 26", "Actual", "Amount"): Decimal(7),
        ("6000", "D1", "Jan 26", "Actual", "Comment"): "ok",
    }


def test_run_time_prompts_and_the_file_s_own_format(sandbox: AnaplanSandbox, api: Api) -> None:
    budget = [{"entityType": "Version", "entityName": "Budget"}]
    task = api.run("imports", "Load any version", mappingParameters=budget)
    assert counts(task)["successRowCount"] == "1"
    assert cells(sandbox) == {("1000", "D1", "Jan 26", "Budget", "Amount"): Decimal("1.5")}

    rows = "Account;Dept;Period;Amount\n6000;D1;Jan 26;-2,25\n6000;D1;Jan 26;ü\n".encode("latin-1")
    task = api.run("imports", "Load any version", rows, mappingParameters=budget)
    assert cells(sandbox)["6000", "D1", "Jan 26", "Budget", "Amount"] == Decimal("-2.25")
    assert "Invalid number: ü" in api.dump(task)


@pytest.mark.parametrize("prompts", [[], [{"entityType": "Version", "entityName": "Dream"}]])
def test_prompts_without_a_good_answer_fail(sandbox: AnaplanSandbox, api: Api, prompts: list[dict[str, str]]) -> None:
    task = api.run("imports", "Load any version", mappingParameters=prompts)
    assert task["result"]["successful"] is False
    assert task["result"]["details"][0]["type"] == "failedToLocateEntity"
    assert cells(sandbox) == {}


def test_line_items_by_column(sandbox: AnaplanSandbox, api: Api) -> None:
    rows = (
        "Account,Dept,Period,What,Value\n"
        "1000,D1,Jan 26,Amount,3\n"
        "1000,D1,Jan 26,Comment,three\n"
        "1000,D1,Jan 26,Colour,red\n"
        "1000,D1,Jan 26,Amount,red\n"
    )
    task = api.run("imports", "Load by line item", rows)
    assert cells(sandbox) == {
        ("1000", "D1", "Jan 26", "Actual", "Amount"): Decimal(3),
        ("1000", "D1", "Jan 26", "Actual", "Comment"): "three",
    }
    assert counts(task)["failedCount"] == "2"
    assert '"4","Invalid line item identifier: Colour"' in api.dump(task)
    assert '"5","Invalid number: red"' in api.dump(task)


def test_import_from_another_module(sandbox: AnaplanSandbox, api: Api) -> None:
    api.run("imports", "Load Actuals", ACTUALS_HEADER + "1000,D1,Feb 26,12.5,,,,\n")
    api.run("imports", "Sum up")
    assert cells(sandbox, "Totals") == {("Feb 26", "Amount"): Decimal("12.5")}


def test_a_missing_file_fails_the_task(sandbox: AnaplanSandbox, api: Api) -> None:
    action_id = api.id_of("imports", "Load Actuals")
    file_id = api.id_of("files", "Load Actuals.csv")
    never = api.run("imports", "Load Actuals")
    api("POST", f"/files/{file_id}", json={"chunkCount": 2})
    api.put_chunk(file_id, 0, (ACTUALS_HEADER + "1000,D1,Jan 26,1,,,,\n").encode())
    gap = api.finish("imports", action_id, api.start("imports", action_id))
    api("POST", f"/files/{file_id}", json={"chunkCount": -1})
    api.put_chunk(file_id, 0, (ACTUALS_HEADER + "1000,D1,Jan 26,1,,,,\n").encode())
    not_complete = api.finish("imports", action_id, api.start("imports", action_id))
    for task in (never, gap, not_complete):
        assert (task["taskState"], task["result"]["successful"]) == ("COMPLETE", False)
        assert task["result"]["details"][0]["type"] == "uploadedFileNoLongerAvailable"
    assert cells(sandbox) == {}


def test_an_unreadable_file_fails_the_task(sandbox: AnaplanSandbox, api: Api) -> None:
    for content in (b"\xff\xfe\xff", ACTUALS_HEADER.encode() + b"1000,D1,Jan 26,1,\xff,,,\n"):
        task = api.run("imports", "Load Actuals", content)
        assert task["result"]["successful"] is False
        assert task["result"]["details"][0]["type"] == "importFailedGeneralError"
    header_only = api.run("imports", "Load Actuals", ACTUALS_HEADER)
    assert (header_only["result"]["successful"], counts(header_only)["totalRowCount"]) == (True, "0")


def test_a_file_of_many_blocks_keeps_its_line_numbers(sandbox: AnaplanSandbox, api: Api) -> None:
    filler = "x" * 250
    rows = [f"1000,D1,Jan 26,{number},{filler},,," for number in range(50_000)]
    rows[20_000] = "broken"
    rows[40_000] = f"9999,D1,Jan 26,1,{filler},,,"
    text = (ACTUALS_HEADER + "\n".join(rows) + "\n").encode()
    task = api.run("imports", "Load Actuals", text[:10_000_001], text[10_000_001:])

    assert counts(task)["totalRowCount"] == "50000"
    assert cells(sandbox)["1000", "D1", "Jan 26", "Actual", "Amount"] == 49_999
    lines = api.dump(task).splitlines()[1:]
    assert [line.split('","')[-2] for line in lines] == ["20002", "40002"]
