"""The page takes a photo and shows the answer, with the photos that belong to it. It also works without JavaScript."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from PIL import Image, ImageDraw
from werkzeug.exceptions import NotFound

from pipeline import photos
from pipeline.evaluate.pictures import PICTURES
from pipeline.faces import way_in
from pipeline.recognise.gallery import GalleryPhoto, Snapshot
from pipeline.recognise.predict import answer as answer_for
from webapp import report, serving, uploads
from webapp.answer import Layout, lay_out
from webapp.samples import Sample

CURVES = "curves.png"
RANKED = 20  # people in an answer
MARKED_SIDE = 720  # pixels of a photo with several faces
PHOTO_SIDE = 320  # pixels, enough for a sharp picture at the size that the page shows

blueprint = Blueprint("page", __name__)


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The page; with `?sample=KEY` it answers for that sample."""
    key = request.args.get("sample")
    if key is None:
        return render()
    sample = _sample(key)
    return render(picture=_read(sample.path), sample=sample)


@blueprint.post("/")
def ask() -> ResponseReturnValue:
    """The page with the answer for an uploaded photo."""
    return render(picture=uploads.picture(request))


@blueprint.get("/gallery/<key>.png")
def gallery_photo(key: str) -> ResponseReturnValue:
    """The photo of the gallery whose content has this key."""
    snapshot = serving.now().snapshot
    photo = next((photo for photo in snapshot.photos if photo.key == key), None) if snapshot else None
    if photo is None:
        raise NotFound("There is no such photo in the gallery.")
    return _png(photo.path)


@blueprint.get("/samples/<key>.png")
def sample_photo(key: str) -> ResponseReturnValue:
    """The sample whose content has this key."""
    return _png(_sample(key).path)


@blueprint.get("/curves.png")
def curves() -> ResponseReturnValue:
    """The picture of the training curves."""
    path = serving.current().run / CURVES
    if not path.is_file():
        raise NotFound("This run has no picture of its curves.")
    return Response(path.read_bytes(), mimetype="image/png")


@blueprint.get("/pictures/<name>")
def picture(name: str) -> ResponseReturnValue:
    """A picture of the evaluation."""
    path = serving.current().run / "pictures" / name
    if name not in PICTURES or not path.is_file():
        raise NotFound("This run has no such picture: siamese-np evaluate draws them.")
    return Response(path.read_bytes(), mimetype="image/png")


def render(message: str | None = None, picture: np.ndarray | None = None, sample: Sample | None = None) -> str:
    """The whole page, with `message` on top or with the answer for `picture`.

    Raises EmptyGallery if there is a picture and nobody to compare it with, way_in.NoFace where it shows no face.
    """
    now = serving.now()
    answers, answer = [], None
    if picture is not None:
        snapshot = now.gallery()
        faces = way_in.look(picture)
        answer = answer_for(now.recogniser, snapshot, faces, rule=current_app.config["RULE"], top=RANKED)
        answers = [
            Asked(answer | one, lay_out(answer | one), _data_url(now.recogniser.prepare_face(face)[0]))
            for one, face in zip(answer["faces"], faces, strict=True)
        ]
    pictures = serving.current().run / "pictures"
    return render_template(
        "page.html",
        now=now,
        message=message,
        answer=answer,
        answers=answers,
        marked=_data_url(_marked(faces)) if len(answers) > 1 else None,
        sample=sample,
        people=_people(now.snapshot) if now.snapshot else [],
        never_seen=_never_seen(now),
        card=report.read(serving.current().run / "report.json"),
        facts=report.facts(now.recogniser.extra),
        methods=report.METHODS,
        folder=serving.current().folder,
        has_curves=(serving.current().run / CURVES).is_file(),
        pictures=[(name, picture.shows) for name, picture in PICTURES.items() if (pictures / name).is_file()],
    )


@dataclass(frozen=True)
class Asked:
    """A face of the photo that was asked about: its answer, its layout, and what the network sees of it."""

    answer: dict[str, Any]
    layout: Layout
    view: str


def _marked(faces: tuple[way_in.Face, ...]) -> np.ndarray:
    """The photo, small, with the numbered boxes of its faces."""
    photo = Image.fromarray(faces[0].photo)
    k = min(MARKED_SIDE / max(photo.size), 1)
    photo = photo.resize((max(round(photo.width * k), 1), max(round(photo.height * k), 1)))
    draw = ImageDraw.Draw(photo)
    for number, face in enumerate(faces, 1):
        x, y, width, height = (side * k for side in face.box)
        draw.rectangle((x, y, x + width, y + height), outline="white", width=3)
        draw.rectangle((x, y, x + width, y + height), outline="black", width=1)
        draw.text((x + 5, y + 3), str(number), fill="white", stroke_width=2, stroke_fill="black", font_size=20)
    return np.asarray(photo)


def _never_seen(now: serving.Now) -> bool:
    """Whether there is a gallery, and no one in it has the name of a person that the network was trained on."""
    trained_on = now.recogniser.extra.get("trained_on")
    return bool(now.snapshot) and trained_on is not None and not {*trained_on} & {*now.snapshot.people}


def _people(snapshot: Snapshot) -> list[tuple[str, list[GalleryPhoto]]]:
    """Each person of the gallery, with the photos of that person."""
    photos_of = {person: [] for person in snapshot.people}
    for photo in snapshot.photos:
        photos_of[photo.person].append(photo)
    return list(photos_of.items())


def _sample(key: str) -> Sample:
    sample = serving.now().samples.find(key)
    if sample is None:
        raise NotFound("There is no such sample. Choose one from the page.")
    return sample


def _read(path: Path) -> np.ndarray:
    try:
        return photos.read(path)
    except photos.PhotoError as error:
        raise NotFound(f"This photo {error}.") from error


def _png(path: Path) -> Response:
    """The photo at `path` as PNG, shrunk to the size that the page shows."""
    image = Image.fromarray(_read(path))
    image.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
    answer = Response(photos.png_bytes(np.asarray(image)), mimetype="image/png")
    answer.headers["Cache-Control"] = "private, max-age=86400, immutable"  # other content has another address
    return answer


def _data_url(picture: np.ndarray) -> str:
    return "data:image/png;base64," + base64.b64encode(photos.png_bytes(picture)).decode("ascii")
