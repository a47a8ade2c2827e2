"""The guard before the UI: what a browser sends on behalf of another site, over real sockets."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping

import pytest
import uvicorn
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from mlc_pipelines.orchestration.web_guard import WebGuard

MUTATION = '{"query": "mutation { x }"}'
JSON = {"Content-Type": "application/json"}


class Behind:
    """The application behind the guard: says yes to everything and counts."""

    def __init__(self) -> None:
        self.reached = 0

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        self.reached += 1
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"yes"})


class Guarded:
    """The guard on a port of this machine."""

    def __init__(self, port: int, behind: Behind) -> None:
        self.port = port
        self.behind = behind
        self.origin = f"http://127.0.0.1:{port}"

    def status(self, method: str, path: str, headers: Mapping[str, str | list[str]], body: str = "") -> int:
        """Of an answer; the application was reached if and only if it is 200. `Host: ""` sends none."""
        before = self.behind.reached
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, values in {"Host": f"127.0.0.1:{self.port}", **headers}.items():
            for value in [values] if isinstance(values, str) else values:
                if value or name != "Host":
                    connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body.encode())
        answer = connection.getresponse()
        answer.read()
        connection.close()
        assert (self.behind.reached - before == 1) == (answer.status == 200)
        return answer.status


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    behind = Behind()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        guard = WebGuard(behind, port=port, origins=["https://MLC.example.com:443", "http://[fd00::1]:8080"])
        server = uvicorn.Server(uvicorn.Config(guard, log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield Guarded(port, behind)
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "attacker.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost.attacker.example:{port}",
        "127.0.0.1.:{port}",
        "0.0.0.0:{port}",
        "user@127.0.0.1:{port}",
        "mlc.example.com:8443",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/", "/graphql", "/server_info", "/report_asset_check/a"])
def test_another_host_is_refused(guarded: Guarded, host: str, path: str):
    """A page behind a rebound name has the UI's address and a name of its own."""
    named = host.format(port=guarded.port)
    assert guarded.status("GET", path, {"Host": named}) in {400, 403}
    assert guarded.status("POST", path, {"Host": named, "Origin": f"http://{named}", **JSON}, "{}") in {400, 403}


def test_two_hosts_are_refused(guarded: Guarded):
    assert guarded.status("GET", "/", {"Host": [f"127.0.0.1:{guarded.port}", "attacker.example"]}) in {400, 403}


@pytest.mark.parametrize(
    "host", ["127.0.0.1:{port}", "LOCALHOST:{port}", "[::1]:{port}", "mlc.example.com", "[fd00::1]:8080"]
)
def test_loopback_names_and_configured_ones_are_answered(guarded: Guarded, host: str):
    assert guarded.status("GET", "/runs", {"Host": host.format(port=guarded.port)}) == 200


@pytest.mark.parametrize(
    "origin",
    [
        "https://attacker.example",
        "null",
        "http://127.0.0.1:1",
        "https://127.0.0.1:{port}",
        "http://localhost",
        "http://mlc.example.com",
        "http://127.0.0.1:{port}@attacker.example",
        "http://127.0.0.1:{port}.attacker.example",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/graphql", "/report_asset_materialization/netsuite/tie_out"])
def test_another_origin_is_refused(guarded: Guarded, origin: str, path: str):
    named = origin.format(port=guarded.port)
    assert guarded.status("POST", path, {"Origin": named, **JSON}, MUTATION) == 403
    assert guarded.status("POST", path, {"Origin": [guarded.origin, named], **JSON}, MUTATION) == 403
    assert guarded.status("GET", path, {"Origin": named}) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "Cross-Site", "something-new", ""])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/graphql"), ("POST", "/report_asset_check/a"), ("GET", "/graphql"), ("GET", "/logs/a")],
)
def test_another_site_is_refused(guarded: Guarded, site: str, method: str, path: str):
    """Another port of this machine is the same site, and another origin."""
    for headers in ({}, {"Origin": guarded.origin}, {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}):
        assert guarded.status(method, path, {"Sec-Fetch-Site": site, **headers, **JSON}, MUTATION) == 403


def test_a_link_from_elsewhere_opens_a_page_and_does_nothing(guarded: Guarded):
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert guarded.status("GET", "/assets/netsuite/tie_out?partition=a", link) == 200
    assert guarded.status("GET", "/graphql?query=mutation{x}", link) == 403
    assert guarded.status("POST", "/graphql", {**link, **JSON}, MUTATION) == 403


@pytest.mark.parametrize("headers", [{}, {"Accept": "text/html"}, {"Sec-Fetch-Site": "same-origin"}, JSON])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_operation_in_the_address(guarded: Guarded, headers: dict[str, str], method: str):
    for path in ("/graphql?query=mutation{x}", "/%67raphql?query=mutation{x}", "/graphql?operationName=a"):
        assert guarded.status(method, path, headers) == 403
    assert guarded.status(method, "/graphql", headers) == 200


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "text/plain; application/json",
        "text/plain; charset=application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/jsonp",
        ["application/json", "text/plain"],
        "",
        None,
    ],
)
@pytest.mark.parametrize("path", ["/graphql", "/graphql?query=mutation{x}", "/report_asset_materialization/a/b"])
def test_what_a_form_can_post_is_refused_whoever_sends_it(guarded: Guarded, kind: str | list[str] | None, path: str):
    headers = {"Origin": guarded.origin} if kind is None else {"Origin": guarded.origin, "Content-Type": kind}
    assert guarded.status("POST", path, headers, MUTATION) == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_refused(guarded: Guarded, method: str):
    assert guarded.status(method, "/graphql", {"Origin": guarded.origin, **JSON}, MUTATION) == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"},
        {"Host": "localhost:{port}", "Origin": "http://localhost:{port}"},
        {"Host": "mlc.example.com", "Origin": "https://mlc.example.com", "Sec-Fetch-Site": "same-origin"},
        {"Content-Type": "Application/JSON; charset=utf-8"},
    ],
)
def test_the_ui_and_programs_may_do_everything(guarded: Guarded, headers: dict[str, str]):
    """The UI writes the operation's name behind the address of a POST."""
    named = {name: value.format(port=guarded.port) for name, value in {**JSON, **headers}.items()}
    assert guarded.status("POST", "/graphql", named, MUTATION) == 200
    assert guarded.status("POST", "/graphql?op=LaunchRun", named, MUTATION) == 200


def test_what_no_run_made_is_reported_on_purpose_only(guarded: Guarded):
    path = "/report_asset_materialization/netsuite/tie_out"
    assert guarded.status("POST", path, JSON, "{}") == 403, "no proof of where it comes from"
    assert guarded.status("POST", path, {}, "") == 403
    assert guarded.status("POST", path, {"Origin": guarded.origin}, "") == 403
    assert guarded.status("POST", f"{path}?partition=a", {"Origin": guarded.origin, **JSON}, "{}") == 403
    assert guarded.status("POST", path, {"Origin": guarded.origin, **JSON}, json.dumps({"partition": "a"})) == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "attacker.example"},
    ],
)
def test_websockets_of_others_are_refused(guarded: Guarded, headers: dict[str, str]):
    named = {name: value.format(port=guarded.port) for name, value in headers.items()}
    host = named.pop("Host", f"127.0.0.1:{guarded.port}")
    before = guarded.behind.reached
    address = ("127.0.0.1", guarded.port)
    with (
        pytest.raises(InvalidStatus) as refused,
        socket.create_connection(address, timeout=10) as line,
        connect(f"ws://{host}/graphql", sock=line, additional_headers=named),
    ):
        pass
    assert refused.value.response.status_code == 403
    assert guarded.behind.reached == before


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://127.0.0.1:{port}"}])
def test_websockets_of_the_ui_are_taken(guarded: Guarded, headers: dict[str, str]):
    named = {name: value.format(port=guarded.port) for name, value in headers.items()}
    with connect(f"ws://127.0.0.1:{guarded.port}/graphql", additional_headers=named):
        pass


def test_answers_stand_in_no_frame_of_another_site(guarded: Guarded):
    connection = http.client.HTTPConnection("127.0.0.1", guarded.port, timeout=10)
    connection.request("GET", "/")
    assert connection.getresponse().getheader("X-Frame-Options") == "SAMEORIGIN"
    connection.close()
