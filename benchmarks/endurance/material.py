"""What the studies work on: a few people of ORL, and from them one file of every kind that the program writes."""

import shutil
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from benchmarks.endurance import jobs
from pipeline import evaluate, pairs, photos
from pipeline.datasets import Faces, orl
from pipeline.pairs import PairData
from pipeline.recognise import recogniser
from pipeline.recognise.gallery import Gallery
from pipeline.train import train

PEOPLE, PHOTOS = 14, 6
SIZE = (56, 46)  # of the grey faces, half of ORL
BORDER = 40  # pixels around a face of ORL, so that it can be found as in a photo


@dataclass
class Material:
    """Folders in `root`, made when they are asked for. real: a folder of people to take photos from, or None."""

    root: Path
    real: Path | None = None

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)

    @cached_property
    def faces(self) -> Faces:
        """PEOPLE x PHOTOS faces of ORL, (N, 1, 112, 92)."""
        every = orl.load()
        rows = np.flatnonzero((every.people < PEOPLE) & (np.arange(len(every.people)) % 10 < PHOTOS))
        sources = tuple(every.sources[k] for k in rows)
        return Faces(every.images[rows], every.people[rows], every.names[:PEOPLE], sources)

    @cached_property
    def photos(self) -> Path:
        """The faces with a border of grey, one folder per person."""
        root = self.root / "photos"
        for image, source in zip(self.faces.images[:, 0], self.faces.sources):
            photos.write_png(root / source, np.pad(image, BORDER, mode="edge"))
        return root

    @cached_property
    def few_photos(self) -> Path:
        """Three photos of each of three people."""
        root = self.root / "few"
        for person in sorted(path for path in self.real.iterdir() if path.is_dir())[:3] if self.real else ():
            for path in sorted(person.iterdir())[:3]:
                (root / person.name).mkdir(parents=True, exist_ok=True)
                shutil.copy(path, root / person.name)
        if self.real:
            return root
        for image, source in zip(self.faces.images[:, 0], self.faces.sources):
            if source.startswith(("s1/", "s2/", "s3/")) and Path(source).stem in "123":
                photos.write_png(root / source, np.pad(image, BORDER, mode="edge"))
        return root

    def data(self, seed: int) -> PairData:
        """Pairs of the faces in SIZE, with landmarks that nobody looked for."""
        rng = np.random.default_rng(seed)
        small = self.faces.images[:, :, ::2, ::2]
        faces = Faces(np.ascontiguousarray(small), self.faces.people, self.faces.names, self.faces.sources)
        made = pairs.build(faces, pairs.by_person(faces, 4, 4, rng), 60, rng)
        points = rng.uniform(5, 40, (len(small), 5, 2)).astype(np.float32)
        return replace(made, landmarks=points)

    @cached_property
    def pairs(self) -> Path:
        folder = self.root / "pairs"
        pairs.save(folder, self.data(0))
        return folder

    @cached_property
    def run(self) -> Path:
        """A run with a model, a checkpoint, a report, and a gallery of every face."""
        folder = self.root / "run"
        data = pairs.load(self.pairs)
        train(data, "default", jobs.RECIPE, folder, 0, "numpy")
        model = recogniser.load(folder, "numpy")
        evaluate.write_report(folder / "report.json", evaluate.evaluate(model, data))
        gallery = Gallery(folder / "gallery", model)
        for row, person in enumerate(self.faces.people[::2]):
            gallery.enroll(self.faces.names[person], self.faces.images[2 * row])
        gallery.refresh()
        return folder
