"""What schemathesis sends as a photo, and whom it asks about."""

import io

import numpy as np
import schemathesis
from hypothesis import strategies
from PIL import Image

NAMES = ("Anna", "Ben", "Зоя", "New")


def photo(seed: int) -> bytes:
    """A PNG file."""
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (56, 46), np.uint8)).save(file, "PNG")
    return file.getvalue()


schemathesis.openapi.format("binary", strategies.sampled_from([*map(photo, range(3)), b"text", b"", photo(0)[:100]]))


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Half of the names are those of people who may be there."""
    if path_parameters and isinstance(name := path_parameters.get("name"), str) and len(name) % 2:
        path_parameters["name"] = NAMES[len(name) % 4]
    return path_parameters
