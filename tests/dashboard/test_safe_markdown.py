"""What people write keeps its emphasis, lists and links, and can do nothing else."""

import re

import pytest

from dashboard.widgets.safe_markdown import safe_markdown
from dashboard.widgets.text import escape


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two **words here** and *one*", "two **words here** and *one*"),
        ("`a_b * c`", "`a_b * c`"),
        ("- one\n- two", "- one\n- two"),
        ("1. one\n2. **two**", "1. one\n2. **two**"),
        ("one\r\n\r\ntwo", "one\n\ntwo"),
        ("see [the paper](https://arxiv.org/abs/1412.6806)", "see [the paper](https://arxiv.org/abs/1412.6806)"),
        ("5 * 3 * 2", "5 \\* 3 \\* 2"),
    ],
)
def test_a_little_markdown_is_kept(text: str, shown: str) -> None:
    assert safe_markdown(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "![x](https://elsewhere.example/pixel.png)", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))",
        "[x](data:text/html,hi)", "# heading", "> quote", "$x^2$", ":red[x]", ":material/delete:", "~~gone~~",
        "| a | b |\n|---|---|", "[x]: https://elsewhere.example", "<https://elsewhere.example>", "---", "```\nx\n```",
        "[a [b](https://elsewhere.example)", "![a](https://elsewhere.example) ![b](http://elsewhere.example)",
        "[![x](https://a.example/p.png)](https://b.example)",
    ],
)  # fmt: skip
def test_all_else_is_text(text: str) -> None:
    shown = safe_markdown(text)
    for mark in ("!", "<", ">", "$", "#", "~", "|"):
        assert all(shown[found.start() - 1] == "\\" for found in re.finditer(re.escape(mark), shown)), shown
    assert not re.search(r"(?<!\\)\]\((?!https?://)", shown)
    assert escape("x") == "x" and not re.search(r"(?<!\\):(?!//)", shown)
