"""Short-lived signatures of picture addresses.

Routes do not see who is signed in, so a page, which does, hands out addresses that are bound to one run. A
signature stays the same for half a day, because a browser keeps a picture only as long as its address.
"""

import time

from itsdangerous import Signer

from shared.library.secret import signer
from shared.settings import get_settings

PERIOD = 12 * 3600


def _signer() -> Signer:
    return signer(get_settings(), "picture")


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
