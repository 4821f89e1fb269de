"""The JSON values of the API, as JSON Schema (2020-12) for its description. An object may have further keys."""

from typing import Any

from pipeline.recognise.rules import RULES


def thing(**properties: Any) -> dict[str, Any]:
    """An object that has all these properties."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def many(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def maybe(schema: dict[str, Any]) -> dict[str, Any]:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


TEXT, NUMBER, COUNT, BOOL = {"type": "string"}, {"type": "number"}, {"type": "integer", "minimum": 0}, {"type": "boolean"}
KEY = {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "The SHA-256 of the photo's content."}
NAME = {"type": "string", "minLength": 1, "maxLength": 200, "description": "Upper and lower case are the same person."}
CHANGE_ID = {"type": "string", "pattern": "^[0-9]{1,20}$"}
RULE = {"type": "string", "enum": list(RULES), "description": "How a person is compared: with the mean of all their photos, "
                                                              "or with the nearest one."}  # fmt: skip
PHOTO = {"type": "string", "format": "binary", "description": "JPEG, PNG, WebP, HEIC and others, as it is."}
FACES = many({"type": "string", "pattern": "^(|largest|[1-9][0-9]{0,5})$"})
FACES["description"] = "For each photo the face that is meant: largest, its number, or empty."
RATES = dict(far=maybe(NUMBER), frr=maybe(NUMBER))

# name of a parameter in a path -> its schema
PARAMETERS = {"name": NAME, "key": KEY, "id": CHANGE_ID}

_one_face = dict(answer=maybe(TEXT), known=BOOL, distance=NUMBER, ranking=many(ref("Ranked")), message=TEXT, face=ref("Face"))

SCHEMAS = {
    "Face": thing(box={**many({"type": "integer"}), "minItems": 4, "maxItems": 4}, confidence=NUMBER, whole=BOOL,
                  turned={"type": "integer", "enum": [0, 90, 180, 270]}, done=TEXT),
    "Basis": thing(found=TEXT, people=maybe(COUNT), photos=maybe(COUNT), far_measured=BOOL, frr_measured=BOOL,
                   far_low=maybe(NUMBER), far_high=maybe(NUMBER), frr_low=maybe(NUMBER), frr_high=maybe(NUMBER),
                   false_accepts=TEXT, false_rejects=TEXT),
    "Ranked": thing(person=TEXT, distance=NUMBER, photo=KEY, photo_distance=NUMBER, photos=COUNT),
    "Answer": thing(**_one_face, rule=RULE, threshold=NUMBER, **RATES, basis=ref("Basis"),
                    gallery=thing(people=COUNT, photos=COUNT), model=TEXT, faces=many(thing(**_one_face))),
    "Verified": thing(same=BOOL, distance=NUMBER, threshold=NUMBER, **RATES, basis=ref("Basis"), model=TEXT, message=TEXT,
                      faces=many(ref("Face"))),
    "Change": thing(id=CHANGE_ID, what=TEXT, photos=COUNT, time=NUMBER),
    "People": thing(people=many(thing(name=TEXT, photos=many(thing(key=KEY, unlike=BOOL)))),
                    problems=many(thing(file=TEXT, reason=TEXT)), trouble=maybe(TEXT), changes=many(ref("Change"))),
    "Added": thing(person=TEXT, added=COUNT,
                   photos=many(thing(face=maybe(ref("Face")), error=maybe(TEXT), faces=many(ref("Face"))))),
    "Report": thing(protocol=TEXT, card=TEXT, thresholds={"type": "object"},
                    figures=many(thing(metric=TEXT, means=TEXT, people=COUNT, photos=COUNT, ours=ref("Figure"),
                                       raw_pixels=maybe(ref("Figure")), chance=maybe(ref("Figure"))))),
    "Figure": thing(mean=NUMBER, spread=NUMBER),
    "Model": thing(model=TEXT, preset=maybe(TEXT), networks=COUNT, parameters=maybe(COUNT), epochs=maybe(COUNT),
                   seconds=maybe(NUMBER), trained_on=COUNT, rule=RULE, thresholds={"type": "object"},
                   gallery=maybe(thing(people=COUNT, photos=COUNT))),
    "Problem": thing(type=TEXT, title=TEXT, status={"type": "integer", "minimum": 400, "maximum": 599}, detail=TEXT,
                     error={**TEXT, "description": "The same as detail."}),
}  # fmt: skip
