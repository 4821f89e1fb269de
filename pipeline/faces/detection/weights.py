"""The weights of MTCNN's three networks, from the installed package `mtcnn`.

The package is not imported, so TensorFlow is not needed. It stores each network as a file that joblib wrote: a list of
arrays in the order of Keras. Reading such a file unpickles it, and a pickle may run any program. So the bytes are first
checked against a known SHA-256, and exactly the checked bytes are read.
"""

import hashlib
import importlib.util
import io
from pathlib import Path

import numpy as np

from pipeline.common.errors import JobError

INSTALL = "pip install mtcnn==1.0.0 joblib"

SHA256 = {
    "pnet": "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5",
    "rnet": "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee",
    "onet": "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3",
}


def folder() -> Path:
    """The folder with the package's weights. Raises JobError, with the line that installs it, if it is missing."""
    package = importlib.util.find_spec("mtcnn")  # finds the package without running it
    if package is None or not package.submodule_search_locations:
        raise JobError(f"finding faces needs the weights of the package mtcnn: {INSTALL}")
    return Path(package.submodule_search_locations[0]) / "assets" / "weights"


def load(network: str, source: Path | None = None) -> list[np.ndarray]:
    """The arrays (float32) of "pnet", "rnet" or "onet", in the order of Keras.

    Raises JobError if the file is missing, or is not that of mtcnn 1.0.0.
    """
    path = (source or folder()) / f"{network}.lz4"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise JobError(f"{path} is missing: another version of mtcnn? {INSTALL}") from None
    if hashlib.sha256(content).hexdigest() != SHA256[network]:
        raise JobError(f"{path} is not the file of mtcnn 1.0.0, so it is not opened: {INSTALL} --force-reinstall")
    try:
        import joblib  # imported here, since only this function needs it
    except ModuleNotFoundError:
        raise JobError(f"reading the weights of mtcnn needs joblib: {INSTALL}") from None
    return joblib.load(io.BytesIO(content))
