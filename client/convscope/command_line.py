"""The command `convscope`: with CONVSCOPE_URL or --url it asks a server; else it is the application's, where that is
installed. `up`, `worker`, `dashboard` and `doctor` are always the application's.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from itertools import zip_longest
from pathlib import Path
from typing import Any, NoReturn

from convscope.errors import ConvscopeError
from convscope.gate import check, junit, markdown, read_rules, table
from convscope.kinds import Kind
from convscope.lab import Lab, connect
from convscope.progress import describe
from convscope.run import Run

# What the application's distribution adds; the function it names takes over with sys.argv as it is.
APPLICATION = "convscope.application"
OF_THE_APPLICATION = ("up", "worker", "dashboard", "doctor")
FIRST = """A microscope for convolutional networks that a team shares.

This package asks a Convscope that runs elsewhere. Say which, and with which token (its page Links and tokens):

  export CONVSCOPE_URL=https://convscope.example.org
  export CONVSCOPE_TOKEN=cvs_...
  convscope run activations --model my-net.keras --image cat.jpg --output maps

To run one yourself, install convscope-server beside this package; then: convscope up"""


def main() -> None:
    """Entry point of the `convscope` command."""
    words = sys.argv[1:]
    url = _option(words, "--url") or os.environ.get("CONVSCOPE_URL", "")
    mine = bool(url) and not (words and words[0] in OF_THE_APPLICATION)
    application = None if mine else _application()
    if application is not None:
        application()
    elif not mine:
        _leave(FIRST if not words or words[0] in ("-h", "--help") else f"Expected --url or CONVSCOPE_URL.\n\n{FIRST}")
    else:
        sys.exit(run_command(words))


def _application() -> Callable[[], object] | None:
    for found in entry_points(group=APPLICATION):
        return found.load()
    return None


def _leave(text: str) -> NoReturn:
    print(text, file=sys.stderr)
    sys.exit(2)


def _option(words: Sequence[str], name: str) -> str:
    for word, following in zip_longest(words, words[1:], fillvalue=""):
        if word == name:
            return following
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return ""


def run_command(words: Sequence[str], lab: Lab | None = None) -> int:
    """Carry out a command.

    Args:
        words: as typed behind `convscope`.
        lab: to ask; by default the one that --url or CONVSCOPE_URL names.

    Returns:
        The exit status: 0, or 1 after an error that was said on stderr.
    """
    asked, rest = parser().parse_known_args(list(words))
    if rest and asked.command is not _run:
        _leave(f"Expected options of {words[0]}. Received {rest[0]!r}. See convscope {words[0]} --help")
    try:
        asked.command(lab or connect(asked.url), asked, rest)
    except ConvscopeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    made = argparse.ArgumentParser("convscope", description="Ask a Convscope over HTTP, with CONVSCOPE_TOKEN.")
    url = argparse.ArgumentParser(add_help=False)
    url.add_argument("--url", default="", help="Address of its dashboard; by default CONVSCOPE_URL.")
    commands = made.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, call: Callable[..., None], words: str, *arguments: tuple[str, dict[str, Any]]) -> None:
        one = commands.add_parser(name, help=words, description=words, parents=[url], allow_abbrev=False)
        for option, told in arguments:
            one.add_argument(option, **told)
        one.set_defaults(command=call)

    key: tuple[str, dict[str, Any]] = ("key", {"help": "Of a run."})
    out: tuple[str, dict[str, Any]] = ("--output", {"help": "Folder for manifest, pictures and arrays."})
    bands: tuple[str, dict[str, Any]] = ("--bands", {"default": "", "help": "Of pictures with many bands, those to "
                                         "draw: 5,3,1 as red, green and blue, or 5 as grey."})  # fmt: skip
    add("run", _run, "Compute a result: convscope run KIND --field value ... --output DIR.",
        ("kind", {"help": "What to compute; `convscope kinds` lists them."}), out, bands,
        ("--no-wait", {"action": "store_true", "help": "Print the key and leave."}))  # fmt: skip
    add("kinds", _kinds, "What can be computed, or the fields of one kind.", ("kind", {"nargs": "?", "default": ""}))
    add("status", _status, "How far a run is.", key, ("--json", {"action": "store_true", "help": "As JSON."}))
    add("jobs", _jobs, "The newest runs.", ("--limit", {"type": int, "default": 30}))
    add("cancel", _cancel, "Stop a run; its finished parts are kept.", key)
    add("retry", _retry, "Resume a failed, cancelled or evicted run.", key)
    add("fetch", _fetch, "Write a result into a folder.", key, (out[0], {**out[1], "required": True}), bands)
    add("export", _export, "Write a whole result into one .zip or .html file.", key, ("file", {"help": "Its name."}),
        bands)  # fmt: skip
    add("share", _share, "Print a link that opens one result without sign-in.", key,
        ("--days", {"type": float, "default": 30.0}), bands)  # fmt: skip
    add("unshare", _unshare, "Take a share link back.", ("id", {"help": "Of the link."}))
    add("pin", _pin, "Keep a result in the gallery.", key, ("--title", {"default": ""}), bands)
    add("note", _note, "Write a note beside a result.", key, ("text", {"help": "What to write."}))
    add("gate", _gate, "Hold a new network to rules against an old one; exits with 1 where it breaks one.",
        ("old", {"help": "The network that is in use: a name, a reference, or a file."}),
        ("new", {"help": "The one that is to take its place."}),
        ("--dataset", {"required": True, "help": "With true classes: a name, a reference, or a folder."}),
        ("--split", {"default": "test", "choices": ["train", "validation", "test"]}),
        ("--rules", {"type": Path, "help": "A file of TOML; without it, accuracy, classes, calibration and loss."}),
        ("--markdown", {"type": Path, "help": "Where to write a comment for the pull request."}),
        ("--junit", {"type": Path, "help": "Where to write the findings for CI."}))  # fmt: skip
    for where, what in (("models", "model"), ("images", "picture"), ("datasets", "data set")):
        _add_entries(commands, url, where, what)
    return made


def _add_entries(commands: Any, url: argparse.ArgumentParser, where: str, what: str) -> None:
    group = commands.add_parser(where, help=f"A {what}: add, list, rename, delete.")
    inner = group.add_subparsers(required=True, metavar="COMMAND")
    add = inner.add_parser("add", help=f"Add a {what}.", parents=[url])
    add.add_argument("path", help="A file or folder.")
    add.add_argument("--name", default="")
    if where == "models":
        add.add_argument("--labels", default=None, help="A file of class names, or imagenet.")
        add.add_argument("--preprocess", default="", help="How pictures go in: 0..1, -1..1, 0..255, caffe, torch.")
    add.set_defaults(command=_add, where=where)
    inner.add_parser("list", help="What there is.", parents=[url]).set_defaults(command=_list, where=where)
    rename = inner.add_parser("rename", help="Another name.", parents=[url])
    rename.add_argument("name")
    rename.add_argument("new")
    rename.set_defaults(command=_rename, where=where)
    delete = inner.add_parser("delete", help=f"Delete a {what}.", parents=[url])
    delete.add_argument("name")
    delete.add_argument("--results", action="store_true", help="And what was made from it.")
    delete.set_defaults(command=_delete, where=where)


def _run(lab: Lab, asked: argparse.Namespace, rest: list[str]) -> None:
    if asked.kind not in lab.kinds:
        raise ConvscopeError(f"Expected KIND, one of: {', '.join(lab.kinds)}. Received {asked.kind!r}.")
    run = lab.submit(asked.kind, **read_fields(lab.kinds[asked.kind], rest))
    if asked.no_wait:
        print(run.key)
        return
    result = run.wait("bar")
    if asked.output:
        print(f"written to {result.in_bands(asked.bands).save(asked.output)}")
    print(f"{run.key}  complete  {run.link}")


def read_fields(kind: Kind, words: Sequence[str]) -> dict[str, Any]:
    """Fields as they are typed: --field value, --field=value; a list with commas.

    Raises:
        ConvscopeError: a word is no option, or a value is missing.
    """
    fields: dict[str, Any] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        option, given, value = word.partition("=")
        name = option[2:].replace("-", "_")
        if not option.startswith("--") or name not in kind.fields:
            known = ", ".join(f"--{one.replace('_', '-')}" for one in kind.fields)
            raise ConvscopeError(f"Expected one of {known}. Received {option!r}.")
        if not given and not left:
            raise ConvscopeError(f"Expected a value after {option}. Received nothing.")
        typed = value if given else left.pop(0)
        several = name in kind.references and isinstance(kind.fields[name].default, list)
        fields[name] = typed.split(",") if several else typed
    return fields


def _kinds(lab: Lab, asked: argparse.Namespace, _rest: list[str]) -> None:
    if asked.kind not in lab.kinds:
        for one in lab.kinds.values():
            print(f"{one.name:<22} {one.title}")
        return
    for field in lab.kinds[asked.kind].fields.values():
        print(f"--{field.name.replace('_', '-')}  {field.description}")


def _status(lab: Lab, asked: argparse.Namespace, _rest: list[str]) -> None:
    now = Run(lab, asked.key).status
    print(
        json.dumps(now) if asked.json else f"{asked.key}  {describe(now)}{'  ' + now['error'] if now['error'] else ''}"
    )


def _jobs(lab: Lab, asked: argparse.Namespace, _rest: list[str]) -> None:
    for run in lab.runs(asked.limit):
        print(f"{run['key']}  {describe(run)}  {run['title']}, by {run['by'] or '?'}")


def _cancel(lab: Lab, asked: argparse.Namespace, _rest: list[str]) -> None:
    print("cancelling" if Run(lab, asked.key).cancel() else "there was nothing to stop")


def _retry(lab: Lab, asked: argparse.Namespace, _rest: list[str]) -> None:
    print(Run(lab, asked.key).retry().key)


def _fetch(lab: Lab, asked: argparse.Namespace, _rest: list[str]) -> None:
    print(f"written to {Run(lab, asked.key).result().in_bands(asked.bands).save(asked.output)}")


def _export(lab: Lab, asked: argparse.Namespace, _rest: list[str]) -> None:
    path = Path(asked.file)
    if path.suffix == ".html":
        path.write_text(Run(lab, asked.key).result().in_bands(asked.bands).html())
    elif path.suffix == ".zip":
        with path.open("wb") as file:
            wanted = {"bands": asked.bands} if asked.bands else {}
            lab.connection.download("runs", asked.key, "result.zip", into=file, **wanted)
    else:
        raise ConvscopeError(f"Expected a file name that ends in .zip or .html. Received {path.name!r}.")
    print(f"written to {path}")


def _share(lab: Lab, asked: argparse.Namespace, _rest: list[str]) -> None:
    print(Run(lab, asked.key).share(asked.days, asked.bands))


def _unshare(lab: Lab, asked: argparse.Namespace, _rest: list[str]) -> None:
    lab.connection.delete("shares", asked.id)
    print("taken back")


def _pin(lab: Lab, asked: argparse.Namespace, _rest: list[str]) -> None:
    Run(lab, asked.key).pin(asked.title, bands=asked.bands)
    print("pinned")


def _note(lab: Lab, asked: argparse.Namespace, _rest: list[str]) -> None:
    Run(lab, asked.key).note(asked.text)
    print("noted")


def _gate(lab: Lab, asked: argparse.Namespace, _rest: list[str]) -> None:
    rules = read_rules(asked.rules)
    old, new, dataset = (lab.reference(to, given) for to, given in (
        ("model", asked.old), ("model", asked.new), ("dataset", asked.dataset)))  # fmt: skip
    if old == new:
        raise ConvscopeError(f"Expected two networks. {asked.old} and {asked.new} are the same one.")
    judged = check(lab, old, new, dataset, rules, asked.split)
    print(table(judged.findings))
    if asked.markdown:
        asked.markdown.write_text(markdown(judged, Path(asked.old).name, Path(asked.new).name), encoding="utf-8")
    if asked.junit:
        asked.junit.write_text(junit(judged, Path(asked.new).name), encoding="utf-8")
    if not judged.passed:
        raise ConvscopeError(f"{asked.new} should not take the place of {asked.old}.")


def _add(lab: Lab, asked: argparse.Namespace, _rest: list[str]) -> None:
    if asked.where == "models":
        made = lab.add_model(asked.path, asked.name, labels=asked.labels, preprocess=asked.preprocess)
    elif asked.where == "images":
        made = lab.add_image(asked.path, asked.name)
    else:
        made = lab.add_dataset(asked.path, asked.name)
    for note in made.notes:
        print(note, file=sys.stderr)
    print(made.reference)


def _list(lab: Lab, asked: argparse.Namespace, _rest: list[str]) -> None:
    for row in lab.connection.get(asked.where)[asked.where]:
        print(f"{row['name']}  {row['reference']}")


def _rename(lab: Lab, asked: argparse.Namespace, _rest: list[str]) -> None:
    print(lab.connection.post(asked.where, asked.name, "rename", json={"name": asked.new})["name"])


def _delete(lab: Lab, asked: argparse.Namespace, _rest: list[str]) -> None:
    lab.connection.delete(asked.where, asked.name, results="yes" if asked.results else "no")
    print("deleted")
