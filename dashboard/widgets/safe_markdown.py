"""A little Markdown of people's texts: bold, italics, code, lists, links that start with https:// or http://.

All else is text: no pictures, no HTML, no headings, no formulas, none of Streamlit's own marks. So a text can neither
fetch anything from another host nor look like a part of the page.
"""

import re

from dashboard.widgets.text import escape

_MARKED = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\*\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*\*"
    r"|\*(?P<italic>[^\s*](?:[^*\n]*[^\s*])?)\*"
    r"|\[(?P<words>[^\[\]\n]+)\]\((?P<link>https?://[^\s()<>\[\]$\"'`\\]+)\)"
)
_ITEM = re.compile(r"^(?P<indent> {0,8})(?P<mark>[-*]|\d{1,3}[.)])(?P<space> +)")


def safe_markdown(text: str) -> str:
    """The Markdown that Streamlit may draw of a text that somebody wrote."""
    return "\n".join(_line(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def _line(line: str) -> str:
    item = _ITEM.match(line)
    head = item.group() if item else ""
    return head + _inline(line[len(head) :] if item else line.strip())


def _inline(text: str) -> str:
    made, at = [], 0
    for found in _MARKED.finditer(text):
        made += [escape(text[at : found.start()]), _marked(found)]
        at = found.end()
    return "".join([*made, escape(text[at:])])


def _marked(found: re.Match[str]) -> str:
    kind, words = found.lastgroup, found.group()
    if kind == "code":
        return words
    if kind == "bold":
        return f"**{escape(found['bold'])}**"
    if kind == "italic":
        return f"*{escape(found['italic'])}*"
    return f"[{escape(found['words'])}]({found['link']})"
