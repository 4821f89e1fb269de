"""All stages as one group of commands, in the order in which they are used."""

import click

from pipeline import doctor, download, evaluate, importing, pairs, train
from pipeline.common import console
from pipeline.datasets import orl
from pipeline.faces import extract, gray
from pipeline.recognise import enroll, predict, verify
from siamese_np.gradcheck import table


class InOrder(console.Talking, click.Group):
    """A group that lists its commands in the order in which they were added, instead of alphabetically."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=InOrder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="siamese-np")
def main() -> None:
    """Face recognition by a Siamese network written from scratch in NumPy.

    \b
    Start with:   siamese-np demo
    Your photos:  one folder per person, then gray -> pairs -> train -> evaluate -> enroll -> predict or serve
    Exit codes:   0 done, 1 the job failed, 2 wrong usage
    """


@click.command("gradcheck", cls=console.Stage)
@click.option("--kernels", "kernels_name", type=click.Choice(table.CHOICES), default="both", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def gradcheck(context, kernels_name, as_json):
    """Compare every hand-written gradient with a numerical one, and print a table.

    Plain layers with the chosen kernels; with numba also the fused layers, which are what a training runs; and the
    shipped networks from images to loss. Exit code 1 if one is wrong or cannot be judged. The JSON object has: kernels,
    tolerance, wrong (how many), and rows of layer, implementation, gradient_of, shape, error, correct, verdict, and for
    the worst entry index, analytic, numeric.
    """
    if not table.report(kernels_name, as_json):
        context.exit(1)


for command in (orl.main, importing.main, download.main, extract.main, gray.main, doctor.main, pairs.main, train.main,
                evaluate.main, enroll.enroll, enroll.forget, predict.main, verify.main,
                gradcheck):  # fmt: skip
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="python -m pipeline.cli")
