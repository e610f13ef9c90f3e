"""What a data set excites, as a figure."""

from shared.analyses.dataset_examples.figures import strongest_figure


def test_the_strongest_channel_comes_first() -> None:
    figure = strongest_figure([1.5, 4.0, 2.0])
    assert (figure.data[0].x, figure.data[0].y) == ((1, 2, 3), (4, 2, 1.5))
    assert figure.layout.yaxis.title.text == "activation"
