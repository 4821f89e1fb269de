"""The house stands: imports point one way, no modules import each other, and the list of rooms is complete."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BUILDINGS = ("siamese_np", "pipeline", "webapp")
# each room may import from the rooms before it
ROOMS = ("common", "photos", "importing", "download", "datasets", "faces", "recognise", "pairs", "doctor", "train",
         "evaluate")  # fmt: skip
# each page of webapp may import from these, and from no other page
SHARED = ("server", "common")
ENTRIES = ("pipeline.cli", "pipeline.extract", "pipeline.gray", "pipeline.predict")


def modules() -> dict[str, Path]:
    """Dotted name -> file, of everything that is not a test or a benchmark."""
    found = {}
    for building in BUILDINGS:
        for path in (ROOT / building).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(name: str) -> set[str]:
    """The modules of the house that module `name` imports, at its top or within a function."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in MODULES else node.module
                      for alias in node.names}  # fmt: skip
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {module for module in found if module in MODULES}


def test_imports_point_from_the_page_to_the_pipeline_to_the_mathematics():
    for name in MODULES:
        building = BUILDINGS.index(name.partition(".")[0])
        for other in imports(name):
            assert BUILDINGS.index(other.partition(".")[0]) <= building, f"{name} imports {other}"


def test_a_room_of_the_pipeline_imports_only_from_the_rooms_before_it():
    for name in MODULES:
        if not name.startswith("pipeline.") or name in ENTRIES:
            continue
        room = ROOMS.index(name.split(".")[1])
        for other in imports(name):
            if other.startswith("pipeline."):
                assert ROOMS.index(other.split(".")[1]) <= room, f"{name} imports {other}"


def test_every_room_of_the_pipeline_is_described_in_one_line():
    (description,) = [line for line in [ast.get_docstring(ast.parse(MODULES["pipeline"].read_text()))] if line]
    rooms = {path.parent.name for path in (ROOT / "pipeline").glob("*/__init__.py")}
    assert rooms == set(ROOMS)
    listed = [line.split()[0] for line in description.splitlines() if line.startswith("    ")]
    assert listed == list(ROOMS)


def test_a_page_imports_no_other_page_and_what_pages_share_imports_no_page():
    for name in MODULES:
        if name.count(".") < 1 or not name.startswith("webapp.") or name.split(".")[1] not in rooms_of_webapp():
            continue
        room = name.split(".")[1]
        allowed = {room, *(SHARED[: SHARED.index(room)] if room in SHARED else SHARED)}
        for other in imports(name):
            if other.startswith("webapp."):
                assert other.split(".")[1] in allowed, f"{name} imports {other}"


def test_every_room_of_webapp_is_described_in_one_line():
    description = ast.get_docstring(ast.parse(MODULES["webapp"].read_text()))
    listed = [line.split()[0] for line in description.splitlines() if line.startswith("    ")]
    assert sorted(listed) == sorted(rooms_of_webapp()) and listed[: len(SHARED)] == list(SHARED)


def rooms_of_webapp() -> set[str]:
    return {path.parent.name for path in (ROOT / "webapp").glob("*/__init__.py")}


def test_no_modules_import_each_other():
    # a package lists what its modules offer, and they may be listed while one of them is loaded: only modules count
    plain = {name for name in MODULES if MODULES[name].name != "__init__.py"}
    try:
        TopologicalSorter({name: imports(name) & plain for name in plain}).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("entry", ["pipeline.cli", "webapp.cli"])
def test_the_list_of_commands_is_a_module_that_runs(entry):
    result = subprocess.run([sys.executable, "-m", entry, "--help"], capture_output=True, text=True)
    assert result.returncode == 0 and "Usage: " in result.stdout and "train" in result.stdout, result.stderr
