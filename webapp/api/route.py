"""One entry of the API: what it is asked with, what it answers, and who may ask."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask.typing import ResponseReturnValue
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from webapp.server import access

PNG = "image/png"


@dataclass(frozen=True)
class Route:
    """An operation. path: below /api, with {names} of parameters. view: called with them.

    gives: the name of the schema of its answer, or PNG. query: parameter -> schema. form and json: the schemas of a form and
    of a JSON object that it takes. refuses: statuses of refusals beside those that follow from the rest. changes: it changes
    the gallery, for which a token may be demanded.
    """

    method: str
    path: str
    view: Callable[..., ResponseReturnValue]
    summary: str
    gives: str
    query: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, Any] | None = None
    json: Mapping[str, Any] | None = None
    refuses: tuple[int, ...] = ()
    changes: bool = False

    @property
    def name(self) -> str:
        return self.view.__name__

    @property
    def parameters(self) -> list[str]:
        """The names of the parameters in the path."""
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    @property
    def refusals(self) -> list[int]:
        """All statuses but 200, rising."""
        found = {400, 500, 503, *self.refuses}
        found |= {404} if self.parameters else set()
        found |= {403, 413} if self.method != "GET" else set()
        found |= {415, 422} if self.form else {415} if self.json else set()
        found |= {401, 409, 422} if self.changes else set()
        return sorted(found)

    def __call__(self, **values: str) -> ResponseReturnValue:
        """Answer a request."""
        if self.changes and not access.may_change():
            raise Unauthorized("A change needs the token that the server was started with: Authorization: Bearer TOKEN.",
                               www_authenticate=WWWAuthenticate("bearer"))  # fmt: skip
        return self.view(**values)
