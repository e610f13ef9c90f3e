"""Whether a model sees pictures: what a file says of its inputs, judged before it is kept."""

from shared.errors import RefusedUpload, message
from shared.uploads.models import ModelFile

_ALIKE = (
    "Save the part that sees one picture by itself, `keras.Model(one_input, its_output).save('name.keras')`: of a "
    "network that compares two, the branch in front of the comparison."
)
_PICTURES = (
    "Text, sound, video and rows of numbers are not looked at here. Where a layer that sees pictures is inside, as in "
    "a TimeDistributed, save that part by itself."
)
_ROWS = (
    "Where these numbers are a picture, say so in front and save that: `keras.Sequential([keras.Input((height, width, "
    "channels)), keras.layers.Reshape({shape}), model]).save('name.keras')`."
)


def check_takes_pictures(found: ModelFile) -> None:
    """Refuse a model that this microscope has no use for, before it is kept: one that sees no picture.

    A model of several inputs may be kept where all take pictures of one shape: it is shown the same one at each.

    Raises:
        RefusedUpload: with what it takes, and what to do.
    """
    if len(set(found.inputs)) > 1:
        received = f"{len(found.inputs)} inputs, {' and '.join(_words(one) for one in found.inputs)}"
        raise RefusedUpload(message("a model of one picture input, or of several of one shape", received, _ALIKE))
    if found.input_shape is not None and len(found.input_shape) != 3:
        rows = len(found.input_shape) < 3 and None not in found.input_shape
        way_out = _ROWS.format(shape=found.input_shape) if rows else _PICTURES
        expected = "a model that takes a picture (height, width, channel)"
        raise RefusedUpload(message(expected, _words(found.input_shape), way_out))


def _words(shape: tuple[int | None, ...] | None) -> str:
    return f"({', '.join(str(side or 'any') for side in shape)})" if shape is not None else "an unknown shape"
