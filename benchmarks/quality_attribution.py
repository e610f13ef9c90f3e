"""`make quality`: heat maps of photographs on MobileNetV2: do they lie on the object, and can they be believed?

Needs the folder that CONVSCOPE_TEST_DATA names. A row a method, over all photographs whose object is known:
  points      photographs where the largest value lies on the object (the pointing game, Zhang et al., 2018)
  gathered    median of the map's share on the object over the object's share of the picture; 1 is chance
  deletion    mean area under the deletion curve, beside that of smooth maps of noise; smaller is better
  insertion   the same for insertion; larger is better
  rank        median rank correlation with the map while the upper half of the layers is random; near 1, the map does
              not depend on what they learned
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.fixtures.photo_objects import Row, judge

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from shared.analyses.heat_map_methods import METHODS
from tests.fixtures.photo_objects import photographs
from tests.fixtures.real_networks import RealNetworks

USUAL = (
    "grad_cam,grad_cam_plus_plus,hires_cam,layer_cam,eigen_cam,"  # ruff would join them into one long line
    "saliency,smooth_grad,integrated_gradients,guided_backprop"
)


def main() -> int:
    """Print a row a method."""
    options = _options()
    folder = os.environ.get("CONVSCOPE_TEST_DATA")
    if not folder:
        print("quality of heat maps: not measured. CONVSCOPE_TEST_DATA names no folder of real weights.")
        return 0
    begun, rows = time.perf_counter(), {}
    with tempfile.TemporaryDirectory() as data:
        networks = RealNetworks(Path(folder), Path(data))
        chosen = photographs(Path(folder))[: options.photographs or None]
        for photograph in chosen:
            for method, row in judge(networks, photograph, options.methods).items():
                rows.setdefault(method, []).append(row)
    print(f"heat maps of MobileNetV2, {len(chosen)} photographs, {time.perf_counter() - begun:.0f} s")
    for method, found in rows.items():
        _report(METHODS[method].title, found)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", default=USUAL, help="with commas between")
    parser.add_argument("--photographs", type=int, default=0, help="the first so many; 0: all")
    return parser.parse_args()


def _report(title: str, rows: list[Row]) -> None:
    columns = list(zip(*rows, strict=True))
    deletion, at_random, insertion, put_at_random = (float(np.mean(c)) for c in columns[2:6])
    print(f"  {title:26} points {sum(columns[0])}/{len(rows)}, gathered {np.median(columns[1]):.2f}, deletion "
          f"{deletion:.3f} (noise {at_random:.3f}), insertion {insertion:.3f} (noise {put_at_random:.3f}), rank "
          f"{np.median(columns[6]):+.2f}")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
