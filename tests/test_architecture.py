"""What the contracts in pyproject.toml (`lint-imports`) cannot say of structure, and how large things may grow.

A rule about a folder or a module that is gone would hold nothing, so what a rule names must exist.
"""

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from pathlib import Path

import pytest

from shared.analyses import SPEC_TYPES

ROOT = Path(__file__).parents[1]
PACKAGES = ("shared", "worker", "dashboard")
HEAVY = {"tensorflow", "keras"}
LONGEST_FILE, LONGEST_FUNCTION = 300, 45

# Modules that import redis; and those that send commands through an open store. worker.service.recovery mends RQ's own
# records, and the queue asks for the length of one of RQ's lists.
IMPORT_REDIS = ("shared.store", "shared.redis_server")
SEND_COMMANDS = ("shared.store", "shared.redis_server", "shared.queue", "worker.service.recovery")
IMPORT_RQ = ("shared.queue", "worker")
# Packages whose public names others import from the package itself; and those that only say what they hold.
DOORS = ("shared.client", "shared.library", "shared.store")
ROOMS = ("shared.analyses", "shared.uploads", "worker.networks", "worker.ascent", "worker.attribution",
         "worker.pictures", "dashboard.runs", "dashboard.widgets")  # fmt: skip
FORBIDDEN_NAMES = {"util", "utils", "common", "helper", "helpers", "manager", "misc"}


def _sources(package: str) -> list[Path]:
    """The modules of a package, or of one below it; there must be some."""
    found = sorted((ROOT / package).rglob("*.py"))
    assert found, f"a rule is about {package}, which holds no module"
    return found


@lru_cache
def _existing(name: str) -> str:
    """The name of one of our modules or packages, which must be there."""
    place = ROOT.joinpath(*name.split("."))
    assert (place / "__init__.py").exists() or place.with_suffix(".py").exists(), f"a rule names {name}, which is gone"
    return name


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


EVERY = [path for package in PACKAGES for path in _sources(package)]


def _imports(path: Path) -> set[str]:
    """Every module that a source imports, at any depth, `from package import module` included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            whole = node.module in map(_existing, (*PACKAGES, "worker.analyses"))
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if whole else {str(node.module)}
    return found


def _roots(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def _within(name: str, places: Iterable[str]) -> bool:
    """Whether a module is one of some places or lies in one; our own places must exist."""
    places = [_existing(place) if place.partition(".")[0] in PACKAGES else place for place in places]
    return any(name == place or name.startswith(f"{place}.") for place in places)


def _offenders(paths: Iterable[Path], wrong: Callable[[Path], Collection[str]]) -> dict[str, Collection[str]]:
    """Modules with what is wrong with each; an empty dictionary is a kept rule."""
    return {_name(path): found for path in paths if (found := wrong(path))}


def _importers(root: str, allowed: Iterable[str]) -> list[str]:
    """Modules outside the allowed places that import a top-level package; each of those places must need it."""
    importers = [_name(path) for path in EVERY if root in _roots(_imports(path))]
    idle = [place for place in allowed if not any(_within(name, [place]) for name in importers)]
    assert not idle, f"a rule lets {idle} import {root}, which they do not"
    return [name for name in importers if not _within(name, allowed)]


@pytest.mark.parametrize(
    "look",
    [
        lambda: _sources("worker/gone"),
        lambda: _within("worker.service.main", ["worker.gone"]),
        lambda: _existing("a.b"),
    ],
)
def test_a_rule_about_what_is_gone_fails(look: Callable[[], object]) -> None:
    with pytest.raises(AssertionError, match="a rule"):
        look()


def test_a_rule_that_lets_somebody_import_what_nobody_imports_fails() -> None:
    with pytest.raises(AssertionError, match="a rule"):
        _importers("torch", ["worker"])


# The map below a sanity check is the heat map that it checks, so both stand on one page.
TOGETHER = {("dashboard.analyses.attribution", "dashboard.analyses.sanity_check")}


@pytest.mark.parametrize("wing", PACKAGES)
def test_an_analysis_imports_no_other_analysis(wing: str) -> None:
    place = f"{wing}.analyses"
    rooms = {f"{place}.{kind}" for kind in SPEC_TYPES}

    def others(path: Path) -> set[str]:
        own = ".".join(_name(path).split(".")[:3])
        found = {".".join(name.split(".")[:3]) for name in _imports(path) if _within(name, [_existing(place)])} & rooms
        return {name for name in found - {own} if (own, name) not in TOGETHER} if own in rooms else set()

    assert _offenders(_sources(f"{wing}/analyses"), others) == {}


def test_parts_are_made_by_their_types() -> None:
    """A part that is put together by hand is held to nothing; its bytes are read in shared.results."""

    def by_hand(path: Path) -> list[str]:
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        return [ast.unparse(call) for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Part"]

    places = ("shared.results", "shared.analyses.typed_parts")
    found = _offenders(EVERY, by_hand)
    assert set(map(_existing, places)) == set(found), "only these make parts"


def test_an_analysis_of_the_worker_has_never_heard_of_the_store() -> None:
    def wrong(path: Path) -> set[str]:
        return {
            n for n in _imports(path) if _within(n, ("shared.store", "shared.client", "shared.queue", "redis", "rq"))
        }

    assert _offenders(_sources("worker/analyses"), wrong) == {}


def test_only_the_store_and_the_embedded_server_import_redis() -> None:
    assert _importers("redis", IMPORT_REDIS) == []


def test_only_the_store_the_queue_and_recovery_send_commands() -> None:
    def commands(path: Path) -> set[str]:
        """Calls of the form ...store.client.command(...)."""
        calls = [n.func for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
        return {text for call in calls if re.search(r"store\.client\.\w+$", text := ast.unparse(call))}

    senders = _offenders(EVERY, commands)
    assert any(_within(name, SEND_COMMANDS) for name in senders)  # commands still look like this
    assert [name for name in senders if not _within(name, SEND_COMMANDS)] == []


def test_only_the_queue_and_the_worker_import_rq() -> None:
    assert _importers("rq", IMPORT_RQ) == []


@pytest.mark.parametrize(
    "name",
    [
        "worker.service.main",
        "worker.service.supervisor",
        "worker.service.rq_parent",
        "worker.service.warm_worker",
        "worker.service.recovery",
        "worker.service.devices",
        "worker.analyses",
    ],
)
def test_the_supervisor_and_the_rq_parents_never_import_tensorflow(name: str) -> None:
    assert _loaded_by(name) & HEAVY == set()


@pytest.mark.parametrize("name", ["shared.client", "shared.cli"])
def test_a_client_needs_neither_tensorflow_nor_streamlit(name: str) -> None:
    assert _loaded_by(name) & {*HEAVY, "streamlit"} == set()


def test_the_dashboard_comes_up_where_tensorflow_is_not_installed() -> None:
    blocked = "; ".join(f"sys.modules['{name}'] = None" for name in sorted(HEAVY))
    done = _python(f"import sys; {blocked}; import dashboard.app; print('up')")
    assert (done.returncode, done.stdout.strip().endswith("up")) == (0, True), done.stderr


def test_an_engine_needs_the_store_and_the_library_alone() -> None:
    loaded = _loaded_by("worker.service.engine, worker.service.run_job, worker.networks.models", "shared.")
    assert {"shared.store", "shared.library.library"} <= loaded  # what is forbidden is spelled like this
    assert {
        name for name in loaded if _within(name, ("shared.client", "shared.cli", "shared.library.gallery"))
    } == set()


def _loaded_by(modules: str, below: str = "") -> set[str]:
    """Top-level packages that importing modules loads, or the modules below a name."""
    which = f"n.startswith('{below}')" if below else "'.' not in n"
    done = _python(f"import {modules}, sys; print(*sorted(n for n in sys.modules if {which}))")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("door", DOORS)
def test_what_a_package_offers_is_taken_at_its_door(door: str) -> None:
    offered = set(importlib.import_module(door).__all__)

    def around(path: Path) -> set[str]:
        nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
        inside = [node for node in nodes if str(node.module).startswith(f"{door}.")]
        return {f"{node.module}.{alias.name}" for node in inside for alias in node.names if alias.name in offered}

    paths = [*EVERY, *_sources("tests"), *_sources("benchmarks")]
    assert _offenders([path for path in paths if not _within(_name(path), [door])], around) == {}


@pytest.mark.parametrize("package", [*DOORS, *ROOMS])
def test_a_room_says_at_its_door_what_is_in_it(package: str) -> None:
    folder = ROOT.joinpath(*package.split("."))
    said = set(re.findall(r"`(\w+)`", ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""))
    there = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    assert there - {"__init__", *SPEC_TYPES} - said == set()


def test_a_private_name_stays_in_its_module() -> None:
    def private(path: Path) -> set[str]:
        nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
        ours = [node for node in nodes if str(node.module).partition(".")[0] in PACKAGES]
        return {f"{node.module}.{alias.name}" for node in ours for alias in node.names if alias.name.startswith("_")}

    assert _offenders([*EVERY, *_sources("tests"), *_sources("benchmarks")], private) == {}


def test_what_tests_share_needs_no_benchmark() -> None:
    """Benchmarks use what tests share, so the other way round would be a circle."""
    assert _offenders(_sources("tests/fixtures"), lambda path: _roots(_imports(path)) & {"benchmarks"}) == {}


def test_files_stay_short() -> None:
    lines = {_name(path): len(path.read_text().splitlines()) for path in EVERY}
    assert {name: count for name, count in lines.items() if count > LONGEST_FILE} == {}


def test_functions_stay_short() -> None:
    def long(path: Path) -> set[str]:
        nodes = ast.walk(ast.parse(path.read_text()))
        functions = [n for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
        return {f.name for f in functions if _body_lines(f) > LONGEST_FUNCTION}

    assert _offenders(EVERY, long) == {}


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_a_module_is_named_after_what_it_holds() -> None:
    assert _offenders(EVERY, lambda path: FORBIDDEN_NAMES & set(path.stem.split("_"))) == {}
