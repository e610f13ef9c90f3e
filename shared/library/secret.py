"""The secret that signs addresses and links: CONVSCOPE_SECRET, or one that is made once and kept in the data folder."""

import hashlib
import os
import secrets
from functools import lru_cache
from pathlib import Path

from itsdangerous import Signer, URLSafeSerializer

from shared.settings import Settings


@lru_cache(maxsize=2)
def _secret(settings: Settings) -> str:
    if settings.secret:
        return settings.secret
    return _kept_secret(settings.data.absolute() / "secret")


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
        os.link(waiting, path)  # of two dashboards that start together, one wins and both read its secret
    except FileExistsError:
        pass
    finally:
        waiting.unlink(missing_ok=True)
    return path.read_text().strip()


def signer(settings: Settings, purpose: str) -> Signer:
    """Signs text for one purpose; a signature for another purpose is worth nothing."""
    return Signer(_secret(settings), salt=purpose, digest_method=hashlib.sha256, key_derivation="hmac")


def serializer(settings: Settings, purpose: str) -> URLSafeSerializer:
    """Packs JSON values with their signature into letters that an address may hold."""
    how = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    return URLSafeSerializer(_secret(settings), salt=purpose, signer_kwargs=how)
