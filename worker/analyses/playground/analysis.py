"""`playground`: a picture and a stack of stages, run as real Keras layers.

E. Reppel, "Visualizing parts of convolutional neural networks using Keras and cats", 2017.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from shared.analyses.playground.parts import STAGE, StageArrays, StageFacts, StagePictures
from shared.analyses.playground.shapes import StageShape, stage_shape, stage_title
from shared.analyses.playground.spec import Playground
from shared.analyses.playground.stages import Convolution, Stage
from shared.errors import InvalidSpec, NotFinite, message
from shared.results import Part, Progress
from worker.analyses.background import yielding
from worker.analyses.context import RunContext
from worker.analyses.playground.kernels import borrowed_bias, stage_kernel
from worker.analyses.playground.stacks import warm_stack
from worker.networks.models import LoadedModel
from worker.networks.preprocessing import preprocess, to_uint8


@dataclass(frozen=True)
class _Stage:
    """A stage that is computed: what it is, its shape, its kernel and its numbers."""

    number: int
    title: str
    shape: StageShape
    kernel: np.ndarray | None
    lender: str
    values: np.ndarray


def playground(spec: Playground, context: RunContext) -> Iterator[Part | Progress]:
    """Run all stages in one call.

    Yields:
        Parts as shared.analyses.playground.parts describes them.

    Raises:
        InvalidSpec, UnknownLayer, UnknownModel, NotFinite: see their names.
    """
    picture = fitted_picture(spec, context)
    told = Progress("computing", total=len(spec.stages), facts={"precision": "float32"})
    stages = yield from yielding(lambda: _run(spec, context, picture.astype(np.float32) / 255.0), told)
    for stage in stages:
        if stage.number not in context.finished:
            yield _part(stage, np.squeeze(picture) if stage.number == 0 else None)


def fitted_picture(spec: Playground, context: RunContext) -> np.ndarray:
    """The picture, turned as its EXIF says, scaled and cropped around its centre.

    Returns:
        uint8 (height, width, channel).
    """
    height, width, channels = spec.input_shape
    image = context.library.images.open(spec.image).shown().convert("L" if channels == 1 else "RGB")
    image = ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)
    return np.asarray(image).reshape(height, width, channels)


def _run(spec: Playground, context: RunContext, picture: np.ndarray) -> list[_Stage]:
    lent = [_lender(stage, context) for stage in spec.stages]
    kernels: list[np.ndarray | None] = []
    shapes: list[StageShape] = []
    for number, (stage, model) in enumerate(zip(spec.stages, lent, strict=True), 1):
        received = shapes[-1].shape if shapes else spec.input_shape
        assert received is not None  # a stage that does not fit ends the run below
        kernel = stage_kernel(stage, received[2], model) if isinstance(stage, Convolution) else None
        found = stage_shape(stage, received, _size(kernel))
        if found.shape is None:
            expected, size = found.problem or ("a stage that fits", "")
            raise InvalidSpec(message(f"{expected} in stage {number}", size, "Change `stages`."))
        kernels.append(kernel)
        shapes.append(found)
    outputs = _outputs(spec, picture, kernels, lent)
    titles = [stage_title(stage, _size(kernel)) for stage, kernel in zip(spec.stages, kernels, strict=True)]
    words = [_lender_words(*pair) for pair in zip(spec.stages, lent, strict=True)]
    rows = zip(titles, shapes, kernels, words, outputs, strict=True)
    return [_finite(_Stage(number, *row)) for number, row in enumerate(rows)]


def _lender(stage: Stage, context: RunContext) -> LoadedModel | None:
    name = stage.model if isinstance(stage, Convolution) else None
    return context.models.load(name, head=False) if name else None


def _size(kernel: np.ndarray | None) -> tuple[int, int] | None:
    return None if kernel is None else (kernel.shape[0], kernel.shape[1])


def _outputs(
    spec: Playground, picture: np.ndarray, kernels: list[np.ndarray | None], lent: list[LoadedModel | None]
) -> list[np.ndarray]:
    biases = {}
    for number, (stage, model) in enumerate(zip(spec.stages, lent, strict=True)):
        if model is None or not isinstance(stage, Convolution):
            continue
        if stage.bias:
            biases[number] = borrowed_bias(model, stage.filters)
        if stage.preprocess:
            picture = np.asarray(preprocess(picture[None], model.preprocess)[0])
    return warm_stack(spec.stages, kernels, spec.input_shape).run(picture, kernels, biases)


def _lender_words(stage: Stage, model: LoadedModel | None) -> str:
    if model is None or not isinstance(stage, Convolution):
        return ""
    words = [f"first filters of {model.title}{' (untrained)' if model.weights == 'random' else ''}"]
    if stage.bias:
        words.append("with their biases")
    if stage.preprocess:
        words.append(f"the picture preprocessed for it ({model.preprocess})")
    elif model.sees_bgr:
        words.append("turned from BGR to RGB")
    return ", ".join(words)


def _finite(stage: _Stage) -> _Stage:
    if not np.isfinite(stage.values).all():
        raise NotFinite(
            f"Expected finite numbers. Received infinity from stage {stage.number + 1}, {stage.title}: its input "
            "is too large for that function. Take it away, or make the numbers before it smaller."
        )
    return stage


def _part(stage: _Stage, picture: np.ndarray | None) -> Part:
    pictures: StagePictures = {} if picture is None else {"input": picture}
    arrays: StageArrays = {"stage": stage.values}
    if stage.kernel is not None:
        arrays["kernel"] = stage.kernel
    meaning = ""
    if stage.values.shape[-1] in (1, 3):
        pictures["composite"], meaning = scaled_picture(stage.values)
    return STAGE.part(stage.number, f"stage {stage.number + 1}", pictures=pictures, arrays=arrays,
                      facts=_facts(stage, meaning))  # fmt: skip


def scaled_picture(values: np.ndarray) -> tuple[np.ndarray, str]:
    """Numbers as a picture: as they are where all lie between 0 and 1, else from the smallest to the largest.

    Returns:
        uint8 (height, width) or (height, width, 3), and in words what black and white stand for.
    """
    low, high = float(values.min()), float(values.max())
    # A blur of white may give 1.0000001.
    if low >= -1e-4 and high <= 1 + 1e-4:
        return to_uint8(values), "black is 0, white is 1"
    return to_uint8((values - low) / (high - low or 1.0)), f"scaled: black is {low:.4g}, white is {high:.4g}"


def _facts(stage: _Stage, meaning: str) -> StageFacts:
    """What a person wants to know of a stage; `meaning` says what black and white stand for."""
    plan = stage.shape
    return {
        "stage": stage.number,
        "title": stage.title,
        "received": list(plan.received),
        "shape": list(stage.values.shape),
        "arithmetic": [w.arithmetic() for w in plan.windows],
        "kernel": list(_size(stage.kernel) or ()),
        "parameters": plan.parameters,
        "dense": plan.dense,
        "warnings": list(plan.warnings),
        "lender": stage.lender,
        "shown": meaning,
        "ranges": _ranges(stage.values),
    }


def _ranges(values: np.ndarray) -> list[list[float]]:
    """Smallest and largest number of each channel."""
    ranges: list[list[float]] = np.stack([values.min(axis=(0, 1)), values.max(axis=(0, 1))], axis=1).tolist()
    return ranges
