"""The facts of the model, what becomes of a photo, and what is there for programs."""

import re
from pathlib import Path

from tests.webapp.reader import read
from webapp.about.page import facts


def test_the_facts_of_the_training_are_shown(client):
    assert "Parameters 20,640" in read(client.get("/about/")).text


def test_an_epoch_is_called_the_best_only_where_it_is_not_the_last_and_several_networks_are_told():
    header = {"epochs": 9, "best_epoch": 9, "views": [{}]}
    assert facts(header) == [("Epochs", "9")]
    assert facts({**header, "best_epoch": 4}) == [("Epochs", "4 of 9, the best")]
    assert facts({**header, "views": [{}, {}]}) == [("Epochs", "9"), ("Networks", "2")]


def test_it_says_how_long_a_photo_is_kept_and_where_the_gallery_lies(client, run):
    text = read(client.get("/about/")).text
    assert "dropped after 30 minutes, or earlier where more than 256 MB are in use" in text
    assert str(run / "gallery") in text


def test_it_leads_to_the_api_and_shows_the_ten_lines_of_the_docs(client):
    page = read(client.get("/about/"))
    assert [a["href"] for a in page.all("a") if a["href"].startswith("/api/")] == ["/api/", "/api/openapi.json"]
    docs = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", docs, re.S)
    assert " ".join(program.replace("127.0.0.1:8000", "localhost").split()) in page.text
