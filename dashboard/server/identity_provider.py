"""What Streamlit needs to know of the identity provider, from our own settings."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from shared.library.secret import signer
from shared.settings import Settings


def sign_in_options(settings: Settings, port: int) -> dict[str, Any]:
    """Streamlit's options for sign-in; {} where nobody signs in.

    Streamlit reads client and secret from files only, so one is written into the data folder, readable by its owner.

    Args:
        settings: names provider, client and secret.
        port: that the dashboard listens on, for an installation without CONVSCOPE_DASHBOARD_URL.
    """
    if not settings.sign_in:
        return {}
    base = (settings.dashboard_url or f"http://127.0.0.1:{port}").rstrip("/")
    cookie = signer(settings, "cookie").get_signature("cookie")
    told = {
        "redirect_uri": f"{base}/oauth2callback",
        "cookie_secret": hashlib.sha256(cookie).hexdigest(),
        "client_id": settings.oidc_client_id,
        "client_secret": settings.oidc_client_secret,
        "server_metadata_url": settings.oidc_metadata_url,
    }
    return {"secrets.files": [str(_written(settings.data.absolute() / "sign-in" / "secrets.toml", told))]}


def _written(path: Path, told: dict[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A JSON string is a TOML string too.
    text = "[auth]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in told.items())
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    return path
