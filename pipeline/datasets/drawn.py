"""Drawn faces of any number of people, none of whom exists. They are made quickly, for tests and for a first look.

A Character is what stays the same: proportions, tones, hair, beard, glasses. A Moment is what changes from photo to
photo: pose, expression, light, background, noise. The shapes show who it is, and single pixels do not. So a comparison
of pixels is often wrong where learned features are right.

Shapes are polygons in face coordinates: x to the right, y down, (0, 0) the middle of the head, and 1 is half the height
of the picture (or 0.6 of its width, if it is narrow). The more a shape stands out from the head (its depth), the more
it moves when the head turns.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from pipeline.datasets import Faces

OVERSAMPLING = 4  # drawn larger by this factor and then shrunk, for soft edges
CIRCLE = np.array([(np.cos(angle), np.sin(angle)) for angle in np.linspace(0, 2 * np.pi, 60, endpoint=False)])
HAIR = ("short", "parted", "long", "curly", "bun", "bald")


@dataclass(frozen=True)
class Character:
    """What stays the same. Tones are 0-255, lengths are in face coordinates."""

    skin: float
    hair: float
    iris: float
    shirt: float
    width: float
    height: float
    jaw: float  # exponent of the outline: 2 is an oval, a larger one is more square
    eye_gap: float
    eye_size: float
    eye_y: float
    brow_y: float  # above the eye
    brow_size: float
    brow_slope: float
    nose_length: float
    nose_width: float
    mouth_y: float
    mouth_width: float
    lips: float
    ears: float
    hairline: float
    style: str
    side: int  # of the parting
    glasses: bool
    beard: bool
    moustache: bool


@dataclass(frozen=True)
class Moment:
    """What changes from photo to photo."""

    shift: tuple[float, float]
    turn: float
    tilt: float  # radians
    scale: float
    smile: float
    mouth_open: float
    eyes_open: float
    gaze: float
    light_from: float  # radians
    light: float
    brightness: float
    contrast: float
    background: float
    noise: float


def draw(people: int, images: int, rng: np.random.Generator, size: tuple[int, int] = (112, 92)) -> Faces:
    """`images` photos (1, H, W) of each of `people` drawn people, named p1, p2 ...; size is (H, W) in pixels."""
    pictures = []
    for _ in range(people):
        character = _character(rng)
        pictures += [_picture(character, _moment(rng), rng, size) for _ in range(images)]
    names = tuple(f"p{person}" for person in range(1, people + 1))
    sources = tuple(f"{name}/{number}.png" for name in names for number in range(1, images + 1))
    stacked = np.array(pictures, np.uint8).reshape(people * images, 1, *size)
    return Faces(stacked, np.repeat(np.arange(people, dtype=np.int32), images), names, sources)


def _character(rng: np.random.Generator) -> Character:
    u = rng.uniform
    return Character(
        skin=u(135, 220), hair=u(15, 90) if rng.random() < .7 else u(180, 240), iris=u(20, 110), shirt=u(30, 230),
        width=u(.47, .6), height=u(.64, .76), jaw=u(1.9, 2.9),
        eye_gap=u(.19, .27), eye_size=u(.07, .115), eye_y=u(-.14, .0),
        brow_y=u(.12, .19), brow_size=u(.015, .055), brow_slope=u(-.03, .04),
        nose_length=u(.2, .34), nose_width=u(.06, .13),
        mouth_y=u(.34, .44), mouth_width=u(.13, .25), lips=u(.02, .06),
        ears=u(.06, .14), hairline=u(-.52, -.28),
        style=HAIR[rng.integers(len(HAIR))], side=int(rng.choice((-1, 1))),
        glasses=rng.random() < .3, beard=rng.random() < .2, moustache=rng.random() < .2,
    )


def _moment(rng: np.random.Generator) -> Moment:
    u = rng.uniform
    return Moment(
        shift=(u(-.04, .04), u(-.04, .04)), turn=u(-1, 1), tilt=u(-.07, .07), scale=u(.95, 1.05),
        smile=u(-.4, 1), mouth_open=max(0, u(-.6, 1)), eyes_open=u(.45, 1.1), gaze=u(-1, 1),
        light_from=u(0, 2 * np.pi), light=u(0, .2), brightness=u(-12, 12), contrast=u(.85, 1.1),
        background=u(50, 120), noise=u(2, 5),
    )


def _picture(who: Character, now: Moment, rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    height, width = size
    sketch = _Sketch(size, now)
    _draw_person(sketch, who, now)
    picture = np.asarray(sketch.image.resize((width, height), Image.Resampling.BOX), np.float32)
    y, x = np.mgrid[-1:1:height * 1j, -1:1:width * 1j]
    light = 1 + now.light * (x * np.cos(now.light_from) + y * np.sin(now.light_from))
    picture = (picture * light - 128) * now.contrast + 128 + now.brightness
    return np.clip(np.rint(picture + rng.normal(0, now.noise, size)), 0, 255).astype(np.uint8)


class _Sketch:
    """A large picture. Polygons in face coordinates are drawn where the head is at this moment."""

    def __init__(self, size: tuple[int, int], now: Moment) -> None:
        height, width = size
        self.image = Image.new("L", (width * OVERSAMPLING, height * OVERSAMPLING), int(now.background))
        self.pen = ImageDraw.Draw(self.image)
        unit = min(height / 2, width * .6) * OVERSAMPLING
        cos, sin = np.cos(now.tilt), np.sin(now.tilt)
        self.matrix = unit * now.scale * np.array([[cos, sin], [-sin, cos]])
        self.origin = np.array(self.image.size) / 2 + unit * np.array(now.shift)
        self.turn = now.turn

    def fill(self, points: np.ndarray, tone: float, depth: float = 0) -> None:
        moved = (points + (self.turn * depth, 0)) @ self.matrix + self.origin
        self.pen.polygon(moved.ravel().tolist(), fill=int(np.clip(tone, 0, 255)))


def _oval(x: float, y: float, rx: float, ry: float, power: float = 2) -> np.ndarray:
    return np.sign(CIRCLE) * np.abs(CIRCLE) ** (2 / power) * (rx, ry) + (x, y)


def _ribbon(x: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """The area between two curves over x."""
    return np.concatenate([np.stack([x, upper], axis=1), np.stack([x, lower], axis=1)[::-1]])


def _draw_person(sketch: _Sketch, who: Character, now: Moment) -> None:
    """Draw the parts from back to front."""
    _draw_back(sketch, who)
    _draw_head(sketch, who)
    _draw_mouth(sketch, who, now)
    for side in (-1, 1):
        _draw_eye(sketch, who, now, side)
    _draw_nose(sketch, who)
    _draw_hair(sketch, who)


def _draw_back(sketch: _Sketch, who: Character) -> None:
    w, h = who.width, who.height
    if who.style == "long":
        sketch.fill(_oval(0, .15, w * 1.28, h * 1.2, 3), who.hair, -.03)
    if who.style == "bun":
        sketch.fill(_oval(0, -h * 1.08, .2, .17), who.hair * .9, -.04)
    sketch.fill(_oval(0, 1.25, .95, .5, 2.6), who.shirt, -.06)
    sketch.fill(_oval(0, .72, w * .52, .4, 3), who.skin * .82, -.05)
    for side in (-1, 1):
        sketch.fill(_oval(side * w, who.eye_y + .1, who.ears, .14), who.skin * .88, -.05)


def _draw_head(sketch: _Sketch, who: Character) -> None:
    w, h = who.width, who.height
    sketch.fill(_oval(0, 0, w, h, who.jaw), who.skin)
    if who.beard:
        x = np.linspace(-1, 1, 40)
        jaw = h * (1 - np.abs(x) ** who.jaw) ** (1 / who.jaw)
        top = who.mouth_y + .09 - (who.mouth_y - .08) * np.abs(x) ** 3
        sketch.fill(_ribbon(x * w, np.minimum(jaw, top), jaw), who.hair * .8 + who.skin * .2)
    for side in (-1, 1):
        sketch.fill(_oval(side * w * .55, .2, .1, .07), who.skin * 1.05, .04)


def _draw_mouth(sketch: _Sketch, who: Character, now: Moment) -> None:
    x = np.linspace(-1, 1, 20)
    width = who.mouth_width * (1 + .18 * now.smile)
    middle = who.mouth_y - .07 * now.smile * (x**2 - .4)
    bow = np.sqrt(1 - x**2)
    gap = .06 * now.mouth_open * bow
    sketch.fill(_ribbon(x * width, middle - who.lips * bow, middle + gap + who.lips * 1.2 * bow), who.skin * .62, .08)
    sketch.fill(_ribbon(x * width, middle - .008, middle + gap + .008), 25, .08)
    if now.mouth_open > .4:
        sketch.fill(_ribbon(x * width * .8, middle, middle + gap * .45), 235, .08)
    if who.moustache:
        top = who.mouth_y - .12 + .04 * x**2
        sketch.fill(_ribbon(x * (who.mouth_width + .03), top, top + .085 * bow + .01), who.hair, .09)


def _draw_eye(sketch: _Sketch, who: Character, now: Moment, side: int) -> None:
    x, y, size = side * who.eye_gap, who.eye_y, who.eye_size
    opening = size * .62 * now.eyes_open
    sketch.fill(_oval(x, y, size * 1.12, opening + .018), who.skin * .55, .07)
    sketch.fill(_oval(x, y + .008, size, opening), 240, .07)
    iris = min(size * .52, opening)
    sketch.fill(_oval(x + now.gaze * size * .3, y + .008, iris, iris), who.iris, .07)
    sketch.fill(_oval(x + now.gaze * size * .3 - .015, y - .012, .016, .016), 250, .07)
    along = np.linspace(-1, 1, 12)
    brow = y - who.brow_y - .02 * now.smile + .03 * along**2 + who.brow_slope * along * side
    half = who.brow_size / 2
    sketch.fill(_ribbon(x + along * size * 1.35, brow - half, brow + half), who.hair * .8, .07)
    if who.glasses:
        outer, inner = _oval(x, y, size + .07, size + .05, 3), _oval(x, y, size + .045, size + .025, 3)
        sketch.fill(np.concatenate([outer, outer[:1], inner[:1], inner[::-1]]), 20, .09)
        bridge = np.array([0, x - side * (size + .06)])
        sketch.fill(_ribbon(bridge, np.full(2, y - .025), np.full(2, y)), 20, .09)


def _draw_nose(sketch: _Sketch, who: Character) -> None:
    tip, w = who.eye_y + who.nose_length, who.nose_width
    sketch.fill(np.array([[-.02, who.eye_y], [.02, who.eye_y], [w, tip], [-w, tip]]), who.skin * .93, .1)
    sketch.fill(_oval(0, tip, w, .05), who.skin * .93, .13)
    for side in (-1, 1):
        sketch.fill(_oval(side * w * .5, tip + .025, w * .25, .015), who.skin * .45, .13)


def _draw_hair(sketch: _Sketch, who: Character) -> None:
    w, h, line = who.width, who.height, who.hairline
    if who.style == "bald":
        return
    x = np.linspace(-1, 1, 40)
    crown = -h * (1 - np.abs(x) ** who.jaw) ** (1 / who.jaw)
    thickness = {"short": .06, "parted": .08, "long": .1, "curly": .1, "bun": .03}[who.style]
    fringe = line + (who.eye_y - line) * x**10  # down to the ears at the sides
    if who.style == "parted":
        fringe -= .14 * np.exp(-((x - .5 * who.side) * 4) ** 2)
    top = crown * (1 + thickness / h)
    sketch.fill(_ribbon(x * (w + thickness * .4), np.minimum(top, fringe), fringe), who.hair, .02)
    if who.style == "curly":
        for angle in np.linspace(np.pi, 2 * np.pi, 11):
            sketch.fill(_oval(np.cos(angle) * w, np.sin(angle) * h * .95, .13, .12), who.hair)
