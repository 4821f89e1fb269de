"""All addresses of the page. Below /people/ the first part is always a name, so that no address takes one."""

from flask import Blueprint

from webapp.people import adding, changing, page

blueprint = Blueprint("people", __name__)

PERSON, PHOTO = "/people/<name>/", "/people/<name>/photos/<key>"

SHOWN = (
    ("/people/", page.index),
    (PERSON, page.person),
    (f"{PHOTO}.jpg", page.large),
    (f"{PERSON}choose", adding.choose),
    ("/sent/<token>.jpg", adding.sent_photo),
    ("/sent/<token>/<int:number>.jpg", adding.sent_face),
    (f"{PERSON}forget", changing.ask_forget),
    (f"{PERSON}merge", changing.ask_merge),
    (f"{PHOTO}/remove", changing.ask_remove),
    (f"{PHOTO}/move", changing.ask_move),
)
CHANGES = (
    ("/people/", adding.add),
    ("/sent/", adding.send),
    (f"{PERSON}choose", adding.enrol),
    (f"{PERSON}rename", changing.rename),
    (f"{PERSON}forget", changing.forget),
    (f"{PERSON}merge", changing.merge),
    (f"{PHOTO}/remove", changing.remove),
    (f"{PHOTO}/move", changing.move),
    ("/changes/<id>/undo", changing.undo),
)

for method, views in (("GET", SHOWN), ("POST", CHANGES)):
    for address, view in views:
        blueprint.add_url_rule(address, view.__name__, view, methods=[method])
