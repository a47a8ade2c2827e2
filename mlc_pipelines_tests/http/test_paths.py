"""Values in paths: whatever they are, the request goes where it should or nowhere."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mlc_pipelines.errors import PermanentError
from mlc_pipelines.http import path_part
from mlc_pipelines.http.paths import has_dots
from mlc_pipelines_tests.http.server import Server


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.text(st.one_of(st.sampled_from("./?#%\\ \n\r\0:;@&=+'ø日"), st.characters(codec="utf-8")), min_size=1))
@example("/")
@example("a/../../b")
@example("...")
@example("%2e%2e")
@example("%2F")
@example("?a=b#c")
@example("line\nHost: other")
@example("//other.example/")
@example("日本")
def test_a_value_is_one_part_of_the_path(server: Server, make_client, value: str):
    if value in {".", ".."}:
        return
    before = len(server.received)
    make_client(server.url + "/base").request("GET", f"/files/{path_part(value)}/chunks")
    (received,) = server.received[before:]
    empty, base, files, part, chunks = received.target.split("/")
    assert (empty, base, files, unquote(part), chunks) == ("", "base", "files", value, "chunks")


@pytest.mark.parametrize("value", ["", ".", "..", "\ud800"])
def test_what_no_quoting_helps_is_refused(value: str):
    with pytest.raises(PermanentError, match="can't stand in an address"):
        path_part(value)


@pytest.mark.parametrize(
    "path", ["/files/../users", "/files/.", "..", "/files/%2e%2e/users", "/a/%2E./b", "/a/..?x", "/a/..\\b", "/a/./b"]
)
def test_a_path_that_leads_elsewhere_is_not_requested(server: Server, make_client, path: str):
    for where in (path, f"{server.url}/{path.lstrip('/')}"):
        with pytest.raises(PermanentError, match="leads elsewhere"):
            make_client().request("GET", where)
    assert not server.received


@pytest.mark.parametrize("path", ["/a..b/c.", "/a?next=/../b", "/...", "/a/%2e%2e%2e", "/a#/.."])
def test_dots_that_lead_nowhere_are_left_alone(path: str):
    assert not has_dots(path)
