"""The command `download` with the unmodified search package, against a web on 127.0.0.1.

Where it matters how it starts, ends and waits, it runs in its own process; the search always does.
"""

import hashlib
import io
import json
import signal
import subprocess
import sys
import time
import unicodedata

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from pipeline.download import main
from tests.pipeline.download.fake_web import Answer, FakeWeb, search_page


@pytest.fixture
def web(tmp_path):
    web = FakeWeb(tmp_path)
    yield web
    web.close()


@pytest.fixture
def out(tmp_path):
    return tmp_path / "raw"


def command(out, *arguments):
    return [sys.executable, "-m", "pipeline.download", "--out", str(out), *map(str, arguments)]


def download(web, out, *arguments):
    return subprocess.run(command(out, *arguments), env=web.environment(), capture_output=True, text=True, timeout=60)


@pytest.fixture
def here(web, out, monkeypatch):
    """The command in this process, which starts faster."""
    for name, value in web.environment().items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(main, ["--out", str(out), *map(str, arguments)])


def photo(seed, form="JPEG", side=80):
    noise = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, form)
    return buffer.getvalue()


def animation(seed):
    """Two frames, as GIF."""
    frames = [Image.open(io.BytesIO(photo(seed + i, "PNG"))) for i in (0, 1)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def stock(web, name, count, start=0, hosts=3):
    """Prepare photos for a search of `name`. Returns their addresses."""
    files = {f"https://site{i % hosts}.example/{i}.jpg": Answer(photo(i)) for i in range(start, start + count)}
    web.files.update(files)
    web.pages[name] = search_page(files)
    return list(files)


def manifest(out):
    return [json.loads(line) for line in (out / "manifest.jsonl").read_text("utf-8").splitlines() if line]


def files(out, person):
    return sorted((out / person).glob("[!.]*"))


def test_photos_of_each_person_are_fetched_and_listed(web, out):
    ada = stock(web, "Ada Lovelace", 8, hosts=2)
    alan = stock(web, "Алан Тьюринг", 2, start=20)
    done = download(web, out, "Ada Lovelace", "Алан Тьюринг", "--limit", 5)
    assert done.returncode == 0, done.stderr
    assert web.searched() == ["Ada Lovelace", "Алан Тьюринг"], "a name of two words is one search"
    assert done.stdout.splitlines() == [
        f"Ada Lovelace: 5 photos, 5 of them new, in {out}/Ada Lovelace",
        f"Алан Тьюринг: 2 photos, 2 of them new, in {out}/Алан Тьюринг",
        "  3 fewer than wanted: the search found no more",
    ]
    fetched = web.fetched()
    assert len(fetched) == 7 and {*ada[:4], *alan} <= {*fetched}, "the best first, and no more than asked for"
    assert len(files(out, "Ada Lovelace")) == 5 and len(files(out, "Алан Тьюринг")) == 2
    for entry in manifest(out):
        data = (out / entry["file"]).read_bytes()
        assert data == web.files[entry["address"]].body
        assert entry["sha256"] == hashlib.sha256(data).hexdigest() and entry["bytes"] == len(data)
        assert entry["person"] == entry["file"].split("/")[0] and entry["when"].endswith("+00:00")
    assert len(manifest(out)) == 7


def test_at_most_six_addresses_are_fetched_at_once_and_two_of_one_host(web, out, here):
    for address in stock(web, "Ada", 12, hosts=4):
        web.files[address] = Answer(web.files[address].body, pause=.05)
    assert here("Ada").exit_code == 0
    assert len(files(out, "Ada")) == 12
    assert 2 < web.busiest.pop("all") <= 6
    assert max(web.busiest.values()) == 2


def test_a_problem_with_one_address_does_not_stop_the_others(web, out):
    good = photo(1)
    answers = {
        "page": Answer(b"<!doctype html><title>Sorry</title>", "text/html"),
        "gone": Answer(b"gone", status=404),
        "busy": Answer(b"slower", status=429),
        "cut": Answer(photo(2)[:2000]),
        "huge": Answer(photo(3) + bytes(120_000)),
        "button": Answer(photo(4, side=30)),
        "animation": Answer(animation(9)),
        "slow": Answer(photo(5), pause=5),
        "drip": Answer(photo(6), pause=.1, part=50),
        "round": Answer(status=302, location="https://a.example/round.jpg"),
        "home": Answer(status=302, location="http://127.0.0.1/photo.jpg"),
        "good": Answer(good),
        "same": Answer(good),
        "moved": Answer(status=301, location="https://b.example/really"),
        "really-a-png": Answer(photo(7, "PNG")),
    }
    web.files = {f"https://{name}.example/{name}.jpg": answer for name, answer in answers.items()}
    web.files["https://busy.example/more.jpg"] = Answer(photo(10))
    web.files["https://a.example/round.jpg"] = Answer(status=302, location="/round.jpg")
    web.files["https://b.example/really"] = Answer(photo(8))
    addresses = [address for address in web.files if "//b." not in address and "//a." not in address]
    web.pages["Ada"] = search_page([*addresses, *addresses, "https://192.168.1.1/a.jpg", "https://localhost/a.png"])
    done = download(web, out, "Ada", "--timeout", .8, "--max-mb", .1)
    assert done.returncode == 0, done.stderr
    assert sorted(path.suffix for path in files(out, "Ada")) == [".gif", ".jpg", ".jpg", ".png"]
    assert "Ada: 4 photos, 4 of them new" in done.stdout
    reasons = (
        "1 of 18 addresses: is a web page (HTML), not a photo",
        "1 of 18 addresses: HTTP 404",
        "1 of 18 addresses: HTTP 429",
        "1 of 18 addresses: not asked for: its host asks to be left alone",
        "1 of 18 addresses: is cut short or damaged",
        "1 of 18 addresses: more than 0.1 MB",
        "1 of 18 addresses: has a side of fewer than 32 pixels",
        "2 of 18 addresses: no answer in time",
        "1 of 18 addresses: too many redirects",
        "3 of 18 addresses: an address of the local network",
        "1 of 18 addresses: is there already",
        "1 of 18 addresses: kept, but holds several pictures",
    )
    for reason in reasons:
        assert reason in done.stdout
    assert web.fetched().count("https://good.example/good.jpg") == 1, "repeated addresses are asked for once"
    assert not any("127.0.0.1" in address or "192.168" in address for address in web.log)


def test_running_it_again_fetches_only_what_is_missing(web, out, here):
    addresses = stock(web, "Ada", 6)
    web.files["https://twin.example/0.jpg"] = web.files[addresses[0]]
    web.pages["Ada"] = search_page([*addresses, "https://twin.example/0.jpg"])
    assert here("Ada", "--limit", 4).exit_code == 0
    web.log.clear()
    done = here("Ada", "--limit", 4)
    assert done.exit_code == 0 and web.log == [], "not even a search"
    assert "4 photos, 0 of them new" in done.stdout
    files(out, "Ada")[0].unlink()
    assert here("Ada").exit_code == 0
    assert len(files(out, "Ada")) == 6 and len(web.fetched()) == 4, "the deleted one, two more, and a twin"
    web.log.clear()
    done = here("Ada")
    assert done.exit_code == 0 and "7 of 7 addresses: fetched before" in done.stdout
    assert web.fetched() == [], "not even the twin; and that the search has no more is no failure"


def test_a_name_is_one_search_and_one_folder_whatever_it_is(web, out, here):
    names = {"Lovelace, Ada": "Lovelace, Ada", "../../AC/DC": "_.._AC_DC", "con": "_con", "Andre\u0301": "Andr\xe9"}
    for number, name in enumerate(("Lovelace Ada", "../../AC/DC", "con", "Andr\xe9")):
        stock(web, name, 1, start=number)
    (out / "Andre\u0301").mkdir(parents=True)
    done = here(*names)
    assert done.exit_code == 0 and web.searched() == ["Lovelace Ada", "../../AC/DC", "con", "Andr\xe9"]
    found = [unicodedata.normalize("NFC", path.parent.name) for path in out.glob("*/*.jpg")]
    assert sorted(found) == sorted(names.values())
    assert len(list(out.glob("Andr*"))) == 1, "a folder that writes é as two characters is the same person's"


@pytest.mark.parametrize("names", [["///"], ["..", "Ada"], [""], ["AC/DC", "AC:DC"], ["Ada", "ADA"]])
def test_names_that_cannot_have_their_own_folder_are_wrong_usage(names, tmp_path):
    result = CliRunner().invoke(main, [*names, "--out", str(tmp_path / "raw")])
    assert result.exit_code == 2 and "NAME" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
def test_a_run_that_was_stopped_or_killed_can_continue(web, out, sigint):
    for address in stock(web, "Ada", 12):
        web.files[address] = Answer(web.files[address].body, pause=.1)
    first, good = next(iter(web.files.items()))
    web.files[first] = Answer(good.body, pause=12)  # nobody waits for it
    for stop, there in ((signal.SIGINT, 2), (signal.SIGKILL, 5)):
        with subprocess.Popen(command(out, "Ada"), env=web.environment(), stderr=subprocess.PIPE, text=True) as run:
            while len(files(out, "Ada")) < there:
                time.sleep(.01)
            run.send_signal(stop)
            error = run.communicate(timeout=6)[1]
        if stop == signal.SIGINT:
            assert run.returncode == 1 and "Traceback" not in error
            assert "stopped; the photos fetched so far are kept" in error
    with (out / "manifest.jsonl").open("a") as file:
        file.write('{"person": "Ada", "fi')  # half a line
    there = {path.name: path.stat().st_mtime_ns for path in files(out, "Ada")}
    assert len(there) < 12
    web.log.clear()
    web.files[first] = good
    done = download(web, out, "Ada")
    assert done.returncode == 0 and f"12 photos, {12 - len(there)} of them new" in done.stdout
    assert len(web.fetched()) == 12 - len(there)
    assert there.items() <= {path.name: path.stat().st_mtime_ns for path in files(out, "Ada")}.items()
    assert len({path.read_bytes() for path in files(out, "Ada")}) == 12


def test_a_photo_that_is_there_already_is_not_kept_again(web, out, here):
    stock(web, "Ada", 3)
    web.pages["Alan"] = web.pages["Ada"]
    (out / "Ada").mkdir(parents=True)
    (out / "Ada" / "mine.jpg").write_bytes(photo(0))
    (out / "Ada" / "notes.txt").write_text("no photo")
    web.files["https://other.example/9.jpg"] = web.files["https://site0.example/0.jpg"]
    web.pages["Alan"] = search_page(["https://other.example/9.jpg", "https://site9.example/9.jpg"])
    web.files["https://site9.example/9.jpg"] = Answer(photo(9))
    done = here("Ada", "Alan", "--limit", 3)
    assert done.exit_code == 0
    assert "Ada: 3 photos, 2 of them new" in done.stdout and "Alan: 1 photo, 1 of them new" in done.stdout
    assert "is also a photo of Ada" in done.stdout


def test_searches_without_photos_end_with_a_reason_for_each_and_the_way_without_a_search(web, out):
    cases = {
        "No Match": (Answer(b"<html>No <b class='x'>results</b> https://a/b.jpg"), "the search page shows no photo"),
        "Other": (Answer(b'"https://a.example/page" "', "text/html"), "the search page shows no photo"),
        "Emblems": (search_page([]), "the search page shows no photo"),
        "Empty": (Answer(b"", "text/html"), "the search page shows no photo"),
        "Error": (Answer(b"Sorry", "text/html", 500), "the search answered with an error (HTTP Error 500"),
        "Silence": (Answer(b"<html>", "text/html", pause=30), "the search gave no answer in 1 seconds"),
        "Drip": (Answer(b"<html>" * 99, "text/html", pause=.3, part=1), "the search took more than 2 seconds"),
        "Gone": (search_page(["https://none.example/a.jpg"]), "1 of 1 addresses: HTTP 404"),
        "Later": (Answer(b"Slow down", "text/html", 429), "the search refuses requests for now (HTTP 429"),
        "Last": (search_page(["https://none.example/b.jpg"]), "not searched for"),
    }
    web.pages = {name: page for name, (page, _) in cases.items()}
    done = download(web, out, *cases, "--timeout", 1)
    assert done.returncode == 1 and done.stdout == ""
    for name, (_, reason) in cases.items():
        assert f"{name}: 0 photos, 0 of them new\n  {reason}" in done.stderr
    assert web.searched() == list(cases)[:-1], "one that refuses us is not asked again"
    assert f"{out}/No Match/1.jpg" in done.stderr and f"siamese-np extract {out}" in done.stderr
    assert "Traceback" not in done.stderr and not out.exists()


def test_without_a_network_it_fails_and_says_so(web, out):
    web.close()
    done = download(web, out, "Ada", "Alan", "--timeout", 1)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.count("  the search can't be reached (") == 2 and "is this computer online?" in done.stderr
    assert "siamese-np extract" in done.stderr


def test_photos_of_some_people_are_a_success_with_a_report(web, out, here):
    stock(web, "Alan", 2)
    done = here("Ada", "Alan")
    assert done.exit_code == 0
    assert "Ada: 0 photos" in done.stdout and "Alan: 2 photos" in done.stdout
    assert "siamese-np extract" in done.stderr
