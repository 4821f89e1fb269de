"""A training on the faces at hand. The address holds the preset, the seed and what is broken."""

import numpy as np
from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue

from siamese_np.losses import ContrastiveLoss
from webapp.common import pictures, serving
from webapp.explore.common import faces, jobs, state
from webapp.explore.training import lesson, looks
from webapp.explore.training.course import STEPS
from webapp.explore.training.switches import OFFERED, SWITCHES, recipe_of

blueprint = Blueprint("training", __name__, url_prefix="/training")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The page before a training."""
    preset, seed, broken = _setting()
    recipe = recipe_of(preset, broken)
    loss = ContrastiveLoss(recipe.margin, recipe.power)
    return render_template(
        "explore/training/page.html",
        now=faces.present(),
        preset=preset,
        presets=OFFERED,
        seed=seed,
        broken=broken,
        switches=SWITCHES,
        recipe=recipe,
        augmentation=looks.words(recipe_of(preset, "").augmentation),
        face=faces.first_names()[0],
        on_sphere=recipe.network == "face_network" and broken not in ("relu", "l2"),
        plateaus=loss.plateaus(),
        margin=loss.margin,
        steps=STEPS,
        speeds=lesson.SPEEDS,
    )


@blueprint.get("/looks.png")
def several_looks() -> ResponseReturnValue:
    """One face as a training sees it: as it is, and changed several times."""
    preset, seed, _ = _setting()
    face = faces.chosen("a")
    sheet = looks.sheet(face.face.crop()[0], recipe_of(preset, ""), np.random.default_rng(seed))
    return pictures.of_pixels(sheet, "png")


@blueprint.get("/run")
def run() -> Response:
    """Train."""
    preset, seed, broken = _setting()
    paused = state.choice("paused", ("", "1"), "") == "1"
    now, folder, kernels_name = faces.present(), serving.current().folder, current_app.config["KERNELS"]
    return jobs.stream(
        "training",
        lambda job: lesson.work(now, folder, preset, broken, seed, kernels_name, paused, job),
        at_once=lesson.AT_ONCE,
        seconds=lesson.SECONDS,
        size=lesson.BYTES,
    )


def _setting() -> tuple[str, int, str]:
    preset = state.choice("preset", OFFERED, OFFERED[0])
    return preset, state.whole("seed", 0, 0, 9999), state.choice("broken", tuple(SWITCHES), "")
