"""The real webserver, as `mlc dev` starts it, and a page of another site in a real browser."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

import dagster as dg
import pytest

from mlc_pipelines.cli.serve import dagster_processes
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration import storage
from mlc_pipelines.orchestration.instance import prepare_instance
from mlc_pipelines_tests.world import disconnect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

# Every way in that a page of another site has without being asked anything; each would leave a trace of its own.
PAGE = """<!doctype html><title>hostile</title><form id="f" method="post" target="sink" enctype="text/plain"></form>
<iframe name="sink"></iframe><script>
const ui = "http://127.0.0.1:%(port)d";
const limit = key => 'mutation { setConcurrencyLimit(concurrencyKey: "' + key + '", limit: 1) }';
const settled = promise => promise.then(() => "answered", () => "failed");
const post = (path, body, type) => settled(fetch(ui + path, {
  method: "POST", mode: "no-cors", credentials: "include", body, headers: type ? {"Content-Type": type} : {}}));
const image = path => new Promise(done => {
  const one = new Image(); one.onload = one.onerror = () => done("tried"); one.src = ui + path; });
const form = (path, body) => new Promise(done => {
  const f = document.getElementById("f"), field = document.createElement("input");
  field.name = body.slice(0, -1) + ', "x": "'; field.value = '"}'; f.append(field); f.action = ui + path;
  document.querySelector("iframe").onload = () => done("tried"); f.submit(); setTimeout(() => done("late"), 3000); });
const line = () => new Promise(done => {
  const ws = new WebSocket(ui.replace("http", "ws") + "/graphql", "graphql-ws");
  ws.onopen = () => done("OPEN"); ws.onerror = () => done("refused"); });
const query = key => JSON.stringify({query: limit(key)});
(async () => {
  const told = {
    text: await post("/graphql", query("text"), "text/plain"),
    disguised: await post("/graphql", query("disguised"), "text/plain; application/json"),
    bare: await post("/graphql?query=" + encodeURIComponent(limit("bare"))),
    image: await image("/graphql?query=" + encodeURIComponent(limit("image"))),
    report: await post("/report_asset_materialization/forged/tie_out?partition=a"),
    check: await post("/report_asset_check/forged/tie_out?check_name=totals_agree&passed=true"),
    json: await settled(fetch(ui + "/graphql", {
      method: "POST", body: query("json"), headers: {"Content-Type": "application/json"}})),
    form: await form("/graphql", query("form")),
    socket: await line(),
  };
  await fetch("/told", {method: "POST", body: JSON.stringify(told)});
})();
</script>"""


@contextlib.contextmanager
def hostile_site(ui_port: int) -> Iterator[tuple[int, queue.Queue[dict[str, str]]]]:
    """A site on a port of its own that serves the page and takes what the page has to tell."""
    told: queue.Queue[dict[str, str]] = queue.Queue()

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer((PAGE % {"port": ui_port}).encode())

        def do_POST(self) -> None:
            told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def browser(profile: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A Chromium of its own that calls nobody else."""
    quiet = ["background-networking", "component-update", "sync", "gpu"]
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--no-first-run", f"--user-data-dir={profile}"]
    process = subprocess.Popen(
        [*command, *(f"--disable-{part}" for part in quiet), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def post(port: int, path: str, body: str, headers: dict[str, str]) -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body.encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory, make_database_url) -> Iterator[tuple[int, dg.DagsterInstance]]:
    """The webserver of an installation without tenants, and its instance."""
    home = tmp_path_factory.mktemp("home")
    url = make_database_url()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLC_", "DAGSTER_"))}
    with mock.patch.dict(os.environ, {**kept, "MLC_HOME": str(home), "MLC_DATABASE_URL": url}, clear=True):
        runtime = Runtime.from_environment()
        prepare_instance(runtime)
        storage._database.cache_clear()
        port = free_port()
        with dagster_processes(runtime, port), dg.DagsterInstance.get() as instance:
            _wait_until_up(port, home / "dagster" / "webserver.log")
            yield port, instance
        runtime.close()
        storage._database.cache_clear()
    disconnect(url)


def _wait_until_up(port: int, log: Path) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(log.read_text(encoding="utf-8"))


def traces(instance: dg.DagsterInstance) -> set[str]:
    """What a forged request would have left: limits, and assets that no code location knows."""
    keys = {"/".join(key.path) for key in instance.all_asset_keys()}
    return {key for key in keys if key.startswith("forged")} | set(instance.event_log_storage.get_concurrency_keys())


@pytest.mark.skipif(not CHROMIUM, reason="there is no chromium on this machine")
def test_a_page_of_another_site_does_nothing(ui: tuple[int, dg.DagsterInstance], tmp_path: Path):
    port, instance = ui
    with hostile_site(port) as (site, told):
        for number, host in enumerate(("localhost", "127.0.0.1")):  # another site; the same site on another port
            with browser(tmp_path / f"profile{number}", "--remote-debugging-port=0", f"http://{host}:{site}/"):
                tried = told.get(timeout=60)
            assert tried["socket"] == "refused"
            assert tried["json"] == "failed", "no preflight is granted"
            assert tried["report"] == "answered", "the page reached the server"
            assert not traces(instance)


@pytest.mark.skipif(not CHROMIUM, reason="there is no chromium on this machine")
def test_the_ui_itself_works_in_a_browser(ui: tuple[int, dg.DagsterInstance], tmp_path: Path):
    port, _ = ui
    address = f"http://127.0.0.1:{port}/deployment/concurrency"
    arguments = ("--dump-dom", "--timeout=30000", "--virtual-time-budget=20000", address)
    with browser(tmp_path / "profile", *arguments) as process:
        shown = process.communicate(timeout=90)[0]
    assert "No pool limits have been configured" in shown, "what only an answered query can show"


def test_a_program_may_use_graphql_and_reports_on_purpose_only(ui: tuple[int, dg.DagsterInstance]):
    port, instance = ui
    mutation = 'mutation { setConcurrencyLimit(concurrencyKey: "mine", limit: 1) }'
    status, said = post(port, "/graphql", json.dumps({"query": mutation}), {"Content-Type": "application/json"})
    assert (status, '"errors"' in said) == (200, False)
    report = ("/report_asset_materialization/forged/asset", "{}", {"Content-Type": "application/json"})
    assert post(port, *report)[0] == 403
    assert traces(instance) == {"mine"}
