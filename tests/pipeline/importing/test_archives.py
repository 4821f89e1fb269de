"""Archives: what is in them comes, hostile ones are refused from their headers, and nothing leaves the target."""

import io
import struct
import tarfile
import zipfile
import zlib

import pytest

from pipeline.importing import sources
from tests.pipeline.importing.conftest import picture


@pytest.fixture
def packed(tmp_path):
    """packed({name: data}) writes a ZIP and returns its path."""

    def write(members, compression=zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(tmp_path / "people.zip", "w", compression) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        return tmp_path / "people.zip"

    return write


def files(root):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_a_zip_of_a_mac_with_nested_folders(packed, bring, raw):
    result = bring(packed({
        "my photos/2024/Ada/1.png": picture(0), "my photos/2024/Ben/1.png": picture(1),
        "__MACOSX/my photos/2024/Ada/._1.png": b"\0\5\26\7", "my photos/.DS_Store": b"x", "my photos/Thumbs.db": b"x",
        "my photos/2024/Ada/notes.txt": b"hello", "inner.zip": b"PK\3\4",
    }), "--yes")  # fmt: skip
    assert result.exit_code == 0 and raw() == {"Ada": ["1.png"], "Ben": ["1.png"]}
    assert "a file of the system, or hidden" in result.stdout and "holds text" in result.stdout
    assert "inner.zip: is an archive" in result.stdout


def test_a_zip_holds_every_other_form(packed, bring, raw, tmp_path):
    bring(packed({"all/ada_1.png": picture(0), "all/ben_1.png": picture(1)}), "--yes")
    assert set(raw()) == {"ada", "ben"}
    rows = b"file,person\nx/1.png,Cem\nx/2.png,Dora\n"
    bring(packed({"x/1.png": picture(2), "x/2.png": picture(3), "labels.csv": rows}), "--as", "zip", "--yes")
    assert set(raw()) == {"ada", "ben", "Cem", "Dora"}


def test_names_that_lead_out_are_left_out_and_told(packed, bring, raw, tmp_path):
    names = ["../Eve/1.png", "Ada/../../Eve/2.png", "/Eve/3.png", "C:\\Eve\\4.png", "..\\..\\Eve\\5.png", "C:Eve/6.png"]
    before = files(tmp_path)
    result = bring(packed({"Ada/1.png": picture(0), "Ben/1.png": picture(1)} | {n: picture(9) for n in names}), "--yes")
    assert files(tmp_path) == sorted([*before, "people.zip", "raw/Ada/1.png", "raw/Ben/1.png"])
    assert sources.OUTSIDE in result.stdout and "and 1 more" in result.stdout


def test_backslashes_of_windows_part_folders(packed, bring, raw):
    bring(packed({"all\\Ada\\1.png": picture(0), "all\\Ben\\1.png": picture(1)}), "--yes")
    assert raw() == {"Ada": ["1.png"], "Ben": ["1.png"]}


def test_utf_8_that_nobody_declared_is_read_as_what_it_is(packed, bring, raw):
    path = packed({"Zoe'/1.png": picture(0), "Ben/1.png": picture(1)})
    data = path.read_bytes()
    assert data.count(b"Zoe'/1.png") == 2
    path.write_bytes(data.replace(b"Zoe'/1.png", "Zoé/1.png".encode()))
    bring(path, "--yes")
    assert set(raw()) == {"Zoé", "Ben"}


def test_links_and_encrypted_entries_are_left_out(packed, bring, raw, tmp_path):
    link = zipfile.ZipInfo("Ada/link.png")
    link.external_attr = 0o120777 << 16
    path = packed({"Ada/1.png": picture(0), "Ben/1.png": picture(1), "Ben/2.png": picture(2), link: "/etc/passwd"})
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\1\2", 0, data.rindex(b"Ben/2.png"))
    data[entry + 8] |= 1  # the flag of encryption, in the directory at the end
    path.write_bytes(data)
    result = bring(path, "--yes")
    assert raw() == {"Ada": ["1.png"], "Ben": ["1.png"]}
    assert "Ada/link.png: is a link" in result.stdout and "Ben/2.png: is encrypted" in result.stdout


@pytest.mark.parametrize("limit", ["RATIO", "TOTAL", "FILES"])
def test_bombs_are_refused_from_the_header(packed, bring, raw, monkeypatch, limit):
    path = packed({"Ada/1.png": bytes(3_000_000), "Ada/2.png": bytes(3_000_000), "Ben/1.png": picture(1)})
    monkeypatch.setattr(sources, "SMALL", 1_000_000)
    monkeypatch.setattr(sources, limit, {"RATIO": 100, "TOTAL": 5_000_000, "FILES": 2}[limit])
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *arguments: pytest.fail("unpacked"))
    result = bring(path, "--yes")
    assert result.exit_code == 1 and raw() == {}
    assert {"RATIO": "100 times as much", "TOTAL": "more than 0.005 GB", "FILES": "more than 2 files"}[
        limit
    ] in result.stderr


def test_an_entry_that_is_larger_than_any_photo_is_not_unpacked(packed, bring, raw, monkeypatch):
    monkeypatch.setattr(sources, "LARGEST", 5000)
    result = bring(packed({"Ada/1.png": picture(0), "Ben/1.png": picture(1), "Ben/2.png": bytes(6000)}), "--yes")
    assert raw() == {"Ada": ["1.png"], "Ben": ["1.png"]} and "Ben/2.png: has more than" in result.stdout


def test_an_entry_that_says_it_is_smaller_than_it_is_is_left_out(packed, bring, raw):
    path = packed({"Ada/1.png": picture(0), "Ben/1.png": picture(1), "Ben/2.png": picture(2)})
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\1\2", 0, data.rindex(b"Ben/2.png"))
    data[entry + 24 : entry + 28] = struct.pack("<I", 40)
    path.write_bytes(data)
    result = bring(path, "--yes")
    assert raw() == {"Ada": ["1.png"], "Ben": ["1.png"]} and "skipped Ben/2.png" in result.output


@pytest.mark.parametrize("damage", ["cut", "crc"])
def test_a_damaged_zip_is_told(packed, bring, raw, damage):
    path = packed({"Ada/1.png": picture(0), "Ben/1.png": picture(1)}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(data[: len(data) // 2])
        assert bring(path, "--yes").exit_code == 1
    else:
        data[data.index(b"IDAT") + 6] ^= 255
        path.write_bytes(data)
        result = bring(path, "--yes")
        assert raw() == {"Ben": ["1.png"]} and "Ada/1.png" in result.output and "damaged" in result.output


@pytest.mark.parametrize("mode", ["w:gz", "w", "w:xz"])
def test_lfw_as_it_is_downloaded(tmp_path, bring, raw, mode):
    with tarfile.open(tmp_path / "lfw.tgz", mode) as archive:
        for k, name in enumerate(
            ("lfw/Ada_King/Ada_King_0001.jpg", "lfw/Ben_Ford/Ben_Ford_0001.jpg", "../Eve/Eve_0001.jpg")
        ):
            member = tarfile.TarInfo(name)
            member.size = len(picture(k))
            archive.addfile(member, io.BytesIO(picture(k)))
        link = tarfile.TarInfo("lfw/Ada_King/Ada_King_0002.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    result = bring(tmp_path / "lfw.tgz", "--yes")
    assert result.exit_code == 0, result.output
    assert raw() == {"Ada King": ["Ada_King_0001.jpg"], "Ben Ford": ["Ben_Ford_0001.jpg"]}
    assert files(tmp_path / "raw") == ["Ada King/Ada_King_0001.jpg", "Ben Ford/Ben_Ford_0001.jpg"]
    assert "is a link" in result.stdout and sources.OUTSIDE in result.stdout


def test_a_packed_tar_that_claims_too_much_is_refused_before_it_is_unpacked(tmp_path, bring, raw):
    member = tarfile.TarInfo("Ada/1.png")
    member.size = 3_000_000_000
    head = member.tobuf()
    (tmp_path / "bomb.tgz").write_bytes(
        b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + zlib.compress(head + bytes(1000))[2:-4] + bytes(8)
    )
    result = bring(tmp_path / "bomb.tgz", "--yes")
    assert result.exit_code == 1 and "times as much" in result.stderr and raw() == {}
