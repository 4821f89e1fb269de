"""A change demands the token where others reach the page; a question never does."""

import io

import pytest

from webapp import create_app
from webapp.serve import access as rights
from webapp.serve import address_of
from webapp.server import access


@pytest.fixture
def app(made_run):
    app = create_app({"RUN": made_run, "KERNELS": "numpy", "TOKEN": "secret"})

    @app.post("/change")
    @access.changes
    def change():
        return "changed"

    return app


def test_a_change_without_the_token_is_refused_with_where_to_enter_it(client):
    for given in ({}, {"headers": {"Authorization": "Bearer wrong"}}, {"data": {"token": ""}}, {"data": {"token": "secret2"}}):
        refused = client.post("/change", **given)
        assert refused.status_code == 403 and "/token" in refused.text and "changed" not in refused.text.split("Nothing was")[0]


@pytest.mark.parametrize("given", [{"headers": {"Authorization": "Bearer secret"}}, {"data": {"token": "secret"}}])
def test_a_change_with_the_token_is_made(client, given):
    assert client.post("/change", **given).text == "changed"


def test_a_browser_enters_the_token_once(client):
    assert 'name="token"' in client.get("/token").text
    refused = client.post("/token", data={"token": "wrong"})
    assert refused.status_code == 403 and "This is not the token" in refused.text and 'name="token"' in refused.text
    entered = client.post("/token", data={"token": " secret "})
    cookie = entered.headers["Set-Cookie"]
    assert entered.status_code == 303 and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert client.post("/change").text == "changed"
    assert "may change people" in client.get("/token").text


def test_a_question_needs_no_token(client, known):
    answer = client.post("/", data={"photo": (io.BytesIO(known), "a.png")}, follow_redirects=True)
    assert answer.status_code == 200


def test_where_no_token_is_set_everybody_at_this_machine_may_change(app):
    app.config["TOKEN"] = None
    client = app.test_client()
    assert client.post("/change").text == "changed"
    assert client.post("/token", data={"token": ""}).status_code == 403


@pytest.mark.parametrize("host, address", [("10.0.0.5", "http://10.0.0.5:80/"), ("fd00::5", "http://[fd00::5]:80/")])
def test_the_address_that_others_open_is_that_of_the_host(host, address):
    assert address_of(host, 80) == address


def test_for_all_addresses_one_is_told_at_which_a_request_is_answered():
    name = address_of("0.0.0.0", 0).removeprefix("http://").removesuffix(":PORT/")
    assert name not in ("0.0.0.0", "127.0.0.1", "localhost") and name in rights("0.0.0.0", None)["TRUSTED_HOSTS"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_at_this_machine_alone_no_token_is_made(host):
    assert rights(host, None)["TOKEN"] is None
    assert rights(host, "mine")["TOKEN"] == "mine"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "example.org", "::"])
def test_where_others_reach_the_page_there_is_always_a_token(host):
    made = rights(host, None)
    assert len(made["TOKEN"]) >= 16 and made["TOKEN"] != rights(host, None)["TOKEN"]
    assert rights(host, "mine")["TOKEN"] == "mine"
    assert host in made["TRUSTED_HOSTS"] and "localhost" in made["TRUSTED_HOSTS"]
