"""Heat maps of a few pictures while a network learns: what it goes by, epoch by epoch."""

import numpy as np

from shared.analyses.heat_maps import overlay, reach_of
from shared.analyses.training_run.parts import WatchedPicture, WatchedPictures
from shared.library import ModelCard
from worker.analyses.training_run.data import Material
from worker.analyses.training_run.network import Trainee
from worker.attribution.class_choice import class_names
from worker.attribution.explained import explain_model
from worker.attribution.grad_cam import grad_cam
from worker.attribution.passes import CompiledPasses
from worker.networks.models import LoadedModel
from worker.networks.preprocessing import to_uint8


class Watched:
    """Pictures of `watch`, each explained for the class that it shows.

    Args:
        trainee: the network; its weights are read anew every time.
        material: whose pictures.

    Raises:
        UnknownLayer: the network has no feature maps.
    """

    def __init__(self, trainee: Trainee, material: Material) -> None:
        card = ModelCard(labels=material.classes, preprocess=trainee.preprocess)
        model = LoadedModel(trainee.network, card, trainee.preprocess, "file", "network", material.classes)
        explained = explain_model(model, trainee.size)
        self._passes = CompiledPasses(explained, (explained.default,))
        self._material = material
        self._pictures = {number: material.picture(number) for number in material.spec.watch}

    def draw(self) -> tuple[WatchedPictures, list[WatchedPicture]]:
        """Heat maps by Grad-CAM of the network as it is now.

        Returns:
            The pictures of a part, and a row each.
        """
        pictures: WatchedPictures = {}
        rows: list[WatchedPicture] = []
        explained, (path,) = self._passes.explained, self._passes.paths
        for number, picture in self._pictures.items():
            label = self._material.dataset.card.pictures[number].label
            result = self._passes.forward(picture, [label])
            heat = np.maximum(grad_cam(result.activations[path], result.gradients[path][0]), 0)
            reach = reach_of([heat])
            pictures[f"watch_{number}"] = overlay(to_uint8(picture), heat, reach, grid=explained.grid(path))
            rows.append({
                "picture": number, "class": label, "name": class_names(explained)[label],
                "probability": float(result.probabilities[label]), "evidence": reach,
            })  # fmt: skip
        return pictures, rows
