"""Whether there are as many names as a network has outputs, and which output each list of names belongs to."""

from collections.abc import Mapping

from shared.errors import RefusedUpload, message
from shared.uploads.labels.names import ClassNames

# A single unit answers for two classes, its own and the other; one name is its own.
OF_ONE_UNIT = (1, 2)
_COUNT = (
    "Give one name for every output, in their order: has the file a line too many, as `background`, or one too few?"
)


def check_count(names: int, outputs: int | None, title: str) -> None:
    """Refuse names that cannot be those of a network's outputs.

    Args:
        names: how many there are; 0 is always right.
        outputs: of the network; None where that is not known.
        title: of the network, or of one of its outputs.

    Raises:
        RefusedUpload: with both numbers.
    """
    if names and outputs is not None and names != outputs and not (outputs == 1 and names in OF_ONE_UNIT):
        expected = "1 or 2 class names for the single unit" if outputs == 1 else f"{outputs:,} class names"
        received = f"{names:,} names, {outputs:,} output{'s' if outputs > 1 else ''}"
        raise RefusedUpload(message(f"{expected} of {title}", received, _COUNT))


def of_outputs(labels: ClassNames, outputs: Mapping[str, int | None], title: str) -> ClassNames:
    """The names where a network has one output, or by the name of each output where it has several.

    Args:
        labels: as they were given.
        outputs: how many values each output of the network has, None where unknown; {} where nothing is known.
        title: of the network.

    Raises:
        RefusedUpload: not as many names as outputs, or an output that the network does not have.
    """
    if len(outputs) < 2:
        names = labels.names or _only(labels, outputs, title)
        check_count(len(names), next(iter(outputs.values()), None), title)
        return ClassNames(names, notes=labels.notes)
    if labels.names:
        options = " ".join(f"--labels {name}=FILE" for name in outputs)
        advice = f"Give a table with the columns output, index and name (in a terminal: `{options}`)."
        received = f"one list of {len(labels.names):,} names"
        raise RefusedUpload(message(f"names for each output of {title} by its name", received, advice))
    for name, names in labels.outputs.items():
        if name not in outputs:
            raise _unknown(name, outputs, title)
        check_count(len(names), outputs[name], f"the output {name} of {title}")
    return labels


def _only(labels: ClassNames, outputs: Mapping[str, int | None], title: str) -> tuple[str, ...]:
    """The one list that stands under an output's name, of a network that has one output."""
    if len(labels.outputs) > 1:
        raise _unknown(", ".join(labels.outputs), outputs, title)
    return next(iter(labels.outputs.values()), ())


def _unknown(name: str, outputs: Mapping[str, int | None], title: str) -> RefusedUpload:
    known = ", ".join(outputs) or "one"
    return RefusedUpload(message(f"names for the outputs of {title}: {known}", name, "Name the outputs as it does."))
