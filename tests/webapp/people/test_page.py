"""The gallery as it is."""

import re
import shutil
from urllib.parse import unquote

import pytest

from tests.webapp.reader import read


def test_each_person_has_a_card_with_a_photo_and_a_count(client):
    page = read(client.get("/people/"))
    assert "3 people by 12 photos" in page.text and page.text.count("4 photos") == 3
    for name, address in (("Anna", "/people/Anna/"), ("Зоя", "/people/%D0%97%D0%BE%D1%8F/")):
        assert name in page.text and page.all("a", href=address)
    assert all(image["loading"] == "lazy" for image in page.all("img") if "/gallery/" in image["src"])


def test_one_person_is_shown_with_every_photo_and_what_can_be_done_with_it(client):
    page = read(client.get("/people/Anna/"))
    pictures = [image["src"] for image in page.all("img") if "/photos/" in image["src"]]
    assert len(pictures) == 4 and client.get(pictures[0]).mimetype == "image/jpeg"
    addresses = [link["href"] for link in page.all("a") if "/photos/" in link.get("href", "")]
    assert len(addresses) == 8 and all(client.get(address).status_code == 200 for address in addresses)


def test_names_stand_in_natural_order_and_may_be_broken_after_an_underscore(client, run):
    for name in ("s10", "s2", "Ada_Lovelace"):
        shutil.copytree(run / "gallery/Anna", run / "gallery" / name)
    answer = client.get("/people/")
    text = answer.get_data(as_text=True)
    assert text.index("<bdi>Ada_<wbr>Lovelace</bdi>") < text.index("<bdi>Anna</bdi>") < text.index("<bdi>s2</bdi>")
    assert text.index("<bdi>s2</bdi>") < text.index("<bdi>s10</bdi>")


def test_a_photo_that_looks_unlike_is_marked_with_the_distances(client, run):
    (run / "gallery/Anna/wrong.png").write_bytes((run / "gallery/Ben/0.png").read_bytes())
    assert "1 looks unlike the others" in read(client.get("/people/")).text
    page = read(client.get("/people/Anna/"))
    assert page.text.count("It looks unlike the others") == 1 and re.search(r"their mean is \d\.\d+, but to Ben only 0\.", page.text)
    assert "looks unlike" not in read(client.get("/people/Ben/")).text


def test_a_file_without_a_face_is_named_in_its_place(client, run):
    (run / "gallery/Ben/notes.txt").write_text("hello")
    (run / "gallery/Lost").mkdir()
    (run / "gallery/Lost/x.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (run / "gallery/stray.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    page = read(client.get("/people/"))
    assert "3 left out" in page.text and "stray.png" in page.text and "0 photos" in page.text
    assert "notes.txt holds text, not a photo" in read(client.get("/people/Ben/")).text
    assert "None of the files can be used" in read(client.get("/people/Lost/")).text
    assert "notes.txt" not in read(client.get("/people/Anna/")).text


def test_an_empty_gallery_says_what_to_do_and_has_the_form(client, run):
    shutil.rmtree(run / "gallery")
    page = read(client.get("/people/"))
    assert "Add the first person" in page.text and page.all("input", name="photo") and str(run / "gallery") in page.text


@pytest.mark.parametrize("name", ["<script>alert(1)", "A&amp;B 'x'", "李雷", "x" * 180, "uploads", "../x?#%2F"])
def test_every_name_is_shown_as_text_and_has_a_page(client, run, name):
    client.patch("/api/people/Anna", json={"name": name})
    listed = client.get("/api/people").json["people"]
    if "/" in name:  # no folder can have it: nobody was renamed
        assert "Anna" in {person["name"] for person in listed}
        return
    page = read(client.get("/people/"))
    assert name in page.text
    (address,) = [link["href"] for link in page.all("a") if unquote(link["href"]) == f"/people/{name}/"]
    assert name in read(client.get(address)).text


def test_who_is_not_there_is_a_404_with_the_page(client, key_of):
    for address in ("/people/Nobody/", "/people/Nobody/forget", f"/people/Ben/photos/{key_of('Anna')}/remove"):
        response = client.get(address)
        assert response.status_code == 404 and read(response).all("p", role="alert"), address
    assert client.get(f"/people/Anna/photos/{'0' * 64}.jpg").status_code == 404
