"""What all commands share: where they write, errors in words, and options whose names are those of a spec's fields."""

from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from shared.errors import ConvscopeError, InvalidSpec, message
from shared.library import Person
from shared.library.people import login_name
from shared.settings import get_settings

out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)


class ReadableErrors(TyperGroup):
    """Commands that print an error's message and exit with 1; no stack trace reaches a terminal."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command, or a group of commands, that was asked for."""
        try:
            return super().invoke(ctx)
        except (ConvscopeError, OSError) as error:
            err.print(f"convscope: {error}", markup=False)
            raise typer.Exit(1) from None


def who_asks() -> str:
    """In whose name a command acts: CONVSCOPE_USER, else the login name."""
    return get_settings().user or login_name()


def me() -> Person:
    """The same as a person; whoever has a shell on the server may do everything."""
    return Person(who_asks(), admin=True)


def read_options(words: list[str]) -> dict[str, str]:
    """`--field value` and `--field=value` pairs as fields.

    Raises:
        InvalidSpec: a word that is no option, or an option without a value.
    """
    fields: dict[str, str] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        if not word.startswith("--") or len(word) < 3:
            raise InvalidSpec(message("options such as --model keras/vgg16/imagenet", word, "Mend the command."))
        name, equals, value = word[2:].partition("=")
        if not equals:
            if not left:
                raise InvalidSpec(message(f"a value after --{name}", "nothing", "Mend the command."))
            value = left.pop(0)
        fields[name.replace("-", "_")] = value
    return fields
