"""The command: all tables, or --only some of them."""

import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.field import few, known, models, open_set, raw
from pipeline import pairs
from pipeline.common import console
from pipeline.datasets import Faces
from pipeline.recognise import baselines, rules
from pipeline.recognise.recogniser import Recogniser

FEW = 8  # people, in one figure of F2
TABLES = ("F1", "F2", "F3", "F4", "P2")


def across(recogniser: Recogniser, faces: Faces) -> dict[str, Any]:
    """F2: a model, and raw pixels, on people of another data set."""
    z = models.embedded(recogniser, faces)
    pixels = baselines.raw_pixels(faces.images[:, 0])
    found = {
        **open_set.pairs_and_shots(z, faces.people, recogniser.unit_length),
        f"one_shot_of_{FEW}": open_set.one_shot_of(z, faces.people, FEW, recogniser.unit_length),
        **open_set.figures(z, faces.people, open_set.threshold_for(recogniser, faces.names, rules.DEFAULT),
                           unit_length=recogniser.unit_length),
    }  # fmt: skip
    raw = open_set.pairs_and_shots(pixels, faces.people, False)
    return {**found, "raw_pixels": {**raw, f"one_shot_of_{FEW}": open_set.one_shot_of(pixels, faces.people, FEW, False)}}


def text(name: str, table: dict[str, Any], indent: str = "") -> list[str]:
    """A table for people: numbers in one line, tables within it below."""
    numbers = [f"{key} {value}" for key, value in table.items() if not isinstance(value, (dict, list))]
    lines = [f"{indent}{name}: {', '.join(numbers)}"]
    for key, value in table.items():
        if isinstance(value, dict):
            lines += text(key, value, indent + "  ")
    return lines


@click.command("field", cls=console.Stage)
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True,
              help="A folder with orl, celebrities/faces and photos.")  # fmt: skip
@click.option("--splits", type=click.Path(path_type=Path), help="A folder with the split files of P2.")
@click.option("--keep", type=Path, default=Path("runs/field"), show_default=True, help="Where models are kept.")
@click.option("--only", type=click.Choice(TABLES), multiple=True, help="This table; may be given again.")
@click.option("--draws", type=click.IntRange(1), default=3, show_default=True, help="Of people and photos, in F3.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(data, splits, keep, only, draws, as_json):
    """Measure what people do first: photos as they are, people of another data set, few people.

    F1 photos as they are against the same after extract; F2 a model on another data set; F3 learn with 4 people x 8
    photos; F4 what extract finds; P2 unseen people (with --splits). Models are trained once and kept; delete them to
    measure a changed training.
    """
    wanted = only or TABLES
    keep.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {}
    celebrities, _ = pairs.read_folder(data / "celebrities" / "faces")
    if {"F1", "F2"} & set(wanted):
        by_orl = models.orl(keep)
    if {"F1", "F4"} & set(wanted):
        console.say("F4: extraction")
        extraction = raw.extraction(data / "photos", keep / "extracted")
    if "F1" in wanted:
        console.say("F1: photos as they are")
        found["F1"] = raw.both_ways(by_orl, celebrities, data / "photos", keep / "extracted")
    if "F2" in wanted:
        console.say("F2: people of another data set")
        orl, _ = pairs.read_folder(data / "orl")
        found["F2"] = {
            "orl_to_celebrities": across(by_orl, celebrities),
            "celebrities_to_orl": across(models.celebrities(keep, celebrities), orl),
        }
    if "F3" in wanted:
        console.say(f"F3: {few.PEOPLE} people x {few.PHOTOS} photos")
        found["F3"] = few.measure(celebrities, draws, keep)
    if "F4" in wanted:
        found["F4"] = extraction
    if "P2" in wanted and splits:
        console.say("P2: unseen people")
        orl, _ = pairs.read_folder(data / "orl")
        found["P2"] = known.measure(orl, sorted(splits.glob("P2_*.txt")), keep)
        at_95 = [each["named_right_at_95"] for each in found["P2"].values()]
        found["P2"]["mean_named_right_at_95"] = round(float(np.mean(at_95)), 1)
    click.echo(json.dumps(found) if as_json else "\n".join(line for name in found for line in text(name, found[name])))


if __name__ == "__main__":
    main()
