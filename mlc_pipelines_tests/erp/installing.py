"""Packages as pip installs them, for processes that a test starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mlc_pipelines.erp.catalogue import ENTRY_POINTS


def install(site: Path, package: str, erps: Mapping[str, str]) -> None:
    """Write into a folder of packages what pip writes there of a package that adds ERPs, by kind."""
    folder = site / f"{package.replace('-', '_')}-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = [f"{kind} = {place}" for kind, place in erps.items()]
    (folder / "entry_points.txt").write_text("\n".join([f"[{ENTRY_POINTS}]", *lines, ""]))
