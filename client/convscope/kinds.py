"""What a server can compute, as it says itself: kinds, their fields, and which fields name models and pictures."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from convscope.errors import OutdatedError

# What this package speaks. A server of the same number takes all that it sends.
INTERFACE = 1


@dataclass(frozen=True)
class Field:
    """One field of a kind.

    Attributes:
        name: of it.
        description: of what it is.
        default: of the server's; inspect.Parameter.empty where it must be given.
    """

    name: str
    description: str
    default: Any


@dataclass(frozen=True)
class Kind:
    """One analysis.

    Attributes:
        name: "filter_atlas".
        title: what its runs are called: "Layer atlas".
        description: of what it computes.
        fields: what can be asked for, by name.
        references: fields that name a "model", an "image" or a "dataset".
        parts: what each sort of part holds: names of pictures and arrays with their axes, and the facts' schema.
    """

    name: str
    title: str
    description: str
    fields: Mapping[str, Field]
    references: Mapping[str, str]
    parts: Mapping[str, Any]

    @property
    def signature(self) -> inspect.Signature:
        """For completion and help(): all fields by keyword, those that must be given first."""
        fields = sorted(self.fields.values(), key=lambda f: f.default is not inspect.Parameter.empty)
        named = [inspect.Parameter(f.name, inspect.Parameter.KEYWORD_ONLY, default=f.default) for f in fields]
        if "watch" not in self.fields:
            named.append(inspect.Parameter("watch", inspect.Parameter.KEYWORD_ONLY, default=None))
        return inspect.Signature(named)

    @property
    def words(self) -> str:
        """The description and every field, as help() shows them."""
        fields = "\n".join(f"    {one.name}: {one.description}" for one in self.fields.values())
        return f'{self.title}. {self.description}\n\nArgs:\n{fields}\n    watch: "bar" shows a progress bar.\n'


def read_kinds(description: Mapping[str, Any], url: str) -> dict[str, Kind]:
    """The kinds of a server's description, by name.

    Raises:
        OutdatedError: the server speaks another interface.
    """
    spoken = description.get("info", {}).get("x-interface")
    if not isinstance(spoken, int) or "x-kinds" not in description:
        raise OutdatedError(f"The Convscope at {url} is older than this package. Update the server, or install the "
                            "package's version of the server's release.")  # fmt: skip
    if spoken > INTERFACE:
        raise OutdatedError(f"The Convscope at {url} speaks interface {spoken}, this package {INTERFACE}. Update the "
                            "package: pip install --upgrade convscope")  # fmt: skip
    if spoken < INTERFACE:
        raise OutdatedError(f"The Convscope at {url} speaks interface {spoken}, this package {INTERFACE}. Update the "
                            f"server, or install an older package: pip install 'convscope<{INTERFACE}'")  # fmt: skip
    schemas = description["components"]["schemas"]
    return {one["name"]: _kind(one, schemas[one["name"]]) for one in description["x-kinds"]}


def _kind(one: Mapping[str, Any], schema: Mapping[str, Any]) -> Kind:
    needed = set(schema.get("required", ()))
    fields = {
        name: Field(name, str(said.get("description", "")), _default(name, said, needed))
        for name, said in schema["properties"].items()
        if name != "kind"
    }
    text = str(schema.get("description", "")).partition("\n")[0]
    return Kind(one["name"], one["title"], text, fields, one["references"], one["parts"])


def _default(name: str, said: Mapping[str, Any], needed: set[str]) -> Any:
    return inspect.Parameter.empty if name in needed else said.get("default")
