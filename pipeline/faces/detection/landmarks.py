"""Eyes, nose and mouth of a picture that is a face already, cut out by somebody else, often too tight for a detector.

So the question is where, no longer whether, and it is asked again and again, each time with less demanded:

    1. the crop as it is                          MTCNN with its usual thresholds
    2. with a wider edge                          a face that fills the crop lies beyond what P-Net has learnt
    3. both with lower thresholds
    4. O-Net alone, shown the crop as one square  where the crop is the face, the first two networks are not needed
"""

import numpy as np

from pipeline.faces.detection.mtcnn import MTCNN

USUAL, LOWER = (0.6, 0.7, 0.8), (0.4, 0.4, 0.4)  # of P-, R- and O-Net
SMALLEST_FACE = 20
EDGE = 0.25  # of the long side, added on each side: the border pixels repeated
SHARE = 0.3  # of the short side, that the face of a face crop fills at least: less is a dark glass or a button
LEAST = 0.02  # what O-Net alone must be sure of; on what is no face it says less


def find(crop: np.ndarray, mtcnn: MTCNN, least: float = LEAST) -> np.ndarray | None:
    """crop (h, w) or (h, w, 3) uint8 -> (5, 2) float32, x and y in pixels of the crop, or None where there is no face.

    In the order left eye (the one at smaller x), right eye, nose, left and right corner of the mouth. Of several faces the
    largest counts. least: what O-Net alone must be sure of; more than LEAST where it isn't known that this is a face.
    Raises TypeError and ValueError for another dtype or shape.
    """
    colour = np.repeat(crop[:, :, None], 3, axis=2) if crop.ndim == 2 else crop
    pad = round(EDGE * max(colour.shape[:2]))
    wider = np.pad(colour, ((pad, pad), (pad, pad), (0, 0)), mode="edge") if colour.size else colour
    for thresholds in (USUAL, LOWER):
        for picture, offset in ((colour, 0), (wider, pad)):
            boxes, _, points = mtcnn.find(picture, SMALLEST_FACE, *thresholds)
            sides = boxes[:, 2:] - boxes[:, :2]
            if len(boxes) and sides.min(axis=1).max() >= SHARE * min(crop.shape[:2]):
                largest = sides.prod(axis=1).argmax()
                return (points[largest] - offset).astype(np.float32)
    points = mtcnn.look(colour, least)
    return None if points is None else points.astype(np.float32)
