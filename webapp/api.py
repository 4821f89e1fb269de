"""The answer as JSON: POST /api/predict with one photo gives the object of pipeline.recognise.predict, unchanged."""

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from pipeline.recognise.predict import predict
from pipeline.recognise.rules import RULES
from webapp import serving, uploads

blueprint = Blueprint("api", __name__, url_prefix="/api")


@blueprint.post("/predict")
def answer() -> ResponseReturnValue:
    """The answer for one photo in a form. `?rule=` chooses how a person is compared (default: the configured rule)."""
    now = serving.now()
    rule = request.args.get("rule", current_app.config["RULE"])
    if rule not in RULES:
        raise BadRequest(f"There is no such rule. Choose one of: {', '.join(RULES)}.")
    return jsonify(predict(now.recogniser, now.gallery(), uploads.picture(request), rule=rule))
