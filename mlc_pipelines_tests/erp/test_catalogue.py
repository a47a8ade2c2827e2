"""The catalogue: cheap to import, complete in its declarations."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import BaseModel

from mlc_pipelines.erp.base import Entity
from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines_tests.erp.installing import install

ENTITIES = [
    pytest.param(entity, id=f"{kind}-{entity.name}") for kind, erp in ERPS.items() for entity in erp.entities.values()
]


def imported(code: str, names: str) -> str:
    """Which of some modules are there after that code, in a fresh interpreter."""
    shown = f"import sys\n{code}\nprint(*[name for name in {names.split()} if name in sys.modules])"
    return subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True).stdout.strip()


def test_importing_the_catalogue_imports_no_heavy_module():
    assert imported("import mlc_pipelines.erp.catalogue", "pyarrow pydantic httpx jwt pandas") == ""


def test_declaring_an_erp_imports_no_transport():
    code = "from mlc_pipelines.erp.catalogue import ERPS\ndict(ERPS)"
    assert imported(code, "pyarrow httpx jwt cryptography sqlalchemy pandas") == "pyarrow"


def test_kinds_agree():
    for kind, erp in ERPS.items():
        assert erp.kind == kind
        assert issubclass(erp.connection, BaseModel)
        assert erp.connection.model_config.get("extra") == "forbid"
    with pytest.raises(KeyError):
        ERPS["sap"]


@pytest.mark.parametrize(
    ("erps", "said"),
    [
        ({"netsuite": "toy_erp:ERP"}, "The installed package toy-erp adds the ERP netsuite, which is there already"),
        (
            {"toy": "not_there:ERP"},
            "The ERP toy (not_there:ERP of the installed package toy-erp) can't be loaded: ",
        ),
        ({"toy": "json:ERP"}, "can't be loaded: module 'json' has no attribute 'ERP'"),
        ({"toy": "json:loads"}, "can't be loaded: it is no `Erp` of that kind"),
        ({"toy": "mlc_pipelines.erp.netsuite:ERP"}, "can't be loaded: it is no `Erp` of that kind"),
    ],
)
def test_an_installed_package_that_adds_no_erp_is_named(tmp_path: Path, erps: dict[str, str], said: str):
    install(tmp_path, "toy-erp", erps)
    code = "from mlc_pipelines.erp.catalogue import ERPS\ndict(ERPS)"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert "ConfigurationError" in done.stderr.splitlines()[-1]
    assert said in done.stderr


@pytest.mark.parametrize("entity", ENTITIES)
def test_an_entity_is_declared_consistently(entity: Entity):
    names = [field.name for field in entity.fields]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in [entity.name, *names])
    assert entity.meaning.endswith(".")
    assert all(field.meaning.endswith(".") for field in entity.fields)
    assert not any(pa.types.is_floating(field.type) for field in entity.fields)
    for key in entity.key:
        assert entity.field(key).required
    for named in (
        entity.modified,
        entity.watermark,
        entity.period,
        entity.amount,
        entity.currency,
        entity.debit,
        entity.credit,
        entity.control_by,
    ):
        assert named is None or named in names
    for named in (entity.amount, entity.debit, entity.credit):
        assert named is None or pa.types.is_decimal(entity.field(named).type)
    assert (entity.kind == "fact") == (entity.period is not None) == (entity.control_by is not None)


def test_facts_refer_to_dimensions():
    for erp in ERPS.values():
        kinds = [entity.kind for entity in erp.entities.values()]
        assert kinds == sorted(kinds), "dimensions come first"
        for entity in erp.entities.values():
            assert all(erp.entities[name].kind == "dimension" for name in entity.refers_to)


def test_what_rows_repeat_is_there_to_be_repeated():
    for erp in ERPS.values():
        for entity in erp.entities.values():
            for name, fields in entity.repeats.items():
                assert erp.entities[name].kind == "dimension"
                assert all(erp.entities[name].field(field) for field in fields)
            assert entity.key[: len(entity.document)] == entity.document
