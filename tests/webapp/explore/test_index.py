"""The index of /explore lists the pages that there are, and each of them answers."""

from pathlib import Path

import pytest

from tests.webapp.reader import read
from webapp import explore


def test_the_index_has_one_card_for_each_page_with_a_drawing_and_a_sentence(client):
    page = read(client.get("/explore/"))
    for module in explore.PAGES:
        assert module.CARD.title in page.text and module.CARD.sentence in page.text
        assert page.all("a", href=f"/explore/{module.blueprint.name}/")
    assert len(page.all("svg")) == len(explore.PAGES)


@pytest.mark.parametrize("module", explore.PAGES, ids=lambda module: module.blueprint.name)
def test_a_page_answers_and_the_navigation_says_where_one_is(client, module):
    page = read(client.get(f"/explore/{module.blueprint.name}/"))
    assert page.all("a", href="/explore/", **{"aria-current": "page"})


def test_each_page_leads_to_the_next_one_of_the_course(client):
    names = [module.blueprint.name for module in explore.PAGES]
    for name, after in zip(names, [*names[1:], None]):
        links = read(client.get(f"/explore/{name}/")).all("a", rel="next")
        assert [link["href"] for link in links if "?" not in link["href"]] == ([f"/explore/{after}/"] if after else [])
    page = read(client.get(f"/explore/{names[1]}/"))
    assert page.all("a", rel="prev", href=f"/explore/{names[0]}/") and page.all("a", href="/explore/")


@pytest.mark.parametrize("module", explore.PAGES, ids=lambda module: module.blueprint.name)
def test_an_address_of_no_state_leads_to_the_first_state_of_its_page(client, module):
    name, query = module.blueprint.name, {"playground": "power=3", "training": "broken=x", "microscope": "stop=x"}
    query |= {"gradcheck": "h=0", "thresholds": "t=-1", "decided": "row=-1", "detection": "least=1"}
    query |= {"convolution": "row=x"}
    answer = client.get(f"/explore/{name}/?{query[name]}")
    assert answer.status_code == 400 and "In this address" in read(answer).text
    assert [a["href"] for a in read(answer).all("a") if a["href"] == f"/explore/{name}/"]


def test_every_package_of_explore_is_a_page_but_common():
    packages = {path.parent.name for path in Path(explore.__file__).parent.glob("*/__init__.py")} - {"common"}
    assert packages == {module.__name__.rpartition(".")[2] for module in explore.PAGES}
