"""Every name becomes one plain folder, on every operating system."""

import itertools

import pytest

from pipeline.common import names


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("  Ada \t Lovelace\n", "Ada Lovelace"),
        ("Ada\u200b\u202eLovelace", "Ada Lovelace"),
        ("Andre\u0301", "Andr\xe9"),
        ("Анна 中", "Анна 中"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..\\x", "_x"),
        ("/root", "_root"),
        ("C:\\a", "C__a"),
        (".hidden", "hidden"),
        ("Jr. ", "Jr"),
        ('a<b>c"d|e?f*g', "a_b_c_d_e_f_g"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("LPT¹", "_LPT¹"),
        ("COM9 .x", "_COM9 .x"),
        ("Conny", "Conny"),
        ("Thumbs.db", "_Thumbs.db"),
        ("a\0b", "a b"),
        ("a\udcff", "a"),
    ],
)
def test_a_name_becomes_a_plain_folder(name, folder):
    assert names.folder_name(name) == folder
    assert names.is_folder_name(folder)


@pytest.mark.parametrize("name", ["", " ", "..", "/", "???", "- _", "\u200b"])
def test_a_name_needs_a_letter_or_a_digit(name):
    with pytest.raises(ValueError, match="letter or a digit"):
        names.folder_name(name)


def test_long_names_are_cut_between_characters():
    folder = names.folder_name("é" * 300)
    assert set(folder) == {"é"} and 190 < len(folder.encode()) <= names.LONGEST
    assert names.is_folder_name(names.folder_name("con." + "x" * 300))


@pytest.mark.parametrize("name", ["", "a/b", "a\\b", "a ", " a", ".a", "a.", "con", "a\n", "x" * 201, "desktop.ini"])
def test_names_that_are_no_plain_folder_are_recognised(name):
    assert not names.is_folder_name(name)


def test_an_existing_folder_is_used_in_each_unicode_form_of_its_name(tmp_path):
    assert names.folder_of(tmp_path / "none", "Andr\xe9") == tmp_path / "none/Andr\xe9"
    (tmp_path / "Andre\u0301").write_text("a file is no folder")
    assert names.folder_of(tmp_path, "Andr\xe9").name == "Andr\xe9"
    (tmp_path / "Andre\u0301").unlink()
    (tmp_path / "Andre\u0301").mkdir()
    assert names.folder_of(tmp_path, "Andr\xe9").is_dir()


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("Sammy Davis Jr.", "Sammy Davis Jr%2E"),
        ("AC:DC", "AC%3ADC"),
        ("Who?", "Who%3F"),
        ("con", "%63on"),
        ("LPT¹", "%4CPT¹"),
        ("100%", "100%"),
        ("100%3F", "100%253F"),
        ("St. Vincent", "St. Vincent"),
        ("李雷", "李雷"),
    ],
)
def test_a_folder_stands_for_exactly_one_name(name, folder):
    assert names.folder_for(name) == folder and names.person_of(folder) == name
    assert names.is_folder_name(folder) and names.is_person_name(name)


def test_each_name_has_a_folder_of_its_own():
    letters = "a%:?. 3FfC"
    found = {}
    for length in range(1, 5):
        for text in map("".join, itertools.product(letters, repeat=length)):
            if names.is_person_name(text):
                folder = names.folder_for(text)
                assert names.person_of(folder) == text and names.is_folder_name(folder)
                assert found.setdefault(folder, text) == text
    assert len(found) > 1000


@pytest.mark.parametrize("folder", ["a%2fb", "%2E%2E", "%", "%zz", "a%41", "%C3%A9", "a%00b", "%2F", "%20a"])
def test_what_no_stage_writes_is_read_as_it_stands(folder):
    assert names.person_of(folder) == folder


@pytest.mark.parametrize(("a", "b"), [("ADA", "Ada"), ("Ada  B", "ada b"), (" Straße", "STRASSE"), ("Zoe\u0301", "ZOÉ")])
def test_names_that_read_the_same_have_one_key(a, b):
    assert names.key_of(a) == names.key_of(b)
    assert names.key_of(a) != names.key_of(a + "x")


@pytest.mark.parametrize("name", ["", "..", ".x", "a/b", "a\\b", " a", "a  b", "a\n", "x" * 201, "desktop.ini", "a\udcff"])
def test_what_is_no_name_of_a_person_is_recognised(name):
    assert not names.is_person_name(name)
