"""A reading is drawn so that a person sees what was found, read and doubted: no pixel of the photograph."""

import uuid
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from lineproof.cli.explain import draw_reading, write_drawing
from lineproof.decision.finding import Check, failed, passed
from lineproof.decision.reasons import CATALOGUE, ReasonCode
from lineproof.errors import Unavailable
from lineproof.ports import Examination, SeenZone
from lineproof.terms import SessionId

ZONE = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
SEEN = SeenZone(
    2000, 1500, ((300, 900), (1620, 960), (1610, 1070), (295, 1000)), ("9" * 44, "9" * 10 + "3" + "9" * 33)
)
SVG = "{http://www.w3.org/2000/svg}"


def an_examination(**fields: object) -> Examination:
    usual = {
        "session": SessionId(uuid.UUID(int=1)),
        "attested_document": False,
        "findings": (passed(Check.DOCUMENT_READ),),
        "zone": ZONE,
        "repaired": ((1, 15),),
        "milliseconds": {},
        "seen": SEEN,
    }
    return Examination(**{**usual, **fields})


def characters(drawing: str) -> list[ET.Element]:
    return [each for each in ET.fromstring(drawing).iter(f"{SVG}text") if each.get("text-anchor") == "middle"]


def test_every_character_of_the_zone_is_drawn_where_it_was_seen():
    drawn = characters(draw_reading(an_examination()))
    assert "".join(each.text or "" for each in drawn) == "".join(ZONE)
    first = drawn[0].get("transform") or ""
    x, y = (float(each) for each in first.split("(")[1].split(")")[0].split())
    assert 300 < x < 340
    assert 900 < y < 940


def test_what_is_doubted_or_changed_is_drawn_otherwise_than_what_is_sure():
    drawn = characters(draw_reading(an_examination()))
    sure, doubted, changed = drawn[0].get("fill"), drawn[44 + 10].get("fill"), drawn[44 + 15].get("fill")
    assert len({sure, doubted, changed}) == 3
    assert {each.get("fill") for at, each in enumerate(drawn) if at not in {54, 59}} == {sure}


def test_a_drawing_holds_no_picture():
    tags = {each.tag for each in ET.fromstring(draw_reading(an_examination())).iter()}
    assert tags == {f"{SVG}{name}" for name in ("svg", "title", "rect", "polygon", "text")}


def test_what_could_not_be_read_says_what_to_do():
    finding = failed(Check.DOCUMENT_READ, ReasonCode.DOCUMENT_LINE_CUT_SHORT)
    drawing = draw_reading(an_examination(zone=None, seen=None, repaired=(), findings=(finding,)))
    texts = [each.text for each in ET.fromstring(drawing).iter(f"{SVG}text")]
    reason = CATALOGUE[ReasonCode.DOCUMENT_LINE_CUT_SHORT]
    assert texts == [reason.says, reason.remedy]


def test_a_file_that_cannot_be_written_is_an_error_that_says_so(tmp_path: Path):
    with pytest.raises(Unavailable, match="cannot be written"):
        write_drawing(tmp_path / "nowhere" / "out.svg", an_examination())
