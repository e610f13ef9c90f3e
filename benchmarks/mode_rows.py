"""One picture that compares: a row each for the keras.io loop and the three modes, a column a channel.

CONVSCOPE_TEST_DATA=... .venv/bin/python -m benchmarks.mode_rows mobilenetv2:block_13_expand_relu rows.jpg
"""

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.quality import Case, save_sheet
from shared.analyses.ascent_modes import MODE_DEFAULTS
from tests.fixtures.keras_io_loop import shown
from tests.fixtures.real_networks import RealNetworks
from worker.service.devices import cpu_precisions


def main() -> None:
    """Optimize, stitch, keep."""
    options = _options()
    network, layer = options.layer.split(":")
    precision, channels = cpu_precisions()[0], [int(word) for word in options.channels.split(",")]
    with tempfile.TemporaryDirectory() as data:
        networks = RealNetworks(Path(os.environ["CONVSCOPE_TEST_DATA"]), Path(data))

        def case(mode: str) -> Case:
            steps = MODE_DEFAULTS[mode].steps
            return Case(networks, network, layer, channels, mode, options.size, steps, precision)

        rows = [shown(case("classic").loop()), *(case(mode).atlas()[0] for mode in MODE_DEFAULTS)]
    save_sheet(np.concatenate(rows), options.target, len(channels))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("layer", help="network:layer")
    parser.add_argument("target", type=Path)
    parser.add_argument("--channels", default="1,2,3,4,5,6,7,15")
    parser.add_argument("--size", type=int, default=160)
    return parser.parse_args()


if __name__ == "__main__":
    main()
