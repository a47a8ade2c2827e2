"""Parents above their children."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from mlc_pipelines.flows.delivery.hierarchy import parents_first

NAMES = list("abcdefgh")


@given(st.permutations(NAMES), st.lists(st.integers(0, 7), min_size=8, max_size=8), st.booleans())
def test_a_parent_stands_above_its_children(order: list[str], draws: list[int], by_name: bool):
    # Each may only hang under an earlier letter, so that there is no circle.
    parent_of = {name: NAMES[draws[i] % i] if i and draws[i] else "top" for i, name in enumerate(NAMES)}
    called = {name: f"Member {name}" if by_name else name for name in NAMES}
    table = pa.table(
        {
            "Code": order,
            "Name": [f"Member {name}" for name in order],
            "PARENT": [called.get(parent_of[name], "top") for name in order],
        }
    )
    sorted_codes = parents_first(table)["Code"].to_pylist()
    assert sorted(sorted_codes) == NAMES
    for name, parent in parent_of.items():
        assert parent == "top" or sorted_codes.index(parent) < sorted_codes.index(name)


def test_circles_and_tables_without_parents_stay():
    circle = pa.table({"Code": ["a", "b"], "Parent": ["b", "a"]})
    assert parents_first(circle).to_pylist() == circle.to_pylist()
    flat = pa.table({"Code": ["b", "a"], "Name": ["x", "y"]})
    assert parents_first(flat) is flat
