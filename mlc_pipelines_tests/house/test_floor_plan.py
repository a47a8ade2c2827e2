"""One floor plan for all ERPs: the same thing has the same file name in each package."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from mlc_pipelines.erp import catalogue
from mlc_pipelines_tests.contract import toy_erp

TOY = Path(toy_erp.__file__).parent
PACKAGES = {kind: Path(catalogue.__file__).parent / kind for kind in catalogue.ERPS} | {"toy_erp": TOY}
GUIDE = Path(__file__).parents[2] / "docs/adding_an_erp.md"

PLAN = {
    "connection": "the keys under `erp:`",
    "auth": "how it lets us in: tokens, sessions",
    "client": "the HTTP client: address, errors, patience, limits",
    "words": "the vendor's words that decide something",
    "fields": "how an entity is declared: our fields, and what is behind them there",
    "dimensions": "the entities that feed lists",
    "facts": "the entities that belong to a period; a folder where they are many",
    "entities": "all of them by name",
    "queries": "what is asked for: conditions, columns, order",
    "parsing": "from an answer to Arrow batches",
    "derived": "columns that the wire doesn't have: signs, differences, base currency",
    "reading": "reading completely, and its proof",
    "periods": "from our fiscal period to its own",
    "ping": "what is tried live, with remedies",
    "source": "all of it together: `erp.base.Source`",
}
"""What each file is for, as the guide says it."""

LACKING: Mapping[str, Mapping[str, str]] = {
    "visma_net": {"queries": "a list takes a path and parameters, and that is all: `lists`"},
    "acumatica": {"parsing": "the fields that a query asks for make its parser: `queries`"},
    "syspro": {
        "auth": "OData takes HTTP Basic, and the session of e.net serves e.net alone: `enet`",
        "client": "there are two wires, `odata` and `enet`",
    },
    "sap_business_one": {"derived": "signs and moments are worked out where they are parsed: `parsing`"},
    "netsuite": {
        "parsing": "a row of SuiteQL is flat, with the names that were asked for: `erp.arrow_json` parses it",
        "derived": "SuiteQL derives: the expressions are the `source` of the fields",
    },
    "toy_erp": {
        "auth": "one token by client credentials: `client`",
        "words": "no word decides anything: sides are columns, and only posted entries are listed",
        "fields": "`erp.base` says it all: a field's `source` is its key in the answer",
        "dimensions": "there is one: `entities`",
        "facts": "there is one: `entities`",
        "queries": "a list takes a period, and that is all: `reading`",
        "parsing": "a record is flat: `erp.arrow_json` parses it",
        "derived": "the signed amount is on the wire",
    },
}
"""Which ERP does without a file of the plan, and why."""

OWN: Mapping[str, Mapping[str, str]] = {
    "visma_net": {
        "background": "calls that take too long are begun there, and fetched",
        "filters": "parameters that it doesn't know are ignored: what was asked for is sifted out again",
        "json_object": "its objects come in two spellings",
        "ledgers": "the ledger to read is chosen among the company's",
        "lists": "its answers are lists, paged or whole",
        "segments": "the values of segments come one segment at a time",
    },
    "acumatica": {
        "endpoint": "entities are those of a pinned endpoint",
        "inquiries": "two inquiries answer for a whole period at once",
    },
    "syspro": {
        "codes": "cost centres are a part of the GL code",
        "enet": "the second wire: business objects, with an operator's session",
        "enet_answers": "XML in XML, with errors in bodies of success",
        "entity_rows": "an entity is read from several tables",
        "joining": "headers, lines and names are joined here",
        "ledger": "several companies may share a ledger",
        "odata": "the first wire: tables of the company's database",
        "tables": "the tables, which an entity shares with others",
    },
    "sap_business_one": {
        "abilities": "servers differ in what they can do, which trying tells",
        "sql": "queries that are stored in the company",
        "totals": "sums by SQL and by `$apply`",
    },
    "netsuite": {
        "account": "what the account has decides which columns exist",
        "books": "accounting books and subsidiaries are chosen by name",
        "features": "the account's features are found by asking for their columns",
        "order": "that pages are in the order of their keys is proved",
        "statement": "a query's text, by pages and ranges of keys",
        "suiteql": "every query is the same POST",
        "totals": "the ledger's totals are a query of their own",
    },
    "toy_erp": {"server": "its sandbox, which an ERP of the house has in `mlc_sandbox/`"},
}
"""The files that only one vendor needs, and why."""


def rooms(package: Path) -> set[str]:
    """The modules of a package, by name; a folder of modules is one."""
    return {
        path.stem
        for path in package.iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and path.name != "__init__.py"
    }


def deviations(package: Path, lacking: Mapping[str, str], own: Collection[str]) -> list[str]:
    """Sentences on where a package is not as the plan and its own list say."""
    there = rooms(package)
    name = package.name
    return [
        *(
            f"{name} lacks {file}.py: {purpose}. Write it, or say in LACKING why it does without."
            for file, purpose in PLAN.items()
            if file not in there | lacking.keys()
        ),
        *(
            f"{name} has {file}.py, which is not of the plan. Give it the plan's name for what it is, or say in OWN why"
            " only this vendor needs it."
            for file in sorted(there - PLAN.keys() - set(own))
        ),
        *(f"{name} has {file}.py, and LACKING says why not." for file in sorted(there & lacking.keys())),
        *(f"{name} has no {file}.py any more, and OWN says why it has." for file in sorted(set(own) - there)),
    ]


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_has_the_files_of_the_plan_and_those_it_says(name: str):
    assert not deviations(PACKAGES[name], LACKING.get(name, {}), OWN.get(name, {}))


def test_no_vendors_own_file_is_in_the_plan_and_nothing_lacks_what_is_not():
    assert not {file for files in OWN.values() for file in files} & PLAN.keys()
    assert {file for files in LACKING.values() for file in files} <= PLAN.keys()
    assert {*OWN, *LACKING} <= PACKAGES.keys()


def test_of_a_new_package_it_is_said_what_is_missing_and_what_is_strange(tmp_path: Path):
    package = tmp_path / "sixth"
    lacking, own = LACKING["toy_erp"], OWN["toy_erp"]
    shutil.copytree(TOY, package)
    (package / "reading.py").rename(package / "rest.py")
    missing, strange = deviations(package, lacking, own)
    assert missing.startswith("sixth lacks reading.py: reading completely, and its proof. Write it, or say")
    assert strange.startswith("sixth has rest.py, which is not of the plan.")
    assert deviations(package, {**lacking, "reading": ""}, {**own, "rest": ""}) == []
    stale = deviations(package, {**lacking, "reading": "", "ping": ""}, {**own, "rest": "", "push": ""})
    assert stale == [
        "sixth has ping.py, and LACKING says why not.",
        "sixth has no push.py any more, and OWN says why it has.",
    ]


def test_the_guide_shows_the_plan():
    page = GUIDE.read_text(encoding="utf-8")
    assert [file for file, purpose in PLAN.items() if f"| `{file}` | {purpose} |" not in page] == []
