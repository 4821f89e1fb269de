"""Every page by the rules of axe-core, in Chromium: no violation of any level. Deselected unless asked for: pytest -m browser

SIAMESE_NP_AXE is the path of axe.min.js (npm pack axe-core). A new page is one line of PAGES.
"""

import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline import photos
from pipeline.evaluate.pictures import PICTURES
from pipeline.faces import way_in
from pipeline.faces.way_in import of_crop
from webapp import create_app
from webapp.report.card import METHODS, METRICS

AXE = os.environ.get("SIAMESE_NP_AXE")
WIDTHS = (360, 768, 1280)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("default"),  # warnings of playwright are not ours
    pytest.mark.skipif(not AXE, reason="SIAMESE_NP_AXE is not set: it is the path of axe.min.js of the npm package axe-core"),
]


def noise(height: int, width: int) -> bytes:
    return photos.png_bytes(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))


ONE, SEVERAL = noise(56, 46), noise(300, 500)  # `look` below finds a face crop, and two faces


METHOD = {metric: {"mean": 80.0, "spread": 1.0} for metric, *_ in METRICS}
REPORT = {
    "protocol": "unseen people",
    "people": 15,
    "photos": 150,
    "open_set": {"gallery_people": 10, "known_photos": 50, "stranger_people": 5, "strangers_photos": 25},
    "results": {method: METHOD for method, _ in METHODS},
}


def sent(address: str, **fields: bytes | str) -> Callable[..., str]:
    """The page of the answer to a form."""

    def ask(client, samples) -> str:
        data = {name: (io.BytesIO(value), "x.png") if isinstance(value, bytes) else value for name, value in fields.items()}
        return client.post(address, data=data).location

    return ask


PAGES = {
    "who": "/",
    "same": "/same/",
    "people": "/people/",
    "report": "/report/",
    "about": "/about/",
    "explore": "/explore/",
    "explore, microscope": "/explore/microscope/",
    "explore, microscope, at the end": "/explore/microscope/?stop=weights",
    "explore, playground": "/explore/playground/?steps=20",
    "explore, playground, labels reversed": "/explore/playground/?labels=reversed&power=1",
    "explore, thresholds": "/explore/thresholds/",
    "a person": "/people/Anna/",
    "api": "/api/",
    "gradient check": "/explore/gradcheck/?check=wrong-pairs",
    "gradient check, a batch in a prediction": "/explore/gradcheck/?norm=running&first=-6",
    "one convolution": "/explore/convolution/",
    "token": "/token",
    "explore, watch it train": "/explore/training/",
    "explore, what decided": "/explore/decided/?wait=1",
    "explore, inside MTCNN": "/explore/detection/?stop=rnet",
    "select, one photo": "/select/",
    "select, grid": "/select/grid",
    "an answer for one face": sent("/", photo=ONE),
    "an answer for several faces": sent("/", photo=SEVERAL),
    "an answer for a sample": lambda client, samples: client.post("/", data={"sample": samples.known[0].key}).location,
    "two photos, one face each": sent("/same/", first=ONE, second=ONE),
    "two photos, several faces": sent("/same/", first=SEVERAL, second=SEVERAL),
    "a photo and a person": sent("/same/", first=SEVERAL, person="Anna"),
}
MISSING = {
    "an answer that is not kept any more": "/answers/AAAAAAAAAAAAAAAAAAAAAA",
    "a comparison that is not kept any more": "/same/answers/AAAAAAAAAAAAAAAAAAAAAA",
    "nothing": "/nothing",
}


@pytest.fixture
def app(run, monkeypatch):
    """Everything that a page can show: a report with its pictures, photos to select, a token that is demanded."""

    def look(picture):
        one = of_crop(picture)
        if picture.shape[0] > picture.shape[1]:
            return (one,)
        points = np.array([[40.0, 60], [80, 60], [86, 90], [45, 120], [80, 120]])
        boxes = (20.0, 25.0, 120.0, 150.0), (300.0, 40.0, 39.0, 50.0)
        return tuple(replace(one, box=box, region=box, points=points, confidence=0.98, whole=False) for box in boxes)

    monkeypatch.setattr(way_in, "look", look)
    (run / "report.json").write_text(json.dumps(REPORT))
    (run / "pictures").mkdir()
    for name in (*(f"pictures/{name}" for name in PICTURES), "curves.png"):
        (run / name).write_bytes(SEVERAL)
    app = create_app({"RUN": run, "KERNELS": "numpy", "PHOTOS": run / "samples" / "known", "TOKEN": "x"})
    yield app
    app.extensions["background"].stop()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", [*PAGES, *MISSING])
def test_axe_finds_nothing(page, scheme, app, client, address, chromium):
    way = (PAGES | MISSING)[page]
    path = way if isinstance(way, str) else way(client, app.extensions["serving"].now().samples)
    client.get(path)
    assert app.extensions["background"].wait(30)  # a photo to select is loaded again once its faces are found
    # bypass_csp: the policy of the pages would refuse the script of axe
    context = chromium.new_context(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    tab = context.new_page()
    answer = tab.goto(address + path, wait_until="networkidle")
    assert answer.status == (404 if page in MISSING else 200)
    tab.add_script_tag(content=Path(AXE).read_text(encoding="utf-8"))
    found = []
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 800})
        for violation in tab.evaluate("async () => (await axe.run()).violations"):
            places = [node["html"][:200] for node in violation["nodes"][:3]]
            found.append(f"{width} px: {violation['id']} ({violation['impact']}): {violation['help']}: {places}")
    context.close()
    assert not found, "\n".join(found)


def test_axe_finds_a_picture_without_a_text(chromium):
    context = chromium.new_context()
    tab = context.new_page()
    tab.set_content("<html lang=en><title>x</title><main><h1>x</h1><img src=x></main>")
    tab.add_script_tag(content=Path(AXE).read_text(encoding="utf-8"))
    assert "image-alt" in [violation["id"] for violation in tab.evaluate("async () => (await axe.run()).violations")]
    context.close()
