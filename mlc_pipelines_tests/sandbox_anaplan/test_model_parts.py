"""Parts of a model that are easier to test without HTTP: cells against a plain dict, and slips in a declaration."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.sandbox_anaplan.conftest import MODEL, SPEC
from mlc_sandbox.anaplan import (
    AnaplanSandbox,
    ClearSpec,
    DeleteSpec,
    ExportSpec,
    ListImport,
    ListSpec,
    MemberSpec,
    ModelSpec,
    ModuleImport,
    ModuleSpec,
    ProcessSpec,
    User,
    ViewSpec,
)
from mlc_sandbox.anaplan.contents.cells import NUMBER_TYPE, Cells, ModuleTooLarge, text_array

NUMBERS = st.decimals(
    min_value=Decimal("-1e20"), max_value=Decimal("1e20"), places=15, allow_nan=False, allow_infinity=False
) | st.just(Decimal(0))
WRITES = st.lists(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), NUMBERS), min_size=1, max_size=12), max_size=5
)


@settings(deadline=None)
@given(WRITES)
def test_cells_behave_like_a_dict_without_zeros(writes: list[list[tuple[int, int, Decimal]]]) -> None:
    cells = Cells.empty("NUMBER", 2)
    expected: dict[tuple[int, int], Decimal] = {}
    for number, write in enumerate(writes):
        coordinates = np.array([[first, second] for first, second, _ in write], dtype=np.int32)
        values = pa.array([value for _, _, value in write], NUMBER_TYPE)
        # The list of a dimension may have grown between two writes.
        cells, changed = cells.written(coordinates, values, (4 + number, 3))
        before = dict(expected)
        expected |= {(first, second): value for first, second, value in write}
        expected = {key: value for key, value in expected.items() if value}
        assert changed == len(dict(before.items() ^ expected.items()))
        found = dict(zip(map(tuple, cells.coordinates.tolist()), cells.values.to_pylist(), strict=True))
        assert found == expected
        assert list(found) == sorted(found)


@settings(deadline=None)
@given(NUMBERS)
def test_numbers_are_shown_exactly_and_plainly(number: Decimal) -> None:
    text = text_array(pa.array([number], NUMBER_TYPE))[0].as_py()
    assert Decimal(text) == number
    assert "E" not in text
    assert not ("." in text and text.endswith(("0", ".")))


def test_a_module_may_be_too_large() -> None:
    coordinates = np.zeros((1, 3), dtype=np.int32)
    with pytest.raises(ModuleTooLarge):
        Cells.empty("NUMBER", 3).written(coordinates, pa.array([Decimal(1)], NUMBER_TYPE), (2**22,) * 3)


def test_slips_in_a_declaration_are_all_named() -> None:
    spec = ModelSpec(
        "Slips",
        lists=[ListSpec("Accounts", parent="Groups", properties={"Kind": "TEXT"})],
        modules=[ModuleSpec("GL", ("Accounts", "Places"), ("Amount",), views=(ViewSpec("V", ("Accounts",), ()),))],
        imports=[
            ListImport("a", "Nothing", {}),
            ListImport("b", "Accounts", {"x": "Colour"}, from_module="No"),
            ModuleImport("c", "Nothing", {}),
            ModuleImport("d", "GL", {"x": "Accounts", "y": "Total", "z": "Values"}),
        ],
        exports=[ExportSpec("e", "Nothing"), ExportSpec("f", "GL", view="W", only={"Time": ()}, line_items=("Total",))],
        actions=[
            DeleteSpec("g", "Nothing", "x"),
            DeleteSpec("h", "Accounts", "Colour"),
            ClearSpec("i", "Nothing"),
            ClearSpec("j", "GL", {"Time": ()}),
        ],
        processes=[ProcessSpec("k", ("a", "nothing"))],
    )
    with pytest.raises(ValueError, match="Slips") as caught:
        AnaplanSandbox([spec], [User("a@b.c")], clock=sandbox_clock())
    lines = [line.strip().partition(" '")[0].rstrip(":") for line in str(caught.value).splitlines()[1:]]
    assert lines == [
        "list Accounts: parent",
        "module GL: dimensions",
        "view V: has to place each dimension of GL and Line items once",
        "import a: no list",
        "import b: columns",
        "import b: neither the code nor the name is mapped, so rows have no key",
        "import b: from_module",
        "import c: no module",
        "import d: columns",
        "import d: Places has to be given once, by a column, in fixed or in ask",
        "import d: Line items and Values go together",
        "export e: no module",
        "export f: only",
        "export f: line_items",
        "export f: view",
        "action g: no list",
        "action h: where",
        "action i: no module",
        "action j: only",
        "process k: steps",
    ]


def test_a_member_s_parent_has_to_exist() -> None:
    spec = ModelSpec("Orphan", lists=[ListSpec("Accounts", members=[MemberSpec("1", parent="2")])])
    with pytest.raises(ValueError, match="unknown parent '2'"):
        AnaplanSandbox([spec], [User("a@b.c")], clock=sandbox_clock())


def test_models_are_found_by_id_and_name() -> None:
    sandbox = AnaplanSandbox([SPEC], [User("a@b.c")], clock=sandbox_clock())
    assert sandbox.model(MODEL) is sandbox.model("Group Planning")
    with pytest.raises(KeyError):
        sandbox.model("Nothing")
