"""What an installation keeps in its file store, each opened when it is first asked for."""

from functools import cached_property

from shared.archive import Archive
from shared.dataset_registry import DatasetRegistry
from shared.file_store import FileStore
from shared.image_library import ImageLibrary
from shared.model_registry import ModelRegistry
from shared.notes import Notes
from shared.plans import Plans
from shared.script_tokens import ScriptTokens
from shared.settings import Settings
from shared.share_links import ShareLinks


class Registries:
    """Models, pictures, data sets, results, links and tokens of one installation."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def files(self) -> FileStore:
        """Models, pictures, data sets, archived results."""
        return FileStore(self.settings.files_address, self.settings.data / "remote-files")

    @cached_property
    def models(self) -> ModelRegistry:
        """Models by reference and name."""
        return ModelRegistry(self.files, self.settings)

    @cached_property
    def images(self) -> ImageLibrary:
        """Pictures by reference and name."""
        return ImageLibrary(self.files, self.settings)

    @cached_property
    def datasets(self) -> DatasetRegistry:
        """Data sets by reference and name."""
        return DatasetRegistry(self.files, self.settings)

    @cached_property
    def archive(self) -> Archive:
        """Pinned results."""
        return Archive(self.files)

    @cached_property
    def shares(self) -> ShareLinks:
        """Share links."""
        return ShareLinks(self.files, self.settings)

    @cached_property
    def tokens(self) -> ScriptTokens:
        """Tokens of people's scripts."""
        return ScriptTokens(self.files)

    @cached_property
    def notes(self) -> Notes:
        """What people wrote beside channels, models and results."""
        return Notes(self.files)

    @cached_property
    def plans(self) -> Plans:
        """Many runs as one."""
        return Plans(self.files)
