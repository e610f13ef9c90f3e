"""`make quality`, second table: does `channel_ablation` find the channels that a class rests on?

Needs the folder that CONVSCOPE_TEST_DATA names. A row a network and layer, over the pictures of a split:
  split half   rank correlation of the effects in one half of a class's pictures with those in the other, at least 0.8
  estimate     correlation of the first-order estimates with the exact effects
  strongest    points of accuracy that a class loses without its 20 strongest channels, the mean over classes
  random       the same without 20 channels drawn by chance, the mean of the draws; the first at least 10 times as much
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shared.analyses.channel_ablation.numbers import Ablation, ablation_of, cost_at
from shared.analyses.channel_ablation.spec import ChannelAblation
from shared.library.bundled import STAND_IN
from shared.library.datasets.splits import Shares
from shared.results import Part
from tests.fixtures.real_networks import RealNetworks
from worker.analyses.channel_ablation.analysis import channel_ablation

OFF = 20


@dataclass(frozen=True)
class Case:
    """A network's layer, and the data set that it is judged on."""

    network: str
    layer: str
    dataset: str
    split: str

    def spec(self, networks: RealNetworks, datasets: dict[str, str]) -> ChannelAblation:
        """What is asked."""
        model = networks.reference(self.network) if "/" not in self.network else self.network
        return ChannelAblation(model=model, layer=self.layer, dataset=datasets[self.dataset], split=self.split)


CASES = (
    Case(STAND_IN, "relu5", "cats_vs_dogs_small", "test"),
    Case("mobilenetv2", "block_16_project_BN", "imagenet_samples", "train"),
    Case("mobilenetv2", "out_relu", "imagenet_samples", "train"),
)


def main() -> int:
    """Print a row for each case; 0 whatever it says, as the other tables."""
    folder = os.environ.get("CONVSCOPE_TEST_DATA")
    if not folder:
        print("quality of ablations: not measured. CONVSCOPE_TEST_DATA names no folder of real weights.")
        return 0
    print(f"{'network and layer':46}{'pictures':>9}{'split half':>11}{'estimate':>9}{'strongest':>10}{'random':>8}"
          f"{'seconds':>9}")  # fmt: skip
    with tempfile.TemporaryDirectory() as data:
        networks = RealNetworks(Path(folder), Path(data))
        datasets = dict(_datasets(networks, Path(folder)))
        for case in CASES:
            print(row(case, networks, datasets), flush=True)
    return 0


def _datasets(networks: RealNetworks, folder: Path) -> Iterator[tuple[str, str]]:
    registry = networks.context.library.datasets
    for name in sorted({case.dataset for case in CASES}):
        if (folder / name).is_dir():
            # One photograph a class cannot be divided: where there are no splits, all are for training.
            yield name, registry.keep(registry.check(folder / name), name, Shares(validation=0.0, test=0.0))


def row(case: Case, networks: RealNetworks, datasets: dict[str, str]) -> str:
    """What comes of a case, in columns."""
    begun = time.perf_counter()
    found = measured(case.spec(networks, datasets), networks)
    halves, agreements = [], []
    for number in filter(found.has, range(len(found.classes))):
        halves.append(found.split_half(number))
        agreements.append(found.agreement(number))
    whole, strongest, random, _ = cost_at(found, OFF) or (np.nan,) * 4
    name = f"{case.network.partition('/')[2] or case.network} {case.layer}, {case.dataset}"
    return (f"{name[:45]:46}{len(found.base['pictures']):9}{_mean(halves):11.3f}{_mean(agreements):9.3f}"
            f"{100 * (whole - strongest):10.1f}{100 * (whole - random):8.1f}"
            f"{time.perf_counter() - begun:9.0f}")  # fmt: skip


def measured(spec: ChannelAblation, networks: RealNetworks) -> Ablation:
    """A run's numbers."""
    parts: dict[int, Part] = {}
    context = networks.context.__class__(networks.context.models, networks.context.library, stored=parts.get)
    for item in channel_ablation(spec, context):
        if isinstance(item, Part):
            parts[item.index] = item
    found = ablation_of(parts.values())
    assert found is not None
    return found


def _mean(values: list[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


if __name__ == "__main__":
    sys.exit(main())
