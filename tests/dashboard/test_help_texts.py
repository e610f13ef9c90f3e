"""Streamlit reads help as Markdown: what people wrote stands in it escaped, or a name would fetch a foreign picture."""

import ast
from pathlib import Path

import dashboard

# Calls whose answers hold no word of a person's.
OURS = {"escape", "count", "duration", "memory"}


def _is_ours(value: ast.expr) -> bool:
    """A call of OURS, a constant of ours (UPPER_CASE), a number or id that we made, or what a caller's own help is."""
    if isinstance(value, ast.Call):
        return getattr(value.func, "id", getattr(value.func, "attr", "")) in OURS
    if isinstance(value, ast.Name) and value.id.isupper():
        return True
    return ast.unparse(value) in ("share.key", "count", "help_text")


def test_what_people_wrote_stands_escaped_in_every_help_text() -> None:
    found = []
    for path in Path(dashboard.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg in ("help", "help_text"):
                texts = [text for text in ast.walk(node.value) if isinstance(text, ast.FormattedValue)]
                found += [f"{path.name}: {ast.unparse(text.value)}" for text in texts if not _is_ours(text.value)]
    assert not found
