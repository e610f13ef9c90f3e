"""One data set on the page: counts, samples by class and split, pictures that stand twice, the chosen picture."""

from collections.abc import Sequence

import streamlit as st

from dashboard.page_table import script
from dashboard.server.caches import bounded_cache
from dashboard.server.connection import get_client
from dashboard.widgets.address import choose_kept, remember
from dashboard.widgets.dataset_pictures import COLUMNS, EDGE, MOST, large_jpeg, masked_jpeg, pictures_url
from dashboard.widgets.dataset_report import (
    TITLES,
    counts_table,
    facts_line,
    picture_targets,
    show_notes,
    show_unreadable,
    show_warnings,
    warnings,
)
from dashboard.widgets.picture_grid import GridPicture, picture_grid
from dashboard.widgets.shown_bands import choose_bands
from dashboard.widgets.text import count, escape
from shared.library import DatasetCard
from shared.library.datasets.report import DatasetReport, report

SAMPLES = 48
ALL = "all classes"
# So many groups of equal or similar pictures are shown; the command line names all of them.
GROUPS = 12


@bounded_cache(4)
def dataset_report(reference: str) -> DatasetReport:
    """What the check says of a data set, kept because a reference never changes its meaning."""
    return report(get_client().datasets.card(reference))


def show_dataset(reference: str) -> None:
    """Draw everything about a data set."""
    card, found = get_client().datasets.card(reference), dataset_report(reference)
    st.caption(facts_line(card, found))
    left, right = st.columns([1, 1], gap="medium")
    with left:
        counts_table(found)
    with right:
        show_warnings(warnings(card, found), card.kind == "classes")
        show_notes(card)
        show_unreadable(card.skipped, card.left_out)
    choose_bands(card.bands)
    middle, right = st.columns([3, 1], gap="medium")
    with middle:
        _samples(reference, card)
    with right:
        _chosen_picture(reference, card)
    _groups(reference, card, found.leaks, "The same picture in several splits", "leaks")
    _groups(reference, card, found.conflicts, "The same picture under several classes", "conflicts")
    _groups(reference, card, found.near, "Pictures of different splits that look alike", "near")


def train_on(reference: str) -> None:
    """Buttons that lead to a network of one's own, and to those there are."""
    with st.container(horizontal=True, gap="small"):
        if st.button("Train on it", icon=":material/model_training:", key="datasets/train", type="primary"):
            st.switch_page(script("training"), query_params={"dataset": reference})
        if st.button("Its training runs", icon=":material/stairs:", key="datasets/runs"):
            st.switch_page(script("ladder"), query_params={"dataset": reference})


def _samples(reference: str, card: DatasetCard) -> None:
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    key, splits = "datasets/split", list(card.splits)
    split = choose_kept("split", key, splits, lambda: left.segmented_control(
        "Split", splits, key=key, format_func=TITLES.__getitem__, required=True))  # fmt: skip
    named, classes = "datasets/class", [ALL, *card.classes]
    label = choose_kept("class", named, classes, lambda: right.selectbox("Class", classes, key=named))
    numbers = sample_numbers(card, split, label)
    total = sum(label in (ALL, card.classes[card.pictures[i].label]) for i in card.rows(split))
    note = f"{len(numbers)} of {total:,}, a fixed sample"
    _grid(
        reference,
        card,
        numbers,
        "samples",
        f"{TITLES[split]} · {label}",
        note,
        named=label == ALL and card.kind != "masks",
    )


def sample_numbers(card: DatasetCard, split: str, label: str) -> list[int]:
    """Up to SAMPLES pictures of a split: the first ones of each class, class by class."""
    wanted = [card.classes.index(label)] if label in card.classes else range(len(card.classes))
    each = max(1, SAMPLES // len(wanted))
    found: dict[int, list[int]] = {number: [] for number in wanted}
    for i in card.rows(split):
        here = found.get(card.pictures[i].label)
        if here is not None and len(here) < each:
            here.append(i)
    return [i for numbers in found.values() for i in numbers][:SAMPLES]


def _grid(
    reference: str, card: DatasetCard, numbers: Sequence[int], key: str, title: str, note: str, named: bool = False,
    tile: int = 84,
) -> None:  # fmt: skip
    items = [_item(card, i) for i in numbers]
    picture_grid(f"grid-{key}", pictures_url(reference, numbers), items, columns=COLUMNS, edge=EDGE, title=title,
                 note=note, selected=st.query_params.get("picture", ""), named=named, tile=tile,
                 choose=lambda value: remember({"picture": value}, step=True))  # fmt: skip


def _item(card: DatasetCard, number: int) -> GridPicture:
    one = card.pictures[number]
    label = picture_targets(card, number, heads=False)
    return GridPicture(str(number), label, f"{label}, {one.split}, {one.path}")


def _chosen_picture(reference: str, card: DatasetCard) -> None:
    text = st.query_params.get("picture", "")
    number = int(text) if text.isascii() and text.isdigit() and int(text) < len(card.pictures) else None
    if number is None:
        st.info("Choose a picture: its class, size and file appear here.", icon=":material/arrow_back:")
        return
    one = card.pictures[number]
    label = picture_targets(card, number)
    shown = masked_jpeg if one.mask_length and st.toggle("Mask", value=True, key="datasets/mask") else large_jpeg
    st.image(shown(reference, number), alt=f"Picture {number}: {label}", width="stretch")
    st.markdown(f"**{escape(label)}** · {TITLES[one.split]} · {one.width} × {one.height} px · {escape(one.mode)}")
    st.code(one.path, language=None, wrap_lines=True)
    if st.button("Augmented copies of it", icon=":material/animation:", type="primary", width="stretch"):
        st.switch_page(script("augmentation"), query_params={"dataset": reference, "picture": str(number)})


def _groups(reference: str, card: DatasetCard, groups: Sequence[tuple[int, ...]], title: str, key: str) -> None:
    """Groups of pictures side by side, each picture with its split and class."""
    if not groups:
        return
    numbers = [i for group in groups[:GROUPS] for i in group][:MOST]
    more = f"the first {GROUPS} of {count(len(groups), 'group')}" if len(groups) > GROUPS else ""
    st.markdown(f"**{title}**")
    items = [
        GridPicture(str(i), f"{place} · {card.pictures[i].split} · {card.classes[card.pictures[i].label]}",
                    f"group {place}: {card.pictures[i].path}")
        for place, group in enumerate(groups[:GROUPS], 1) for i in group
    ][:MOST]  # fmt: skip
    picture_grid(f"grid-{key}", pictures_url(reference, numbers), items, columns=COLUMNS, edge=EDGE,
                 title=count(len(groups), "group"), note=more, named=True, tile=140,
                 selected=st.query_params.get("picture", ""),
                 choose=lambda value: remember({"picture": value}, step=True))  # fmt: skip
