"""Costly photos take turns; the others do not wait for them."""

import threading

import pytest
from werkzeug.exceptions import ServiceUnavailable

from webapp.server.turns import Turns

ADDRESSES = ["/", "/api/predict"]


def test_only_so_many_requests_wait():
    turns = Turns(at_once=1, waiting=1)
    turns.take()
    waiting = threading.Thread(target=turns.take)
    waiting.start()
    while turns._requests._value:  # until it waits
        pass
    with pytest.raises(ServiceUnavailable):
        turns.take()
    turns.give_back()
    waiting.join(60)
    assert not waiting.is_alive()
    turns.give_back()
    turns.take()


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_costly_photo_is_refused_while_all_turns_are_taken_and_another_one_answered(app, post, photo, address):
    app.extensions["turns"] = turns = Turns(at_once=1, waiting=0)
    turns.take()
    response = post(address, photo(50, 50, "WEBP"))
    assert response.status_code == 503 and response.headers["Retry-After"] == "5"
    assert "Too many large photos" in response.text
    assert post(address, photo()).status_code == 200
    turns.give_back()
    assert post(address, photo(50, 50, "WEBP")).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_turn_ends_with_its_request_however_that_ends(app, post, photo, address, monkeypatch):
    app.extensions["turns"] = Turns(at_once=1, waiting=0)
    for _ in range(2):
        assert post(address, photo(50, 50, "WEBP")).status_code == 200
        assert post(address, photo(50, 50, "WEBP")[:100]).status_code == 422

    def broken(*args, **kwargs):
        raise RuntimeError("secret")

    monkeypatch.setattr("webapp.who.asked.answer_for", broken)
    monkeypatch.setattr("webapp.api.questions.predict", broken)
    for _ in range(2):
        assert post(address, photo(50, 50, "WEBP")).status_code == 500


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_photo_that_takes_too_long_is_refused_with_the_time(app, post, photo, address, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_SECONDS", 0.0001)
    response = post(address, photo(1500, 1500, "TIFF"))
    assert response.status_code == 422
    assert "takes more than 0.0001 seconds to be decoded" in response.text
