"""Curves of training as figures: they hold the epochs' numbers, and smoothing is what the book smooths with."""

import numpy as np
import pytest

from shared.analyses.training_run.figures import Curves, smooth, training_figures
from shared.analyses.training_run.spec import TrainingRun
from shared.client import Client
from tests.analyses.training_run.parts import epoch_facts, finished_training

RUN = TrainingRun(dataset="builtin/digits", epochs=8)
TUNED = TrainingRun(dataset="builtin/digits", strategy="fine_tuning", model="keras/mobilenetv2/random", epochs=3,
                    fine_tune_epochs=5, size=96)  # fmt: skip


@pytest.mark.parametrize("factor", [0.0, 0.5, 0.8, 0.95])
def test_smoothing_is_a_weighted_sum_of_all_that_came_before(factor: float) -> None:
    """Worked out without the recursion: the first value keeps the weight factor^n, value k gets (1-f) f^(n-k)."""
    values = np.random.default_rng(1).normal(0.7, 0.1, 30)
    for n, found in enumerate(smooth(values.tolist(), factor)):
        weights = (1 - factor) * factor ** np.arange(n, -1, -1.0)
        weights[0] = factor**n
        assert found == pytest.approx(float(weights @ values[: n + 1]))


def test_a_gap_stays_a_gap_and_what_comes_after_goes_on_from_before_it() -> None:
    assert smooth([1.0, None, 3.0], 0.75) == [1.0, None, 1.5] and smooth([], 0.5) == []


def test_lines_are_the_epochs_numbers_and_the_axes_say_what_they_are() -> None:
    epochs = [epoch_facts(RUN, n) for n in range(1, 9)]
    found = training_figures([Curves("", epochs)], planned=8, smoothing=0.5)
    for name, figure in found.items():
        lines = {trace.name: trace for trace in figure.data}
        for split, key in (("training", name), ("validation", f"val_{name}")):
            values = [facts[key] for facts in epochs]
            np.testing.assert_allclose(lines[split].y, values, rtol=1e-4)
            np.testing.assert_allclose(lines[f"{split}, smoothed"].y, smooth(values, 0.5), rtol=1e-4)
            assert figure.data[lines[f"{split}, smoothed"].meta["smooth_of"]] is lines[split]
        assert (lines["best epoch"].x, lines["best epoch"].y) == ((6,), (epochs[5][f"val_{name}"],))
        assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("epoch", name)
    assert found["accuracy"].layout.yaxis.tickformat == ".0%"


def test_without_smoothing_only_the_values_themselves_are_drawn() -> None:
    found = training_figures([Curves("", [epoch_facts(RUN, n) for n in (1, 2)])])
    smooth = [trace for trace in found["loss"].data if trace.meta]
    assert smooth and all(value is None for trace in smooth for value in trace.y)


def test_without_validation_one_line_and_the_best_epoch_is_of_training() -> None:
    epochs = [epoch_facts(RUN, n, validated=False) for n in (1, 2, 3)]
    lines = {trace.name: trace for trace in training_figures([Curves("", epochs)])["accuracy"].data}
    assert "validation" not in lines and lines["best epoch"].y == (epochs[2]["accuracy"],)


def test_fine_tuning_is_marked_between_its_first_epoch_and_the_heads_last() -> None:
    figure = training_figures([Curves("", [epoch_facts(TUNED, n) for n in range(1, 9)])])["loss"]
    assert [shape.x0 for shape in figure.layout.shapes] == [3.5]
    assert figure.layout.annotations[0].text == "fine-tuning"


def test_few_losses_far_above_the_others_are_cut_off_and_that_is_said() -> None:
    losses = [900.0, 2.0] + [1.0] * 18
    epochs = [{"epoch": n + 1, "loss": loss, "accuracy": 0.5} for n, loss in enumerate(losses)]
    layout = training_figures([Curves("", epochs)])["loss"].layout
    assert 1 < layout.yaxis.range[1] < 2 and layout.title.subtitle.text == "2 higher values are cut off"
    whole = training_figures([Curves("", epochs[1:])])["loss"].layout
    assert whole.yaxis.range[1] > 2 and whole.title.subtitle.text is None


def test_several_runs_have_a_colour_each_and_are_named() -> None:
    epochs = [epoch_facts(RUN, n) for n in (1, 2, 3)]
    data = training_figures([Curves("a", epochs), Curves("b", epochs, place=1)], several=True)["loss"].data
    lines = {trace.name: trace.line.color for trace in data if "best" not in trace.name}
    assert lines["a, training"] == lines["a, validation"] != lines["b, training"] == lines["b, validation"]


def test_a_notebook_gets_the_same_figures(client: Client) -> None:
    figures = client.result(finished_training(client, RUN)).figures
    assert list(figures) == ["loss", "accuracy"]
    assert figures["loss"].data[0].y == tuple(round(1.2 / n, 4) for n in range(1, 9))


@pytest.mark.parametrize(("validated", "split"), [(True, "validation"), (False, "training")])
def test_of_several_runs_the_legend_names_each_once_for_all_its_lines(validated: bool, split: str) -> None:
    epochs = [epoch_facts(RUN, n, validated=validated) for n in (1, 2, 3)]
    figure = training_figures([Curves("Dense", epochs), Curves("Convnet", epochs, 1)], several=True)["loss"]
    named = [trace for trace in figure.data if trace.showlegend is not False]
    assert [trace.name for trace in named] == [f"Dense, {split}", f"Convnet, {split}"]
    assert {trace.legendgroup for trace in figure.data} == {"Dense", "Convnet"}
    assert "dotted: training" in figure.layout.title.subtitle.text
