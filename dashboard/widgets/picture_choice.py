"""Pick a picture: a sample, one that somebody named, or a file that is added in place."""

import streamlit as st

from dashboard.server.caches import bounded_cache
from dashboard.server.connection import get_client
from dashboard.widgets.drawing import thumbnail_jpeg
from dashboard.widgets.entry_actions import entry_actions
from dashboard.widgets.errors import show_error
from dashboard.widgets.shown_bands import chosen_bands
from dashboard.widgets.text import escape
from shared.client import Client, with_span
from shared.errors import ConvscopeError
from shared.library.additions import add_picture_file
from shared.library.images import SAMPLES

WIDTH, HEIGHT = 480, 320
ACCEPTED = "PNG, JPEG, WebP, TIFF or .npy"
TYPES = ["png", "jpg", "jpeg", "webp", "tif", "tiff", "npy"]


def choose_picture(client: Client, key: str, label: str, none: str = "") -> str:
    """Draw the list and the chosen picture.

    Args:
        client: whose pictures.
        key: of the widget in the session; may be set before.
        label: of the list.
        none: what to call no picture at all; "" where one has to be chosen.

    Returns:
        The picture's reference or name; "" for none.
    """
    names = [*([""] if none else []), *client.images.names()]
    if spanned := st.session_state.pop(f"{key}/spanned", ""):
        st.session_state[key] = spanned
    chosen = st.session_state[key] = name_of(st.session_state.get(key, names[0]))
    if chosen not in names:
        names.append(chosen)
    image = st.selectbox(label, names, key=key, format_func=lambda name: picture_title(name) or none)
    if image:
        try:
            st.image(photograph_jpeg(image), alt=SAMPLES.get(image.removeprefix("sample/"), picture_title(image)),
                     width="stretch")  # fmt: skip
            _numbers(client, key, image)
        except ConvscopeError as error:
            show_error(str(error))
        if not none:  # a second picture on the same page may be the same one
            entry_actions("picture", image, lambda new: _named_anew(key, new))
    return image


def _named_anew(key: str, new: str) -> None:
    st.session_state[f"{key}/spanned"] = new or next(iter(get_client().images.names()))


def _numbers(client: Client, key: str, image: str) -> None:
    """What the numbers of a picture are, and another range for them; of ordinary ones what was changed of the file."""
    picture = client.images.open(image)
    if picture.colours:
        if changes := client.images.changes(client.images.resolve(image)):
            st.caption(escape(changes))
        return
    st.caption(f"{picture.words[:1].upper()}{picture.words[1:]}.")
    with st.popover("Black and white", icon=":material/contrast:"):
        ends = st.text_input("From, to", f"{picture.low:.9g}, {picture.high:.9g}", key=f"{key}/span/{image}",
                             help="Which number is black and which is white, or minmax, or own: all that its type "
                             "can hold. The picture is kept again with that range.")  # fmt: skip
        if st.button("Use this range", key=f"{key}/span/use"):
            try:
                st.session_state[f"{key}/spanned"] = with_span(client, image, ends.replace(" ", ""))
                st.rerun()
            except ConvscopeError as error:
                show_error(str(error))


def picture_title(image: str) -> str:
    """What a person calls a picture: the name that somebody gave it, where there is one."""
    name = name_of(image)
    return f"uploaded picture {name[7:13]}" if name.startswith("sha256:") else name.removeprefix("sample/")


def name_of(image: str) -> str:
    """The name that stands for a reference, the reference where there is none."""
    if not image.startswith("sha256:"):
        return image
    return next((name for name, known in get_client().images.given_names().items() if known == image), image)


def add_picture(key: str, label: str = "Add a picture") -> None:
    """A fold with an upload; what is added becomes the choice of the widget `key`, a refusal is said here."""
    fold = st.expander(label, key=f"{key}/own", on_change="rerun", icon=":material/add_photo_alternate:")
    if fold.open:
        fold.file_uploader(ACCEPTED, type=TYPES, key=f"{key}/upload", on_change=_uploaded, args=(key,),
                           help="Kept without its metadata, and listed by the file's name.")  # fmt: skip
    if refusal := st.session_state.pop(f"{key}/refusal", None):
        show_error(refusal)


def _uploaded(key: str) -> None:
    file = st.session_state[f"{key}/upload"]
    if file is None:
        return
    try:
        client = get_client()
        st.session_state[key] = add_picture_file(client.library, client.me, file.getvalue(), file.name)
    except ConvscopeError as error:
        st.session_state[f"{key}/refusal"] = str(error)


def photograph_jpeg(image: str) -> bytes:
    """A small JPEG of a sample or of a picture that somebody added.

    Args:
        image: reference or name; a name may stand for another picture tomorrow.

    Raises:
        UnknownImage: no such picture.
    """
    return _jpeg(get_client().images.resolve(image), chosen_bands())


@bounded_cache(64)
def _jpeg(reference: str, bands: tuple[int, ...]) -> bytes:
    return thumbnail_jpeg(get_client().images.open(reference).shown(bands), WIDTH, HEIGHT)
