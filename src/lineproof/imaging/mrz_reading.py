"""Read the machine readable zone of any ICAO document in a photograph, and say how surely (Doc 9303-3 to -7).

    1. find: places where a zone may be, and how its lines run (mrz_finder, mrz_rows)
    2. shape: which way up, how many lines, how long: 3 of 30, 2 of 36 or 2 of 44
    3. characters: each line is cut out and laid; evenly along its characters it is cut again, so that it is
       read twice, at two sizes (mrz_strips, mrz_networks, mrz_lattice)
    4. length: exactly as many characters as the shape has, none beside them, all within the photograph
    5. O and 0 are told apart by a closer look (mrz_teller)
    6. grammar: where the standard forbids the likeliest character, the likeliest allowed one is taken and the
       change reported as a repair, with its place
    7. another zone in view, of a second document, is reported

Nothing is padded, cut or guessed. No check digit is looked at here, for one that had a part in the reading
could not vouch for it; so no character is ever changed for a check digit's sake, G to 6, L to 1 and U to 0
least of all.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.document.mrz_format import MrzFormat, allowed_characters, formats_of_shape
from lineproof.imaging.decode import DecodedImage
from lineproof.imaging.mrz_finder import LOOKS, Region, find_regions, place_in
from lineproof.imaging.mrz_lattice import Counted, Laid, count_characters, lay
from lineproof.imaging.mrz_networks import (
    CHARACTERS,
    PATCH_CAPITAL_PX,
    STRIP_CAPITAL_PX,
    STRIP_STEP_PX,
    MrzNetworks,
    load_mrz_networks,
)
from lineproof.imaging.mrz_outcome import MrzReading, NotRead, Repair, Step
from lineproof.imaging.mrz_rows import CAPITAL_BY_PITCH, LINES_BY_PITCH, ZonePlace
from lineproof.imaging.mrz_strips import Cutter, Strip, cutter
from lineproof.imaging.mrz_teller import ALIKE, tell_apart

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Grey = NDArray[np.uint8]

LENGTHS = (30, 36, 44)
LINES_OF = {30: 3, 36: 2, 44: 2}
# Size of capitals in the two readings, by what is usual; further out, in forty-fourths of a line.
FIRST_SIZE, SECOND_SIZE = 1.0, 0.9
_FURTHER_OUT = 7.0
# Less sure of its characters than this on average, or fewer of them, and what was found is no text of a zone.
_LEAST_SURENESS, _FEWEST_CHARACTERS = 0.55, 14
_LINE_SURENESS = 0.4
_COUNT_OFF = 1  # by which a count may miss the length that the line was cut for and still speak for it
_STANDS = 0.5  # more sure than this of another character beside a line, and the line is not whole
_LEAST_CONFIDENCE, _LEAST_REPAIRED_CONFIDENCE = 0.10, 0.03
_LEAST_PRESENCE = 0.3  # of any character at all; less, and it is covered or was never there
_CLEAR = 0.9  # every character of a line that need not be cut anew
_MOST_READINGS, _MOST_FAILURES = 3, 4
_LIKE_THE_FIRST = 0.35  # belief in the region of a second zone, by that in the first


@dataclass(frozen=True, slots=True)
class _Line:
    """One line as cut and laid.

    x: of its characters' middles along the line, (n,); middles: where they are in the photograph, (n, 2).
    """

    row: int
    laid: Laid
    x: Doubles
    middles: Doubles


@dataclass(frozen=True, slots=True)
class _Shape:
    """How long the lines of a zone are and which way up, and the line that said so."""

    length: int
    upside_down: bool
    cutting: Cutter
    line: _Line


def read_mrz(image: DecodedImage, networks: MrzNetworks | None = None) -> MrzReading | NotRead:
    """Find and read the zone of a document, lying any way up, or say which step failed.

    networks: loaded before a process is confined, see `load_mrz_networks`; None loads them.
    """
    networks = load_mrz_networks() if networks is None else networks
    grey = cv2.cvtColor(image.pixels, cv2.COLOR_RGB2GRAY)
    best: MrzReading | None = None
    failures: list[Step] = []
    tried: list[Region] = []
    readings = 0
    for look in LOOKS:
        regions = find_regions(grey, networks, look=look)
        for at, region in enumerate(regions):
            if any(region.is_like(each) for each in tried):
                continue
            tried.append(region)
            outcome = _read_region(grey, region, networks)
            if outcome is None:
                continue
            readings += 1
            if isinstance(outcome, Step):
                failures.append(outcome)
                if best is None and len(failures) == _MOST_FAILURES:
                    return NotRead(step=max(failures, key=list(Step).index))
                continue
            if best is None or outcome.least_confidence > best.least_confidence:
                others = [each for number, each in enumerate(regions) if number != at]
                best = replace(outcome, second_zone=_second(grey, region, others, networks))
            if best.is_sure or readings >= _MOST_READINGS:
                return _in_original(best, image.scale)
    if best is not None:
        return _in_original(best, image.scale)
    return NotRead(step=max(failures, key=list(Step).index, default=Step.ZONE_NOT_FOUND))


def _second(grey: Grey, first: Region, others: list[Region], networks: MrzNetworks) -> bool:
    """Tell whether another region holds a zone as well. Step 7."""
    for region in others:
        apart = np.linalg.norm(region.middle - first.middle)
        if region.belief < _LIKE_THE_FIRST * first.belief or apart < first.width:
            continue
        if isinstance(_read_region(grey, region, networks), MrzReading):
            return True
    return False


def _read_region(grey: Grey, region: Region, networks: MrzNetworks) -> MrzReading | Step | None:
    """Read what a region holds; None if it is no text of a zone.

    What was not seen whole is read once more, further out at both ends: the finder may have lost the ends.
    """
    place = place_in(grey, region, networks)
    if place is None:
        return None
    outcome = _read_place(grey, place, networks)
    if outcome is Step.LINE_CUT_SHORT:
        again = _read_place(grey, place.stretched(_FURTHER_OUT), networks)
        return again if isinstance(again, MrzReading) else outcome
    return outcome


def _read_place(grey: Grey, place: ZonePlace, networks: MrzNetworks) -> MrzReading | Step | None:
    """Read the lines of one place. Steps 2 to 6."""
    shape = _shape(grey, place, networks)
    if shape is None:
        return None
    length, upside_down = shape.length, shape.upside_down
    cutting = shape.cutting
    if len(place.rows) < LINES_OF[length]:
        cutting = cutter(grey, place.with_neighbours(), characters=length)
    rows = list(range(len(cutting.place.rows)))[:: -1 if upside_down else 1]
    first = [
        shape.line
        if cutting is shape.cutting and row == shape.line.row
        else _lay(row, cutting.strip(row, characters=length, upside_down=upside_down), length, networks)
        for row in rows
    ]
    start = _best_window(first, LINES_OF[length])
    if start is None:
        return Step.LINE_CUT_SHORT
    lines = [each for each in first[start : start + LINES_OF[length]] if each is not None]
    # The first reading says where the characters are. Unless it is clear, they are cut evenly and read anew.
    one = lines if all(map(_is_clear, lines)) else _read_again(cutting, lines, networks, size=FIRST_SIZE)
    other = one and _read_again(cutting, one, networks, size=SECOND_SIZE)
    if not one or not other:
        return Step.CHARACTERS_NOT_CLEAR
    if not all(_is_whole(*pair, grey) for pair in zip(one, other, strict=True)):
        return Step.LINE_CUT_SHORT
    finer = cutter(grey, cutting.place, characters=length, capital_px=PATCH_CAPITAL_PX)
    return _reading(one, other, length, finer, networks)


def _is_clear(line: _Line) -> bool:
    """Tell whether every character was seen well; which of O and 0 one is, is asked elsewhere."""
    belief = np.exp(line.laid.log_likelihoods)
    alike = [CHARACTERS.index(each) for each in ALIKE]
    return bool(np.maximum(belief.max(axis=1), belief[:, alike].sum(axis=1)).min() > _CLEAR)


def _read_again(
    cutting: Cutter, lines: list[_Line], networks: MrzNetworks, *, size: float
) -> list[_Line] | None:
    """Read lines again, evenly along their characters; None if one is lost. Step 3."""
    again = []
    for line in lines:
        strip = cutting.strip_through(line.row, line.x, size=size)
        laid = _laid(line.row, strip, networks.log_likelihoods(strip.pixels), len(line.x), size=size)
        if laid is None:
            return None
        again.append(laid)
    return again


def _shape(grey: Grey, place: ZonePlace, networks: MrzNetworks) -> _Shape | None:
    """Say how long the lines are and whether they are upside down; None if this is no zone. Step 2.

    The reader counts well only what is cut at about the right size. So a line is cut for the likeliest length
    first, and for the others as long as its count speaks against the length it was cut for.
    """
    seen = [row for row, there in enumerate(place.seen) if there]
    row = seen[len(seen) // 2]
    found: list[tuple[int, float, _Shape]] = []
    ways = (False, True)
    for length in _likeliest_lengths(place, lines=len(seen)):
        cutting = cutter(grey, place, characters=length)
        read = [_read_way(cutting, row, length, networks, upside_down=way) for way in ways]
        strip, log_likelihoods, counted, way = max(
            read, key=lambda each: each[2].sureness * min(1, each[2].characters / 20)
        )
        if counted.characters < _FEWEST_CHARACTERS or counted.sureness < _LEAST_SURENESS:
            continue
        ways = (way,)
        line = _laid(row, strip, log_likelihoods, length)
        if line is None:
            continue
        off = abs(counted.room - length)
        found.append((off, -counted.sureness, _Shape(length, way, cutting, line)))
        if off <= _COUNT_OFF:
            break
    return min(found, key=lambda each: each[:2])[2] if found else None


def _read_way(
    cutting: Cutter,
    row: int,
    length: int,
    networks: MrzNetworks,
    *,
    upside_down: bool,
) -> tuple[Strip, Floats, Counted, bool]:
    strip = cutting.strip(row, characters=length, upside_down=upside_down)
    log_likelihoods = networks.log_likelihoods(strip.pixels)
    return strip, log_likelihoods, count_characters(log_likelihoods), upside_down


def _likeliest_lengths(place: ZonePlace, *, lines: int) -> list[int]:
    """Order the lengths by how well they fit the height of the lines; three lines are a card's."""
    by_height = place.length * CAPITAL_BY_PITCH / place.capital_px
    card, *others = LENGTHS
    others.sort(key=lambda each: abs(np.log(each / by_height)))
    return [card, *others] if lines > LINES_OF[others[0]] else [*others, card]


def _lay(row: int, strip: Strip, length: int, networks: MrzNetworks) -> _Line | None:
    """Read one row for the first time; None where it holds no line. Step 3."""
    log_likelihoods = networks.log_likelihoods(strip.pixels)
    counted = count_characters(log_likelihoods)
    if counted.characters < _FEWEST_CHARACTERS or counted.sureness < _LINE_SURENESS:
        return None
    return _laid(row, strip, log_likelihoods, length)


def _laid(
    row: int, strip: Strip, log_likelihoods: Floats, length: int, *, size: float = FIRST_SIZE
) -> _Line | None:
    laid = lay(log_likelihoods, length, pitch=_pitch(size))
    if laid is None:
        return None
    columns = laid.columns * STRIP_STEP_PX + STRIP_STEP_PX // 2
    return _Line(row=row, laid=laid, x=strip.x[columns], middles=strip.middles[columns])


def _pitch(size: float) -> float:
    """Return how many of the reader's columns a character takes."""
    return STRIP_CAPITAL_PX * size / CAPITAL_BY_PITCH / STRIP_STEP_PX


def _best_window(lines: list[_Line | None], wanted: int) -> int | None:
    """Choose which neighbouring lines are the zone's, as all that were laid may not be."""
    scores = {}
    for start in range(len(lines) - wanted + 1):
        window = lines[start : start + wanted]
        if all(window):
            scores[start] = min(line.laid.score for line in window if line is not None)
    return max(scores, key=lambda start: scores[start]) if scores else None


def _is_whole(one: _Line, other: _Line, grey: Grey) -> bool:
    """Tell whether the line has no character more, and all it has lie within the photograph. Step 4.

    A character more is one that both readings see.
    """
    height, width = grey.shape
    inside = (one.middles > 0).all() and (one.middles < (width, height)).all()
    before, after = min(one.laid.before, other.laid.before), min(one.laid.after, other.laid.after)
    return bool(inside) and before < _STANDS and after < _STANDS


def _reading(
    lines: list[_Line], again: list[_Line], length: int, finer: Cutter, networks: MrzNetworks
) -> MrzReading | Step:
    """Choose the characters. Steps 5 and 6."""
    kind = _format(
        np.exp(lines[0].laid.log_likelihoods[0]) + np.exp(again[0].laid.log_likelihoods[0]), length
    )
    texts, confidences, repairs, agreed = [], [], [], True
    for number, (line, same) in enumerate(zip(lines, again, strict=True)):
        one, other = np.exp(line.laid.log_likelihoods), np.exp(same.laid.log_likelihoods)
        if min((one + other).sum(axis=1)) / 2 < _LEAST_PRESENCE:
            return Step.LINE_CUT_SHORT
        one, other = tell_apart(
            *(one, other, kind, number), cutting=finer, row=line.row, characters_at=same.x, networks=networks
        )
        text, sureness, changed = by_grammar(one, other, kind, number)
        if min(sureness) < (_LEAST_REPAIRED_CONFIDENCE if changed else _LEAST_CONFIDENCE):
            return Step.CHARACTERS_NOT_CLEAR
        texts.append(text)
        confidences.append(sureness)
        repairs += changed
        agreed &= bool((one.argmax(axis=1) == other.argmax(axis=1)).all())
    corners = _corners(lines, length)
    return MrzReading(
        format=kind,
        lines=tuple(texts),
        confidences=tuple(confidences),
        repairs=tuple(repairs),
        agreed=agreed,
        corners=tuple((float(x), float(y)) for x, y in corners),
        rotation_degrees=_quarter_turn(corners),
    )


def _format(first_place: Floats, length: int) -> MrzFormat:
    """Choose among the formats of one shape by the document code's first letter."""

    def likeliest(kind: MrzFormat) -> float:
        return max(float(first_place[CHARACTERS.index(each)]) for each in allowed_characters(kind, 0, 0))

    return max(formats_of_shape(LINES_OF[length], length), key=likeliest)


def by_grammar(
    one: Floats, other: Floats, kind: MrzFormat, line: int
) -> tuple[str, tuple[float, ...], list[Repair]]:
    """Take the likeliest character at each place, or where the grammar forbids it the likeliest it allows.

    one, other: the belief of each reading in each of CHARACTERS at each place of this line, (n, 37). Returns
    the text, the confidence of each character, and what was changed.
    """
    text, confidences, repairs = "", [], []
    for position, belief in enumerate(one + other):
        allowed = [CHARACTERS.index(each) for each in allowed_characters(kind, line, position)]
        seen = int(belief.argmax())
        taken = seen if seen in allowed else max(allowed, key=lambda at: float(belief[at]))
        if taken != seen:
            repairs.append(Repair(line, position, CHARACTERS[seen], CHARACTERS[taken]))
        text += CHARACTERS[taken]
        confidences.append(float(min(one[position, taken], other[position, taken])))
    return text, tuple(confidences), repairs


def _corners(lines: list[_Line], length: int) -> Doubles:
    """Find the corners of the block, by the homography that lays its characters nearest to where they are."""
    rows = np.repeat(np.arange(len(lines)) * LINES_BY_PITCH, length)
    plan = np.stack([np.tile(np.arange(length) + 0.5, len(lines)), rows], axis=1)
    seen = np.concatenate([line.middles for line in lines])
    matrix, _ = cv2.findHomography(plan, seen)
    lowest = (len(lines) - 1) * LINES_BY_PITCH + 0.5
    block = np.array([[0, -0.5], [length, -0.5], [length, lowest], [0, lowest]])
    if matrix is None:
        matrix = np.eye(3)
    return cv2.perspectiveTransform(block[None], matrix)[0]


def _quarter_turn(corners: Doubles) -> int:
    across, down = corners[1] - corners[0]
    return round(float(np.degrees(np.arctan2(down, across))) / 90) % 4 * 90


def _in_original(reading: MrzReading, scale: float) -> MrzReading:
    """Give places in the photograph as it was before its reduction."""
    return replace(reading, corners=tuple((x / scale, y / scale) for x, y in reading.corners))
