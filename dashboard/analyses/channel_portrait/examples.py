"""A channel's nine strongest pieces of real pictures, for beside its synthetic one; or the way to them."""

from typing import Any
from urllib.parse import urlencode

from dashboard.widgets.channel_examples import (
    EDGES,
    channels_of,
    pieces_url,
    places_of,
    read_examples,
    run_with_channel,
)
from dashboard.widgets.dataset_choice import card_of, dataset_title
from shared.client import Client

TITLE = "In real pictures"


def real_figure(client: Client, model: str, layer: str, channel: int) -> dict[str, Any] | None:
    """A figure of the channel's pieces, as the portrait's stage draws figures.

    Returns:
        None where no data set was looked through for this layer, or its pictures are gone.
    """
    run = run_with_channel(client, model, layer, channel)
    found = read_examples(client, run) if run else None
    if run is None or found is None or found.best is None or card_of(client, str(run.fields["dataset"])) is None:
        return None
    rows, k = found.best.values.shape
    channels = channels_of(run) or list(range(rows))
    if channel not in channels[:rows]:
        return None
    places = places_of(found.best, channels.index(channel))
    of = f"{dataset_title(str(run.fields['dataset']), client.datasets.names())}, {run.fields['split']}"
    return {
        "title": TITLE,
        "url": pieces_url(str(run.fields["dataset"]), places, EDGES[1], k) if places else "",
        "note": _note(places, of if run.status == "complete" else f"the {found.pictures:,} looked at so far of {of}"),
        "alt": f"{TITLE}: the crops of {of} that excite channel {channel} of {layer} most",
        "href": f"/?{urlencode({'run': run.key, 'tile': channel})}",
        "dead": not places,
    }


def _note(places: list[Any], of: str) -> str:
    return f"best {len(places)} of {of}" if places else f"silent on all pictures of {of}"


def offer(model: str, layer: str) -> dict[str, str]:
    """The way to such pieces where there are none yet."""
    return {
        "text": "Which real pictures excite this channel? Look through a data set to see them beside the portrait.",
        "button": "Choose a data set",
        "url": "/examples?" + urlencode({"model": model, "layer": layer}),
    }
