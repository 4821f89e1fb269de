"""Choosing the kernels, by name and never in silence."""

import functools
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from siamese_np import kernels
from siamese_np.layers import Conv2D, MaxPool2D

pytestmark = pytest.mark.kernels


def test_both_kernels_have_the_same_functions():
    names = {"conv2d_forward", "conv2d_backward", "maxpool2d_forward", "maxpool2d_backward"}
    for name in kernels.NAMES:
        assert {f for f in vars(kernels.get(name)) if f.startswith(("conv2d_", "maxpool2d_"))} == names


def test_an_unknown_name_is_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match="kernels are 'numpy' or 'numba', not 'cuda'"):
        kernels.get("cuda")


def test_asking_for_numba_where_it_is_missing_fails_with_the_line_that_installs_it(monkeypatch):
    for module in [name for name in sys.modules if name.startswith("siamese_np.kernels.compiled")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(ImportError, match="pip install numba"):
        kernels.get("numba")


def test_the_numpy_kernels_do_without_numba(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    assert kernels.get("numpy").__name__ == "siamese_np.kernels.reference"


@pytest.mark.parametrize(
    "build", [functools.partial(Conv2D, 1, 1, rng=np.random.default_rng(0)), MaxPool2D], ids=["Conv2D", "MaxPool2D"]
)
def test_a_layer_uses_the_kernels_it_is_given_and_numpy_where_none_are(build):
    for name in kernels.NAMES:
        assert build(kernels=kernels.get(name)).kernels is kernels.get(name)
    assert build().kernels is kernels.get("numpy")


def test_the_page_of_the_compiled_kernels_lists_every_module_after_those_that_it_imports():
    compiled = kernels.get("numba")
    page = re.findall(r"^    (\w+)  ", compiled.__doc__, re.M)
    sources = {path.stem: path.read_text() for path in Path(compiled.__file__).parent.glob("*.py")}
    assert sorted(page) == sorted(sources.keys() - {"__init__"})
    for place, module in enumerate(page):
        imported = {name for name in page if re.search(rf"compiled(\.| import (.*, )?){name}\b", sources[module])}
        assert imported <= set(page[:place]), f"{module} imports from a module that the page lists below it"
