"""A process that is killed between any two steps on the disk leaves a gallery as before the change, or as after it."""

import os
from pathlib import Path

import pytest

from pipeline.common import locks
from pipeline.faces import way_in
from pipeline.recognise.gallery import Gallery
from pipeline.recognise.gallery_trash import FOLDER

STEPS = ("mkdir", "rmdir", "rename", "replace", "unlink")  # of os: each call is one step on the disk


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def killed_after(monkeypatch):
    """killed_after(count, work): work runs until it has done so many steps, and from there on nothing happens on the
    disk. Returns whether work came to its end."""

    def run(count, work):
        done = 0

        def stepwise(step):
            def call(path, *more, **named):
                nonlocal done
                if Path(path).name != locks.NAME:  # the system gives the lock back
                    if done >= count:
                        raise Killed
                    done += 1
                return step(path, *more, **named)

            return call

        with monkeypatch.context() as patch:
            for name in STEPS:
                patch.setattr(os, name, stepwise(getattr(os, name)))
            try:
                work()
            except Killed:
                return False
        return True

    return run


def state(gallery):
    shown = Gallery(gallery.root, gallery.recogniser).refresh()
    return tuple((photo.person, photo.key, photo.path.name) for photo in shown.photos), shown.problems


def entries_of(gallery):
    """What lies in the trash; without temporary files, which are swept when their process, this one, is gone."""
    trash = gallery.root / FOLDER
    return sorted(path for path in trash.iterdir() if path.name.isdecimal()) if trash.exists() else []


CHANGES = {
    "forget": lambda g: g.forget("Ann"),
    "forget for good": lambda g: g.forget("Ann", for_good=True),
    "rename": lambda g: g.rename("Ann", "Zoe"),
    "merge": lambda g: g.merge("Ann", "Bob"),
    "remove": lambda g: g.remove("Ann", g.photo),
    "move": lambda g: g.move("Ann", g.photo, "Dan"),
    "add": lambda g: g.add("Dan", g.new),
    "undo of an addition": lambda g: g.undo(),
    "undo of a merge": lambda g: g.undo(),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_happens_wholly_or_not_at_all_whenever_it_is_killed(gallery, strangers, killed_after, name):
    gallery.new = [way_in.of_crop(picture) for picture in strangers[3][:3]]
    first = {"undo of a merge": lambda: gallery.merge("Ann", "Bob"),
             "undo of an addition": lambda: gallery.add("Dan", gallery.new)}.get(name)  # fmt: skip
    if first:
        first()
    gallery.photo = next(photo.key for photo in gallery.refresh().photos)
    before, seen = state(gallery), set()
    undone = len(gallery.changes())
    for count in range(100):
        ended = killed_after(count, lambda: CHANGES[name](gallery))
        now = state(gallery)
        seen.add(now)
        assert len(seen | {before}) <= 2, f"half a change after {count} steps"
        if ended:
            break
        gallery.rename("Cem", "Eve")  # the next change works, and sweeps what is left
        gallery.undo()
        assert [path.name for path in entries_of(gallery)] == [change.id for change in reversed(gallery.changes())]
        if now != before:  # it is done; go back and stop later
            if name == "forget for good":
                break
            first() if first else gallery.undo()
            assert len(gallery.changes()) == undone
        # names of files that a merge moved are the same each time
        assert state(gallery) == before
    assert count > 2 and len(seen | {before}) == 2


def test_enrolment_that_is_killed_leaves_no_photo_without_its_face(gallery, strangers, killed_after, monkeypatch):
    for count in range(100):
        ended = killed_after(count, lambda: gallery.enroll("Dan", strangers[3][:3]))
        with monkeypatch.context() as patch:
            patch.setattr("pipeline.faces.way_in.look", None)  # no face is searched for
            shown = Gallery(gallery.root, gallery.recogniser).refresh()
        assert not [problem for problem in shown.problems if "folder without photos" not in problem[1]]
        if ended:
            break
        if "Dan" in shown.people:
            gallery.forget("Dan", for_good=True)
    assert count > 5 and shown.people == ("Ann", "Bob", "Cem", "Dan")
