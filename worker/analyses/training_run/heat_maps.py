"""Heat maps of a few pictures while a network learns: what it goes by, epoch by epoch."""

import numpy as np

from shared.analyses.band_arrays import BANDS, HEAT
from shared.analyses.heat_maps import enlarge, overlay, reach_of
from shared.analyses.training_run.parts import WatchedArrays, WatchedPicture, WatchedPictures
from shared.library import ModelCard
from worker.analyses.training_run.data import TrainingData
from worker.analyses.training_run.network import TrainableNetwork
from worker.attribution.class_choice import class_names
from worker.attribution.explained import explain_model
from worker.attribution.grad_cam import grad_cam
from worker.attribution.passes import CompiledPasses
from worker.networks.models import LoadedModel
from worker.networks.preprocessing import shown_picture
from worker.pictures.drawn_pictures import add_bands


class WatchedHeatMaps:
    """Pictures of `watch`, each explained for the class that it shows.

    Args:
        trainable: the network; its weights are read anew every time.
        data: whose pictures.

    Raises:
        UnknownLayer: the network has no feature maps.
    """

    def __init__(self, trainable: TrainableNetwork, data: TrainingData) -> None:
        card = ModelCard(labels=data.classes, preprocess=trainable.preprocess)
        model = LoadedModel(trainable.network, card, trainable.preprocess, "file", "network", data.classes)
        explained = explain_model(model, trainable.size)
        self._passes = CompiledPasses(explained, (explained.default,))
        self._data = data
        self._pictures = {number: data.picture(number) for number in data.spec.watch}

    def draw(self) -> tuple[WatchedPictures, WatchedArrays, list[WatchedPicture]]:
        """Heat maps by Grad-CAM of the network as it is now.

        Returns:
            The pictures and arrays of a part, and a row each.
        """
        pictures: WatchedPictures = {}
        arrays: WatchedArrays = {}
        rows: list[WatchedPicture] = []
        explained, (path,) = self._passes.explained, self._passes.paths
        for number, picture in self._pictures.items():
            label = self._data.dataset.card.pictures[number].label
            result = self._passes.forward(picture, [label])
            heat = np.maximum(grad_cam(result.activations[path], result.gradients[path][0]), 0)
            reach = reach_of([heat])
            name = f"watch_{number}"
            pictures[name] = overlay(shown_picture(picture), heat, reach, grid=explained.grid(path))
            add_bands(arrays, name, picture)
            if name + BANDS in arrays:
                share = enlarge(heat, picture.shape[0], picture.shape[1], explained.grid(path)) / (reach or 1.0)
                arrays[name + HEAT] = np.rint(np.clip(share, 0.0, 1.0) * 255).astype(np.uint8)
            rows.append({
                "picture": number, "class": label, "name": class_names(explained)[label],
                "probability": float(result.probabilities[label]), "evidence": reach,
            })  # fmt: skip
        return pictures, arrays, rows
