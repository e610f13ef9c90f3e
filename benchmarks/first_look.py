"""The first look of an atlas of VGG16 block3_conv1, 128 px: how soon, how good, and at what cost.

Prints, for each mode:
  seen    seconds from the start of the analysis, model warm, until every channel has a preview; and of processor time
  own     of the living channels, the share whose preview excites them more than any other channel's does, as displayed
  cost    processor time of the look as a share of the ascent's, on so many channels as --whole says, and whether the
          finished tiles are bit for bit those of an atlas without it
With CONVSCOPE_TEST_DATA set the network has learned; otherwise its weights are random, and `own` means little. Goals:
80 % of the channels recognised within 60 s on two busy cores, 20 s on quiet ones, at no more than 10 % more time.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.atlas_throughput import CHANNELS, LAYER, SIZE, Network, named_network
from shared.analyses import FilterAtlas
from shared.results import Part, Progress
from tests.fixtures.atlas_scores import score
from worker.analyses.filter_atlas import filter_atlas
from worker.service.devices import cpu_precisions

ENOUGH, QUIET_SECONDS, BUSY_SECONDS, MOST_COST = 0.8, 20, 60, 0.1


@dataclass(frozen=True)
class Atlas:
    """One atlas to be made."""

    network: Network
    spec: FilterAtlas

    def items(self, looked: bool) -> Iterator[Part | Progress]:
        """What it yields; where it was looked at before, without another look."""
        previewed = frozenset(range(CHANNELS) if looked else ())
        return filter_atlas(self.spec, replace(self.network.networks.context, previewed=previewed))

    def first_look(self) -> tuple[dict[int, Part], float, float]:
        """Previews by channel, seconds and processor seconds until the last one."""
        begun, used, seen = time.perf_counter(), time.process_time(), {}
        with closing(self.items(looked=False)) as items:
            for item in items:
                if isinstance(item, Progress):
                    seen |= {part.facts["channel"]: part for part in item.previews}
                    if "step" in item.stage:
                        break  # the first step of the ascent proper
        return seen, time.perf_counter() - begun, time.process_time() - used

    def whole(self, looked: bool) -> tuple[np.ndarray, float]:
        """Finished tiles, and processor seconds."""
        used = time.process_time()
        parts = sorted((i for i in self.items(looked) if isinstance(i, Part)), key=lambda part: part.index)
        return np.stack([part.pictures["tile"] for part in parts]), time.process_time() - used


def main() -> None:
    """Print the figures of each mode."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        network = named_network(Path(folder))
        kind = "learned" if network.weights else "random"
        print(f"vgg16 {LAYER}, {SIZE} px, {kind} weights, {options.precision}, load {os.getloadavg()[0]:.1f}")
        for mode in options.modes:
            _look(network, mode, options)
            if options.whole:
                _cost(network, mode, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modes", nargs="+", default=["lucid", "classic"])
    parser.add_argument("--channels", type=int, default=CHANNELS, help="that are looked at")
    parser.add_argument("--whole", type=int, default=16, help="channels that are made to the end, twice; 0: none")
    parser.add_argument("--precision", default=cpu_precisions()[0])
    return parser.parse_args()


def _atlas(network: Network, mode: str, channels: int, precision: str) -> Atlas:
    network.load()
    spec = FilterAtlas(
        model=network.reference, layer=LAYER, size=SIZE, channels=tuple(range(channels)), precision=precision, mode=mode
    )
    return Atlas(network, spec)


def _look(network: Network, mode: str, options: argparse.Namespace) -> None:
    seen, seconds, used = _atlas(network, mode, options.channels, options.precision).first_look()
    tiles = np.stack([seen[channel].pictures["tile"] for channel in sorted(seen)])
    found = score(network.load(), LAYER, tiles, sorted(seen))
    goal = "" if found.own >= ENOUGH else f", NOT the {ENOUGH:.0%} it should be"
    print(f"{mode}: {len(seen)} of {options.channels} channels seen in {seconds:.1f} s (goal {QUIET_SECONDS} s quiet, "
          f"{BUSY_SECONDS} s busy), {used:.1f} s of processor time; own {found.own:.1%}{goal}", flush=True)  # fmt: skip


def _cost(network: Network, mode: str, options: argparse.Namespace) -> None:
    atlas = _atlas(network, mode, options.whole, options.precision)
    _, _, look = atlas.first_look()
    tiles, used = atlas.whole(looked=True)
    again, _ = atlas.whole(looked=False)
    alike = "bit for bit alike" if np.array_equal(tiles, again) else "NOT bit for bit alike"
    goal = "" if look / used <= MOST_COST else f", NOT at most {MOST_COST:.0%}"
    print(f"{mode}: the look takes {look / used:.1%} of the ascent's processor time{goal} ({options.whole} channels); "
          f"finished tiles {alike}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
