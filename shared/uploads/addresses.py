"""Model files that lie elsewhere: object stores, Hugging Face, Kaggle, a registry. Fetched once; the digest is kept.

    s3://bucket/net.keras  gs://...  az://...  https://...    what fsspec and its drivers reach
    hf://user/repository[/file]                                huggingface_hub; without a file, a KerasHub preset
    kaggle://owner/model/framework/variation[/version]         kagglehub; a KerasHub preset, or one model file
    mlflow:models:/NAME/VERSION                                MLflow's own client

Only a command in the server's own shell fetches: a page must not make a server ask for addresses.
"""

import importlib
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

import fsspec

from shared.errors import RefusedUpload, message

CHUNK = 1024 * 1024
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://|mlflow:", re.IGNORECASE)
# Of a KerasHub preset and of a .keras file alike: packed together, the first is the second.
_MEMBERS = ("config.json", "metadata.json", "model.weights.h5")
_ENDS = (".keras", ".h5", ".hdf5", ".onnx")


def is_address(source: str) -> bool:
    """Whether a model is named by an address, not by a path."""
    return bool(_ADDRESS.match(source))


@contextmanager
def fetched(address: str, limit: int) -> Iterator[Path]:
    """The file at an address, on this machine's disk for the time of the block.

    Args:
        address: see above.
        limit: most bytes of it.

    Raises:
        RefusedUpload: nothing is there, it is too large, a driver is missing, or the other side refuses.
    """
    with TemporaryDirectory() as folder:
        if address.lower().startswith("mlflow:"):
            yield _from_mlflow(address.partition(":")[2], Path(folder), limit)
        elif address.lower().startswith("kaggle://"):
            yield _from_kaggle(address.partition("//")[2], Path(folder), limit)
        else:
            yield _from_store(address, Path(folder), limit)


def _from_store(address: str, folder: Path, limit: int) -> Path:
    try:
        store, root = fsspec.core.url_to_fs(address)
        if not store.isdir(root):
            return _copy(store, root, folder / PurePosixPath(root).name, limit)
        names = {PurePosixPath(path).name for path in store.ls(root, detail=False)}
        if not names >= set(_MEMBERS):
            received = f"a folder with {', '.join(sorted(names)[:5]) or 'nothing in it'}"
            raise RefusedUpload(message("a model file, or a KerasHub preset", received, "Name the file itself."))
        parts = [_copy(store, f"{root}/{name}", folder / name, limit) for name in _MEMBERS]
    except RefusedUpload:
        raise
    except ImportError as error:  # fsspec names the package
        raise RefusedUpload(message(f"a driver for {address.split(':')[0]}", "none", f"{error}.")) from error
    except Exception as error:  # every driver raises its own kinds
        raise _refused(address, error) from error
    return _pack(parts, folder / f"{PurePosixPath(root).name}.keras")


def _copy(store: Any, path: str, target: Path, limit: int) -> Path:
    left = limit
    with store.open(path, "rb") as source, target.open("wb") as file:
        while chunk := source.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                advice = "Raise CONVSCOPE_MAX_UPLOAD to allow it."
                raise RefusedUpload(message(f"at most {limit:,} bytes", f"more than that at {path}", advice))
            file.write(chunk)
    return target


def _pack(parts: list[Path], target: Path) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for part in parts:
            archive.write(part, part.name)
    return target


def _from_kaggle(handle: str, folder: Path, limit: int) -> Path:
    """`owner/model/framework/variation[/version][/file]`, as Kaggle's client names it; from its cache or the net."""
    client = _client("kagglehub", "kagglehub")
    parts = handle.strip("/").split("/")
    length = 5 if len(parts) > 4 and parts[4].isdigit() else 4
    file = "/".join(parts[length:]) or None
    try:
        root = Path(client.model_download("/".join(parts[:length]), file))
    except Exception as error:  # whatever the client raises
        raise _refused(f"kaggle://{handle}", error) from error
    members = [root / name for name in _MEMBERS]
    if all(one.is_file() for one in members):
        for one in members:
            _refuse_large(one, limit)
        return _pack(members, folder / f"{parts[3]}.keras")
    return _only_model(root, limit, "Name the file behind the version.")


def _from_mlflow(address: str, folder: Path, limit: int) -> Path:
    artifacts = _client("mlflow.artifacts", "mlflow")
    try:
        root = Path(artifacts.download_artifacts(artifact_uri=address, dst_path=str(folder)))
    except Exception as error:  # whatever the registry's client raises
        raise _refused(address, error) from error
    return _only_model(root, limit, "Log it with mlflow.keras.")


def _client(module: str, package: str) -> Any:
    """Somebody's client, where it is installed; nothing else here needs it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        advice = f"Run `pip install {package}`."
        raise RefusedUpload(message(f"{package} beside this command", "none", advice)) from None


def _only_model(root: Path, limit: int, advice: str) -> Path:
    files = sorted(path for path in [root, *root.rglob("*")] if path.is_file() and path.suffix in _ENDS)
    if len(files) != 1:
        received = ", ".join(path.name for path in files[:5]) or "no model file"
        raise RefusedUpload(message("one model file at the address", received, advice))
    _refuse_large(files[0], limit)
    return files[0]


def _refuse_large(path: Path, limit: int) -> None:
    size = path.stat().st_size
    if size > limit:
        raise RefusedUpload(message(f"at most {limit:,} bytes", f"{size:,}", "Raise CONVSCOPE_MAX_UPLOAD to allow it."))


def _refused(address: str, error: Exception) -> RefusedUpload:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
    advice = "Look at the address, and at the credentials that its driver reads from the environment."
    return RefusedUpload(message(f"a model at {address}", reason.rstrip("."), advice))
