"""The stages of a playground: convolution, activation and pooling, with the bounds that a person can set."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator, model_validator

from shared.analyses.base import ModelRef, Seed
from shared.errors import InvalidSpec, message

Padding = Annotated[Literal["valid", "same"], Field(description="valid: no border; same: a border of zeros.")]
Activations = Literal[
    "relu", "sigmoid", "tanh", "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu",
    "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu6", "selu", "silu", "soft_shrink",
    "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "tanh_shrink",
]  # fmt: skip
Weights = Literal[
    "random", "identity", "box_blur", "gaussian_blur", "sharpen", "sobel_x", "sobel_y", "laplacian", "emboss", "gabor",
    "typed", "model",
]  # fmt: skip
# Named kernels that exist in one size only.
THREE_BY_THREE = ("sharpen", "sobel_x", "sobel_y", "laplacian", "emboss")
LARGEST_KERNEL, MOST_FILTERS = 31, 16
Grid = tuple[tuple[float, ...], ...]


class _Stage(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Convolution(_Stage):
    """A Conv2D layer without activation; its biases are zero, unless it borrows those of a model.

    A kernel that is named or typed is one grid of numbers: a single filter lays it on the mean of all input
    channels, several filters lay it on one input channel each, in turn. Of a Gabor kernel, each filter has its own
    angle.
    """

    type: Literal["convolution"] = "convolution"
    kernel: Annotated[int, Field(ge=1, le=LARGEST_KERNEL, description="Height and width of the kernel.")] = 3
    filters: Annotated[int, Field(ge=1, le=MOST_FILTERS, description="How many filters.")] = 1
    stride: Annotated[int, Field(ge=1, le=LARGEST_KERNEL, description="Pixels from one window to the next.")] = 1
    padding: Padding = "valid"
    dilation: Annotated[int, Field(ge=1, le=16, description="Pixels from one number of the kernel to the next.")] = 1
    weights: Annotated[Weights, Field(description="Where the kernel's numbers come from.")] = "random"
    seed: Seed = 0
    grid: Annotated[Grid, Field(description="The typed kernel: rows of numbers.")] = ()
    model: Annotated[ModelRef | None, Field(description="The model whose first convolution's filters are used.")] = None
    bias: Annotated[bool, Field(description="Whether the model's biases are borrowed with its filters.")] = False
    preprocess: Annotated[
        bool, Field(description="Whether the picture goes in as the lender expects it; in the first stage only.")
    ] = False

    @model_validator(mode="before")
    @classmethod
    def _forget_what_plays_no_part(cls, values: Any) -> Any:
        """Equal pictures have equal keys: a seed says nothing of a Sobel kernel."""
        if not isinstance(values, Mapping):
            return values
        weights = values.get("weights", "random")
        idle = {"seed": weights != "random", "grid": weights != "typed", "kernel": weights in ("typed", "model")}
        idle |= dict.fromkeys(("model", "bias", "preprocess"), weights != "model")
        return {name: value for name, value in values.items() if not idle.get(name)}

    @field_validator("grid", mode="before")
    @classmethod
    def _read_rows(cls, value: object) -> object:
        return read_grid(value) if isinstance(value, str) else _checked_rows(value)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.weights == "typed":
            _check_rectangle(self.grid)
            # Frozen for everybody else: a kernel that was typed has the size that was typed.
            object.__setattr__(self, "kernel", len(self.grid))
        if self.weights == "model" and self.model is None:
            raise ValueError("expected `model`, whose first convolution lends its filters")
        if self.weights in THREE_BY_THREE and self.kernel != 3:
            raise ValueError(f"expected a kernel of 3 for {self.weights}, which is 3 × 3 numbers")
        if self.stride > 1 and self.dilation > 1:
            raise ValueError("expected a stride of 1 where the dilation is above 1: Keras computes one or the other")
        return self

    @property
    def window(self) -> tuple[int, int]:
        """Height and width of the kernel; a typed one need not be square."""
        return self.kernel, len(self.grid[0]) if self.grid else self.kernel

    def with_lender(self, reference: Callable[[str], str]) -> "Convolution":
        """The same convolution, with the reference of the model that lends its filters instead of a given name."""
        return self.model_copy(update={"model": reference(self.model)}) if self.model else self


class Activation(_Stage):
    """One of Keras's activation functions."""

    type: Literal["activation"] = "activation"
    function: Annotated[Activations, Field(description="Which function.")] = "relu"


class Pooling(_Stage):
    """A MaxPooling2D or AveragePooling2D layer."""

    type: Literal["pooling"] = "pooling"
    how: Annotated[Literal["max", "average"], Field(description="What stays of a window.")] = "max"
    size: Annotated[int, Field(ge=1, le=LARGEST_KERNEL, description="Height and width of the window.")] = 2
    stride: Annotated[
        int, Field(ge=0, le=LARGEST_KERNEL, description="Pixels from one window to the next; 0 means the size.")
    ] = 0
    padding: Padding = "valid"

    @model_validator(mode="after")
    def _one_name_for_a_stride(self) -> Self:
        if self.stride == self.size:
            object.__setattr__(self, "stride", 0)
        return self

    @property
    def step(self) -> int:
        """The stride in pixels."""
        return self.stride or self.size


Stage = Annotated[Convolution | Activation | Pooling, Field(discriminator="type")]


_STAGE: TypeAdapter[Convolution | Activation | Pooling] = TypeAdapter(Stage)


def read_stage(fields: Mapping[str, Any]) -> Convolution | Activation | Pooling:
    """A stage from untrusted values.

    Raises:
        InvalidSpec: what was expected of the first value that is wrong, and what was received.
    """
    try:
        return _STAGE.validate_python(dict(fields))
    except ValidationError as error:
        first = error.errors()[0]
        where = str(first["loc"][1]) if len(first["loc"]) > 1 else str(fields.get("weights", "stage"))
        reason = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ").removeprefix("expected ")
        received = fields.get(where, first["input"])
        shown = fields.get("grid", received) if where == "typed" else received
        if isinstance(shown, str):
            shown = "; ".join(shown.splitlines())
        raise InvalidSpec(message(reason, shown, f"Change the {FIELD_TITLES.get(where, 'stage')}.")) from None


FIELD_TITLES = {
    "grid": "typed kernel", "typed": "typed kernel", "kernel": "kernel", "filters": "filters", "stride": "stride",
    "dilation": "dilation", "model": "model", "size": "size", "seed": "seed",
}  # fmt: skip


def read_grid(text: str) -> Grid:
    """Rows of numbers, one row a line (or parted by ";"), numbers parted by spaces or commas.

    Raises:
        ValueError: naming the row and what in it is no number.
    """
    lines = [line for line in re.split(r"[\n;]", text) if line.strip()]
    return _checked_rows([[word for word in re.split(r"[\s,]+", line.strip()) if word] for line in lines])


def _checked_rows(rows: object) -> Grid:
    if not isinstance(rows, list | tuple):
        raise ValueError("expected rows of numbers, such as [[0, 1, 0], [1, -4, 1], [0, 1, 0]]")
    return tuple(_checked_row(number, row) for number, row in enumerate(rows, 1))


def _checked_row(number: int, row: object) -> tuple[float, ...]:
    if not isinstance(row, list | tuple):
        raise ValueError(f"expected a row of numbers, not {row!r} in row {number}")
    numbers = []
    for word in row:
        try:
            numbers.append(float(str(word).replace("−", "-")))
        except ValueError:
            raise ValueError(f"expected numbers only, not {str(word)[:20]!r} in row {number}") from None
    return tuple(numbers)


def _check_rectangle(grid: Grid) -> None:
    if not grid:
        raise ValueError("expected the typed kernel in `grid`: rows of numbers")
    lengths = [len(row) for row in grid]
    odd = next((i for i, length in enumerate(lengths, 1) if length != lengths[0]), 0)
    if odd:
        raise ValueError(f"expected rows of equal length; row 1 has {lengths[0]} numbers, row {odd} {lengths[odd - 1]}")
    if not 1 <= lengths[0] <= LARGEST_KERNEL or len(grid) > LARGEST_KERNEL:
        raise ValueError(f"expected up to {LARGEST_KERNEL} rows and columns, not {len(grid)} × {lengths[0]}")
