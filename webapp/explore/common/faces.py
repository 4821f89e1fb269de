"""The faces of a page of /explore: samples, photos of the gallery, and uploads, each with a name for the address.

    sample-KEY, gallery-KEY     a photo that is there, named by its content
    upload-TOKEN                a photo that was sent; it is kept in memory for a while, and then the name finds nothing

`chosen("a")` is the face that the address names in ?a=...; `pair()` are two, with a first choice where none is named.
A network sees a face as the recogniser prepares it (`inputs`), with the view of that member of the model.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from flask import Blueprint, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound

from pipeline import photos
from pipeline.faces import way_in
from pipeline.faces.preprocess import Preprocessing
from pipeline.faces.way_in import Face
from pipeline.recognise.gallery import GalleryPhoto
from pipeline.recognise.kept_faces import KeptFaces
from pipeline.recognise.recogniser import Recogniser
from siamese_np.layers import Sequential
from siamese_np.whitening import as_trained
from webapp.common import answers, pictures, serving, uploads
from webapp.common.samples import Sample
from webapp.explore.common import kept, state

PEOPLE, EACH = 24, 4  # of the gallery, to choose from
KEPT = 32  # faces in memory

blueprint = Blueprint("faces", __name__, url_prefix="/faces")


class NoFaces(NotFound):
    """A page needs a face, and there is none. The blueprint of /explore answers it with a form for a photo."""

    def __init__(self, slot: str) -> None:
        super().__init__("There is no face to show yet: the run has no samples, and nobody is in its gallery.")
        self.slot = slot


@dataclass(frozen=True, eq=False)
class Chosen:
    """A face that was chosen. name: as in the address; person: who it shows, None for an upload; views: what each
    member of the model is shown, (H, W) uint8."""

    name: str
    person: str | None
    face: Face
    views: tuple[np.ndarray, ...]


@dataclass(frozen=True, eq=False)
class Uploaded:
    """A photo that was sent."""

    face: Face


def present() -> serving.Now:
    """The model, the gallery and the samples for this request, which looks for them on the disk only once."""
    if "explore_present" not in g:
        g.explore_present = serving.now()
    return g.explore_present


def chosen(slot: str, first: str | None = None) -> Chosen:
    """The face that ?SLOT=NAME of the address names, else the one named `first`. Raises NotFound, NoFaces for none."""
    name = request.args.get(slot) or first
    if not name:
        raise NoFaces(slot)
    return find(name)


def pair() -> tuple[Chosen, Chosen]:
    """The faces ?a= and ?b=; without them two photos of one person. Raises NotFound, and NoFaces for none."""
    names = first_names()
    return chosen("a", names[0]), chosen("b", names[1])


def first_names() -> tuple[str | None, str | None]:
    """The names of two photos of one person, where there are: a sample and a photo of the gallery."""
    now = present()
    listed = now.snapshot.photos if now.snapshot else ()
    for sample in now.samples.known:
        for photo in listed:
            if photo.person == sample.person:
                return f"sample-{sample.key}", f"gallery-{photo.key}"
    every = [f"gallery-{photo.key}" for photo in listed] + [f"sample-{sample.key}" for sample in _all(now)]
    return (every[0], every[1 % len(every)]) if every else (None, None)


def find(name: str) -> Chosen:
    """The face with this name. Raises NotFound, and NoFace for a photo that shows none."""
    recogniser = present().recogniser
    return kept.results().get("face", (recogniser.model_hash, name), lambda: _find(name, recogniser), KEPT)


def same_person(a: Chosen, b: Chosen) -> bool:
    """Whether two faces are of one person, as far as is known; an upload is nobody's. ?same=1 and ?same=0 decide."""
    known = a.person is not None and a.person == b.person
    return state.choice("same", ("0", "1"), "1" if known else "0") == "1"


def member(recogniser: Recogniser) -> int:
    """The number, from 0 on, of the network that the address asks for by ?member=, which counts from 1."""
    return state.whole("member", 1, 1, len(recogniser.members)) - 1


def network(recogniser: Recogniser, number: int) -> Sequential:
    """A network of the model as it was trained: a whitening, which no gradient has made, is left out."""
    key = recogniser.model_hash, number
    return kept.results().get("network", key, lambda: as_trained(recogniser.members[number]))


def inputs(recogniser: Recogniser, number: int, *faces: Chosen) -> np.ndarray:
    """What network `number` of the model is given for these faces: (N, 1, H, W) float32, standardised."""
    views = [face.views[number] for face in faces]
    return Preprocessing(views[0].shape, recogniser.preprocessing.standardise)(views)


def offered() -> dict[str, list[tuple[str, str, str]]]:
    """What there is to choose from: title -> (name, words, address of a small picture), samples and people."""
    now = present()
    rows = {
        "Samples": [(f"sample-{one.key}", f"{one.person}, a sample", url_for("pictures.sample_photo", key=one.key))
                    for one in _all(now)],
        "Gallery": [(f"gallery-{photo.key}", photo.person, url_for("pictures.gallery_photo", key=photo.key))
                    for photo in _some_of_each(now)],
    }  # fmt: skip
    return {title: row for title, row in rows.items() if row}


def _all(now: serving.Now) -> list[Sample]:
    return [*now.samples.known, *now.samples.strangers, *now.samples.enrolled]


def _some_of_each(now: serving.Now) -> list[GalleryPhoto]:
    if now.snapshot is None:
        return []
    starts = [*now.snapshot.starts.tolist(), len(now.snapshot.photos)][: PEOPLE + 1]
    return [photo for start, end in pairwise(starts) for photo in now.snapshot.photos[start : min(end, start + EACH)]]


def _find(name: str, recogniser: Recogniser) -> Chosen:
    kind, _, key = name.partition("-")
    person = None
    if kind == "upload":
        face = answers.find(key, Uploaded).face
    elif kind == "sample" and (sample := present().samples.find(key)):
        person, face = sample.person, way_in.one(way_in.look(_read(sample.path)), "largest")
    elif kind == "gallery" and (photo := serving.current().photo(key)):
        person, face = photo.person, of_gallery(photo, KeptFaces(serving.current().folder))
    else:
        raise NotFound("There is no such face any more. Choose another one.")
    return Chosen(name, person, face, recogniser.prepare_face(face))


def of_gallery(photo: GalleryPhoto, faces: KeptFaces) -> Face:
    """The face that counts in a photo of the gallery, as the gallery found it. Raises NotFound, and NoFace."""
    picture = _read(photo.path)
    found = faces.get(photo.key, picture)
    if isinstance(found, str):
        raise way_in.NoFace(found)
    return found or way_in.one(way_in.look(picture))


def _read(path: Path) -> np.ndarray:
    try:
        return photos.read(path)
    except photos.PhotoError as error:
        raise NotFound(f"This photo {error}.") from error


@blueprint.post("/")
def send() -> ResponseReturnValue:
    """Keep the photo of a form, and go on to the page `page` with the face in the place `slot`; all else that the
    address holds is kept as it is."""
    page, slot = request.args.get("page", ""), request.args.get("slot", "")
    if slot not in ("a", "b") or f"explore.{page}.index" not in current_app.view_functions:
        raise BadRequest("The form does not say which page the photo is for.")
    face = way_in.one(way_in.look(uploads.picture(request)), "largest").kept()
    token = answers.store().put(Uploaded(face), face.photo.nbytes)
    state_of_page = {name: value for name, value in request.args.items() if name not in ("page", "slot")}
    address = url_for(f"explore.{page}.index", **state_of_page | {slot: f"upload-{token}"})
    if request.accept_mimetypes.best == "application/json":  # common/photos.js, which goes there itself
        return "", 201, {"Location": address}
    return redirect(address, 303)


@blueprint.get("/<name>.png")
def crop(name: str) -> ResponseReturnValue:
    """The face as it was cut out, grey."""
    return pictures.of_pixels(find(name).face.crop()[0], "png")


@blueprint.get("/<name>/<int:number>.png")
def view(name: str, number: int) -> ResponseReturnValue:
    """What network `number` of the model sees of it; networks are counted from 1."""
    views = find(name).views
    if not 1 <= number <= len(views):
        raise NotFound(f"There is no network {number}: the model has {len(views)}.")
    return pictures.of_pixels(views[number - 1], "png")
