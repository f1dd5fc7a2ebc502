"""Rotate the key that signs the log's checkpoints: add the next one, and later retire the old one.

While two keys sign, every checkpoint has both signatures: whoever knows either verifies it, and has time to
learn of the other. A key is retired only when all that stay have signed what is published. They sign every
later checkpoint too, since a publisher reads its keys after the checkpoint that it replaces: so what is
published always has the signature of a key that still signs, and publishing goes on wherever it, or a
rotation, was killed.

Each addition and each retirement is an entry in the log. A key is not destroyed in the vault.

A key for ML-DSA-44 signs beside those for Ed25519, of which one at least always signs (C2SP tlog-tiles,
"Checkpoints").
"""

import uuid
from datetime import datetime

from django.db import transaction

from lineproof.errors import Conflict, NotFound, Unavailable
from lineproof.ports import Services, SigningAlgorithm
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.models import LogKey
from lineproof.registry.models.choices import Retention
from lineproof.registry.queries.log import read_given_origin
from lineproof.registry.queries.log_keys import FIRST_VERSION, SigningKey, note_key, read_log_keys
from lineproof.registry.queries.published import read_published
from lineproof.transparency.entry import EntryKind, Stage

# Every verifier takes 16 signatures (C2SP signed-note, "Format"): the rest is for witnesses.
MOST_KEYS = 4


@transaction.atomic
def add_log_key(
    services: Services, *, now: datetime, algorithm: SigningAlgorithm = SigningAlgorithm.ED25519
) -> SigningKey:
    """Add the next version of the key, which signs from the next publication on; give it.

    Raises NotFound while the log has no name, Conflict when four keys sign, Unavailable when the vault cannot
    be reached or does not sign with this algorithm. Killed before the end, nothing was added.
    """
    origin = read_given_origin()
    known = read_log_keys(services.keys, origin)
    if sum(one.signs for one in known) >= MOST_KEYS:
        raise Conflict(
            f"{MOST_KEYS} keys sign this log already.",
            remedy="Retire one first: lineproof log rotate-key --retire VERSION",
        )
    if not LogKey.objects.exists():
        LogKey.objects.create(version=FIRST_VERSION, algorithm=SigningAlgorithm.ED25519.value)
    version = known[-1].version + 1
    LogKey.objects.create(version=version, algorithm=algorithm.value, added_at=now)
    key = note_key(services.keys, origin, version, algorithm)
    with LogWriter(services, SaltOwner(uuid.uuid4(), Retention.DECISION), now=now) as log:
        log.enter(EntryKind.LOG_KEY_ADDED, {"key": key.text}, stage=Stage.ENDED)
    return SigningKey(version, algorithm, now, None, key)


def retire_log_key(services: Services, version: int, *, now: datetime) -> SigningKey:
    """Retire one version of the key, which signs nothing from then on; give it.

    Raises NotFound for a version that is none, Conflict where it was retired before, where no Ed25519 key
    would stay, or where what is published is not yet signed by all that stay; otherwise as `read_published`.
    Unavailable where nothing is published by this process. Killed before the end, nothing was retired.
    """
    # (1) before (2) is enough: a key that has signed what is published signs all that follows.
    #   1. read which keys have signed what is published
    #   2. with the record locked: all that stay have signed it; retire the other, with its entry
    if services.tiles is None:
        raise Unavailable("This process publishes no log.", remedy="Use: lineproof log rotate-key")
    origin = read_given_origin()
    present = read_published(services.tiles, services.keys)  # 1
    with transaction.atomic():  # 2
        known = {one.version: one for one in read_log_keys(services.keys, origin)}
        ended = known.get(version)
        if ended is None:
            raise NotFound(f"The log has no key {version}.", remedy="See which it has: lineproof log key")
        if not ended.signs:
            raise Conflict(f"Key {version} was retired before.", remedy="See which sign: lineproof log key")
        stay = [one for one in known.values() if one.signs and one is not ended]
        if not any(one.algorithm is SigningAlgorithm.ED25519 for one in stay):
            raise Conflict(
                f"Key {version} is the last Ed25519 key that signs this log.",
                remedy="Add the next one first: lineproof log rotate-key",
            )
        if present is not None and not {one.key for one in stay} <= set(present.signed_by):
            raise Conflict(
                f"Not every key that stays has signed what is published, so key {version} is still needed.",
                remedy="Publish first: lineproof log publish",
            )
        LogKey.objects.filter(version=version).update(retired_at=now)
        with LogWriter(services, SaltOwner(uuid.uuid4(), Retention.DECISION), now=now) as log:
            log.enter(EntryKind.LOG_KEY_RETIRED, {"key": ended.key.text}, stage=Stage.ENDED)
    return ended
