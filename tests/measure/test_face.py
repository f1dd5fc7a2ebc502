"""From a list of pairs to a report, on drawn people: what is counted, and that nothing is left behind."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from lineproof.errors import LineproofError, Malformed
from lineproof.measure.as_json import report_json
from lineproof.measure.face import Asked, measure_face
from tests.fakes.drawn_people import NAMES, DrawnPeople

PEOPLE = len(NAMES)
PHOTOGRAPHS = 2 * PEOPLE


@pytest.fixture
def asked(drawn_people: DrawnPeople) -> Asked:
    """The drawn people's own pairs, in one process, with few replicates."""
    return Asked(
        pairs=drawn_people.pairs,
        images=drawn_people.images,
        groups=None,
        all_pairs=False,
        seed=1,
        processes=1,
        replicates=50,
    )


@pytest.fixture
def own_images(drawn_people: DrawnPeople, tmp_path: Path) -> Path:
    """A copy of the images, to spoil."""
    return shutil.copytree(drawn_people.images, tmp_path / "images")


def text(report) -> str:
    return json.dumps(report_json(report), ensure_ascii=False)


def test_listed_pairs_are_counted_and_a_photograph_without_a_face_is_a_failure_and_no_error(
    asked: Asked, own_images: Path
):
    grey = cv2.imencode(".jpg", np.full((300, 300, 3), 128, np.uint8))[1].tobytes()
    (own_images / NAMES[0] / f"{NAMES[0]}_0001.jpg").write_bytes(grey)
    report = measure_face(replace(asked, images=own_images))
    counts = report.counts
    assert (counts.photographs, counts.identities, counts.genuine_identities) == (
        PHOTOGRAPHS,
        PEOPLE,
        PEOPLE - 1,
    )
    assert (counts.references, counts.probes) == (PEOPLE, PEOPLE)
    assert (counts.failed_to_enrol, counts.failed_to_acquire) == (1, 0)
    assert (counts.genuine_intended, counts.genuine_completed) == (PEOPLE, PEOPLE - 1)
    assert (counts.impostor_intended, counts.impostor_completed) == (PEOPLE, PEOPLE - 1)
    assert report_json(report)["failure_to_enrol"] == pytest.approx(1 / PEOPLE, rel=1e-5)
    misses = report.claims[0].measured.misses
    expected = (misses.per_pair.value * (PEOPLE - 1) + 1) / PEOPLE
    assert misses.generalized_per_pair.value == pytest.approx(expected)


def test_everybody_is_compared_and_nothing_is_said_of_anybody_or_left_behind(
    asked: Asked, drawn_people: DrawnPeople, tmp_path: Path, monkeypatch, capfd
):
    groups = drawn_people.groups(tmp_path / "groups.csv", first=PEOPLE - 1)
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    monkeypatch.setenv("TMPDIR", str(empty))
    before = sorted(drawn_people.images.rglob("*"))
    stages = []

    def stage(name):
        stages.append(name)
        return lambda done, of: stages.append((done, of))

    report = measure_face(replace(asked, all_pairs=True, groups=groups, processes=2), stage=stage)
    every = PHOTOGRAPHS * (PHOTOGRAPHS - 1) // 2
    assert (report.counts.genuine_completed, report.counts.impostor_completed) == (PEOPLE, every - PEOPLE)
    (each,) = report.groups.at_thresholds
    assert [(group.group, group.identities) for group in each.groups] == [("north", PEOPLE - 1)]
    assert (report.groups.suppressed_groups, report.groups.suppressed_identities) == (1, 1)
    assert [name for name in stages if isinstance(name, str)] == [
        *("measuring photographs", "comparing", "resampling people", "resampling groups"),
    ]
    assert {(PHOTOGRAPHS, PHOTOGRAPHS), (every, every), (50, 50)} <= set(stages)
    assert not [name for name in NAMES if name in text(report)]
    assert list(empty.iterdir()) == []
    assert sorted(drawn_people.images.rglob("*")) == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("content", "words", "processes"),
    [(b"This is a letter.", "This is not a JPEG", 1), (None, "damaged or incomplete", 2)],
    ids=["letter", "half"],
)
def test_broken_photograph_is_told_by_its_line_and_not_by_its_name(
    asked: Asked, own_images: Path, content: bytes | None, words: str, processes: int
):
    path = own_images / NAMES[0] / f"{NAMES[0]}_0002.jpg"
    path.write_bytes(path.read_bytes()[:4000] if content is None else content)
    with pytest.raises(Malformed) as refused:
        measure_face(replace(asked, images=own_images, processes=processes))
    assert refused.value.what.startswith(f"{asked.pairs}, line 2: the second photograph cannot be used.")
    assert words in refused.value.what
    assert refused.value.remedy
    assert NAMES[0] not in str(refused.value)


def test_lists_are_checked_before_anything_is_measured(asked: Asked, tmp_path: Path):
    def stage(name):
        raise AssertionError(name)

    bad = tmp_path / "bad"
    bad.write_text("identity,group\nNobody,north\n")
    for wrong in (
        replace(asked, pairs=bad),
        replace(asked, images=tmp_path),
        replace(asked, groups=bad),
        replace(asked, pairs=tmp_path / "nowhere"),
    ):
        with pytest.raises(LineproofError):
            measure_face(wrong, stage=stage)
