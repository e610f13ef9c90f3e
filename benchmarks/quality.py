"""`make quality`: atlases of learned networks against the keras.io loop, with equal steps, size and precision.

Needs the folder that CONVSCOPE_TEST_DATA names. Prints, for each layer and mode, atlas and loop side by side:
  own        of the living channels, the share whose tile excites them more than any other channel's tile does
  living     share of channels that answer to their own tile; what stays dead is listed
  objective  mean activation of the tiles as shown, in the network's own units, transforms off; the loop's tiles both at
             the contrast that keras.io shows (0.15) and at the atlas's classic one (0.25), where a fair comparison lies
"""

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from shared.analyses import FilterAtlas
from shared.analyses.ascent_modes import mode_defaults
from shared.images.contact_sheet import stitch
from shared.results import Part
from tests.fixtures.atlas_scores import score
from tests.fixtures.keras_io_loop import loop_pictures, shown
from tests.fixtures.real_networks import RealNetworks
from worker.analyses.filter_atlas import filter_atlas
from worker.ascent.parameterizations import SHOWN_DEVIATION
from worker.networks.capture import find_layer
from worker.service.devices import cpu_precisions

CASES = (
    "vgg16:block2_conv2", "vgg16:block3_conv1",
    "inceptionv3:mixed2", "inceptionv3:mixed4",
    "mobilenetv2:block_6_expand_relu", "mobilenetv2:block_13_expand_relu",
)  # fmt: skip
MODES = ("lucid", "classic")


@dataclass(frozen=True)
class Case:
    """One atlas to judge: network, layer, channels, and the mode."""

    networks: RealNetworks
    network: str
    layer: str
    channels: list[int]
    mode: str
    size: int
    steps: int
    precision: str

    def atlas(self) -> tuple[np.ndarray, list[Part], float]:
        """Tiles uint8 (channel, size, size, 3), parts, and seconds a channel."""
        spec = FilterAtlas(
            model=self.networks.reference(self.network), layer=self.layer, channels=tuple(self.channels),
            mode=self.mode, size=self.size, steps=self.steps, precision=self.precision,
        )  # fmt: skip
        begun = time.perf_counter()
        found = [item for item in filter_atlas(spec, self.networks.context) if isinstance(item, Part)]
        parts = sorted(found, key=lambda part: part.index)
        seconds = (time.perf_counter() - begun) / len(parts)
        return np.stack([part.pictures["tile"] for part in parts]), parts, seconds

    def loop(self) -> np.ndarray:
        """What the keras.io loop reaches in as many steps."""
        model = self.networks.load(self.network)
        return loop_pictures(model, self.layer, self.channels, self.size, self.steps, self.precision)


def main() -> int:
    """Print a row for each layer and mode."""
    options = _options()
    folder = os.environ.get("CONVSCOPE_TEST_DATA")
    if not folder:
        print("quality: not measured. CONVSCOPE_TEST_DATA names no folder of real weights.")
        return 0
    with tempfile.TemporaryDirectory() as data:
        networks = RealNetworks(Path(folder), Path(data))
        for name in options.layers:
            network, layer = name.split(":")
            count = int(find_layer(networks.load(network).network, layer).output.shape[-1])
            channels = list(range(count)[: options.channels or count])
            for mode in options.modes:
                steps = options.steps or mode_defaults(mode).steps
                case = Case(networks, network, layer, channels, mode, options.size, steps, options.precision)
                _report(case, count, options)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", nargs="+", default=CASES, help="network:layer ...")
    parser.add_argument("--modes", nargs="+", default=MODES)
    parser.add_argument("--channels", type=int, default=0, help="the first so many of each layer; 0: all")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--steps", type=int, default=0, help="0: the mode's own")
    parser.add_argument("--precision", default=cpu_precisions()[0])
    parser.add_argument("--sheets", type=Path, help="folder for a sheet of each atlas")
    parser.add_argument("--no-loop", action="store_true", help="the atlas alone, in half the time")
    return parser.parse_args()


def _report(case: Case, count: int, options: argparse.Namespace) -> None:
    model = case.networks.load(case.network)
    tiles, parts, seconds = case.atlas()
    ours = score(model, case.layer, tiles, case.channels)
    dead = [part.facts["channel"] for part in parts if part.facts["dead"]]
    print(f"{case.network} {case.layer}, {len(case.channels)} of {count} channels, {case.size} px, {case.precision}, "
          f"{case.mode} {case.steps} steps, {seconds:.2f} s a channel, load {os.getloadavg()[0]:.1f}")  # fmt: skip
    print(f"  own {ours.own:.1%}, living {ours.living:.1%}, objective {ours.objective:.4g}; "
          f"labelled dead: {dead or 'none'}")  # fmt: skip
    if options.sheets:
        options.sheets.mkdir(parents=True, exist_ok=True)
        save_sheet(tiles[:48], options.sheets / f"{case.network}_{case.layer}_{case.mode}.jpg")
    if not options.no_loop:
        optimized = case.loop()
        published = score(model, case.layer, shown(optimized), case.channels)
        alike = score(model, case.layer, shown(optimized, SHOWN_DEVIATION), case.channels)
        print(f"  keras.io loop: own {published.own:.1%}, living {published.living:.1%}, objective "
              f"{published.objective:.4g}, at contrast {SHOWN_DEVIATION} {alike.objective:.4g}")  # fmt: skip
    sys.stdout.flush()


def save_sheet(tiles: np.ndarray, path: Path, columns: int = 8, quality: int = 88) -> None:
    """Keep tiles as one sheet."""
    Image.fromarray(stitch(dict(enumerate(tiles)), len(tiles), columns)).save(path, quality=quality)


if __name__ == "__main__":
    sys.exit(main())
