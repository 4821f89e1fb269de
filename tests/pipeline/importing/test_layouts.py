"""Who is on a photo, in each of the forms in which people keep photos."""

import pytest

from pipeline.common.errors import JobError
from pipeline.photos import naming
from pipeline.photos.labels import read_labels

NINE = [f"images/{k}.png" for k in range(9)]
ROWS = [(f"images/{k}.png", ("Ada", "Ben", "Zoé")[k // 3]) for k in range(9)]
EACH_THREE = {
    "Ada": ["0.png", "1.png", "2.png"],
    "Ben": ["3.png", "4.png", "5.png"],
    "Zoé": ["6.png", "7.png", "8.png"],
}


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("ada_1.jpg", "ada"), ("ada-2.jpg", "ada"), ("Ada Lovelace 03.jpg", "Ada Lovelace"), ("ada1.jpg", "ada"),
        ("ada_lovelace_0001.jpg", "ada lovelace"), ("ada (2).jpg", "ada"), ("ada_1 (2).jpg", "ada"), ("ada.jpg", "ada"),
        ("s1_3.pgm", "s1"), ("ada_2024-05-01.jpg", "ada"), ("李雷_2.jpg", "李雷"), ("Jean-Luc_4.jpg", "Jean-Luc"),
        ("IMG_1234.jpg", None), ("DSC00012.JPG", None), ("PXL_20240101_101010.jpg", None), ("photo 3.jpg", None),
        ("0001.jpg", None), ("WhatsApp Image 2024-01-01 at 10.22.33.jpeg", None), ("__1.jpg", None),
    ],
)  # fmt: skip
def test_the_name_of_a_file_names_the_person_before_its_number(name, person):
    assert naming.person_of_file(name) == person


def test_where_the_number_tells_little_the_first_word_counts():
    names = [f"subject0{k}.{mood}.gif" for k in (1, 2) for mood in ("happy", "sad", "wink")]
    people, how = naming.people_of_files(names)
    assert people == ["subject01"] * 3 + ["subject02"] * 3 and "first word" in how
    assert "before the number" in naming.people_of_files(["ada_1.png", "ben_1.png", "cem_1.png"])[1]


@pytest.mark.parametrize(
    ("folders", "people"),
    [
        (["2024/spring/Ada", "2024/spring/Ben"], ["Ada", "Ben"]),
        (["Ada/2023", "Ada/2024", "Ben/2024"], ["Ada", "Ada", "Ben"]),
        (["2023/Ada", "2024/Ada", "2024/Ben"], ["Ada", "Ada", "Ben"]),
        (["train/Ada", "test/Ada", "test/Ben"], ["Ada", "Ada", "Ben"]),
        (["orl/1", "orl/2"], ["1", "2"]),
        (["faces/s1", "faces/s2"], ["s1", "s2"]),
        (["Ada", "Ada/old"], ["Ada", "Ada"]),
        (["Ada/2023-05", "Ada/2024-05"], ["Ada", "Ada"]),
        (["Ada/DCIM/100APPLE", "Ben/DCIM/101APPLE"], ["Ada", "Ben"]),
        (["images", "images"], [None, None]),
        (["", "Ada"], [None, "Ada"]),
    ],
)
def test_the_innermost_folder_that_can_be_a_name_is_the_person(folders, people):
    assert naming.people_of_folders([tuple(filter(None, path.split("/"))) for path in folders]) == people


def test_folders_at_any_depth_become_one_folder_per_person(put, bring, raw):
    result = bring(put("2024/spring/Ada/1.png", "2023/Ada/2.png", "2024/spring/Ben/1.png", "loose.png"), "--yes")
    assert raw() == {"Ada": ["1.png", "2.png"], "Ben": ["1.png"]}
    assert "nested" in result.stdout and "skipped loose.png: no folder names the person" in result.stdout


def test_a_folder_within_that_of_a_person_is_ambiguous_and_told(put, bring, raw):
    result = bring(put("Ada/1.png", "Ada/holiday/2.png", "Ben/1.png"), "--yes")
    assert raw() == {"Ada": ["1.png", "2.png"], "Ben": ["1.png"]}
    assert "check: Ada/holiday lies within Ada, which holds photos itself: taken as Ada" in result.stdout


def test_names_in_one_folder_are_found_wherever_the_folder_lies(put, bring, raw):
    result = bring(put("photos/ada_1.png", "photos/ada-2.png", "photos/Ben Ford 03.png", "photos/IMG_1.png"), "--yes")
    assert raw() == {"Ben Ford": ["Ben Ford 03.png"], "ada": ["ada-2.png", "ada_1.png"]}
    assert "skipped photos/IMG_1.png: the name of the file names nobody" in result.stdout


def test_a_folder_with_a_name_can_hold_files_with_names_and_as_decides(put, bring, raw):
    source = put("Ada/beach_1.png", "Ada/hills_2.png")
    assert "if that is the person, give --as nested" in bring(source).stdout
    bring(source, "--as", "nested", "--yes")
    assert raw() == {"Ada": ["beach_1.png", "hills_2.png"]}


def test_the_layout_of_lfw_gives_names_with_spaces(put, bring, raw):
    source = put("lfw/Ada_King/Ada_King_0001.png", "lfw/Ada_King/Ada_King_0002.png", "lfw/Ben_Ford/Ben_Ford_0001.png")
    result = bring(source, "--yes")
    assert raw() == {"Ada King": ["Ada_King_0001.png", "Ada_King_0002.png"], "Ben Ford": ["Ben_Ford_0001.png"]}
    assert "lfw" in result.stdout.splitlines()[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("header", ["file,person", "person,file", ""])
def test_a_table_of_labels_in_every_spelling(put, bring, raw, header, delimiter, encoding):
    source = put(*NINE)
    rows = [row[::-1] if header.startswith("person") else row for row in ROWS]
    lines = [*filter(None, [header.replace(",", delimiter)]), *(delimiter.join(row) for row in rows)]
    (source / "labels.csv").write_bytes("\r\n".join(lines).encode(encoding))
    result = bring(source, "--yes")
    assert result.exit_code == 0 and raw() == EACH_THREE, result.output
    assert "skipped" not in result.stdout


@pytest.mark.parametrize("cell", ["images/{}.png", "images\\{}.png", "./images/{}.png", "{}.png", "{}"])
def test_a_cell_names_a_file_by_path_name_or_stem(cell):
    table = "\n".join(f"{cell.format(k)};{'ab'[k % 2]}" for k in range(9))
    read = read_labels("t", table.encode(), NINE)
    assert read.people == {file: ("ab"[k % 2],) for k, file in enumerate(NINE)} and read.missing == ()


def test_of_several_columns_the_header_or_the_content_tells_the_person():
    body = [f"{k},{k // 3},img{k},{ROWS[k][0]},{ROWS[k][1]},all" for k in range(9)]
    with_header = ["row,set,code,path,identity,source", *body]
    for lines in (with_header, body):
        assert read_labels("t", "\n".join(lines).encode(), NINE).people == {file: (who,) for file, who in ROWS}
    mood = ["path,mood,artist", *(f"{file},{'gs'[k % 2]},{'xyz'[k % 3]}" for k, (file, _) in enumerate(ROWS))]
    with pytest.raises(JobError, match="several columns could name the person .mood, artist."):
        read_labels("t", "\n".join(mood).encode(), NINE)


def test_rows_that_say_nothing_are_told_and_no_path_leads_out(put, bring, raw, tmp_path):
    source = put(*NINE[:4])
    (tmp_path / "secret.png").write_bytes(b"secret")
    rows = "file,person\nimages/0.png,Ada\nimages/1.png,Ben\n../secret.png,Ada\nimages/2.png,Ada\nimages/2.png,Ben\n"
    (source / "labels.csv").write_text(rows)
    result = bring(source, "--yes")
    assert raw() == {"Ada": ["0.png"], "Ben": ["1.png"]}
    for line in ("../secret.png: is named in labels.csv and not there", "images/3.png: labels.csv names nobody for it",
                 "images/2.png: labels.csv gives it several people: Ada, Ben"):  # fmt: skip
        assert f"skipped {line}" in result.stdout


def test_a_table_can_be_given_itself(put, bring, raw):
    source = put(*NINE)
    (source / "labels.csv").write_text("\n".join(",".join(row) for row in ROWS))
    assert bring(source / "labels.csv", "--yes").exit_code == 0 and raw() == EACH_THREE


def test_a_table_of_something_else_does_not_name_people(put, bring, raw):
    source = put("Ada/1.png", "Ada/2.png", "Ben/3.png", "Ben/4.png")
    (source / "split.csv").write_text("file,split\nAda/1.png,train\nAda/2.png,test\nBen/3.png,train\nBen/4.png,test\n")
    result = bring(source, "--yes")
    assert set(raw()) == {
        "Ada",
        "Ben",
    } and 'split.csv is not used: the column of people in split.csv is called "split"' in (result.stdout)


def test_where_nobody_can_be_told_the_error_says_the_way_out(put, bring):
    result = bring(put("images/1.png", "images/2.png"), "--yes")
    assert result.exit_code == 1 and "one folder per person" in result.stderr and "--as nested" in result.stderr
