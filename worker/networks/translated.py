"""Networks of other frameworks: built from their translated configuration, filled with the file's weights."""

import copy
from collections.abc import Mapping

import keras
from keras.src.utils import naming

from shared.errors import DoesNotFit, RefusedUpload, UnknownModel, message
from shared.uploads.onnx.network import Weight
from shared.uploads.onnx.translation import Translation
from worker.networks.keras_errors import reason_of

_EXPORT_AGAIN = "Export the network again where its code is."


def open_translated(translation: Translation) -> keras.Model:
    """Build a network of another framework.

    Args:
        translation: what the check made of a file.

    Returns:
        The network, not compiled, every weight from the file.

    Raises:
        UnknownModel: Keras refuses the configuration.
        RefusedUpload: the weights do not belong to it.
        DoesNotFit: it is larger than the memory.
    """
    naming.reset_uids()
    try:
        network = keras.saving.deserialize_keras_object(copy.deepcopy(translation.config), safe_mode=True)
    except MemoryError:
        raise DoesNotFit("Expected a model that fits this machine's memory. Choose a smaller one.") from None
    except Exception as error:  # Keras raises nearly every type here, and all mean the same to the person
        raise UnknownModel(
            f"Expected an {translation.origin} network that can be built in Keras {keras.__version__}. Received one "
            f"that it refuses: {reason_of(error)}. {_EXPORT_AGAIN}"
        ) from error
    assert isinstance(network, keras.Model)  # the check has let nothing else through
    _fill(network, translation.weights)
    return network


def _fill(network: keras.Model, weights: Mapping[str, tuple[Weight, ...]]) -> None:
    for layer in network.layers:
        # A generator of random numbers is no weight.
        variables = [one for one in layer.weights if "seed_generator" not in one.path]
        values = weights.get(layer.name, ())
        if len(variables) != len(values):
            expected = f"{len(variables)} weights for layer {layer.name}"
            raise RefusedUpload(message(expected, f"{len(values)} in the file", _EXPORT_AGAIN))
        for variable, make in zip(variables, values, strict=True):
            value = make()
            if value.shape != tuple(variable.shape):
                expected = f"{variable.name} of shape {tuple(variable.shape)} for layer {layer.name}"
                raise RefusedUpload(message(expected, f"{value.shape} in the file", _EXPORT_AGAIN))
            variable.assign(value)
