"""What a notice must contain."""

import pytest

from lineproof.line.notice import NOTICES, NoticeKind, NoticeText

WHOLE = {"subject": "A line", "happened": "It was.", "remedy": "Do this.", "objection": "Object so."}


def test_every_kind_of_notice_has_its_sentences():
    assert set(NOTICES) == set(NoticeKind)


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_notice_says_what_happened_what_to_do_and_how_to_object(kind: NoticeKind):
    notice = NOTICES[kind]
    assert notice.text.split("\n\n") == [notice.happened, notice.remedy, notice.objection]
    assert all(sentence.endswith(".") for sentence in (notice.happened, notice.remedy, notice.objection))
    assert not notice.subject.endswith(".")


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_notice_names_the_counter_as_a_place_to_object(kind: NoticeKind):
    assert "counter" in NOTICES[kind].objection


@pytest.mark.parametrize("field", WHOLE)
def test_notice_that_leaves_a_part_out_cannot_be_made(field: str):
    with pytest.raises(ValueError, match="what happened, what to do and how to object"):
        NoticeText(**WHOLE | {field: ""})
