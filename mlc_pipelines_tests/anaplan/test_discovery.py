"""What the configuration names is found exactly, or near names are offered."""

from __future__ import annotations

import re

import pytest

from mlc_pipelines.anaplan.file_form import FileForm
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines_tests.anaplan.planning import DEPARTMENTS, THREE, Planning, Record


def test_a_process_with_several_files_can_not_be_fed(planning: Planning):
    with planning.client() as client, pytest.raises(ConfigurationError, match="reads 2 files"):
        client.run(client.action("process", "Load both"), Record(), content=THREE)
    assert planning.sandbox.tasks == []


def test_what_the_model_offers(planning: Planning):
    with planning.client() as client:
        found = {(action.kind, action.name) for action in client.actions()}
        source = client.import_source(client.action("import", "Load Actuals"))
    assert ("import", "Load Actuals") in found
    assert ("export", "Actuals out") in found
    assert ("process", "Load both") in found
    assert source.form == FileForm(("Account", "Department", "Period", "Amount"), ",", '"', "utf-8", ".")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("load actuals", "Did you mean 'Load Actuals'"),
        ("Load Acounts", "Did you mean 'Load Accounts'"),
        ("Zzz", "mlc actions TENANT"),
        ("Twice", "has 2 imports named 'Twice'"),
    ],
)
def test_a_name_that_is_not_exactly_one_action(planning: Planning, name: str, words: str):
    with planning.client() as client, pytest.raises(ConfigurationError, match=words):
        client.action("import", name)


def test_an_import_from_a_module_takes_no_file(planning: Planning):
    with planning.client() as client, pytest.raises(ConfigurationError, match="not from a file"):
        client.import_source(client.action("import", "Accounts from GL"))


def test_what_the_model_offers_is_fetched_once_in_a_run(planning: Planning):
    with planning.client() as client:
        for _ in range(2):
            client.load_list("Departments", DEPARTMENTS)
            client.list_members("Departments")
            assert not client.is_numbered("Departments")
            client.export_form(client.action("export", "Actuals out"))
            client.cell_dimensions("GL", "Amount")
    asked = ("/lists", r"/lists/\d+", "/exports", "/modules")
    paths = [line.path for line in planning.sandbox.log]
    assert [sum(bool(re.search(f"{each}$", path)) for path in paths) for each in asked] == [1, 1, 1, 1]
