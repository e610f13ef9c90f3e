"""Films of trainings: started by anybody, grown and deleted by whoever started them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from shared.analyses import Attribution, CompareModels, EvaluateModel, FilterAtlas, InspectModel, JobSpec
from shared.client.client import Client
from shared.client.entries import delete_entry
from shared.errors import ConvscopeError, InvalidSpec, UnknownDataset, UnknownImage, UnknownModel, message
from shared.library.films import Film, Frame, new_film, read_logs
from shared.library.rights import may, require

# What the runs of a frame are for. Tiles have the layer's path behind it.
TILES, MAPS, MOVED, JUDGED = "tiles/", "maps", "moved", "judged"
# A quick atlas, with the same start in every epoch: what differs between two epochs is the network's doing.
TILE_PIXELS, TILE_STEPS, SEED = 64, 48, 0


def start_film(client: Client, title: str, *, layers: Sequence[str] = (), channels: int = 8,
               pictures: Sequence[str] = (), dataset: str = "", kept_models: int = 8) -> Film:  # fmt: skip
    """Start a film in the name of whoever asks; it has no frame yet. See shared.library.films.Film.

    Raises:
        InvalidSpec: see new_film().
        UnknownImage, UnknownDataset: a name that stands for nothing.
    """
    require(client.me, "start a film")
    found = [client.images.resolve(one) for one in pictures]
    data = client.datasets.resolve(dataset) if dataset else ""
    film = new_film(title, client.person, layers=layers, channels=channels, pictures=found, dataset=data,
                    kept_models=kept_models)  # fmt: skip
    return client.library.films.write(film)


def add_frame(client: Client, name: str, epoch: int, model: str, logs: Mapping[str, Any] | None = None) -> Film:
    """Put the network after an epoch behind the last frame, and ask for its runs.

    What cannot be asked for (a layer that the network does not have) is left out of the frame. Of models that are
    called "…-epoch-7" in the frame of epoch 7, the files that the film need not keep any longer are deleted; one that
    somebody gave another name stays.

    Args:
        client: of the installation, in the name of who asks.
        name: id of the film.
        epoch: from 1, after all others.
        model: a name or reference.
        logs: numbers that the training said of the epoch.

    Raises:
        NotAllowed: the film is somebody else's.
        InvalidSpec: the epoch is not a later one, or the film is full.
        UnknownModel: a name that stands for nothing.
    """
    if isinstance(epoch, bool) or not isinstance(epoch, int) or epoch < 1:
        raise InvalidSpec(message("an epoch from 1", epoch, "Send its number."))
    reference, given = client.models.resolve(model), read_logs(logs or {})
    with _alone(client, name):
        film = client.library.films.get(name)
        require(client.me, "add to a film", film.by)
        if film.frames and (film.frames[-1].epoch, film.frames[-1].model) == (epoch, reference):
            return film  # asked again, because the answer was lost
        before = film.frames[-1].model if film.frames else ""
        frame = Frame(epoch, reference, model if model.endswith(f"-epoch-{epoch}") else "", given)
        grown = film.with_frame(frame)
        specs = frame_specs(film, frame, before, _channels(client, [reference, before]))
        runs = {what: key for what, spec in specs.items() if (key := _submitted(client, spec))}
        return client.library.films.write(_thinned(client, grown.changed_frame(replace(frame, runs=runs))))


@contextmanager
def _alone(client: Client, name: str) -> Iterator[None]:
    """Nobody else changes the film meanwhile: it is read, grown and written as a whole."""
    with client.store.lock(f"film:{name}"):
        yield


def delete_film(client: Client, name: str) -> None:
    """Delete a film; its models and results stay.

    Raises:
        NotAllowed: it is somebody else's.
    """
    with _alone(client, name):
        require(client.me, "delete a film", client.library.films.get(name).by)
        client.library.films.delete(name)


def may_delete_film(client: Client, film: Film) -> bool:
    """Whether whoever asks may add frames to it and delete it."""
    return may(client.me, "delete a film", film.by)


def film_link(client: Client, film: Film) -> str:
    """Address of its page."""
    return client.results.address(f"/films?film={film.id}")


def frame_specs(film: Film, frame: Frame, before: str, channels: Mapping[str, int]) -> dict[str, JobSpec]:
    """What is asked for of a frame, by what it is for.

    Args:
        film: that it belongs to.
        frame: the frame.
        before: reference of the model of the frame before; "" for the first.
        channels: how many each layer has; {} where that is not known, every layer is then thought to have enough.
    """
    specs: dict[str, JobSpec] = {}
    for layer in film.layers:
        if not channels or layer in channels:
            shown = tuple(range(min(film.channels, channels.get(layer, film.channels))))
            specs[TILES + layer] = FilterAtlas(model=frame.model, layer=layer, channels=shown, size=TILE_PIXELS,
                                               steps=TILE_STEPS, seed=SEED, restarts=1)  # fmt: skip
    if film.pictures:
        specs[MAPS] = Attribution.from_fields({"model": frame.model, "images": list(film.pictures)})
    if before and before != frame.model:
        specs[MOVED] = CompareModels(model=before, other=frame.model, most_layers=1, most_channels=1, size=32, steps=1,
                                     restarts=0)  # fmt: skip
    if film.dataset:
        specs[JUDGED] = EvaluateModel(model=frame.model, dataset=film.dataset)
    return specs


def _submitted(client: Client, spec: JobSpec) -> str:
    """The key of a run that was asked for; "" where the network, its layer or its pictures are none for it."""
    try:
        return client.submit(spec)[0]
    except (InvalidSpec, UnknownModel, UnknownImage, UnknownDataset):
        return ""


def _channels(client: Client, models: Sequence[str]) -> dict[str, int]:
    """How many channels each layer has, as the first of the models says that was opened; they are alike in a film."""
    for model in filter(None, models):
        record = client.record(InspectModel(model=model).key())
        if record.status == "complete":
            rows = client.result(record.key).parts[0].facts["layers"]
            return {str(row["path"]): int(row["channels"]) for row in rows if row["channels"]}
    return {}


def _thinned(client: Client, film: Film) -> Film:
    for frame in film.spare_models():
        if not all(run.over for run in client.records.get_many([*frame.runs.values()])):
            continue  # next time
        here = client.library.entries.find("model", frame.name)
        if here is not None and here["reference"] == frame.model:
            try:
                delete_entry(client, "model", frame.name)
            except ConvscopeError:  # a run of somebody else's uses it
                continue
        film = film.changed_frame(replace(frame, name=""))
    return film
