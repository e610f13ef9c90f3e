"""What people call models, data sets, pictures and runs: one name for one thing on pages, in reports and at the command
line. A digest is never a title.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from shared.analyses import KINDS, kind_title
from shared.analyses.heat_map_methods import METHODS
from shared.analyses.outputs import WAYS
from shared.analyses.training_run.presets import STRATEGY_TITLES
from shared.class_names import class_words, names_of_two
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


class Titles(dict[str, str]):
    """Titles of all that an installation has a name for, by reference; with the names of its networks' classes."""

    def __init__(self, named: Mapping[str, str] = MappingProxyType({}), library: Library | None = None) -> None:
        super().__init__(named)
        self._library = library
        self._classes: dict[tuple[str, str], Sequence[str]] = {}

    def classes_of(self, model: str, output: str = "") -> Sequence[str] | None:
        """Names of a network's classes, see KnownModels.class_names(); None where no library was asked."""
        if self._library is None:
            return None
        if (model, output) not in self._classes:
            self._classes[model, output] = self._library.models.known.class_names(model, output)
        return self._classes[model, output]


def titles_of(library: Library) -> Titles:
    """What an installation calls its things."""
    named = [*library.models.names().items(), *library.datasets.names().items(), *library.images.given_names().items()]
    return Titles({reference: name for name, reference in reversed(named) if reference}, library)


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


def run_title(run: RunRecord, titles: Titles) -> str:
    """What a person calls a run: its kind, what it is about, and what of it."""
    return " · ".join([kind_title(run.kind), *run_words(run, titles)])


def run_words(run: RunRecord, titles: Titles) -> list[str]:
    """Its title without the kind."""
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
    return [*about, *_what_of_it(fields, titles)]


def _what_of_it(fields: Mapping[str, Any], titles: Titles) -> list[str]:
    """Channel, classes, methods, pictures."""
    words = [f"channel {fields['channel']}"] if "channel" in fields else []
    methods = fields.get("methods")
    if isinstance(methods, (list, tuple)):
        known = {name: method.title for name, method in METHODS.items()}
        words.append(_some([_known(known, name) for name in methods], "method"))
    classes = fields.get("classes")
    if isinstance(classes, (list, tuple)) and classes:
        names = titles.classes_of(str(fields.get("model", "")), str(fields.get("model_output", "")))
        words.append(_some(classes_words(classes, names), "class"))
    images = fields.get("images") or [fields["image"]] if fields.get("image") or fields.get("images") else []
    # The picture of a data set takes the place of the one that the field names.
    if isinstance(images, (list, tuple)) and images and not fields.get("dataset"):
        words.append(_some([thing_title(str(one), titles, "picture") for one in images], "picture"))
    return [word for word in words if word]


def made_words(run: RunRecord) -> str:
    """How much of a run there is, as people count it; see Kind.made(). "" of a kind that this release does not know."""
    return KINDS[run.kind].made(run) if run.kind in KINDS else ""


def classes_words(classes: Sequence[int | str], names: Sequence[str] | None) -> list[str]:
    """What a person calls the classes that a run names.

    Args:
        classes: numbers, or names as somebody wrote them; a number's rise or fall is none.
        names: of all classes of the output; () where they have none, which is said once; None where nobody knows.

    Returns:
        "class tabby", "class 3 (names missing)".
    """
    of_all = names_of_two(names or ())
    words = [one if isinstance(one, str) else of_all[one] if one < len(of_all) else "" for one in classes]
    titles = [_class_title(word, one) for word, one in zip(words, classes, strict=True)]
    if "" in words and names is not None:
        titles[-1] += " (names missing)"
    return titles


def _class_title(name: str, asked: int | str) -> str:
    if isinstance(asked, str) and asked.rpartition(" ")[2] in WAYS:
        return asked
    return f"class {class_words(0, name.strip(chr(34)))}" if name else class_words(int(asked))


def _known(titles: Mapping[Any, str], name: object) -> str:
    return titles.get(name, str(name))


def _some(names: list[str], noun: str) -> str:
    plural = "classes" if noun == "class" else f"{noun}s"
    return ", ".join(names) if len(names) <= MOST_NAMED else f"{len(names)} {plural}"
