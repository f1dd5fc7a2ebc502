"""The key that signs the log is rotated while it is published and verified, killed wherever it may be."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.errors import Conflict, Malformed, NotFound, NotPermitted, Unavailable
from lineproof.ports import KeyService, SigningAlgorithm
from lineproof.tiles.directory import TileFolder
from lineproof.tiles.reading import verify_published
from lineproof.transparency.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from lineproof.transparency.note import NoteKey
from lineproof.transparency.proof import parse_receipt, verify_receipt
from lineproof.transparency.tree import leaf_hash, range_of
from lineproof.transparency.verify_receipt import NotProven
from lineproof.transparency.verify_receipt import verify as verify_alone
from tests.flows.test_publish_log import Interrupting, Log, nothing_changes

if TYPE_CHECKING:
    from lineproof.ports import Services
    from lineproof.registry.flows.publish_log import Published
    from lineproof.registry.queries.log_keys import SigningKey

ORIGIN = "example.net/log"
ED25519, ML_DSA_44 = SigningAlgorithm.ED25519, SigningAlgorithm.ML_DSA_44


class RotatedLog(Log):
    """A published log whose key is rotated."""

    def add(self, algorithm: SigningAlgorithm = ED25519) -> "SigningKey":
        from lineproof.registry.flows.rotate_log_key import add_log_key
        from tests.flows.desk import NOW

        return add_log_key(self.services, algorithm=algorithm, now=NOW)

    def retire(self, version: int) -> None:
        from lineproof.registry.flows.rotate_log_key import retire_log_key
        from tests.flows.desk import NOW

        retire_log_key(self.services, version, now=NOW)

    def publish(self, **changes: Any) -> "Published":
        self.remember()
        return super().publish(**changes)

    def remember(self) -> None:
        """Remember every body that there is."""
        from lineproof.registry.queries.log import read_bodies, read_log_head

        self.bodies = list(read_bodies(0, read_log_head().size))

    def on(self, store: TileFolder) -> "RotatedLog":
        """Give this log, published through another store."""
        other = RotatedLog(self.services, self.folder)
        other.store, other.services, other.bodies = store, replace(self.services, tiles=store), self.bodies
        return other

    def key_of(self, version: int, algorithm: SigningAlgorithm = ED25519) -> NoteKey:
        from lineproof.registry.queries.log_keys import note_key

        return note_key(self.services.keys, ORIGIN, version, algorithm)

    def signed(self, *versions: int, size: int | None = None) -> bytes:
        """Sign a checkpoint of the log as whoever holds these keys can."""
        bodies = self.bodies[:size]
        said = Checkpoint(ORIGIN, len(bodies), range_of(map(leaf_hash, bodies)).root())
        keys = self.services.keys
        return sign_checkpoint(
            said,
            [
                (self.key_of(one), lambda text, one=one: keys.sign(text, purpose=f"log v{one}"))
                for one in versions
            ],
        )

    def signed_by(self) -> list[int]:
        """Verify what is published with each key alone, and with all at once; give those that signed."""
        keys = {version: self.key_of(version) for version in range(1, 6)}
        content = self.store.checkpoint() or b""
        found = []
        for version, key in keys.items():
            problems = verify_published(self.store, keys=[key]).problems
            assert problems in ((), ("checkpoint: No known key signed this note.",))
            if not problems:
                found.append(version)
        assert open_checkpoint(content, keys=list(keys.values()), origin=ORIGIN).size <= len(self.bodies)
        return found


@pytest.fixture
def log(services: "Services", tmp_path: Path) -> RotatedLog:
    return a_log(services, tmp_path / "log")


def a_log(services: "Services", folder: Path, *, size: int = 3) -> RotatedLog:
    """Publish a log of some entries under its first key."""
    from lineproof.registry.flows.log_origin import set_log_origin

    set_log_origin(ORIGIN)
    log = RotatedLog(services, folder)
    log.grow(size)
    log.publish()
    return log


def test_both_keys_sign_until_the_old_one_is_retired(log: RotatedLog):
    assert log.signed_by() == [1]
    added = log.add()
    assert (added.version, added.key) == (2, log.key_of(2))
    log.remember()
    assert log.publish().added == 1
    assert log.signed_by() == [1, 2]
    log.retire(1)
    log.remember()
    assert log.publish().added == 1
    assert log.signed_by() == [2]
    assert b'"log_key_added"' in log.bodies[3]
    assert b'"log_key_retired"' in log.bodies[4]


def test_checkpoint_is_published_anew_as_soon_as_other_keys_sign_even_without_new_entries(log: RotatedLog):
    """Each rotation has an entry; here the keys alone change, as when a publisher was between the two."""
    from lineproof.registry.models import LogKey
    from tests.flows.desk import NOW

    LogKey.objects.create(version=1, algorithm="ed25519")
    LogKey.objects.create(version=2, algorithm="ed25519", added_at=NOW)
    before = log.files()
    assert log.publish().added == 0
    assert (log.signed_by(), log.files()) == ([1, 2], before)
    LogKey.objects.filter(version=1).update(retired_at=NOW)
    assert log.publish().added == 0
    assert (log.signed_by(), log.files()) == ([2], before)
    kept = log.store.checkpoint()
    log.publish()
    assert log.store.checkpoint() == kept


def test_key_is_retired_only_when_all_that_stay_have_signed_what_is_published(log: RotatedLog):
    log.add()
    with pytest.raises(Conflict, match="still needed"):
        log.retire(1)
    log.publish()
    log.add()
    with pytest.raises(Conflict, match="still needed"):
        log.retire(1)
    log.publish()
    log.retire(1)
    log.publish()
    assert log.signed_by() == [2, 3]


def test_last_key_and_keys_that_are_none_are_not_retired(log: RotatedLog):
    for version, kind in ((1, Conflict), (2, NotFound)):
        with pytest.raises(kind):
            log.retire(version)
    log.add()
    log.publish()
    log.retire(2)
    for version in (1, 2):
        with pytest.raises(Conflict):
            log.retire(version)
    log.remember()
    log.publish()
    assert log.signed_by() == [1]
    assert log.add().version == 3


def test_keys_are_rotated_again_and_again_and_at_most_four_sign_at_once(log: RotatedLog):
    for _ in range(3):
        log.add()
    with pytest.raises(Conflict, match="4 keys"):
        log.add()
    log.publish()
    for version in (1, 3, 2):
        log.retire(version)
        log.publish()
    assert log.signed_by() == [4]
    assert log.add().version == 5
    log.remember()
    log.publish()
    assert log.signed_by() == [4, 5]


def test_log_that_was_never_published_has_its_key_rotated_as_well(services: "Services", tmp_path: Path):
    from lineproof.registry.flows.log_origin import set_log_origin

    log = RotatedLog(services, tmp_path / "log")
    with pytest.raises(NotFound, match="no origin yet"):
        log.add()
    set_log_origin(ORIGIN)
    log.add()
    log.retire(1)
    log.remember()
    log.publish()
    assert log.signed_by() == [2]


def test_process_that_publishes_nothing_retires_nothing(log: RotatedLog):
    log.add()
    log.publish()
    log.services = replace(log.services, tiles=None)
    with pytest.raises(Unavailable):
        log.retire(1)


def test_retired_keys_signature_alone_is_not_accepted(log: RotatedLog):
    """Neither what it signed before, put back, nor what whoever stole it signs now."""
    before = log.store.checkpoint()
    log.add()
    log.publish()
    log.retire(1)
    log.remember()
    log.publish()
    for wrong in (before, log.signed(1)):
        assert wrong is not None
        (log.folder / "checkpoint").write_bytes(wrong)
        nothing_changes(log, NotPermitted, "a key that was retired")
    (log.folder / "checkpoint").write_bytes(log.signed(1, 2))
    log.publish()
    assert log.signed_by() == [2]


def spoil(content: bytes, line: int) -> bytes:
    """Change one signature of a checkpoint."""
    lines = content.splitlines(keepends=True)
    end = lines[line]
    lines[line] = end[:-8] + (b"AAAA" if end[-8:-4] != b"AAAA" else b"BBBB") + end[-4:]
    return b"".join(lines)


@pytest.mark.parametrize("wrong", [-1, -2])
def test_wrong_signature_by_either_known_key_is_refused_though_the_other_is_right(
    log: RotatedLog, wrong: int
):
    log.add()
    log.publish()
    content = log.store.checkpoint() or b""
    (log.folder / "checkpoint").write_bytes(spoil(content, wrong))
    log.grow(1)
    nothing_changes(log, NotPermitted, "not signed by this record's key")
    both = verify_published(log.store, keys=[log.key_of(1), log.key_of(2)])
    assert [problem for problem in both.problems if "signature" in problem] != []
    right = log.key_of(1 if wrong == -1 else 2)
    assert verify_published(log.store, keys=[right]).problems == ()


def test_keys_of_several_logs_verify_nothing(log: RotatedLog):
    other = NoteKey("example.org/log", public_key=log.key_of(2).public_key)
    with pytest.raises(Malformed, match="different names"):
        verify_published(log.store, keys=[log.key_of(1), other])


def test_receipts_stay_valid_under_the_keys_that_signed_them(log: RotatedLog):
    from lineproof.registry.queries.published import make_receipt

    receipts = [make_receipt(log.services, 1)]
    log.add()
    log.remember()
    log.publish()
    receipts.append(make_receipt(log.services, 1))
    log.retire(1)
    receipts.append(make_receipt(log.services, 1))  # of a checkpoint that both have signed
    log.remember()
    log.publish()
    receipts.append(make_receipt(log.services, 1))
    for receipt, versions in zip(receipts, ([1], [1, 2], [1, 2], [2]), strict=True):
        for version in (1, 2):
            key = log.key_of(version)
            if version in versions:
                assert verify_alone(receipt, log.bodies[1], key.text, ORIGIN)[0] == 1
                assert verify_receipt(parse_receipt(receipt), log.bodies[1], (key,), ORIGIN)
            else:
                with pytest.raises(NotProven):
                    verify_alone(receipt, log.bodies[1], key.text, ORIGIN)


def test_earlier_checkpoint_is_taken_with_the_old_key_beside_the_new_one(log: RotatedLog):
    earlier = log.store.checkpoint()
    log.add()
    log.publish()
    log.retire(1)
    log.remember()
    log.publish()
    both = [log.key_of(1), log.key_of(2)]
    assert verify_published(log.store, keys=both, earlier=earlier).problems == ()
    with pytest.raises(NotPermitted):
        verify_published(log.store, keys=[log.key_of(2)], earlier=earlier)


def test_ml_dsa_44_signs_beside_ed25519_and_either_verifies(log: RotatedLog):
    from lineproof.registry.queries.published import make_receipt

    added = log.add(ML_DSA_44)
    assert (added.version, added.key) == (2, log.key_of(2, ML_DSA_44))
    log.remember()
    log.publish()
    for keys in ([added.key], [log.key_of(1)], [log.key_of(1), added.key]):
        assert verify_published(log.store, keys=keys).problems == ()
    receipt = make_receipt(log.services, 1)
    assert verify_alone(receipt, log.bodies[1], log.key_of(1).text, ORIGIN) == (1, 4)
    assert verify_receipt(parse_receipt(receipt), log.bodies[1], (added.key,), ORIGIN).size == 4
    kept = log.store.checkpoint()
    log.publish()
    assert log.store.checkpoint() == kept


def test_log_always_has_a_key_for_ed25519(log: RotatedLog):
    log.add(ML_DSA_44)
    log.publish()
    with pytest.raises(Conflict, match="last Ed25519 key"):
        log.retire(1)
    log.add()
    log.publish()
    log.retire(1)
    log.publish()
    assert log.signed_by() == [3]
    log.retire(2)
    log.publish()
    assert len((log.store.checkpoint() or b"").splitlines()) == 5
    log.add(ML_DSA_44)
    log.publish()
    assert verify_published(log.store, keys=[log.key_of(4, ML_DSA_44)]).problems == ()


def test_wrong_ml_dsa_44_signature_is_refused_by_who_knows_its_key(log: RotatedLog):
    key = log.add(ML_DSA_44).key
    log.publish()
    content = spoil(log.store.checkpoint() or b"", -1)
    (log.folder / "checkpoint").write_bytes(content)
    nothing_changes(log, NotPermitted, "not signed by this record's key")
    assert verify_published(log.store, keys=[log.key_of(1)]).problems == ()
    assert "is not of this text" in verify_published(log.store, keys=[log.key_of(1), key]).problems[0]


def test_vault_that_does_not_sign_with_ml_dsa_44_leaves_the_log_as_it_is(log: RotatedLog):
    """As a token's does: tests/ports."""

    class OnlyEd25519:
        """The vault's keys, as a token has them."""

        def __init__(self, keys: KeyService) -> None:
            self._keys = keys

        def __getattr__(self, name: str) -> object:
            return getattr(self._keys, name)

        def public_key(self, *, purpose: str, algorithm: SigningAlgorithm = ED25519) -> bytes:
            if algorithm is not ED25519:
                raise Unavailable("Keys here sign with Ed25519 alone.")
            return self._keys.public_key(purpose=purpose)

    services = log.services
    log.services = replace(services, keys=OnlyEd25519(services.keys))  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        log.add(ML_DSA_44)
    log.services = services
    assert log.add().version == 2
    log.publish()
    assert log.signed_by() == [1, 2]


def test_publisher_that_knew_only_the_old_key_is_overtaken_by_one_that_knows_both(log: RotatedLog):
    def rotate() -> None:
        log.add()
        log.remember()
        log.publish()

    log.grow(2)
    log.on(Interrupting(log.folder, rotate)).publish()
    assert log.signed_by() == [1, 2]


def test_key_that_is_retired_while_it_signs_signs_nothing_with_its_retirement_in_it(log: RotatedLog):
    log.add()
    log.remember()
    log.publish()
    log.grow(1)

    def retire() -> None:
        log.retire(1)
        log.remember()

    log.on(Interrupting(log.folder, retire)).publish()
    assert (log.signed_by(), log.published_size()) == ([1, 2], 5)
    log.publish()
    assert log.signed_by() == [2]
    found = verify_published(log.store, keys=[log.key_of(2)])
    assert (found.problems, found.entries) == ((), 6)


class Killed(Exception):
    """The process ends here."""


class Dying(TileFolder):
    """A store at whose n-th call the process ends: before it does anything, or when it has done all."""

    def __init__(self, folder: Path, number: int, *, after: bool) -> None:
        super().__init__(folder)
        self.left, self._after = number, after

    def _call(self, act: Callable[[], object]) -> object:
        self.left -= 1
        ends = not self.left
        if ends and not self._after:
            raise Killed
        try:
            return act()
        finally:
            if ends:
                raise Killed

    def read(self, path: str) -> bytes:
        return self._call(lambda: TileFolder.read(self, path))  # type: ignore[return-value]

    def checkpoint(self) -> bytes | None:
        return self._call(lambda: TileFolder.checkpoint(self))  # type: ignore[return-value]

    def write(self, path: str, content: bytes) -> None:
        self._call(lambda: TileFolder.write(self, path, content))

    def swap_checkpoint(self, old: bytes | None, new: bytes) -> None:
        self._call(lambda: TileFolder.swap_checkpoint(self, old, new))

    def discard_partials(self, path: str) -> None:
        self._call(lambda: TileFolder.discard_partials(self, path))


def steps_of_a_rotation(log: RotatedLog) -> Iterator[Callable[[], object]]:
    yield log.add
    yield log.publish
    yield lambda: log.retire(1)
    yield log.publish


def forget_the_log() -> None:
    from lineproof.registry.models import Entry, LogKey, LogOrigin, SealedSalt, TreeHead

    for table in (Entry, LogKey, LogOrigin, SealedSalt, TreeHead):
        table.objects.all().delete()


@pytest.mark.parametrize("after", [False, pytest.param(True, marks=pytest.mark.long)])
def test_rotation_goes_on_wherever_it_is_killed(services: "Services", tmp_path: Path, after: bool):
    """The 254 entries become 256, so that tiles get full and parts are discarded on the way."""
    deaths = 0
    for number in range(1, 100):
        forget_the_log()
        log = a_log(services, tmp_path / str(number), size=254)
        dying = Dying(log.folder, number, after=after)
        mortal = log.on(dying)
        sizes = [254]
        before: dict[str, bytes] = {}
        for mortal_step, step in zip(steps_of_a_rotation(mortal), steps_of_a_rotation(log), strict=True):
            try:
                mortal_step()
            except Killed:
                deaths += 1
                log.remember()
                assert verified(log) in (sizes[-1], len(log.bodies))
                step()
            log.remember()
            sizes.append(verified(log))
            files = log.files()
            assert all(files[path] == content for path, content in before.items() if path in files)
            before = files
        assert sizes == sorted(sizes)
        assert (log.signed_by(), verified(log)) == ([2], 256)
        if dying.left > 0:
            break
    assert deaths == number - 1 > 10


def verified(log: RotatedLog) -> int:
    """Verify what is published with both keys, against this test's own memory; give its size."""
    found = verify_published(log.store, keys=[log.key_of(1), log.key_of(2)])
    assert found.problems == ()
    assert found.checkpoint is not None
    size = found.checkpoint.size
    assert found.checkpoint.root_hash == range_of(map(leaf_hash, log.bodies[:size])).root()
    return size
