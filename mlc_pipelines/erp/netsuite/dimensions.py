"""The dimensions: chart of accounts, departments, classes, locations, subsidiaries, vendors, employees."""

from __future__ import annotations

import pyarrow as pa

from mlc_pipelines.erp.netsuite.fields import TIMESTAMP, Column, Feature, Join, NetSuiteEntity, moment

_ID, _TEXT, _FLAG = pa.int64(), pa.string(), pa.bool_()
_STAMP = "x.lastmodifieddate"
_CURRENCY = Join("currency cur", "cur.id = x.currency", Feature.CURRENCIES)


def _id(meaning: str) -> Column:
    return Column("id", _ID, f"Internal id of the {meaning}.", "x.id", required=True)


def _inactive() -> Column:
    return Column("inactive", _FLAG, "No longer to be used; its history stays.", "x.isinactive")


def _modified() -> Column:
    return Column("modified_at", TIMESTAMP, "Last change, in the account's time zone.", moment(_STAMP))


def _subsidiaries(source: str = "x.subsidiary") -> Column:
    return Column(
        "subsidiary_ids",
        _TEXT,
        "Internal ids of the subsidiaries that may use it, such as `1, 3`.",
        source,
        needs=Feature.SUBSIDIARIES,
    )


def _currency() -> Column:
    return Column("currency", _TEXT, "ISO code of its currency.", "cur.symbol", needs=Feature.CURRENCIES)


ACCOUNTS = NetSuiteEntity(
    name="accounts",
    kind="dimension",
    meaning="Chart of accounts, with headings and inactive accounts.",
    fields=(
        _id("account"),
        Column("number", _TEXT, "Account number, as text.", "x.acctnumber", needs=Feature.ACCOUNT_NUMBERS),
        Column("name", _TEXT, "Name without the number.", "x.accountsearchdisplaynamecopy"),
        Column("full_name", _TEXT, "Name with its parents.", "x.fullname"),
        Column(
            "type", _TEXT, "Account type, such as Bank, AcctPay, Income, Expense, Stat.", "x.accttype", required=True
        ),
        Column("special_type", _TEXT, "Role in the ledger, such as RetEarnings; empty for most.", "x.sspecacct"),
        Column("parent_id", _ID, "Internal id of the parent account.", "x.parent"),
        Column("parent_number", _TEXT, "Number of the parent account.", "p.acctnumber", needs=Feature.ACCOUNT_NUMBERS),
        Column("description", _TEXT, "Description.", "x.description"),
        Column("summary", _FLAG, "A heading: nothing posts to it.", "x.issummary"),
        Column("eliminate", _FLAG, "Its intercompany balances are eliminated.", "x.eliminate"),
        Column("general_rate", _TEXT, "Rate for consolidation: CURRENT, AVERAGE or HISTORICAL.", "x.generalrate"),
        _subsidiaries(),
        _inactive(),
        _modified(),
    ),
    key=("id",),
    modified="modified_at",
    watermark="modified_at",
    table="account x",
    joins=(Join("account p", "p.id = x.parent"),),
    stamp=_STAMP,
    permission="Lists > Accounts",
)


def _tree(name: str, table: str, word: str, permission: str, feature: Feature) -> NetSuiteEntity:
    return NetSuiteEntity(
        name=name,
        kind="dimension",
        meaning=f"{name.capitalize()}, with inactive ones.",
        fields=(
            _id(word),
            Column("name", _TEXT, "Name, without its parents.", "x.name", required=True),
            Column("full_name", _TEXT, "Name with its parents, such as `Sales : North`.", "x.fullname"),
            Column("parent_id", _ID, f"Internal id of the parent {word}.", "x.parent"),
            Column("parent_name", _TEXT, f"Name of the parent {word}.", "p.name"),
            _subsidiaries(),
            _inactive(),
            _modified(),
        ),
        key=("id",),
        modified="modified_at",
        watermark="modified_at",
        table=f"{table} x",
        joins=(Join(f"{table} p", "p.id = x.parent"),),
        needs=feature,
        stamp=_STAMP,
        permission=permission,
    )


DEPARTMENTS = _tree("departments", "department", "department", "Lists > Departments", Feature.DEPARTMENTS)
CLASSES = _tree("classes", "classification", "class", "Lists > Classes", Feature.CLASSES)
LOCATIONS = _tree("locations", "location", "location", "Lists > Locations", Feature.LOCATIONS)

SUBSIDIARIES = NetSuiteEntity(
    name="subsidiaries",
    kind="dimension",
    meaning="Subsidiaries (OneWorld), with elimination subsidiaries and inactive ones.",
    fields=(
        _id("subsidiary"),
        Column("name", _TEXT, "Name, without its parents.", "x.name", required=True),
        Column("full_name", _TEXT, "Name with its parents.", "x.fullname"),
        Column("parent_id", _ID, "Internal id of the parent subsidiary.", "x.parent"),
        Column("parent_name", _TEXT, "Name of the parent subsidiary.", "p.name"),
        _currency(),
        Column("country", _TEXT, "Country code.", "x.country"),
        Column("elimination", _FLAG, "Holds eliminations only.", "x.iselimination"),
        _inactive(),
        _modified(),
    ),
    key=("id",),
    modified="modified_at",
    watermark="modified_at",
    table="subsidiary x",
    joins=(Join("subsidiary p", "p.id = x.parent"), _CURRENCY),
    needs=Feature.SUBSIDIARIES,
    stamp=_STAMP,
    permission="Lists > Subsidiaries",
)

VENDORS = NetSuiteEntity(
    name="vendors",
    kind="dimension",
    meaning="Vendors (suppliers), companies and persons.",
    fields=(
        _id("vendor"),
        Column("code", _TEXT, "Vendor id as people see it.", "x.entityid", required=True, personal=True),
        Column("name", _TEXT, "Company name; empty for a person.", "x.companyname", personal=True),
        Column("first_name", _TEXT, "First name of a person.", "x.firstname", personal=True),
        Column("last_name", _TEXT, "Last name of a person.", "x.lastname", personal=True),
        Column("legal_name", _TEXT, "Legal name.", "x.legalname", personal=True),
        Column("person", _FLAG, "A person, not a company.", "x.isperson"),
        Column("email", _TEXT, "Mail address.", "x.email", personal=True),
        _currency(),
        Column("subsidiary_id", _ID, "Primary subsidiary.", "x.subsidiary", needs=Feature.SUBSIDIARIES),
        _inactive(),
        _modified(),
    ),
    key=("id",),
    modified="modified_at",
    watermark="modified_at",
    table="vendor x",
    joins=(_CURRENCY,),
    stamp=_STAMP,
    permission="Lists > Vendors",
)

EMPLOYEES = NetSuiteEntity(
    name="employees",
    kind="dimension",
    meaning="Employees, with their department, class, location and subsidiary.",
    fields=(
        _id("employee"),
        Column(
            "code", _TEXT, "Employee id as people see it, often the name.", "x.entityid", required=True, personal=True
        ),
        Column("first_name", _TEXT, "First name.", "x.firstname", personal=True),
        Column("last_name", _TEXT, "Last name.", "x.lastname", personal=True),
        Column("email", _TEXT, "Mail address.", "x.email", personal=True),
        Column("department_id", _ID, "Department.", "x.department", needs=Feature.DEPARTMENTS),
        Column("department_name", _TEXT, "Name of the department.", "d.name", needs=Feature.DEPARTMENTS),
        Column("class_id", _ID, "Class.", "x.class", needs=Feature.CLASSES),
        Column("location_id", _ID, "Location.", "x.location", needs=Feature.LOCATIONS),
        Column("subsidiary_id", _ID, "Subsidiary.", "x.subsidiary", needs=Feature.SUBSIDIARIES),
        _inactive(),
        _modified(),
    ),
    key=("id",),
    modified="modified_at",
    watermark="modified_at",
    table="employee x",
    joins=(Join("department d", "d.id = x.department", Feature.DEPARTMENTS),),
    stamp=_STAMP,
    permission="Lists > Employees",
)
