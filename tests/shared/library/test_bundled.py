"""The bundled network: found without a download, the same everywhere, and a network that really learnt."""

import json
from pathlib import Path

import pytest

from shared.analyses import TrainingRun, parse_spec
from shared.errors import InvalidSpec, UnknownModel
from shared.library import FileStore, ModelRegistry
from shared.library.bundled import BUNDLED, STAND_IN, bundled_network
from shared.library.model_card import bundled_card
from shared.settings import Settings

MOST_BYTES = 2_000_000
GOOD_ENOUGH = 0.8


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(str(tmp_path / "files"))


@pytest.fixture
def registry(files: FileStore, tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(files, Settings(data=tmp_path))


def test_a_spec_takes_the_reference_and_the_registry_turns_it_into_a_digest(registry: ModelRegistry) -> None:
    spec = parse_spec("inspect_model", {"model": STAND_IN})
    resolved = registry.resolve(STAND_IN)
    assert resolved.startswith("sha256:") and registry.resolve(resolved) == resolved
    assert spec.with_references(registry.resolve, str, str).model == resolved  # type: ignore[attr-defined]


def test_two_installations_give_it_the_same_reference(registry: ModelRegistry, tmp_path: Path) -> None:
    other = ModelRegistry(FileStore(str(tmp_path / "other")), Settings(data=tmp_path / "other"))
    assert other.resolve(STAND_IN) == registry.resolve(STAND_IN) == registry.names()[STAND_IN]


def test_workers_find_file_and_card_in_the_file_store(registry: ModelRegistry, files: FileStore) -> None:
    """Also when a page asks by the digest alone, before anybody used the name."""
    card = registry.card(registry.names()[STAND_IN])
    assert card.labels == ("cat", "dog") and card == bundled_card(bundled_network(STAND_IN))
    assert files.read(card.file) == bundled_network(STAND_IN).file.read_bytes()


def test_an_unknown_one_is_refused_with_what_there_is(registry: ModelRegistry) -> None:
    with pytest.raises(UnknownModel, match="bundled/cats_and_dogs"):
        registry.resolve("bundled/birds")
    with pytest.raises(InvalidSpec, match="bundled/<name>"):
        parse_spec("inspect_model", {"model": "bundled/a/b"})


@pytest.mark.parametrize("one", BUNDLED.values(), ids=lambda one: one.name)
def test_it_is_small_and_its_recipe_makes_a_training_run(one) -> None:
    assert one.file.stat().st_size <= MOST_BYTES
    facts = one.facts
    assert TrainingRun.from_fields({**facts["recipe"], "dataset": "cats"}).network == "compact"  # type: ignore[attr-defined]
    assert facts["metrics"]["test_accuracy"] >= GOOD_ENOUGH
    assert json.loads(bundled_card(one).to_json())["preprocess"] == "0..1"
