"""What people call models, data sets, pictures and runs: one name for one thing on pages, in reports and at the command
line. A digest is never a title.
"""

from collections.abc import Mapping
from typing import Any

from shared.analyses import kind_title
from shared.analyses.heat_map_methods import METHODS
from shared.analyses.training_run.presets import STRATEGY_TITLES
from shared.library.architectures import ARCHITECTURES
from shared.library.bundled import BUNDLED
from shared.library.bundled import PREFIX as BUNDLED_PREFIX
from shared.library.datasets.builtin import BUILTIN
from shared.library.datasets.builtin import PREFIX as BUILTIN_PREFIX
from shared.library.library import Library
from shared.store import RunRecord

WEIGHTS = {"imagenet": "ImageNet", "random": "random weights"}
# Of a heat map's classes, of a dream's layers.
MOST_NAMED = 3


def titles_of(library: Library) -> dict[str, str]:
    """Titles of all that an installation has a name for, by reference."""
    named = [*library.models.names().items(), *library.datasets.names().items(), *library.images.given_names().items()]
    return {reference: name for name, reference in reversed(named) if reference}


def thing_title(reference: str, titles: Mapping[str, str], unnamed: str) -> str:
    """What a person calls a model, a data set or a picture.

    Args:
        reference: keras/..., bundled/..., builtin/..., sample/..., sha256:... or a given name.
        titles: see titles_of().
        unnamed: the word for what has no name here ("model").
    """
    name = titles.get(reference, reference)
    source, rest, weights = [*name.split("/"), "", ""][:3]
    if source == "keras":
        known = ARCHITECTURES.get(rest)
        return f"{known.function if known else rest} · {WEIGHTS.get(weights, weights)}"
    if f"{source}/" == BUNDLED_PREFIX and rest in BUNDLED:
        return BUNDLED[rest].title
    if f"{source}/" == BUILTIN_PREFIX and rest in BUILTIN:
        return BUILTIN[rest].title
    if name.startswith("sha256:"):
        return f"{unnamed} without a name"
    return name.removeprefix("sample/")


def run_title(run: RunRecord, titles: Mapping[str, str]) -> str:
    """What a person calls a run: its kind, what it is about, and what of it."""
    fields = run.fields
    about = []
    if fields.get("model") and "strategy" not in fields:
        about.append(thing_title(str(fields["model"]), titles, "model"))
        if fields.get("other"):
            about[-1] += f" and {thing_title(str(fields['other']), titles, 'model')}"
    if fields.get("dataset"):
        about.append(thing_title(str(fields["dataset"]), titles, "data set"))
    if "strategy" in fields:
        about.append(_known(STRATEGY_TITLES, fields["strategy"]))
    if fields.get("layer"):
        about.append(str(fields["layer"]))
    return " · ".join([kind_title(run.kind), *about, *_what_of_it(fields, titles)])


def _what_of_it(fields: Mapping[str, object], titles: Mapping[str, str]) -> list[str]:
    """Channel, classes, methods, pictures."""
    words = [f"channel {fields['channel']}"] if "channel" in fields else []
    methods = fields.get("methods")
    if isinstance(methods, (list, tuple)):
        known = {name: method.title for name, method in METHODS.items()}
        words.append(_some([_known(known, name) for name in methods], "method"))
    classes = fields.get("classes")
    if isinstance(classes, (list, tuple)) and classes:
        words.append(_some([f"class {one}" if isinstance(one, int) else str(one) for one in classes], "class"))
    images = fields.get("images") or [fields["image"]] if fields.get("image") or fields.get("images") else []
    # The picture of a data set takes the place of the one that the field names.
    if isinstance(images, (list, tuple)) and images and not fields.get("dataset"):
        words.append(_some([thing_title(str(one), titles, "picture") for one in images], "picture"))
    return [word for word in words if word]


def _known(titles: Mapping[Any, str], name: object) -> str:
    return titles.get(name, str(name))


def _some(names: list[str], noun: str) -> str:
    plural = "classes" if noun == "class" else f"{noun}s"
    return ", ".join(names) if len(names) <= MOST_NAMED else f"{len(names)} {plural}"
