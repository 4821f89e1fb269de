"""The programs in examples/ do what they say."""

import inspect
import re
import runpy
import textwrap
from pathlib import Path

import numpy as np
import pytest

from examples import by_hand, train
from siamese_np import distance
from siamese_np.gradcheck import numeric_gradient
from siamese_np.losses import ContrastiveLoss

ROOT = Path(__file__).parent.parent.parent


def code_lines(text: str) -> str:
    """Python code without indentation and without comments at the end of a line."""
    return "\n".join(line.partition("#")[0].strip() for line in textwrap.dedent(text).splitlines())


@pytest.fixture(scope="module")
def trained() -> tuple[float, float]:
    """The mean distances of same and of different pairs after a short training."""
    return train.main(steps=40)


def test_the_training_contains_the_very_lines_of_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(z = network.*?)```", readme, re.DOTALL)
    assert code_lines(block).strip() in code_lines(inspect.getsource(train.main))


def test_a_short_training_brings_unseen_people_apart(trained):
    # with seeds 0 to 11 the difference is .45 to .59
    same, different = trained
    assert different - same > 0.3


def test_a_network_without_training_does_not_bring_them_apart():
    # with seeds 0 to 3 the difference is .15 to .17
    same, different = train.main(steps=0)
    assert different - same < 0.3


@pytest.fixture
def printed(capsys) -> dict[str, np.ndarray]:
    """What the example by_hand prints: each title, and the numbers below it as one vector."""
    runpy.run_path(str(ROOT / "examples" / "by_hand.py"), run_name="__main__")
    numbers: dict[str, list[str]] = {}
    for line in capsys.readouterr().out.splitlines():
        if line and not line.startswith(" "):
            numbers[title := line] = []
        else:
            numbers[title] += re.findall(r"-?\d+\.\d*", line)
    return {title: np.array(found, float) for title, found in numbers.items()}


def below(printed: dict[str, np.ndarray], start: str) -> np.ndarray:
    """The numbers below the only title that begins with `start`."""
    (found,) = [numbers for title, numbers in printed.items() if title.startswith(start)]
    return found


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("dL/dkernel", "conv2d1.weight"),
        ("dL/dbias of the convolution", "conv2d1.bias"),
        ("dL/dweight of the dense layer", "dense1.weight"),
        ("dL/dbias of the dense layer", "dense1.bias"),
    ],
)
def test_a_gradient_that_by_hand_prints_is_the_numerical_one(printed, title, name):
    tower = by_hand.make_tower()

    def loss() -> float:
        z = tower.forward(by_hand.IMAGES)
        return ContrastiveLoss(margin=1.0).forward(distance.forward(z[:1], z[1:]), by_hand.SAME)

    numeric = numeric_gradient(loss, tower.params[name])
    assert below(printed, title) == pytest.approx(numeric.ravel(), abs=1e-6)  # the true ones have two digits


def test_the_step_that_by_hand_prints_goes_against_the_gradient_and_shortens_the_distance(printed):
    before = by_hand.make_tower().params["dense1.weight"].ravel()
    gradient = below(printed, "dL/dweight of the dense layer")
    assert below(printed, "dense1.weight afterwards") == pytest.approx(before - by_hand.LEARNING_RATE * gradient)
    assert below(printed, "d = sqrt") == pytest.approx([0.5])
    assert below(printed, "d afterwards") == pytest.approx([0.3577])
