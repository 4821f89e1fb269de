"""How well the data doctor finds: python -m benchmarks.doctor DIR [--run RUN] [--seeds 3].

Faults are planted in a copy of DIR, a folder of people: photos are moved to another person, copies are made (as they
are, saved again as JPEG, or put under another person), faces are blurred by a Gaussian of 2 % of their long side, and
pictures without a face are added (textures and objects that come with scikit-image). The findings of the doctor are
compared with them, kind by kind. What the doctor also finds in the untouched folder is counted apart: such a finding
may be right.
"""

import io
import json
import shutil
import tempfile
from functools import partial
from pathlib import Path

import click
import numpy as np
from PIL import Image, ImageFilter

from pipeline import photos
from pipeline.common import console
from pipeline.common.errors import JobError
from pipeline.doctor import Examination, examine
from pipeline.doctor.command import SURE
from pipeline.faces.detection import MTCNN, landmarks
from pipeline.photos import folder
from pipeline.recognise.recogniser import load

SHARE = 0.05  # of the photos, for each kind of fault
BLUR = 0.02  # of the long side
NO_FACES = ("brick", "grass", "gravel", "coins", "moon", "page", "text", "rocket", "motorcycle_left", "coffee",
            "chelsea")  # fmt: skip


def plant(root: Path, rng: np.random.Generator, others: list[np.ndarray]) -> dict[str, set[str]]:
    """Plant faults in `root`, each kind in other photos. Returns kind -> "Person/photo.jpg" of what is wrong now.

    others: pictures (h, w, 3) uint8 without a face.
    """
    people = folder.scan(root).people
    files = [path for person in people for path in person.files]
    count = max(round(SHARE * len(files)), 1)
    chosen = [files[k] for k in rng.permutation(len(files))[: 5 * count]]
    renamed, copied, anew, shared, blurred = (chosen[k::5] for k in range(5))
    planted: dict[str, set[str]] = {}

    def put(kind: str, path: Path, picture: np.ndarray | bytes) -> None:
        path.write_bytes(picture if isinstance(picture, bytes) else photos.png_bytes(picture))
        planted.setdefault(kind, set()).add(f"{path.parent.name}/{path.name}")

    def somebody_else(path: Path) -> Path:
        return root / rng.choice([person.name for person in people if person.name != path.parent.name])

    for k, path in enumerate(copied):
        put("copy", path.with_name(f"copy-{k}{path.suffix}"), path.read_bytes())
    for k, path in enumerate(anew):
        jpeg = io.BytesIO()
        Image.fromarray(photos.read(path)).save(jpeg, "JPEG", quality=int(rng.integers(40, 90)))
        put("near copy", path.with_name(f"anew-{k}.jpg"), jpeg.getvalue())
    for k, path in enumerate(shared):
        put("two people", somebody_else(path) / f"shared-{k}{path.suffix}", path.read_bytes())
    for path in blurred:
        picture = Image.fromarray(photos.read(path))
        put("blurred", path, np.asarray(picture.filter(ImageFilter.GaussianBlur(BLUR * max(picture.size)))))
    for k in range(count):
        picture = others[rng.integers(len(others))]
        side = int(rng.integers(min(picture.shape[:2]) // 3, min(picture.shape[:2]) + 1))
        y, x = (int(rng.integers(whole - side + 1)) for whole in picture.shape[:2])
        part = Image.fromarray(picture[y : y + side, x : x + side]).resize((160, 160))
        put("no face", root / rng.choice([person.name for person in people]) / f"other-{k}.png", np.asarray(part))
    for k, path in enumerate(renamed):  # last, since the path changes then
        target = somebody_else(path) / f"renamed-{k}{path.suffix}"
        put("wrong label", target, path.read_bytes())
        path.unlink()
    return planted


def compare(
    found: Examination, planted: dict[str, set[str]], before: set[tuple[str, str | None]]
) -> dict[str, list[int]]:
    """kind -> [faults planted, faults found, findings that are none of them, such findings that were there before].

    before: (kind, photo) of what was found in the untouched folder. Of two photos that are alike either one counts.
    """
    rows = {}
    for kind, wrong in planted.items():
        seen = [(f.photo, f.other) for f in found.findings if f.kind == kind]
        hit = {photo for photo in wrong if any(photo in two for two in seen)}
        # one fault can be seen in two ways: a photo of somebody else often resembles one that this person has
        right = wrong | {"wrong label": planted["two people"], "two people": planted["wrong label"]}.get(kind, set())
        beside = [photo for photo, other in seen if photo not in right and other not in right]
        old = sum((kind, photo) in before for photo in beside)
        rows[kind] = [len(wrong), len(hit), len(beside) - old, old]
    return rows


@click.command(cls=console.Stage)
@click.argument("root", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--run", type=click.Path(path_type=Path), help="The doctor's --run.")
@click.option("--seeds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(root, run, seeds, as_json):
    """Plant faults in a copy of DIR and print how many of them the doctor finds."""
    try:
        import skimage
    except ImportError:
        raise JobError('pictures without a face come with scikit-image: pip install -e ".[test]"') from None
    where = Path(skimage.__file__).parent / "data"
    others = [photos.read(path) for path in sorted(where.iterdir()) if path.stem in NO_FACES]
    find_face = partial(landmarks.find, mtcnn=MTCNN(), least=SURE)
    recogniser = load(run) if run else None
    before = {(f.kind, f.photo) for f in examine(root, find_face, recogniser).findings}
    total: dict[str, np.ndarray] = {}
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as temporary:
            copy = Path(temporary) / "copy"
            shutil.copytree(root, copy, copy_function=shutil.copyfile)
            for path in copy.rglob("*"):
                path.chmod(0o755 if path.is_dir() else 0o644)  # the original may be read-only
            planted = plant(copy, np.random.default_rng(seed), others)
            for kind, row in compare(examine(copy, find_face, recogniser), planted, before).items():
                total[kind] = total.get(kind, 0) + np.array(row)
    if as_json:
        names = ("planted", "found", "beside", "before")
        click.echo(json.dumps({kind: dict(zip(names, row.tolist())) for kind, row in total.items()}))
        return
    click.echo(f"{'kind':12}{'planted':>9}{'found':>7}{'false':>7}{'recall':>9}{'precision':>11}{'before, too':>13}")
    for kind, (wrong, hit, beside, old) in total.items():
        precision = f"{hit / (hit + beside):.0%}" if hit + beside else "-"
        click.echo(f"{kind:12}{wrong:9}{hit:7}{beside:7}{hit / wrong:9.0%}{precision:>11}{old:13}")


if __name__ == "__main__":
    main()
