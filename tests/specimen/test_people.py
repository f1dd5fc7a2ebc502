"""The cast of the demonstration."""

from pathlib import Path

import cv2
import pytest

from lineproof.errors import Unavailable
from lineproof.specimen.mrz import compose_mrz
from lineproof.specimen.people import ALICE, ALICE_SECOND, BO_EXPIRED, CAST, SPECIMEN_DAY, draw_cast


@pytest.mark.long
def test_every_picture_of_the_cast_is_drawn(tmp_path: Path):
    drawn = draw_cast(tmp_path / "cast")
    people = [person.name.lower() for person in CAST]
    expected = {f"{name}-{kind}" for name in people for kind in ("document", "capture")}
    assert set(drawn) == expected | {"alice-second-document", "expired-document"}
    assert all(path == tmp_path / "cast" / f"{name}.jpg" for name, path in drawn.items())
    heights = {name: cv2.imread(str(path)).shape[0] for name, path in drawn.items()}
    assert min(heights.values()) >= 700


def test_names_numbers_and_seeds_are_all_different():
    assert len({person.seed for person in CAST}) == len({person.name for person in CAST}) == 5
    assert len({fields.number for fields in (*(p.fields for p in CAST), ALICE_SECOND, BO_EXPIRED)}) == 7


def test_alices_second_passport_names_the_same_person():
    first, second = compose_mrz(ALICE.fields), compose_mrz(ALICE_SECOND)
    assert first[0] == second[0]
    assert first[1][:10] != second[1][:10]
    assert first[1][13:20] == second[1][13:20]


def test_only_the_expired_passport_is_past_its_date():
    assert BO_EXPIRED.expires_on < SPECIMEN_DAY
    assert all(person.fields.expires_on > SPECIMEN_DAY for person in CAST)


def test_folder_that_cannot_be_made_is_unavailable(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        draw_cast(tmp_path / "file")
