"""The page is warm before its address is printed, and says whether it would answer."""

import pytest

from pipeline.recognise.recogniser import Recogniser
from webapp import explore
from webapp.server.warm import warm


@pytest.mark.parametrize("known", [True, False])
def test_a_first_answer_is_computed_and_not_kept(app, run, known, monkeypatch):
    embedded, embed = [], Recogniser.embed_views
    if not known:
        (run / "gallery").rename(run / "away")
    app.extensions["serving"].now()
    monkeypatch.setattr(Recogniser, "embed_views", lambda self, views: embedded.append(len(views)) or embed(self, views))
    warm(app)
    assert bool(embedded) == known  # where nobody is known, no photo is answered
    assert len(app.extensions["answers"]) == 0


def test_what_the_pages_of_explore_show_first_is_computed_before_anybody_asks(app):
    warm(app)
    computed = []
    kept = app.extensions["explore_results"]
    get = kept.get
    kept.get = lambda kind, key, compute, *rest: get(kind, key, lambda: computed.append(kind) or compute(), *rest)
    for page in explore.PAGES:
        assert app.test_client().get(f"/explore/{page.blueprint.name}/").status_code == 200
    assert computed == []


def test_health_tells_whether_a_photo_would_be_answered(client, run):
    assert client.get("/healthz").json == {"status": "ok"}
    (run / "model.npz").rename(run / "away.npz")
    ill = client.get("/healthz")
    assert ill.status_code == 503 and "model.npz" in ill.text
