"""Pictures of an evaluation: those of a cell or all mistakes as a gallery, and the chosen one with what was said."""

from typing import Any

import streamlit as st

from dashboard.analyses.evaluate_model.choices import CELL, PICTURE
from dashboard.analyses.evaluate_model.results import Predictions, chosen_cell, chosen_row
from dashboard.page_table import script
from dashboard.runs.run_now import GO
from dashboard.server.connection import get_client
from dashboard.widgets.address import remember_choice
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.dataset_pictures import COLUMNS, EDGE, MOST, add_dataset_picture, large_jpeg, pictures_url
from dashboard.widgets.picture_grid import GridPicture, picture_grid
from dashboard.widgets.text import count, escape
from shared.analyses.evaluate_model.figures import pair_words
from shared.analyses.evaluate_model.numbers import Evaluation
from shared.errors import ConvscopeError
from shared.library import Dataset
from shared.store import RunRecord

# Classes named beside a chosen picture.
NAMED = 6
_bars = browser_element("answer_bars")


def gallery(run: RunRecord, found: Evaluation) -> None:
    """Draw the pictures of the chosen cell, or the mistakes, the surest first; a click goes into the address."""
    cell = chosen_cell(found)
    rows = found.rows(*cell) if cell else found.rows()
    if cell:
        st.button("All mistakes", key="evaluation-all", icon=":material/arrow_back:",
                  on_click=lambda: remember_choice(CELL, ""))  # fmt: skip
    title = pair_words(found.classes, cell) if cell else "The surest mistakes"
    if not len(rows):
        st.caption(f"**{escape(title)}**: no picture." if cell else "**No mistakes.**")
        return
    shown = rows[:MOST]
    note = f"{len(shown)} of {len(rows):,}" if len(shown) < len(rows) else count(len(rows), "picture")
    numbers = [int(found.pictures[row]) for row in shown]
    items = [_item(found, int(row)) for row in shown]
    selected = st.query_params.get(PICTURE, "")
    picture_grid("evaluation-grid", pictures_url(str(run.fields["dataset"]), numbers), items, columns=COLUMNS,
                 edge=EDGE, title=title, note=f"{note}, the surest first", tile=88, named=True,
                 selected=selected, choose=lambda value: remember_choice(PICTURE, value))  # fmt: skip


def _item(found: Evaluation, row: int) -> GridPicture:
    true, said = found.classes[found.labels[row]], found.answer_name(row)
    sure = f"{100 * found.confidence[row]:.0f} %"
    words = f"{true}, rightly named" if found.right[row] else f"{true} taken for {said}"
    return GridPicture(str(int(found.pictures[row])), f"{said} {sure}", f"{words}, {sure} sure")


def chosen_picture(run: RunRecord, answers: Predictions) -> None:
    """Draw the picture that the address names, large, with its probabilities and the ways to look into it."""
    found = answers.found
    row = chosen_row(found)
    if row is None:
        st.info("Choose a picture: its prediction appears here, and why.", icon=":material/arrow_back:")
        return
    number, reference = int(found.pictures[row]), str(run.fields["dataset"])
    dataset = get_client().datasets.open(reference)
    true = found.classes[found.labels[row]]
    st.image(large_jpeg(reference, number), alt=f"Picture {number}: {true}", width="stretch")
    probabilities = answers.probabilities(run, row)
    if probabilities is not None:
        _bars(key="answer-bars", data=bars_data(found, row, probabilities.tolist()))
    one = dataset.card.pictures[number]
    if st.button("Why? Heat map", key="evaluation-why", type="primary", width="stretch",
                 icon=":material/local_fire_department:", help="Where each class has its evidence."):  # fmt: skip
        st.session_state[GO] = True
        st.switch_page(script("heat-maps"), query_params=heat_map_query(run, found, row, dataset))
    if st.button("Activations", key="evaluation-activations", width="stretch", icon=":material/blur_on:",
                 help="What every channel of every layer sees in it."):  # fmt: skip
        st.switch_page(script("activations"), query_params=picture_query(run, number, dataset))
    st.code(one.path, language=None, wrap_lines=True)


def bars_data(found: Evaluation, row: int, probabilities: list[float]) -> dict[str, Any]:
    """The likeliest classes and the true one, as JSON values."""
    true, said = int(found.labels[row]), int(found.predicted[row])
    best = sorted(range(len(probabilities)), key=lambda i: -probabilities[i])[:NAMED]
    rows = [(found.classes[i], probabilities[i], i == true) for i in (best if true in best else [*best, true])]
    if said == len(found.classes):
        rows.insert(0, (found.answer_name(row), float(found.confidence[row]), False))
    return {
        "right": bool(found.right[row]),
        "truth": found.classes[true],
        "said": found.answer_name(row),
        "sure": f"{found.confidence[row]:.1%}",
        "rows": [{"name": name, "share": f"{value:.1%}", "value": value, "true": is_true}
                 for name, value, is_true in rows],
    }  # fmt: skip


def picture_query(run: RunRecord, number: int, dataset: Dataset) -> dict[str, str]:
    """Address of another page that shows the same picture to the same network; the picture enters the library."""
    image = add_dataset_picture(dataset, number)
    return {"model": str(run.fields["model"]), "image": image, "resize": str(run.fields["resize"])}


def heat_map_query(run: RunRecord, found: Evaluation, row: int, dataset: Dataset) -> dict[str, str]:
    """The same for the heat maps of what the network said and of what is true."""
    true = found.columns[found.labels[row]]
    classes = dict.fromkeys([int(found.answers[row]), true])
    where = picture_query(run, int(found.pictures[row]), dataset)
    return where | {"classes": ",".join(map(str, classes)), "truths": str(true)}


def pictures_are_gone(run: RunRecord) -> str:
    """Why the data set's pictures cannot be shown; "" where they can."""
    try:
        get_client().datasets.open(str(run.fields["dataset"]))
    except ConvscopeError as error:
        return str(error)
    return ""
