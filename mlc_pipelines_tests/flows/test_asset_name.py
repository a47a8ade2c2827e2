"""Names of assets."""

from __future__ import annotations

from mlc_pipelines.flows.asset_name import landed_asset, load_asset, plan_asset, tie_out_asset


def test_what_people_type_and_results_are_stored_under():
    names = [landed_asset("netsuite", "accounts"), load_asset("netsuite", "accounts")]
    names += [tie_out_asset("netsuite"), plan_asset("netsuite")]
    assert list(map(str, names)) == [
        "netsuite/accounts",
        "netsuite/anaplan/accounts",
        "netsuite/tie_out",
        "netsuite/approved_plan",
    ]
