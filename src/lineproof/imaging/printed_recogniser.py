"""Read one line of print: a recogniser whose network gives a character, or none, for each narrow column.

Decoding is greedy: the likeliest of each column, repetitions joined, blanks left out (connectionist temporal
classification; Graves and others, ICML 2006). The network knows eighteen thousand characters; only those
that a page of an identity document prints in Latin letters are chosen among, so that a Chinese character
never stands for a smudge. Its certainty is over all of them: a line in another script is read, unsurely.
"""

import string
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from lineproof.imaging.cutout import Image
from lineproof.imaging.onnx_file import NotOnnx, _messages
from lineproof.imaging.printed_detector import TextPlace

HEIGHT_PX = 48
# A longer line is narrowed to this: a bound on the work, wider than any entry of a document.
WIDEST_PX = 768
_NARROWEST_PX = 32
# Lines are narrowed to this share, and so is the work. Of 80 drawn entries in six fonts 77 were read right in
# full width, 75 at 0.8 and 69 at 0.6 of it; below 0.9 the certainty of repeated digits falls.
_NARROWED = 0.9
# ONNX, onnx.proto: model.metadata_props, and the key and the value of each.
_METADATA, _KEY, _VALUE = 14, 1, 2
_CHARACTERS = "character"
# Of Unicode: Latin-1, Latin Extended-A and B, and what Vietnamese and German capitals need.
_LATIN = frozenset({*range(0xC0, 0x250), *range(0x1E00, 0x1F00)}) - {0xD7, 0xF7}
_PRINTED = frozenset(string.ascii_letters + string.digits + " '\u2019-./,:()<№°º&*")

Strip = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Recogniser:
    """The network with the characters it may answer with.

    columns: the classes chosen among, the blank first, then by number. characters: what each stands for.
    classes: how many the network gives in all.
    """

    net: cv2.dnn.Net
    columns: npt.NDArray[np.intp]
    characters: tuple[str, ...]
    classes: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A text and the probability of its least sure character, spaces apart; 0 where there is no text."""

    text: str
    confidence: float


def dictionary_of(model: bytes) -> tuple[str, ...]:
    """Take the characters of a recogniser from its own metadata: of each class its character, blank first.

    Raises NotOnnx where the model has none.
    """
    for entry in _messages(memoryview(model), _METADATA):
        if any(bytes(key).decode() == _CHARACTERS for key in _messages(entry, _KEY)):
            for value in _messages(entry, _VALUE):
                # By line ends of one kind only: some of the characters are themselves separators.
                return ("", *bytes(value).decode().removesuffix("\n").split("\n"), " ")
    raise NotOnnx("no dictionary")


def recogniser(net: cv2.dnn.Net, dictionary: tuple[str, ...]) -> Recogniser:
    """Join a network with its dictionary."""
    chosen = [0] + [at for at, character in enumerate(dictionary) if at and _is_printed(character)]
    return Recogniser(net, np.array(chosen, np.intp), tuple(dictionary[at] for at in chosen), len(dictionary))


def cut_strip(page_rgb: Image, place: TextPlace) -> Strip:
    """Cut a line out of the page, level and HEIGHT_PX high: uint8, shape (HEIGHT_PX, width, 3)."""
    width = round(min(WIDEST_PX, max(_NARROWEST_PX, _strip_width(place))))
    turn = np.deg2rad(place.degrees)
    along = np.array([np.cos(turn), np.sin(turn)]) * place.width
    down = np.array([-np.sin(turn), np.cos(turn)]) * place.height
    # Corners as pixel centres: half a pixel in from the edges of both.
    corner = np.array([place.centre_x, place.centre_y]) - along / 2 - down / 2 - 0.5
    corner += along * 0.5 / width + down * 0.5 / HEIGHT_PX
    matrix = np.column_stack([along / width, down / HEIGHT_PX, corner])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(page_rgb, matrix, (width, HEIGHT_PX), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def _strip_width(place: TextPlace) -> float:
    return _NARROWED * HEIGHT_PX * place.width / max(1.0, place.height)


def read_strip(strip: Strip, reader: Recogniser) -> Reading:
    """Read one line of print, as `cut_strip` cuts it."""
    fed = cv2.dnn.blobFromImage(strip, 1 / 127.5, mean=(127.5,) * 3, swapRB=True)
    reader.net.setInput(fed)
    given = np.asarray(reader.net.forward(), np.float32).reshape(-1, reader.classes)[:, reader.columns]
    best = given.argmax(axis=1)
    fresh = np.concatenate(([True], best[1:] != best[:-1])) & (best != 0)
    sure = given.max(axis=1)
    text = "".join(reader.characters[each] for each in best[fresh])
    inked = [float(sure[at]) for at in np.flatnonzero(fresh) if not reader.characters[best[at]].isspace()]
    return Reading(" ".join(text.split()), min(inked, default=0.0))


def _is_printed(character: str) -> bool:
    return len(character) == 1 and (character in _PRINTED or ord(character) in _LATIN)
