"""Environment -> settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from mlc_pipelines.errors import ConfigurationError, Fault
from mlc_pipelines.redaction import redact
from mlc_pipelines.settings import VARIABLES, load_settings

URL = "postgresql://mlc:hunter2@db.example:5432/mlc"


def faults(environ: dict[str, str]) -> list[Fault]:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(environ)
    assert "hunter2" not in str(caught.value)
    return list(caught.value.faults)


def test_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({"PATH": "/bin", "MLC_VAULT_KEYS": " "})
    assert settings.home == tmp_path / "mlc-home"
    assert settings.storage == str(tmp_path / "mlc-home" / "storage")
    assert (settings.database_url, settings.vault_keys, settings.notify) == (None, None, None)


def test_everything_given(tmp_path: Path) -> None:
    keys = f"{Fernet.generate_key().decode()}, {Fernet.generate_key().decode()}"
    settings = load_settings(
        {
            "MLC_HOME": str(tmp_path),
            "MLC_DATABASE_URL": URL,
            "MLC_STORAGE": "s3://bucket/path",
            "MLC_VAULT_KEYS": keys,
            "MLC_NOTIFY": "slack://hunter2,mailto://x",
            "MLC_UI_ORIGINS": "https://mlc.example.com/, http://[fd00::1]:8080",
        }
    )
    assert settings.ui_origins == ("https://mlc.example.com", "http://[fd00::1]:8080")
    assert (settings.home, settings.database_url, settings.storage) == (tmp_path, URL, "s3://bucket/path")
    assert (settings.vault_keys, settings.notify) == (keys, "slack://hunter2,mailto://x")
    assert "hunter2" not in repr(settings)
    assert keys not in repr(settings)


@pytest.mark.parametrize(
    "url",
    [URL, "postgresql+psycopg://u@h/d", "postgresql:///mlc?host=/var/run/postgresql", "postgresql://u:p%5B@[::1]:5/d"],
)
def test_postgres_urls(tmp_path: Path, url: str) -> None:
    assert load_settings({"MLC_HOME": str(tmp_path), "MLC_DATABASE_URL": url}).database_url == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://u:hunter2@h/d", "not the URL of a Postgres"),
        ("postgres://u:hunter2@h/d", "postgres://"),
        ("postgresql://u:hunter2@h", "no database"),
        ("postgresql:///d", "no host"),
        ("postgresql://u:hunter2[@h/d", "no readable URL"),
        ("postgresql://u:hunter2@h:port/d", "no readable URL"),
        ("hunter2", "not the URL"),
        ("host=h password=hunter2 dbname=d", "not the URL"),
        ("postgresql+hunter2://u@h/d", "not the URL"),
        ("postgresql://u:pass@hunter2@h/d", "has a password with an @"),
        ("postgresql://u:pass/hunter2@h/d", "readable URL"),
        ("postgresql://u:123/hunter2@h/d", "has a password with an @"),
        ("postgresql://u:123?hunter2@h/d", "has a password with an @"),
        ("postgresql://u:123#hunter2@h/d", "has a password with an @"),
    ],
)
def test_other_urls_are_refused_without_their_password(url: str, said: str) -> None:
    (fault,) = faults({"MLC_DATABASE_URL": url})
    assert fault.file == "MLC_DATABASE_URL"
    assert said in fault.problem
    assert "hunter2" not in str(fault)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=8, max_size=30),
    st.sampled_from(VARIABLES[1:]),
)
def test_no_credential_is_shown_however_it_is_malformed(secret: str, variable: str) -> None:
    for value in (
        secret,
        f"postgresql://user:{secret}@host/db",
        f"s3://{secret}@bucket",
        f"{secret}://x",
        f"x,{secret}",
    ):
        try:
            load_settings({variable: value})
        except ConfigurationError as error:
            shown = str(error).replace("Fernet.generate_key", "")
            pieces = [piece for piece in re.split(r"[@/?#:,]", secret) if len(piece) >= 6]
            assert not [piece for piece in pieces if piece in shown]


def test_passwords_in_urls_are_masked_from_now_on() -> None:
    load_settings(
        {"MLC_DATABASE_URL": "postgresql://u:s%2Fcr3t-one@h/d", "MLC_NOTIFY": "mailtos://me:s3cr3t-two@example.com"}
    )
    assert redact("s/cr3t-one s%2Fcr3t-one s3cr3t-two") == "*** *** ***"


@pytest.mark.parametrize(
    "origins", ["mlc.example.com", "ftp://a", "https://a/path", "https://u:hunter2@a", "*", "https://a b", "https://"]
)
def test_what_is_no_origin_is_refused(origins: str) -> None:
    (fault,) = faults({"MLC_UI_ORIGINS": f"https://good.example,{origins}"})
    assert (fault.file, fault.value) == ("MLC_UI_ORIGINS", "")


def test_all_faults_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = faults(
        {
            "MLC_HOME": str(tmp_path / "file"),
            "MLC_DATABASE_URL": "sqlite://",
            "MLC_STORAGE": "s4://hunter2@bucket",
            "MLC_VAULT_KEYS": f"{Fernet.generate_key().decode()},hunter2,",
            "MLC_NOTIFY": "hunter2",
            "MLC_VAULT_KEY": "hunter2",
        }
    )
    assert [fault.file for fault in found] == [
        "MLC_HOME",
        "MLC_DATABASE_URL",
        "MLC_STORAGE",
        "MLC_VAULT_KEYS",
        "MLC_VAULT_KEYS",
        "MLC_NOTIFY",
        "MLC_VAULT_KEY",
    ]
    assert "key 2 of 3" in found[3].problem
    assert "MLC_VAULT_KEYS" in found[-1].remedy
