"""The command `evaluate`."""

import json
from pathlib import Path

import click

from pipeline import pairs
from pipeline.common import console
from pipeline.common.options import KERNELS
from pipeline.evaluate.card import card
from pipeline.evaluate.command import evaluate, write_report
from pipeline.evaluate.crossvalidated import cross_validated
from pipeline.evaluate.elsewhere import evaluate_on
from pipeline.recognise.options import RUN
from pipeline.recognise.recogniser import load


@click.command("evaluate", cls=console.Stage)
@RUN
@click.option("--pairs", "pairs_folder", type=Path, default=Path("data/pairs"), show_default=True)
@KERNELS
@click.option("--on", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="FOLDER",
              help="Measure on other people, one folder per person; nothing is written.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the random galleries.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, the content of report.json.")
def main(run, pairs_folder, kernels_name, on, seed, as_json):
    """Measure a model on the test part of a pairs folder. Writes report.json and pictures/ into its run folder.

    --on FOLDER measures on faces of people that the model was not trained on. Photos that it was trained on are found by
    their content, whatever their names, and refused.
    """
    model = load(run, kernels_name)
    if on:
        report = evaluate_on(model, on, seed)
    elif model.extra.get("cross_validation"):
        report = cross_validated(model)
        write_report(run / "report.json", report)
    else:
        report = evaluate(model, pairs.load(pairs_folder), seed, run / "pictures")
        write_report(run / "report.json", report)
    click.echo(json.dumps(report) if as_json else card(report))
