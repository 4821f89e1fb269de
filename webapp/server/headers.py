"""The headers of every request and answer: no other site's page may send anything here, and the browser shall load
nothing from elsewhere and keep no photos of people.

A browser says with each POST which site it comes from, in Origin, and the newer ones in Sec-Fetch-Site, too. A page
can't change either. A program that is no browser sends neither, and is answered.
"""

from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.exceptions import Forbidden

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "img-src 'self'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",  # a script sends a photo, and says how far it is
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
OWN_SITE = ("same-origin", "none")  # none: typed by the user, or from a bookmark


def register(app: Flask) -> None:
    """Refuse what comes from the pages of other sites, and add the headers to every answer of `app`, errors as well."""
    app.before_request(_refuse_other_sites)
    app.after_request(_add)


def _refuse_other_sites() -> None:
    if request.method in SAFE_METHODS:  # they change nothing, and no other site can see the answer
        return
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    # a form of our own page may have the origin "null" (a strict referrer policy): then only the site tells
    hidden = origin == "null" and site is not None
    by_origin = origin is None or hidden or urlsplit(origin).netloc == request.host
    if not by_origin or (site or "same-origin") not in OWN_SITE:
        raise Forbidden("This comes from the page of another site, and is not answered. Open this page itself.")


def _add(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    # our own forms say where they come from; other sites learn nothing
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
