"""Segment values: one list of all keys."""

from __future__ import annotations

from mlc_pipelines.erp.base import ControlTotal
from mlc_pipelines.erp.visma_net import ERP
from mlc_pipelines_tests.erp.visma_net.conftest import MARCH


def test_segment_values_of_all_keys_are_one_list(script, open_source):
    def key(name: str, *values: str):
        segment = {"segmentId": 1, "description": "Department"}
        return {
            "id": name,
            "description": name.title(),
            "segments": [
                {**segment, "segmentValues": [{"valueId": value, "description": f"Plant {value}"} for value in values]},
                {**segment, "segmentId": 2, "segmentValues": None},
            ],
        }

    script.lists |= {
        "/v1/dimension": ["SUBACCOUNT", "INVENTORY/X", "GONE", "NEW"],
        "/v1/dimension/subaccount": key("SUBACCOUNT", "20", "10"),
        "/v1/dimension/new": {"id": "NEW", "segments": None},
        "/v1/dimension/inventory/x": key("INVENTORY/X", "10"),
    }
    opened = open_source(script)
    rows = opened.rows("dimensions")
    names = ("dimension", "dimension_name", "segment_id", "segment_name", "code", "name")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("INVENTORY/X", "Inventory/X", 1, "Department", "10", "Plant 10"),
        ("SUBACCOUNT", "Subaccount", 1, "Department", "10", "Plant 10"),
        ("SUBACCOUNT", "Subaccount", 1, "Department", "20", "Plant 20"),
    ]
    assert opened.source.control(ERP.entities["dimensions"], MARCH) == [ControlTotal(None, rows=3)]
