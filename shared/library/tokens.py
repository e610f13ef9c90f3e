"""Tokens with which scripts ask as the person who made them. Only their digests are kept."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from shared.errors import InvalidSpec, message
from shared.library.files import FileStore
from shared.library.rights import SCOPES, Scope

TABLE, PREFIX = "tokens", "cvs_"
LONGEST_NOTE = 80
USUAL_DAYS, MOST_DAYS, DAY = 90, 3650, 24 * 3600


@dataclass(frozen=True)
class ScriptToken:
    """One token as it is listed.

    Attributes:
        id: 16 hex digits; the token itself begins with it.
        by: whose requests it makes.
        note: what it is for, in its maker's words.
        digest: SHA-256 of the token.
        made_at, revoked_at: seconds since 1970; 0 while it is good.
        scopes: what it is good for; see shared.library.rights. One of an earlier release has all of them.
        expires_at: seconds since 1970; 0 for one of an earlier release, which has no end.
    """

    id: str
    by: str
    note: str
    digest: str
    made_at: float
    revoked_at: float = 0.0
    scopes: tuple[Scope, ...] = SCOPES
    expires_at: float = 0.0

    def is_good(self, now: float | None = None) -> bool:
        """Whether it was neither taken back nor has come to its end."""
        now = time.time() if now is None else now
        return not self.revoked_at and (not self.expires_at or now < self.expires_at)


class ScriptTokens:
    """The tokens of one installation."""

    def __init__(self, files: FileStore) -> None:
        self._files = files

    def make(
        self, by: str, note: str = "", scopes: Collection[Scope] = SCOPES, days: float = USUAL_DAYS
    ) -> tuple[ScriptToken, str]:
        """A new token.

        Args:
            by: whose requests it makes.
            note: what it is for.
            scopes: what it is good for, one at least.
            days: how long.

        Returns:
            The record, and the token itself, which cannot be read again.

        Raises:
            InvalidSpec: the note is too long, the scopes are none, or the days are out of bounds.
        """
        if len(note) > LONGEST_NOTE:
            raise InvalidSpec(message(f"a note of at most {LONGEST_NOTE} letters", note, "Shorten it."))
        if not scopes or not set(scopes) <= set(SCOPES):
            raise InvalidSpec(message(f"some of {', '.join(SCOPES)}", list(scopes), "Choose what the token is for."))
        if not 0 < days <= MOST_DAYS:
            raise InvalidSpec(message(f"a token for up to {MOST_DAYS} days", days, "Choose another number of days."))
        name, now = secrets.token_hex(8), time.time()
        token = f"{PREFIX}{name}_{secrets.token_urlsafe(32)}"
        kept = tuple(scope for scope in SCOPES if scope in scopes)
        made = ScriptToken(name, by, note, _digest(token), now, scopes=kept, expires_at=now + days * DAY)
        self._files.write_record(TABLE, name, asdict(made))
        return made, token

    def open(self, token: str, now: float | None = None) -> ScriptToken | None:
        """What is kept of a token; None where it is not good, or not good any more."""
        name = token.removeprefix(PREFIX).partition("_")[0]
        row = self._files.read_record(TABLE, name) if token.startswith(PREFIX) else None
        # The digests are compared in the same time whatever they are, so that none can be felt out letter by letter.
        same = hmac.compare_digest(str(row["digest"]) if row else "", _digest(token))
        found = _read(row) if row and same else None
        return found if found and found.is_good(now) else None

    def all(self, by: str = "") -> list[ScriptToken]:
        """All tokens, or one person's; the newest first."""
        found = [_read(row) for _, row in self._files.records(TABLE)]
        return sorted((t for t in found if by in ("", t.by)), key=lambda t: -t.made_at)

    def revoke(self, name: str) -> None:
        """Make a token worthless, at once; one that is not there is left alone."""
        row = self._files.read_record(TABLE, name)
        if row and not row["revoked_at"]:
            self._files.write_record(TABLE, name, row | {"revoked_at": time.time()})


def _read(row: Mapping[str, Any]) -> ScriptToken:
    return ScriptToken(**{**row, "scopes": tuple(row.get("scopes", SCOPES))})


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
