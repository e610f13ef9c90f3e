"""Every analysis is in the lists, its record says what has no default, and nothing else is kept by kind."""

import ast
from dataclasses import fields, replace
from pathlib import Path
from pkgutil import resolve_name

import numpy as np
import pytest
from PIL import Image

from dashboard.analyses import ANALYSES as OF_DASHBOARD
from dashboard.analyses import declared
from dashboard.page_entry import PageEntry
from dashboard.page_table import PAGES
from dashboard.server.routes import ROUTES
from shared.analyses import KINDS, FilterAtlas
from shared.analyses.kind import Kind
from shared.results import Part
from shared.store import RunRecord
from worker.analyses import ANALYSES as OF_WORKER

ROOT = Path(__file__).parents[1]


def lacks(kind: Kind, folder: str) -> list[str]:
    """What a record leaves out or says wrongly, in words."""
    empty = [f"{folder}: KIND needs a {name}" for name in ("title", "noun", "part") if not getattr(kind, name).strip()]
    named = "" if kind.name == folder else f"{folder}: the spec's kind is {kind.name!r}, the folder's name is another"
    gone = [f"{folder}: there is no {place}" for place in _places(kind) if not _exists(place)]
    return [*empty, *([named] if named else []), *gone]


def _places(kind: Kind) -> list[str]:
    """The functions that a record names."""
    return [value for f in fields(kind) if isinstance(value := getattr(kind, f.name), str) and ":" in value]


def _exists(place: str) -> bool:
    try:
        return callable(resolve_name(place))
    except (ImportError, AttributeError):
        return False


@pytest.mark.parametrize("kind", KINDS)
def test_the_record_of_every_kind_is_complete(kind: str) -> None:
    assert lacks(KINDS[kind], kind) == []


@pytest.mark.parametrize("name", ["title", "noun", "part"])
def test_a_record_cannot_be_made_without_what_has_no_default(name: str) -> None:
    words = {"title": "Layer atlas", "noun": "atlas", "part": "tile"}
    assert lacks(Kind(FilterAtlas, **words), "filter_atlas") == []
    with pytest.raises(TypeError, match=name):
        Kind(FilterAtlas, **{n: word for n, word in words.items() if n != name})
    assert lacks(Kind(FilterAtlas, **words | {name: " "}), "filter_atlas") == [f"filter_atlas: KIND needs a {name}"]


def test_a_record_with_a_wrong_name_is_found_out() -> None:
    kind = KINDS["filter_atlas"]
    assert "the spec's kind is 'filter_atlas'" in lacks(kind, "layer_atlas")[0]
    gone = "shared.analyses.filter_atlas.files:write_nothing"
    assert lacks(replace(kind, files=gone), "filter_atlas") == [f"filter_atlas: there is no {gone}"]


def test_the_lists_hold_the_same_kinds_and_every_room() -> None:
    assert {path.parent.name for path in (ROOT / "shared" / "analyses").glob("*/spec.py")} == set(KINDS)
    assert set(OF_WORKER) == set(KINDS)
    assert sorted(OF_DASHBOARD) == sorted(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_worker_has_a_generator_of_every_kind_in_its_room(kind: str) -> None:
    """Read, not imported: TensorFlow takes seconds."""
    place = OF_WORKER[kind].split(".")
    assert place[:3] == ["worker", "analyses", kind]
    source = ast.parse(ROOT.joinpath(*place).with_suffix(".py").read_text())
    assert kind in {node.name for node in source.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("kind", sorted(path.parent.name for path in ROOT.glob("dashboard/analyses/*/routes.py")))
def test_the_routes_of_every_room_are_served(kind: str) -> None:
    own = declared(kind, "ROUTES", "routes")
    assert own and all(route in ROUTES for route in own)


@pytest.mark.parametrize("kind", KINDS)
def test_every_room_has_a_page_or_says_on_whose_page_its_runs_are_shown(kind: str) -> None:
    page = declared(kind, "PAGE")
    (shown,) = [entry for entry in PAGES if kind in entry.kinds]
    room = kind if isinstance(page, PageEntry) else page
    assert shown.file == f"analyses/{room}/page.py" and (ROOT / "dashboard" / shown.file).exists()


def test_a_kind_without_a_writer_leaves_all_its_pictures_and_arrays(tmp_path: Path) -> None:
    plain = Kind(FilterAtlas, "Layer atlas", "atlas", "tile")
    parts = {i: Part(i, "", {"tile": np.full((2, 3, 3), i, np.uint8)}, {"curve": np.arange(i)}) for i in (0, 1)}
    for folder, given in (("one", {1: parts[1]}), ("both", parts)):
        (tmp_path / folder).mkdir()
        plain.write(tmp_path / folder, RunRecord("key"), given)
    assert {p.name for p in (tmp_path / "one").iterdir()} == {"tile.png", "arrays.npz"}
    assert {p.name for p in (tmp_path / "both").iterdir()} == {"000_tile.png", "001_tile.png", "arrays.npz"}
    assert (np.asarray(Image.open(tmp_path / "both" / "001_tile.png")) == 1).all()
    with np.load(tmp_path / "both" / "arrays.npz") as arrays:
        assert {name: array.tolist() for name, array in arrays.items()} == {"curve_000": [], "curve_001": [0]}
