"""The cast of a demonstration, and every picture it needs.

Alice holds a line, Bo receives it, Mallory tries to take it; Carol and Dara are other people.
Run as `python -m lineproof.specimen.people DIRECTORY` to draw them all.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from lineproof.errors import Unavailable
from lineproof.specimen.document import draw_passport
from lineproof.specimen.face import Light, draw_face, draw_figure
from lineproof.specimen.fields import PassportFields, passport_fields
from lineproof.specimen.photograph import photograph, photograph_capture
from lineproof.specimen.pictures import write_whole

# Documents are dated from here, not from today, so that a drawing can be made again in any year.
SPECIMEN_DAY = date(2026, 1, 1)
PORTRAIT_PX, CAPTURE_PX = 512, 640


@dataclass(frozen=True, slots=True)
class Pose:
    """How somebody holds still for a capture: see draw_face."""

    yaw_degrees: float
    light: Light
    smile: float


@dataclass(frozen=True, slots=True)
class Person:
    """One synthetic person: the seed of the face, the entries of the passport, the pose of the capture."""

    name: str
    seed: int
    fields: PassportFields
    pose: Pose


def _person(name: str, *, seed: int, surname: str, pose: Pose) -> Person:
    fields = passport_fields(seed, today=SPECIMEN_DAY)
    born = replace(fields, surname=surname, given_names=name)
    return Person(name, seed, replace(born, issued_on=date(2024, 3, 14), expires_on=date(2034, 3, 14)), pose)


# Seeds chosen by measured distance, so that the demonstration shows what it says. Each document photograph
# against each capture through the project's own pipeline, cosine similarity of SFace:
#   the same person       Alice 0.83, Bo 0.91, Mallory 0.92, Carol 0.96, Dara 0.92
#   two different people  0.34 at most; Alice's document and Mallory's capture -0.01
ALICE = _person("Alice", seed=288, surname="Abelard", pose=Pose(6.0, Light.LEFT, 0.3))
BO = _person("Bo", seed=37, surname="Brannoch", pose=Pose(-6.0, Light.EVEN, 0.2))
MALLORY = _person("Mallory", seed=36, surname="Nordqvast", pose=Pose(5.0, Light.RIGHT, 0.2))
CAROL = _person("Carol", seed=455, surname="O'Tarrin", pose=Pose(-5.0, Light.EVEN, 0.4))
DARA = _person("Dara", seed=1047, surname="Penhallow-Ashdown", pose=Pose(7.0, Light.LEFT, 0.2))
CAST = (ALICE, BO, MALLORY, CAROL, DARA)

# Alice has renewed her passport: another number, and this issue leaves the personal number out.
ALICE_SECOND = replace(
    ALICE.fields,
    number="R20418833",
    personal_number="",
    issued_on=date(2025, 6, 2),
    expires_on=date(2035, 6, 2),
)
BO_EXPIRED = replace(BO.fields, number="H77120954", issued_on=date(2009, 9, 21), expires_on=date(2019, 9, 21))


@cache
def _portrait(seed: int) -> NDArray[np.uint8]:
    """Draw the portrait that all documents of one person share."""
    return draw_face(seed=seed, size_px=PORTRAIT_PX)


def draw_document(person: Person, *, fields: PassportFields | None = None) -> bytes:
    """Photograph a person's passport, or the same person's passport with other entries, as a JPEG."""
    entries = fields or person.fields
    page = draw_passport(fields=entries, portrait=_portrait(person.seed))
    return photograph(page, seed=int.from_bytes(entries.number.encode()))


def draw_capture(person: Person) -> bytes:
    """Photograph a person's face in the pose that is theirs, as a JPEG."""
    pose = person.pose
    figure = draw_figure(
        seed=person.seed, yaw_degrees=pose.yaw_degrees, light=pose.light, smile=pose.smile, size_px=CAPTURE_PX
    )
    return photograph_capture(figure, seed=person.seed)


def draw_cast(directory: Path) -> Mapping[str, Path]:
    """Draw every picture of the demonstration into a directory, made if need be, and say where each is.

    Keys are names without ending: `alice-document`, `alice-capture` and so on for each of the cast,
    `alice-second-document`, and `expired-document`, which was Bo's. The same pictures come out each
    time. Raises Unavailable when the directory cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"{directory} cannot be made.", remedy="Choose a folder that you may write to."
        ) from error
    pictures: dict[str, bytes] = {}
    for person in CAST:
        pictures[f"{person.name.lower()}-document"] = draw_document(person)
        pictures[f"{person.name.lower()}-capture"] = draw_capture(person)
    pictures["alice-second-document"] = draw_document(ALICE, fields=ALICE_SECOND)
    pictures["expired-document"] = draw_document(BO, fields=BO_EXPIRED)
    return MappingProxyType(
        {name: write_whole(directory / f"{name}.jpg", data) for name, data in pictures.items()}
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m lineproof.specimen.people DIRECTORY")
    for drawn in draw_cast(Path(sys.argv[1])).values():
        sys.stdout.write(f"{drawn}\n")
