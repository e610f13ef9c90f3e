"""Tokens with which scripts ask as the person who made them. Only their digests are kept."""

import hashlib
import hmac
import secrets
import time
from dataclasses import asdict, dataclass

from shared.errors import InvalidSpec, message
from shared.library.files import FileStore

TABLE, PREFIX = "tokens", "cvs_"
LONGEST_NOTE = 80


@dataclass(frozen=True)
class ScriptToken:
    """One token as it is listed.

    Attributes:
        id: 16 hex digits; the token itself begins with it.
        by: whose requests it makes.
        note: what it is for, in its maker's words.
        digest: SHA-256 of the token.
        made_at, revoked_at: seconds since 1970; 0 while it is good.
    """

    id: str
    by: str
    note: str
    digest: str
    made_at: float
    revoked_at: float = 0.0


class ScriptTokens:
    """The tokens of one installation."""

    def __init__(self, files: FileStore) -> None:
        self._files = files

    def make(self, by: str, note: str = "") -> tuple[ScriptToken, str]:
        """A new token.

        Returns:
            The record, and the token itself, which cannot be read again.

        Raises:
            InvalidSpec: the note is too long.
        """
        if len(note) > LONGEST_NOTE:
            raise InvalidSpec(message(f"a note of at most {LONGEST_NOTE} letters", note, "Shorten it."))
        name = secrets.token_hex(8)
        token = f"{PREFIX}{name}_{secrets.token_urlsafe(32)}"
        made = ScriptToken(name, by, note, _digest(token), time.time())
        self._files.write_record(TABLE, name, asdict(made))
        return made, token

    def owner(self, token: str) -> str:
        """Who made a token; "" where it is not good."""
        name = token.removeprefix(PREFIX).partition("_")[0]
        row = self._files.read_record(TABLE, name) if token.startswith(PREFIX) else None
        # The digests are compared in the same time whatever they are, so that none can be felt out letter by letter.
        same = hmac.compare_digest(str(row["digest"]) if row else "", _digest(token))
        return str(row["by"]) if row and same and not row["revoked_at"] else ""

    def all(self, by: str = "") -> list[ScriptToken]:
        """All tokens, or one person's; the newest first."""
        found = [ScriptToken(**row) for _, row in self._files.records(TABLE)]
        return sorted((t for t in found if by in ("", t.by)), key=lambda t: -t.made_at)

    def revoke(self, name: str) -> None:
        """Make a token worthless, at once; one that is not there is left alone."""
        row = self._files.read_record(TABLE, name)
        if row and not row["revoked_at"]:
            self._files.write_record(TABLE, name, row | {"revoked_at": time.time()})


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
