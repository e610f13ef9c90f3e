"""Options of a command whose names are those of a spec's fields."""

from shared.errors import InvalidSpec, message


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
