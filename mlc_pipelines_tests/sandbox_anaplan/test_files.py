"""Files: docs/vendors/anaplan.md, section 5."""

from __future__ import annotations

import gzip

import pytest

from mlc_pipelines_tests.sandbox_anaplan.conftest import READER, Api
from mlc_sandbox.anaplan import AnaplanSandbox

HOURS = 3600


@pytest.fixture
def file_id(api: Api) -> str:
    return api.id_of("files", "Load Accounts.csv")


@pytest.fixture
def default_file_id(api: Api) -> str:
    return api.id_of("files", "german.txt")


def content(api: Api, file_id: str) -> bytes | None:
    answer = api("GET", f"/files/{file_id}")
    return None if answer.status_code == 404 else answer.content


def test_known_number_of_chunks(api: Api, file_id: str) -> None:
    begun = api("POST", f"/files/{file_id}", json={"chunkCount": 2, "name": "x"}).json()["file"]
    assert (begun["id"], begun["chunkCount"], begun["format"]) == (file_id, 2, "txt")
    listed = api("GET", f"/files/{file_id}/chunks").json()
    assert listed["chunks"] == [{"id": "0", "name": "Chunk 0"}, {"id": "1", "name": "Chunk 1"}]
    assert listed["meta"]["paging"]["totalSize"] == 2

    second = api.put_chunk(file_id, 1, gzip.compress(b"c,d\n"), "application/x-gzip")
    assert (second.status_code, second.content) == (204, b"")
    assert content(api, file_id) is None
    assert api.put_chunk(file_id, 0, b"wrong").status_code == 204
    assert api.put_chunk(file_id, 0, b"a,b\n").status_code == 204
    assert content(api, file_id) == b"a,b\nc,d\n"
    chunk = api("GET", f"/files/{file_id}/chunks/1")
    assert (chunk.content, chunk.headers["content-type"]) == (b"c,d\n", "application/octet-stream")
    assert api("GET", f"/files/{file_id}/chunks/2").status_code == 404
    assert api.put_chunk(file_id, 2, b"x").status_code == 400


def test_unknown_number_of_chunks_needs_complete(api: Api, file_id: str) -> None:
    assert api("POST", f"/files/{file_id}", json={"chunkCount": -1}).json()["file"]["chunkCount"] == -1
    assert "chunks" not in api("GET", f"/files/{file_id}/chunks").json()
    api.put_chunk(file_id, 0, b"a\n")
    api.put_chunk(file_id, 1, b"b\n")
    assert content(api, file_id) is None
    done = api("POST", f"/files/{file_id}/complete", json={"id": file_id})
    assert done.json()["file"]["chunkCount"] == 2
    assert content(api, file_id) == b"a\nb\n"


def test_announcing_again_discards_the_content(api: Api, file_id: str) -> None:
    api.upload(file_id, b"old")
    api("POST", f"/files/{file_id}", json={"chunkCount": 1})
    assert content(api, file_id) is None


def test_single_shot_and_delete(api: Api, file_id: str) -> None:
    octets = {"Content-Type": "application/octet-stream"}
    assert api("PUT", f"/files/{file_id}", content=b"a,b\n", headers=octets).status_code == 204
    assert content(api, file_id) == b"a,b\n"
    assert (
        api("PUT", f"/files/{file_id}", content=b"", headers={"Content-Type": "application/x-gzip"}).status_code == 415
    )
    assert api("DELETE", f"/files/{file_id}").status_code == 204
    assert content(api, file_id) is None


def test_bodies_that_are_refused(api: Api, file_id: str) -> None:
    for fields in ({}, {"chunkCount": 0}, {"chunkCount": 1001}, {"chunkCount": "1"}, {"chunkCount": -2}):
        assert api("POST", f"/files/{file_id}", json=fields).status_code == 400
    api("POST", f"/files/{file_id}", json={"chunkCount": 1})
    two_members = gzip.compress(b"a") + gzip.compress(b"b")
    for body in (b"plain", two_members, gzip.compress(b"a" * 99)[:-4], gzip.compress(bytes(50 * 1024 * 1024 + 1))):
        assert api.put_chunk(file_id, 0, body, "application/x-gzip").status_code == 400
    assert api.put_chunk(file_id, 0, b"a", "text/csv").status_code == 415
    encoded = {"Content-Type": "application/octet-stream", "Content-Encoding": "gzip"}
    answer = api("PUT", f"/files/{file_id}/chunks/0", content=gzip.compress(b"a"), headers=encoded)
    assert answer.status_code == 415


def test_an_unknown_file_is_made_under_another_id(api: Api) -> None:
    made = api("POST", "/files/mine.csv", json={"chunkCount": 1}).json()["file"]
    assert made["name"] == "mine.csv"
    assert made["id"].startswith("113")
    assert api.put_chunk("mine.csv", 0, b"x").status_code == 404
    assert api.put_chunk(made["id"], 0, b"x").status_code == 204


def test_files_are_private(sandbox: AnaplanSandbox, api: Api, file_id: str) -> None:
    api.upload(file_id, b"mine")
    other = Api(sandbox, READER)
    assert content(other, file_id) is None
    assert content(api, file_id) == b"mine"


def test_private_content_hides_the_default_for_48_hours_unused(
    sandbox: AnaplanSandbox, api: Api, default_file_id: str
) -> None:
    assert (content(api, default_file_id) or b"").startswith(b"Account;")
    assert api.put_chunk(default_file_id, 0, b"x").status_code == 400
    api.upload(default_file_id, b"mine")
    sandbox.clock.advance(47 * HOURS)
    api.login()
    assert content(api, default_file_id) == b"mine"
    sandbox.clock.advance(47 * HOURS)
    api.login()
    assert content(api, default_file_id) == b"mine"
    sandbox.clock.advance(49 * HOURS)
    api.login()
    assert (content(api, default_file_id) or b"").startswith(b"Account;")
