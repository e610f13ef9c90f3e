"""`make ladder`: the book's ladder as queued training runs, and a table of what each strategy is worth.

F. Chollet, "Deep Learning with Python", 2017, sections 2.1 and 5.1 to 5.3. Needs the folder that CONVSCOPE_TEST_DATA
names: mnist.npz, cats_vs_dogs_small, and weights of MobileNetV2 without its head. Runs on the installation that the
settings name, or on one that is started for as long as it takes. A run has a key like any other, so what is there is
read and not computed again: interrupted, the command goes on where it stood, within a run too.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.ladder_page import LadderRun, Setting, table, write_page
from shared.analyses import TrainingRun
from shared.cli.installation import installation
from shared.client import Client
from shared.client.progress_bar import progress_bar
from shared.errors import ConvscopeError
from shared.settings import get_settings

CATS, MNIST, BASE = "ladder-cats-and-dogs", "builtin/mnist", "ladder-mobilenetv2"
FOLDER = Path(__file__).parent.parent / "docs" / "ladder"


def _digits(title: str, goal: float, **fields: Any) -> Setting:
    return Setting("Handwritten digits", title, goal, {"dataset": MNIST, **fields})


def _cats(title: str, goal: float | None, **fields: Any) -> Setting:
    return Setting("Cats and dogs", title, goal, {"dataset": CATS, "precision": "auto", **fields})


# Milder than the book's: with its settings 90 epochs are too few.
AUGMENTATION = {"rotation": 15, "width_shift": 0.1, "height_shift": 0.1, "shear": 0, "zoom": 0.2}
SETTINGS = (
    _digits("Dense network", 0.978, strategy="dense", epochs=12),
    _digits("Small convnet", 0.99, strategy="scratch", epochs=8, batch=64),
    _cats("From scratch", 0.7, strategy="scratch"),
    _cats("With augmentation and dropout", 0.8, strategy="augmented", epochs=90, learning_rate=5e-4,
          augmentation=AUGMENTATION),
    _cats("Feature extraction, features once", 0.95, strategy="feature_extraction", model=BASE),
    _cats("Feature extraction, end to end, augmented", None, strategy="feature_extraction_augmented", model=BASE,
          epochs=6, augmentation=AUGMENTATION),
    _cats("Fine-tuning", 0.95, strategy="fine_tuning", model=BASE, fine_tune_epochs=6, augmentation=AUGMENTATION),
)  # fmt: skip


def main() -> int:
    """Run it; 0 when every run that was asked for is there."""
    out = Console(highlight=False, soft_wrap=True)
    options = _options()
    data = Path(os.environ.get("CONVSCOPE_TEST_DATA", ""))
    if not (data / "cats_vs_dogs_small").is_dir():
        out.print("ladder: not run. CONVSCOPE_TEST_DATA names no folder with cats_vs_dogs_small.", markup=False)
        return 0
    settings = [setting for setting in SETTINGS if not options.only or setting.fields["strategy"] in options.only]
    try:
        with installation(get_settings(), out.print) as client:
            _add_material(client, data)
            runs = [_run(client, out, setting) for setting in settings]
    except ConvscopeError as error:
        out.print(f"ladder: {error}", markup=False)
        return 1
    out.print(table(runs), markup=False)
    if not options.only:
        write_page(FOLDER, runs)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", metavar="STRATEGY", help="some strategies; docs/ladder is left as it is")
    return parser.parse_args()


def _add_material(client: Client, data: Path) -> None:
    """The data sets and the base, under names of their own; a second time changes nothing."""
    if CATS not in client.datasets.names():
        client.datasets.keep(client.datasets.check(data / "cats_vs_dogs_small"), CATS)
    if not client.datasets.names()[MNIST]:
        client.datasets.add_builtin(MNIST, data / "mnist.npz")
    if BASE not in client.models.names():
        (weights,) = (data / "weights").glob("mobilenetv2_*_no_top_*.h5")
        client.models.add_weights("mobilenetv2", weights, BASE)


def _run(client: Client, out: Console, setting: Setting) -> LadderRun:
    spec = client.resolve(TrainingRun.from_fields(setting.fields))
    out.print(f"{setting.ladder}, {setting.title.lower()}: {spec.key()}", markup=False)
    with progress_bar(out) as watch:
        result = client.run(spec, watch)
    return LadderRun(setting, spec, result)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main())
