"""What an installation keeps in files, so that it outlives Redis: `library` has all of it in one hand, `records` adds
what the store knows of a run.

Files: `files` (by digest), `remote_files` (at an address), `record_texts`, `archive` (pinned results), `gallery`,
`secret`. Models and pictures: `models`, `model_card`, `model_proofs`, `known_models`, `announced_inputs`,
`architectures`, `preprocessing`, `bundled`, `given_labels`, `images`, `datasets`, and `entries`, all that were named,
and `additions`, who may add one. People and what they make: `people`, `rights`, `ledger` and `person_share` (what of
an installation is whose), `notes`, `plans`, `collections`, `films`, `shares`, `tokens`, `notices` (of plans that are
over). What all of these are called: `titles`.
"""

from shared.library.datasets.card import Dataset, DatasetCard
from shared.library.datasets.registry import DatasetRegistry
from shared.library.files import FileStore
from shared.library.images import ImageLibrary
from shared.library.library import Library
from shared.library.model_card import ModelCard
from shared.library.models import ModelRegistry
from shared.library.notes import Note
from shared.library.people import Person
from shared.library.plans.store import Plan
from shared.library.records import Records
from shared.library.shares import Share
from shared.library.tokens import ScriptToken

__all__ = [
    "Dataset", "DatasetCard", "DatasetRegistry", "FileStore", "ImageLibrary", "Library", "ModelCard", "ModelRegistry",
    "Note", "Person", "Plan", "Records", "ScriptToken", "Share",
]  # fmt: skip
