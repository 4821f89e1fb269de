"""The lines of a module in the page, and references to formulas that can't grow stale."""

import re
from pathlib import Path

import pytest

from tests.webapp.reader import read
from webapp.explore.common.source import derived, lines_of, modules

ROOT = Path(__file__).parents[4]
# in Python a long literal may be written as two
CALL = re.compile(r'derived\(\s*"([^"]+)",\s*"(\(\w+\))",\s*test="((?:[^"]|"\s*")+)"\s*,?\s*\)')


def calls():
    """(module, number, test) of every reference that a page makes, and the number of calls in the text."""
    found, written = [], 0
    for path in (ROOT / "webapp/explore").rglob("*"):
        if path.suffix not in (".py", ".html") or path.parts[-2:] == ("common", "source.py"):
            continue
        text = path.read_text(encoding="utf-8")
        found += [(module, number, re.sub(r'"\s*"', "", test)) for module, number, test in CALL.findall(text)]
        written += len(re.findall(r"\bderived\(", text))
    return found, written


def test_every_reference_is_written_in_literals():
    found, written = calls()
    assert len(found) == written


def test_every_formula_and_every_test_that_a_page_names_exists():
    for module, number, test in calls()[0]:
        derived(module, number, test=test)  # raises where there is no such formula
        file, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), test


def test_a_reference_leads_to_the_lines_of_the_derivation_and_of_the_code():
    found = derived("losses", "(2)", test="")
    listed = found.numbered(found.lines + found.code)
    assert [text.split()[0] for _, text in listed] == ["dL/dd[p]", "return"]
    assert all(lines_of("siamese_np/losses.py")[line - 1] == text for line, text in listed)


def test_a_formula_of_two_lines_is_found_whole():
    found = derived("layers/batchnorm", "(6)", test="")
    texts = [text for _, text in found.numbered(found.lines + found.code)]
    assert texts[0].startswith("    dx[k] = ") and texts[1].endswith("(6)") and "dx *= w / s" in texts[2]


def test_a_reference_says_the_sentences_that_lead_to_the_formula_and_those_after_it():
    found = derived("losses", "(3)", test="")
    (before,), (after,) = found.before, found.after
    assert before.text.startswith("This is Hadsell") and before.text.endswith("So nothing here is called Y.)")
    assert after.text.startswith("Beyond the margin nothing pushes") and after.text.endswith("pulled together.")


def test_what_introduces_the_next_formula_is_not_said_of_this_one():
    found = derived("distance", "(1)", test="")
    assert found.before[0].text == "The Euclidean distance of paired rows." and found.after == ()


def test_a_matrix_after_a_formula_is_shown_in_its_lines():
    (matrices,) = derived("kernels/compiled/winograd", "(2)", test="").after
    text = lines_of("siamese_np/kernels/compiled/winograd.py")
    assert matrices.text == "" and "½ -½  ½" in text[matrices.lines[2] - 1]


def test_a_formula_in_the_docstring_of_a_function_has_its_reasons_too():
    found = derived("pipeline/faces/detection/boxes", "(1)", test="")
    assert found.before[0].text.startswith("P-Net has seen the photo resized") and found.after == ()


def test_what_one_formula_has_said_the_next_one_of_the_page_does_not_repeat(app):
    with app.test_request_context("/explore/"):
        first, second = (derived("metrics", number, test="").__html__() for number in ("(1)", "(2)"))
        other = derived("losses", "(2)", test="").__html__()
    said = "A threshold t calls a pair"
    assert said in first and said not in second and "stands under (1)" in second
    assert "stands under" not in first + other and "This is Hadsell" in other


def test_the_reasons_stand_in_the_page(client):
    text = read(client.get("/explore/playground/")).text
    assert "(2) is a vector of length 1, the direction from b to a." in text


@pytest.mark.parametrize("module, number", [("losses", "(99)"), ("nothing", "(1)"), ("webapp/cli", "(1)")])
def test_a_formula_that_is_not_there_is_refused(module, number):
    with pytest.raises(LookupError):
        derived(module, number, test="")


def test_a_module_is_shown_with_its_numbers_and_some_lines_marked(client):
    page = read(client.get("/explore/source/siamese_np/losses.py?lines=3-5,9"))
    assert len(page.all("mark")) == 4 and page.all("span", id="L87")
    assert "L = (1/P) sum_p" in page.text


@pytest.mark.parametrize(
    "name", ["webapp/cli.py", "siamese_np/../webapp/cli.py", "siamese_np/%2e%2e/setup.cfg", "/etc/passwd", "siamese_np",
             "pipeline/train/command.py"]
)  # fmt: skip
def test_no_other_file_is_shown(client, name):
    assert client.get(f"/explore/source/{name}").status_code in (404, 308)


def test_lines_that_are_no_numbers_are_refused(client):
    assert client.get("/explore/source/siamese_np/losses.py?lines=a").status_code == 400


def test_only_modules_of_the_mathematics_of_faces_and_of_recognition_are_listed():
    assert {name.split("/")[0] for name in modules()} == {"siamese_np", "pipeline"}
    assert all(name.startswith(("siamese_np/", "pipeline/faces/", "pipeline/recognise/")) for name in modules())
