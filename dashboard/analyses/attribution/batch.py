"""Several pictures at once: which ones, and what they show as far as somebody knows."""

import re
from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.server.connection import get_client
from dashboard.widgets.class_choice import class_title, number_text, refused_class, split
from dashboard.widgets.errors import show_error
from dashboard.widgets.picture_choice import ACCEPTED, TYPES, picture_title
from shared.analyses.attribution.spec import MOST_PICTURES
from shared.class_names import classes_named, names_of_two
from shared.client import Client
from shared.errors import ConvscopeError
from shared.library.additions import add_picture_file

# Whether one picture or several are chosen, in the session.
SEVERAL = "attribution/several"
UNKNOWN = "?"
# So many pictures have a list of classes each.
LISTED = 12


def choose_several(client: Client, prefix: str, labels: Sequence[str]) -> dict[str, Any]:
    """Draw the list of pictures, the upload of many, and what they show.

    Args:
        client: of the installation.
        prefix: of the controls' keys in the session; `<prefix>.images` and `.truths` hold text with commas between.
        labels: names of the model's classes; none where they are not known.

    Returns:
        `images` and `truths`, as the spec takes them; no pictures leave `images` empty, which the spec explains.
    """
    images = _pictures(client, f"{prefix}.images", f"{prefix}/images")
    _add_many(prefix)
    return {"images": images, "truths": _truths(images, f"{prefix}.truths", labels) if images else ()}


def _pictures(client: Client, held: str, key: str) -> list[str]:
    chosen = split(st.session_state.get(held))
    st.session_state[key] = chosen

    def keep() -> None:
        st.session_state[held] = ",".join(st.session_state[key])

    names = list(dict.fromkeys([*client.images.names(), *chosen]))
    return st.multiselect(
        "Pictures", names, key=key, on_change=keep, format_func=picture_title, max_selections=MOST_PICTURES,
        placeholder="Choose some, or add your own below",
    )  # fmt: skip


def _add_many(prefix: str) -> None:
    fold = st.expander("Add pictures", key=f"{prefix}/many", on_change="rerun", icon=":material/add_photo_alternate:")
    if fold.open:
        fold.file_uploader(
            ACCEPTED, type=TYPES, key=f"{prefix}/uploads", accept_multiple_files=True, on_change=_uploaded,
            args=(prefix,), help="Kept without their metadata, under their file's name where that is free.",
        )  # fmt: skip
    for refusal in st.session_state.pop(f"{prefix}/refusals", []):
        show_error(refusal)


def _uploaded(prefix: str) -> None:
    """Add what was uploaded to the choice; a file that is refused is named, the others are taken."""
    client, chosen, refusals = get_client(), split(st.session_state.get(f"{prefix}.images")), list[str]()
    for file in st.session_state[f"{prefix}/uploads"]:
        try:
            chosen.append(add_picture_file(client.library, client.me, file.getvalue(), file.name))
        except ConvscopeError as error:
            refusals.append(f"{file.name}: {error}")
    st.session_state[f"{prefix}.images"] = ",".join(list(dict.fromkeys(chosen))[:MOST_PICTURES])
    st.session_state[f"{prefix}/refusals"] = refusals


def _truths(images: Sequence[str], key: str, labels: Sequence[str]) -> tuple[str, ...]:
    """What the pictures show, one a picture; what does not fit is said here and left out."""
    text = _listed_truths(images, key, labels) if labels and len(images) <= LISTED else st.text_input(
        "True classes", key=key, placeholder="not known",
        help="One class a picture, in their order, by number or name, ? for an unknown one: those that the model gets "
        "wrong can then be picked out.",
    )  # fmt: skip
    said = ",".join(named_class(image, labels) for image in images)
    if said.strip(f"{UNKNOWN},") and said != text:
        st.button("Use file names as labels", key=f"{key}/names", on_click=_take, args=(key, said), width="stretch",
                  help="Takes a picture's name for its class where there is one of that name.")  # fmt: skip
    truths = split(text)
    wrong = "" if len(truths) in (0, len(images)) else (
        f"Expected one class a picture, {len(images)} in all. Received: {len(truths)}. Write ? for an unknown one."
    )  # fmt: skip
    if wrong := wrong or refused_class([t for t in truths if t != UNKNOWN], labels):
        show_error(wrong)
        return ()
    return tuple(truths)


def _listed_truths(images: Sequence[str], key: str, labels: Sequence[str]) -> str:
    """A list of classes to search for each picture, folded away; the text that an address holds is kept in step."""
    names, text = names_of_two(labels), str(st.session_state.get(key) or "")
    words = (split(text) + [UNKNOWN] * len(images))[: len(images)]
    st.session_state[key] = text  # or it is forgotten with the line that is not drawn
    known = sum(word != UNKNOWN for word in words)
    fold = st.expander(f"True classes · {known} of {len(images)} known" if known else "True classes",
                       key=f"{key}/fold", on_change="rerun")  # fmt: skip
    if not fold.open:
        return text
    titles = {UNKNOWN: "not known"} | {str(number): class_title(name, number) for number, name in enumerate(names)}
    places = [f"{key}/{number}" for number in range(len(images))]

    def keep() -> None:
        said = [str(st.session_state[place]) for place in places]
        st.session_state[key] = ",".join(said) if set(said) != {UNKNOWN} else ""

    fold.caption("Pictures that the model gets wrong can then be picked out.")
    for place, word, image in zip(places, words, images, strict=True):
        st.session_state[place] = number_text(word, names)
        options = list(titles) if st.session_state[place] in titles else [*titles, st.session_state[place]]
        fold.selectbox(picture_title(image), options, key=place, on_change=keep,
                       format_func=lambda one: titles.get(one, one))  # fmt: skip
    return text


def _take(key: str, text: str) -> None:
    st.session_state[key] = text


def named_class(image: str, labels: Sequence[str]) -> str:
    """The class that a picture is named after ("african_elephant", "sample/cat", "zebra-2"); ? where there is none.

    Its number where the name would be read as one, or as two.
    """
    name = image.removeprefix("sample/")
    same = classes_named(name, labels) or classes_named(re.sub(r"[-_. ]*\d*$", "", name), labels)
    if len(same) != 1:
        return UNKNOWN
    label = labels[same[0]]
    return str(same[0]) if "," in label or label.isdigit() else label
