"""The keeper stops the server with its last user, however that ends; what outlives it is swept."""

from __future__ import annotations

from pathlib import Path

from mlc_pipelines_tests.store.server_users import asks, ended, joined, keeper, servers, soon


def test_killing_the_last_user_stops_it(directory: Path):
    user = joined(directory)
    above = keeper(directory)
    user.kill()
    assert soon(lambda: not servers(directory))
    assert soon(lambda: not above.is_running())


def test_a_stray_is_swept_at_the_next_start(directory: Path):
    """The server outlived both its user and its keeper."""
    user = joined(directory)
    stray = servers(directory)[0]
    keeper(directory).kill()
    user.kill()
    assert stray.is_running()
    user = joined(directory)
    assert not stray.is_running()
    assert asks(user.url) == 42
    ended(user)
    assert not servers(directory)


def test_a_user_without_a_keeper_stops_it_itself(directory: Path):
    user = joined(directory)
    keeper(directory).kill()
    ended(user)
    assert not servers(directory)
