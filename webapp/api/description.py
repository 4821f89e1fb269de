"""The description of the API by OpenAPI 3.1, made from its table."""

import inspect
from collections.abc import Iterable
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from webapp.api.route import PNG, Route
from webapp.api.schemas import PARAMETERS, SCHEMAS, ref

# name of a schema -> what can be asked next: operation -> its parameters, from such an answer
_PHOTO = {"name": "/people/0/name", "key": "/people/0/photos/0/key"}
NEXT = {
    "People": {"photo": {"key": _PHOTO["key"]}, "remove_photo": _PHOTO, "move_photo": _PHOTO}
    | dict.fromkeys(("add_photos", "rename", "merge", "forget"), {"name": _PHOTO["name"]}),
    "Change": {"undo": {"id": "/id"}},
}
PROBLEM = "application/problem+json"


def describe(routes: Iterable[Route]) -> dict[str, Any]:
    """The description, as JSON values."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(f"/api{route.path}", {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "siamese-np", "version": version("siamese-np"),
                 "description": "Face recognition by a Siamese network: who is this, are these the same, who is known. "
                                "Errors are problem details (RFC 9457)."},
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer",
                                          "description": "Needed for changes where the server was started with a token."}},
        },
    }  # fmt: skip


def _operation(route: Route) -> dict[str, Any]:
    media = {PNG: {}} if route.gives == PNG else {"application/json": {"schema": ref(route.gives)}}
    found: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "description": inspect.getdoc(route.view),
        "parameters": [{"name": name, "in": "path", "required": True, "schema": PARAMETERS[name]} for name in route.parameters]
        + [{"name": name, "in": "query", "schema": schema} for name, schema in route.query.items()],
        "responses": {"200": {"description": "The answer", "content": media, "links": _links(route.gives)}} | {
            str(status): {"description": HTTPStatus(status).phrase, "content": {PROBLEM: {"schema": ref("Problem")}}}
            for status in route.refusals
        },
    }  # fmt: skip
    for kind, schema in (("multipart/form-data", route.form), ("application/json", route.json)):
        if schema:
            found["requestBody"] = {"required": True, "content": {kind: {"schema": schema}}}
    if route.changes:
        found["security"] = [{}, {"token": []}]  # {}: none is needed where the server has no token
    return found


def _links(schema: str) -> dict[str, Any]:
    return {
        name: {"operationId": name, "parameters": {key: f"$response.body#{place}" for key, place in parameters.items()}}
        for name, parameters in NEXT.get(schema, {}).items()
    }
