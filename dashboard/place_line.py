"""The line above every picture: where one is, the link to share, and what can be exported."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from dashboard.browser_elements import browser_element

_element = browser_element("place_line")


@dataclass(frozen=True)
class Download:
    """One entry of the export menu."""

    label: str
    note: str
    url: str


def place_line(
    steps: Sequence[str],
    details: Sequence[str] = (),
    *,
    key: str = "",
    link: str = "",
    warning: str = "",
    downloads: Sequence[Download] = (),
) -> None:
    """Draw the line.

    Args:
        steps: from the whole to the part: model, layer, channel.
        details: settings and timing, in small print.
        key: the run's key.
        link: path and query to share.
        warning: what nobody may overlook ("random weights").
        downloads: files of the result.
    """
    data = {
        "steps": list(steps),
        "details": [d for d in details if d],
        "key": key,
        "link": link,
        "warning": warning,
        "downloads": [asdict(d) for d in downloads],
    }
    _element(key="place", data=data)
