"""The code that makes a result again: Python, and the same as a line for the shell."""

import json
import shlex
from typing import Any

from shared.analyses import JobSpec


def python_code(spec: JobSpec) -> str:
    """A script that has the spec computed, or finds its result, and says where it is.

    Args:
        spec: as it was resolved: its references name files by their digest.

    Returns:
        Python that needs nothing but this package; fields at their defaults are left out.
    """
    name = type(spec).__name__
    fields = "".join(f"    {field}={value!r},\n" for field, value in spec.changes().items())
    return (
        "from shared.client import Client\n"
        f"from shared.analyses import {name}\n\n"
        f"spec = {name}(\n{fields})\n"
        "result = Client().run(spec)\n"
        'result.save("result")  # pictures, arrays.npz and manifest.json\n'
        f"print(result.run.key)  # {spec.key()}\n"
    )


def command_line(spec: JobSpec, output: str = "result") -> str:
    """The same request for a shell.

    Args:
        spec: as it was resolved.
        output: folder that the result is written to.
    """
    words = ["convscope", "run", spec.kind]
    for field, value in spec.changes().items():
        words += [f"--{field.replace('_', '-')}", _word(value)]
    return " ".join(shlex.quote(word) for word in [*words, "--output", output])


def _word(value: Any) -> str:
    """A field's value as the command line reads it: lists with commas, what has a structure of its own as JSON."""
    if isinstance(value, list) and not any(isinstance(one, list | dict) for one in value):
        return ",".join(str(one) for one in value)
    if isinstance(value, str):
        return value
    return json.dumps(value)
