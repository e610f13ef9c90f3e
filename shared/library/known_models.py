"""What is known of a model without opening it: names of its classes, how many bands it takes."""

from typing import TYPE_CHECKING

from shared.errors import InvalidSpec, UnknownModel
from shared.imagenet import imagenet_names
from shared.library.announced_inputs import AnnouncedInputs
from shared.library.files import FileStore

if TYPE_CHECKING:
    from shared.library.models import ModelRegistry

# Bands that every architecture of keras.applications takes here.
COLOURS = 3
# Names of many classes in letters that JSON writes as six each.
CARD_BYTES = 8 * 1024 * 1024
# Lists of names that stay in memory: every run in a list is called by its class.
MOST_KEPT = 200


class KnownModels:
    """What the models of one installation say of themselves on their cards, in their proofs and in their files.

    Args:
        models: of the installation.
        files: likewise.
        announced: what a file says of the network's input.

    Attributes:
        announced: likewise.
    """

    def __init__(self, models: "ModelRegistry", files: FileStore, announced: AnnouncedInputs) -> None:
        self._models, self._files, self.announced = models, files, announced
        self._names: dict[tuple[str, str], tuple[str, ...]] = {}

    def class_names(self, model: str, output: str = "") -> tuple[str, ...]:
        """Names of a network's classes, as far as they are known without opening it.

        Args:
            model: reference or name.
            output: which one of several, by its name; "" for the only one.

        Returns:
            In the order of the outputs; of a single unit with one name, that name. () where none are known, and of a
            model that is not there.
        """
        if model.startswith("keras/"):
            return imagenet_names() if model.endswith("/imagenet") else ()
        try:
            reference = self._models.resolve(model)
        except (UnknownModel, InvalidSpec):
            return ()
        if kept := self._names.get((reference, output)):  # a reference never says anything else
            return kept
        found = self._names_of(reference, output)
        if found and len(self._names) < MOST_KEPT:
            self._names[reference, output] = found
        return found

    def _names_of(self, reference: str, output: str) -> tuple[str, ...]:
        if self._files.size(reference) <= CARD_BYTES:  # a larger file is no card, and may be far away
            card = self._models.card(reference)
            if names := card.output_labels.get(output) or card.labels:
                return names
            if card.architecture and not card.until:
                return imagenet_names()
        return imagenet_names() if self._models.proofs.of(reference).get("imagenet") else ()

    def bands(self, model: str) -> int | None:
        """How many bands a network takes, as its proof, its architecture or its file says; None where none does.

        Raises:
            UnknownModel: when there is no such model.
        """
        reference = self._models.resolve(model)
        proved = str(self._models.proofs.of(reference).get("input", "")).rpartition(" ")[2]
        if proved.isdigit():
            return int(proved)
        card = self._models.card(reference)
        return COLOURS if card.architecture else self.announced.bands(card.file)
