"""What an installation keeps in its file store, each opened when it is first asked for."""

from functools import cached_property

from shared.library.archive import Archive
from shared.library.collections import Collections
from shared.library.datasets.registry import DatasetRegistry
from shared.library.entries import Entries
from shared.library.files import FileStore
from shared.library.films import Films
from shared.library.images import ImageLibrary
from shared.library.ledger import Ledger
from shared.library.models import ModelRegistry
from shared.library.notes import Notes
from shared.library.plans.store import Plans
from shared.library.shares import ShareLinks
from shared.library.tokens import ScriptTokens
from shared.settings import Settings


class Library:
    """Models, pictures, data sets, archived results, links, tokens, notes, plans, collections, films of one
    installation.
    """

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
    def entries(self) -> Entries:
        """The models, pictures and data sets that people named: renamed and deleted."""
        return Entries(self.files, self.models, self.datasets, self.ledger)

    @cached_property
    def ledger(self) -> Ledger:
        """How much each person keeps, and has added lately."""
        return Ledger(self.files)

    @cached_property
    def archive(self) -> Archive:
        """Pinned results."""
        return Archive(self.files, self.ledger)

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

    @cached_property
    def collections(self) -> Collections:
        """Pinned results in an order, with words."""
        return Collections(self.files)

    @cached_property
    def films(self) -> Films:
        """Trainings, frame by frame."""
        return Films(self.files)
