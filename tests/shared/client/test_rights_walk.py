"""Everything that can be done stands in the one table of rights: a walk over all methods, pages, commands, addresses.

A new method, command or address fails here until it is said what it does.
"""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

import dashboard
import shared.cli
import shared.client
from dashboard.server.api import ACTION
from dashboard.server.interface import INTERFACE_ROUTES
from dashboard.server.routes import ROUTES
from shared.cli.app import app as command_line
from shared.client import Client
from shared.client.collections_service import CollectionsService
from shared.client.results_service import ResultsService
from shared.library import DatasetRegistry, FileStore, ImageLibrary, ModelRegistry, Records
from shared.library.archive import Archive
from shared.library.collections import Collections
from shared.library.entries import Entries
from shared.library.films import Films
from shared.library.gallery import Gallery
from shared.library.known_models import KnownModels
from shared.library.model_proofs import ModelProofs
from shared.library.notes import Notes
from shared.library.plans.store import Plans
from shared.library.rights import RIGHTS
from shared.library.shares import ShareLinks
from shared.library.tokens import ScriptTokens
from shared.queue import JobQueue
from shared.store import Listing
from shared.store.parts import Parts
from shared.store.runs import Runs

LOOKS = "look at what is there"
# How a page comes to an object of each class, and what those of its methods do that only look.
READS: dict[str, tuple[type, set[str]]] = {
    "client": (Client, {"acting_as", "fastest_precision", "record", "resolve", "result", "wait"}),
    "results": (
        ResultsService,
        {"each_part", "export", "get", "link", "numbers", "part", "parts", "share_link", "address"},
    ),
    "collections": (CollectionsService, {"all", "get", "link", "may_change"}),
    "kept": (Collections, {"all", "get"}),
    "archive": (Archive, {"numbers", "part", "parts", "run"}),
    "entries": (Entries, {"find", "record", "same"}),
    "files": (FileStore, {"check", "has", "local_path", "names", "read", "read_record", "records", "size"}),
    "gallery": (Gallery, {"find", "get", "values"}),
    "images": (ImageLibrary, {"changes", "given_names", "names", "open", "path", "resolve"}),
    "models": (
        ModelRegistry,
        {"card", "names", "record", "records", "resize_rule", "resolve", "trusted"},
    ),
    "proofs": (ModelProofs, {"of"}),
    "known": (KnownModels, {"bands", "class_names"}),
    "datasets": (DatasetRegistry, {"card", "check", "is_here", "names", "open", "records", "resolve"}),
    "notes": (Notes, {"channel_names", "named_channels", "of"}),
    "plans": (Plans, {"all", "get"}),
    "films": (Films, {"all", "get"}),
    "shares": (ShareLinks, {"all", "get", "open", "token"}),
    "tokens": (ScriptTokens, {"all", "open"}),
    "records": (Records, {"get", "get_many", "of_plan"}),
    "queue": (JobQueue, {"ahead", "first", "waiting", "without_job"}),
    "listing": (Listing, {"find", "values"}),
}
# What pages, addresses and commands may call that changes something. Behind each stands a check, or anybody may.
CHANGES: dict[str, str] = {
    "client.cancel": "cancel a run", "client.retry": "retry a run", "client.run": "submit a run",
    "client.submit": "submit a run", "client.revoke_token": "take a token back", "client.set_budget": "set the budget",
    "client.take_note_back": "take a note back",
    "results.delete": "delete a result", "results.import_zip": "import a result", "results.pin": "pin a result",
    "results.rename": "rename a pinned result", "results.share": "share a result", "results.unpin": "unpin a result",
    "results.unshare": "take a share link back",
    "collections.make": "make a collection", "collections.delete": "delete a collection",
    **{f"collections.{name}": "change a collection" for name in ("add", "rewrite", "rewrite_step", "move_step",
                                                                  "remove_step")},
    "notes.add": "write a note", "tokens.make": "make a token",
}  # fmt: skip
# The same of functions that shared.client offers; the others look.
FUNCTIONS: dict[str, set[str]] = {
    "add_model": {"add a model", "replace a model"}, "opened_once": {"submit a run"},
    "cancel_plan": {"cancel a plan"},
    "add_frame": {"add to a film"}, "delete_film": {"delete a film"}, "start_film": {"start a film"},
    "resume_plan": {"resume a plan"}, "start_plan": {"start a plan"},
    "delete_entry": {"delete a model", "delete a picture", "delete a data set"}, "layers_for": {"submit a run"},
    "rename_entry": {"rename a model", "rename a picture", "rename a data set"},
    "with_resize_rule": {"rename a model"}, "with_span": {"rename a picture"}, "with_way_in": {"rename a model"},
}  # fmt: skip
LOOKING_FUNCTIONS = {
    "command_line", "film_link", "may_change", "may_delete_film", "misfit", "plan_estimate", "python_code",
    "report_html", "thumbnail", "unknown_fit", "uses_of", "wait_for_plan", "write_result",
}  # fmt: skip
# Changes that no check stands behind: called by what checks, and where said here. `adding` is the check of what is
# added; what the queue, the workers and the store do is not called from pages at all.
WITHIN_ADDING = {"models.add_file", "models.add_weights", "images.add", "images.add_bands", "images.add_file",
                 "datasets.keep"}  # fmt: skip
COMMANDS: dict[str, set[str]] = {
    "run": {"submit a run"}, "status": {LOOKS}, "cancel": {"cancel a run"}, "retry": {"retry a run"}, "jobs": {LOOKS},
    "fetch": {LOOKS}, "pin": {"pin a result"}, "export": {LOOKS}, "share": {"share a result"}, "shares": {LOOKS},
    "unshare": {"take a share link back"}, "import": {"import a result"},
    "models add": {"add a model", "replace a model"}, "models list": {LOOKS}, "models show": {"submit a run"},
    "models rename": {"rename a model"}, "models delete": {"delete a model", "delete a result"},
    "images add": {"add a picture", "replace a picture"}, "images list": {LOOKS},
    "images rename": {"rename a picture"}, "images delete": {"delete a picture", "delete a result"},
    "datasets add": {"add a data set", "replace a data set"}, "datasets list": {LOOKS}, "datasets show": {LOOKS},
    "datasets rename": {"rename a data set"}, "datasets delete": {"delete a data set", "delete a result"},
    "publish": {LOOKS, "start a plan"},
    "plans add": {"start a plan"}, "plans list": {LOOKS}, "plans show": {LOOKS}, "plans cancel": {"cancel a plan"},
    "plans resume": {"resume a plan"},
    "collections add": {"make a collection", "pin a result"}, "collections list": {LOOKS}, "collections show": {LOOKS},
    "collections append": {"change a collection"}, "collections delete": {"delete a collection"},
}  # fmt: skip
OF_STORE: dict[str, tuple[type, set[str]]] = {
    "runs": (Runs, {"begin", "end_cancelled", "fail", "finish", "forget", "request_cancel", "submit", "wait_again"}),
    "parts": (Parts, {"pin", "set_budget", "unpin"}),
}
# Words that lists, files and forms have methods of, too: taken for a change only where the object's name says so.
EVERYDAY = {"add", "cancel", "delete", "fail", "finish", "make", "note", "put", "remove", "rename", "run", "submit",
            "write"}  # fmt: skip
OF_THE_INSTALLATION = {"up", "worker", "dashboard", "doctor"}


def methods(of: type) -> set[str]:
    return {name for name, value in inspect.getmembers(of) if not name.startswith("_") and callable(value)}


def unguarded() -> set[str]:
    """Calls that change something and ask nobody's rights."""
    of_library = {f"{name}.{method}" for name, (of, reads) in READS.items() for method in methods(of) - reads}
    of_store = {f"{name}.{method}" for name, (of, some) in OF_STORE.items() for method in some & methods(of)}
    return (of_library | of_store) - CHANGES.keys()


def is_change(chain: str, forbidden: set[str]) -> bool:
    """Whether a call may be one of these, by what its object is called, or by its own name where that is no other's."""
    call = ".".join(chain.split(".")[-2:])
    name = call.rpartition(".")[2]
    by_name = name not in EVERYDAY and any(one.endswith(f".{name}") for one in forbidden)
    return call in forbidden or (by_name and "." in chain and call not in CHANGES)


def chain_of(node: ast.expr) -> str:
    """ "client.library.notes.add" of a call's function, whatever is called in between."""
    names: list[str] = []
    while isinstance(node, ast.Attribute | ast.Call):
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        else:
            node = node.func
    return ".".join(reversed([*names, node.id if isinstance(node, ast.Name) else ""]))


def calls(folder: Path) -> Iterator[tuple[Path, str, bool]]:
    """File, chain, and whether it stands in a block or a call that is a check of what is added."""

    def walk(node: ast.AST, checked: bool) -> Iterator[tuple[str, bool]]:
        if isinstance(node, ast.With):
            checked = checked or any(chain_of(item.context_expr) == "adding" for item in node.items)
        if isinstance(node, ast.Call):
            chain = chain_of(node.func)
            yield chain, checked
            checked = checked or chain in (
                "add_model",
                "_add",
            )  # the second is of the Models page, which calls the first
        for child in ast.iter_child_nodes(node):
            yield from walk(child, checked)

    for path in sorted(folder.rglob("*.py")):
        yield from ((path, chain, checked) for chain, checked in walk(ast.parse(path.read_text()), False))


def test_every_method_that_a_page_can_reach_is_said_to_look_or_to_change() -> None:
    for name, (of, reads) in READS.items():
        assert reads <= methods(of), f"{name}: {reads - methods(of)} is gone"
        changing = {call.partition(".")[2] for call in CHANGES if call.startswith(f"{name}.")}
        assert changing <= methods(of) - reads, f"{name}: {changing}"
    # Of these two nothing changes unchecked, so a new method must say what it does.
    for name in ("client", "results", "collections"):
        of, reads = READS[name]
        said = reads | {call.partition(".")[2] for call in CHANGES}
        assert methods(of) <= said, f"say in READS or CHANGES what {name}.{methods(of) - said} does"
    assert set(CHANGES.values()) <= RIGHTS.keys()


def test_every_function_of_the_client_is_said_to_look_or_to_change() -> None:
    offered = {name for name in shared.client.__all__ if inspect.isfunction(getattr(shared.client, name))}
    assert offered == FUNCTIONS.keys() | LOOKING_FUNCTIONS
    assert set().union(*FUNCTIONS.values()) <= RIGHTS.keys()


@pytest.mark.parametrize("room", [dashboard, shared.cli])
def test_no_page_no_address_and_no_command_changes_anything_past_the_table(room: Any) -> None:
    forbidden, found = unguarded(), []
    assert {"archive.delete", "gallery.put", "entries.delete", "tokens.revoke", "queue.cancel"} <= forbidden
    for path, chain, checked in calls(Path(room.__file__).parent):
        name = chain.rpartition(".")[2]
        # A command adds a built-in set, which is nobody's, and takes back what it has just added.
        of_command = room is shared.cli and name in ("take_back", "drop_size", "add_builtin")
        within = checked and name in {call.partition(".")[2] for call in WITHIN_ADDING}
        if is_change(chain, forbidden) and not within and not of_command:
            found.append(f"{path.name}: {chain}")
    assert not found, "these ask nobody's rights; see shared/library/rights.py"


def test_every_command_has_its_actions() -> None:
    def walk(group: Any, before: str = "") -> Iterator[str]:
        for name, one in group.commands.items():
            yield from walk(one, f"{before}{name} ") if hasattr(one, "commands") else [before + name]

    assert set(walk(typer.main.get_command(command_line))) == COMMANDS.keys() | OF_THE_INSTALLATION
    assert set().union(*COMMANDS.values()) <= RIGHTS.keys()


def test_every_address_of_the_interface_has_its_action_and_the_others_only_look() -> None:
    for route in INTERFACE_ROUTES:
        action = getattr(route.endpoint, ACTION, "")
        assert action in RIGHTS and RIGHTS[action].scope, f"{route.path} does nothing that a token is for"
        if (route.methods or set()) <= {"GET", "HEAD"}:
            assert action == LOOKS, route.path
    others = [route for route in ROUTES if route not in INTERFACE_ROUTES]
    assert all(route.methods <= {"GET", "HEAD"} for route in others), "what changes something is a page or a token's"


def test_everything_in_the_table_can_be_done_somewhere() -> None:
    of_api = {getattr(route.endpoint, ACTION) for route in INTERFACE_ROUTES}
    done = set(CHANGES.values()).union(*FUNCTIONS.values(), *COMMANDS.values(), of_api)
    assert done == RIGHTS.keys()
