"""The command `pairs`."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from pipeline.common.console import Stage, say
from pipeline.common.options import Size
from pipeline.datasets import Faces
from pipeline.faces import landmarks as points
from pipeline.pairs import mined, report, store
from pipeline.pairs.build import build
from pipeline.pairs.data import PairData
from pipeline.pairs.dense import read_dense, write_dense
from pipeline.pairs.read import read_folder
from pipeline.pairs.split import Split, by_image, by_person
from pipeline.pairs.splitfile import from_file
from pipeline.recognise.recogniser import load as load_model
from siamese_np import kernels


class Amount(click.ParamType):
    """A whole number (5), or a share (0.2 or 20%)."""

    name = "number|share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value)
        match = re.fullmatch(r"(\d{1,6})|0?(\.\d+)|(\d{1,2})%", text)
        if not match:
            self.fail(f"{text!r} is neither a whole number (5) nor a share below 1 (0.2, 20%)", param, ctx)
        whole, share, percent = match.groups()
        return int(whole) if whole else float(share) if share else int(percent) / 100


@click.command("pairs", cls=Stage)
@click.argument("source", type=click.Path(path_type=Path), required=False)
@click.argument("out", type=click.Path(path_type=Path), required=False)
@click.option("--split", metavar="person|image|FILE", default="person", show_default=True)
@click.option("--val", type=Amount(), help="People for validation; by image, photos of each person.  [default: 10%]")
@click.option("--test", type=Amount(), help="People for the test; by image, photos of each person.  [default: 20%]")
@click.option("--pairs", type=click.IntRange(2, 10**7), default=10_000, show_default=True, help="Pairs in each part.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--size", type=Size(), metavar="HxW", help="Size of all faces.  [default: the most common, 160 at most]")
@click.option("--dense", is_flag=True, help="Also write PART_X.npy (P, 2, 1, H, W) and PART_Y.npy (1 = same).")
@click.option("--from-dense", nargs=2, type=click.Path(path_type=Path), metavar="X Y", help="Import such pairs.")
@click.option("--same-value", type=click.Choice(["0", "1"]), help="The number in Y that means the same person.")
@click.option("--mine", type=click.Path(path_type=Path), metavar="RUN", help="Mine training pairs with the model in RUN.")
@click.option("--kernels", "kernels_name", type=click.Choice(kernels.NAMES), default="numba", show_default=True,
              help="Kernels of that model.")  # fmt: skip
@click.option("--landmarks", is_flag=True, help="Add landmarks to align faces by: those of extract, or new ones.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.pass_context
def main(
    context: click.Context, source: Path | None, out: Path | None, as_json: bool, dense: bool, landmarks: bool,
    **options: Any
) -> None:
    """Make training pairs in OUT from the faces in SOURCE (one folder per person).

    By default SOURCE is data/gray and OUT is data/pairs. People (or photos) are split first; then pairs are drawn
    within each part, and half of them are of the same person. --split FILE reads the split from a file with lines
    "part TAB path".

    To import pairs that exist already: pairs [OUT] --from-dense X.npy Y.npy --same-value 1

    pairs --mine RUN reads the pairs in SOURCE (data/pairs) that RUN was trained on. It writes to OUT (data/mined) the
    same faces with training pairs that the model of RUN finds hard. It replaces nothing.
    """
    _check_usage(context, out, {**options, "dense": dense, "landmarks": landmarks})
    skipped = []
    if options["mine"]:
        out = out or Path("data/mined")
        context.with_resource(store.held(out))
        model = load_model(options["mine"], options["kernels_name"])
        data, kept = mined.into(out, source or Path("data/pairs"), model, options["pairs"], options["seed"])
        status = f"Kept {out}: these pairs were mined before" if kept else f"Saved to {out}"
    else:
        if options["from_dense"]:
            source, out = None, source
        out = out or Path("data/pairs")
        context.with_resource(store.held(out))
        store.check_replaceable(out)
        status = f"{'Replaced the pairs in' if (out / store.HEADER).exists() else 'Saved to'} {out}"
        if options["from_dense"]:
            data = read_dense(*options["from_dense"], int(options["same_value"]))
        else:
            faces, reading = read_folder(source or Path("data/gray"), options["size"])
            skipped = [[str(path), reason] for path, reason in reading.skipped]
            data = _draw(faces, options)
        if landmarks:
            grays = None if options["from_dense"] else source or Path("data/gray")
            data = replace(data, landmarks=points.beside(data, store.load_if_usable(out), folder=grays))
        store.save(out, data)
    if dense:
        write_dense(out, data)
    say(status)
    if options["mine"]:
        say(f"To train on them: siamese-np train --source fixed --pairs {out} --run runs/mined")
    figures = {"out": str(out), "skipped": skipped, **report.summary(data)}
    if as_json:
        if advice := report.warning(figures):
            say(advice)
        click.echo(json.dumps(figures, indent=1))
        return
    for line in report.lines(figures) + report.listed("skipped", [f"{path} {reason}" for path, reason in skipped]):
        click.echo(line)


def _check_usage(context: click.Context, out: Path | None, options: dict[str, Any]) -> None:
    def given(name: str) -> bool:
        return context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT

    if options["mine"]:
        useless = [name for name in ("from_dense", "split", "val", "test", "size", "landmarks") if given(name)]
        if useless:
            raise click.UsageError(f"--{useless[0].replace('_', '-')} has no meaning with --mine, which keeps the faces "
                                   "and parts of SOURCE as they are.")  # fmt: skip
    elif given("kernels_name"):
        raise click.UsageError("--kernels belongs to --mine.")
    if options["from_dense"]:
        if options["same_value"] is None:
            raise click.UsageError("--from-dense needs --same-value: is the same person 1 or 0 in Y? Both are in use.")
        useless = [name for name in ("split", "val", "test", "pairs", "seed", "size", "dense") if given(name)]
        if out or useless:
            what = f"--{useless[0]}" if useless else "SOURCE"
            raise click.UsageError(f"{what} has no meaning with --from-dense, which imports pairs as they are.")
    elif options["same_value"]:
        raise click.UsageError("--same-value belongs to --from-dense.")
    if options["split"] not in ("person", "image"):
        if not Path(options["split"]).is_file():
            raise click.UsageError(f"--split is person, image or a file, and there is no file {options['split']!r}.")
        if given("val") or given("test"):
            raise click.UsageError("--split FILE decides which photos validate and test: leave out --val and --test.")


def _draw(faces: Faces, options: dict[str, Any]) -> PairData:
    rng = np.random.default_rng(options["seed"])
    return build(faces, _split(faces, options, rng), options["pairs"], rng)


def _split(faces: Faces, options: dict[str, Any], rng: np.random.Generator) -> Split:
    if options["split"] not in ("person", "image"):
        return from_file(faces, Path(options["split"]))
    val = 0.1 if options["val"] is None else options["val"]
    test = 0.2 if options["test"] is None else options["test"]
    return (by_person if options["split"] == "person" else by_image)(faces, val, test, rng)
