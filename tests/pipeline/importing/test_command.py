"""The plan is shown before anything is done, nothing is ever replaced, and a second import does only what is new."""

import json
import shutil
import sys

import pytest

from pipeline.common import atomic
from pipeline.importing import command
from tests.pipeline.importing.conftest import picture


def test_without_a_terminal_the_plan_is_shown_and_nothing_is_written(put, bring, raw, monkeypatch):
    source = put("ada_1.png", "ada_2.png", "Ben_1.png", "7.png")
    monkeypatch.setattr(sys, "argv", ["siamese-np", "import", "my photos"])
    result = bring(source)
    assert result.exit_code == 1 and raw() == {}
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"{source}: names,") and lines[1].startswith("3 photos of 2 people")
    assert "  ada: 2 photos" in lines and "  Ben: 1 photos" in lines
    assert "skipped 7.png: the name of the file names nobody" in lines
    assert "siamese-np import import 'my photos' --yes" in result.stderr, "the name of the program is not quoted"


def test_yes_does_it_and_a_second_time_there_is_nothing_new(put, bring, raw, tmp_path, monkeypatch):
    source = put("ada_1.png", "ada_2.png", "ben_1.png")
    result = bring(source, "--yes")
    assert result.exit_code == 0 and raw() == {"ada": ["ada_1.png", "ada_2.png"], "ben": ["ben_1.png"]}
    assert (tmp_path / "raw/ada/ada_2.png").read_bytes() == picture(1) == (source / "ada_2.png").read_bytes()
    (source / "ben_2.png").write_bytes(picture(9))
    written = []
    writing = atomic.writing
    monkeypatch.setattr(atomic, "writing", lambda path: written.append(path.name) or writing(path))
    result = bring(source, "--yes")
    assert written == ["ben_2.png"] and "ben: 2 photos, 1 of them new" in result.stdout
    result = bring(source)
    assert result.exit_code == 0 and "nothing is new" in result.stderr, "there is nothing to ask for"


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1)])
def test_at_a_terminal_it_asks(put, tmp_path, raw, monkeypatch, answer, code):
    from click.testing import CliRunner

    source = put("ada_1.png", "ben_1.png")
    # CliRunner puts its own stdin in place, which says that it is no terminal
    monkeypatch.setattr(command.sys, "stdin", None)
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda stream: True, raising=False)
    result = CliRunner().invoke(command.main, [str(source), str(tmp_path / "raw")], input=answer)
    assert "Import them?" in result.stderr and result.exit_code == code
    assert bool(raw()) == (code == 0)


def test_a_different_photo_of_the_same_name_is_never_replaced(put, bring, raw, tmp_path):
    source = put("2023/Ada/1.png", "2024/Ada/1.png", "2024/Ben/1.png")
    mine = tmp_path / "raw/Ben/1.png"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    for _ in range(2):
        result = bring(source, "--yes")
        assert result.exit_code == 0 and mine.read_bytes() == b"mine"
        there = raw()
        assert [len(there["Ada"]), len(there["Ben"])] == [2, 2] and "1.png" in there["Ada"]
    assert "nothing is new" in result.stderr
    assert {path.read_bytes() for path in (tmp_path / "raw/Ada").iterdir()} == {picture(0), picture(1)}


def test_one_photo_in_two_places_comes_once(put, bring, raw):
    source = put("2023/Ada/1.png", "2023/Ben/1.png")
    shutil.copytree(source / "2023", source / "backup")
    result = bring(source, "--yes")
    assert raw() == {"Ada": ["1.png"], "Ben": ["1.png"]} and "is there twice" in result.stdout


def test_names_that_differ_in_spelling_alone_are_one_person_and_join_the_folder_that_is_there(
    put, bring, raw, tmp_path
):
    source = put("ADA_1.png", "Ada_2.png", "Ada_3.png", "Ben_1.png")
    (tmp_path / "raw/ben").mkdir(parents=True)
    result = bring(source, "--yes")
    assert raw() == {"Ada": ["ADA_1.png", "Ada_2.png", "Ada_3.png"], "ben": ["Ben_1.png"]}
    assert "ADA, Ada are taken as one person, Ada" in result.stdout


def test_names_that_no_folder_can_have_everywhere_are_changed_and_told(put, bring, raw):
    source = put("AC:DC/1.png", "Sammy Davis Jr./1.png", "Who?/1.png", "李雷/1.png", "!!/1.png")
    result = bring(source, "--yes")
    assert set(raw()) == {"AC_DC", "Sammy Davis Jr", "Who_", "李雷"}
    assert "AC:DC cannot be the name of a folder everywhere: it becomes AC_DC" in result.stdout
    assert "skipped !!: is no name of a person" in result.stdout


def test_json_is_the_plan_and_what_was_written(put, bring, raw):
    source = put("ada_1.png", "ben_1.png", "7.png")
    told = json.loads(bring(source, "--json").stdout)
    assert told["written"] == 0 and told["new"] == 2 and raw() == {}
    told = json.loads(bring(source, "--json", "--yes").stdout)
    assert told["written"] == 2 and told["form"] == "names"
    assert told["people"] == [{"name": "ada", "photos": 1, "new": 1}, {"name": "ben", "photos": 1, "new": 1}]
    assert told["skipped"] == [["7.png", "the name of the file names nobody"]]
    help_text = " ".join(bring(source, "--help").stdout.split())
    assert all(key in help_text for key in told)


def test_a_photo_that_vanished_is_told_and_the_others_come(put, bring, raw, monkeypatch):
    source = put("ada_1.png", "ada_2.png", "ben_1.png")
    carry_out = command.plan.carry_out
    monkeypatch.setattr(command.plan, "carry_out", lambda made: (source / "ada_1.png").unlink() or carry_out(made))
    result = bring(source, "--yes")
    assert result.exit_code == 0 and raw() == {"ada": ["ada_2.png"], "ben": ["ben_1.png"]}
    assert "skipped ada_1.png" in result.stderr


@pytest.mark.parametrize("target", ["source", "source/raw", "."])
def test_source_and_target_within_each_other_are_refused(put, tmp_path, target):
    from click.testing import CliRunner

    source = put("Ada/1.png")
    result = CliRunner().invoke(command.main, [str(source), str(tmp_path / target), "--yes"])
    assert result.exit_code == 1 and "lie within each other" in result.stderr


def test_what_is_not_there_or_is_one_photo_is_refused(put, bring, tmp_path):
    source = put("ada_1.png")
    assert "doesn't exist" in bring(tmp_path / "nowhere").stderr
    result = bring(source / "ada_1.png")
    assert result.exit_code == 1 and "no folder and no archive" in result.stderr
    assert bring(source, "--as", "heap").exit_code == 2
