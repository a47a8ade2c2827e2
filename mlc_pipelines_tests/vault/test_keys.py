"""The keys: from the environment or a file of their own, and what each sealed."""

from __future__ import annotations

import multiprocessing
import stat
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.settings import Settings
from mlc_pipelines.vault import VaultKeys, load_keys
from mlc_pipelines_tests.vault.conftest import NEW, OLD


@given(
    places=st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6)), min_size=2, max_size=2, unique=True),
)
def test_sealed_for_one_place_means_refused_at_any_other(places: list[tuple[str, str]]) -> None:
    from mlc_pipelines.vault.secrets import _purpose

    keys = VaultKeys([OLD], "MLC_VAULT_KEYS")
    sealed = keys.seal(_purpose(*places[0]), "value")

    assert keys.open(_purpose(*places[0]), sealed) == "value"
    with pytest.raises(ConfigurationError, match="copied or moved"):
        keys.open(_purpose(*places[1]), sealed)


@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_changed_byte_is_noticed(position: int, bit: int) -> None:
    keys = VaultKeys([OLD], "MLC_VAULT_KEYS")
    sealed = bytearray(keys.seal("here", "the value"))
    sealed[position % len(sealed)] ^= 1 << bit

    try:
        opened = keys.open("here", bytes(sealed))
    except ConfigurationError:
        return
    # Base64 has spare bits at its end: another spelling of the same bytes.
    assert opened == "the value"


def test_keys_come_from_the_environment_newest_first(home_settings: Settings) -> None:
    keys = load_keys(replace(home_settings, vault_keys=f" {NEW} , {OLD},"))

    assert keys.open("p", VaultKeys([OLD], "x").seal("p", "text")) == "text"
    assert VaultKeys([NEW], "x").open("p", keys.seal("p", "text")) == "text"
    assert not home_settings.home.exists()


@pytest.mark.parametrize(
    ("value", "says"),
    [(f"{OLD},hunter22", "Key 2 of 2 in MLC_VAULT_KEYS"), (" , ", "holds no key")],
    ids=["second", "none"],
)
def test_a_malformed_key_is_named_by_its_place(home_settings: Settings, value: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as raised:
        load_keys(replace(home_settings, vault_keys=value))
    assert "hunter22" not in str(raised.value)


def test_a_key_file_is_made_once_with_a_warning(home_settings: Settings, capsys: pytest.CaptureFixture) -> None:
    first = load_keys(home_settings)
    said = capsys.readouterr()
    second = load_keys(home_settings)

    path = home_settings.home / "vault.key"
    assert said.out == ""
    assert f"made the key file {path}" in said.err
    assert path.read_text().strip() not in said.err
    assert capsys.readouterr().err == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in home_settings.home.iterdir()] == ["vault.key"]
    assert second.open("p", first.seal("p", "text")) == "text"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_key_file_that_others_can_read_is_refused(home_settings: Settings, mode: int) -> None:
    load_keys(home_settings)
    path = home_settings.home / "vault.key"
    path.chmod(mode)

    with pytest.raises(ConfigurationError, match=f"chmod 600 {path}"):
        load_keys(home_settings)


def _seal_in_process(settings: Settings, sealed) -> None:
    sealed.put(load_keys(settings).seal("p", "text"))


def test_processes_that_start_together_share_one_key(home_settings: Settings) -> None:
    spawn = multiprocessing.get_context("spawn")
    sealed = spawn.Queue()
    processes = [spawn.Process(target=_seal_in_process, args=(home_settings, sealed)) for _ in range(4)]
    for process in processes:
        process.start()
    texts = [sealed.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(60)

    keys = load_keys(home_settings)
    assert [keys.open("p", text) for text in texts] == ["text"] * 4
