"""An engine's context over a folder, with models handed in instead of loaded."""

from pathlib import Path

from shared.dataset_registry import DatasetRegistry
from shared.file_store import FileStore
from shared.image_library import ImageLibrary
from shared.model_registry import ModelRegistry
from shared.settings import Settings
from worker.analyses.context import RunContext
from worker.models import LoadedModel, WarmModels


class HandedModels(WarmModels):
    """Warm models of a test: reference to model, beside what the registry knows."""

    def __init__(self, folder: Path, models: dict[str, LoadedModel]) -> None:
        settings = Settings(data=folder)
        files = FileStore(settings.files_address)
        super().__init__(ModelRegistry(files, settings), files, settings)
        self._handed = models

    def load(self, reference: str, head: bool = True) -> LoadedModel:
        """The handed model of this name, else what the real cache gives."""
        return self._handed[reference] if reference in self._handed else super().load(reference, head)


def context(folder: Path, finished: frozenset[int] = frozenset(), memory: int = 0, **models: LoadedModel) -> RunContext:
    """A context whose models are those given by name."""
    settings = Settings(data=folder)
    files = FileStore(settings.files_address)
    images, datasets = ImageLibrary(files, settings), DatasetRegistry(files, settings)
    own, registry, bound = HandedModels(folder, models), ModelRegistry(files, settings), settings.dataset_memory
    return RunContext(own, images, finished, memory, datasets, bound, registry, files)
