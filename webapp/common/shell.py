"""The shell around every page: one navigation, one stylesheet, the headers, and readable failures.

A page is a package of webapp: a blueprint, a template, a script. `add(app, package)` puts it into an application. The
package has

    blueprint       whose endpoint "index" is the page itself
    TITLE           its name in the navigation; without one it has no entry there
    render_failure  optional: render_failure(message) is the page with a message on top, for a failure at its addresses

docs/page.md says how to add one.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from flask import Flask, Request
from markupsafe import Markup, escape

from pipeline.common.console import printable
from webapp.common import assets, failures
from webapp.server import headers


class InMemory(Request):
    """A request whose files stay in memory, however large: no photo is written to the disk unless it is enrolled."""

    def _get_file_stream(self, *about: Any, **more: Any) -> io.BytesIO:
        return io.BytesIO()


@dataclass(frozen=True)
class Entry:
    """One entry of the navigation. name: of the blueprint, which is also the current page where it answers."""

    name: str
    title: str


def make(config: Mapping[str, Any], **defaults: Any) -> Flask:
    """An application without pages, of the configuration `config` upon `defaults`."""
    app = Flask("webapp", template_folder=".", static_folder=None)  # a template lies beside its page: "who/page.html"
    app.request_class = InMemory
    app.config.from_mapping(
        MAX_FORM_MEMORY_SIZE=None,  # text is bounded by the request, and refused with its reason in uploads.py
        # a foreign host name that resolves to this machine (DNS rebinding) would let a foreign page read the photos
        TRUSTED_HOSTS=["localhost", "127.0.0.1"],
    )
    app.config.from_mapping(defaults)
    app.config.from_mapping(config)
    app.add_template_filter(printable, "printable")
    app.add_template_filter(wrappable, "wrappable")
    app.extensions["navigation"] = []
    app.extensions["at_start"] = []  # addresses that are asked for before the server answers (server/warm.py)
    app.extensions["at_end"] = []  # what is called when the server ends (server/listen.py)
    app.context_processor(lambda: {"navigation": app.extensions["navigation"]})
    assets.register(app)
    failures.register(app)
    headers.register(app)
    return app


def wrappable(name: str) -> Markup:
    """A name that may be broken after each _ where a line is short, and nowhere else if it can be helped."""
    return Markup("_<wbr>").join(escape(part) for part in name.split("_"))


def add(app: Flask, page: ModuleType, **options: Any) -> None:
    """Put a page into `app`; `options` are those of register_blueprint. Entries stand in the order of the calls."""
    app.register_blueprint(page.blueprint, **options)
    if hasattr(page, "TITLE"):
        app.extensions["navigation"].append(Entry(page.blueprint.name, page.TITLE))
    if hasattr(page, "render_failure"):
        app.extensions["failures"][page.blueprint.name] = page.render_failure
