"""The parts of the download, one by one and without a web."""

import json
import threading
import time

import pytest
from simple_image_download.simple_image_download import simple_image_download

from pipeline.download import manifest, search
from pipeline.download.fetch import FetchError, fetch, host
from pipeline.download.parallel import AT_ONCE, AT_ONCE_PER_HOST, fetch_all
from tests.pipeline.download.fake_web import Answer, FakeWeb


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1/a.jpg", "https://localhost/a.jpg", "https://LOCALHOST./a.jpg", "https://a.localhost/a.jpg"]
    + ["https://10.0.0.7:8443/a.jpg", "https://169.254.169.254/a.jpg", "https://[::1]/a.jpg", "https://[fe80::1]/a.jpg"]
    + ["https://[::ffff:127.0.0.1]/a.jpg", "https://0.0.0.0/a.jpg", "https://127.1/a.jpg", "https://2130706433/a.jpg"]
    + ["https://0x7f.0.0.1/a.jpg", "https://0x7f000001/a.jpg", "https://router/a.jpg", "https://nas.local/a.jpg"]
    + ["https://a.example@192.168.0.1/a.jpg", "https://printer.lan/a.jpg"],
)
def test_addresses_of_this_computer_and_its_neighbours_are_refused(address):
    with pytest.raises(FetchError, match="local network"):
        fetch(address, seconds=1, total_seconds=1, max_bytes=1)


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://a.example/a.jpg", "a.jpg", "https://", "https:///a"])
def test_anything_but_an_address_of_the_web_is_refused(address):
    with pytest.raises(FetchError, match="not an address of the web"):
        fetch(address, seconds=1, total_seconds=1, max_bytes=1)


def test_the_host_of_an_address_is_found():
    assert host("https://me:secret@A.Example.:8443/b.jpg?c=https://d.example") == "a.example"
    assert host("https://[2001:DB8::1]/") == "2001:db8::1"
    assert host("https://[broken/") == ""


@pytest.fixture
def web(tmp_path, monkeypatch):
    web = FakeWeb(tmp_path)
    for name, value in web.environment().items():
        monkeypatch.setenv(name, value)
    yield web
    web.close()


def test_an_answer_that_arrives_slowly_is_given_up_in_time(web):
    web.files["https://a.example/1.jpg"] = Answer(bytes(99), pause=.1, part=1)
    started = time.monotonic()
    with pytest.raises(FetchError, match="no answer in time"):
        fetch("https://a.example/1.jpg", seconds=5, total_seconds=.3, max_bytes=1000)
    assert time.monotonic() - started < 4  # all of it would take 10


@pytest.mark.parametrize("with_length", [True, False])
def test_an_answer_that_is_too_large_is_refused_whether_it_says_so_or_not(web, with_length):
    web.files["https://a.example/1.jpg"] = Answer(bytes(1000), length=with_length)
    assert fetch("https://a.example/1.jpg", seconds=5, total_seconds=5, max_bytes=1000) == bytes(1000)
    with pytest.raises(FetchError, match="more than 0.000999 MB"):
        fetch("https://a.example/1.jpg", seconds=5, total_seconds=5, max_bytes=999)


def test_an_answer_that_says_it_is_too_large_is_not_read(web):
    web.files["https://a.example/1.jpg"] = Answer(bytes(1000), pause=5)
    started = time.monotonic()
    with pytest.raises(FetchError, match="more than"):
        fetch("https://a.example/1.jpg", seconds=9, total_seconds=9, max_bytes=999)
    assert time.monotonic() - started < 4


def answers(addresses, get, wanted=99, seconds=9):
    """What fetch_all yields until `wanted` photos are there: {address: bytes, or the reason}."""
    found = {}
    left = lambda: wanted - sum(isinstance(answer, bytes) for answer in found.values())  # noqa: E731
    for address, answer in fetch_all(addresses, get, left, seconds):
        assert address not in found
        found[address] = answer if isinstance(answer, bytes) else str(answer)
    return found


def test_no_more_requests_run_than_photos_are_missing():
    asked = []
    addresses = [f"https://h{i}.example/" for i in range(9)]
    found = answers(addresses, lambda address: asked.append(address) or b"x", wanted=3)
    assert len(asked) == len(found) == 3


def test_few_requests_run_at_once_and_fewer_to_one_host():
    lock, busy, most = threading.Lock(), [], []

    def get(address):
        with lock:
            busy.append(host(address))
            most.append((len(busy), busy.count(host(address))))
        time.sleep(.02)
        with lock:
            busy.remove(host(address))
        return b"x"

    addresses = [f"https://h{i // 5}.example/{i}" for i in range(25)]
    assert answers(addresses, get) == dict.fromkeys(addresses, b"x")
    assert max(at_once for at_once, _ in most) == AT_ONCE and max(of_host for _, of_host in most) == AT_ONCE_PER_HOST


def test_an_address_that_never_ends_is_given_up_and_the_others_are_not():
    release = threading.Event()
    ends = lambda address: b"x" if "good" in address else release.wait(9) and b"late"  # noqa: E731
    addresses = [*(f"https://h{i}.example/" for i in range(AT_ONCE)), "https://good.example/"]
    started = time.monotonic()
    found = answers(addresses, ends, seconds=.3)
    release.set()
    assert time.monotonic() - started < 4
    assert found.pop("https://good.example/") == b"x" and set(found.values()) == {"no answer in time"}


def test_a_host_that_refuses_gets_no_further_request():
    asked = []

    def get(address):
        asked.append(address)
        if host(address) == "busy.example":
            raise FetchError("HTTP 429", refused=True)
        return b"x"

    found = answers([f"https://{name}.example/{i}" for i in range(5) for name in ("busy", "free")], get)
    assert sum("busy" in address for address in asked) <= AT_ONCE_PER_HOST
    assert sum(answer == b"x" for answer in found.values()) == 5
    assert sum("left alone" in str(answer) for answer in found.values()) >= 3


def test_an_error_in_a_thread_is_an_answer():
    found = answers(["https://a.example/"], lambda address: 1 / 0)
    assert found == {"https://a.example/": "no connection (ZeroDivisionError)"}


def entry(file, data=b"abc", address="https://a.example/1.jpg"):
    return manifest.Entry("Ana Мария", file, address, "00", len(data), "2026-01-01T00:00:00+00:00")


def test_the_manifest_lists_the_files_that_exist(tmp_path):
    assert manifest.load(tmp_path) == []
    (tmp_path / "A").mkdir()
    for name, data in (("1.jpg", b"abc"), ("2.jpg", b"other")):
        (tmp_path / "A" / name).write_bytes(data)
    there, changed, gone = entry("A/1.jpg"), entry("A/2.jpg"), entry("A/3.jpg")
    for one in (there, changed, gone, there):
        manifest.add(tmp_path, one)
    assert manifest.load(tmp_path) == [there, there]
    assert len((tmp_path / manifest.NAME).read_text("utf-8").splitlines()) == 4


@pytest.mark.parametrize("torn", [b'{"person": "A', b"\xff\xfe", b"[1, 2]\n", b'{"person": 1}\n', b"null\n", b"\n\n"])
def test_a_damaged_line_of_the_manifest_leaves_the_others_readable(torn, tmp_path):
    (tmp_path / "1.jpg").write_bytes(b"abc")
    one, other = entry("1.jpg"), entry("1.jpg", address="https://b.example/\u2028x.jpg")
    manifest.add(tmp_path, one)
    with (tmp_path / manifest.NAME).open("ab") as file:
        file.write(torn)
    manifest.add(tmp_path, other)
    assert manifest.load(tmp_path) == [one, other]


@pytest.mark.parametrize(
    ("html", "addresses"),
    [
        (r'"https://a/1.jpg" "https://b/page" "https://d/\.jpg" ', ["https://a/1.jpg"]),
        (r"b'<b id=\'x\'>\xc3 [\"https://c/2.png\u003dx\",4]'", ["https://c/2.png"]),
        ('x="https://a/1.jpg" y="" "https://b/x.ico""https://a/1.jpg"', ["https://a/1.jpg", "https://b/x.ico"]),
        ("", []),
        ('"https://a/page" "https://unfinished/a.jpg', []),
    ],
)  # fmt: skip
def test_the_package_is_asked_for_exactly_what_the_page_has_and_the_page_once(html, addresses):
    asked = []

    class Page(simple_image_download):
        def _download_page(self, url):
            asked.append(url)
            return html

    assert list(dict.fromkeys(search._search(Page, "Ada")["addresses"])) == addresses
    assert len(asked) == 1


def test_each_address_is_given_once_and_those_of_the_search_page_itself_are_left_out(monkeypatch):
    found = ["https://a.example/1.jpg?a=1&amp;b=2", "https://ssl.gstatic.com/x.png", "https://google.com/x.png"]
    found += ["https://notgoogle.com/2.jpg", "https://a.example/1.jpg?a=1&amp;b=2", "https://[broken/.jpg"]
    done = search.subprocess.CompletedProcess([], 0, json.dumps({"addresses": found}), "")
    monkeypatch.setattr(search.subprocess, "run", lambda *_, **__: done)
    assert search.addresses("Ada", 1) == ["https://a.example/1.jpg?a=1&b=2", "https://notgoogle.com/2.jpg"]


def test_a_search_that_breaks_off_shows_its_last_line(monkeypatch):
    for error, word in (("Traceback\nModuleNotFoundError: no package\n", "no package"), ("", "without a word")):
        done = search.subprocess.CompletedProcess([], 1, "", error)
        monkeypatch.setattr(search.subprocess, "run", lambda *_, done=done, **__: done)
        with pytest.raises(search.SearchError, match=f"broke off .*{word}"):
            search.addresses("Ada", 1)
