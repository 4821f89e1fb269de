"""What is no question of the page itself is refused, with a page that says why; nothing is decided by it."""

import pytest

from pipeline.photos import selection


def refused(answer, status, *words):
    assert answer.status_code == status and "Traceback" not in answer.text
    assert all(word in answer.text for word in words), answer.text
    return 'href="/"' in answer.text


def test_a_post_without_the_token_is_refused(client, source, key):
    for token in ({}, {"token": ""}, {"token": "x" * 32}, {"token": "ключ"}):
        for address, fields in (("/decide", {"photo": key("Anna/0.png"), "decision": "reject"}), ("/undo", {})):
            assert refused(client.post(address, data=token | fields), 403, "another site", "Nothing was decided")
    assert not (source / selection.FILE).exists()


def test_the_token_of_a_page_that_ended_is_refused(app, start, key, source):
    form = {"photo": key("Anna/0.png"), "decision": "reject", "token": app.extensions["token"]}
    assert refused(start().test_client().post("/decide", data=form), 403, "started again")
    assert not (source / selection.FILE).exists()


@pytest.mark.parametrize("decision", ["", "delete", "KEEP"])
def test_another_decision_is_refused(post, key, source, decision):
    assert refused(post("/decide", photo=key("Anna/0.png"), decision=decision), 400, "kept or rejected")
    assert not (source / selection.FILE).exists()


@pytest.mark.parametrize("photo", ["", "0" * 16, "../Anna/0.png", "Anna/0.png"])
def test_a_photo_that_is_not_there_is_refused(post, source, photo):
    assert refused(post("/decide", photo=photo, decision="reject"), 409, "isn&#39;t in the folder any more")
    assert not (source / selection.FILE).exists()


@pytest.mark.parametrize("key", ["0" * 16, "..", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%5c..%5cx", "Anna", "Anna%2f0.png", "%00"])
def test_nothing_but_the_photos_can_be_asked_for(client, tmp_path, key):
    (tmp_path / "x.jpg").write_text("secret")
    for address in (f"/photos/large/{key}.jpg", f"/photos/small/{key}.jpg", f"/faces/{key}.svg", f"/?photo={key}"):
        answer = client.get(address)
        assert refused(answer, 404) and "secret" not in answer.text and "root:" not in answer.text


def test_another_size_is_refused(client, key):
    assert refused(client.get(f"/photos/huge/{key('Anna/0.png')}.jpg"), 404)


def test_another_method_is_refused_with_the_one_that_works(client):
    for address in ("/decide", "/undo"):
        answer = client.get(address)
        assert refused(answer, 405, "GET", "POST") and answer.headers["Allow"].count("POST") == 1
    assert refused(client.post("/grid"), 405, "GET")


def test_an_address_that_does_not_exist_is_told(client):
    assert refused(client.get("/nothing"), 404, "nothing at this address")


def test_more_than_a_form_is_refused(post):
    assert refused(post("/decide", photo="x" * 200_000), 413, "too much", "0.1 MB")


def test_a_foreign_name_for_this_machine_is_refused(client):
    answer = client.get("/", headers={"Host": "attacker.example"})
    assert answer.status_code == 400 and "127.0.0.1" in answer.text


def test_every_answer_keeps_the_strict_headers(client, key):
    from webapp.server.headers import CONTENT_SECURITY_POLICY

    for address in ("/", "/grid", "/nothing", f"/photos/small/{key('Anna/0.png')}.jpg", f"/faces/{key('Anna/0.png')}.svg"):
        headers = client.get(address).headers
        assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert headers["Referrer-Policy"] == "same-origin" and headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert ("no-store" in headers["Cache-Control"]) == (not address.endswith("jpg"))


def test_the_pages_need_no_style_or_script_of_their_own(client):
    for address in ("/", "/grid"):
        text = client.get(address).text
        assert "style=" not in text and "<style" not in text and "onclick" not in text and "<script>" not in text
        assert "http://" not in text and "https://" not in text


def test_a_damaged_file_of_decisions_is_named_and_the_page_works_once_it_is_mended(client, source, post, key):
    first = key("Anna/0.png")
    (source / selection.FILE).write_text("{")
    assert refused(client.get("/"), 503, "selection.json is damaged")
    assert refused(post("/decide", photo=first, decision="keep"), 503, "selection.json is damaged")
    assert (source / selection.FILE).read_text() == "{"
    (source / selection.FILE).unlink()
    assert client.get("/").status_code == 200


def test_a_decision_that_cannot_be_written_is_told(source, post, key, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    answer = post("/decide", photo=key("Anna/0.png"), decision="reject")
    assert refused(answer, 503, "No space left on device") and not selection.load(source).rejected


def test_a_fault_of_the_program_shows_nothing_of_it(client, monkeypatch):
    def broken(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr("webapp.select.page._alike", broken)
    answer = client.get("/")
    assert refused(answer, 500, "Something went wrong here") and "secret" not in answer.text
