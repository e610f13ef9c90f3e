"""Links that open one result to whoever has them: signed, with an end, and revocable.

A token holds the share's id and its signature. What it opens, for how long, and whether it was taken back stands in
the file store, so a link can be revoked, and lives on when Redis was emptied.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from itsdangerous import BadData

from shared.errors import InvalidSpec, UnknownShare, message
from shared.library.files import FileStore
from shared.library.secret import serializer
from shared.settings import Settings

TABLE = "shares"
USUAL_DAYS, MOST_DAYS = 30, 3650
DAY = 24 * 3600


@dataclass(frozen=True)
class Share:
    """One share link.

    Attributes:
        id: names it in the list; 24 hex digits.
        key: of the run that it opens.
        view: what of the page's address belongs to the view ("channel", "sort"), for those who may open the dashboard.
        by: who made it.
        made_at, expires_at: seconds since 1970.
        revoked_at: 0 while it is good.
    """

    id: str
    key: str
    view: dict[str, str] = field(default_factory=dict)
    by: str = ""
    made_at: float = 0.0
    expires_at: float = 0.0
    revoked_at: float = 0.0

    def state(self, now: float | None = None) -> str:
        """ "live", "expired" or "revoked"."""
        if self.revoked_at:
            return "revoked"
        return "live" if (time.time() if now is None else now) < self.expires_at else "expired"


class ShareLinks:
    """The share links of one installation."""

    def __init__(self, files: FileStore, settings: Settings) -> None:
        self._files, self._settings = files, settings

    def make(self, key: str, by: str, days: float = USUAL_DAYS, view: Mapping[str, str] | None = None) -> Share:
        """Make a link. Whoever calls this has archived the result, or the link dies with the cache.

        Raises:
            InvalidSpec: the number of days is out of bounds.
        """
        if not 0 < days <= MOST_DAYS:
            raise InvalidSpec(message(f"a link for up to {MOST_DAYS} days", days, "Choose another number of days."))
        now = time.time()
        share = Share(secrets.token_hex(12), key, dict(view or {}), by, now, now + days * DAY)
        self._write(share)
        return share

    def token(self, share: Share) -> str:
        """What stands in the address."""
        return str(serializer(self._settings, "share").dumps(share.id))

    def open(self, token: str, now: float | None = None) -> Share:
        """The share that a token opens.

        Raises:
            UnknownShare: it was not made here, was tampered with, has expired, or was revoked.
        """
        try:
            name = str(serializer(self._settings, "share").loads(token))
        except BadData:
            raise UnknownShare("This link was not made here, or a letter of it is missing. Ask for it again.") from None
        share = self.get(name)
        state = share.state(now) if share else "expired"
        if share is None or state != "live":
            word = "was taken back" if state == "revoked" else "has expired"
            raise UnknownShare(
                f"This link {word}. Ask {share.by if share and share.by else 'its maker'} for a new one."
            )
        return share

    def get(self, name: str) -> Share | None:
        """A share by its id."""
        row = self._files.read_record(TABLE, name)
        return Share(**row) if row else None

    def all(self, key: str = "") -> list[Share]:
        """All shares, or those of one run; the newest first."""
        found = [Share(**row) for _, row in self._files.records(TABLE)]
        return sorted((s for s in found if key in ("", s.key)), key=lambda s: -s.made_at)

    def revoke(self, name: str) -> Share:
        """Take a link back; at once, for every request looks here.

        Raises:
            UnknownShare: there is no share of this id.
        """
        share = self.get(name)
        if share is None:
            raise UnknownShare(
                message("the id of a share link", name, "See Links and tokens (in a terminal: `convscope shares`).")
            )
        if not share.revoked_at:
            share = Share(**{**asdict(share), "revoked_at": time.time()})
            self._write(share)
        return share

    def _write(self, share: Share) -> None:
        self._files.write_record(TABLE, share.id, asdict(share))
