"""Of a referral the ciphertext is kept until people decided or its time is over; of nothing else anything."""

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Conflict, Erased, Malformed, NotFound, NotPermitted, Unavailable
from lineproof.referral import wrap_info
from lineproof.terms import SessionId, StaffName, Way
from lineproof.wiring import RECORD_VARIABLE
from tests.fakes.examiner import ANOTHER_PERSON, PERHAPS_THE_SAME
from tests.fakes.specimens import ALICE, BO

if TYPE_CHECKING:
    from tests.flows.desk import Desk

RHEA, SOL = (StaffName(name) for name in ("rhea", "sol"))
LATER = timedelta(seconds=1)


@pytest.fixture
def now(desk: "Desk") -> datetime:
    from tests.flows.desk import NOW

    return NOW


@pytest.fixture
def vault(desk: "Desk") -> Any:
    assert desk.services.referrals is not None
    return desk.services.referrals.keys


@pytest.fixture
def store(desk: "Desk") -> Any:
    assert desk.services.referrals is not None
    return desk.services.referrals.store


def settle(desk: "Desk", vault: Any, now: datetime) -> Any:
    from lineproof.registry.flows.settle_evidence import settle_evidence

    return settle_evidence(desk.services, vault, now=now)


def kinds(desk: "Desk") -> list[str]:
    import json

    return [json.loads(bytes(entry.body))["kind"] for entry in desk.rows("Entry")]


def entries(desk: "Desk", kind: str) -> list[dict[str, Any]]:
    import json

    bodies = [json.loads(bytes(entry.body)) for entry in desk.rows("Entry")]
    return [body for body in bodies if body["kind"] == kind]


def nothing_is_kept(desk: "Desk", vault: Any, store: Any) -> bool:
    return (vault.names(), store.kept(), desk.count("CaseEvidence", destroyed_at=None)) == ((), (), 0)


def test_referral_keeps_what_the_client_sealed_and_a_key_that_opens_it(desk: "Desk", vault, store, now):
    from lineproof.booth.seal import PartKind, open_parts

    presentation = desk.present(attended=False)
    done = desk.register(presentation)
    row = desk.row("CaseEvidence", case=done.case)
    sealed = store.read(presentation.session)
    assert presentation.evidence.content.endswith(sealed)
    content_key = vault.unwrap(row.key_name, bytes(row.wrapped_key), session=presentation.session)
    parts = dict(open_parts(sealed, content_key))
    assert parts[PartKind.DOCUMENT] == desk.documents[presentation.session].read_bytes()
    days = desk.services.policy.retention.evidence.days
    assert done.evidence_until == row.kept_until == now + timedelta(days=days)
    (entry,) = entries(desk, "evidence_kept")
    assert entry["due_at"] == f"{row.kept_until:%Y-%m-%dT%H:%M:%SZ}"


def test_counter_way_keeps_its_document_alone(desk: "Desk", store):
    presentation = desk.present(way=Way.COUNTER, attended=False)
    assert desk.register(presentation).evidence_until is not None
    assert len(store.read(presentation.session)) < len(presentation.evidence.content)


def test_what_is_not_referred_is_not_kept(desk: "Desk", vault, store):
    from tests.flows.desk import a_mobile

    for number, presentation in enumerate(
        (desk.present(), desk.present(BO, instead=[ANOTHER_PERSON]), desk.present(None, attended=False))
    ):
        done = desk.register(presentation, a_mobile(f"+99955500100{number}"))
        assert (done.case, done.evidence_until) == (None, None)
        assert nothing_is_kept(desk, vault, store)


def test_what_people_must_decide_without_a_photograph_keeps_none(desk: "Desk", vault, store):
    """A cap that is reached is no matter of a face or a document."""
    from tests.flows.desk import a_mobile

    done = desk.register()
    number = 1
    while done.case is None:
        number += 1
        done = desk.register(request=a_mobile(f"+99955500{1000 + number}"))
        assert number < 100
    assert [reason.code for reason in done.decision.reasons] == [ReasonCode.CAP_REACHED]
    assert nothing_is_kept(desk, vault, store)


def test_policy_that_keeps_nothing_makes_no_key(desk: "Desk", vault, store):
    policy = desk.services.policy
    retention = replace(policy.retention, evidence=replace(policy.retention.evidence, days=0))
    desk.services = replace(desk.services, policy=replace(policy, retention=retention))
    assert desk.register(desk.present(attended=False)).case is not None
    assert nothing_is_kept(desk, vault, store)


def test_process_that_keeps_no_referrals_refers_as_before(desk: "Desk", vault, store):
    desk.services = replace(desk.services, referrals=None)
    assert desk.register(desk.present(attended=False)).evidence_until is None
    assert nothing_is_kept(desk, vault, store)


def test_link_keeps_the_further_documents_photographs(desk: "Desk", store):
    from tests.fakes.specimens import ALICES_RENEWED

    desk.register()
    link = desk.link(ALICE, ALICES_RENEWED, instead=[PERHAPS_THE_SAME])
    assert link.case is not None
    assert link.evidence_until is not None
    assert len(store.kept()) == 1


@pytest.mark.parametrize("wrong", ["another key", "another session", "garbage"])
def test_wrapped_key_that_does_not_open_is_not_kept_and_nothing_is_decided(
    desk: "Desk", vault, store, monkeypatch, wrong
):
    from lineproof.booth.seal import seal_key

    examine = desk.booth.examine

    def lie(evidence: Any, assignment: Any) -> Any:
        found = examine(evidence, assignment)
        key = {
            "another key": lambda: seal_key(
                bytes(32), desk.booth.epoch().public_key, wrap_info(found.session)
            ),
            "another session": lambda: seal_key(
                bytes(32), assignment.case_key, wrap_info(SessionId(desk_id))
            ),
            "garbage": lambda: bytes(113),
        }[wrong]()
        return replace(found, wrapped_key=key)

    import uuid

    desk_id = uuid.uuid4()
    monkeypatch.setattr(type(desk.booth), "examine", lambda _, *given: lie(*given))
    before = desk.everything()
    with pytest.raises(NotPermitted):
        desk.register(desk.present(attended=False))
    assert desk.everything() == before
    assert nothing_is_kept(desk, vault, store)


def test_attestation_that_is_wrong_leaves_nothing_behind(desk: "Desk", vault, store):
    presentation = desk.present(instead=[PERHAPS_THE_SAME])
    attestation = presentation.attestation
    assert attestation is not None
    wrong = replace(presentation, attestation=replace(attestation, signature=bytes(64)))
    with pytest.raises(NotPermitted):
        desk.register(wrong)
    assert nothing_is_kept(desk, vault, store)


def test_same_session_again_does_not_touch_what_is_kept(desk: "Desk", store):
    from tests.flows.desk import a_mobile

    presentation = desk.present(attended=False)
    desk.register(presentation)
    kept = store.read(presentation.session)
    with pytest.raises(Conflict):
        desk.register(presentation, a_mobile("+999555001002"))
    assert store.read(presentation.session) == kept


@pytest.mark.parametrize("decide", ["accept", "refuse"])
def test_decision_destroys_photographs_key_and_says_so(desk: "Desk", vault, store, decide: str):
    case = desk.referred()
    row = desk.row("CaseEvidence", case=case)
    wrapped, session = bytes(row.wrapped_key), SessionId(row.session)
    getattr(desk, decide)(case, RHEA)
    assert store.read(session)
    review = getattr(desk, decide)(case, SOL)
    assert review.evidence_destroyed
    assert nothing_is_kept(desk, vault, store)
    with pytest.raises(NotFound):
        vault.unwrap(row.key_name, wrapped, session=session)
    assert wrapped not in desk.raw_files()
    (entry,) = entries(desk, "evidence_destroyed")
    assert (entry["outcome"], entry["subject"]) == ("at_decision", entries(desk, "case_opened")[0]["subject"])
    assert desk.row("CaseEvidence", case=case).end == "at_decision"


def test_photographs_end_at_the_deadline_and_not_before(desk: "Desk", vault, store, now):
    """The retention clock, at both sides of its edge."""
    from lineproof.registry.queries.evidence import kept_until

    case = desk.referred()
    until = desk.row("CaseEvidence", case=case).kept_until
    assert settle(desk, vault, until - LATER).cases == 0
    assert kept_until(case, now=until - LATER) == until
    assert len(store.kept()) == 1
    with pytest.raises(Erased):  # at once, whether or not anybody has cleared up
        kept_until(case, now=until)
    assert settle(desk, vault, until).cases == 1
    assert nothing_is_kept(desk, vault, store)
    (entry,) = entries(desk, "evidence_destroyed")
    assert (entry["outcome"], entry["at"]) == ("at_deadline", entry["answers"])
    assert settle(desk, vault, until + LATER).cases == 0
    assert desk.accept(case, RHEA, SOL).evidence_destroyed is False, "decided on the findings"


def test_stopped_between_the_decision_and_the_removal_the_next_run_removes(
    desk: "Desk", vault, store, now, monkeypatch
):
    from lineproof.registry.flows import review_case

    def die(*_: object) -> None:
        raise Unavailable("stopped")

    case = desk.referred()
    monkeypatch.setattr(review_case, "remove", die)
    with pytest.raises(Unavailable):
        desk.accept(case, RHEA, SOL)
    assert (len(vault.names()), len(store.kept())) == (1, 1)
    settle(desk, vault, now + timedelta(minutes=14))
    assert len(vault.names()) == 1, "an examination may be under way"
    far = datetime.now(now.tzinfo) + timedelta(minutes=16)
    assert settle(desk, vault, far).left_behind == 2
    assert nothing_is_kept(desk, vault, store)


def test_what_a_killed_procedure_left_is_removed_after_a_while(desk: "Desk", vault, store, now):
    import uuid

    session = SessionId(uuid.uuid4())
    vault.make(session, now=now)
    store.keep(session, b"ciphertext")
    kept = desk.referred()
    assert settle(desk, vault, now + timedelta(minutes=14)).left_behind == 0
    far = datetime.now(now.tzinfo) + timedelta(minutes=16)
    row = desk.row("CaseEvidence", case=kept)
    row.kept_until = far + timedelta(days=1)
    row.save()
    assert settle(desk, vault, far).left_behind == 2
    assert list(vault.names()) == [row.key_name]
    assert [session for session, _ in store.kept()] == [row.session]


def test_stray_file_among_the_keys_holds_no_end_back(desk: "Desk", vault, store):
    case = desk.referred()
    row = desk.row("CaseEvidence", case=case)
    stray = Path(os.environ[RECORD_VARIABLE]) / "case-keys" / "opening" / "stray"
    stray.write_bytes(bytes(32))
    try:
        with pytest.raises(Malformed):
            settle(desk, vault, row.kept_until)
    finally:
        stray.unlink()
    assert nothing_is_kept(desk, vault, store)
    assert len(entries(desk, "evidence_destroyed")) == 1, "once, and in its place"


def test_end_waits_for_no_policy_pack_that_is_gone(desk: "Desk", vault, store):
    case = desk.referred()
    row = desk.row("CaseEvidence", case=case)
    type(desk.rows("Decision")[0]).objects.update(policy="a-pack-that-is-gone")
    assert settle(desk, vault, row.kept_until).cases == 1
    assert nothing_is_kept(desk, vault, store)
