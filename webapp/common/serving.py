"""What the page serves: the model of a run, its gallery and its sample probes, each in its present state."""

import threading
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from pipeline.common.errors import JobError
from pipeline.recognise import recogniser as recognisers
from pipeline.recognise.gallery import EmptyGallery, Gallery, GalleryPhoto, Snapshot
from pipeline.recognise.recogniser import Recogniser
from webapp.common import samples
from webapp.common.samples import Samples
from webapp.common.stamp import stamp as stamp_of


@dataclass(frozen=True)
class Now:
    """The state that one request uses from beginning to end. `trouble` says why there is no snapshot."""

    recogniser: Recogniser
    snapshot: Snapshot | None
    trouble: str | None
    samples: Samples

    def gallery(self) -> Snapshot:
        """The gallery for a prediction. Raises EmptyGallery."""
        if self.snapshot is None:
            raise EmptyGallery(self.trouble)
        return self.snapshot


class Serving:
    """Loads a run, and loads it again when its model file changes.

    latest: the state at the last look at the disk, for a page that shows what was found before.
    """

    def __init__(self, run: Path, gallery: Path, kernels_name: str) -> None:
        self.run, self.folder = run, gallery
        self._kernels_name = kernels_name
        self._lock = threading.Lock()
        self._stamp: tuple[int, ...] | None = None
        self._seen: tuple | None = None  # the stamp of the gallery at the last look
        self._photos: dict[str, GalleryPhoto] = {}  # key -> photo of the gallery, as it was last seen
        self.now()

    def now(self) -> Now:
        """The present state on the disk. Raises JobError if there is no model."""
        with self._lock:  # one request looks for changes, and the others wait for its result
            stamp = self._model_stamp()
            if stamp is None or stamp != self._stamp:
                self._recogniser = recognisers.load(self.run, self._kernels_name)
                self._gallery = Gallery(self.folder, self._recogniser)
                self._samples = samples.scan(self.run / "samples")
                self._stamp, self._seen = stamp, None
            seen = stamp_of(self.folder)
            if seen is not None and seen == self._seen:
                return self.latest
            self._seen = seen
            snapshot = trouble = None
            try:
                snapshot = self._gallery.refresh()
            except (JobError, OSError) as error:  # the page shows the reason, and works again after it is repaired
                trouble = str(error)
            self._photos = {photo.key: photo for photo in snapshot.photos} if snapshot else {}
            self.latest = Now(self._recogniser, snapshot, trouble, self._samples)
            return self.latest

    def photo(self, key: str) -> GalleryPhoto | None:
        """The photo of the gallery with this key.

        A page with a thousand photos asks a thousand times: the gallery is looked at again only for a key that is new.
        """
        if key not in self._photos:
            self.now()
        return self._photos.get(key)

    def _model_stamp(self) -> tuple[int, ...] | None:
        try:
            stat = (self.run / "model.npz").stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino


def current() -> Serving:
    """What the current application serves."""
    return current_app.extensions["serving"]


def now() -> Now:
    """The state for the current request."""
    return current().now()
