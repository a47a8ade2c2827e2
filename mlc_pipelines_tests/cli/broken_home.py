"""Faults in the home that `mlc init` made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml


def change(home: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change the tenant's file."""
    path = home / "tenants/example.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    edit(document)
    path.write_text(yaml.safe_dump(document), encoding="utf-8")


def break_it(home: Path) -> None:
    """Four faults; `KEYS` says where."""

    def edit(document: dict[str, Any]) -> None:
        document["anaplan"]["model_id"] = "75a40874e6b64fa3ae0743278996850f"
        document["calendar"] = "example-454"
        document["erp"]["private_key"] = "MIIEvQIBADANBgkqhkiG9w0BAQEF"
        document["loads"]["gl_activty"] = document["loads"].pop("gl_activity")

    change(home, edit)


KEYS = {"anaplan.model_id", "calendar", "erp.private_key", "loads.gl_activty"}
