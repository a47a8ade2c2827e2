"""What a person writes into a template of `mlc init`."""

from __future__ import annotations

from pathlib import Path

from mlc_pipelines.config import write_template

WRITTEN = {
    "<account id>": '"1234567"',
    "<client id>": "8f1c2d",
    "<certificate id>": "c3rt",
    "<workspace id>": "8a81b09d5e8c6f27015ece3402487d33",
    "<model id>": "75A40874E6B64FA3AE0743278996850F",
    "<Anaplan user>": "robot@acme.example",
    "<tenant id of the company>": "2f3b9c1e-0000-4000-8000-000000000001",
    "<address>": "https://b1.example.com:50000/b1s/v2",
    "<tenant>": "Acme",
    "<user>": "planning",
    "<operator>": "ANAPLAN",
    "<company>": "EDU1",
}


def filled_template(home: Path, kind: str) -> Path:
    """The tenant file of a template in which everything is filled in."""
    write_template(home, kind)
    path = home / "tenants/example.yaml"
    text = path.read_text(encoding="utf-8")
    for blank, value in WRITTEN.items():
        text = text.replace(f": {blank}", f": {value}")
    path.write_text(text, encoding="utf-8")
    return path
