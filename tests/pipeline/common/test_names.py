"""Every name becomes one plain folder, on every operating system."""

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
