"""Examines a folder of people: every photo by itself, and beside the others."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.common.console import progress
from pipeline.common.names import SYSTEM_FILES
from pipeline.datasets import Faces
from pipeline.doctor import labels
from pipeline.doctor.finding import KINDS, Finding
from pipeline.doctor.sharpness import BLURRED, sharpness
from pipeline.faces.align import like_a_face
from pipeline.faces.landmarks import NONE
from pipeline.pairs import duplicates, read_folder
from pipeline.photos import selection
from pipeline.recognise.recogniser import Recogniser

# pixels of the shorter side. ORL faces shrunk to 24 pixels are named from one photo as well as whole ones (88 % right),
# faces of 20 pixels a little worse (87 %), faces of 16 clearly worse (84 %)
SMALL = 24
ALIKE = 0.98  # shift correlation from which two photos of one person are reported: within a session many exceed .95
FEW = 2  # photos: fewer make no pair
# share and number of pictures without a face that fills them, from which on a folder holds whole photos. Of crops from
# the web 1 in 100 is like that, of the same photos before extraction 2 in 5
UNCROPPED, UNCROPPED_LEAST = 0.2, 4

FindFace = Callable[[np.ndarray], np.ndarray | None]


@dataclass(frozen=True)
class Examination:
    """findings: in the order of KINDS. judged: the number of photos whose name was judged. by: the method."""

    people: int
    photos: int
    judged: int
    by: str
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        rows = [asdict(finding) | {"do": finding.do} for finding in self.findings]
        return {"people": self.people, "photos": self.photos, "judged": self.judged, "by": self.by, "findings": rows}


def examine(root: Path, find_face: FindFace, recogniser: Recogniser | None = None) -> Examination:
    """What should be looked at in `root`, a folder of people. Photos that the selection rejected are left out.

    find_face: a crop (h, w) uint8 -> its landmarks (5, 2), None where there is no face. Raises JobError where no photo
    can be read.
    """
    faces, reading = read_folder(root)
    rejected = selection.load(root).rejected
    rows = np.array([row for row, name in enumerate(faces.sources) if name not in rejected], int)
    sources = [faces.sources[row] for row in rows]
    people, grays = faces.people[rows], faces.images[rows, 0]
    findings = [_unreadable(root, path, reason) for path, reason in reading.skipped if not _of_the_system(path)]
    landmarks = np.array([_points(gray, find_face) for gray in progress(grays, "faces")]).reshape(-1, 5, 2)
    for row, photo, gray, points in zip(rows, sources, grays, landmarks):
        findings += _by_itself(photo, reading.shapes[row], gray, points)
    examined = Faces(grays[:, None], people, faces.names, tuple(sources))
    found = duplicates.find(examined)
    findings += _copies(examined, found, {finding.photo for finding in findings if finding.kind == "blurred"})
    findings += _few(faces.names, people)
    findings, cropped = _or_not_cropped(findings, len(rows))
    embeddings = None if recogniser is None else recogniser.embed(grays, landmarks)
    unclear = {finding.photo for finding in findings if finding.kind in ("too small", "blurred")}
    copies = {second for _, second in found.copies}  # a copy would vouch for its own name
    # whose landmarks are missing is not judged; faces that are small in their pictures are not either
    landmarks[[not cropped or k in copies or photo in unclear for k, photo in enumerate(sources)]] = np.nan
    verdict = labels.judge(grays, landmarks, people, embeddings)
    for row in np.flatnonzero(verdict.doubted):
        own, other, excess = faces.names[people[row]], faces.names[verdict.nearest[row]], float(verdict.excess[row])
        why = f"looks more like {other} (by {excess:.2f}; right names stay below {verdict.limit:.2f} here)"
        findings.append(Finding("wrong label", own, sources[row], why, other, excess))
    order = list(KINDS)
    findings.sort(key=lambda finding: order.index(finding.kind))
    by = "Fisherfaces of the other photos" + (", with the embeddings of the run" if recogniser else "")
    judged = int(np.isfinite(verdict.excess).sum())
    return Examination(len(np.unique(people)), len(rows), judged, by, tuple(findings))


def _of_the_system(path: Path) -> bool:
    return path.name.startswith(".") or path.name.casefold() in SYSTEM_FILES


def _unreadable(root: Path, path: Path, reason: str) -> Finding:
    parts = path.relative_to(root).parts
    return Finding("unreadable", parts[0] if len(parts) > 1 or path.is_dir() else "", "/".join(parts), reason)


def _points(gray: np.ndarray, find_face: FindFace) -> np.ndarray:
    points = find_face(gray)
    return points if like_a_face(points) else NONE


def _by_itself(photo: str, shape: tuple[int, int], gray: np.ndarray, points: np.ndarray) -> list[Finding]:
    """What a photo shows by itself: at most one finding, since a small photo is also blurred and shows no face."""
    person, detail = photo.split("/")[0], sharpness(gray)
    if min(shape) < SMALL:
        why = f"{shape[1]} x {shape[0]} pixels, fewer than {SMALL} on one side"
        return [Finding("too small", person, photo, why, None, min(shape))]
    if not np.isfinite(points).all():
        return [Finding("no face", person, photo, "no face is found that fills the picture")]
    if detail < BLURRED:
        return [Finding("blurred", person, photo, f"fine detail {detail:.3f}, below {BLURRED}", None, detail)]
    return []


def _or_not_cropped(findings: list[Finding], photos: int) -> tuple[list[Finding], bool]:
    """The findings, and True; or, where too many crops show no face, one finding in place of theirs, and False."""
    without = sum(finding.kind == "no face" for finding in findings)
    if without < UNCROPPED_LEAST or without < UNCROPPED * photos:
        return findings, True
    why = f"in {without} of {photos} pictures no face fills the picture: these photos are not cropped yet"
    return [f for f in findings if f.kind != "no face"] + [Finding("not cropped", "", None, why, None, without)], False


def _copies(faces: Faces, found: duplicates.Duplicates, blurred: set[str | None]) -> list[Finding]:
    findings, sources = [], faces.sources
    for kind, twos in (("two people", found.conflicts), ("copy", found.copies), ("near copy", found.near)):
        for first, second in twos:
            equal = found.hashes[first] == found.hashes[second]
            alike = 1.0 if equal else _alike(faces.images[[first, second], 0])
            if kind == "near copy" and alike < ALIKE:
                continue
            if kind == "two people" and not equal and blurred & {sources[first], sources[second]}:
                continue  # without its detail, a face resembles every other
            how = "the same picture as" if equal else f"nearly the same picture ({alike:.3f}) as"
            findings.append(Finding(kind, faces.names[faces.people[second]], sources[second], f"{how} {sources[first]}",
                                    sources[first], alike))  # fmt: skip
    return findings


def _alike(two: np.ndarray) -> float:
    first, second = (duplicates.thumbnail(picture)[None] for picture in two)
    return float(duplicates.shift_correlation(first, second)[0, 0])


def _few(names: tuple[str, ...], people: np.ndarray) -> list[Finding]:
    counts = Counter(people.tolist())
    return [
        Finding("few photos", name, None, f"only {counts[k]} to be used: no pair of this person", None, counts[k])
        for k, name in enumerate(names) if counts[k] < FEW
    ]  # fmt: skip
