"""Networks that have learned, from the folder that CONVSCOPE_TEST_DATA names: for tests and benchmarks of quality."""

from pathlib import Path

from shared.file_store import FileStore
from shared.image_library import ImageLibrary
from shared.model_registry import ModelRegistry
from shared.settings import Settings
from worker.analyses.context import RunContext
from worker.models import LoadedModel, WarmModels

# Architecture -> weights file, and the last layer that it has weights for ("" for all).
FILES = {
    "vgg16": ("vgg16_to_block3_pool_keras_fp32.weights.h5", "block3_pool"),
    "inceptionv3": ("inceptionv3_to_mixed8_2015_fp32.weights.h5", "mixed8"),
    "mobilenetv2": ("mobilenetv2_1.00_224_keras_fp32.weights.h5", ""),
}


class RealNetworks:
    """An engine's context over an empty folder, with real weights added as they are asked for."""

    def __init__(self, test_data: Path, folder: Path) -> None:
        settings = Settings(data=folder)
        files = FileStore(settings.files_address)
        self._registry = ModelRegistry(files, settings)
        self._weights = test_data / "weights"
        self.context = RunContext(WarmModels(self._registry, files, settings), ImageLibrary(files, settings))

    def reference(self, architecture: str) -> str:
        """The reference of an architecture with its real weights."""
        name, until = FILES[architecture]
        return self._registry.add_weights(architecture, self._weights / name, f"real-{architecture}", until)

    def load(self, architecture: str, head: bool = False) -> LoadedModel:
        """The network, warm."""
        return self.context.models.load(self.reference(architecture), head)
