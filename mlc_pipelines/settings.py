"""Environment -> settings. All faults are reported at once; secrets stay out of messages and reprs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cryptography.fernet import Fernet

from mlc_pipelines.errors import ConfigurationError, Fault
from mlc_pipelines.redaction import register_secret

_DRIVERS = ("", "psycopg", "psycopg2")

VARIABLES = ("MLC_HOME", "MLC_DATABASE_URL", "MLC_STORAGE", "MLC_VAULT_KEYS", "MLC_NOTIFY", "MLC_UI_ORIGINS")

_ORIGIN = re.compile(r"https?://(?:[\w.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?", re.ASCII | re.IGNORECASE)

_NEW_KEY = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'


@dataclass(frozen=True)
class Settings:
    """What the environment says.

    Attributes:
        home: configuration and local state; absolute.
        database_url: a postgresql URL, or None for the embedded server in `home/pg`.
        storage: fsspec URL or path of the snapshots.
        vault_keys: Fernet keys, newest first, comma separated, or None for the key file in `home`.
        notify: apprise URLs, comma separated, or None.
        ui_origins: where people reach the Dagster UI through a proxy, such as `https://mlc.example.com`.
    """

    home: Path
    database_url: str | None = field(repr=False)
    storage: str = field(repr=False)
    vault_keys: str | None = field(repr=False)
    notify: str | None = field(repr=False)
    ui_origins: tuple[str, ...] = ()


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Reads the `MLC_*` variables; an empty one counts as not set.

    Raises:
        ConfigurationError: with one fault for everything that is wrong; a fault's `file` is the variable's name.
    """
    given = {name: environ.get(name, "").strip() for name in VARIABLES}
    for name in ("MLC_DATABASE_URL", "MLC_STORAGE", "MLC_NOTIFY"):
        _register_credentials(given[name])
    home = Path(given["MLC_HOME"] or "mlc-home").expanduser().absolute()
    faults = [
        *_home_faults(home),
        *_database_faults(given["MLC_DATABASE_URL"]),
        *_storage_faults(given["MLC_STORAGE"]),
        *_vault_faults(given["MLC_VAULT_KEYS"]),
        *_notify_faults(given["MLC_NOTIFY"]),
        *_origin_faults(given["MLC_UI_ORIGINS"]),
        *_misspelt(environ),
    ]
    if faults:
        raise ConfigurationError("The environment can't be used:", faults=faults)
    return Settings(
        home=home,
        database_url=given["MLC_DATABASE_URL"] or None,
        storage=given["MLC_STORAGE"] or str(home / "storage"),
        vault_keys=given["MLC_VAULT_KEYS"] or None,
        notify=given["MLC_NOTIFY"] or None,
        ui_origins=tuple(_origins(given["MLC_UI_ORIGINS"])),
    )


def _register_credentials(urls: str) -> None:
    """What stands before a host is masked from now on, wherever a library may show it."""
    for url in urls.split(","):
        before, found, _ = url.partition("://")[2].rpartition("@")
        for part in before.split(":")[1:] if found else ():
            register_secret(part)
            register_secret(unquote(part))


def _home_faults(home: Path) -> Iterator[Fault]:
    if home.exists() and not home.is_dir():
        yield Fault("MLC_HOME", "", str(home), "is a file", "Name a folder; it is made when it doesn't exist.")


def _database_faults(url: str) -> Iterator[Fault]:
    """The URL is never shown: it holds a password."""
    if not url:
        return
    form = "Write postgresql://user:password@host:5432/database."
    try:
        parts = urlsplit(url)
        dialect, _, driver = parts.scheme.partition("+")
        host, database = parts.hostname, parts.path.strip("/")
        _ = parts.port
    except ValueError:
        remedy = f"{form} Percent-encode special characters of the password, such as %5B for [."
        yield Fault("MLC_DATABASE_URL", "", "", "is no readable URL", remedy)
        return
    if "@" in f"{parts.path}?{parts.query}#{parts.fragment}" or parts.netloc.count("@") > 1:
        # What stands behind it would be taken for host, port or database, and be shown in errors.
        remedy = f"{form} Percent-encode special characters of the password, such as %40 for @ and %2F for /."
        yield Fault("MLC_DATABASE_URL", "", "", "has a password with an @, /, ? or # in it", remedy)
        return
    if dialect == "postgres":
        yield Fault("MLC_DATABASE_URL", "", "", "starts with postgres://, which SQLAlchemy no longer knows", form)
    elif dialect != "postgresql" or driver not in _DRIVERS:
        yield Fault("MLC_DATABASE_URL", "", "", "is not the URL of a Postgres database", form)
    elif not database:
        yield Fault("MLC_DATABASE_URL", "", "", "names no database", form)
    elif not host and "host=" not in parts.query:
        yield Fault("MLC_DATABASE_URL", "", "", "names no host", form)


def _storage_faults(url: str) -> Iterator[Fault]:
    """The URL is never shown: it may hold an access key."""
    scheme, found, _ = url.partition("://")
    if not found:
        return
    from fsspec.registry import known_implementations

    if scheme not in known_implementations:
        remedy = "Write a path or an fsspec URL: s3://bucket/path, gs://..., abfs://..."
        yield Fault("MLC_STORAGE", "", "", "is no storage that fsspec knows", remedy)


def _vault_faults(keys: str) -> Iterator[Fault]:
    if not keys:
        return
    for number, key in enumerate(keys.split(","), 1):
        try:
            Fernet(key.strip())
        except ValueError:
            problem = f"key {number} of {keys.count(',') + 1} is not a Fernet key (32 bytes in URL-safe base64)"
            yield Fault("MLC_VAULT_KEYS", "", "", problem, f"Make one with: {_NEW_KEY}")


def _notify_faults(urls: str) -> Iterator[Fault]:
    if urls and "://" not in urls.split(",", maxsplit=1)[0]:
        remedy = "Write apprise URLs, comma separated, such as mailto://... or slack://..."
        yield Fault("MLC_NOTIFY", "", "", "does not start with an apprise URL", remedy)


def _origins(text: str) -> list[str]:
    return [origin.strip().rstrip("/") for origin in text.split(",") if origin.strip()]


def _origin_faults(text: str) -> Iterator[Fault]:
    for origin in _origins(text):
        if not _ORIGIN.fullmatch(origin):
            remedy = "Write scheme and host as the browser shows them, comma separated: https://mlc.example.com"
            yield Fault("MLC_UI_ORIGINS", "", "", "is not a list of origins", remedy)
            return


def _misspelt(environ: Mapping[str, str]) -> Iterator[Fault]:
    """A misspelt variable would be passed over in silence, and a vault key made where one was given."""
    for name in sorted(environ):
        if name.startswith("MLC_") and name not in VARIABLES:
            for near in get_close_matches(name, VARIABLES, n=1, cutoff=0.85):
                yield Fault(name, "", "", "is not a variable that is read", f"Did you mean {near}?")
