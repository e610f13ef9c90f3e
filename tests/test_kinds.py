"""Every analysis is in the lists, its record says what has no default, and nothing else is kept by kind."""

import ast
import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dashboard.analyses import ANALYSES as OF_DASHBOARD
from dashboard.analyses import find_in_room
from dashboard.page_entry import PageEntry
from dashboard.page_table import PAGES
from dashboard.server.routes import ROUTES
from shared.analyses import KINDS, FilterAtlas, JobSpec
from shared.analyses.kind import OF_ROOM, Kind
from shared.results import Part
from shared.store import RunRecord
from worker.analyses import ANALYSES as OF_WORKER

ROOT = Path(__file__).parents[1]
WINGS = ("shared", "worker", "dashboard")
IMPORTED = re.compile(r"^ *from ([\w.]+) import \(?\s*(\w+)", re.MULTILINE)
ELEMENT = re.compile(r"""(?:browser_element\("|from ".*/)(\w+)(?:\.js)?\"""")


def lacks(kind: Kind, folder: str) -> list[str]:
    """What a record leaves out or says wrongly, in words."""
    empty = [f"{folder}: KIND needs a {name}" for name in ("title", "noun", "part") if not getattr(kind, name).strip()]
    named = "" if kind.name == folder else f"{folder}: the spec's kind is {kind.name!r}, the folder's name is another"
    return [*empty, *([named] if named else [])]


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


@pytest.mark.parametrize("module", OF_ROOM)
def test_a_rooms_modules_define_what_the_record_looks_for_in_them(module: str) -> None:
    """Kind finds them by name: under another one they would be missed in silence."""
    rooms = [path.parent.name for path in (ROOT / "shared" / "analyses").glob(f"*/{module}.py")]
    first, *_ = OF_ROOM[module]
    made = {room: getattr(import_module(f"shared.analyses.{room}.{module}"), first, None) for room in rooms}
    lacking = [room for room, function in made.items() if not callable(function)]
    assert made and lacking == [], f"{module}.py of these rooms has no {first}(), which Kind looks for"


def test_the_lists_hold_the_same_kinds_and_every_room() -> None:
    rooms = {path.parent.name for path in (ROOT / "shared" / "analyses").glob("*/spec.py")}
    where = "shared/analyses/__init__.py, by importing its spec there"
    assert rooms == set(KINDS), f"add {sorted(rooms - set(KINDS))} to KINDS in {where}"
    for wing, kinds in (("worker", OF_WORKER), ("dashboard", OF_DASHBOARD)):
        missing, gone = sorted(set(KINDS) - set(kinds)), sorted(set(kinds) - set(KINDS))
        place = f"ANALYSES in {wing}/analyses/__init__.py"
        assert not missing and not gone, f"add {missing} to {place}, and take {gone} out of it"
    assert len(set(OF_DASHBOARD)) == len(OF_DASHBOARD), "ANALYSES in dashboard/analyses/__init__.py names a kind twice"


@pytest.mark.parametrize("kind", KINDS)
def test_the_worker_has_a_generator_of_every_kind_in_its_room(kind: str) -> None:
    """Read, not imported: TensorFlow takes seconds."""
    place = OF_WORKER[kind].split(".")
    assert place[:3] == ["worker", "analyses", kind]
    source = ast.parse(ROOT.joinpath(*place).with_suffix(".py").read_text())
    assert kind in {node.name for node in source.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("kind", sorted(path.parent.name for path in ROOT.glob("dashboard/analyses/*/routes.py")))
def test_the_routes_of_every_room_are_served(kind: str) -> None:
    own = find_in_room(kind, "ROUTES", "routes")
    assert own and all(route in ROUTES for route in own)


@pytest.mark.parametrize("kind", KINDS)
def test_every_room_has_a_page_or_says_on_whose_page_its_runs_are_shown(kind: str) -> None:
    page = find_in_room(kind, "PAGE")
    (shown,) = [entry for entry in PAGES if kind in entry.kinds]
    room = kind if isinstance(page, PageEntry) else page
    assert shown.file == f"analyses/{room}/page.py" and (ROOT / "dashboard" / shown.file).exists()


# The three lists, which are what they are.
LISTS = ("worker/analyses/__init__.py", "dashboard/analyses/__init__.py")
SPECS = {kind.spec.__name__ for kind in KINDS.values()}


def tables(source: str) -> list[int]:
    """Lines of functions and loose statements that name two kinds or more, or keep something by their specs."""
    tree, found = ast.parse(source), []
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    loose = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.ImportFrom)]
    for statement in (*functions, *loose):
        texts = [n.value for n in ast.walk(statement) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        keys = [k for n in ast.walk(statement) if isinstance(n, ast.Dict) for k in n.keys if k is not None]
        specs = {n.id for key in keys for n in ast.walk(key) if isinstance(n, ast.Name)} & SPECS
        if len(set(texts) & set(KINDS)) > 1 or len(specs) > 1:
            found.append(statement.lineno)
    return found


@pytest.mark.parametrize(
    "source",
    [
        "WRITERS = {'filter_atlas': 1, 'deep_dream': 2}",
        "def f(run):\n    return run.kind in ('playground', 'activations')",
        "def f(run):\n    if run.kind == 'playground': return 1\n    if run.kind == 'activations': return 2",
        "ROWS = [('filter_atlas', 'Atlas'), ('deep_dream', 'Dream')]",
        "SPECS = {FilterAtlas: 1, DeepDream: 2}",
        "SPECS = {FilterAtlas.kind: 1, DeepDream.kind: 2}",
    ],
)
def test_a_table_by_kind_is_found_out(source: str) -> None:
    assert tables(source) == [1]


def test_what_names_one_kind_is_no_table() -> None:
    assert tables("def f(run):\n    return run.kind == 'playground'\n\n\ndef g():\n    return 'activations'") == []


def test_nothing_is_kept_by_kind_outside_the_lists() -> None:
    """What differs by kind is a field of its record, or declared in its room."""
    sources = {str(p.relative_to(ROOT)): p.read_text() for wing in WINGS for p in (ROOT / wing).rglob("*.py")}
    assert [f"{name}:{line}" for name, text in sources.items() if name not in LISTS for line in tables(text)] == []
    assert all(tables(sources[name]) for name in LISTS)


def _room(path: Path) -> str:
    """The kind in whose room a file lies; "" outside the rooms."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[2] if len(parts) > 2 and parts[1] == "analyses" and parts[2] in KINDS else ""


def test_what_one_room_alone_uses_lies_in_it_or_names_it() -> None:
    """So the folders of a name, and a search for it, show all of an analysis."""
    files = [p for wing in WINGS for end in ("py", "js") for p in (ROOT / wing).rglob(f"*.{end}")]
    texts = {path: path.read_text() for path in files}
    users: dict[Path, set[Path]] = {path: set() for path in files}
    by_name = {p.stem if p.suffix == ".js" else ".".join(p.relative_to(ROOT).with_suffix("").parts): p for p in files}
    for path, text in texts.items():
        names = {n for pair in IMPORTED.findall(text) for n in (pair[0], ".".join(pair))} | set(ELEMENT.findall(text))
        for used in names & by_name.keys():
            users[by_name[used]].add(path)
    rooms = {path: {_room(user) for user in of} for path, of in users.items() if not _room(path)}
    alone = {path: room for path, (room, *more) in ((p, sorted(r)) for p, r in rooms.items() if r) if room and not more}
    assert len(alone) > 1  # of those that name their kind there are some
    assert {str(p.relative_to(ROOT)): room for p, room in alone.items() if room not in texts[p]} == {}


def test_a_kind_without_files_of_its_own_leaves_all_its_pictures_and_arrays(tmp_path: Path) -> None:
    class Plain(JobSpec):
        """Of a room without files: this module's folder has none."""

    plain = Kind(Plain, "Layer atlas", "atlas", "tile")
    parts = {i: Part(i, "", {"tile": np.full((2, 3, 3), i, np.uint8)}, {"curve": np.arange(i)}) for i in (0, 1)}
    for folder, given in (("one", {1: parts[1]}), ("both", parts)):
        (tmp_path / folder).mkdir()
        plain.write(tmp_path / folder, RunRecord("key"), given)
    assert {p.name for p in (tmp_path / "one").iterdir()} == {"tile.png", "arrays.npz"}
    assert {p.name for p in (tmp_path / "both").iterdir()} == {"000_tile.png", "001_tile.png", "arrays.npz"}
    assert (np.asarray(Image.open(tmp_path / "both" / "001_tile.png")) == 1).all()
    with np.load(tmp_path / "both" / "arrays.npz") as arrays:
        assert {name: array.tolist() for name, array in arrays.items()} == {"curve_000": [], "curve_001": [0]}
