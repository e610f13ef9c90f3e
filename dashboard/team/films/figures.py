"""A film's charts: what the training said of each epoch, and which layers moved."""

from collections.abc import Mapping, Sequence

from shared.analyses.chart_style import ACCENT, ORANGE, PERCENT, PERCENT_AXIS, SERIES, Figure, chart, line
from shared.library.films import Film

# So many layers have a line of their own: those that moved farthest in any epoch.
MOST_LINES = len(SERIES)
# Keras's metrics of these names are shares of the pictures.
SHARES = ("accuracy", "acc", "precision", "recall", "auc", "iou")


def number_figures(film: Film, judged: Mapping[int, float]) -> list[Figure]:
    """A chart a number that the training said: its own as points, that of the validation ("val_…") as a line.

    Args:
        film: whose frames have the numbers.
        judged: epoch to the accuracy on the film's data set; {} without one.
    """
    named = [name for frame in film.frames for name in frame.logs]
    plain = list(dict.fromkeys(name.removeprefix("val_") for name in named))
    figures = [_figure(film, name, judged if name == "accuracy" else {}) for name in plain]
    if judged and "accuracy" not in plain:
        figures.append(_figure(film, "accuracy", judged))
    return figures


def _figure(film: Film, name: str, judged: Mapping[int, float]) -> Figure:
    traces = []
    for key, title, colour, mode in ((name, "training", ORANGE, "lines+markers"), (f"val_{name}", "validation", ACCENT,
                                                                                "lines+markers")):  # fmt: skip
        at = [(frame.epoch, frame.logs[key]) for frame in film.frames if key in frame.logs]
        if at:
            traces.append(line([x for x, _ in at], [y for _, y in at], title, colour, mode=mode))
    if judged:
        traces.append(line(list(judged), judged.values(), "data set", SERIES[2], mode="lines+markers"))
    share = any(word in name for word in SHARES)
    return chart(name.replace("_", " ").capitalize(), traces, "epoch", name.replace("_", " "),
                 xaxis_unifiedhovertitle_text="Epoch %{x}", xaxis_rangemode="normal", xaxis_tickformat="d",
                 yaxis_tickformat=PERCENT_AXIS if share else None,
                 yaxis_hoverformat=PERCENT if share else ".3~g")  # fmt: skip


def move_figure(moves: Mapping[str, Sequence[tuple[int, float]]]) -> Figure:
    """How far layers moved since the frame before, a line a layer.

    Args:
        moves: layer to epochs and shares, in the order of the network.
    """
    reach = {layer: max((share for _, share in at), default=0.0) for layer, at in moves.items()}
    farthest = sorted(reach, key=lambda layer: -reach[layer])[:MOST_LINES]
    shown = [layer for layer in moves if layer in farthest]
    traces = [line([x for x, _ in moves[layer]], [y for _, y in moves[layer]], layer, SERIES[place],
                   mode="lines+markers") for place, layer in enumerate(shown)]  # fmt: skip
    left = len(moves) - len(shown)
    note = f"the {len(shown)} that moved farthest; {left} others moved less" if left else ""
    return chart("How far layers moved since the frame before", traces, "epoch", "share of the weights' length",
                 note=note, yaxis_tickformat=PERCENT_AXIS, yaxis_hoverformat=PERCENT, yaxis_rangemode="tozero",
                 xaxis_tickformat="d", xaxis_unifiedhovertitle_text="Epoch %{x}")  # fmt: skip
