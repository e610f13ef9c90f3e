"""An evaluation on the page: figures, the confusion matrix, reliability, pictures, classes."""

from collections.abc import Sequence

import streamlit as st

from dashboard.analyses.evaluate_model.choices import CELL, PICTURE, plan, trained_on
from dashboard.analyses.evaluate_model.gallery import chosen_picture, gallery, pictures_are_gone
from dashboard.analyses.evaluate_model.numbers_and_masks import draw_numbers_or_masks
from dashboard.analyses.evaluate_model.results import chosen_cell, predictions_of
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.widgets.address import keep_choice
from dashboard.widgets.charts import charts
from dashboard.widgets.dataset_choice import card_of, dataset_title
from dashboard.widgets.dataset_report import TITLES
from dashboard.widgets.errors import error_markdown
from dashboard.widgets.shown_bands import choose_bands
from dashboard.widgets.text import count, escape
from shared.analyses.evaluate_model.figures import accuracy_figure, confusion_figure, reliability_figure
from shared.analyses.evaluate_model.numbers import Evaluation, class_scores, confusion, likelier_order, metrics
from shared.class_names import compose_name
from shared.store import RunRecord

SHOWN_NAMES = 6
# A matrix of more columns takes the whole width.
BESIDE = 14
# A longer table scrolls.
ROWS = 24
# A gap between confidence and accuracy that nobody would act on.
SMALL_GAP = 0.01
WORD = "Perfect calibration: of the predictions made with 80 %, 80 % are right."


def _steps(run: RunRecord) -> list[str]:
    title = dataset_title(str(run.fields["dataset"]), get_client().datasets.names())
    return [title, TITLES[str(run.fields["split"])]]


def _draw(run: RunRecord) -> None:
    answers = predictions_of(run)
    if card := card_of(get_client(), str(run.fields["dataset"])):
        choose_bands(card.bands)
    if answers is None:
        draw_numbers_or_masks(run)
        return
    found, gone = answers.found, pictures_are_gone(run)
    left, right = st.columns([3.4, 1], gap="medium")
    with left:
        _accuracy(found, None if run.status == "complete" else run.total)
        _notes(run, found)
        wide = len(found.classes) + found.others > BESIDE
        if wide:
            _matrix(run, found)
        else:
            matrix, chart = st.columns([1.35, 1], gap="medium")
            with matrix:
                _matrix(run, found)
            with chart:
                _reliability(run, found)
        if gone:
            st.warning(f"**The pictures cannot be shown.** {error_markdown(gone)}", icon=":material/hide_image:")
        else:
            gallery(run, found)
        _classes(found)
        if wide:
            _reliability(run, found)
        charts("accuracy", [accuracy_figure(found)], view=run.key)
    with right, st.container(key="stays-in-sight"):
        if not gone:
            chosen_picture(run, answers)


def _matrix(run: RunRecord, found: Evaluation) -> None:
    charts("confusion", [confusion_figure(found, chosen_cell(found))], view=run.key,
           on_chosen_change=keep_choice("confusion", "chosen", CELL))  # fmt: skip


def _reliability(run: RunRecord, found: Evaluation) -> None:
    charts("reliability", [reliability_figure(found)], view=run.key)
    st.caption(WORD)


def _accuracy(found: Evaluation, total: int | None) -> None:
    """Three numbers above the matrix; `total` is how many pictures there will be, None when all are there."""
    said = metrics(found)
    of = f"of the first {said['pictures']:,} pictures" if total else f"of {count(said['pictures'], 'picture')}"
    lead = said["confidence"] - said["accuracy"]
    word = "well calibrated" if abs(lead) < SMALL_GAP else ("overconfident" if lead > 0 else "underconfident")
    rows = (
        ("Accuracy", "accuracy", f"{said['right']:,} {of} right. 95 % interval: {said['accuracy_low']:.1%} to "
         f"{said['accuracy_high']:.1%}."),
        ("Mean over classes", "balanced_accuracy", "Recall, each class counting the same. Always naming the commonest "
         f"class: {said['commonest']:.1%}."),
        ("Calibration error", "calibration_error", f"It is {word}: its mean confidence is {said['confidence']:.1%}."),
    )  # fmt: skip
    for column, (title, name, words) in zip(st.columns(3), rows, strict=True):
        with column:
            st.metric(title, f"{said[name]:.1%}")
            st.caption(words)


def _notes(run: RunRecord, found: Evaluation) -> None:
    """What nobody may overlook: pictures that it learnt from, classes that were left out, names in another order."""
    fields, facts = run.fields, found.facts
    own = trained_on(get_client(), str(fields["model"])) == fields["dataset"]
    if fields["split"] == "train" and own:
        st.warning("These are the pictures that it learnt from. Other pictures tell what it is worth.",
                   icon=":material/school:")  # fmt: skip
    if order := likelier_order(confusion(found)):
        moved = [f"{found.classes[i]} → {found.classes[j]}" for i, j in enumerate(order) if i != j]
        st.warning(f"**Are the classes in the right order?** The predictions fit another order far better: "
                   f"{escape(_some(moved))}. Add the network again with its class names in their order.",
                   icon=":material/swap_vert:")  # fmt: skip
    if facts["left_out"]:
        names = escape(_some(list(facts["left_out"])))
        st.info(f"Without pictures of {names}: the network has no such class.", icon=":material/filter_alt:")
    elif facts["matched"] == "order" and facts["called"]:
        st.caption(escape(f"Paired by order: the network calls the classes {_some(list(facts['called']))}."))
    elif facts["matched"] == "order" and _counted_as_text(found.classes):
        st.caption(escape(f"Paired by order, and the network's classes have no names: its first outputs are taken for "
                          f"{_some(list(found.classes))}, as texts are sorted. If it has them in the order of numbers, "
                          "add it again with its class names."))  # fmt: skip
    elif others := [f"{own}: {called}" for own, called in zip(found.classes, facts["called"], strict=False)
                    if compose_name(own) != compose_name(called)]:  # fmt: skip
        st.caption(escape(f"Paired by names that are not spelled alike: {_some(others)}."))


def _counted_as_text(classes: Sequence[str]) -> bool:
    """Whether classes are called by numbers and stand in another order than these: 0, 1, 10, 2."""
    return all(name.isascii() and name.isdigit() for name in classes) and list(classes) != sorted(classes, key=int)


def _some(names: list[str]) -> str:
    more = f" and {count(len(names) - SHOWN_NAMES, 'other')}" if len(names) > SHOWN_NAMES else ""
    return ", ".join(names[:SHOWN_NAMES]) + more


def _classes(found: Evaluation) -> None:
    """The table of classes; its head sorts it."""
    scores = class_scores(confusion(found), found.classes)
    st.markdown("**Class by class**", help="Precision: of the pictures predicted as this class, the share that is. "
                "Recall: of this class's pictures, the share that is predicted. F1: their harmonic mean.")  # fmt: skip
    bar = lambda: st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)  # noqa: E731
    table = {
        "Class": [score.name for score in scores],
        "Precision": [score.precision for score in scores],
        "Recall": [score.recall for score in scores],
        "F1": [score.f1 for score in scores],
        "Pictures": [score.support for score in scores],
        "Predicted": [score.predicted for score in scores],
    }
    st.dataframe(table, hide_index=True, width="stretch", height="content" if len(scores) <= ROWS else 420,
                 column_config={name: bar() for name in ("Precision", "Recall", "F1")})  # fmt: skip


VIEW = View(
    draw=_draw,
    steps=_steps,
    files={"Confusion matrix": "confusion.png", "All figures": "evaluation.json", "All predictions": "arrays.npz"},
    kept=(CELL, PICTURE),
    plan=plan,
    ask="Evaluate the network",
)
