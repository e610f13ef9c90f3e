"""Which models there are: references, the names people give, and what a reference stands for.

    keras/<architecture>/<imagenet|random>   built and loaded by keras.applications
    bundled/<name>                           comes with the project; stands for the card of its file
    sha256:<digest>                          a file in the file store: a model file (.keras, .h5), or a model
                                             card, a small JSON file that says how to build one
    <name>                                   given by a person; stands for one of the above

A reference never changes its meaning, so it can be part of a key. A name can, so it is resolved before.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from shared.errors import InvalidSpec, UnknownModel, message
from shared.imagenet import COUNT
from shared.images.resizing import AUTO, card_rule, rule_of
from shared.library.announced_inputs import AnnouncedInputs
from shared.library.architectures import architecture
from shared.library.bundled import BUNDLED, PREFIX, BundledNetwork, bundled_network
from shared.library.files import NAME, REFERENCE, FileStore
from shared.library.known_models import CARD_BYTES, KnownModels
from shared.library.model_card import ModelCard, bundled_card, known_names
from shared.library.model_proofs import ModelProofs
from shared.library.preprocessing import check_channels, read_preprocessing
from shared.settings import Settings
from shared.uploads.labels import ClassNames, read_labels
from shared.uploads.labels.counts import check_count, of_outputs
from shared.uploads.models import check_model, check_takes_pictures
from shared.uploads.one_file import as_one_file
from shared.uploads.stored_weights import check_weights_file

TABLE = "models"
# Files whose code may run: a record of the installation's, since what a card says anybody can write into a file.
TRUSTED = "trusted_files"
Labels = Path | ClassNames | None


class ModelRegistry:
    """Models of one installation.

    Attributes:
        proofs: what was found when each was opened.
        known: what is known of each without opening it.
    """

    def __init__(self, files: FileStore, settings: Settings) -> None:
        self._files, self._settings = files, settings
        self.proofs = ModelProofs(files)
        self.known = KnownModels(self, files, AnnouncedInputs(files, settings, self.trusted))

    def resolve(self, model: str) -> str:
        """The reference that a reference or name stands for.

        Raises:
            UnknownModel: listing the names there are.
        """
        if model.startswith("keras/"):
            _, name, *weights = model.split("/")
            architecture(name)
            if weights not in (["imagenet"], ["random"]):
                raise UnknownModel(
                    message(f"keras/{name}/imagenet or keras/{name}/random", model, "Choose one of them.")
                )
            return model
        if model.startswith(PREFIX):
            return self._keep_bundled(bundled_network(model))
        if REFERENCE.fullmatch(model):
            if not self._files.has(model) and not self._is_bundled(model):
                advice = "Add it under Models (in a terminal: `convscope models add`)."
                raise UnknownModel(message("a model file that was added", model, advice))
            return model
        record = self._files.read_record(TABLE, model)
        if record is None:
            known = [name for name, _ in self._files.records(TABLE)]
            raise UnknownModel(message("a model's reference or name", model, known_names(model, known)))
        return str(record["reference"])

    def card(self, model: str) -> ModelCard:
        """What a reference or name stands for.

        Raises:
            UnknownModel: when there is no such model.
        """
        reference = self.resolve(model)
        if reference.startswith("keras/"):
            _, name, weights = reference.split("/")
            known = architecture(name)
            return ModelCard(reference, known.name, weights, preprocess=known.preprocess)
        path = self._files.local_path(reference)
        with open(path, "rb") as file:
            if path.stat().st_size <= CARD_BYTES and file.read(1) == b"{":
                return ModelCard.from_json(path.read_text(), reference)
        return ModelCard(reference, file=reference)

    def record(self, name: str) -> dict[str, Any] | None:
        """What was noted when a named model was added."""
        return self._files.read_record(TABLE, name)

    def take_back(self, name: str, before: Mapping[str, Any] | None) -> None:
        """Have a name stand for what it stood for before, or for nothing; files stay, as others may name them."""
        if before is None:
            self._files.delete_record(TABLE, name)
        else:
            self._files.write_record(TABLE, name, dict(before))

    def with_preprocess(self, model: str, preprocess: str, follow: Callable[[str], bool] = lambda _: True) -> str:
        """The reference of a file with another way in which pictures go in; names of it that follow stand for that."""
        old = self.resolve(model)
        card = self.card(old)
        if not card.file:
            raise InvalidSpec(
                message("a model from a file", model, "Its architecture says which preprocessing it takes.")
            )
        return self._with_card(old, replace(card, preprocess=str(read_preprocessing(preprocess))), follow)

    def with_resize(self, model: str, resize: str, follow: Callable[[str], bool] = lambda _: True) -> str:
        """The same with another rule for how pictures meet the network's size; see shared.images.resizing."""
        old = self.resolve(model)
        card = self.card(old)
        if old.startswith("keras/"):
            raise InvalidSpec(message("a model that was added", model, "Choose how pictures are resized in each run."))
        return self._with_card(old, replace(card, resize=card_rule(resize)), follow)

    def resize_rule(self, model: str) -> str:
        """What "auto" stands for where pictures are brought to a network's size."""
        return rule_of(AUTO, self.card(model).resize)

    def _with_card(self, old: str, card: ModelCard, follow: Callable[[str], bool]) -> str:
        new = self._put_card(card)
        for name, row in list(self._files.records(TABLE)):
            if row["reference"] == old and follow(name):
                self._files.write_record(TABLE, name, {**row, "reference": new})
        return new

    def names(self) -> dict[str, str]:
        """Given names, then the bundled networks; each with its reference."""
        given = {name: str(row["reference"]) for name, row in self._files.records(TABLE)}
        return given | {one.reference: bundled_card(one).reference for one in BUNDLED.values()}

    def records(self) -> list[dict[str, Any]]:
        """What was noted when each model that people named was added."""
        return [{"name": name, **row} for name, row in self._files.records(TABLE)]

    def add_file(
        self,
        path: Path,
        name: str,
        labels: Labels = None,
        preprocess: str = "",
        title: str = "",
        trusted_by: str = "",
        weights: Path | None = None,
        resize: str = "",
    ) -> str:
        """Add a model file under a name.

        Args:
            path: a .keras, legacy .h5 or .onnx file, a SavedModel's folder or a zip of one, model.json of TensorFlow.js
                with its shards beside it or a zip of them, a network's JSON with its weights beside it or a zip of
                both; checked before it is kept.
            name: letters, digits, dots, dashes, underscores.
            labels: class names, or a file that shared.uploads.labels.read_labels() knows; as many as the network has
                outputs, or under the name of each output of several.
            preprocess: how pictures go in, see shared.library.preprocessing; "" leaves it to the layers of the model.
            title: the file's name as the person knows it.
            trusted_by: who says that code in the file may run in the workers; never taken from a page.
            weights: of the network whose JSON `path` is, where they do not lie beside it.
            resize: how a picture meets the network's size, see shared.images.resizing; "" for its middle.

        Returns:
            The reference.

        Raises:
            RefusedUpload: the file, the labels or the name break a rule; nothing is kept.
        """
        _check_name(name)
        way = ModelCard(preprocess=preprocess and str(read_preprocessing(preprocess)), resize=card_rule(resize))
        with as_one_file(path, weights, 2 * self._settings.max_upload) as one:
            return self._keep(one.path, name, _class_names(labels), way, title or one.title, trusted_by)

    def _keep(self, path: Path, name: str, names: ClassNames, way: ModelCard, title: str, trusted_by: str) -> str:
        found = check_model(path, self._settings, trusted=bool(trusted_by))
        check_takes_pictures(found)
        names = of_outputs(names, found.outputs, title)
        check_channels(way.preprocess, found.input_shape[-1] if found.input_shape else None)
        with open(path, "rb") as file:
            reference = self._files.put(file, self._settings.max_upload)
        self.known.announced.note(reference, found)
        trust = {"trusted_by": trusted_by, "trusted_at": date.today().isoformat()} if trusted_by else {}
        if trust:
            self._files.write_record(TRUSTED, reference.removeprefix("sha256:"), trust)
        card = replace(way, labels=names.names, output_labels=names.outputs)
        if card != ModelCard():
            reference = self._put_card(replace(card, file=reference))
        facts = {"title": title, "parameters": found.parameters, "upgraded_from": found.source, **trust}
        if found.own:
            facts["own"] = [str(one) for one in found.own]
        self._name(name, reference, **facts, source="file")
        return reference

    def add_weights(self, architecture_name: str, path: Path, name: str, until: str = "", labels: Labels = None,
                    title: str = "", resize: str = "") -> str:  # fmt: skip
        """Add weights from disk for an architecture of keras.applications.

        Args:
            architecture_name: for example "vgg16".
            path: a .weights.h5 (or .h5) file; for the layers up to `until`, or the whole network.
            name: letters, digits, dots, dashes, underscores.
            until: last layer that the file has weights for; "" for all of them.
            labels: class names; ImageNet's where the network has its 1,000 outputs and none are given.
            title: the file's name as the person knows it.
            resize: as add_file() takes it.

        Returns:
            The reference.

        Raises:
            UnknownModel, RefusedUpload: see their names.
        """
        _check_name(name)
        known, rule = architecture(architecture_name), card_rule(resize)
        names = of_outputs(_class_names(labels), {}, known.function)
        if not until:
            check_count(len(names.names), COUNT, known.function)
        check_weights_file(path)
        with open(path, "rb") as file:
            weights = self._files.put(file, self._settings.max_upload)
        card = ModelCard(architecture=known.name, weights=weights, until=until, labels=names.names)
        reference = self._put_card(replace(card, preprocess=known.preprocess, resize=rule))
        self._name(name, reference, title=title or path.name, source=f"{known.name} weights", until=until)
        return reference

    def trusted(self, file: str) -> bool:
        """Whether somebody with the server's shell said that code in a model file may run.

        Args:
            file: reference of the file itself, not of a card, which anybody's file could be.
        """
        return self._files.read_record(TRUSTED, file.removeprefix("sha256:")) is not None

    def keep_trained(self, path: Path, labels: Sequence[str], preprocess: str, resize: str = "") -> str:
        """Keep a network that was trained here; name_trained() puts it on the list.

        Args:
            path: a .keras file.
            labels: class names in the order of the outputs.
            preprocess: how pictures go in.
            resize: how pictures met its size while it learnt, see shared.images.resizing; "" for their middle.

        Returns:
            The reference, of a card.
        """
        with open(path, "rb") as file:
            found = self._files.put(file)
        return self._put_card(ModelCard(file=found, labels=tuple(labels), preprocess=preprocess,
                                        resize=card_rule(resize)))  # fmt: skip

    def name_trained(self, name: str, reference: str, facts: Mapping[str, Any]) -> None:
        """Note a trained network under a name; one that had it before keeps its reference alone.

        Args:
            name: letters, digits, dots, dashes, underscores.
            reference: from keep_trained().
            facts: what is noted beside it: title, parameters, source, run, recipe.
        """
        _check_name(name)
        self._name(name, reference, **facts)

    def _is_bundled(self, reference: str) -> bool:
        """Whether a reference is that of a bundled network; it is in the file store then."""
        found = next((one for one in BUNDLED.values() if bundled_card(one).reference == reference), None)
        return found is not None and self._keep_bundled(found) == reference

    def _keep_bundled(self, one: BundledNetwork) -> str:
        """The file and its card in the file store, so that workers anywhere find them as they find an upload."""
        card = bundled_card(one)
        if not self._files.has(card.reference):
            self._files.put_bytes(one.file.read_bytes())
            self._put_card(card)
        return card.reference

    def _put_card(self, card: ModelCard) -> str:
        return self._files.put_bytes(card.to_json().encode())

    def _name(self, name: str, reference: str, **facts: Any) -> None:
        self._files.write_record(TABLE, name, {"reference": reference, "added_at": time.time(), **facts})


def _class_names(labels: Labels) -> ClassNames:
    return read_labels(labels) if isinstance(labels, Path) else labels or ClassNames()


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name) or name in ("keras", "sample", "bundled"):
        raise InvalidSpec(message("a name of letters, digits, '.', '_' and '-'", name, "Choose another name."))
