"""What the check of a data set found, as tables and sentences: before it is kept, and at any time after."""

from collections.abc import Sequence

import streamlit as st

from dashboard.widgets.text import count, escape
from shared.library import DatasetCard
from shared.library.datasets.card import MODES
from shared.library.datasets.report import UNBALANCED, DatasetReport

LISTED = 200
# Four classes and the head; more are a scroll away, so that the samples stay in sight.
TABLE_HEIGHT = 40 + 37 * 4
# What pictures of one of Pillow's modes are called.
ONE_MODE = {"L": "greyscale ", "RGB": "colour ", "1": "black and white "}
TITLES = {"train": "Training", "validation": "Validation", "test": "Test"}


def counts_table(found: DatasetReport) -> None:
    """Pictures by class and split, and how the classes share the training pictures."""
    classes = list(found.counts["train"])
    total = sum(found.counts["train"].values())
    shares = [100 * found.counts["train"][name] / total for name in classes]
    by_split = {TITLES[split]: [row[name] for name in classes] for split, row in found.counts.items()}
    table = {"Class": classes, **by_split, "Share of training": shares}
    numbers = {TITLES[split]: st.column_config.NumberColumn(format="localized") for split in found.counts}
    share = st.column_config.ProgressColumn(
        format="%.1f %%", min_value=0.0, max_value=max(shares), help="The bar is full for the largest class."
    )
    st.dataframe(table, hide_index=True, width="stretch", column_config={**numbers, "Share of training": share},
                 height=TABLE_HEIGHT if len(classes) > 4 else "auto")  # fmt: skip


def facts_line(card: DatasetCard, found: DatasetReport) -> str:
    """Sizes, modes and splits in one line."""
    sizes = [found.sizes[name] for name in ("smallest", "median", "largest")]
    pixels = " · ".join(f"{width} × {height}" for width, height in dict.fromkeys(sizes))
    words = [f"{_pictures(found)} {_targets(card)}", f"{pixels} px"]
    if card.made:
        shares = ", ".join(f"{TITLES[s].lower()} {card.made[s]:.0%}" for s in ("validation", "test") if s in card.made)
        words.append(f"splits made here with seed {card.made['seed']:g}: {shares}")
    return " — ".join(words)


def _pictures(found: DatasetReport) -> str:
    """How many pictures there are, and of what colours."""
    if len(found.modes) == 1:
        (mode,) = found.modes
        return f"{found.total:,} {ONE_MODE.get(mode, '')}pictures"
    modes = ", ".join(f"{number:,} {MODES.get(mode, mode)}" for mode, number in found.modes.items())
    return f"{found.total:,} pictures ({modes})"


def _targets(card: DatasetCard) -> str:
    """What is said of each picture."""
    if not card.columns:
        return f"in {len(card.classes)} classes"
    said = [f"{column.name} ({len(column.classes)} classes)" if column.classes else
            f"{column.name}{' in ' + column.unit if column.unit else ''}" for column in card.columns]  # fmt: skip
    return f"with {', '.join(said)}"


def picture_targets(card: DatasetCard, number: int, heads: bool = True) -> str:
    """What is said of a picture: its class, one of each column, or its numbers; each behind its column's name."""
    one = card.pictures[number]
    if not one.values:
        return card.classes[one.label]
    said = [column.classes[int(value)] if column.classes else f"{value:g} {column.unit}".strip()
            for column, value in zip(card.columns, one.values, strict=True)]  # fmt: skip
    return ", ".join(f"{c.name} {value}" if heads else value for c, value in zip(card.columns, said, strict=True))


def show_notes(card: DatasetCard) -> None:
    """What was guessed when it was added."""
    for note in card.notes:
        st.info(escape(note), icon=":material/info:")


def warnings(card: DatasetCard, found: DatasetReport) -> list[str]:
    """What a person should know before training, as Markdown; the worst first."""
    texts = []
    if found.leaks:
        texts.append(f"**{count(len(found.leaks), 'picture')} in more than one split.** Validation "
                     "and test then measure memory: take out the copies and add the data set again.")  # fmt: skip
    if found.conflicts:
        texts.append(f"**{count(len(found.conflicts), 'picture')} in more than one class.** One "
                     "of the classes is wrong.")  # fmt: skip
    if found.near:
        texts.append(f"**{count(len(found.near), 'pair')} of pictures in different splits look alike.** They may be "
                     "the same photograph, saved twice: look at them below.")  # fmt: skip
    if found.repeats:
        texts.append(f"{count(found.repeats, 'picture')} more than once in a class: they count more than others.")
    if found.balance > UNBALANCED:
        texts.append(f"**The largest class has {found.balance:.1f} times the pictures of the smallest.** A network "
                     "that always predicts the largest looks better than it is; class weights help.")  # fmt: skip
    if "validation" not in card.splits:
        texts.append("**There is no validation split**, so nothing shows when a network begins to overfit.")
    return texts


def show_warnings(texts: Sequence[str], classes: bool = True) -> None:
    """Draw them, or say that there are none; of classes only where pictures have them."""
    for text in texts:
        st.warning(text, icon=":material/warning:")
    if not texts:
        of_classes = ", none under two classes, classes of similar size" if classes else ""
        st.success(f"No picture in two splits{of_classes}.", icon=":material/check:")


def show_unreadable(unreadable: Sequence[tuple[str, str]], left_out: int) -> None:
    """Pictures that could not be read, by name, and how many files are no pictures."""
    if unreadable:
        with st.expander(f"{count(len(unreadable), 'unreadable picture')}", expanded=len(unreadable) <= 5):
            for path, problem in unreadable[:LISTED]:
                st.markdown(f"{escape(path)}: {escape(problem)}")
            if len(unreadable) > LISTED:
                st.caption(f"and {len(unreadable) - LISTED:,} more")
    if left_out:
        st.caption(f"{count(left_out, 'file')} left out: no pictures by their names.")
