"""`mlc init`, `check`, `ping`: before anything is connected."""

from __future__ import annotations

import re
import socket
import threading
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mlc_pipelines.config import template_kinds
from mlc_pipelines_tests.cli.broken_home import KEYS, break_it
from mlc_pipelines_tests.cli.conftest import Mlc
from mlc_pipelines_tests.config.filling import WRITTEN, filled_template
from mlc_pipelines_tests.http.server import Server, silence


@pytest.mark.parametrize("kind", template_kinds())
def test_what_init_writes_is_to_be_filled_in(at: Mlc, tmp_path: Path, kind: str):
    done = at("init", str(tmp_path), "--erp", kind)
    assert done.code == 0
    assert "tenants/example.yaml" in done.out
    assert "mlc check" in done.out
    checked = at("check")
    assert checked.code == 2
    blanks = set(re.findall(r": (<[^<>]+>)", (tmp_path / "tenants/example.yaml").read_text(encoding="utf-8")))
    assert {"<workspace id>", "<model id>", "<Anaplan user>"} < blanks <= set(WRITTEN)
    assert len(re.findall("is not filled in", checked.words)) == checked.words.count("tenants/example.yaml:")
    assert all(blank in checked.words for blank in blanks)


@pytest.mark.parametrize("kind", template_kinds())
def test_what_is_filled_in_passes_the_check(at: Mlc, tmp_path: Path, kind: str):
    filled_template(tmp_path, kind)
    checked = at("check")
    assert checked.code == 0, checked.err
    assert "The configuration is good: 1 tenants" in checked.out


def test_init_overwrites_nothing(at: Mlc, started: Path):
    before = (started / "tenants/example.yaml").read_bytes()
    done = at("init", str(started), "--erp", "netsuite")
    assert done.code == 2
    assert "exists already" in done.words
    assert (started / "tenants/example.yaml").read_bytes() == before


def test_init_with_an_unknown_erp(at: Mlc, tmp_path: Path):
    done = at("init", str(tmp_path / "new"), "--erp", "netsweet")
    assert done.code == 2
    assert "netsuite" in done.words
    assert not (tmp_path / "new").exists()


def test_check_as_json(at: Mlc, started: Path):
    done = at("check", "--json")
    assert (done.code, done.json["ok"], done.json["tenants"]) == (0, True, ["example"])


def test_check_lists_every_fault_at_once(at: Mlc, started: Path):
    break_it(started)
    done = at("check")
    assert (done.code, done.out) == (2, "")
    for key in KEYS:
        assert f"tenants/example.yaml: {key}" in done.words
    assert "upper case" in done.words
    assert "example-445" in done.words
    assert "gl_activity" in done.words
    assert "mlc secrets set" in done.words
    assert "MIIEvQIBADANBgkqhkiG9w0BAQEF" not in done.err, "what stands in the place of a secret may be one"


def test_a_broken_tenant_stops_no_other(at: Mlc, started: Path):
    (started / "tenants/bad.yaml").write_text("tenant: bad\n", encoding="utf-8")
    good, bad = at("run", "example", "FY1999-P01"), at("run", "bad", "FY1999-P01")
    assert (good.code, bad.code) == (2, 2)
    assert "FY1999-P01" in good.words, "it got as far as the period"
    assert "bad.yaml" not in good.words
    assert "bad can't run" in bad.words
    assert "tenants/bad.yaml: loads" in bad.words
    assert at("check").code == 2
    pinged = at("ping")
    assert pinged.code == 2
    assert "anaplan: connection" in pinged.out, "the good one is tried"
    assert "tenants/bad.yaml: loads" in pinged.words


def test_check_needs_no_database(command, started: Path, monkeypatch: pytest.MonkeyPatch):
    url = "postgresql://mlc:hunter2secret@127.0.0.1:1/none"
    assert command({"MLC_HOME": str(started), "MLC_DATABASE_URL": url}, "check").code == 0


def test_check_of_an_empty_home(at: Mlc):
    done = at("check")
    assert done.code == 2
    assert "mlc init" in done.words


def test_a_broken_yaml_says_where(at: Mlc, started: Path):
    path = started / "tenants/example.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "loads: {\n", encoding="utf-8")
    done = at("check")
    assert done.code == 2
    assert "tenants/example.yaml" in done.words
    assert "line" in done.words


def test_ping_without_tenants(at: Mlc):
    done = at("ping")
    assert done.code == 2
    assert "There is no tenant" in done.words


class Blackhole:
    """A port whose queue of connections is full: whoever asks for one gets no answer."""

    def __enter__(self) -> str:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        address = self._listener.getsockname()
        self._queued = [socket.socket() for _ in range(4)]
        for each in self._queued:
            each.setblocking(False)
            each.connect_ex(address)
        return f"http://127.0.0.1:{address[1]}"

    def __exit__(self, *_: object) -> None:
        for each in (*self._queued, self._listener):
            each.close()


def test_ping_of_hosts_that_are_not_there(at: Mlc, tmp_path: Path):
    """Both sides of both tenants are dead, each in its way, and one patience is enough for all."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with Blackhole() as hole, Server() as silent:
        silent.otherwise = silence(threading.Event())
        addresses = {
            "https://auth.anaplan.com": hole,
            "https://b1.example.com:50000": silent.url,
            "# base_url: https://0000000.suitetalk.api.netsuite.com": "base_url: http://127.0.0.1:9 #",
        }
        for name, kind in (("one", "netsuite"), ("two", "sap_business_one")):
            text = filled_template(tmp_path / kind, kind).read_text(encoding="utf-8")
            for known, here in {"tenant: example": f"tenant: {name}", **addresses}.items():
                text = text.replace(known, here)
            (tmp_path / "tenants").mkdir(exist_ok=True)
            (tmp_path / f"tenants/{name}.yaml").write_text(text, encoding="utf-8")
            assert at("secrets", "set", name, "anaplan_password", text="x").code == 0
        (tmp_path / "maps").symlink_to(tmp_path / "netsuite/maps")
        assert at("secrets", "set", "one", "netsuite_private_key", text=pem).code == 0
        assert at("secrets", "set", "two", "b1_password", text="x").code == 0
        began = time.monotonic()
        done = at("ping", "--json")
        took = time.monotonic() - began
    assert done.code == 1
    assert took < 12
    said = {name: " ".join(f["message"] + " " + f["remedy"] for f in found) for name, found in done.json.items()}
    assert "no connection to port 9 of 127.0.0.1 (connection refused)" in said["one"]
    assert "no connection to 127.0.0.1 within 4 s" in said["one"]
    assert "/b1s/v2/Login got no whole answer: 127.0.0.1 took the connection and then was silent" in said["two"]
    assert "retrying (2 of 2)" in done.err
    assert not re.search(r"[a-z]Error|Timeout|Errno", done.out + done.err)
