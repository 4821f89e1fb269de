"""The only embedder: evaluate, gallery, predict and the page all see a face through it, exactly as training did."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.common.errors import JobError
from pipeline.faces.align import like_a_face
from pipeline.faces.framing import Framing
from pipeline.faces.landmarks import Find, find, find_all
from pipeline.faces.preprocess import Preprocessing
from pipeline.faces.way_in import Face, gray
from pipeline.recognise import header
from pipeline.recognise.spaces import PLAIN, WHITENED, Space
from siamese_np import kernels, weights
from siamese_np.fusion import fuse
from siamese_np.layers import Sequential
from siamese_np.models import on_unit_sphere
from siamese_np.whitening import is_whitened

EMBED_AT_ONCE = 256


@dataclass(frozen=True)
class Recogniser:
    """A trained network with all that belongs to it; safe to use from many threads.

    members: the networks. views: what each of them is shown, where that is not `preprocessing` for all. mirror: a face
    counts as the mean of itself and its mirror image. thresholds: rule -> {threshold, far, frr, gallery_size}.
    model_hash: of the file. extra: what else training wrote into it. framing: of the training crops, None where their
    landmarks were not known. find: gives the landmarks of a crop, where they are needed.
    """

    members: tuple[Sequential, ...]
    preprocessing: Preprocessing
    thresholds: dict[str, dict[str, Any]]
    model_hash: str
    extra: dict[str, Any]
    views: tuple[Preprocessing, ...] = ()
    mirror: bool = False
    framing: Framing | None = None
    find: Find = find

    def embed(self, pictures: Sequence[np.ndarray], landmarks: np.ndarray | None = None) -> np.ndarray:
        """Face crops (h, w) or (h, w, 3) uint8 of any size -> embeddings (N, D) float32.

        landmarks: (N, 5, 2), NaN where none, so that they are not searched again where they are known.
        """
        points = [None] * len(pictures) if landmarks is None else landmarks
        return self.embed_views([self.prepare(picture, five) for picture, five in zip(pictures, points, strict=True)])

    def embed_faces(self, faces: Sequence[Face]) -> np.ndarray:
        """What `way_in.look` found -> embeddings (N, D) float32."""
        return self.embed_views([self.prepare_face(face) for face in faces])

    def prepare(self, picture: np.ndarray, landmarks: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
        """A face crop as each member is shown it: grey, framed, aligned or cut, (H, W) uint8, before standardising."""
        if landmarks is None and self._uses_landmarks:
            (landmarks,) = find_all([picture], self.find)
        crop = gray(picture)
        return self._views(crop, landmarks, crop, landmarks)

    def prepare_face(self, face: Face) -> tuple[np.ndarray, ...]:
        """The same of a face of a photo; where its framing is another one, it is cut out of the whole photo again."""
        if face.whole and not like_a_face(face.points):
            return self.prepare(face.photo)
        return self._views(*face.crop(), gray(face.photo), face.points)

    def _views(
        self, crop: np.ndarray, landmarks: np.ndarray | None, whole: np.ndarray, points: np.ndarray | None
    ) -> tuple[np.ndarray, ...]:
        """`crop` is a part of `whole`; `landmarks` and `points` are the same five points in the pixels of each."""
        framing = self.framing
        if framing and like_a_face(landmarks):
            if not framing.has(landmarks, crop.shape) and framing.fits(landmarks, crop.shape):
                crop, landmarks = framing.cut(whole, points)
        views = self.views or (self.preprocessing,) * len(self.members)
        return tuple(view.view(crop, landmarks) for view in views)

    @property
    def _uses_landmarks(self) -> bool:
        return self.framing is not None or any(view.align is not None for view in self.views)

    def embed_views(self, prepared: Sequence[tuple[np.ndarray, ...]]) -> np.ndarray:
        """What `prepare` gave for each picture -> embeddings (N, D) float32.

        The embeddings of several members stand side by side, divided by sqrt(members) so that lengths stay comparable.
        """
        parts = []
        for start in range(0, len(prepared), EMBED_AT_ONCE):
            by_member = zip(*prepared[start : start + EMBED_AT_ONCE], strict=True)
            # standardising is the same for all members: what differs is in the views already
            embeddings = [self._member(*both) for both in zip(self.members, by_member, strict=True)]
            parts.append(np.concatenate(embeddings, axis=1))
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

    @property
    def space(self) -> Space:
        """What is known of the distances of strangers in the space of the embeddings."""
        return WHITENED if all(map(is_whitened, self.members)) else PLAIN


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
            # a model of before there was a framing takes crops as they are
            framing=Framing.from_json(extra["framing"]) if extra.get("framing") else None,
        )
    except weights.Unusable as error:
        raise JobError(f"{error}. Train it anew: siamese-np train --fresh, or restore a copy of it") from error
