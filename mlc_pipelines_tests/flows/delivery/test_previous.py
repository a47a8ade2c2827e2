"""What earlier deliveries left in the model is set to zero, whatever became of them."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_pipelines.flows.delivery.previous import PreviousDelivery, zero_rows


@settings(deadline=None)
@given(
    st.dictionaries(st.text(max_size=3), st.integers(-5, 5)), st.dictionaries(st.text(max_size=3), st.integers(-5, 5))
)
def test_a_delivery_with_zeros_leaves_no_figure_of_the_one_before(before: dict[str, int], now: dict[str, int]):
    def table(cells: dict[str, int]) -> pa.Table:
        columns = {"A": list(cells), "Amount": [str(value) for value in cells.values()]}
        return pa.table(columns, pa.schema([("A", pa.string()), ("Amount", pa.string())]))

    model = dict(before)
    for line in (
        table(now).to_pylist() + zero_rows([PreviousDelivery(table(before))], table(now), ["A"], "Amount").to_pylist()
    ):
        model[line["A"]] = int(line["Amount"])
    assert {key: value for key, value in model.items() if value} == {key: value for key, value in now.items() if value}


coordinates = st.sampled_from("abc")


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.frozensets(coordinates),  # members that the model has at that time
            st.dictionaries(coordinates, st.integers(-1, 2)),  # what is delivered
            st.booleans(),  # whether values of 2 are refused, as badly written numbers are
        ),
        min_size=1,
    )
)
def test_zeros_reach_whatever_stayed_in_the_model(
    deliveries: list[tuple[frozenset[str], dict[str, int], bool]],
):
    schema = pa.schema([("A", pa.string()), ("Amount", pa.string())])
    model: dict[str, int] = {}
    history: list[PreviousDelivery] = []  # newest first
    for members, cells, strict in deliveries:
        model = {member: value for member, value in model.items() if member in members}
        present = pa.table({"A": list(cells), "Amount": [str(value) for value in cells.values()]}, schema)
        rows = pa.concat_tables([present, zero_rows(history, present, ["A"], "Amount")])
        refused: list[dict[str, str]] = []
        for row in rows.to_pylist():
            if row["A"] not in members or (strict and row["Amount"] == "2"):
                refused.append(row)
            else:
                model[row["A"]] = int(row["Amount"])
        history.insert(0, PreviousDelivery(rows, pa.Table.from_pylist(refused, schema)))
        taken = {row["A"] for row in rows.to_pylist() if row not in refused}
        for member, value in model.items():
            assert value == cells.get(member, 0) or member not in taken
            assert value == 0 or member in cells, "a figure that is not delivered any more stayed"
