"""What shape a stage gives, with the arithmetic in numbers, and what would be said against it.

Worker, page and spec share this, so that a warning stands beside its control before anything is computed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.analyses.playground.stages import Activation, Convolution, Pooling

# Functions that look at all channels of a position at once.
ACROSS_CHANNELS = ("softmax", "log_softmax", "sparsemax")
Shape = tuple[int, int, int]
Size = tuple[int, int]
AnyStage = Convolution | Activation | Pooling


@dataclass(frozen=True)
class Window:
    """A window that slides along one axis.

    Attributes:
        length: pixels along the axis.
        size: of the window, holes of a dilated kernel included.
        stride: pixels from one window to the next.
        before: zeros added before the first pixel.
        after: zeros added behind the last.
    """

    length: int
    size: int
    stride: int
    before: int = 0
    after: int = 0

    @property
    def room(self) -> int:
        """How far the window can move, in pixels; negative when it does not fit."""
        return self.length - self.size + self.before + self.after

    @property
    def count(self) -> int:
        """Windows along the axis; 0 when none fits."""
        return self.room // self.stride + 1 if self.room >= 0 else 0

    @property
    def remainder(self) -> int:
        """Pixels at the end that no window reaches."""
        return self.room % self.stride if self.room >= 0 else 0

    def arithmetic(self) -> str:
        """ "(320 − 3 + 2·0)/1 + 1 = 318"."""
        added = f"2·{self.before}" if self.before == self.after else f"{self.before} + {self.after}"
        fraction = f"({self.length} − {self.size} + {added})/{self.stride}"
        return f"{f'⌊{fraction}⌋' if self.remainder else fraction} + 1 = {self.count}"


@dataclass(frozen=True)
class StageShape:
    """What is known of a stage before it is computed.

    Attributes:
        received: shape of what goes in.
        shape: (height, width, channel) of what comes out; None where `problem` says why there is none.
        windows: along height and width; () for an activation.
        parameters: weights and biases.
        problem: why the stage cannot be computed, as what was expected and what was received; None where it can.
        warnings: what a person should know, one sentence each.
    """

    received: Shape
    shape: Shape | None
    windows: tuple[Window, ...] = ()
    parameters: int = 0
    problem: tuple[str, str] | None = None
    warnings: tuple[str, ...] = ()

    @property
    def dense(self) -> int:
        """Parameters of a dense layer from the same numbers to the same numbers."""
        return _numbers(self.received) * _numbers(self.shape) + _numbers(self.shape) if self.shape else 0


def _numbers(shape: Shape) -> int:
    return shape[0] * shape[1] * shape[2]


def window(length: int, size: int, stride: int, padding: str, dilation: int = 1) -> Window:
    """The window of a layer along one axis; "same" adds zeros as TensorFlow does, the odd one behind."""
    whole = dilation * (size - 1) + 1
    if padding == "valid":
        return Window(length, whole, stride)
    missing = max((-(-length // stride) - 1) * stride + whole - length, 0)
    return Window(length, whole, stride, missing // 2, missing - missing // 2)


def stage_shape(stage: AnyStage, received: Shape, kernel: Size | None = None) -> StageShape:
    """Shape of one stage.

    Args:
        stage: which.
        received: (height, width, channel) of its input.
        kernel: height and width of a borrowed kernel, which only its model knows; None takes the stage's own.
    """
    if isinstance(stage, Activation):
        alone = received[2] == 1 and stage.function in ACROSS_CHANNELS
        text = f"{stage.function} compares channels; of a single one it leaves the same number everywhere."
        return StageShape(received, received, warnings=(text,) if alone else ())
    convolution = isinstance(stage, Convolution)
    size = kernel or (stage.window if isinstance(stage, Convolution) else (stage.size, stage.size))
    stride, dilation = (stage.stride, stage.dilation) if isinstance(stage, Convolution) else (stage.step, 1)
    windows = tuple(window(n, s, stride, stage.padding, dilation) for n, s in zip(received[:2], size, strict=True))
    channels = stage.filters if isinstance(stage, Convolution) else received[2]
    parameters = size[0] * size[1] * received[2] * channels + channels if convolution else 0
    # With a border of zeros there is room for any window.
    if not all(w.count for w in windows):
        return StageShape(received, None, windows, parameters, _too_large(windows, received, convolution))
    shape = (windows[0].count, windows[1].count, channels)
    return StageShape(received, shape, windows, parameters, None, _remainders(windows))


def _too_large(windows: Sequence[Window], received: Shape, convolution: bool) -> tuple[str, str]:
    what = "kernel" if convolution else "window"
    fitting = f"a {what} no larger than the {received[0]} × {received[1]} that it slides over"
    return fitting, f"{windows[0].size} × {windows[1].size}"


def _remainders(windows: Sequence[Window]) -> tuple[str, ...]:
    lines = []
    for name, unit, w in zip(("height", "width"), ("row", "column"), windows, strict=True):
        if w.remainder:
            ends = f"the last {unit} is" if w.remainder == 1 else f"the last {w.remainder} {unit}s are"
            lines.append(f"In {name}, {w.room} is not a multiple of the stride {w.stride}: {ends} never seen.")
        elif w.stride > 1 and w.before != w.after:
            lines.append(f"In {name}, {w.before} + {w.after} zeros are added: the border is uneven.")
    return tuple(lines)


def stage_shapes(stages: Sequence[AnyStage], received: Shape) -> list[StageShape]:
    """Shapes of a stack, up to the first stage that cannot be computed or whose kernel only a model knows."""
    found = []
    for stage in stages:
        if isinstance(stage, Convolution) and stage.weights == "model":
            break
        found.append(stage_shape(stage, received))
        if found[-1].shape is None:
            break
        received = found[-1].shape
    return found


def stage_title(stage: AnyStage, kernel: Size | None = None) -> str:
    """What a person calls a stage: "3 filters of 3 × 3, Sobel x"."""
    if isinstance(stage, Activation):
        return {"relu": "ReLU", "relu6": "ReLU6"}.get(stage.function, stage.function.replace("_", " "))
    if isinstance(stage, Pooling):
        return f"{stage.how} pooling {stage.size} × {stage.size}"
    count = "1 filter" if stage.filters == 1 else f"{stage.filters} filters"
    if stage.weights == "model" and kernel is None:
        return f"{count} from a model"
    height, width = kernel or stage.window
    return f"{count} of {height} × {width}, {WEIGHT_TITLES[stage.weights]}"


WEIGHT_TITLES = {
    "random": "random", "identity": "identity", "box_blur": "box blur", "gaussian_blur": "Gaussian blur",
    "sharpen": "sharpen", "sobel_x": "Sobel x", "sobel_y": "Sobel y", "laplacian": "Laplacian", "emboss": "emboss",
    "gabor": "Gabor", "typed": "typed", "model": "from a model",
}  # fmt: skip
