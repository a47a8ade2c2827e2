"""Ways in that don't work say what to do; ways in that work tell nobody how."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from mlc_pipelines.errors import AuthenticationError, ConfigurationError, Forbidden, MlcError
from mlc_pipelines.findings import Finding
from mlc_pipelines_tests.contract.conftest import Bench
from mlc_pipelines_tests.contract.driver import Access


def tried(bench: Bench, access: Access) -> tuple[MlcError, list[Finding]]:
    """How a read ends that finds no token of a better day, and what ping says."""
    bench.new_database()
    with bench.source(access) as source, pytest.raises(MlcError) as raised:
        bench.read(source, bench.driver.ledger)
    with bench.source(access) as source:
        return raised.value, list(source.ping())


def faults(findings: list[Finding]) -> list[Finding]:
    found = [finding for finding in findings if not finding.ok]
    assert all(finding.remedy for finding in found), found
    return found


def silent(access: Access, *texts: object) -> None:
    """None of the secrets stands in one of the texts."""
    for value in access.secrets.values():
        parts = [line for line in value.splitlines() if len(line) > 5 and not line.startswith("-----")]
        for part in parts:
            assert not [text for text in texts if part in str(text)]


def test_everything_is_well(shared: Bench):
    with shared.source() as source:
        findings = list(source.ping())
    assert not faults(findings)
    assert len(findings) > 3
    silent(shared.driver.access, *findings)


def test_wrong_credentials(shared: Bench):
    access = shared.driver.wrong_credentials()
    error, findings = tried(shared, access)
    assert isinstance(error, AuthenticationError | ConfigurationError)
    assert error.hint
    assert faults(findings)
    silent(access, error, repr(error), *findings)


def remedies(bench: Bench, access: Access) -> list[str]:
    bench.new_database()
    try:
        with bench.source(access) as source:
            return [finding.remedy for finding in faults(list(source.ping()))]
    except MlcError as error:  # it can't even be opened with such a key
        return [error.hint]


def test_each_refused_credential_is_named(shared: Bench):
    """With the command that sets it again, for this tenant and under its name in the vault."""
    right = shared.driver.access
    used = [reference for path in secret_keys(right.connection) for reference in [_at(right.connection, path)]]
    for name in {reference["secret"] for reference in used}:
        found = remedies(shared, Access(right.connection, {**right.secrets, name: "wrong-one"}))
        assert any(f"`mlc secrets set acme {name}`" in remedy for remedy in found), (name, found)


def _at(tree: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    return _at(tree[path[0]], path[1:]) if path else tree


def test_wrong_version_or_company(shared: Bench):
    access = shared.driver.wrong_version()
    if access is None:
        pytest.skip("nothing of the sort is configured for this ERP")
    error, findings = tried(shared, access)
    assert error.hint
    assert faults(findings)


def test_a_missing_right(bench: Bench):
    bench.driver.without_right()
    error, findings = tried(bench, bench.driver.access)
    assert isinstance(error, Forbidden | AuthenticationError | ConfigurationError), repr(error)
    assert error.hint
    assert faults(findings)


def test_nothing_of_a_secret_is_logged_or_shown(shared: Bench, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    connection = shared.erp.connection.model_validate(dict(shared.driver.access.connection))
    with shared.source() as source:
        shared.driver.expire()
        shared.read(source, shared.driver.ledger)
        shown = [repr(source), str(source), repr(connection), repr(shared.context(shared.driver.access))]
    assert caplog.records
    silent(shared.driver.access, caplog.text, *shown, *shared.progress)


def secret_keys(connection: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in connection.items():
        if isinstance(value, Mapping):
            yield from [(*path, key)] if "secret" in value else secret_keys(value, (*path, key))


def test_a_secret_in_plain_text_is_refused_unseen(shared: Bench):
    given = shared.driver.access.connection
    paths = list(secret_keys(given))
    assert paths
    for path in paths:
        changed = _with(given, path, "Plain-Passw0rd")
        with pytest.raises(ValidationError) as raised:
            shared.erp.connection.model_validate(changed)
        assert "secret" in str(raised.value)
        assert "Plain-Passw0rd" not in "".join(error["msg"] for error in raised.value.errors(include_input=False))


def _with(tree: Mapping[str, Any], path: tuple[str, ...], value: object) -> dict[str, Any]:
    first, *rest = path
    return {**tree, first: _with(tree[first], tuple(rest), value) if rest else value}


def test_keys_that_are_not_known_are_refused(shared: Bench):
    with pytest.raises(ValidationError, match="pasword"):
        shared.erp.connection.model_validate({**shared.driver.access.connection, "pasword": "x"})
