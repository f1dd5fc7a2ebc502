"""How often does each species of attack meet the head-turn challenge, and how often do people not meet it?

Draws heads that turn, and attacks of each species, for challenges drawn as the server draws them; measures
their frames and applies the rules. Prints, in the terms of ISO/IEC 30107-3, the attack presentation
classification error rate (APCER) of each species and the bona fide presentation classification error rate
(BPCER), with counts, exact 95 % intervals and the rules that were not met. SYNTHETIC: drawn heads and
simulated attacks. It is no test of presentation attack detection, and no level follows from it.

Limits were chosen on seeds below REPORTED_FROM; the figures are of the seeds from there on. A presentation is
measured prompt by prompt and left as soon as a rule is not met, which nothing later could mend: so the rules
that are named are those that had been missed by then.

Ends with 1 when people or a species that is promised to be stopped are misjudged more often than STATED.

    python -m bench.liveness [--subjects N] [--seed S] [--species NAME ...] [--data DIR]
"""

import argparse
import hashlib
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from lineproof.face.challenge import Challenge, draw_challenge
from lineproof.face.liveness import LiveRule, rules_not_met
from lineproof.face.turn_record import Frame, LivenessLimits, TurnRecord, limits_for
from lineproof.face.turning import frontal_offset
from lineproof.specimen.motion import Cue
from lineproof.specimen.presentation import Species, TimedShot, draw_presentation
from lineproof.terms import SessionId

if TYPE_CHECKING:
    from lineproof.imaging.models import FaceModels

REPORTED_FROM = 10_000
SUBJECTS = 40
ISSUED_AT = datetime(2026, 1, 1, tzinfo=UTC)
# A photograph in which the nose lies no farther from the middle line looks straight ahead; in eye distances.
STRAIGHT_AHEAD = 0.08
# What an interval of 95 % leaves out at either end.
TAIL = 0.025
# Which frame is the still, and how long a frame takes from the camera to the server.
STILL, DELAY_MS = 1, 150
# The species that show a photograph as it is, and can show a real one.
SHOWING_A_PHOTOGRAPH = (
    *(Species.STILL, Species.PRINT_TURNED, Species.PRINT_TILTED, Species.PRINT_BENT, Species.PRINT_FOLDED),
    *(Species.CUT_OUT, Species.SCREEN_STILL),
)
# What is said in docs/trust.md: the largest share of people, and of each of these species, that is misjudged.
STATED = {
    Species.BONA_FIDE: 0.2,
    Species.PRINT_BENT: 0.1,  # the tighter the bend, the more it is like a head
    **dict.fromkeys(
        (
            *(Species.STILL, Species.NOSE_WARP, Species.PRINT_TURNED, Species.PRINT_TILTED),
            *(Species.CUT_OUT, Species.SCREEN_STILL, Species.SLIDE_SHOW, Species.WRONG_ORDER),
            *(Species.SWAP, Species.SPLICE, Species.REPLAY_OTHER),
        ),
        0.05,
    ),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One presentation, and the rules that it does not meet."""

    species: Species
    missed: tuple[LiveRule, ...]

    @property
    def is_misjudged(self) -> bool:
        """Tell whether a person is not taken for one, or an attack is."""
        return bool(self.missed) is (self.species is Species.BONA_FIDE)


def main() -> int:
    """Run the measurement and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--subjects", type=int, default=SUBJECTS, help="presentations of each species")
    parser.add_argument("--seed", type=int, default=REPORTED_FROM, help="the first seed")
    parser.add_argument("--species", nargs="+", type=Species, default=list(Species), metavar="NAME")
    parser.add_argument(
        "--data",
        type=Path,
        help="a folder with images/NAME/*.jpg: the photographs that are shown, not drawn ones",
    )
    options = parser.parse_args()
    began = time.process_time()
    species = [each for each in options.species if options.data is None or each in SHOWING_A_PHOTOGRAPH]
    models = load_models()
    developing = options.seed < REPORTED_FROM
    photographs = (
        None
        if options.data is None
        else read_photographs(options.data, options.subjects, models, developing=developing)
    )
    if photographs is not None and len(photographs) < options.subjects:
        print(f"bench.liveness: {options.data} has no {options.subjects} people who look straight ahead.")
        return 2
    seeds = range(options.seed, options.seed + options.subjects)
    trials = list(measure_all(species, seeds, photographs, models))
    shown = "drawn heads" if photographs is None else "photographs of real people, shown by simulated attacks"
    print(f"SYNTHETIC ({shown}). No level of ISO/IEC 30107-3 follows from these figures.")
    print(f"Model pack {models.pack.name}; seeds {seeds.start} to {seeds.stop - 1}.\n")
    print(*table(trials), sep="\n")
    print(f"\n{len(trials)} presentations in {time.process_time() - began:.0f} s of one core.")
    return 0 if is_as_stated(trials) else 1


def load_models() -> "FaceModels":
    """Load the default model pack, for one thread."""
    import cv2

    from lineproof.imaging.models import load

    cv2.setNumThreads(1)
    return load()


def read_photographs(
    data: Path, count: int, models: "FaceModels", *, developing: bool
) -> list[NDArray[np.uint8]]:
    """Read photographs of so many people who look straight ahead, alone, taken evenly from all.

    developing: from every second person; the figures that are reported are of the others.
    """
    from lineproof.imaging.turn import TimedImage, measure_turn
    from lineproof.specimen.pictures import read_picture

    people = sorted(path for path in (data / "images").iterdir() if path.is_dir())[developing::2]
    evenly = [person for start in range(5) for person in people[start :: max(5, len(people) // count)]]
    chosen: list[NDArray[np.uint8]] = []
    for person in evenly:
        if len(chosen) == count:
            break
        whole = read_picture(min(person.glob("*.jpg")))
        edge = whole.shape[0] * 7 // 50  # the face fills as much of what is left as of a drawn picture
        picture = np.ascontiguousarray(whole[edge:-edge, edge:-edge])
        (frame,) = measure_turn([TimedImage(0, 0, picture)], models, still=0).frames
        if (
            frame.seen
            and frame.seen.rival == 0
            and abs(frontal_offset(frame.seen.landmarks)) <= STRAIGHT_AHEAD
        ):
            chosen.append(picture)
    return chosen


def measure_all(
    species: Sequence[Species],
    seeds: Sequence[int],
    photographs: Sequence[NDArray[np.uint8]] | None,
    models: "FaceModels",
) -> Iterator[Trial]:
    """Draw and measure every presentation, a subject at a time."""
    limits = limits_for(models.pack.calibration)
    for number, seed in enumerate(seeds):
        for kind in species:
            challenge = challenge_of(seed, kind)
            shots = draw_presentation(
                kind,
                [Cue(prompt.shown_at_ms, prompt.side.in_image) for prompt in challenge.prompts],
                ends_at_ms=challenge.ends_at_ms,
                seed=seed,
                photograph=None if photographs is None else photographs[number],
            )
            yield Trial(kind, missed_by(shots, challenge, models, limits))
        print(f"subject {number + 1} of {len(seeds)}", end="\r", file=sys.stderr)


def challenge_of(seed: int, species: Species) -> Challenge:
    """Draw the challenge of one presentation; another one for each species."""
    entropy = hashlib.sha256(f"{seed} {species.value}".encode()).digest()
    return draw_challenge(SessionId(UUID(bytes=entropy[:16])), entropy=entropy, now=ISSUED_AT)


def missed_by(
    shots: Iterator[TimedShot], challenge: Challenge, models: "FaceModels", limits: LivenessLimits
) -> tuple[LiveRule, ...]:
    """Measure a presentation until a rule is not met after a prompt; give the rules not met."""
    from lineproof.imaging.turn import TimedImage, TurnMeasurement

    first = [next(shots) for _ in range(STILL + 1)]
    images = (TimedImage(shot.at_ms, shot.at_ms + DELAY_MS, shot.pixels) for shot in chain(first, shots))
    parts = list(first_prompts(challenge))
    frames: list[Frame] = []
    turn = TurnMeasurement(first[STILL].pixels, models)
    for image in images:
        frame = turn.measure(image)
        frames.append(frame)
        if len(parts) > 1 and frame.at_ms >= parts[0].ends_at_ms:
            missed = judged(parts.pop(0), frames, limits)
            if missed:
                return missed
    return judged(challenge, frames, limits)


def first_prompts(challenge: Challenge) -> Iterator[Challenge]:
    """Give the challenge cut after its first prompt, after its second, and so on to the whole."""
    for number, (_, ends_at_ms) in enumerate(challenge.slots(), start=1):
        yield replace(challenge, prompts=challenge.prompts[:number], ends_at_ms=ends_at_ms)


def judged(challenge: Challenge, frames: Sequence[Frame], limits: LivenessLimits) -> tuple[LiveRule, ...]:
    """Apply the rules to an answer that comes as soon as it can."""
    return rules_not_met(
        challenge,
        TurnRecord(challenge.session, challenge.nonce, STILL, tuple(frames)),
        answered_at=challenge.issued_at + timedelta(milliseconds=challenge.ends_at_ms + 1000),
        nonce_is_spent=False,
        limits=limits,
    )


def table(trials: Sequence[Trial]) -> Iterator[str]:
    """Give a row for each species, attacks by APCER and people by BPCER."""
    yield f"{'species':18} {'rate':5} {'errors':>8} {'95 % interval':>16}  rules not met, by presentations"
    for species in Species:
        of_species = [trial for trial in trials if trial.species is species]
        if not of_species:
            continue
        errors = sum(trial.is_misjudged for trial in of_species)
        low, high = exact_interval(errors, len(of_species))
        yield (
            f"{species.value:18} {'BPCER' if species is Species.BONA_FIDE else 'APCER'}"
            f" {errors:>3} / {len(of_species):<3} {100 * low:5.1f} to {100 * high:5.1f} %"
            f"  {_counted(trial.missed for trial in of_species)}"
        )


def _counted(missed: Iterable[tuple[LiveRule, ...]]) -> str:
    counts = Counter(rule.value for rules in missed for rule in rules)
    return ", ".join(f"{name} {count}" for name, count in counts.most_common()) or "-"


def exact_interval(errors: int, trials: int) -> tuple[float, float]:
    """Give the exact 95 % interval of a share: Clopper and Pearson, 1934."""
    low = _share_where(lambda share: 1 - _at_most(errors - 1, trials, share) >= TAIL)
    high = _share_where(lambda share: _at_most(errors, trials, share) <= TAIL)
    return (low if errors else 0.0), (high if errors < trials else 1.0)


def _at_most(errors: int, trials: int, share: float) -> float:
    """Give the chance of so few errors, or fewer."""
    return sum(math.comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(errors + 1))


def _share_where(begins: Callable[[float], bool]) -> float:
    """Find the share from which on something holds."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if begins(middle) else (middle, high)
    return high


def is_as_stated(trials: Iterable[Trial]) -> bool:
    """Tell whether no more people, and no more attacks of what is promised, are misjudged than stated."""
    misjudged: dict[Species, list[bool]] = {}
    for trial in trials:
        misjudged.setdefault(trial.species, []).append(trial.is_misjudged)
    return all(sum(errors) <= STATED.get(kind, 1.0) * len(errors) for kind, errors in misjudged.items())


if __name__ == "__main__":
    sys.exit(main())
