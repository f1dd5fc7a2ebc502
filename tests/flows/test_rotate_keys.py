"""Keys are rotated while the record is in use: stopped anywhere, nothing is lost and no lookup misses."""

import copy
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.decision.attestation import SeenPapers
from lineproof.decision.organisation import Organisation
from lineproof.decision.policy import parse_policy
from lineproof.errors import Conflict, Erased, NotFound, NotPermitted
from lineproof.ports import KeyService, Services
from lineproof.vault.file import open_vault
from tests.fakes.soft_token import open_on_soft_token
from tests.fakes.specimens import ALICE, ALICES_NAMESAKE, ALICES_RENEWED, BO

if TYPE_CHECKING:
    from tests.flows.desk import Desk

NUMBERED = replace(BO, surname="CALLOWAY", given_names="CY", number="Y50050005", personal_number="ZE184226B")
FIRST = "+999555001001"
QUAY = Organisation.parse(name="Quay Ltd", register="Companies House", number="01234567")


@pytest.fixture(params=["file", pytest.param("pkcs11", marks=pytest.mark.long)])
def busy(services: Services, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator["Desk"]:
    """A desk with a vault of its own, and on its record one of everything that has an index."""
    from tests.flows.desk import Desk, a_mobile, an_access

    content = copy.deepcopy(dict(services.policy.content))
    content["documents"]["unique_personal_number"] = ["UTO"]
    content["organisations"] = {"mobile": 2, "fixed": 2}
    content["sources"]["organisations"] = "ours"
    opened = {"file": open_vault, "pkcs11": open_on_soft_token}[request.param](tmp_path / "vault")
    own = replace(services, keys=opened, policy=parse_policy(content))
    desk = Desk.opened(own, tmp_path)
    desk.register()
    desk.link(ALICE, ALICES_RENEWED)
    desk.register(desk.present(BO), an_access())
    signatory = desk.present(NUMBERED, attended=False)
    desk.register(desk.attest(signatory, papers=SeenPapers(organisation=QUAY)), a_mobile("+999555001003"))
    desk.referred(desk.present(ALICES_NAMESAKE, attended=False), a_mobile("+999555001004"))
    yield desk
    # The record of this process goes back to the versions of its own vault.
    from lineproof.registry.models import KeyRotation

    KeyRotation.objects.all().delete()


class Failing:
    """A vault that fails at its n-th call, as a process that is killed there."""

    def __init__(self, keys: KeyService, calls: int) -> None:
        self._keys, self._left = keys, calls

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._keys, name)

        def call(*arguments: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left < 0:
                raise KeyboardInterrupt
            return method(*arguments, **named)

        return call


def rotate(desk: "Desk", **options: Any) -> Iterator[Any]:
    """Rotate the desk's keys, batch by batch."""
    from lineproof.registry.flows.rotate_keys import rotate_keys

    return rotate_keys(desk.services.keys, **options)


def is_over(step: Any) -> bool:
    """Tell whether a step is the last before the old keys are destroyed."""
    return step.stage.value == "rewrapping" and step.rows == 0


def found(desk: "Desk") -> dict[str, str]:
    """Look everything up that can be looked up, and open what is found."""
    from lineproof.registry.blind_index import likeness_index
    from lineproof.registry.flows import holding, lines
    from lineproof.registry.flows.organisations import find_organisation
    from lineproof.registry.models import Holder
    from lineproof.registry.queries.holder import find_holder_by_name, read_holder_page
    from lineproof.registry.sealed_organisation import read_organisation
    from tests.flows.desk import a_mobile

    keys = desk.services.keys
    answers = {
        name: read_holder_page(keys, find_holder_by_name(keys, name)).name
        for name in (FIRST, "bo.brannoch", "+999555001003")
    }
    for passport in (ALICE, ALICES_RENEWED, BO, NUMBERED, replace(NUMBERED, number="Z60060006")):
        known = holding.read_bindings(desk.services, document_of(passport))
        (holder,) = known.by_document or known.by_personal_number
        answers[passport.number] = read_holder_page(keys, holder).name
    with pytest.raises(Conflict):
        lines.refuse_registered(lines.line_index_of(desk.services, a_mobile()))
    alike = likeness_index(keys, full_name=answers[FIRST], born_on=ALICE.born_on.isoformat())
    answers["alike"] = str(Holder.objects.filter(alike.matches("likeness_index")).count())
    organisation = find_organisation(desk.services, QUAY)
    assert organisation is not None
    answers["organisation"] = read_organisation(keys, organisation).name
    return answers


def document_of(passport: Any) -> Any:
    """Build the document that a passport is read as."""
    from lineproof.document.fields import IdentityDocument

    return IdentityDocument(
        kind="P",
        issuer="UTO",
        number=passport.number,
        surname=passport.surname,
        given_names=passport.given_names,
        nationality="UTO",
        born_on=passport.born_on,
        sex="",
        expires_on=passport.expires_on,
        personal_number=passport.personal_number,
    )


def problems(desk: "Desk") -> list[str]:
    """Check every key, sealed value and index."""
    from lineproof.registry.queries.keys import check_keys

    return check_keys(desk.services.keys).problems


def versions_on_record(desk: "Desk") -> dict[str, set[Any]]:
    """Say which versions the rows are of, and what is left in the columns beside."""
    beside = {
        getattr(row, f"{column}_next")
        for table, column in (
            ("Line", "identifier_index"),
            ("Holder", "likeness_index"),
            ("DocumentBinding", "blind_index"),
            ("DocumentBinding", "personal_number_index"),
            ("Organisation", "register_index"),
        )
        for row in desk.rows(table)
    }
    return {
        "wrapping": {row.wrapping_version for row in desk.rows("DataKey")},
        "documents": {row.key_version for row in desk.rows("DocumentBinding")},
        "beside": beside,
    }


def test_rotation_replaces_every_key_and_index_and_seals_nothing_anew(busy: "Desk"):
    before, sealed = found(busy), [bytes(row.sealed_identity) for row in busy.rows("Holder")]
    indexes = {bytes(row.identifier_index) for row in busy.rows("Line")}
    steps = list(rotate(busy))
    assert {step.stage.value for step in steps} == {"filling", "switching", "clearing", "rewrapping"}
    assert found(busy) == before
    assert problems(busy) == []
    assert busy.services.keys.versions() == (2,)
    assert versions_on_record(busy) == {"wrapping": {2}, "documents": {2}, "beside": {None}}
    assert [bytes(row.sealed_identity) for row in busy.rows("Holder")] == sealed
    assert indexes.isdisjoint({bytes(row.identifier_index) for row in busy.rows("Line")})


def test_rotation_stopped_after_every_batch_goes_on_and_no_lookup_misses(busy: "Desk"):
    before, steps = found(busy), 0
    while True:
        stopped = rotate(busy, batch_rows=1)
        step = next(stopped)
        stopped.close()
        steps += 1
        assert found(busy) == before, step
        assert problems(busy) == [], step
        if is_over(step):
            break
    assert steps > 40
    assert busy.services.keys.versions() == (1, 2)
    list(rotate(busy))
    assert busy.services.keys.versions() == (2,)
    assert versions_on_record(busy) == {"wrapping": {2}, "documents": {2}, "beside": {None}}
    assert found(busy) == before


def test_rotation_killed_within_its_batches_goes_on_and_no_lookup_misses(busy: "Desk"):
    from lineproof.registry.flows.rotate_keys import rotate_keys

    before, killed = found(busy), 0
    while True:
        calls = 2 + killed % 3  # a row takes two, so that each run comes a little further
        try:
            list(rotate_keys(Failing(busy.services.keys, calls), batch_rows=1))
        except KeyboardInterrupt:
            killed += 1
        else:
            break
        assert found(busy) == before
        assert problems(busy) == []
    assert killed > 10
    assert busy.services.keys.versions() == (2,)
    assert versions_on_record(busy) == {"wrapping": {2}, "documents": {2}, "beside": {None}}


@pytest.mark.long
def test_what_is_registered_while_keys_rotate_is_found_at_every_moment(busy: "Desk"):
    from lineproof.registry.flows import holding, lines
    from lineproof.registry.queries.holder import find_holder_by_name
    from tests.flows.desk import an_access

    registered: list[str] = []
    stages: set[str] = set()
    for number, step in enumerate(rotate(busy, batch_rows=4)):
        passport = replace(BO, surname="N" * (1 + number % 20), number=f"N{number:08}")
        account = f"account-{number}"
        busy.register(busy.present(passport), an_access(account))
        registered.append(account)
        stages.add(step.stage.value)
        for name in registered:
            find_holder_by_name(busy.services.keys, name)
            with pytest.raises(Conflict):
                lines.refuse_registered(lines.line_index_of(busy.services, an_access(name)))
        assert holding.read_bindings(busy.services, document_of(passport)).by_document, step
    assert {"filling", "switching", "clearing", "rewrapping"} == stages
    assert problems(busy) == []
    assert busy.services.keys.versions() == (2,)
    assert versions_on_record(busy) == {"wrapping": {2}, "documents": {2}, "beside": {None}}
    for name in registered:
        find_holder_by_name(busy.services.keys, name)


def test_line_that_changed_hands_and_number_that_was_released_do_not_stop_a_rotation(busy: "Desk"):
    """One is sealed under its new holder's key; the other has no index, and gets none."""
    from lineproof.registry.flows.reissue_numbers import release_numbers
    from lineproof.registry.flows.surrender_line import surrender_line
    from lineproof.registry.flows.transfer_line import accept_line, complete_due_transfers, offer_line
    from lineproof.registry.queries.holder import find_holder_by_name, find_line_by_name
    from tests.flows.desk import NOW

    services, now = busy.services, NOW + timedelta(hours=1)
    bos, first = find_holder_by_name(services.keys, "bo.brannoch"), find_line_by_name(services.keys, FIRST)
    offer = offer_line(services, first, busy.verified(ALICE), now=now)
    accept_line(services, offer.code, busy.verified(BO), terms_version="1", now=now)
    assert complete_due_transfers(services, now=now + timedelta(days=1)) == 1
    ended = find_line_by_name(services.keys, "+999555001003")
    surrender_line(services, ended, busy.verified(NUMBERED), now=now)
    assert release_numbers(services, now=now + timedelta(days=9)) == 1
    for _ in rotate(busy, batch_rows=5):
        assert find_holder_by_name(services.keys, FIRST) == bos
        assert problems(busy) == []
    row = busy.row("Line", id=ended)
    assert (row.identifier_index, row.identifier_index_next) == (None, None)
    assert versions_on_record(busy) == {"wrapping": {2}, "documents": {2}, "beside": {None}}


def test_record_is_rotated_again_and_again(busy: "Desk"):
    before = found(busy)
    for version in (2, 3, 4):
        list(rotate(busy))
        assert busy.services.keys.versions() == (version,)
    assert found(busy) == before
    assert problems(busy) == []


def test_what_two_writers_of_neighbouring_stages_write_has_one_version_in_one_column():
    from lineproof.registry.key_versions import KeyVersions
    from lineproof.registry.models.choices import RotationStage

    course = [
        KeyVersions(1),
        *(KeyVersions(1, 2, stage) for stage in list(RotationStage)[1:4]),
        KeyVersions(2, None, RotationStage.REWRAPPING),
        KeyVersions(2),
    ]
    for earlier, later in pairwise(course):
        pairs = zip(earlier.written, later.written, strict=True)
        assert any(a == b and a is not None for a, b in pairs), (earlier, later)


def test_equal_lines_are_refused_by_the_database_whatever_the_stage(busy: "Desk"):
    from django.db import IntegrityError, transaction

    from lineproof.registry import models
    from lineproof.registry.flows import lines
    from tests.flows.desk import NOW, a_mobile

    for _ in rotate(busy, batch_rows=3):
        index = lines.line_index_of(busy.services, a_mobile())
        with pytest.raises(IntegrityError), transaction.atomic():
            models.Line.objects.create(
                kind="mobile",
                state="pending",
                **index.columns("identifier_index"),
                sealed_identifier=b"",
                created_at=NOW,
            )


def test_organisation_is_entered_once_whatever_the_stage(busy: "Desk"):
    from django.db import transaction

    from lineproof.registry.flows.log import LogWriter
    from lineproof.registry.flows.organisations import enter_organisation
    from tests.flows.desk import NOW

    for _ in rotate(busy, batch_rows=3):
        with transaction.atomic(), LogWriter(busy.services, None, now=NOW) as log:
            enter_organisation(QUAY, log)
        assert busy.count("Organisation") == 1
        assert problems(busy) == []


def test_erased_holder_does_not_stop_a_rotation_and_is_found_by_nobody(busy: "Desk"):
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import destroy
    from lineproof.registry.queries.keys import check_keys

    holder = busy.rows("Holder")[0]
    destroy(holder.id, Retention.IDENTITY)
    before = bytes(holder.likeness_index)
    list(rotate(busy))
    check = check_keys(busy.services.keys)
    assert (check.problems, check.erased > 0) == ([], True)
    assert bytes(busy.row("Holder", id=holder.id).likeness_index) != before
    assert busy.services.keys.versions() == (2,)


@pytest.mark.parametrize("when", [0, 5, 16, 30, 46])
def test_holder_who_is_erased_while_keys_rotate_leaves_no_index_of_either_version(busy: "Desk", when: int):
    """At whichever batch it happens: both columns are empty, the rotation ends, everybody else is found."""
    from datetime import timedelta

    from lineproof.errors import NotFound
    from lineproof.registry.flows.erase import erase_holder
    from lineproof.registry.queries.holder import find_last_holder_by_name
    from tests.flows.desk import NOW

    holder = find_last_holder_by_name(busy.services.keys, "bo.brannoch")
    later = NOW + timedelta(days=40_000)
    busy.end_lines(holder, until=NOW + timedelta(days=1))
    erased = False
    for number, _ in enumerate(rotate(busy, batch_rows=1)):
        if number == when:
            erase_holder(busy.services, holder, now=later)
            erased = True
    if not erased:
        erase_holder(busy.services, holder, now=later)
    row = busy.row("Holder", id=holder)
    assert (row.likeness_index, row.likeness_index_next, row.sealed_identity) == (None, None, None)
    assert busy.count("DocumentBinding", holder=holder) == 0
    lines = [line for line in busy.rows("Line") if line.sealed_identifier is None]
    assert [(line.identifier_index, line.identifier_index_next) for line in lines] == [(None, None)]
    with pytest.raises(NotFound):
        find_last_holder_by_name(busy.services.keys, "bo.brannoch")
    assert problems(busy) == []
    assert busy.services.keys.versions() == (2,)


def test_data_key_destroyed_while_keys_rotate_does_not_come_back(busy: "Desk"):
    from lineproof.registry.models import DataKey
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import destroy, unseal

    holder = busy.rows("Holder")[0]
    for step in rotate(busy, batch_rows=1):
        if step.stage.value == "rewrapping":
            destroy(holder.id, Retention.IDENTITY)
    assert not DataKey.objects.filter(subject=holder.id, retention="identity").exists()
    with pytest.raises(Erased):
        unseal(
            busy.services.keys,
            bytes(holder.sealed_identity),
            subject=holder.id,
            retention=Retention.IDENTITY,
            place="holder.sealed_identity",
        )


def test_sealed_value_that_does_not_open_stops_the_rotation_until_it_is_mended(busy: "Desk"):
    from lineproof.registry.models import Line

    line = busy.rows("Line")[0]
    Line.objects.filter(pk=line.pk).update(sealed_identifier=bytes(40))
    with pytest.raises(NotPermitted):
        list(rotate(busy))
    assert [str(line.pk) in problem for problem in problems(busy)] == [True, True]
    Line.objects.filter(pk=line.pk).update(sealed_identifier=bytes(line.sealed_identifier))
    list(rotate(busy))
    assert problems(busy) == []
    assert busy.services.keys.versions() == (2,)


def test_personal_number_that_an_earlier_release_did_not_keep_stops_the_rotation(busy: "Desk"):
    from lineproof.registry.models import DocumentBinding
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import seal

    binding = next(row for row in busy.rows("DocumentBinding") if row.personal_number_index)
    as_before = seal(
        busy.services.keys,
        {"number": NUMBERED.number, "expires_on": "2034-03-14"},
        subject=binding.holder_id,
        retention=Retention.IDENTITY,
        place="documentbinding.sealed_document",
    )
    DocumentBinding.objects.filter(pk=binding.pk).update(sealed_document=as_before)
    before = found(busy)
    with pytest.raises(Conflict, match=f"binding {binding.pk} "):
        list(rotate(busy))
    assert found(busy) == before
    assert busy.services.keys.versions() == (1, 2)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("DataKey", "wrapped"),
        ("Holder", "sealed_identity"),
        ("DocumentBinding", "sealed_document"),
        ("Line", "sealed_identifier"),
        ("Case", "sealed_application"),
        ("SealedSalt", "sealed"),
        ("Line", "identifier_index"),
        ("Holder", "likeness_index"),
        ("DocumentBinding", "blind_index"),
        ("Organisation", "sealed_organisation"),
        ("Organisation", "register_index"),
    ],
)
def test_check_finds_a_changed_byte_in_any_column_of_keys_values_and_indexes(
    busy: "Desk", table: str, column: str
):
    row = next(row for row in busy.rows(table) if getattr(row, column))
    changed = bytearray(getattr(row, column))
    changed[-1] ^= 1
    assert problems(busy) == []
    type(row).objects.filter(pk=row.pk).update(**{column: bytes(changed)})
    assert problems(busy) != []


def test_check_finds_a_value_that_lies_in_another_row(busy: "Desk"):
    from lineproof.registry.models import Holder

    first, second = busy.rows("Holder")[:2]
    Holder.objects.filter(pk=first.pk).update(sealed_identity=bytes(second.sealed_identity))
    assert any(str(first.pk) in problem for problem in problems(busy))


def test_check_finds_that_the_vault_is_another_records(busy: "Desk", tmp_path: Path):
    from lineproof.registry.queries.keys import check_keys

    check = check_keys(open_vault(tmp_path / "another"))
    assert len(check.problems) > check.data_keys


def test_release_without_versions_goes_on_writing_data_keys(busy: "Desk"):
    """The migration works with the code before it, which does not name the new column."""
    from django.db import connection

    row = busy.rows("DataKey")[0]
    row.delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registry_datakey (subject, retention, wrapped) VALUES (%s, %s, %s)",
            [row.subject.hex, row.retention, bytes(row.wrapped)],
        )
    assert busy.row("DataKey", subject=row.subject, retention=row.retention).wrapping_version == 1
    assert problems(busy) == []


def test_lookup_after_a_rotation_that_the_vault_was_not_part_of_is_not_found(busy: "Desk", tmp_path: Path):
    from lineproof.registry.queries.holder import find_holder_by_name

    list(rotate(busy))
    with pytest.raises(NotFound, match="no keys of version 2"):
        find_holder_by_name(open_vault(tmp_path / "another"), FIRST)


# Rotates with a vault at whose n-th wrapping the process is killed: in a batch, before its commit.
KILLED_WITHIN = """
import os, signal, sys
from pathlib import Path
from lineproof import wiring
from lineproof.decision.policy import shipped_policy
keys = wiring.open_record(Path(sys.argv[1]), policy=shipped_policy("generic")).keys
from lineproof.registry.flows.rotate_keys import rotate_keys
class Deadly:
    left = int(sys.argv[2])
    def __getattr__(self, name):
        return getattr(keys, name)
    def wrap(self, key, **terms):
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return keys.wrap(key, **terms)
list(rotate_keys(Deadly(), batch_rows=2))
"""


@pytest.mark.long
def test_rotation_of_a_process_that_is_killed_within_a_batch_goes_on(tmp_path: Path):
    record, command = tmp_path / "record", Path(sys.executable).with_name("lineproof")
    environment = {name: value for name, value in os.environ.items() if name != "LINEPROOF_RECORD"}

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        said = [str(argument) for argument in arguments]
        return subprocess.run(said, env=environment, timeout=60, check=False, capture_output=True, text=True)

    for name in ("ada", "bea", "cal", "dot", "eve"):
        assert run(command, "agents", "add", name, "--record", record).returncode == 0
    for wrappings in (0, 1, 3, 0):
        killed = run(sys.executable, "-c", KILLED_WITHIN, record, wrappings)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert run(command, "keys", "check", "--record", record).returncode == 0
    assert run(command, "keys", "rotate", "--record", record).returncode == 0
    checked = json.loads(run(command, "keys", "check", "--record", record, "--json").stdout)
    assert (checked["ok"], checked["version"], checked["rotating_to"]) == (True, 2, None)


def test_two_rotations_at_once_are_one(busy: "Desk"):
    before = found(busy)
    running = [rotate(busy, batch_rows=2), rotate(busy, batch_rows=3)]
    while running:
        for rotation in tuple(running):
            if next(rotation, None) is None:
                running.remove(rotation)
        assert found(busy) == before
    assert busy.services.keys.versions() == (2,)
    assert problems(busy) == []
    assert versions_on_record(busy) == {"wrapping": {2}, "documents": {2}, "beside": {None}}
