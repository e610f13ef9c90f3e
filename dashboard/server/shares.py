"""A shared result to whoever has the link: one page with everything inside it, and nothing else.

It is the standalone report, so no session, no other run and no other address is within reach of it.
"""

import logging
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from dashboard.server.caches import Cache
from dashboard.server.connection import get_client
from dashboard.server.responses import error_response
from dashboard.widgets.address import permalink
from shared.client import Client, report_html
from shared.errors import StoreUnavailable, UnknownShare
from shared.images.bands import read_bands
from shared.library import Share
from shared.library.titles import titles_of
from shared.results import decode_part
from shared.settings import get_settings
from shared.store import RunRecord

# The page's own style and script; nothing is fetched.
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors "
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex",
}
log = logging.getLogger(__name__)
KEPT_CHARACTERS = 64_000_000


_pages: Cache[str] = Cache(KEPT_CHARACTERS, size=len)


def _kept_page(client: Client, share: Share) -> str:
    """The report of a share, which never changes; kept only as long as its result is."""
    run = client.library.archive.run(share.key)
    if run is None or len(client.library.archive.numbers(share.key)) != run.total:
        raise UnknownShare("The result behind this link is gone from the archive. Whoever may open the dashboard "
                           f"can compute it again there: look for {share.key}.")  # fmt: skip
    return _pages.get(share.id, lambda: _page(client, share, run))


def _page(client: Client, share: Share, run: RunRecord) -> str:
    parts = client.library.archive.parts(share.key)
    names = titles_of(client.library)
    until = datetime.fromtimestamp(share.expires_at, UTC)
    banner = f"Shared by {share.by or 'somebody'}, for reading, until {until:%d %B %Y}."
    link = (permalink(share.key, **share.view), "Open in the dashboard")
    bands = read_bands(share.view.get("bands", ""))
    return report_html(run, {i: decode_part(data) for i, data in parts.items()}, names, banner, link, bands)


def _headers() -> dict[str, str]:
    """Of a share's page, which only the sites that an administrator named may show in a frame."""
    return HEADERS | {"Content-Security-Policy": POLICY + (" ".join(get_settings().embedding_sites) or "'none'")}


def shared_result(request: Request) -> Response:
    """The page of a share link; says why where there is none."""
    try:
        client = get_client()
        share = client.library.shares.open(request.path_params["token"])
        return HTMLResponse(_kept_page(client, share), headers=_headers())
    except StoreUnavailable as error:
        return error_response(str(error), 503)
    except UnknownShare as error:
        return error_response(str(error), 410)
    except Exception:  # damaged files, or an import whose parts are not what its kind's are: this link alone suffers
        log.exception("a share link could not be drawn")
        return error_response("The files behind this link are damaged. Ask for a new link.", 410)


SHARE_ROUTES = [Route("/share/{token}", shared_result)]
