"""Read the machine readable zone of any ICAO document in a photograph, and say how surely (Doc 9303-3 to -7).

    1. find: places where a zone may be, and how its lines run (mrz_finder, mrz_rows)
    2. shape: which way up, how many lines, how long: 3 of 30, 2 of 36 or 2 of 44 (mrz_shape)
    3. characters: each line is cut out and laid; evenly along its characters it is cut again, so that it is
       read twice, at two sizes (mrz_strips, mrz_networks, mrz_lattice)
    4. length: exactly as many characters as the shape has, none beside them, all within the photograph
    5. what is doubted is looked at more closely, and so are O and 0 (mrz_teller)
    6. grammar: where the standard forbids the likeliest character, the likeliest allowed one is taken and the
       change reported as a repair, with its place
    7. check digits: where one does not hold, what is doubted is changed so that all do, and that is reported
       as a repair too (mrz_digits)
    8. another zone in view, of a second document, is reported

Nothing is padded, cut or guessed. A repaired reading is never accepted without a person: a check digit that
had a part in the reading cannot vouch for it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.document.mrz_format import MrzFormat, allowed_characters, formats_of_shape
from lineproof.imaging.decode import DecodedImage
from lineproof.imaging.mrz_characters import by_grammar
from lineproof.imaging.mrz_digits import by_check_digits, digits_hold
from lineproof.imaging.mrz_finder import LOOKS, Region, find_regions, place_in
from lineproof.imaging.mrz_networks import (
    CHARACTERS,
    PATCH_CAPITAL_PX,
    MrzNetworks,
    load_mrz_networks,
)
from lineproof.imaging.mrz_outcome import MrzReading, NotRead, Step
from lineproof.imaging.mrz_rows import LINES_BY_PITCH, ZonePlace
from lineproof.imaging.mrz_shape import FIRST_SIZE, LINES_OF, Line, Shape, find_shapes, lay_line, lay_row
from lineproof.imaging.mrz_strips import Cutter, cutter
from lineproof.imaging.mrz_teller import ALIKE, look_closer
from lineproof.imaging.pyramid import Pyramid

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Grey = NDArray[np.uint8]

SECOND_SIZE = 0.9  # of capitals in the second reading, by what is usual
_FURTHER_OUT = 7.0  # in forty-fourths of a line
_STANDS = 0.5  # more sure than this of another character beside a line, and the line is not whole
_LEAST_CONFIDENCE, _LEAST_REPAIRED_CONFIDENCE = 0.10, 0.03
_LEAST_PRESENCE = 0.3  # of any character at all; less, and it is covered or was never there
_CLEAR = 0.9  # every character of a line that need not be cut anew
_MOST_READINGS, _MOST_UNREAD = 3, 4
_LOOKS_AFTER_A_READING = 1  # for one that is surer
_LIKE_THE_FIRST = 0.35  # belief in the region of a second zone, by that in the first


def read_mrz(image: DecodedImage, networks: MrzNetworks | None = None) -> MrzReading | NotRead:
    """Find and read the zone of a document, lying any way up, or say which step failed.

    networks: loaded before a process is confined, see `load_mrz_networks`; None loads them.
    """
    networks = load_mrz_networks() if networks is None else networks
    search = _Search(Pyramid(cv2.cvtColor(image.pixels, cv2.COLOR_RGB2GRAY)), networks)
    reading = _look_everywhere(search) or _try_otherwise(search)
    if reading is None:
        steps = [each.step for each in search.unread]
        return NotRead(step=max(steps, key=list(Step).index, default=Step.ZONE_NOT_FOUND))
    return replace(reading, corners=tuple((x / image.scale, y / image.scale) for x, y in reading.corners))


@dataclass(frozen=True, slots=True)
class _Unread:
    """A place that holds text of a zone, but could not be read in the likeliest of its shapes."""

    step: Step
    region: Region
    place: ZonePlace
    shapes: list[Shape]


@dataclass(slots=True)
class _Search:
    """A photograph, and what came of the regions that were read so far, each once."""

    photo: Pyramid
    networks: MrzNetworks
    tried: list[tuple[Region, "MrzReading | _Unread | None"]] = field(default_factory=list)

    @property
    def unread(self) -> list[_Unread]:
        """Give what holds text of a zone and could not be read."""
        return [outcome for _, outcome in self.tried if isinstance(outcome, _Unread)]

    @property
    def readings(self) -> int:
        """Count what was read."""
        return sum(isinstance(outcome, MrzReading) for _, outcome in self.tried)

    def outcome(self, region: Region) -> "MrzReading | _Unread | None":
        """Read a region, unless what came of it is known; None if it holds no text of a zone."""
        for each, outcome in self.tried:
            if region.is_like(each):
                return outcome
        outcome = _read_region(self.photo, region, self.networks)
        self.tried.append((region, outcome))
        return outcome


def _look_everywhere(search: _Search) -> MrzReading | None:
    """Look at the photograph until a zone is read surely.

    After an unsure reading there is one look more, for a surer one.
    """
    best: MrzReading | None = None
    considered: list[Region] = []
    last_look = len(LOOKS)
    for number, look in enumerate(LOOKS):
        if number > last_look:
            break
        regions = find_regions(search.photo, search.networks, look=look)
        for region in regions:
            if any(region.is_like(each) for each in considered):
                continue
            considered.append(region)
            outcome = search.outcome(region)
            if isinstance(outcome, MrzReading) and (best is None or _goodness(outcome) > _goodness(best)):
                last_look = min(last_look, number + _LOOKS_AFTER_A_READING)
                others = [each for each in regions if each is not region]
                best = replace(outcome, second_zone=_second(search, outcome, region, others))
            if best is None and len(search.unread) == _MOST_UNREAD:
                return None
            if best is not None and (best.is_sure or search.readings + len(search.unread) >= _MOST_READINGS):
                return best
    return best


def _try_otherwise(search: _Search) -> MrzReading | None:
    """Read what could not be read as it seemed to lie as of another length, and the other way up."""
    first: tuple[Region, MrzReading] | None = None
    for each in search.unread:
        if first is None:
            reading = _read_otherwise(search, each)
            first = None if reading is None else (each.region, reading)
        elif _may_be_second(each.region, first[0]) and _is_second(_read_otherwise(search, each), first[1]):
            return replace(first[1], second_zone=True)
    return None if first is None else first[1]


def _read_otherwise(search: _Search, unread: _Unread) -> MrzReading | None:
    photo, place, networks = search.photo, unread.place, search.networks
    other_way = (not unread.shapes[0].upside_down,)
    for shape in (*unread.shapes[1:], *find_shapes(photo, place, networks, ways=other_way)[:1]):
        reading = _read_shape(photo, place, shape, networks)
        if isinstance(reading, MrzReading):
            return reading
    return None


def _goodness(reading: MrzReading) -> tuple[bool, float]:
    """Order unsure readings: first those whose check digits hold."""
    return digits_hold(reading.format, reading.lines), reading.least_confidence


def _second(search: _Search, reading: MrzReading, first: Region, others: list[Region]) -> bool:
    """Tell whether another region holds a zone as well. Step 8."""
    return any(
        _is_second(search.outcome(region), reading) for region in others if _may_be_second(region, first)
    )


def _is_second(outcome: "MrzReading | _Unread | None", first: MrzReading) -> bool:
    """Tell whether a zone was read, and elsewhere: parts of one zone are followed to the same ends."""
    if not isinstance(outcome, MrzReading):
        return False
    block = np.array(first.corners, np.float32)
    x, y = np.mean(outcome.corners, axis=0)
    return cv2.pointPolygonTest(block, (float(x), float(y)), measureDist=False) < 0


def _may_be_second(region: Region, first: Region) -> bool:
    """Tell whether a region is apart from the first, and found about as surely."""
    apart = np.linalg.norm(region.middle - first.middle)
    return bool(apart >= first.width and region.belief >= _LIKE_THE_FIRST * first.belief)


def _read_region(photo: Pyramid, region: Region, networks: MrzNetworks) -> MrzReading | _Unread | None:
    """Read what a region holds; None if it is no text of a zone.

    What was not seen whole is read once more, further out at both ends: the finder may have lost the ends.
    """
    place = place_in(photo, region, networks)
    shapes = [] if place is None else find_shapes(photo, place, networks)
    if place is None or not shapes:
        return None
    outcome = _read_shape(photo, place, shapes[0], networks)
    if outcome is Step.LINE_CUT_SHORT:
        further = place.stretched(_FURTHER_OUT)
        for shape in find_shapes(photo, further, networks, ways=(shapes[0].upside_down,))[:1]:
            again = _read_shape(photo, further, shape, networks)
            if isinstance(again, MrzReading):
                return again
    return outcome if isinstance(outcome, MrzReading) else _Unread(outcome, region, place, shapes)


def _read_shape(photo: Pyramid, place: ZonePlace, shape: Shape, networks: MrzNetworks) -> MrzReading | Step:
    """Read the lines of one place as they seem to lie. Steps 3 to 7."""
    length, upside_down = shape.length, shape.upside_down
    cutting = shape.cutting
    if len(place.rows) < LINES_OF[length]:
        cutting = cutter(photo, place.with_neighbours(), characters=length)
    rows = list(range(len(cutting.place.rows)))[:: -1 if upside_down else 1]
    first = [
        shape.line
        if cutting is shape.cutting and row == shape.line.row
        else lay_row(row, cutting.strip(row, characters=length, upside_down=upside_down), length, networks)
        for row in rows
    ]
    start = _best_window(first, LINES_OF[length])
    if start is None:
        return Step.LINE_CUT_SHORT
    lines = [each for each in first[start : start + LINES_OF[length]] if each is not None]
    cutting = cutting.leaning(lines[0].middles, lines[-1].middles)
    # The first reading says where the characters are. Unless it is clear, they are cut evenly and read anew.
    one = lines if all(map(_is_clear, lines)) else _read_again(cutting, lines, networks, size=FIRST_SIZE)
    other = one and _read_again(cutting, one, networks, size=SECOND_SIZE)
    # Characters laid over a line whose ends were lost stand where none are, and are not clear for that alone.
    ends_lost = not all(_is_whole(line, line, photo.grey) for line in lines)
    if not one or not other:
        return Step.LINE_CUT_SHORT if ends_lost else Step.CHARACTERS_NOT_CLEAR
    if not all(_is_whole(*pair, photo.grey) for pair in zip(one, other, strict=True)):
        return Step.LINE_CUT_SHORT
    finer = partial(
        cutter, photo, cutting.place, characters=length, capital_px=PATCH_CAPITAL_PX, lean=cutting.lean
    )
    read = _reading(one, other, length, finer, networks)
    return Step.LINE_CUT_SHORT if read is Step.CHARACTERS_NOT_CLEAR and ends_lost else read


def _is_clear(line: Line) -> bool:
    """Tell whether every character was seen well; which of O and 0 one is, is asked elsewhere."""
    belief = np.exp(line.laid.log_likelihoods)
    alike = [CHARACTERS.index(each) for each in ALIKE]
    return bool(np.maximum(belief.max(axis=1), belief[:, alike].sum(axis=1)).min() > _CLEAR)


def _read_again(
    cutting: Cutter, lines: list[Line], networks: MrzNetworks, *, size: float
) -> list[Line] | None:
    """Read lines again, evenly along their characters; None if one is lost. Step 3."""
    again = []
    for line in lines:
        strip = cutting.strip_through(line.row, line.x, size=size)
        laid = lay_line(line.row, strip, networks.log_likelihoods(strip.pixels), len(line.x), size=size)
        if laid is None:
            return None
        again.append(laid)
    return again


def _best_window(lines: list[Line | None], wanted: int) -> int | None:
    """Choose which neighbouring lines are the zone's, as all that were laid may not be."""
    scores = {}
    for start in range(len(lines) - wanted + 1):
        window = lines[start : start + wanted]
        if all(window):
            scores[start] = min(line.laid.score for line in window if line is not None)
    return max(scores, key=lambda start: scores[start]) if scores else None


def _is_whole(one: Line, other: Line, grey: Grey) -> bool:
    """Tell whether the line has no character more, and all it has lie within the photograph. Step 4.

    A character more is one that both readings see.
    """
    height, width = grey.shape
    inside = (one.middles > 0).all() and (one.middles < (width, height)).all()
    before, after = min(one.laid.before, other.laid.before), min(one.laid.after, other.laid.after)
    return bool(inside) and before < _STANDS and after < _STANDS


def _reading(
    lines: list[Line],
    again: list[Line],
    length: int,
    finer: Callable[[], Cutter],
    networks: MrzNetworks,
) -> MrzReading | Step:
    """Choose the characters. Steps 5 to 7."""
    kind = _format(
        np.exp(lines[0].laid.log_likelihoods[0]) + np.exp(again[0].laid.log_likelihoods[0]), length
    )
    read, agreed = [], True
    for number, (line, same) in enumerate(zip(lines, again, strict=True)):
        one, other = np.exp(line.laid.log_likelihoods), np.exp(same.laid.log_likelihoods)
        if min((one + other).sum(axis=1)) / 2 < _LEAST_PRESENCE:
            return Step.LINE_CUT_SHORT
        seen = look_closer(
            *(one, other, kind, number), finer=finer, row=line.row, characters_at=same.x, networks=networks
        )
        said = by_grammar(seen.one, seen.other, kind, number)
        if min(said.confidences) < (_LEAST_REPAIRED_CONFIDENCE if said.repairs else _LEAST_CONFIDENCE):
            return Step.CHARACTERS_NOT_CLEAR
        read.append(said)
        agreed &= seen.agreed and bool((seen.one.argmax(axis=1) == seen.other.argmax(axis=1)).all())
    for repair in by_check_digits(kind, read):
        read[repair.line].change(repair)
    corners = _corners(lines, again, length)
    return MrzReading(
        format=kind,
        lines=tuple(each.text for each in read),
        confidences=tuple(each.confidences for each in read),
        repairs=tuple(each.repairs[at] for each in read for at in sorted(each.repairs)),
        agreed=agreed,
        corners=tuple((float(x), float(y)) for x, y in corners),
        rotation_degrees=_quarter_turn(corners),
    )


def _format(first_place: Floats, length: int) -> MrzFormat:
    """Choose among the formats of one shape by the document code's first letter."""

    def likeliest(kind: MrzFormat) -> float:
        return max(float(first_place[CHARACTERS.index(each)]) for each in allowed_characters(kind, 0, 0))

    return max(formats_of_shape(LINES_OF[length], length), key=likeliest)


def _corners(lines: list[Line], again: list[Line], length: int) -> Doubles:
    """Find the corners of the block, by the homography that lays its characters nearest to where they are.

    Each reading places them to a column of the reader, a third of a character; both together are nearer.
    """
    rows = np.repeat(np.arange(len(lines)) * LINES_BY_PITCH, length)
    plan = np.stack([np.tile(np.arange(length) + 0.5, len(lines)), rows], axis=1)
    seen = np.concatenate(
        [(one.middles + other.middles) / 2 for one, other in zip(lines, again, strict=True)]
    )
    matrix, _ = cv2.findHomography(plan, seen)
    lowest = (len(lines) - 1) * LINES_BY_PITCH + 0.5
    block = np.array([[0, -0.5], [length, -0.5], [length, lowest], [0, lowest]])
    if matrix is None:
        matrix = np.eye(3)
    return cv2.perspectiveTransform(block[None], matrix)[0]


def _quarter_turn(corners: Doubles) -> int:
    across, down = corners[1] - corners[0]
    return round(float(np.degrees(np.arctan2(down, across))) / 90) % 4 * 90
