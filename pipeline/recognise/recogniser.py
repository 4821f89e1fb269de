"""The ONLY embedder: evaluate, gallery, predict and the page all see a face through it, exactly as training did."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import photos
from pipeline.common.errors import JobError
from pipeline.faces.landmarks import Find, find, find_all
from pipeline.faces.preprocess import Preprocessing
from pipeline.recognise import header
from siamese_np import kernels, weights
from siamese_np.fusion import fuse
from siamese_np.layers import Sequential
from siamese_np.models import on_unit_sphere

EMBED_AT_ONCE = 256


@dataclass(frozen=True)
class Recogniser:
    """A trained network with all that belongs to it; safe to use from many threads.

    members: the networks. views: what each of them sees, where that is not `preprocessing` for all. mirror: a face counts
    as the mean of itself and its mirror image. thresholds: rule -> {threshold, far, frr, gallery_size}. model_hash: of
    the file. extra: what else training wrote into it. find: gives the landmarks of a picture, where faces are aligned.
    """

    members: tuple[Sequential, ...]
    preprocessing: Preprocessing
    thresholds: dict[str, dict[str, Any]]
    model_hash: str
    extra: dict[str, Any]
    views: tuple[Preprocessing, ...] = ()
    mirror: bool = False
    find: Find = find

    def embed(self, pictures: Sequence[np.ndarray], landmarks: np.ndarray | None = None) -> np.ndarray:
        """Faces (h, w) or (h, w, 3) uint8 of any size -> embeddings (N, D) float32.

        landmarks: (N, 5, 2), NaN where none, so that they are not searched again where they are known.
        """
        points = [None] * len(pictures) if landmarks is None else landmarks
        return self.embed_views([self.prepare(picture, five) for picture, five in zip(pictures, points, strict=True)])

    def prepare(self, picture: np.ndarray, landmarks: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
        """The picture as each member sees it: grey, aligned or cut, and resized (H, W) uint8, before standardising."""
        views = self.views or (self.preprocessing,) * len(self.members)
        if landmarks is None and any(view.align is not None for view in views):
            (landmarks,) = find_all([picture], self.find)
        return tuple(view.view(_gray(picture), landmarks) for view in views)

    def embed_views(self, prepared: Sequence[tuple[np.ndarray, ...]]) -> np.ndarray:
        """What `prepare` gave for each picture -> embeddings (N, D) float32.

        The embeddings of several members stand side by side, divided by sqrt(members) so that lengths stay comparable.
        """
        parts = []
        for start in range(0, len(prepared), EMBED_AT_ONCE):
            seen = zip(*prepared[start : start + EMBED_AT_ONCE], strict=True)  # by member
            # standardising is the same for all members: what differs is in the views already
            parts.append(np.concatenate([self._member(*both) for both in zip(self.members, seen, strict=True)], axis=1))
        return np.concatenate(parts) / np.float32(np.sqrt(len(self.members)))

    def _member(self, network: Sequential, views: Sequence[np.ndarray]) -> np.ndarray:
        x = Preprocessing(views[0].shape, self.preprocessing.standardise)(views)
        z = network.forward(x)
        if self.mirror:
            z = (z + network.forward(np.ascontiguousarray(x[..., ::-1]))) / 2
            if on_unit_sphere(network):
                z /= np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-12)
        return z

    @property
    def unit_length(self) -> bool:
        """Whether embeddings lie on the unit sphere, and a mean of some is to be scaled back to it."""
        return all(on_unit_sphere(member) for member in self.members)

    def view(self, picture: np.ndarray, landmarks: np.ndarray | None = None) -> np.ndarray:
        """The picture as the (first) network sees it, (H, W) uint8."""
        return self.prepare(picture, landmarks)[0]


def _gray(picture: np.ndarray) -> np.ndarray:
    return picture if picture.ndim == 2 else photos.to_gray(picture)


def load(run: Path, kernels_name: str = "numba") -> Recogniser:
    """The model of a run folder (or a model file). Raises JobError, with the way out, where there is none to use."""
    path = run / "model.npz" if run.is_dir() else run
    if not path.is_file():
        raise JobError(f"there is no model at {path}: train one with siamese-np train, or siamese-np demo")
    try:
        networks, extra = weights.load(path, kernels.get(kernels_name))
        members = tuple(map(fuse, networks))
        header.check(path, members, extra)
        return Recogniser(
            members=members,
            preprocessing=Preprocessing.from_json(extra["preprocessing"]),
            thresholds=extra["thresholds"],
            model_hash=hashlib.sha256(path.read_bytes()).hexdigest(),
            extra=extra,
            # a model of before there were several views has one for all
            views=tuple(Preprocessing.from_json(view) for view in extra.get("views", ())),
            mirror=extra.get("mirror", False),
        )
    except weights.Unusable as error:
        raise JobError(f"{error}. Train it anew: siamese-np train --fresh, or restore a copy of it") from error
