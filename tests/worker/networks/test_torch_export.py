"""Networks that torch exports: by the two lines of docs/model_files.md, by both exporters, of several operator sets.

Needs a Python that has torch: this one, or the one that TORCH_PYTHON names.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from shared.settings import Settings
from shared.uploads.models import check_model
from tests.worker.networks.test_translated import answers
from worker.networks.translated import open_translated

ROOT = Path(__file__).parents[3]
CLOSE = 1e-4


def difference(path: Path) -> float:
    """The largest between an exported network here and in torch, over its largest value."""
    found = check_model(path, Settings())
    assert found.translation is not None
    stored = np.load(path.with_suffix(".npz"))
    got = answers(open_translated(found.translation), stored["image"])[0].reshape(stored["output"].shape)
    return float(np.abs(got - stored["output"]).max() / max(1.0, np.abs(stored["output"]).max()))


@pytest.mark.heavy
@pytest.mark.timeout(3600)
def test_what_torch_exports_computes_what_torch_computes(tmp_path: Path) -> None:
    python = os.environ.get("TORCH_PYTHON") or (sys.executable if importlib.util.find_spec("torch") else "")
    if not python:
        pytest.skip("torch is not installed; name a Python that has it in TORCH_PYTHON")
    script = ROOT / "tests" / "fixtures" / "torch_export.py"
    subprocess.run([python, script, ROOT / "docs" / "model_files.md", tmp_path], check=True)
    files = sorted(tmp_path.glob("*.onnx"))
    found = {path.stem: difference(path) for path in files}
    for name, value in found.items():
        print(f"{name:32}{value:9.1e}")
    assert sum(name.endswith("_documented") for name in found) >= 9
    assert not {name: value for name, value in found.items() if not value <= CLOSE}
