"""What a model can lend to the playground, read from its layer table: the size and number of its first filters."""

from dataclasses import dataclass

from dashboard.widgets.layer_rows import inspect
from shared.analyses.playground.stages import Convolution
from shared.client import Client
from shared.errors import message


@dataclass(frozen=True)
class LentFilters:
    """A model's first convolution.

    Attributes:
        layer: its path.
        kernel: height and width.
        channels: of its input.
        filters: how many it has.
    """

    layer: str
    kernel: tuple[int, int]
    channels: int
    filters: int

    def problem(self, stage: Convolution, channels: int) -> str:
        """Why a stage cannot borrow them; "" where it can.

        Args:
            stage: the borrower.
            channels: of what it is laid on.
        """
        if stage.filters > self.filters:
            expected = f"at most {self.filters} filters, as many as {self.layer} has"
            return message(expected, stage.filters, "Choose fewer filters.")
        if channels not in (1, self.channels):
            expected = f"an input of {self.channels} channels, as {self.layer} has"
            return message(expected, channels, "Borrow in the first stage, or choose another model.")
        if stage.preprocess and channels != 3:
            expected = "a picture with colours, for preprocessing scales them one by one"
            return message(expected, f"{channels} channels", "Switch the colours or the preprocessing.")
        return ""


def lent_filters(client: Client, model: str) -> LentFilters | None:
    """The first convolution of a model; None until a worker has read its layers, and where it has none.

    Raises:
        UnknownModel: no such model.
    """
    inspection = inspect(client, model)
    rows = inspection.layers()
    first = next((row for row in rows if row["class"] == "Conv2D" and row.get("receptive_field")), None)
    if first is None:
        return None
    # What one unit of the first convolution sees is its kernel.
    side = round(first["receptive_field"] or 0)
    depth = str(inspection.facts["input"]).rpartition("×")[2].strip()
    return LentFilters(first["path"], (side, side), int(depth) if depth.isdigit() else 3, first["channels"] or 0)
