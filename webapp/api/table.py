"""All routes of the API."""

from flask import Blueprint

from webapp.api import model, people, questions
from webapp.api.route import PNG, Route
from webapp.api.schemas import FACES, NAME, PHOTO, RULE, many, thing

_photos = {**many(PHOTO), "minItems": 1}
_person = "/people/{name}"

ROUTES = (
    Route("POST", "/predict", questions.answer, "Who is this?", "Answer", {"rule": RULE}, form=thing(photo=PHOTO),
          refuses=(409,)),
    Route("POST", "/verify", questions.verify_photos, "Are two photos, or a photo and a known person, the same person?",
          "Verified", form=thing(photo={**_photos, "maxItems": 2}) | {"properties": {
              "photo": {**_photos, "maxItems": 2}, "person": NAME, "face": FACES}}, refuses=(404, 409)),
    Route("GET", "/people", people.people, "Who is known, and by which photos?", "People"),
    Route("GET", "/photos/{key}", people.photo, "A photo of the gallery", PNG),
    Route("POST", f"{_person}/photos", people.add_photos, "Add photos of a person, who may be new", "Added",
          form=thing(photo=_photos) | {"properties": {"photo": _photos, "face": FACES}}, changes=True),
    Route("PATCH", _person, people.rename, "Rename a person", "Change", json=thing(name=NAME), changes=True),
    Route("POST", f"{_person}/merge", people.merge, "Make a person part of another one", "Change", json=thing(into=NAME),
          changes=True),
    Route("DELETE", _person, people.forget, "Forget a person", "Change", changes=True),
    Route("DELETE", f"{_person}/photos/{{key}}", people.remove_photo, "Remove a photo of a person", "Change", changes=True),
    Route("POST", f"{_person}/photos/{{key}}/move", people.move_photo, "Move a photo to another person", "Change",
          json=thing(to=NAME), changes=True),
    Route("POST", "/changes/{id}/undo", people.undo, "Undo a change", "Change", changes=True),
    Route("GET", "/report", model.report, "How good is the model, and how many people does that rest on?", "Report",
          refuses=(404,)),
    Route("GET", "/model", model.model, "What is known of the model?", "Model"),
)  # fmt: skip


def register(blueprint: Blueprint) -> None:
    """Have each of them answered."""
    for route in ROUTES:
        rule = route.path.replace("{", "<").replace("}", ">")
        blueprint.add_url_rule(rule, route.name, route, methods=[route.method])
