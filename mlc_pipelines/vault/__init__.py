"""Credentials at rest: the keys that seal them and the store that holds them."""

from mlc_pipelines.vault.keys import VaultKeys, load_keys
from mlc_pipelines.vault.secrets import StoredSecret, Vault, sealed_secrets

__all__ = ["StoredSecret", "Vault", "VaultKeys", "load_keys", "sealed_secrets"]
