"""The address of a channel: what everything that names one links to."""

from urllib.parse import urlencode


def channel_url(model: str, layer: str, channel: int, **more: str | None) -> str:
    """Path and query of a channel's page.

    Args:
        model: reference or name.
        layer: its path.
        channel: of the layer.
        more: further parameters of the page: `mode`, `lens`, `run`; what is empty is left out.
    """
    given = {"model": model, "layer": layer, "channel": channel, **{n: v for n, v in more.items() if v}}
    return "/channel?" + urlencode(given)
