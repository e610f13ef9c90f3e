"""Adding a model: its file is kept under a name, a worker opens it once, and a name whose file fails is taken back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.analyses import InspectModel
from shared.client.client import Client
from shared.errors import PermanentError, RefusedUpload, StoreUnavailable
from shared.library.additions import adding

# A worker that is busy may let a file wait; it is opened when its turn comes.
OPENING_SECONDS = 300.0


@dataclass(frozen=True)
class AddedModel:
    """A model that has a name.

    Attributes:
        reference: what it stands for.
        proof: what was found when it was opened, see ModelProofs.of(); {} while no worker has.
    """

    reference: str
    proof: Mapping[str, Any]


def add_model(
    client: Client, name: str, add: Callable[[], str], timeout: float = OPENING_SECONDS, *, size: int
) -> AddedModel:
    """Add a model and have a worker open it.

    Args:
        client: of the installation.
        name: that the model gets.
        add: keeps the file under the name, and returns the reference: models.add_file or models.add_weights.
        timeout: seconds to wait for the worker.
        size: bytes of the file, that take room of the person's share.

    Raises:
        ShareUsedUp: nothing is left of that.
        RefusedUpload: the file breaks a rule, cannot be opened, or answers otherwise here than in plain Keras; the
            name then stands for what it stood for before.
        NotAllowed: the name is somebody else's.
    """
    before = client.models.record(name)
    with adding(client.library, client.me, "model", name, size=size):
        reference = add()
    return opened_once(client, name, reference, before, timeout)


def opened_once(
    client: Client, name: str, reference: str, before: Mapping[str, Any] | None, timeout: float = OPENING_SECONDS
) -> AddedModel:
    """Have a worker open a model that was just named.

    Args:
        client: of the installation.
        name: that it was given.
        reference: what the name stands for now.
        before: what was noted under the name before, from models.record().
        timeout: seconds to wait.

    Raises:
        RefusedUpload: as add_model() does.
    """
    try:
        return AddedModel(reference, _proof(client, reference, timeout))
    except PermanentError:
        client.library.entries.drop_size("model", name)
        client.models.take_back(name, before)
        raise


def _proof(client: Client, reference: str, timeout: float) -> Mapping[str, Any]:
    try:
        key, outcome = client.submit(InspectModel(model=reference))
        if outcome != "complete" and not any(
            worker.queue == InspectModel.queue for worker in client.store.workers.all()
        ):
            return {}
        run = client.wait(key, timeout=timeout)
    except (StoreUnavailable, TimeoutError):
        return {}
    if run.status == "failed":
        raise RefusedUpload(run.error)
    return client.models.proofs.of(reference)
