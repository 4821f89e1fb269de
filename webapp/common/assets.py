"""Scripts, the stylesheet and the icon: each lies beside the page that it belongs to, and is served from memory.

`asset("who/page.js")` in a template is the address of webapp/who/page.js. A hash of its content is a part of the
address, so that a browser may keep the file, and asks again once it is another one.
"""

import hashlib
from pathlib import Path

from flask import Flask, Response, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
ROOT = Path(__file__).parent.parent


def register(app: Flask) -> None:
    """Serve the files below /static/, and give the templates of `app` the function `asset`."""
    files = {
        path.relative_to(ROOT).as_posix(): path.read_bytes() for path in ROOT.rglob("*") if path.suffix in TYPES
    }
    versions = {name: hashlib.sha256(content).hexdigest()[:12] for name, content in files.items()}

    @app.get("/static/<path:name>", endpoint="static")
    def serve(name: str) -> ResponseReturnValue:
        if name not in files:
            raise NotFound("There is no such file.")
        answer = Response(files[name], mimetype=TYPES[Path(name).suffix])
        # a module that another script imports has an address without its content
        keep = request.args.get("v") == versions[name]
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if keep else "no-cache"
        return answer

    @app.template_global()
    def asset(name: str) -> str:
        return url_for("static", name=name, v=versions[name])
