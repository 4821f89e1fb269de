"""Where the name of a new person is refused, the photos that were chosen stay: only the name is to be corrected."""

import io

import pytest

from tests.webapp.reader import read

REFUSED = ["", " \u200b", "..", "a/b", "x" * 300]


def boxes(page) -> list[str]:
    """The tokens of the photos that the form holds."""
    found = page.all("input", type="checkbox", name="sent")
    assert all("checked" in box for box in found)
    return [box["value"] for box in found]


@pytest.mark.parametrize("name", REFUSED)
def test_the_form_comes_back_with_the_photos_and_a_better_name_is_enough(add, client, counts, run, stranger, name):
    other = (run / "samples/strangers/Dora/1.png").read_bytes()
    answer = add(name, stranger, other)
    page = read(answer)
    assert answer.status_code == 422 and "Dora" not in counts()
    tokens = boxes(page)
    assert len(tokens) == 2 and "2 photos were sent already" in page.text and "0.png" in page.text
    for token in tokens:
        assert client.get(f"/sent/{token}.jpg").mimetype == "image/jpeg"
    (field,) = page.all("input", name="name", **{"aria-invalid": "true"})
    assert field["value"] == name and page.all("p", id=field["aria-describedby"], role="alert")
    (file,) = page.all("input", type="file")
    assert "required" not in file
    done = client.post("/people/", data={"name": "Dora", "sent": tokens})
    assert done.status_code == 303 and counts()["Dora"] == 2


def test_photos_that_were_sent_one_by_one_stay_as_well_through_two_refusals(client, counts, stranger):
    place = client.post("/sent/", data={"photo": (io.BytesIO(stranger), "x.png")}).headers["Location"]
    token = place.removeprefix("/sent/").removesuffix(".jpg")
    for name in ("..", ""):
        answer = client.post("/people/", data={"name": name, "sent": token})
        assert answer.status_code == 422 and boxes(read(answer)) == [token]
    assert client.post("/people/", data={"name": "Dora", "sent": token}).status_code == 303 and counts()["Dora"] == 1


def nothing():
    """What a browser sends for a field without files."""
    return io.BytesIO(b""), ""


def test_more_photos_may_be_chosen_and_some_left_out(add, client, counts, run, stranger):
    photo = {k: (run / f"samples/strangers/Dora/{k}.png").read_bytes() for k in (1, 2, 3)}
    tokens = boxes(read(add("..", stranger, photo[1])))
    more = [(io.BytesIO(photo[k]), f"{k}.png") for k in (2, 3)]
    answer = client.post("/people/", data={"name": "Dora", "sent": tokens[1], "photo": more})
    assert answer.status_code == 303 and counts()["Dora"] == 3
    assert client.post("/people/", data={"name": "Dora", "photo": nothing()}).status_code == 400
    answer = client.post("/people/", data={"name": "Dora", "sent": tokens[0], "photo": nothing()})
    assert answer.status_code == 303 and counts()["Dora"] == 4


def test_a_file_that_shows_no_face_stays_too_and_has_no_picture(add):
    page = read(add("", b"text"))
    assert len(boxes(page)) == 1 and "1 photo was sent already" in page.text
    assert not [image for image in page.all("img") if image["src"].startswith("/sent/")]


def test_of_photos_of_which_one_is_dropped_by_now_the_others_stay(add, client, stranger):
    (token,) = boxes(read(add("", stranger)))
    answer = client.post("/people/", data={"name": "Dora", "sent": [token, "gone"]})
    assert answer.status_code == 404 and boxes(read(answer)) == [token]


def test_a_name_whose_folder_is_a_link_is_refused_like_the_others(add, client, run, tmp_path, stranger):
    (tmp_path / "elsewhere").mkdir()
    (run / "gallery" / "Dora").symlink_to(tmp_path / "elsewhere")
    answer = add("Dora", stranger)
    assert answer.status_code == 503 and "is a link" in answer.text and len(boxes(read(answer))) == 1
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_known_name_adds_to_that_person_and_says_so(add, client, counts, known):
    place = add(" ANNA ", known).location
    assert place.startswith("/people/Anna/") and "1 photo was added to Anna" in read(client.get(place)).text
    assert counts()["Anna"] == 5
