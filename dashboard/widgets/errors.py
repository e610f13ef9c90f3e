"""Errors as pages say them: in plain sentences, with what to do here, and the long part folded away.

An error is one text for pages, the command line and scripts: what was expected, what was received, what to do. What is
done in a terminal stands in it as "(in a terminal: `command`)", see shared.errors, and no page repeats it.
"""

import re

import streamlit as st

from dashboard.widgets.text import escape
from shared.errors import without_commands

# Letters of an error that are read at a glance, and names of a list of choices.
AT_A_GLANCE, FEW_NAMES = 420, 8
_OBJECT = re.compile(r"<[\w.]*?(\w+)(?: object)? at 0x[0-9a-fA-F]+>")
_BYTES = re.compile(r"""\bb(?:'([^']*)'|"([^"]*)")""")
_UNSEEN = re.compile(r"(?:\\x[0-9a-f]{2}|\\[nrt0])+")
# A path of the server; the beginning of an address, as of https://host/path, is none.
_PATH = re.compile(r"(?<![\w.:/~])/(?:[\w.@+~-]+/)+([\w.@+~-]*)")
# Stands for a slash that is not to be taken for that of a path.
_SLASH = "\ue000"
_SENTENCE = re.compile(r"(?<=[.?!]) (?=[A-Z])")
_CHOICES = re.compile(r"(Choose one of: )([^.]*(?:\.\w[^.]*)*)(\.?)$")


def show_error(text: str, lead: str = "", paths: bool = False) -> None:
    """Draw an error: its sentences, and a fold with the whole where they are long.

    Args:
        text: of the error, as it was raised.
        lead: what did not happen ("Not added."), in front of it and in bold.
        paths: whether paths of the server are shown as they are, where people type them.
    """
    text = text if not paths else text.replace("/", _SLASH)
    short, whole = in_short(text)
    bold = f"**{escape(lead)}** " if lead else ""
    st.error(f"{bold}{error_markdown(short).replace(_SLASH, '/')}", icon=":material/error:")
    if whole:
        with st.expander("Details"):
            st.markdown(error_markdown(whole).replace(_SLASH, "/"))


def plain_error(text: str) -> str:
    """An error without what only a terminal, Python or the server's administrator can use; still with its `marks`.

    Objects of Python are called by their class, bytes are shown as text, and of a path of the server the last name.
    """
    text = _OBJECT.sub(r"\1", without_commands(text))
    text = _BYTES.sub(lambda found: f"'{_UNSEEN.sub('…', found[1] or found[2] or '')}'", text)
    return _PATH.sub(r"\1", text).strip()


def error_line(text: str) -> str:
    """The same for a place that takes no Markdown, as an element of ours."""
    return plain_error(text).replace("`", "")


def error_markdown(text: str) -> str:
    """The same as Markdown: what stands between backticks is code, and nothing else is acted on."""
    parts = plain_error(text).split("`")
    if len(parts) % 2 == 0:
        return escape(" ".join(parts))
    return "".join(f"`{part}`" if number % 2 and part else escape(part) for number, part in enumerate(parts))


def in_short(text: str) -> tuple[str, str]:
    """What of an error is read at a glance.

    Args:
        text: as it was raised.

    Returns:
        Its first sentences, a long list of names cut; and the whole, "" where nothing was left out.
    """
    whole = plain_error(text)
    sentences, said = _SENTENCE.split(whole), ""
    for sentence in map(_few_names, sentences):
        if said and len(said) + len(sentence) > AT_A_GLANCE:
            break
        said = f"{said} {sentence}".lstrip()
    return said, whole if said != whole else ""


def _few_names(sentence: str) -> str:
    """A sentence that names many choices with the first few."""
    found = _CHOICES.search(sentence)
    names = found[2].split(", ") if found else []
    if found is None or len(names) <= FEW_NAMES + 1:
        return sentence
    return f"{sentence[: found.start()]}{found[1]}{', '.join(names[:FEW_NAMES])}, …"
