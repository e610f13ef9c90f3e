"""An export says which installation made it: a signature over its record and its parts, by the installation's secret.

Only whoever has the secret can check it: this installation, and others with the same CONVSCOPE_SECRET. To all others an
export is as good as unsigned, and says so.
"""

import hashlib
import json
import re
import time
from collections.abc import Mapping
from typing import Any

from shared.bounds import read_json
from shared.errors import RefusedUpload, message
from shared.library.secret import signer
from shared.settings import Settings

PURPOSE, MOST_BYTES = "export", 64 * 1024
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,100}")


def digest_of(record: bytes, parts: Mapping[int, str]) -> str:
    """One digest of a result.

    Args:
        record: as it is written.
        parts: number to SHA-256 of the encoded part, in hex.
    """
    whole = {"record": hashlib.sha256(record).hexdigest(), "parts": {str(i): parts[i] for i in sorted(parts)}}
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def signature(settings: Settings, digest: str, address: str) -> bytes:
    """What stands in an export beside the record: who says that it made it, when, and the signature over all of it."""
    said = {"digest": digest, "installation": _name(settings), "address": address, "at": int(time.time())}
    return json.dumps(said | {"signature": _sign(settings, said)}, sort_keys=True).encode()


def origin_of(settings: Settings, digest: str, found: bytes | None) -> str:
    """Where a result comes from, in words, as far as it can be checked here.

    Args:
        settings: of this installation.
        digest: of the result as it arrived.
        found: what signature() wrote; None where there is nothing.

    Raises:
        RefusedUpload: the result was changed after it was signed.
    """
    if found is None:
        return "from elsewhere, unsigned"
    said = _read(found)
    if said is None:
        return "from elsewhere, unsigned"
    given = said.pop("signature")
    if said["digest"] != digest:
        raise RefusedUpload(message("a result as it was signed", "one that was changed later", "Export it again."))
    ours = said["installation"] == _name(settings)
    if ours and not signer(settings, PURPOSE).verify_signature(_text(said), str(given)):
        raise RefusedUpload(message("a signature of this installation", "a forged one", "Export it again."))
    address = str(said["address"]) if _ADDRESS.fullmatch(str(said["address"])) else "elsewhere"
    if ours:
        return f"from {address}, signed by this installation's secret"
    return f"says from {address}, signed by an installation whose signature cannot be checked here"


def _read(found: bytes) -> dict[str, Any] | None:
    try:
        said = read_json(found, MOST_BYTES)
    except ValueError:
        return None
    names = {"digest", "installation", "address", "at", "signature"}
    return said if isinstance(said, dict) and said.keys() == names else None


def _text(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, sort_keys=True).encode()


def _sign(settings: Settings, said: Mapping[str, Any]) -> str:
    return signer(settings, PURPOSE).get_signature(_text(said)).decode()


def _name(settings: Settings) -> str:
    """Tells secrets apart, and gives nothing of them away."""
    return signer(settings, "name of the installation").get_signature(b"convscope").decode()[:16]
