"""What an engine found when it opened a model, by the model's reference."""

from collections.abc import Mapping
from typing import Any

from shared.imagenet import imagenet_names
from shared.library.files import REFERENCE, FileStore

TABLE = "proofs"
# Of a layer table, what is kept for good.
KEPT = ("input", "parameters", "preprocess", "assumed", "proof", "ways", "own", "upgraded_from")


class ModelProofs:
    """Records of models that were opened."""

    def __init__(self, files: FileStore) -> None:
        self._files = files

    def note(self, reference: str, facts: Mapping[str, Any]) -> None:
        """Keep what was found.

        Args:
            reference: of a file or its card; of anything else nothing is kept.
            facts: a layer table's, see shared.analyses.inspect_model.parts.
        """
        if REFERENCE.fullmatch(reference):
            found = {name: facts[name] for name in KEPT if name in facts}
            if tuple(facts.get("classes", ())) == imagenet_names():
                found["imagenet"] = True
            self._files.write_record(TABLE, reference[7:], {**found, "layers": len(facts["layers"])})

    def of(self, reference: str) -> dict[str, Any]:
        """What was found; {} where no engine has opened the model yet, or where it is no file's."""
        return self._files.read_record(TABLE, reference[7:]) or {} if REFERENCE.fullmatch(reference) else {}
