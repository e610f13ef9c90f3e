"""The playground: what it refuses and how, its shapes, and its numbers against plain NumPy.

Caught by these: a kernel turned around, padding on the wrong side, a preset that no longer fits its picture.
"""

import math
from pathlib import Path
from typing import Any, get_args

import keras
import numpy as np
import pytest
from PIL import Image

from shared.analyses import KINDS
from shared.analyses.playground.presets import PRESETS
from shared.analyses.playground.shapes import Window, stage_shapes, window
from shared.analyses.playground.spec import Playground
from shared.analyses.playground.stages import Activations, Convolution, Pooling, read_grid
from shared.errors import InvalidSpec, NotFinite, UnknownLayer
from shared.results import Part, Progress, decode_part, encode_part
from shared.store import RunRecord
from tests.fixtures import tiny_models
from tests.fixtures.worker_context import context
from worker.analyses.playground.analysis import playground
from worker.analyses.playground.kernels import gabor, stage_kernel
from worker.analyses.playground.stacks import warm_stack
from worker.networks.preprocessing import preprocess

CONV = {"type": "convolution"}
LENT = CONV | {"weights": "model", "model": "keras/vgg16/random"}


def spec(*stages: dict[str, Any], **fields: Any) -> Playground:
    found = Playground.from_fields({"stages": list(stages), "size": [12, 15], **fields})
    assert isinstance(found, Playground)
    return found


def run(folder: Path, request: Playground, finished: frozenset[int] = frozenset(), **models: Any) -> list[Part]:
    items = list(playground(request, context(folder, finished, **models)))
    assert any(i.total == len(request.stages) for i in items if isinstance(i, Progress))
    return [decode_part(encode_part(i)) for i in items if isinstance(i, Part)]


def values(folder: Path, request: Playground, **models: Any) -> list[np.ndarray]:
    """Numbers of each stage."""
    return [part.arrays["stage"] for part in run(folder, request, **models)]


def picture(folder: Path, request: Playground) -> np.ndarray:
    """What went in, as float32 (height, width, channel) in [0, 1]."""
    shown = run(folder, request)[0].pictures["input"]
    return (shown.astype(np.float32) / 255).reshape(request.input_shape)


# Plain NumPy, window by window.


def padded(image: np.ndarray, size: int, stride: int, padding: str, fill: float) -> np.ndarray:
    if padding == "valid":
        return image
    total = [max((math.ceil(n / stride) - 1) * stride + size - n, 0) for n in image.shape[:2]]
    return np.pad(image, [(t // 2, t - t // 2) for t in total] + [(0, 0)], constant_values=fill)


def windows(image: np.ndarray, size: int, stride: int, hole: int = 1) -> np.ndarray:
    """(rows, columns, size, size, channel)."""
    whole = hole * (size - 1) + 1
    rows = range(0, image.shape[0] - whole + 1, stride)
    columns = range(0, image.shape[1] - whole + 1, stride)
    return np.stack([np.stack([image[y : y + whole : hole, x : x + whole : hole] for x in columns]) for y in rows])


def convolved(image: np.ndarray, kernel: np.ndarray, stage: Convolution) -> np.ndarray:
    whole = stage.dilation * (kernel.shape[0] - 1) + 1
    image = padded(image, whole, stage.stride, stage.padding, 0)
    return np.einsum("yxijc,ijcf->yxf", windows(image, kernel.shape[0], stage.stride, stage.dilation), kernel)


def pooled(image: np.ndarray, stage: Pooling) -> np.ndarray:
    image = padded(image, stage.size, stage.step, stage.padding, np.nan)
    what = np.nanmax if stage.how == "max" else np.nanmean
    return what(windows(image, stage.size, stage.step), axis=(2, 3))


# Requests


@pytest.mark.parametrize(
    ("fields", "expected", "received"),
    [
        ({"stages": "nonsense"}, 'JSON such as [{"type": "convolution"', "'nonsense'"),
        ({"stages": []}, "a list of 1 to 8 stages", "nothing"),
        ({"stages": [CONV] * 9}, "a list of 1 to 8 stages", "type: "),
        ({"stages": [{"type": "dropout"}]}, "'convolution', 'activation', 'pooling'", "type: 'dropout'"),
        ({"stages": [CONV | {"kernel": 32}]}, "less than or equal to 31", "32"),
        ({"stages": [CONV | {"filters": 17}]}, "less than or equal to 16", "17"),
        (
            {"stages": [CONV | {"kernel": 21}], "size": "20x40"},
            "no larger than the 20 × 40 that it slides over",
            "type: ",
        ),
        ({"stages": [CONV | {"kernel": 11, "dilation": 2}], "size": 20}, "in stage 1, not 21 × 21", "type: "),
        (
            {"stages": [{"type": "pooling", "size": 15}, CONV], "size": 20},
            "1 × 1 that it slides over in stage 2",
            "type: ",
        ),
        ({"stages": [CONV | {"weights": "typed", "grid": "1 2\n3 x"}]}, "numbers only, not 'x' in row 2", "'1 2"),
        (
            {"stages": [CONV | {"weights": "typed", "grid": "1 2\n3"}]},
            "row 1 has 2 numbers, row 2 1",
            "type: 'convolution'",
        ),
        (
            {"stages": [CONV | {"weights": "typed", "grid": 32 * "1 "}]},
            "up to 31 rows and columns, not 1 × 32",
            "type: 'convolution'",
        ),
        ({"stages": [CONV, LENT | {"preprocess": True}]}, "`preprocess` in the first stage", "type: "),
        ({"stages": [LENT | {"preprocess": True}], "grey": True}, "a picture with colours", "type: "),
        ({"stages": [CONV | {"weights": "typed"}]}, "the typed kernel in `grid`", "type: "),
        ({"stages": [CONV | {"weights": "typed", "grid": "nan"}]}, "finite number", "nan"),
        ({"stages": [CONV | {"weights": "model"}]}, "`model`, whose first convolution", "type: "),
        ({"stages": [CONV | {"weights": "sobel_x", "kernel": 5}]}, "a kernel of 3 for sobel_x", "type: "),
        (
            {"stages": [CONV | {"stride": 2, "dilation": 2}]},
            "a stride of 1 where the dilation is above 1",
            "type: 'convolution'",
        ),
        ({"size": "large"}, "height × width such as 320x400", "'large'"),
        ({"size": "320x4000"}, "less than or equal to 512", "4000"),
        ({"preset": "lenet"}, "the name of a `preset`", "'lenet'"),
        ({"preset": "cat", "stages": [CONV]}, "`preset` or `stages`", "'both'"),
    ],
)
def test_a_refusal_says_what_was_expected_what_came_and_what_to_do(
    fields: dict[str, Any], expected: str, received: str
) -> None:
    with pytest.raises(InvalidSpec) as caught:
        Playground.from_fields(fields)
    text = str(caught.value)
    assert expected in text and f"Received: {received}" in text and text.count("Expected ") == 1
    assert text.endswith(".")


def test_a_shells_words_and_a_pages_values_give_one_key() -> None:
    typed = Playground.from_fields({"stages": '[{"type":"convolution","kernel":"5"}]', "size": "320x400"})
    assert typed.key() == Playground(stages=[Convolution(kernel=5)]).key()
    assert Playground.from_fields(typed.model_dump(mode="json")) == typed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"weights": "sobel_x", "seed": 3}, {"weights": "sobel_x"}),
        ({"grid": [[1]], "model": "mine"}, {}),
        ({"weights": "typed", "grid": "1 0\n0 1", "kernel": 9}, {"weights": "typed", "grid": [[1, 0], [0, 1]]}),
        ({"weights": "model", "model": "mine", "kernel": 9}, {"weights": "model", "model": "mine"}),
    ],
)
def test_what_does_not_change_the_picture_does_not_change_the_key(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert spec(CONV | one).key() == spec(CONV | other).key()


def test_a_pooling_stride_has_one_name() -> None:
    assert spec({"type": "pooling", "stride": 2}).key() == spec({"type": "pooling"}).key()


@pytest.mark.parametrize("text", ["0 1\n2 -3", "0,1;2,−3", " 0  1 \n\n 2, -3 "])
def test_a_typed_kernel_is_read_however_it_is_written(text: str) -> None:
    assert read_grid(text) == ((0, 1), (2, -3))


# Shapes


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_fits_its_picture(name: str) -> None:
    request = Playground.from_fields({"preset": name})
    assert isinstance(request, Playground)
    shapes = [s.shape for s in stage_shapes(request.stages, request.input_shape)]
    assert len(shapes) == len(request.stages) and None not in shapes


@pytest.mark.parametrize(
    ("name", "shapes"),
    [("layer_one", [(28, 28, 1)]), ("layer_six", [(28, 28, 6)]), ("cat", [(320, 400, 3)]),
     ("layer_next", [(28, 28, 6), (28, 28, 6), (24, 24, 10)]), ("lenet_3_1", None)],
)  # fmt: skip
def test_the_readings_shapes(tmp_path: Path, name: str, shapes: list[tuple[int, ...]] | None) -> None:
    request = Playground.from_fields({"preset": name})
    assert isinstance(request, Playground)
    found = [a.shape for a in values(tmp_path, request)]
    assert found == [s.shape for s in stage_shapes(request.stages, request.input_shape)]
    assert shapes is None or found == shapes


def test_the_next_layers_filters_are_as_deep_as_its_input(tmp_path: Path) -> None:
    request = Playground.from_fields({"preset": "layer_next"})
    assert isinstance(request, Playground)
    parts = run(tmp_path, request)
    assert parts[0].arrays["kernel"].shape == (5, 5, 3, 6) and parts[0].facts["parameters"] == 5 * 5 * 3 * 6 + 6
    assert parts[2].arrays["kernel"].shape == (5, 5, 6, 10)
    assert parts[0].facts["dense"] == 32 * 32 * 3 * 28 * 28 * 6 + 28 * 28 * 6


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((320, 3, 1, "valid"), "(320 − 3 + 2·0)/1 + 1 = 318"),
        ((320, 3, 1, "same"), "(320 − 3 + 2·1)/1 + 1 = 320"),
        ((320, 4, 1, "same"), "(320 − 4 + 1 + 2)/1 + 1 = 320"),
        ((318, 5, 5, "valid"), "⌊(318 − 5 + 2·0)/5⌋ + 1 = 63"),
        ((320, 3, 1, "valid", 4), "(320 − 9 + 2·0)/1 + 1 = 312"),
    ],
)
def test_the_arithmetic_is_written_out(arguments: tuple[Any, ...], text: str) -> None:
    assert window(*arguments).arithmetic() == text


def test_a_remainder_is_a_warning_and_no_error() -> None:
    (shape,) = stage_shapes(spec({"type": "pooling", "size": 5}, size="18x21").stages, (18, 21, 3))
    assert shape.shape == (3, 4, 3)
    assert shape.warnings == (
        "In height, 13 is not a multiple of the stride 5: the last 3 rows are never seen.",
        "In width, 16 is not a multiple of the stride 5: the last column is never seen.",
    )
    assert Window(10, 2, 2).remainder == 0


# Numbers


@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
@pytest.mark.parametrize(
    "how",
    [{}, {"stride": 2}, {"stride": 3}, {"dilation": 2}, {"padding": "same"}, {"padding": "same", "stride": 2},
     {"padding": "same", "dilation": 2}],
)  # fmt: skip
def test_a_convolution_equals_numpys(tmp_path: Path, kernel: int, how: dict[str, Any]) -> None:
    request = spec(CONV | {"kernel": kernel, "filters": 2, "seed": 5, **how})
    stage = request.stages[0]
    assert isinstance(stage, Convolution)
    wanted = convolved(picture(tmp_path, request), stage_kernel(stage, 3), stage)
    np.testing.assert_allclose(values(tmp_path, request)[0], wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("how", [{"kernel": 9}, {"kernel": 5, "dilation": 3}, {"kernel": 11, "stride": 2}])
def test_with_a_border_a_kernel_may_be_larger_than_what_it_slides_over(tmp_path: Path, how: dict[str, Any]) -> None:
    request = spec(CONV | {"filters": 2, "padding": "same", **how}, size="6x8")
    stage = request.stages[0]
    assert isinstance(stage, Convolution)
    wanted = convolved(picture(tmp_path, request), stage_kernel(stage, 3), stage)
    np.testing.assert_allclose(values(tmp_path, request)[0], wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("how", ["max", "average"])
def test_with_a_border_a_window_may_be_larger_too(tmp_path: Path, how: str) -> None:
    request = spec({"type": "pooling", "how": how, "size": 9, "stride": 2, "padding": "same"}, size="6x8")
    stage = request.stages[0]
    assert isinstance(stage, Pooling)
    wanted = pooled(picture(tmp_path, request), stage)
    np.testing.assert_allclose(values(tmp_path, request)[0], wanted, rtol=1e-5, atol=1e-6)


def test_a_typed_kernel_need_not_be_square(tmp_path: Path) -> None:
    (part,) = run(tmp_path, spec(CONV | {"weights": "typed", "grid": "-1 0 1"}, grey=True))
    grey = picture(tmp_path, spec(CONV, grey=True))
    np.testing.assert_allclose(part.arrays["stage"], grey[:, 2:] - grey[:, :-2], atol=1e-6)
    assert part.facts["title"] == "1 filter of 1 × 3, typed" and part.facts["kernel"] == [1, 3]
    assert part.facts["arithmetic"] == ["(12 − 1 + 2·0)/1 + 1 = 12", "(15 − 3 + 2·0)/1 + 1 = 13"]
    assert part.facts["parameters"] == 4


@pytest.mark.parametrize("how", ["caffe", "torch", "-1..1"])
def test_borrowed_filters_with_all_that_belongs_to_them_are_the_models_first_layer(tmp_path: Path, how: Any) -> None:
    network = tiny_models.random_convnet()
    layer = next(one for one in network.layers if isinstance(one, keras.layers.Conv2D))
    bias = np.linspace(-1, 1, layer.filters)
    layer.bias.assign(bias)
    request = spec(LENT | {"model": "tiny", "filters": 2, "bias": True, "preprocess": True})
    (part,) = run(tmp_path, request, tiny=tiny_models.loaded(network, how))
    fed = np.asarray(preprocess(part.pictures["input"][None].astype(np.float32) / 255, how), np.float64)
    side = layer.kernel_size[0]
    wanted = convolved(fed[0], np.asarray(layer.kernel)[..., :2], Convolution(kernel=side, filters=2)) + bias[:2]
    np.testing.assert_allclose(part.arrays["stage"], wanted, rtol=1e-3, atol=1e-2)
    assert "with their biases" in part.facts["lender"] and "preprocessed" in part.facts["lender"]


def test_a_bias_that_was_borrowed_once_does_not_stay(tmp_path: Path) -> None:
    network = tiny_models.random_convnet()
    layer = next(one for one in network.layers if isinstance(one, keras.layers.Conv2D))
    layer.bias.assign(np.ones(layer.filters))
    plain = LENT | {"model": "tiny", "filters": 2}
    found = [values(tmp_path, spec(stage), tiny=tiny_models.loaded(network))[0]
             for stage in (plain, plain | {"bias": True}, plain)]  # fmt: skip
    np.testing.assert_allclose(found[1], found[0] + 1, atol=1e-5)
    np.testing.assert_array_equal(found[2], found[0])


@pytest.mark.parametrize("how", ["max", "average"])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("size", "stride"), [(2, 0), (3, 2), (5, 5), (4, 1)])
def test_pooling_equals_numpys(tmp_path: Path, how: str, padding: str, size: int, stride: int) -> None:
    request = spec({"type": "pooling", "how": how, "size": size, "stride": stride, "padding": padding})
    stage = request.stages[0]
    assert isinstance(stage, Pooling)
    np.testing.assert_allclose(
        values(tmp_path, request)[0], pooled(picture(tmp_path, request), stage), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize(
    ("function", "plain"),
    [
        ("relu", lambda x: np.maximum(x, 0)),
        ("sigmoid", lambda x: 1 / (1 + np.exp(-x))),
        ("tanh", np.tanh),
        ("elu", lambda x: np.where(x > 0, x, np.expm1(x))),
        ("softplus", lambda x: np.log1p(np.exp(x))),
        ("softmax", lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)),
        ("relu6", lambda x: np.clip(x, 0, 6)),
        ("linear", lambda x: x),
    ],
)
def test_an_activation_equals_numpys(tmp_path: Path, function: str, plain: Any) -> None:
    before, after = values(tmp_path, spec(CONV | {"filters": 3}, {"type": "activation", "function": function}))
    assert before.min() < 0 < before.max()
    np.testing.assert_allclose(after, plain(before), rtol=1e-4, atol=1e-6)


def test_every_function_that_keras_has_can_be_chosen(tmp_path: Path) -> None:
    needs_more = {"glu", "threshold"}  # one halves the channels, the other has no default
    others = {"get", "serialize", "deserialize", "swish", "hard_swish"}  # no functions, and second names
    known = {name for name in dir(keras.activations) if not name.startswith("_")} - needs_more - others
    assert set(get_args(Activations)) == known
    for name in get_args(Activations):
        values(tmp_path, spec(CONV | {"filters": 2}, {"type": "activation", "function": name}, size=6))


def test_softmax_of_one_channel_is_warned_of() -> None:
    request = spec(CONV, {"type": "activation", "function": "softmax"})
    assert "compares channels" in stage_shapes(request.stages, request.input_shape)[1].warnings[0]


def test_infinity_is_refused(tmp_path: Path) -> None:
    stages = [CONV | {"weights": "typed", "grid": "9999"}, {"type": "activation", "function": "exponential"}]
    with pytest.raises(NotFinite, match="stage 2, exponential"):
        run(tmp_path, spec(*stages))


# Kernels


def ramp(folder: Path, numbers: np.ndarray, name: str) -> str:
    path = folder / f"{name}.png"
    Image.fromarray(numbers).save(path)
    return context(folder).library.images.add(path.read_bytes())


@pytest.mark.parametrize("size", [1, 3, 5])
def test_identity_leaves_the_picture(tmp_path: Path, size: int) -> None:
    request = spec(CONV | {"weights": "identity", "filters": 3, "kernel": size, "padding": "same"})
    (found,) = values(tmp_path, request)
    np.testing.assert_array_equal(found, picture(tmp_path, request))
    part = run(tmp_path, request)[0]
    np.testing.assert_array_equal(part.pictures["composite"], part.pictures["input"])
    assert part.facts["shown"] == "black is 0, white is 1"


def test_sobel_of_a_ramp_is_constant(tmp_path: Path) -> None:
    across = np.tile(np.arange(0, 150, 10, dtype=np.uint8), (12, 1))
    image = ramp(tmp_path, across, "ramp")
    (x,), (y,) = (
        values(tmp_path, spec(CONV | {"weights": name}, image=image, grey=True)) for name in ("sobel_x", "sobel_y")
    )
    np.testing.assert_allclose(x, 8 * 10 / 255, rtol=1e-4)
    np.testing.assert_allclose(y, 0, atol=1e-5)


@pytest.mark.parametrize(("weights", "wanted"), [("box_blur", 0.4), ("gaussian_blur", 0.4), ("laplacian", 0),
                                                 ("sharpen", 0.4), ("emboss", 0.4), ("gabor", 0)])  # fmt: skip
def test_of_a_flat_picture_stays(tmp_path: Path, weights: str, wanted: float) -> None:
    image = ramp(tmp_path, np.full((12, 15, 3), 102, np.uint8), "flat")
    kernel = 3 if weights in ("laplacian", "sharpen", "emboss") else 7
    for filters in (1, 3):
        request = spec(CONV | {"weights": weights, "kernel": kernel, "filters": filters}, image=image)
        np.testing.assert_allclose(values(tmp_path, request)[0], wanted, atol=1e-5)


def test_a_gabor_kernel_answers_to_edges_of_its_angle(tmp_path: Path) -> None:
    stripes = np.tile(np.where(np.arange(15) % 6 < 3, 255, 0).astype(np.uint8), (12, 1))
    request = spec(CONV | {"weights": "gabor", "kernel": 9, "filters": 2}, image=ramp(tmp_path, stripes, "stripes"))
    (found,) = values(tmp_path, request)
    assert np.abs(found[..., 0]).max() > 10 * np.abs(found[..., 1]).max()
    assert np.abs(gabor(9, 0.3)).sum() == pytest.approx(1)


def test_borrowed_weights_equal_the_models(tmp_path: Path) -> None:
    network = tiny_models.random_convnet()
    layer = next(one for one in network.layers if isinstance(one, keras.layers.Conv2D))
    weights = np.asarray(layer.kernel)
    request = spec(CONV | {"weights": "model", "model": "tiny", "filters": 2})
    lent = run(tmp_path, request, tiny=tiny_models.loaded(network))[0]
    np.testing.assert_array_equal(lent.arrays["kernel"], weights[..., :2])
    assert lent.facts["lender"]
    grey = run(tmp_path, spec(*[s.model_dump() for s in request.stages], grey=True),
               tiny=tiny_models.loaded(network))[0]  # fmt: skip
    np.testing.assert_allclose(grey.arrays["kernel"], weights[..., :2].sum(axis=2, keepdims=True))


@pytest.mark.parametrize(
    ("stages", "expected"),
    [([CONV | {"filters": 16}], "at most 6 filters"), ([CONV | {"filters": 5}, CONV], "an input of 3 channels")],
)
def test_what_a_model_cannot_lend_is_said(tmp_path: Path, stages: list[dict[str, Any]], expected: str) -> None:
    stages[-1] = stages[-1] | {"weights": "model", "model": "tiny"}
    with pytest.raises(InvalidSpec, match=expected):
        run(tmp_path, spec(*stages), tiny=tiny_models.loaded(tiny_models.random_convnet()))


def test_a_model_without_convolutions_lends_nothing(tmp_path: Path) -> None:
    flat = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    with pytest.raises(UnknownLayer, match="a model with a convolution"):
        run(tmp_path, spec(CONV | {"weights": "model", "model": "flat"}), flat=tiny_models.loaded(flat))


# Parts


def test_one_part_a_stage_and_finished_ones_are_not_made_again(tmp_path: Path) -> None:
    request = spec(CONV | {"filters": 16}, {"type": "pooling", "size": 5}, CONV, size="320x400")
    parts = run(tmp_path, request)
    assert [p.index for p in parts] == [0, 1, 2]
    assert [set(p.pictures) for p in parts] == [{"input"}, set(), {"composite"}]
    assert [p.index for p in run(tmp_path, request, frozenset({0, 1}))] == [2]


def test_facts_hold_each_channels_range(tmp_path: Path) -> None:
    part = run(tmp_path, spec(CONV | {"filters": 2}))[0]
    wanted = [[float(c.min()), float(c.max())] for c in np.moveaxis(part.arrays["stage"], -1, 0)]
    np.testing.assert_allclose(part.facts["ranges"], wanted)


def test_a_picture_that_leaves_0_to_1_says_how_it_is_shown(tmp_path: Path) -> None:
    part = run(tmp_path, spec(CONV))[0]
    low, high = part.facts["ranges"][0]
    assert part.facts["shown"] == f"scaled: black is {low:.4g}, white is {high:.4g}"
    shown = part.pictures["composite"]
    assert (shown.min(), shown.max()) == (0, 255)


def test_the_largest_stage_fits_into_its_part(tmp_path: Path) -> None:
    stages = [CONV | {"filters": 16, "padding": "same"}, CONV | {"filters": 16, "kernel": 31, "padding": "same"}]
    assert len(run(tmp_path, spec(*stages, size=512))) == 2


def test_new_weights_do_not_trace_again(tmp_path: Path) -> None:
    for seed in range(3):
        run(tmp_path, spec(CONV | {"seed": seed, "kernel": 4}, size="17x19"))
    run(tmp_path, spec(CONV | {"weights": "box_blur", "kernel": 4}, size="17x19"))
    stage = Convolution(kernel=4)
    assert warm_stack([stage], [stage_kernel(stage, 3)], (17, 19, 3)).traces == 1


def test_a_rotated_photograph_is_turned_upright(tmp_path: Path) -> None:
    sideways = Image.fromarray(np.tile(np.arange(0, 200, 10, dtype=np.uint8), (20, 1)))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    path = tmp_path / "sideways.jpg"
    sideways.save(path, exif=exif, quality=95)
    image = context(tmp_path).library.images.add(path.read_bytes())
    found = picture(tmp_path, spec(CONV, image=image, grey=True, size=20))
    assert found[-1].mean() - found[0].mean() > 0.5 and np.ptp(found[10]) < 0.1


def test_an_output_folder_holds_a_picture_and_an_array_a_stage(tmp_path: Path) -> None:
    request = spec(CONV | {"filters": 5}, {"type": "pooling"}, CONV)
    parts = {p.index: p for p in run(tmp_path, request)}
    KINDS["playground"].write(tmp_path, RunRecord(request.key(), "complete", request.kind), parts)
    assert {p.name for p in tmp_path.glob("*.png")} == {"input.png", "stage_00.png", "stage_01.png", "stage_02.png"}
    with np.load(tmp_path / "arrays.npz") as arrays:
        assert set(arrays) == {"stage_00", "stage_01", "stage_02", "kernel_00", "kernel_02"}
        assert (arrays["stage_00"].shape, arrays["stage_00"].dtype) == ((10, 13, 5), np.float32)
        np.testing.assert_array_equal(arrays["stage_02"], parts[2].arrays["stage"])
