"""Whether the names on a model's card fit the network that was opened."""

import keras

from shared.library import ModelCard
from shared.uploads.labels import ClassNames
from shared.uploads.labels.counts import of_outputs


def check_labels(card: ModelCard, network: keras.Model) -> None:
    """Compare names with outputs again, where a file alone did not tell how many there are.

    Raises:
        RefusedUpload: as many names as outputs were expected.
    """
    if len(network.outputs) == 1:
        counts = {"": network.outputs[0].shape[-1]}
    elif card.output_labels:
        named = network.output if isinstance(network.output, dict) else dict(
            zip(network.output_names, network.outputs, strict=True)
        )  # fmt: skip
        counts = {str(name): output.shape[-1] for name, output in named.items()}
    else:
        return
    of_outputs(ClassNames(card.labels, card.output_labels), counts, network.name)
