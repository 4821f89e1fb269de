"""The description, the routes and the page that tries them are one table; errors are problem details."""

import io
import json
import re

import pytest

from pipeline.faces import way_in
from webapp.api import table
from webapp.api.schemas import SCHEMAS

BESIDE = {"/api/", "/api/openapi.json", "/api/page.js"}  # they describe, and are not described


@pytest.fixture
def described(client):
    return client.get("/api/openapi.json").json


def rules(app):
    """path with {names} -> methods, of all routes below /api."""
    found = {}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/") and rule.rule not in BESIDE:
            path = re.sub(r"<(\w+)>", r"{\1}", rule.rule)
            found.setdefault(path, set()).update(rule.methods - {"HEAD", "OPTIONS"})
    return found


def test_each_route_is_described_and_nothing_else(app, described):
    assert {path: {method.upper() for method in methods} for path, methods in described["paths"].items()} == rules(app)


def test_every_reference_leads_somewhere_and_every_parameter_is_described(described):
    assert described["openapi"] == "3.1.0"
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described)))
    assert names == set(SCHEMAS)
    operations = {}
    for path, methods in described["paths"].items():
        for operation in methods.values():
            operations[operation["operationId"]] = {parameter["name"] for parameter in operation["parameters"]}
            assert set(re.findall(r"{(\w+)}", path)) <= operations[operation["operationId"]]
            assert operation["summary"] and operation["description"]
    assert len(operations) == len(table.ROUTES)
    for methods in described["paths"].values():
        for operation in methods.values():
            for link in operation["responses"]["200"]["links"].values():
                assert set(link["parameters"]) <= operations[link["operationId"]]


def conforms(value, schema):
    """Whether a value is as a schema of ours says; the few words of JSON Schema that we use."""
    if "$ref" in schema:
        return conforms(value, SCHEMAS[schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return any(conforms(value, one) for one in schema["anyOf"])
    kinds = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": int, "boolean": bool, "null": type(None)}
    right = isinstance(value, kinds[schema["type"]]) and (schema["type"] == "boolean" or not isinstance(value, bool))
    if schema["type"] == "object":
        right = right and set(schema.get("required", ())) <= set(value)
        return right and all(conforms(value[key], one) for key, one in schema.get("properties", {}).items() if key in value)
    if schema["type"] == "array" and "items" in schema:
        return right and all(conforms(one, schema["items"]) for one in value)
    return right and value in schema.get("enum", [value]) and bool(re.search(schema.get("pattern", ""), str(value)))


REPORT = {
    "protocol": "unseen people", "people": 3, "photos": 9, "open_set": None, "thresholds": {"both": {}},
    "thresholds_chosen_on": "train", "results": {"ours": {"auc": {"mean": 90.0, "spread": 0.0}}, "raw_pixels": {}, "chance": {}},
}  # fmt: skip


def requests(client, known, key):
    """One request for each route, that is answered."""
    photo = lambda: {"photo": (io.BytesIO(known), "x")}  # noqa: E731
    send = client.post("/api/verify", data={"photo": [(io.BytesIO(known), "x"), (io.BytesIO(known), "y")]})
    yield "answer", client.post("/api/predict", data=photo())
    yield "verify_photos", send
    yield "people", client.get("/api/people")
    yield "photo", client.get(f"/api/photos/{key}")
    yield "add_photos", client.post("/api/people/Anna/photos", data=photo())
    yield "rename", client.patch("/api/people/Ben", json={"name": "Bea"})
    yield "merge", (merged := client.post("/api/people/Bea/merge", json={"into": "Зоя"}))
    yield "undo", client.post(f"/api/changes/{merged.json['id']}/undo")
    yield "forget", client.delete("/api/people/Bea")
    yield "move_photo", client.post(f"/api/people/Anna/photos/{key}/move", json={"to": "Cem"})
    yield "remove_photo", client.delete(f"/api/people/Cem/photos/{key}")
    yield "report", client.get("/api/report")
    yield "model", client.get("/api/model")


def test_each_answer_is_as_its_schema_says(client, run, known):
    (run / "report.json").write_text(json.dumps(REPORT))
    key = client.get("/api/people").json["people"][0]["photos"][0]["key"]
    gives, asked = {route.name: route.gives for route in table.ROUTES}, set()
    for name, response in requests(client, known, key):
        asked.add(name)
        assert response.status_code == 200, (name, response.text)
        assert response.mimetype == "image/png" if gives[name] == "image/png" else conforms(response.json, SCHEMAS[gives[name]]), name
    assert asked == set(gives)


def test_an_answer_that_lacks_a_value_or_has_a_wrong_one_does_not_conform(client):
    model = client.get("/api/model").json
    assert conforms(model, SCHEMAS["Model"])
    for wrong in ({**model, "networks": "1"}, {**model, "rule": "pair"}, {k: v for k, v in model.items() if k != "model"}):
        assert not conforms(wrong, SCHEMAS["Model"])


def failures(app, client, run, photo, known, monkeypatch):
    """(operation or None, response) of failures of each status."""
    form = lambda content: {"photo": (io.BytesIO(content), "x")}  # noqa: E731
    post = lambda content, **more: client.post("/api/predict", data=form(content), **more)  # noqa: E731
    yield "answer", 400, client.post("/api/predict")
    yield "answer", 400, post(known, headers={"Host": "attacker.example"})
    yield "answer", 403, post(known, headers={"Origin": "https://attacker.example"})
    yield None, 404, client.get("/api/nothing")
    yield "photo", 404, client.get(f"/api/photos/{'0' * 64}")
    yield "report", 404, client.get("/api/report")
    yield None, 405, client.get("/api/predict")
    too_long = client.post("/api/predict", data=b"x" * 10_000_001, content_type="multipart/form-data; boundary=x")
    yield "answer", 413, too_long
    yield "answer", 415, post(b"text")
    yield "answer", 422, post(known[:100])
    yield "rename", 409, client.patch("/api/people/Anna", json={"name": "Ben"})
    (run / "report.json").write_text("{}")
    yield "report", 503, client.get("/api/report")
    app.config["TOKEN"] = "x"
    yield "forget", 401, client.delete("/api/people/Anna")
    with monkeypatch.context() as patch:
        patch.setattr(way_in, "look", lambda picture: (_ for _ in ()).throw(way_in.NoFace("no face found")))
        yield "answer", 422, post(known)
        patch.setattr(way_in, "look", None)
        yield "answer", 500, post(known)
    (run / "model.npz").rename(run / "away.npz")
    yield "answer", 503, post(known)


def test_each_failure_is_a_problem_detail_whose_status_is_described(app, client, run, photo, known, described, monkeypatch):
    statuses = {operation["operationId"]: set(operation["responses"])
                for methods in described["paths"].values() for operation in methods.values()}  # fmt: skip
    types = set()
    for name, status, response in failures(app, client, run, photo, known, monkeypatch):
        problem = response.json
        assert response.status_code == status == problem["status"], response.text
        assert response.mimetype == "application/problem+json" and conforms(problem, SCHEMAS["Problem"])
        assert problem["detail"] == problem["error"] and problem["title"]
        assert name is None or str(status) in statuses[name]
        types.add(problem["type"])
    assert types == {"about:blank", "/api/#no-face"}


def test_the_report_says_what_each_figure_rests_on(client, run):
    roles = {"gallery_people": 4, "known_photos": 20, "stranger_people": 5, "strangers_photos": 25}
    figure = {"mean": 80.0, "spread": 1.0}
    names = ("known_accepted", "known_named_right", "strangers_rejected", "auc")
    report = REPORT | {"open_set": roles, "results": {"ours": dict.fromkeys(names, figure), "raw_pixels": {"auc": figure}, "chance": {}}}
    (run / "report.json").write_text(json.dumps(report))
    answer = client.get("/api/report").json
    assert {f["metric"]: (f["people"], f["photos"]) for f in answer["figures"]} == {
        "auc": (3, 9), "known_accepted": (4, 20), "known_named_right": (4, 20), "strangers_rejected": (5, 25)}  # fmt: skip
    assert answer["card"].startswith("Report card") and answer["figures"][-1]["chance"] is None


def test_the_page_has_a_form_for_each_route_and_loads_nothing_from_elsewhere(app, client):
    text = client.get("/api/").text
    for route in table.ROUTES:
        assert f'data-method="{route.method}" data-path="/api{route.path}"' in text
    assert 'id="token"' not in text and 'href="/api/openapi.json"' in text
    sources = re.findall(r'src="([^"]+)"', text)
    assert sources and all(client.get(source).status_code == 200 and source.startswith("/static/") for source in sources)
    assert "//" not in re.sub("<!.*?>", "", text)
    assert text.count("<label>") >= len(re.findall(r"<(?:input|select)", text))
    assert "connect-src 'self'" in client.get("/api/").headers["Content-Security-Policy"]
    app.config["TOKEN"] = "x"
    assert 'id="token"' in client.get("/api/").text


def test_problems_with_a_type_of_their_own_are_explained_on_the_page(client, run):
    (run / "gallery").rename(run / "away")
    problem = client.post("/api/predict", data={"photo": (io.BytesIO((run / "away/Anna/0.png").read_bytes()), "x")}).json
    assert problem["type"] == "/api/#empty-gallery" and 'id="empty-gallery"' in client.get("/api/").text
