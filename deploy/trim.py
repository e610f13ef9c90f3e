"""Remove from an image what is installed and never used: `python deploy/trim.py dashboard|worker` inside its build.

Run by the environment that is trimmed. A rule that finds nothing ends the build, so that none outlives its package.
"""

import shutil
import sys
import sysconfig
from pathlib import Path

PACKAGES = Path(sysconfig.get_path("purelib"))
# Patterns below site-packages, and why nobody misses it.
EVERYWHERE = {
    "*/**/tests": "packages' own tests",
    "pip": "nothing is installed in a container",
    "pip-*.dist-info": "the same",
    "plotly/labextension": "for notebooks",
    "../../../share/jupyter": "for notebooks",
    # scikit-image is located for its photographs, see KEPT, and never imported.
    "skimage/*": "but for its photographs",
    "networkx": "of scikit-image",
    "imageio": "of scikit-image",
    "tifffile": "of scikit-image",
}
DASHBOARD = {
    "scipy": "nothing here imports it",
    "scipy.libs": "its libraries",
    "joblib": "of scikit-learn",
    "sklearn/*": "but for its digits",
    "pyarrow/include": "headers",
    "pyarrow/libarrow_flight.so*": "a network protocol that nobody speaks",
    "pyarrow/_flight.*": "the same",
    "pyarrow/libarrow_s3.so*": "files are reached by fsspec",
    "pyarrow/_s3fs.*": "the same",
    "pydeck/nbextension": "for notebooks",
}
WORKER = {
    "tensorflow/include": "headers, 290 MB",
    "clang": "for building TensorFlow",
    "setuptools": "nothing is built in a container",
}
KEPT = {"skimage": ("__init__.py", "data"), "sklearn": ("__init__.py", "datasets")}
PARTS = {"dashboard": EVERYWHERE | DASHBOARD, "worker": EVERYWHERE | WORKER}


def main() -> None:
    """Remove what the rules of a part name, and say how much that was.

    Raises:
        SystemExit: a rule finds nothing.
    """
    total = 0
    for pattern in PARTS[sys.argv[1]]:
        found = [path for path in PACKAGES.glob(pattern) if path.name not in KEPT.get(path.parent.name, ())]
        if not found:
            sys.exit(f"trim.py: nothing matches {pattern}. Take the rule out, or mend it.")
        total += sum(remove(path) for path in found)
    print(f"trim.py: {total / 1e6:.0f} MB removed")


def remove(path: Path) -> int:
    """Remove a file or folder; the bytes that it held."""
    if path.is_symlink() or path.is_file():
        size = path.lstat().st_size
        path.unlink()
        return size
    size = sum(one.lstat().st_size for one in path.rglob("*") if not one.is_dir())
    shutil.rmtree(path, ignore_errors=True)
    return size


if __name__ == "__main__":
    main()
