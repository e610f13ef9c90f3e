"""Short-lived signatures of picture addresses.

Routes do not see who is signed in, so a page, which does, hands out addresses that are bound to one run. A
signature stays the same for half a day, because a browser keeps a picture only as long as its address.
"""

import os
import secrets
import time
from functools import lru_cache
from pathlib import Path

from itsdangerous import Signer

from shared.settings import Settings, get_settings

PERIOD = 12 * 3600


@lru_cache(maxsize=2)
def _secret(settings: Settings) -> str:
    if settings.secret:
        return settings.secret
    return _kept_secret(settings.data.absolute() / "secret")


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    with open(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(32))
    try:
        os.link(waiting, path)  # of two dashboards that start together, one wins and both read its secret
    except FileExistsError:
        pass
    finally:
        waiting.unlink()
    return path.read_text().strip()


def _signer() -> Signer:
    return Signer(_secret(get_settings()), salt="picture", digest_method=_sha256, key_derivation="hmac")


def _sha256(data: bytes = b"") -> object:
    import hashlib

    return hashlib.sha256(data)


def sign(name: str, now: float | None = None) -> str:
    """A token for everything under one name (a run's key, a picture's reference), good for 12 to 24 hours."""
    expires = (int(time.time() if now is None else now) // PERIOD + 2) * PERIOD
    return f"{expires:x}.{_signer().get_signature(f'{name}|{expires:x}').decode()}"


def is_valid(token: str, name: str, now: float | None = None) -> bool:
    """Whether a token was made here for this name and has not expired."""
    expires, _, signature = token.partition(".")
    try:
        alive = int(expires, 16) > (time.time() if now is None else now)
    except ValueError:
        return False
    return alive and _signer().verify_signature(f"{name}|{expires}", signature)
