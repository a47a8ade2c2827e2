"""The Fernet keys: from the environment, or from a key file made at first use."""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from mlc_pipelines.config.bounds import Refused, read_text
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.redaction import register_secret
from mlc_pipelines.settings import Settings

KEY_FILE = "vault.key"
_LARGEST = 64 * 1024
_MAKE_A_KEY = (
    "Make one with: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'."
)


class VaultKeys:
    """Seals with the newest key, opens with any.

    What is sealed is bound to its purpose: it can't be opened as anything else.

    Args:
        keys: Fernet keys, newest first.
        origin: where they come from, for messages.

    Raises:
        ConfigurationError: no key, or one that is not a Fernet key.
    """

    def __init__(self, keys: Sequence[str], origin: str) -> None:
        if not keys:
            raise ConfigurationError(f"{origin} holds no key.", hint=_MAKE_A_KEY)
        self._origin = origin
        fernets: list[Fernet] = []
        for number, key in enumerate(keys, 1):
            register_secret(key)
            try:
                fernets.append(Fernet(key))
            except ValueError:
                raise ConfigurationError(
                    f"Key {number} of {len(keys)} in {origin} is not a Fernet key (32 bytes in URL-safe base64).",
                    hint=_MAKE_A_KEY,
                ) from None
        self._fernet = MultiFernet(fernets)

    def __repr__(self) -> str:
        return f"VaultKeys(origin={self._origin!r})"

    def seal(self, purpose: str, text: str) -> bytes:
        """The text encrypted with the newest key, together with its purpose."""
        return self._fernet.encrypt(json.dumps([purpose, text]).encode())

    def open(self, purpose: str, sealed: bytes) -> str:
        """The text that was sealed for that purpose.

        Raises:
            ConfigurationError: none of the keys opens it, it was changed, or it was sealed for another purpose.
        """
        try:
            sealed_for, text = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise ConfigurationError(
                f"None of the keys in {self._origin} opens the stored {purpose}: it was sealed with another "
                "key, or changed.",
                hint="Add the key that was in use when it was stored, or store the value again.",
            ) from None
        if sealed_for != purpose:
            raise ConfigurationError(
                f"The stored {purpose} was sealed as {sealed_for}: the row was copied or moved.",
                hint="Store the value again where it belongs.",
            )
        return text

    def reseal(self, sealed: bytes) -> bytes:
        """The same content, encrypted with the newest key.

        Raises:
            ConfigurationError: none of the keys opens it.
        """
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken:
            raise ConfigurationError(
                f"None of the keys in {self._origin} opens a stored value.",
                hint="Add the key that was in use when it was stored, behind the newest.",
            ) from None


def load_keys(settings: Settings, sealed: Callable[[], int] = lambda: 0) -> VaultKeys:
    """The keys of `MLC_VAULT_KEYS`, newest first; without it, of the key file, which is made for the first secret.

    Args:
        settings: where they are.
        sealed: how many secrets are stored already; asked only when there is no key file.

    Raises:
        ConfigurationError: a key is malformed, the key file can be read by others or not at all, or it is gone and
            with it the way to what was sealed.
    """
    if settings.vault_keys:
        keys = [key.strip() for key in settings.vault_keys.split(",") if key.strip()]
        return VaultKeys(keys, "MLC_VAULT_KEYS")
    path = settings.home / KEY_FILE
    if not os.path.lexists(path):
        if lost := sealed():
            raise ConfigurationError(
                f"The key file {path} is gone, and {lost} stored secrets were sealed with it.",
                hint="Put it back from the backup, or set MLC_VAULT_KEYS to its key. If it is lost for good, set "
                "MLC_VAULT_KEYS to a new key and store each secret of `mlc secrets list` again. " + _MAKE_A_KEY,
            )
        _make_key_file(path)
    mode = path.stat().st_mode if path.exists() else 0
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigurationError(
            f"The key file {path} can be read by others (mode {stat.S_IMODE(mode):04o}).", hint=f"chmod 600 {path}"
        )
    try:
        return VaultKeys(read_text(path, _LARGEST).split(), str(path))
    except Refused as refusal:
        raise ConfigurationError(
            f"The key file {path} {refusal.problem}.", hint="Put it back from the backup."
        ) from None


def _make_key_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written whole under another name and then linked: two processes that start together end with one key.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        Path(temporary).unlink()
    print(  # noqa: T201 - the warning has to reach whoever starts the first command, whatever logging is set up
        f"warning: made the key file {path}. Without it stored credentials are lost: back it up or set MLC_VAULT_KEYS.",
        file=sys.stderr,
    )
