"""Whatever stands in a configuration file, it is loaded or refused: soon, and with the file's name."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlc_pipelines.config import load_configuration
from mlc_pipelines.config.bounds import DEEPEST, LARGEST_MAP, MOST_FAULTS, MOST_VALUES
from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines.errors import ConfigurationError, Fault
from mlc_pipelines_tests.config.conftest import TENANT, Files, FixedClock, changed

SOON = 5.0
"""Seconds of processor time."""
FOLDERS = ("tenants", "calendars")
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
TOWER = "".join(f"b{n}: &b{n} {'[' * 20}{f'*b{n - 1}' if n else 'x'}{']' * 20}\n" for n in range(400))
MERGED = "m0: &m0 {a: 1, b: 2}\n" + "".join(
    f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 9)}], c{n}: 1}}\n" for n in range(1, 12)
)


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "keys and values"),
        (MERGED, "keys and values"),
        (TOWER, "levels deep"),
        ("a: " + "x" * 20_000_000, "larger than 512 KB"),
        ("".join(f"unknown_{n}: 1\n" for n in range(200_000)), "larger than 512 KB"),
        ("".join(f"k{n}:\n" for n in range(40_000)), "keys and values"),
        ("a: " + "[" * 500 + "]" * 500, "levels deep"),
        ("a: " + "[" * 100_000, "levels deep"),
        ("a: " + "{a: " * 100_000, "levels deep"),
        ("- " * 100_000 + "x", "levels deep"),
        ("? " * 100_000 + "x", "levels deep"),
        ("\n".join(" " * n + "k:" for n in range(600)), "levels deep"),
    ],
    ids=[
        "alias bomb", "merge bomb", "tower of aliases", "20 MB value", "200 thousand keys", "40 thousand keys",
        "500 levels", "100 thousand lists", "100 thousand maps", "100 thousand dashes", "keys of keys", "600 levels",
    ],
)  # fmt: skip
def test_what_is_too_large_or_too_deep(files: Files, folder: str, text: str, said: str):
    files.write(f"{folder}/huge.yaml", text)
    began = time.process_time()
    fault = next(fault for fault in files.faults() if fault.file == f"{folder}/huge.yaml")
    assert time.process_time() - began < SOON
    assert said in fault.problem
    assert fault.remedy
    assert len(str(fault)) < 500


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize("name", ["tenants/odd.yaml", "calendars/odd.yaml", "maps/odd.csv"])
@pytest.mark.parametrize(
    "make",
    [
        a_pipe,
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to("/dev/full"),
        lambda path: path.symlink_to("nowhere"),
        lambda path: path.symlink_to(path),
    ],
    ids=["pipe", "endless device", "full device", "link to nothing", "link to itself"],
)
def test_what_is_no_file(files: Files, name: str, make: Callable[[Path], None]):
    files.write(name, "")
    (files.home / name).unlink()
    make(files.home / name)
    assert [fault.problem for fault in files.faults() if fault.file == name] == [
        "is no file, but a pipe, a device or a link that leads nowhere"
    ]


def test_a_link_to_a_file_is_a_file(files: Files):
    """Kubernetes mounts all configuration so."""
    (files.home / "tenants/acme.yaml").rename(files.home / "elsewhere")
    (files.home / "tenants/acme.yaml").symlink_to(files.home / "elsewhere")
    assert list(files.load().tenants) == ["acme"]


def test_a_huge_map(files: Files):
    files.write("maps/departments.csv", "erp,anaplan\n" + "a,b\n" * (LARGEST_MAP // 4))
    assert "larger than 16384 KB" in files.fault().problem


def test_very_many_faults_are_counted(files: Files):
    files.write("maps/departments.csv", "erp,anaplan\n" + "a,b,c\n" * 100_000)
    files.tenant({f"unknown{n}": "1" for n in range(1_000)})
    began = time.process_time()
    faults = files.faults()
    assert time.process_time() - began < SOON
    assert len(faults) == 2 * (MOST_FAULTS + 1)
    assert "has 900 more faults" in {fault.problem for fault in faults}


def test_the_largest_that_is_read_is_read_soon(files: Files):
    """As many unknown keys as a file may have: near names are sought for each."""
    files.write("tenants/wide.yaml", "".join(f"anaplam{n}:\n" for n in range(MOST_VALUES // 2 - 5)))
    began = time.process_time()
    assert len(files.faults()) == MOST_FAULTS + 1
    assert time.process_time() - began < SOON


@pytest.mark.parametrize("depth", [2, DEEPEST - 2])
def test_what_is_not_too_deep_is_judged_by_its_keys(files: Files, depth: int):
    files.write("tenants/deep.yaml", "a: " + "[" * depth + "]" * depth)
    assert any(fault.key == "a" for fault in files.faults())


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        ({"erp/accounting_book": ".nan"}, "erp.accounting_book", "no number"),
        ({"erp/max_concurrent_requests": "-.INF"}, "erp.max_concurrent_requests", "no number"),
        ({"anaplan/requests_per_minute": ".inf"}, "anaplan.requests_per_minute", "no number"),
        ({"erp/client_id": '"a\\0b"'}, "erp.client_id", "U+0000"),
        ({"calendar": '"\\uFEFFcalendar-months"'}, "calendar", "U+FEFF"),
        ({"erp/client_id": '"a\\nb"'}, "erp.client_id", "several lines"),
        ({"loads/accounts": '{import: "Load\\nX", columns: {A: name}}'}, "loads.accounts.import", "several lines"),
        ({"loads/accounts": '{import: X, columns: {"A\\nB": name}}'}, "loads.accounts.columns.A\nB", "U+000A"),
        ({"loads/accounts": '{import: X, columns: {"A\\u200bB": name}}'}, "loads.accounts.columns.A\u200bB", "U+200B"),
        ({"erp/accounting_book": "-1"}, "erp.accounting_book", "negative"),
        ({"erp/subsidiaries": '["1", "-3"]'}, "erp.subsidiaries[1]", "negative"),
    ],
)
def test_texts_that_are_not_what_they_seem(tmp_path: Path, changes: dict[str, str], key: str, said: str):
    files = Files(tmp_path)
    text = yaml.safe_dump(changed(TENANT, dict.fromkeys(changes, "@here@")), sort_keys=False)
    files.write("tenants/acme.yaml", text.replace("'@here@'", next(iter(changes.values()))))
    assert (key, True) in [(fault.key, said in fault.problem) for fault in refusal(files.home) or ()]


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.text(max_size=20),
    st.sampled_from(["netsuite", "-1", ".nan", "\x00", "\ufeff", "\ud800", "0" * 5000, "1e999", "=", "<<"]),
)  # fmt: skip
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


def places(content: Any, place: str = "") -> list[str]:
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [found for key, value in inner for found in (f"{place}{key}", *places(value, f"{place}{key}/"))]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(places(TENANT)), value=values, kind=st.sampled_from(list(ERPS)))
def test_a_tenant_with_anything_in_any_place(tmp_path: Path, place: str, value: Any, kind: str):
    files = Files(tmp_path)
    content = changed(TENANT, {"erp/kind": kind, place: value})
    files.write("tenants/acme.yaml", yaml.safe_dump(content, allow_unicode=False).encode("utf-8", "surrogatepass"))
    loaded_or_refused(files.home)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["tenants/acme.yaml", "calendars/odd.yaml", "maps/departments.csv"]),
    text=st.binary(max_size=200) | st.text(max_size=200).map(str.encode),
)
def test_any_bytes_in_any_file(tmp_path: Path, name: str, text: bytes):
    files = Files(tmp_path)
    files.write(name, text)
    loaded_or_refused(files.home)
    (files.home / name).unlink()


def loaded_or_refused(home: Path) -> None:
    faults = refusal(home)
    assert faults is None or faults
    assert all((home / fault.file).exists() and fault.problem and fault.remedy for fault in faults or ())


def refusal(home: Path) -> Sequence[Fault] | None:
    try:
        load_configuration(home, ERPS, clock=FixedClock())
    except ConfigurationError as error:
        return error.faults
    return None
