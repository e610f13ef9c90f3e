"""Signed addresses: one pattern each, for those who link to it and for the route that answers it.

Routes do not see who is signed in, so a page, which does, hands out addresses that are bound to one run. A
signature stays the same for half a day, because a browser keeps a picture only as long as its address.
"""

import hmac
import re
import time
from functools import wraps
from urllib.parse import quote

from itsdangerous import Signer
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.server.responses import Handler, error_response
from shared.errors import ConvscopeError, StoreUnavailable
from shared.library.secret import signer
from shared.settings import get_settings
from shared.store import RunRecord

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
    # Letter by letter: base64 passes over what it does not know, and a token would have many spellings.
    made = _signer().get_signature(f"{name}|{expires}")
    return alive and hmac.compare_digest(made, signature.encode(errors="replace"))


def require_token(handler: Handler) -> Handler:
    """Refuse a request whose token is not the run's; explain the project's errors in plain text."""

    @wraps(handler)
    def call(request: Request) -> Response:
        if not is_valid(request.path_params["token"], request.path_params["key"]):
            return error_response("This address has expired or was not made here. Reload the page.", 403)
        try:
            return handler(request)
        except StoreUnavailable as error:
            return error_response(str(error), 503)
        except ConvscopeError as error:
            return error_response(str(error), 400)

    return call


class SignedAddress:
    """An address of something of a run, or of a data set, that was handed out here.

    `part_url = SignedAddress("/img/part/{key}/{index:int}/{name}.png")` is called where a page links to a part's
    picture, `part_url(key, 3, "tile")`, and `part_url.route(answer)` has it answered.
    """

    def __init__(self, pattern: str, **usual: object) -> None:
        """Declare it.

        Args:
            pattern: path with {key}, what the signature is good for; with {stamp}, where what lies there changes when
                the run is made anew; and with further fields, as Starlette takes them.
            usual: values of further fields that a call may leave out.
        """
        self._path, self._usual = pattern.replace("{key}", "{token}/{key}"), usual
        self._names = [name for name in re.findall(r"{(\w+)", pattern) if name not in ("key", "stamp")]

    def __call__(self, of: RunRecord | str, *values: object) -> str:
        """The address.

        Args:
            of: a run, which an address with a stamp needs, or what the signature is good for.
            values: of the further fields, in their order.
        """
        key = of if isinstance(of, str) else of.key
        when = {} if isinstance(of, str) else {"stamp": of.stamp}
        named = self._usual | dict(zip(self._names, values, strict=not self._usual))
        given = {name: quote(str(value), safe="/{},:") for name, value in named.items()}
        return re.sub(r":(int|path)}", "}", self._path).format(token=sign(key), key=key, **when, **given)

    def route(self, handler: Handler) -> Route:
        """The route of these addresses; `answer` is called where the signature holds."""
        return Route(self._path, require_token(handler))


# A picture of a part by its name, as it was stored; nothing is drawn for it.
part_url = SignedAddress("/img/part/{key}/{index:int}/{name}.png")
# The same of a part as it looks so far; `version` is whatever changes with the picture.
preview_url = SignedAddress("/img/preview/{key}/{stamp}/{version:int}/{index:int}/{name}.png")
# An array of a part, uint8 (frame, height, width, 3), as a GIF.
animation_url = SignedAddress("/img/animation/{key}/{index:int}/{name}.gif", name="history")
# The small picture of a result in the gallery.
thumbnail_url = SignedAddress("/img/thumbnail/{key}.jpg")
# The small picture of any finished result, for lists.
run_thumbnail_url = SignedAddress("/img/run/{key}/{stamp}/small.jpg")
