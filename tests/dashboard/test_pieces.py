"""The pieces that pages are made of, one by one."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit import config

from dashboard.__main__ import read_config
from dashboard.analyses.filter_atlas.sheets import thumbnail_edge
from dashboard.analyses.filter_atlas.view import overview_data, tile_data
from dashboard.runs.spec_form import changed_fields, channel_text
from dashboard.widgets.address import permalink
from dashboard.widgets.drawing import png_of_bands
from dashboard.widgets.model_choice import model_references, model_title
from dashboard.widgets.picture_choice import photograph_jpeg
from dashboard.widgets.text import count, duration, escape, memory, round_values
from shared.analyses import FilterAtlas
from shared.client import Client
from tests.fixtures.dashboard_visits import point_dashboard_at, visit

ROOT = Path(__file__).parents[2]
ATLAS = FilterAtlas(model="keras/vgg16/imagenet", layer="block1_conv1")


def test_the_dashboard_needs_neither_tensorflow_nor_the_worker() -> None:
    blocked = "; ".join(f"sys.modules['{name}'] = None" for name in ("tensorflow", "keras", "worker"))
    code = f"import sys; {blocked}; import dashboard.app; import dashboard.__main__"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "unknown"), (0.04, "40 ms"), (2.44, "2.4 s"), (12.4, "12 s"), (185, "3 min 5 s"), (7800, "2 h 10 min"),
     (180000, "2 d 2 h"), (3599.9, "1 h 0 min")],
)  # fmt: skip
def test_durations_have_at_most_two_units(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_counts_and_sizes() -> None:
    assert (count(1, "tile"), count(2048, "tile"), count(None, "tile")) == ("1 tile", "2,048 tiles", "? tiles")
    assert [count(n, "copy", "copies") for n in (1, 2, None)] == ["1 copy", "2 copies", "? copies"]
    assert round_values([1.23456, None, float("inf"), float("nan")]) == [1.235, None, None, None]
    assert (memory(910 * 1024**2), memory(3 * 1024**3)) == ("910 MB", "3.0 GB")


def test_escaping_leaves_no_mark_that_markdown_reads() -> None:
    text = "![x](http://e) *b* _i_ `c` $m$ :red[x] <b> ~~s~~ # h\n- l"
    escaped = escape(text)
    assert escaped.replace("\\", "") == text.replace("\n", " ")
    assert all(escaped[i - 1] == "\\" for i, mark in enumerate(escaped) if mark in "*_`$[]()<>#:~!-")


@pytest.mark.parametrize(("channels", "text"), [((), ""), ((4,), "4"), ((0, 1, 2, 7), "0-2,7"), ((1, 3, 5), "1,3,5")])
def test_channel_numbers_in_short_read_back_the_same(channels: tuple[int, ...], text: str) -> None:
    assert channel_text(channels) == text
    assert FilterAtlas(model=ATLAS.model, layer=ATLAS.layer, channels=text).channels == channels  # type: ignore[arg-type]


def test_an_address_holds_what_is_not_at_its_default() -> None:
    spec = ATLAS.model_copy(update={"size": 64, "channels": (0, 1, 2)})
    assert changed_fields(spec) == {
        "model": "keras/vgg16/imagenet", "layer": "block1_conv1", "size": "64", "channels": "0-2"
    }  # fmt: skip


def test_the_form_builds_the_spec(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.fixtures.synthetic_runs import finished_inspection

    point_dashboard_at(client, monkeypatch)
    finished_inspection(client, ATLAS.model)
    page = visit("atlas", model=ATLAS.model, layer=ATLAS.layer)
    page.session_state["filter_atlas/more"] = True
    page.run()
    widgets = {w.label: w for w in [*page.selectbox, *page.number_input, *page.text_input]}
    labels = {name.replace("_", " ").capitalize() for name in FilterAtlas.model_fields}
    assert set(widgets) == labels
    assert (widgets["Size"].min, widgets["Size"].max) == (8, 1024)
    assert widgets["Step size"].help == FilterAtlas.model_fields["step_size"].description
    widgets["Seed"].set_value(9)
    widgets["Image"].set_value("sample/cat")
    widgets["Channels"].set_value("0-3,9")
    page.run()
    page.button("compute").click().run()
    (run,) = [r for r in client.store.runs.recent() if r.kind == "filter_atlas"]
    assert (run.fields["seed"], run.fields["image"], run.fields["channels"]) == (9, "sample/cat", [0, 1, 2, 3, 9])


def test_a_wrong_entry_in_the_form_is_explained(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.fixtures.synthetic_runs import finished_inspection

    point_dashboard_at(client, monkeypatch)
    finished_inspection(client, ATLAS.model)
    page = visit("atlas", model=ATLAS.model, layer=ATLAS.layer)
    page.text_input("filter_atlas.channels").set_value("0-x").run()
    assert "expected channel numbers such as 0" in page.error[0].value.replace("\\", "").replace(
        "to be right: ", "expected "
    )


def test_models_have_titles() -> None:
    names = {"mine": "sha256:" + "a" * 64}
    assert model_title("keras/vgg16/random", {}) == "VGG16 · random weights"
    assert model_title("sha256:" + "a" * 64, names) == "mine"
    assert model_title("sha256:" + "b" * 64, names) == "file bbbbbbbb"
    assert model_title("sha256:" + "b" * 64, names, "flowers.keras") == "flowers.keras"


def test_a_name_that_is_given_anew_shows_the_new_picture(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)
    colours = {}
    for colour in ((255, 0, 0), (0, 0, 255)):
        out = io.BytesIO()
        Image.new("RGB", (40, 40), colour).save(out, "PNG")
        client.images.add(out.getvalue(), "mine")
        shown = np.asarray(Image.open(io.BytesIO(photograph_jpeg("mine"))).convert("RGB"), float).mean((0, 1))
        colours[colour] = [bool(value > 128) for value in shown]
    assert colours == {(255, 0, 0): [True, False, False], (0, 0, 255): [False, False, True]}


def test_named_models_come_first(client: Client) -> None:
    client.library.files.write_record("models", "mine", {"reference": "sha256:" + "a" * 64})
    references = model_references(client)
    named = list(client.models.names().values())  # that one, and the network that Convscope brings along
    assert "sha256:" + "a" * 64 in named
    assert references[: len(named) + 1] == [*named, "keras/vgg16/imagenet"]
    assert len(references) == len(set(references)) == 80 + len(named)


@pytest.mark.parametrize(("tiles", "size"), [(8, 64), (512, 128), (512, 512), (2048, 256)])
def test_thumbnails_keep_a_sheet_within_what_a_browser_decodes_at_once(tiles: int, size: int) -> None:
    edge = thumbnail_edge(tiles, size)
    assert 32 <= edge <= size and tiles * (edge + 2) ** 2 <= 5_000_000


def test_a_png_written_in_bands_is_the_picture() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (50, 31, 3), dtype=np.uint8)
    data = b"".join(png_of_bands(31, 50, [picture[:20], picture[20:45], picture[45:]]))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), picture)


def test_a_permalink_holds_the_run_and_what_is_chosen() -> None:
    assert permalink("k", tile="37", sort=None) == "/?run=k&tile=37"


def test_every_setting_of_the_theme_is_one_that_streamlit_knows() -> None:
    settings = read_config()
    assert settings["server.address"] == "127.0.0.1" and settings["theme.dark.primaryColor"]
    assert [name for name in settings if name not in config._config_options_template] == []


def test_the_panel_has_the_curve_and_the_parameters(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from dashboard.analyses.filter_atlas.sheets import sheet_of
    from tests.fixtures.synthetic_runs import finished_atlas

    point_dashboard_at(client, monkeypatch)
    spec = ATLAS.model_copy(update={"channels": (4, 5), "size": 16, "steps": 3, "precision": "float32"})
    run = client.record(finished_atlas(client.store, spec, 2))
    sheet = sheet_of(client, run)
    assert sheet is not None
    tile = tile_data(run, sheet.facts[0], np.array([1, 2, 3], np.float32), 0)
    assert tile["title"] == "Channel 4" and ["Objective", "0 → 3"] in tile["facts"]
    overview = dict(overview_data(run, sheet, [4, 5])["facts"])
    assert (overview["Channels"], overview["Dead"], overview["Device"]) == ("2 of 2 made", "1", "CPU, 2 cores")
