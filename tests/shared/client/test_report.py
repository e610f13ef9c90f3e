"""The standalone report: everything inside, nothing fetched, and what people wrote stays text."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest

from shared.analyses import Activations, Attribution, ChannelPortrait, EvaluateModel, FilterAtlas
from shared.analyses.filter_atlas.files import atlas_sheet
from shared.analyses.report_blocks import Curves, Figure
from shared.analyses.training_run.spec import TrainingRun
from shared.client import Client, report_html
from shared.client.report.curves import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, curve_lines
from shared.client.report.figures import blocks_of
from shared.library.titles import Titles
from shared.results import Part, decode_part
from shared.store import RunRecord
from tests.analyses.attribution.parts import finished_heat_maps
from tests.analyses.channel_portrait.parts import kernel_part, portrait_part
from tests.analyses.evaluate_model.parts import evaluation_parts
from tests.analyses.training_run.parts import finished_training
from tests.fixtures.synthetic_runs import FACTS, atlas_part
from tests.shared.analyses.test_specs import PINNED

SPEC = FilterAtlas(model="keras/vgg16/imagenet", layer="block1_conv1", size=32, steps=6)


def _run(status: str = "complete", total: int = 18, **changes: object) -> RunRecord:
    fields = json.loads(SPEC.canonical_json())
    return RunRecord(SPEC.key(), status, SPEC.kind, SPEC.version, fields, total=total, done=total, facts=FACTS,
                     **{"by": "mira", **changes})  # fmt: skip


def _parts(count: int = 18) -> dict[int, Part]:
    return {i: decode_part(atlas_part(i, i, 32, 6)) for i in range(count)}


class _Seen(HTMLParser):
    """Tags with their attributes, and the text outside of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text, self._inside = "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_report_loads_nothing_from_anywhere() -> None:
    seen = _Seen(report_html(_run(), _parts()))
    assert [image["src"].partition(";")[0] for image in seen.all("img")] == ["data:image/jpeg"]
    assert not seen.all("link") and not seen.all("iframe") and not seen.all("a")
    assert all("src" not in script for script in seen.all("script"))
    (policy,) = [m["content"] for m in seen.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'") and "connect-src" not in policy


def test_names_that_people_gave_stay_text() -> None:
    """Autoescaping switched off is caught here."""
    evil = '<img src=x onerror=alert(1)>"'
    page = report_html(_run(by=evil), _parts(2), Titles({"keras/vgg16/imagenet": evil}), banner=evil)
    seen = _Seen(page)
    assert all((image["src"] or "").startswith("data:") for image in seen.all("img"))
    assert seen.text.count(evil) >= 3


def test_the_sheet_names_every_tile_in_its_place() -> None:
    parts = _parts()
    figure = atlas_sheet(_run(), parts)
    assert figure.grid is not None
    assert len(figure.grid.labels) == 18
    assert figure.grid.labels[3] == f"channel 3, objective {parts[3].facts['objective']:.4g}"
    assert figure.grid.labels[5] == "channel 5, dead"


def test_tiles_that_were_not_made_leave_their_place_empty() -> None:
    some = {i: part for i, part in _parts().items() if i % 2}
    figure = atlas_sheet(_run("cancelled"), some)
    assert figure.grid is not None and figure.grid.labels[0] == "" and figure.grid.labels[1]
    assert "cancelled, 18 of 18 tiles" in _Seen(report_html(_run("cancelled"), some)).text


def test_channels_are_listed_by_objective_with_the_dead_ones_last() -> None:
    (table,) = [block for block in blocks_of(_run(), _parts()) if block.title == "Channels by objective"]
    alive = [row for row in table.rows if not row[2]]
    assert [row[1] for row in alive] == sorted((row[1] for row in alive), reverse=True)
    assert table.rows[-1] == (5, 0.0, "dead on 3 starts") or table.rows[-1][2] == "dead on 3 starts"


@pytest.mark.parametrize("spec", [spec for spec, _ in PINNED], ids=lambda spec: spec.kind)
def test_every_kind_has_a_report_even_without_any_part(spec: Activations) -> None:
    run = RunRecord(spec.key(), "failed", spec.kind, spec.version, json.loads(spec.canonical_json()), facts=FACTS)
    seen = _Seen(report_html(run, {}))
    assert "Make it again in Python" in seen.text and spec.key() in seen.text


def test_an_evaluation_is_a_matrix_its_figures_and_a_row_a_class() -> None:
    labels, probabilities = (
        np.array([0, 1, 1, 0]),
        np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]], np.float32),
    )
    parts = {part.index: part for part in evaluation_parts(labels, probabilities, ("cats", "dogs"), shard=3)}
    spec = EvaluateModel(model="m", dataset="pets")
    fields = json.loads(spec.canonical_json())
    run = RunRecord(spec.key(), "complete", spec.kind, spec.version, fields, total=2, done=2, facts=FACTS)
    picture, figures, classes = blocks_of(run, parts)
    assert picture.title == "Confusion" and ("accuracy", 0.75) in figures.rows
    assert [row[0] for row in classes.rows] == ["cats", "dogs"] and classes.rows[1][1:3] == (1.0, 0.5)
    assert "Class by class" in _Seen(report_html(run, parts)).text


def test_a_portrait_comes_first_and_large() -> None:
    spec = ChannelPortrait(model="keras/vgg16/imagenet", layer="block1_conv1", channel=3)
    parts = {i: portrait_part(spec, i) for i in range(3)} | {9: kernel_part(spec)}
    found = [b for b in blocks_of(RunRecord("key", "complete", spec.kind), parts) if isinstance(b, Figure)]
    names = ["Portrait", "Facet 0", "History", "Kernel", "Opposite"]
    assert [(b.title, b.large) for b in found] == [(name, name == "Portrait") for name in names]


def test_a_curve_runs_from_corner_to_corner_and_leaves_gaps() -> None:
    """Worked out by hand: 0, gap, 2, 1 over four steps."""
    drawn = curve_lines(Curves("Loss", {"loss": np.array([0.0, np.nan, 2.0, 1.0])}))
    wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    start, third = f"M{LEFT:.1f} {TOP + tall:.1f}", f"M{LEFT + wide * 2 / 3:.1f} {TOP:.1f}"
    assert drawn.paths == {"loss": f"{start}{third}L{LEFT + wide:.1f} {TOP + tall / 2:.1f}"}
    assert [text for *_, text in drawn.texts] == ["2", "0", "step 1", "4"]


def test_a_flat_curve_is_drawn_and_an_empty_one_is_no_error() -> None:
    assert "nan" not in curve_lines(Curves("Flat", {"a": np.ones(3)})).paths["a"]
    assert curve_lines(Curves("Empty", {"a": np.array([np.nan])})).paths == {"a": ""}


def test_pictures_are_called_by_method_and_class_as_on_their_page(client: Client) -> None:
    spec = Attribution(model="keras/vgg16/imagenet", image="sample/cat", methods=("grad_cam", "layer_cam"))
    key = finished_heat_maps(client.store, spec)
    seen = _Seen(report_html(client.record(key), client.result(key).parts))
    assert "Grad-CAM, " in seen.text and "LayerCAM, " in seen.text and "Grad cam" not in seen.text
    trained = finished_training(client, TrainingRun(dataset="builtin/digits", epochs=2, watch=(1500,)))
    seen = _Seen(report_html(client.record(trained), client.result(trained).parts))
    assert "· #1500, epoch 2" in seen.text and "Watch" not in seen.text
