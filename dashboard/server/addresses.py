"""Signed addresses: one pattern each, for those who link to it and for the route that answers it."""

import re
from urllib.parse import quote

from starlette.routing import Route

from dashboard.server.responses import Handler, require_token
from dashboard.server.signing import sign
from shared.store import RunRecord


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
# An array of a part, uint8 (frame, height, width, 3), as a GIF.
animation_url = SignedAddress("/img/animation/{key}/{index:int}/{name}.gif", name="history")
# The small picture of a result in the gallery.
thumbnail_url = SignedAddress("/img/thumbnail/{key}.jpg")
