"""What a file is, by its first bytes: a photo of a format that is read here, or the reason why it is none."""

HEAD = 1024  # bytes that are looked at
# the brands in the header of a HEIC file; mif1 and msf1 also stand at the head of AVIF files
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")

# (position, bytes, what it is): kinds of files that people have among their photos and that are not read here
OTHERS = (
    (0, b"8BPS", "a Photoshop drawing (PSD)"),
    (0, b"gimp xcf", "a GIMP drawing (XCF)"),
    (0, b"\0\0\1\0", "an icon (ICO)"),
    (0, b"%PDF", "a document (PDF)"),
    (0, b"%!PS", "a document (PostScript)"),
    (0, b"\xc5\xd0\xd3\xc6", "a document (EPS)"),
    (0, b"\xff\x0a", "a JPEG XL file"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL file"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 file"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 file"),
    (8, b"CR\2\0", "a camera's raw file (CR2)"),
    (4, b"ftypcrx ", "a camera's raw file (CR3)"),
    (0, b"FUJIFILMCCD-RAW", "a camera's raw file (RAF)"),
    (0, b"IIU\0", "a camera's raw file (RW2)"),
    (0, b"IIRO", "a camera's raw file (ORF)"),
    (128, b"DICM", "a medical picture (DICOM)"),
    (0, b"PK\3\4", "an archive (ZIP, or a document of an office program)"),
    (0, b"\x1f\x8b", "a packed file (gzip)"),
    (0, b"Rar!\x1a\7", "an archive (RAR)"),
    (0, b"7z\xbc\xaf\x27\x1c", "an archive (7z)"),
    (0, b"\x93NUMPY", "an array (NumPy)"),
    (0, b"MATLAB 5.0 MAT-file", "an array (MATLAB)"),
    (0, b"MATLAB 7.3 MAT-file", "an array (MATLAB)"),
    (0, b"\x1a\x45\xdf\xa3", "a video (Matroska or WebM)"),
    (8, b"AVI ", "a video (AVI)"),
)


class PhotoError(ValueError):
    """Why a photo cannot be used, worded to follow its name: "holds text, not a photo"."""


def kind(head: bytes) -> str:
    """Pillow's name of the format of a file with these first bytes ("HEIF" for HEIC).

    Raises PhotoError where the format is not read here.
    """
    if not head:
        raise PhotoError("is empty (0 bytes)")
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    for position, signature, what in OTHERS:
        if head.startswith(signature, position):
            raise PhotoError(f"is {what}, not a photo of a kind that is read here: save the photo in it as JPEG or PNG")
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "BMP"
    if head[:2] in (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf") and head[2:3].isspace():
        return "PPM"
    if brand in (b"avif", b"avis") or brand in (b"mif1", b"msf1") and b"avif" in head[12:64]:
        return "AVIF"
    if brand in HEIC:
        return "HEIF"
    if brand:
        raise PhotoError("is a video, not a photo: save a frame of it as JPEG or PNG")
    raise PhotoError(_what_text_it_is(head) or "is not a photo of a known kind: save it as JPEG or PNG")


def _what_text_it_is(head: bytes) -> str | None:
    """The reason to refuse a file of text, None where it is no text."""
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    text = head.decode(encoding, errors="ignore").lower()
    if "<html" in text or "<!doctype html" in text:
        return "is a web page (HTML), not a photo: the download went wrong"
    if "<svg" in text:
        return "is a drawing (SVG), not a photo"
    if encoding == "utf-16" or all(byte >= 32 or byte in b"\t\n\f\r" for byte in head):
        return "holds text, not a photo"
    return None
