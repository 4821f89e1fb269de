"""The boxes of faces as a drawing that is laid over the photo: an SVG served as an image.

So the page needs no style of its own and no script for it. The width of the drawing tells the script more: PENDING means
"not yet, ask again", NEVER means "there won't be any".
"""

from xml.sax.saxutils import escape

from webapp.select.found import Faces

PENDING, NEVER = 1, 2
CHOSEN, OTHER = "#2dd4bf", "#ffffff"


def blank(width: int) -> str:
    """A drawing of nothing."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="1"/>'


def draw(faces: Faces, chosen: int | None = None) -> str:
    """The boxes of all faces, with their numbers and confidences, and the reason where there are none.

    The box of the face at `chosen`, the user's choice, is in colour and solid, or else that of the face that the photo
    alone decides on; the others are dashed.
    """
    height, width = faces.shape
    letter = max(width, height) / 32
    parts = []
    chosen = faces.chosen if chosen is None else chosen
    for at, ((x, y, w, h), confidence) in enumerate(zip(faces.boxes, faces.confidences, strict=True)):
        own = at == chosen
        box = f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{letter / 4:.1f}" '
        line = f'stroke-width="{letter / (6 if own else 9):.2f}"'
        dashes = "" if own else f' stroke-dasharray="{letter / 2:.1f} {letter / 3:.1f}"'
        parts.append(f'{box} stroke="#000" stroke-opacity=".6" stroke-width="{letter / (3 if own else 4):.2f}"/>')
        parts.append(f'{box} stroke="{CHOSEN if own else OTHER}" {line}{dashes}/>')
        above = y - letter * 0.4 if y > letter * 1.4 else y + h + letter
        text = f"{confidence:.2f}" if len(faces.boxes) == 1 else f"{at + 1} ({confidence:.2f})"
        parts.append(_text(x, min(above, height - letter * 0.3), text, letter * 0.8))
    if faces.reason:
        fitting = (width - letter) / (0.62 * len(faces.reason))  # a letter is about that wide
        parts.append(_text(letter / 2, height - letter / 2, faces.reason, min(letter, fitting)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{max(width, 16)}" '
        f'height="{max(height, 16)}" preserveAspectRatio="none" fill="none">{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, text: str, size: float) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="system-ui, sans-serif" font-weight="600" font-size="{size:.1f}" '
        f'fill="#fff" stroke="#000" stroke-width="{size / 5:.1f}" stroke-linejoin="round" paint-order="stroke">'
        f"{escape(text)}</text>"
    )
