"""Photos are checked on the page, one after another, without JavaScript; every decision is on the disk at once."""

import io
import json
import os
import re

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from pipeline import photos
from pipeline.photos import selection
from webapp.select import command, desk

from .conftest import face


def decisions(source):
    return selection.load(source).decisions


def test_the_page_opens_at_the_first_photo_with_the_progress(client, shown):
    page = client.get("/")
    assert page.status_code == 200 and shown(page) == "Anna/0.png"
    text = " ".join(page.text.split())
    assert "0 of 5 decided" in text and "0 of 3 decided" in text and "1 of 5" in text


def test_a_decision_is_on_the_disk_at_once_and_the_next_photo_comes(client, source, post, key, shown):
    answer = post("/decide", photo=key("Anna/0.png"), decision="reject", view="one")
    assert answer.status_code == 303
    assert decisions(source) == {"Anna/0.png": False}
    page = client.get(answer.location)
    assert shown(page) == "Anna/1.png"
    assert "1 of 3 decided, 1 rejected" in page.text and "1 of 5 decided, 1 rejected" in page.text


def test_from_photo_to_photo_to_the_end_and_what_comes_next_is_told(client, source, post, shown):
    seen, address = [], "/"
    while True:
        page = client.get(address, follow_redirects=True)
        if page.request.path == "/grid":
            break
        seen.append(shown(page))
        photo = re.search(r'name="photo" value="(.*?)"', page.text)[1]
        address = post("/decide", photo=photo, decision="keep" if len(seen) % 2 else "reject", view="one").location
    assert seen == ["Anna/0.png", "Anna/1.png", "Anna/2.png", "Зоя/0.png", "Зоя/1.png"]
    assert "All photos are decided" in page.text and "siamese-np extract" in page.text
    assert list(decisions(source).values()) == [True, False, True, False, True]


def test_after_the_last_photo_come_those_that_were_passed_over(client, post, key, shown):
    answer = post("/decide", photo=key("Зоя/1.png"), decision="keep", view="one")
    assert shown(client.get(answer.location)) == "Anna/0.png"


def test_the_page_opens_where_it_was_left(post, key, start, shown):
    post("/decide", photo=key("Anna/0.png"), decision="keep")
    post("/decide", photo=key("Anna/1.png"), decision="reject")
    assert shown(start().test_client().get("/")) == "Anna/2.png"


def test_decisions_are_taken_back_after_the_page_was_started_again(source, post, key, start, shown):
    post("/decide", photo=key("Anna/0.png"), decision="keep")
    post("/decide", photo=key("Зоя/0.png"), decision="reject")
    app = start()
    client = app.test_client()
    answer = client.post("/undo", data={"token": app.extensions["token"], "view": "one"}, follow_redirects=True)
    assert shown(answer) == "Зоя/0.png" and "Taken back: Зоя/0.png" in answer.text
    assert decisions(source) == {"Anna/0.png": True}
    answer = client.post("/undo", data={"token": app.extensions["token"], "view": "one"}, follow_redirects=True)
    assert shown(answer) == "Anna/0.png" and decisions(source) == {}
    answer = client.post("/undo", data={"token": app.extensions["token"], "view": "one"}, follow_redirects=True)
    assert answer.status_code == 200 and "nothing to take back" in answer.text


def test_a_decision_on_a_photo_that_went_away_is_taken_back_without_it(source, client, post, key):
    post("/decide", photo=key("Anna/1.png"), decision="reject")
    (source / "Anna/1.png").unlink()
    answer = client.get(post("/undo", view="one").location)
    assert answer.status_code == 200 and "isn’t in the folder any more" in answer.text


def test_undo_is_offered_only_where_there_is_something(client, post, key):
    button = r'<button class="plain" data-key="u"[^>]*>'
    assert "disabled" in re.search(button, client.get("/").text)[0]
    post("/decide", photo=key("Anna/0.png"), decision="keep")
    assert "disabled" not in re.search(button, client.get("/").text)[0]


def test_the_grid_shows_every_photo_and_decides_there(client, source, post, key):
    page = client.get("/grid")
    assert page.text.count('class="tile ') == 5 and page.text.count("/photos/small/") == 5
    answer = post("/decide", photo=key("Anna/1.png"), decision="reject", view="grid")
    assert answer.location.endswith("#" + key("Anna/2.png"))  # the next one has the keys
    page = client.get(answer.location)
    assert re.search(rf'id="{key("Anna/1.png")}" class="tile rejected"', page.text)
    answer = post("/undo", view="grid")
    assert answer.location.endswith("#" + key("Anna/1.png"))
    assert "Taken back: Anna/1.png" in client.get(answer.location).text and decisions(source) == {}


def test_the_last_photo_of_the_grid_can_be_decided(client, post, key):
    answer = post("/decide", photo=key("Зоя/1.png"), decision="keep", view="grid")
    assert answer.location.endswith("#" + key("Зоя/1.png")) and client.get(answer.location).status_code == 200


def test_a_large_folder_has_pages_and_each_photo_its_own(client, key, monkeypatch):
    monkeypatch.setattr("webapp.select.page.ON_A_PAGE", 2)
    page = client.get(f"/grid?photo={key('Зоя/0.png')}")
    assert "Page 2 of 3" in page.text and page.text.count('class="tile ') == 2
    assert "Page 3 of 3" in client.get("/grid?page=99").text and "Page 1 of 3" in client.get("/grid?page=x").text


def test_a_photo_that_got_another_name_is_as_decided_as_before(client, source, post, key):
    post("/decide", photo=key("Anna/1.png"), decision="reject")
    (source / "Anna/1.png").rename(source / "Anna/9.png")
    assert re.search(rf'id="{key("Anna/9.png")}" class="tile rejected"', client.get("/grid").text)


def test_a_photo_that_was_replaced_while_it_was_looked_at_is_not_decided(source, post, key):
    old = key("Anna/0.png")
    photos.write_png(source / "Anna/0.png", np.full((50, 50), 9, np.uint8))
    answer = post("/decide", photo=old, decision="reject")
    assert answer.status_code == 409 and "another one now" in answer.text and "Nothing was decided" in answer.text
    assert decisions(source) == {}


def test_a_page_that_was_open_shows_no_other_photo_under_the_old_key(client, source, key):
    old = key("Anna/0.png")
    (source / "Anna/1.png").replace(source / "Anna/0.png")
    assert client.get(f"/photos/small/{old}.jpg").status_code == 404


def test_a_new_photo_is_there_at_the_next_question(client, source):
    photos.write_png(source / "Ben/1.png", np.full((50, 50), 9, np.uint8))
    assert "0 of 6 decided" in client.get("/").text


def test_photos_are_sent_upright_and_no_larger_than_the_screen(client, source, key):
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    Image.new("RGB", (3000, 1000), "red").save(buffer, "JPEG", exif=exif)
    (source / "Anna/turned.jpg").write_bytes(buffer.getvalue())
    sizes = {}
    for size in ("large", "small"):
        answer = client.get(f"/photos/{size}/{key('Anna/turned.jpg')}.jpg")
        assert answer.status_code == 200 and answer.mimetype == "image/jpeg"
        sizes[size] = photos.read(answer.data).shape
    assert sizes == {"large": (1600, 533, 3), "small": (400, 133, 3)}
    assert 'width="533"' in client.get(f"/?photo={key('Anna/turned.jpg')}").text


def test_an_unreadable_photo_is_listed_with_its_reason_and_can_be_passed(client, source, post, key, done):
    whole = (source / "Anna/0.png").read_bytes()
    (source / "Anna/cut.png").write_bytes(whole[: len(whole) // 2])
    (source / "Anna/page.jpg").write_text("<html></html>")
    page = client.get(f"/?photo={key('Anna/cut.png')}")
    assert "cut short or damaged" in page.text and page.status_code == 200
    done()
    listed = client.get("/grid").text.split("Left out anyway")[1]
    assert "Anna/cut.png" in listed and "cut short" in listed and "Anna/page.jpg" in listed and "HTML" in listed
    assert client.get(f"/photos/small/{key('Anna/cut.png')}.jpg").status_code == 404
    assert post("/decide", photo=key("Anna/cut.png"), decision="reject").status_code == 303


def test_copies_are_shown_beside_the_photo(client, source, key, done):
    rgb = photos.read(source / "Anna/0.png")
    smooth = np.asarray(Image.fromarray(rgb[:9, :12]).resize((120, 90), Image.Resampling.BICUBIC))
    photos.write_png(source / "Anna/smooth.png", smooth)
    (source / "Зоя/same.png").write_bytes((source / "Anna/smooth.png").read_bytes())
    (source / "Anna/again.jpg").write_bytes(photos.jpeg_bytes(smooth))
    client.get("/")
    done()
    page = " ".join(client.get(f"/?photo={key('Anna/smooth.png')}").text.split())
    beside = page.split("Also in the folder")[1].split("</ul>")[0]
    assert "the same file, but of Зоя: same.png" in beside and "nearly the same: again.jpg" in beside
    assert beside.count("<li>") == 2
    grid = client.get("/grid").text
    assert grid.count(">same file</a>") == 2 and grid.count(">alike</a>") == 1
    assert "Also in the folder" not in client.get(f"/?photo={key('Anna/1.png')}").text


def test_json_of_decisions_is_what_the_terminal_prints(source, post, key):
    post("/decide", photo=key("Зоя/0.png"), decision="reject")
    result = CliRunner().invoke(command.main, [str(source), "--json"])
    assert json.loads(result.stdout) == {"Зоя/0.png": False}


@pytest.mark.parametrize(("name", "escaped"), [
    ("<script>alert(1)<script>", "&lt;script&gt;alert(1)&lt;script&gt;"),
    ("a'\"&b", "a&#39;&#34;&amp;b"),
    ("Лицо", "Лицо"),
])  # fmt: skip
def test_names_are_escaped(client, source, key, name, escaped):
    try:
        (source / "Anna").rename(source / name)
    except OSError:
        pytest.skip("this system refuses such names")
    for page in (client.get(f"/?photo={key(f'{name}/0.png')}").text, client.get("/grid").text):
        assert escaped in page and (name == escaped or name not in page)


def test_a_name_that_is_no_text_is_shown_and_decided(client, source, post, key):
    odd = os.fsdecode(b"\xff.png")
    try:
        (source / "Anna/0.png").rename(source / "Anna" / odd)
    except OSError:
        pytest.skip("this system refuses such names")
    assert "Anna/\N{REPLACEMENT CHARACTER}.png" in client.get(f"/?photo={key(f'Anna/{odd}')}").text
    assert client.get("/grid").status_code == 200
    assert post("/decide", photo=key(f"Anna/{odd}"), decision="reject", view="one").status_code == 303
    assert selection.load(source).rejected == {f"Anna/{odd}"}


def test_an_unchanged_folder_is_not_scanned_at_every_decision(source, post, key, monkeypatch):
    long_ago = 1_600_000_000
    for folder in source.iterdir():
        os.utime(folder, (long_ago, long_ago))
    names = {name: key(name) for name in ("Anna/0.png", "Anna/1.png", "Anna/2.png")}
    post("/decide", photo=names["Anna/0.png"], decision="keep")
    key("Anna/0.png")
    scans, scan = [], desk.folder.scan
    monkeypatch.setattr(desk.folder, "scan", lambda path: scans.append(path) or scan(path))
    assert post("/decide", photo=names["Anna/1.png"], decision="reject").status_code == 303
    key("Anna/0.png")
    assert scans == []
    (source / "Anna/2.png").rename(source / "Anna/3.png")
    assert post("/decide", photo=names["Anna/2.png"], decision="reject").status_code == 409
    assert scans


def test_decisions_from_many_tabs_at_once_are_all_kept(app, source, key, at_once):
    keys = [key(name) for name in ("Anna/0.png", "Anna/1.png", "Anna/2.png", "Зоя/0.png", "Зоя/1.png")]
    form = {"token": app.extensions["token"], "decision": "reject"}
    codes = []
    at_once(5, lambda k: codes.append(app.test_client().post("/decide", data=form | {"photo": keys[k]}).status_code))
    assert codes == [303] * 5
    assert len(selection.load(source).rejected) == selection.load(source).undoable == 5


@pytest.fixture
def two_faces(client, detector, done):
    """Two faces on each photo, of which the right one is listed first; they are found already."""
    detector.faces = [face(70, 20, 30, 40), face(10, 20, 30, 40)]
    client.get("/")
    done()


def test_a_face_is_chosen_by_its_number_and_the_next_photo_comes(client, source, post, key, shown, two_faces):
    answer = post("/face", photo=key("Anna/0.png"), face="2", view="one")
    assert answer.status_code == 303 and shown(client.get(answer.location)) == "Anna/1.png"
    assert selection.load(source).faces == {"Anna/0.png": (70, 20, 30, 40)}
    page = client.get(f"/?photo={key('Anna/0.png')}").text
    assert "you chose face 2" in page and "✓ kept" in page
    drawing = client.get(f"/faces/{key('Anna/0.png')}.svg").text
    assert drawing.index("#2dd4bf") > drawing.index('x="70.0"') > drawing.index("stroke-dasharray")


def test_a_face_is_chosen_by_a_place_on_the_photo(client, source, post, key, shown, two_faces):
    answer = post("/face", photo=key("Anna/0.png"), x="0.9", y="0.9", view="one")
    page = client.get(answer.location)
    assert shown(page) == "Anna/0.png" and "There is no face at that place" in page.text and decisions(source) == {}
    post("/face", photo=key("Anna/0.png"), x="0.2", y="0.4", view="one")
    assert selection.load(source).faces == {"Anna/0.png": (10, 20, 30, 40)}


def test_a_chosen_face_is_taken_back_like_any_decision(client, source, post, key, two_faces):
    post("/face", photo=key("Anna/0.png"), face="1", view="one")
    answer = client.get(post("/undo", view="one").location)
    assert "Taken back: Anna/0.png" in answer.text and "you chose" not in answer.text
    assert selection.load(source).faces == decisions(source) == {}


@pytest.mark.parametrize(("fields", "code"), [
    ({"face": "3"}, 400), ({"face": "0"}, 400), ({"face": "-1"}, 400), ({"face": "x"}, 303), ({}, 303),
    ({"x": "nan", "y": "1"}, 303),
])  # fmt: skip
def test_a_face_that_is_not_there_is_refused_and_nothing_is_decided(source, post, key, two_faces, fields, code):
    assert post("/face", photo=key("Anna/0.png"), **fields).status_code == code
    assert decisions(source) == {}


def test_a_face_of_a_photo_that_was_not_looked_at_or_is_gone_is_refused(client, source, post, key):
    old = key("Зоя/1.png")
    assert post("/face", photo=old, face="1").status_code == 409
    photos.write_png(source / "Зоя/1.png", np.full((50, 50), 9, np.uint8))
    assert post("/face", photo=old, face="1").status_code == 409
    assert client.post("/face", data={"photo": key("Anna/0.png"), "face": "1"}).status_code == 403
    assert decisions(source) == {}
