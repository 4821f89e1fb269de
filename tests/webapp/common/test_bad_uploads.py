"""Each bad request gets the right status and a readable message: as JSON from the API, as a page from the page."""

import io
import re
import zlib

import pytest
from werkzeug.test import encode_multipart

from tests.pipeline.photos.image_files import png
from webapp import create_app

ADDRESSES = ["/", "/api/predict"]


def message(response) -> str:
    """The message of a failure, after a check that it has the right form."""
    if response.is_json:
        assert response.json["status"] == response.status_code
        return response.json["error"]
    assert 'aria-label="Pages"' in response.text  # the other pages are a click away
    # so is the next photo, where it was a photo that failed (an address or a method that doesn't exist is of no page)
    assert response.status_code in (404, 405) or 'id="photo"' in response.text
    return re.search(r'role="alert">(.*?)</p>', response.text, re.S)[1]


def as_expected(response, address) -> bool:
    return response.is_json == address.startswith("/api")


@pytest.fixture(scope="module")
def app(made_run):
    """One application for all of these requests: none of them may change anything."""
    return create_app({"RUN": made_run, "KERNELS": "numpy"})


@pytest.fixture(params=ADDRESSES)
def address(request):
    return request.param


def test_a_form_without_a_file_is_refused(client, address):
    for response in (
        client.post(address),
        client.post(address, data={"photo": "text"}),
        client.post(address, data={"photo": "text"}, content_type="multipart/form-data"),
        client.post(address, data={"photo": (io.BytesIO(b""), "")}),
        client.post(address, data=b"", content_type="multipart/form-data"),  # no boundary
    ):
        assert response.status_code == 400 and as_expected(response, address)
        assert message(response) == "There is no photo in the request. Choose one first."


def test_two_files_are_refused(client, address, photo):
    one, two = (io.BytesIO(photo()), "a.png"), (io.BytesIO(photo()), "b.png")
    for data in ({"photo": [one, two]}, {"photo": (io.BytesIO(photo()), "a"), "other": (io.BytesIO(photo()), "b")}):
        response = client.post(address, data=data)
        assert response.status_code == 400 and as_expected(response, address)
        assert message(response) == "There are 2 photos in the request. Send one at a time."


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_another_method_is_refused_with_the_one_that_works(client, method, address):
    if (address, method) == ("/", "get"):
        return
    response = getattr(client, method)(address)
    assert response.status_code == 405 and as_expected(response, address)
    assert method.upper() in message(response) and "POST" in message(response)
    assert "POST" in response.headers["Allow"]


def test_more_bytes_than_the_limit_are_refused_with_the_limit(post, address):
    response = post(address, b"\x89PNG\r\n\x1a\n" + bytes(11_000_000))
    assert response.status_code == 413 and as_expected(response, address)
    assert message(response) == "That is too much: up to 10 MB can be sent."


def test_a_long_text_field_is_refused_as_well(client, address):
    boundary, data = encode_multipart({"text": "x" * 2_000_000})
    response = client.post(address, data=data, content_type=f"multipart/form-data; boundary={boundary}")
    assert response.status_code == 413 and as_expected(response, address)


def test_more_pixels_than_the_limit_are_refused(app, post, address, photo, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_PIXELS", 10_000)
    assert post(address, photo(100, 100)).status_code == 200
    response = post(address, photo(101, 100))
    assert response.status_code == 422 and as_expected(response, address)
    assert "0.01 million pixels" in message(response)


def test_a_picture_that_unpacks_to_more_than_the_memory_is_refused_before_it_does(post, address):
    bomb = png(60_000, 60_000, 8, 2, (b"IDAT", zlib.compress(bytes(1000))))
    response = post(address, bomb)
    assert response.status_code == 422
    assert "million pixels" in message(response)


@pytest.mark.parametrize(
    "content, word",
    [
        (b"<!doctype html><html></html>", "HTML"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"hello", "text"),
        (b"PK\x03\x04" + bytes(100), "not a photo"),
        (b"8BPS\x00\x01" + bytes(50), "Photoshop"),
    ],
)
def test_a_file_that_is_no_photo_is_refused_by_its_content(post, address, content, word):
    response = post(address, content, "face.jpg")
    assert response.status_code == 415 and as_expected(response, address)
    assert word in message(response)


def test_a_body_that_is_no_form_is_refused(client, address, photo):
    for kind in ("application/json", "image/png", "text/plain"):
        response = client.post(address, data=photo(), content_type=kind)
        assert response.status_code == 415 and as_expected(response, address)
        assert kind in message(response)


def test_a_damaged_photo_is_refused(post, address, photo):
    jpeg = photo(200, 200, "JPEG")
    for content in (jpeg[: len(jpeg) * 6 // 10], jpeg[:4], photo()[:40]):
        response = post(address, content)
        assert response.status_code == 422 and as_expected(response, address)
        assert "cut short or damaged" in message(response)


def test_an_empty_file_is_refused(post, address):
    response = post(address, b"")
    assert response.status_code == 422 and as_expected(response, address)
    assert "empty" in message(response)


@pytest.mark.parametrize("size", [(1, 1), (7, 9), (12, 12), (20, 400), (400, 20)])
def test_a_photo_that_is_too_small_is_refused_with_its_size(post, address, photo, size):
    response = post(address, photo(*size))
    assert response.status_code == 422 and as_expected(response, address)
    assert f"too small: {size[0]} × {size[1]} pixels" in message(response)


def test_the_smallest_photo_is_answered(post, address, photo):
    assert post(address, photo(24, 24)).status_code == 200


@pytest.mark.parametrize(
    "name",
    ["../../x.jpg", "..\\x", "/etc/passwd", "C:\\x.png", "Лицо.png", "<script>alert(1)</script>.png", "a" * 3000, "x.exe"],
)
def test_the_name_of_the_file_is_used_nowhere(post, made_run, address, name, known):
    before = sorted(made_run.parent.rglob("*"))
    response = post(address, known, name)
    assert response.status_code == 200
    assert "alert(1)" not in response.text and "Лицо" not in response.text and "passwd" not in response.text
    token = r"/answers/[\w-]{22}"  # each answer has an address of its own
    again = post(address, known, "face.png")
    assert re.sub(token, "", response.text) == re.sub(token, "", again.text)
    assert sorted(made_run.parent.rglob("*")) == before


@pytest.mark.parametrize("path", ["/nothing", "/api/nothing"])
def test_an_address_that_does_not_exist_is_reported(client, path):
    response = client.get(path)
    assert response.status_code == 404 and as_expected(response, path)
    assert message(response) == "There is nothing at this address."


def test_a_foreign_name_for_this_machine_is_refused(client):
    response = client.get("/", headers={"Host": "attacker.example"})
    assert response.status_code == 400
    assert "127.0.0.1" in response.text
    assert client.get("/", headers={"Host": "127.0.0.1:8000"}).status_code == 200


def test_an_error_of_the_program_shows_no_detail_of_it(post, address, photo, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("secret")

    monkeypatch.setattr("webapp.who.asked.answer_for", broken)
    monkeypatch.setattr("webapp.api.questions.predict", broken)
    response = post(address, photo())
    assert response.status_code == 500 and as_expected(response, address)
    assert "secret" not in response.text and "Something went wrong here" in response.text


OTHER_SITES = [
    {"Origin": "https://attacker.example"},
    {"Origin": "null"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://localhost:9999"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
]


@pytest.mark.parametrize("headers", OTHER_SITES)
def test_a_photo_from_the_page_of_another_site_is_refused(client, address, photo, headers):
    response = client.post(address, data={"photo": (io.BytesIO(photo()), "a.png")}, headers=headers)
    assert response.status_code == 403 and as_expected(response, address)
    assert "another site" in message(response)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://127.0.0.1:8000", "Host": "127.0.0.1:8000"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_photo_from_the_page_itself_or_from_a_program_is_answered(client, address, photo, headers):
    response = client.post(address, data={"photo": (io.BytesIO(photo()), "a.png")}, headers=headers)
    assert response.status_code == (303 if address == "/" else 200)


def test_a_form_of_many_fields_is_refused_with_their_number(client, address):
    boundary, data = encode_multipart({f"field{k}": "1" for k in range(1100)})
    response = client.post(address, data=data, content_type=f"multipart/form-data; boundary={boundary}")
    assert response.status_code == 413 and as_expected(response, address)
    assert message(response) == "The form has more than 1000 fields. Send the photo alone."


@pytest.mark.parametrize(("side", "status", "word"), [(46, 400, "without a file name"), (500, 413, "0.7 MB of text")])
def test_a_photo_without_a_file_name_is_refused_for_that(client, address, photo, side, status, word):
    part = b'--x\r\nContent-Disposition: form-data; name="photo"\r\n\r\n' + photo(side, side) + b"\r\n--x--\r\n"
    response = client.post(address, data=part, content_type="multipart/form-data; boundary=x")
    assert response.status_code == status and as_expected(response, address)
    assert word in message(response) and "with a file name" in message(response)


def test_a_long_text_field_is_refused_with_its_name_and_length(client, address):
    boundary, data = encode_multipart({"remark": "x" * 600_000})
    response = client.post(address, data=data, content_type=f"multipart/form-data; boundary={boundary}")
    assert response.status_code == 413 and as_expected(response, address)
    assert "remark" in message(response) and "0.6 MB of text" in message(response)
