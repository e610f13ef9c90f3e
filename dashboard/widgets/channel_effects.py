"""What classes lose without a layer's channels, from whichever run of channel_ablation has most channels of it."""

from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlencode

import numpy as np

from dashboard.server.caches import bounded_cache
from dashboard.server.connection import get_client
from shared.analyses.channel_ablation.numbers import Ablation, ablation_of
from shared.analyses.channel_ablation.spec import ChannelAblation
from shared.client import Client
from shared.errors import UnknownModel
from shared.results import decode_part
from shared.store import RunRecord

# So many of a layer's newest runs are looked at, and so many classes named beside a channel.
ASKED, NAMED = 12, 3


def ablation_of_run(run: RunRecord) -> Ablation | None:
    """From the parts that are there now; None before the first."""
    return _read(run.key, run.done, run.submitted_at) if run.done else None


@bounded_cache(8)
def _read(key: str, _done: int, _submitted_at: float) -> Ablation | None:
    return ablation_of(decode_part(data) for data in get_client().results.parts(key).values())


@dataclass(frozen=True)
class LayerEffects:
    """A layer's effects.

    Attributes:
        run: whose they are.
        found: its numbers.
    """

    run: RunRecord
    found: Ablation

    @property
    def classes(self) -> dict[int, str]:
        """Number to name of the classes that the run has pictures of."""
        return {k: name for k, name in enumerate(self.found.classes) if self.found.has(k)}

    def losses(self, number: int, channels: list[int]) -> list[float | None]:
        """What a class's logit loses without each channel, the largest loss highest; None where that is not known."""
        known = dict(zip(self.found.channels.tolist(), self.found.own[:, number].tolist(), strict=True))
        return [None if channel not in known else -known[channel] for channel in channels]

    def words(self, channel: int) -> str:
        """The classes that a channel matters most for, "cat −3 (−3.1 to −2.9)"; "" where it was not switched off."""
        if channel not in self.found.channels:
            return ""
        row = int(np.searchsorted(self.found.channels, channel))
        order = sorted(self.classes, key=lambda k: -abs(float(self.found.own[row, k])))[:NAMED]
        told = ((self.found.classes[k], self.found.interval(row, k)) for k in order)
        said = (f"{name} {mean:+.3g} ({low:.3g} to {high:.3g})" for name, (mean, low, high) in told)
        return ", ".join(said).replace("-", "−")

    def url(self, channel: int) -> str:
        """Address of the run with a channel chosen."""
        return "/?" + urlencode({"run": self.run.key, "channel": channel})


def effects_of(client: Client, model: str, layer: str) -> LayerEffects | None:
    """Of the newest runs of a layer the one that has switched most channels off; None where there is none, or where the
    model is not here, as that of an import may be.
    """
    try:
        wanted = {"model": client.models.resolve(model), "layer": layer}
    except UnknownModel:
        return None
    runs = islice(client.store.runs.newest({"kind": ChannelAblation.kind}, wanted), ASKED)
    found = [LayerEffects(run, one) for run in runs if (one := ablation_of_run(run)) and len(one.channels)]
    return max(found, key=lambda one: len(one.found.channels), default=None)
