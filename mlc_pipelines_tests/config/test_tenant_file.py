"""One fault at a time: where it is said to be, what is wrong, and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from mlc_pipelines_tests.config.conftest import TENANT, Files

ACCOUNTS, ACTUALS = "loads/accounts/0", "loads/gl_activity/0"
PLAN: dict[str, Any] = {
    "export": "Approved Budget",
    "columns": {"account": "Account", "period": {"column": "Period", "format": "%b %y"}, "amount": "Amount"},
    "version": "FY26",
    "approved": {"column": "Status", "equals": "Approved"},
}
CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"erp/kind": "netsuit"}, "erp.kind", "netsuite"),
    ({"erp/kind": ...}, "erp.kind", "netsuite, other"),
    ({"erp": ...}, "erp", "missing"),
    ({"erp": []}, "erp", "mapping"),
    ({"erp/base_url": "http://erp.example"}, "erp.base_url", "unencrypted"),
    ({"erp/base_url": "erp.example"}, "erp.base_url", "web address"),
    ({"erp/base_url": "https://[::1"}, "erp.base_url", "readable"),
    ({"erp/base_url": "https://erp.example/?a=1"}, "erp.base_url", "query"),
    ({"erp/account_id": True}, "erp.account_id", "quotes"),
    ({"erp/max_concurrent_requests": "four"}, "erp.max_concurrent_requests", "whole number"),
    ({"erp/subsidiaries": "1"}, "erp.subsidiaries", "not a list"),
    ({"calendar": "calendar-month"}, "calendar", "calendar-months"),
    ({"calender": "x"}, "calender", "calendar"),
    ({"anaplan": None}, "anaplan", "empty"),
    ({"anaplan/workspace_id": "8A81B09D5E8C6F27015ECE3402487D33"}, "anaplan.workspace_id", "8a81b09d"),
    ({"anaplan/model_id": "75a40874e6b64fa3ae0743278996850f"}, "anaplan.model_id", "75A40874E6B64FA3"),
    ({"anaplan/model_id": "75A4"}, "anaplan.model_id", "not a model id"),
    ({"anaplan/requests_per_minute": 0}, "anaplan.requests_per_minute", "1 or more"),
    ({"anaplan/requests_per_minute": 601}, "anaplan.requests_per_minute", "600 or less"),
    ({"anaplan/api_url": "http://api.anaplan.com"}, "anaplan.api_url", "unencrypted"),
    ({"anaplan/auth/method": "cert"}, "anaplan.auth", "unknown method: cert"),
    ({"anaplan/auth/method": ...}, "anaplan.auth", "method"),
    ({"anaplan/auth/usr": "x"}, "anaplan.auth.usr", "user"),
    ({"anaplan/auth/user": ...}, "anaplan.auth.user", "missing"),
    ({"loads": []}, "loads", "mapping"),
    ({"loads/gl_actvity": {"import": "X", "columns": {"A": "amount"}}}, "loads.gl_actvity", "gl_activity"),
    ({"loads/accounts": []}, "loads.accounts", "no load"),
    ({"loads/accounts": ["Load GL Accounts"]}, "loads.accounts[0]", "mapping"),
    ({f"{ACCOUNTS}/import": ...}, "loads.accounts[0]", "exactly one of import"),
    ({f"{ACCOUNTS}/process": "Too"}, "loads.accounts[0]", "import and process"),
    ({f"{ACCOUNTS}/import": ""}, "loads.accounts[0].import", "empty"),
    (
        {f"{ACCOUNTS}/parameters": {"Version": {"field": "name"}}},
        "loads.accounts[0].parameters.Version",
        "{period: FORMAT}",
    ),
    ({f"{ACCOUNTS}/parameters": {"Time": {"period": "%Q"}}}, "loads.accounts[0].parameters.Time.period", "%b %y"),
    (
        {f"{ACCOUNTS}/parameters": {"Version": "Actual"}, f"{ACCOUNTS}/import": ..., f"{ACCOUNTS}/list": "Accounts"},
        "loads.accounts[0].parameters",
        "an import or a process",
    ),
    ({f"{ACCOUNTS}/columns": {}}, "loads.accounts[0].columns", "at least one"),
    ({f"{ACCOUNTS}/columns/Code": "numbr"}, "loads.accounts[0].columns.Code", "Did you mean number"),
    ({f"{ACCOUNTS}/columns/Code": {"field": "numbr"}}, "loads.accounts[0].columns.Code.field", "number"),
    ({f"{ACCOUNTS}/columns/Code": {}}, "loads.accounts[0].columns.Code", "exactly one of field"),
    ({f"{ACCOUNTS}/columns/Code": ["number"]}, "loads.accounts[0].columns.Code", "exactly one of field"),
    ({f"{ACCOUNTS}/columns/Code": {"field": "number", "sum": "x"}}, "loads.accounts[0].columns.Code", "exactly one"),
    ({f"{ACCOUNTS}/columns/Code": {"constant": "a", "map": "b"}}, "loads.accounts[0].columns.Code.map", "constant"),
    ({f"{ACCOUNTS}/columns/P": {"period": "%b %Q"}}, "loads.accounts[0].columns.P.period", "%Q"),
    ({f"{ACCOUNTS}/columns/P": {"period": "Actual"}}, "loads.accounts[0].columns.P.period", "same label"),
    ({f"{ACCOUNTS}/columns/P": {"period": "%Y"}}, "loads.accounts[0].columns.P.period", "FY2024-P01 and FY2024-P02"),
    ({f"{ACTUALS}/columns/Department/map": "departmnt"}, "loads.gl_activity[0].columns.Department.map", "departments"),
    ({f"{ACTUALS}/columns/Amount/sum": "account_type"}, "loads.gl_activity[0].columns.Amount.sum", "amount, lines"),
    ({f"{ACTUALS}/columns": {"A": {"sum": "amount"}}}, "loads.gl_activity[0].columns.A", "group by"),
    ({f"{ACTUALS}/where": {"typ": {"equals": "a"}}}, "loads.gl_activity[0].where.typ", "is not a field"),
    ({f"{ACTUALS}/where": {"lines": {"inn": ["a"]}}}, "loads.gl_activity[0].where.lines.inn", "Did you mean in"),
    ({f"{ACTUALS}/where": {"lines": {}}}, "loads.gl_activity[0].where.lines", "exactly one of in"),
    (
        {f"{ACTUALS}/where": {"lines": {"in": ["1"], "equals": "1"}}},
        "loads.gl_activity[0].where.lines",
        "in and equals",
    ),
    ({f"{ACTUALS}/where": {"lines": {"in": "1"}}}, "loads.gl_activity[0].where.lines.in", "not a list"),
    ({f"{ACTUALS}/where": {"lines": {"equals": ["1"]}}}, "loads.gl_activity[0].where.lines.equals", "single value"),
    ({f"{ACTUALS}/members": {"Acount": "A"}}, "loads.gl_activity[0].members.Acount", "Account, Department"),
    ({f"{ACTUALS}/absent": "nought"}, "loads.gl_activity[0].absent", "zero, keep or {action: NAME}"),
    ({f"{ACTUALS}/absent": {"action": ""}}, "loads.gl_activity[0].absent.action", "empty"),
    ({f"{ACTUALS}/where": {"lines": {"in": []}}}, "loads.gl_activity[0].where.lines.in", "at least one"),
    ({f"{ACCOUNTS}/absent": "zero"}, "loads.accounts[0].absent", "needs a sum column"),
    ({f"{ACTUALS}/on_rejected": "ignore"}, "loads.gl_activity[0].on_rejected", "fail or warn"),
    ({"plan": {**PLAN, "columns": "x"}}, "plan.columns", "mapping"),
    ({"plan": PLAN, "plan/columns/account": ...}, "plan.columns.account", "missing"),
    ({"plan": PLAN, "plan/columns/period": "Period"}, "plan.columns.period", "mapping"),
    ({"plan": PLAN, "plan/columns/branch": ["B"]}, "plan.columns.branch", "single value"),
    ({"plan": PLAN, "plan/columns/period/format": "%y"}, "plan.columns.period.format", "same label"),
    ({"plan": PLAN, "plan/maps": {"branch": "departments"}}, "plan.maps.branch", "not among"),
    ({"plan": PLAN, "plan/maps": {"account": "acounts"}}, "plan.maps.account", "maps/acounts.csv"),
    ({"schedule": {"poll_every": "15"}}, "schedule.poll_every", "15m"),
    ({"schedule": {"poll_every": "0m"}}, "schedule.poll_every", "15m"),
    ({"schedule": {"poll_every": "20s"}}, "schedule.poll_every", "1m or more"),
    ({"schedule": {"poll_every": "0 6 * *"}}, "schedule.poll_every", "five fields"),
    ({"schedule": {"poll_every": "0 25 * * *"}}, "schedule.poll_every", "Bad hour"),
    ({"schedule": {"poll_every": "0 0 30 2 *"}}, "schedule.poll_every", "Bad day-of-month"),
    ({"schedule": {"poll_every": "close"}}, "schedule.poll_every", "15m"),
    ({"schedule": {"poll_every_in_close": "0 6 * * *"}}, "schedule.poll_every_in_close", "15m"),
    ({"schedule": {"entities": {"acounts": "5m"}}}, "schedule.entities.acounts", "accounts"),
    ({"schedule": {"entities": {"accounts": "often"}}}, "schedule.entities.accounts", "15m"),
    ({"schedule": {"paused": True}}, "schedule", "because"),
    ({"schedule": {"late_postings": "no"}}, "schedule.late_postings", "restate or hold"),
]


@pytest.mark.parametrize(("changes", "key", "said"), CASES, ids=[f"{case[1]}-{i}" for i, case in enumerate(CASES)])
def test_a_fault_is_named_with_its_key_and_a_remedy(files: Files, changes: dict[str, Any], key: str, said: str) -> None:
    files.tenant(changes)
    fault = files.fault()
    assert (fault.file, fault.key) == ("tenants/acme.yaml", key)
    assert said in f"{fault.problem}. {fault.remedy}"
    assert fault.remedy.strip()
    assert "Input should" not in str(fault)
    assert "Value error" not in str(fault)


def test_a_load_may_stand_alone_without_a_list(files: Files) -> None:
    files.tenant({"loads/accounts": TENANT["loads"]["accounts"][0]})
    assert len(files.load().tenants["acme"].loads["accounts"]) == 1
    files.tenant({"loads/accounts": {"import": "X", "columns": {"Code": "numbr"}}})
    assert files.fault().key == "loads.accounts.columns.Code"


@pytest.mark.parametrize("kind", ["process", "list", "module"])
def test_the_other_ways_of_a_load(files: Files, kind: str) -> None:
    files.tenant({f"{ACCOUNTS}/import": ..., f"{ACCOUNTS}/{kind}": "GL Accounts"})
    load = files.load().tenants["acme"].loads["accounts"][0]
    assert (load.action_kind, load.action_name) == (kind, "GL Accounts")


def test_a_clearing_action(files: Files) -> None:
    files.tenant({f"{ACTUALS}/absent": {"action": "Clear Actuals"}})
    absent = files.load().tenants["acme"].loads["gl_activity"][0].absent
    assert getattr(absent, "action", None) == "Clear Actuals"


def test_plain_http_is_for_this_machine(files: Files) -> None:
    files.tenant({"anaplan/api_url": "http://127.0.0.1:8080/", "erp/base_url": "http://localhost:1"})
    tenant = files.load().tenants["acme"]
    assert tenant.anaplan.api_url == "http://127.0.0.1:8080"


def test_conditions_compare_text_also_where_yaml_has_something_else(files: Files) -> None:
    files.write("maps/departments.csv", "erp,anaplan\n")
    text = (files.home / "tenants/acme.yaml").read_text()
    text += "    where: {account_type: {in: [0100, 24.20, true, no]}, lines: {not_equals: 7}}\n"
    files.write("tenants/acme.yaml", text)
    where = files.load().tenants["acme"].loads["gl_activity"][0].where
    assert where["account_type"].values == ("0100", "24.20", "true", "no")
    assert (where["account_type"].negated, where["lines"].negated, where["lines"].values) == (False, True, ("7",))


def test_the_other_ways_to_sign_in(files: Files) -> None:
    secret = {"secret": "x"}
    for auth in (
        {"method": "certificate", "certificate": secret, "private_key": secret, "format": "v1"},
        {"method": "oauth_device", "client_id": "c", "refresh_token": secret},
        {"method": "oauth_code", "client_id": "c", "client_secret": secret, "refresh_token": secret},
    ):
        files.tenant({"anaplan/auth": auth})
        assert files.load().tenants["acme"].anaplan.auth.method == auth["method"]
    files.tenant({"anaplan/auth": {"method": "certificate", "certificate": secret, "private_ky": secret}})
    assert {fault.key for fault in files.faults()} == {"anaplan.auth.private_key", "anaplan.auth.private_ky"}


def test_an_erp_without_journals_has_no_plan(files: Files) -> None:
    other = {
        "kind": "other",
        "base_url": "https://x.example",
        "auth": {"method": "oauth", "client_secret": {"secret": "s"}},
    }
    files.tenant({"erp": other})
    assert files.load().tenants["acme"].erp_kind == "other"
    files.tenant({"erp": other, "plan": PLAN})
    fault = files.fault()
    assert (fault.key, "takes no journal entries" in fault.problem) == ("plan", True)


def test_a_vendor_s_nested_choice_is_named_without_pydantic_s_own_words(files: Files) -> None:
    sign_in = {"method": "cookie", "user": "u", "password": "hunter2"}
    files.tenant({"erp": {"kind": "other", "base_url": "https://x.example", "auth": sign_in}})
    keys = {fault.key for fault in files.faults()}
    assert "erp.auth.password" in keys
    assert all("SignIn" not in str(fault) and "hunter2" not in str(fault) for fault in files.faults())


def test_a_map_that_merges_codes_has_no_way_back(files: Files) -> None:
    files.write("maps/departments.csv", "erp,anaplan\na,X\nb,X\nc,Y\n")
    files.tenant({"plan": PLAN, "plan/columns/department": "D", "plan/maps": {"department": "departments"}})
    fault = files.fault()
    assert fault.key == "plan.maps.department"
    assert "several ERP codes lead to X" in fault.problem


def test_a_period_label_must_suit_the_tenant_s_calendar(files: Files) -> None:
    files.calendar({"kind": "13x4"})
    files.tenant({"calendar": "acme-445"})
    fault = files.fault()
    assert fault.key == "loads.gl_activity[0].columns.Period.period"
    files.tenant({"calendar": "acme-445", f"{ACTUALS}/columns/Period": {"period": "Period %P FY%f"}})
    assert files.load().tenants["acme"].calendar == "acme-445"


def test_one_action_twice_for_an_entity(files: Files) -> None:
    load = TENANT["loads"]["gl_activity"][0]
    files.tenant({"loads/gl_activity": [load, load]})
    fault = files.fault()
    assert fault.key == "loads.gl_activity[1].import"
    assert "zero what the other sent" in fault.problem


ORDERS: dict[str, Any] = {"import": "Load Orders", "columns": {"Vendor": "vendor", "Amount": {"sum": "amount"}}}


def test_amounts_of_several_currencies_are_not_added_up(files: Files) -> None:
    for where in ({}, {"currency": {"in": ["EUR", "USD"]}}, {"currency": {"not_in": ["EUR"]}}):
        files.tenant({"loads/orders": [{**ORDERS, "where": where}]})
        fault = files.fault()
        assert fault.key == "loads.orders[0].columns.Amount"
        assert "can't be added up" in fault.problem
        assert "takes currency" in fault.remedy
    for better in (
        {"columns": {**ORDERS["columns"], "Currency": "currency"}},
        {"where": {"currency": {"equals": "EUR"}}},
        {"where": {"currency": {"in": ["EUR"]}}},
    ):
        files.tenant({"loads/orders": [{**ORDERS, **better}]})
        assert len(files.load().tenants["acme"].loads["orders"]) == 1
