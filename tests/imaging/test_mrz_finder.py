"""Lines of which the finder saw a part are followed to their ends, and only those."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from lineproof.imaging import mrz_finder
from lineproof.imaging.decode import decode
from lineproof.imaging.mrz_finder import LOOKS, Region, find_regions, place_in
from lineproof.imaging.mrz_networks import load_mrz_networks
from lineproof.imaging.mrz_rows import ZonePlace
from lineproof.imaging.pyramid import Pyramid
from lineproof.specimen.camera_levels import MODERATE
from lineproof.specimen.held_out import specimen_photograph


def a_photograph(number: int) -> Pyramid:
    """Take a specimen's photograph."""
    image = decode(specimen_photograph(MODERATE, number).jpeg)
    return Pyramid(cv2.cvtColor(image.pixels, cv2.COLOR_RGB2GRAY))


def part(region: Region, *, first: float, last: float) -> Region:
    """Give a part of a region along its length, from and to, 0 to 1."""
    middle = region.middle + region.direction * region.length * ((first + last) / 2 - 0.5)
    return replace(region, middle=middle, length=region.length * (last - first))


def ends(place: ZonePlace) -> np.ndarray:
    """Give the left end and the right end of the first line, in the photograph."""
    at = np.array([place.left, place.right])
    return place.point(at, np.polyval(place.rows[0], at))


@pytest.mark.parametrize(("first", "last"), [(0, 0.6), (0.4, 1), (0.2, 0.8)])
def test_lines_seen_in_part_are_followed_to_their_ends(first: float, last: float) -> None:
    """Of a card's thirty large characters a part may be too large to be taken for lines."""
    followed = [is_followed(number, first=first, last=last) for number in range(12)]
    assert sum(followed) >= 11


def is_followed(number: int, *, first: float, last: float) -> bool:
    """Tell whether a part of a photograph's region gives the same lines as the whole of it."""
    photo, networks = a_photograph(number), load_mrz_networks()
    region = find_regions(photo, networks, look=LOOKS[0])[0]
    whole = place_in(photo, region, networks)
    of_part = place_in(photo, part(region, first=first, last=last), networks)
    assert whole is not None
    if of_part is None:
        return False
    return bool(np.linalg.norm(ends(of_part) - ends(whole), axis=1).max() < 0.04 * whole.length)


@pytest.mark.parametrize("number", range(3))
def test_lines_seen_whole_are_looked_at_once(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    photo, networks = a_photograph(number), load_mrz_networks()
    region = find_regions(photo, networks, look=LOOKS[0])[0]
    looks: list[Region] = []
    look = mrz_finder._look

    def counted(*given: object) -> ZonePlace | None:
        looks.append(given[1])
        return look(*given)

    monkeypatch.setattr(mrz_finder, "_look", counted)
    assert place_in(photo, region, networks) is not None
    assert len(looks) == 1
