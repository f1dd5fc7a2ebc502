"""Applying in a browser: each step is kept, a try is examined once, and nothing stays longer than it must."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from lineproof.booth.seal import PartKind, seal_evidence
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Conflict, Erased, Malformed, NotFound, NotPermitted, TooMany, Unavailable
from lineproof.line.draft import (
    CONSENTS_VERSION,
    EXAMINED_WITHIN,
    KEPT_FOR,
    SHOWN_FOR,
    DraftResult,
    DraftStep,
    Purpose,
)
from lineproof.ports import Epoch, Examination, SealTerms, Services
from tests.fakes.examiner import ANOTHER_PERSON
from tests.fakes.specimens import ALICE

if TYPE_CHECKING:
    from lineproof.registry.queries.drafts import DraftPage
    from tests.flows.desk import Desk

AT = datetime(2026, 7, 1, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@dataclass(slots=True)
class Applicant:
    """Somebody at their browser, who has begun to apply."""

    desk: "Desk"
    draft: UUID
    now: datetime = AT

    def say(self, number: str = "+999555001001") -> None:
        from lineproof.registry.flows.apply_online import ask_for_line
        from tests.flows.desk import a_mobile

        ask_for_line(self.desk.services, self.draft, a_mobile(number), now=self.now)

    def consent(self) -> None:
        from lineproof.registry.flows.apply_online import consent

        consent(self.desk.services, self.draft, now=self.now)

    def terms(self) -> SealTerms:
        from lineproof.registry.flows.apply_online import seal_terms

        return seal_terms(self.desk.services, self.draft, now=self.now)

    def sealed(self, **otherwise: Any) -> bytes:
        """Take both photographs, and seal them: Alice's, and she is alone."""
        document = self.desk.booth.photograph(otherwise.pop("zone", ALICE.zone), **otherwise).read_bytes()
        face = self.desk.booth.photograph_face().read_bytes()
        parts = [(PartKind.DOCUMENT, document), (PartKind.CAPTURE, face)]
        return seal_evidence(parts, self.terms())

    def send(self, sealed: bytes) -> None:
        from lineproof.registry.flows.apply_online import send_evidence

        send_evidence(self.desk.services, self.draft, sealed, now=self.now)

    def again(self) -> None:
        from lineproof.registry.flows.apply_online import try_again

        try_again(self.draft, now=self.now)

    def end(self) -> None:
        from lineproof.registry.flows.apply_online import end_application

        end_application(self.desk.services, self.draft, now=self.now)

    def page(self) -> "DraftPage":
        from lineproof.registry.queries.drafts import read_draft

        return read_draft(self.desk.services, self.draft, now=self.now)

    @property
    def row(self) -> Any:
        return self.desk.row("Draft", id=self.draft)


@pytest.fixture
def applicant(desk: "Desk") -> Applicant:
    """Somebody who has just begun."""
    from lineproof.registry.flows.apply_online import begin_application

    return Applicant(desk, begin_application(desk.services, now=AT))


@pytest.fixture
def ready(applicant: Applicant) -> Applicant:
    """Somebody who has said which line, and consented: the camera is next."""
    applicant.say()
    applicant.consent()
    return applicant


def forget(now: datetime) -> int:
    from lineproof.registry.flows.apply_online import forget_drafts

    return forget_drafts(now=now)


def opens(desk: "Desk", draft: UUID) -> bool:
    """Tell whether the draft's key is there."""
    return desk.count("DataKey", subject=draft, retention="case") == 1


def test_each_step_is_kept_and_the_next_one_follows(applicant: Applicant):
    assert applicant.page().step is DraftStep.LINE
    applicant.say()
    page = applicant.page()
    assert page.step is DraftStep.CONSENT
    assert page.line is not None
    assert page.line.name == "+999555001001"
    applicant.consent()
    assert applicant.page().step is DraftStep.CAPTURE
    applicant.send(applicant.sealed())
    assert applicant.page().step is DraftStep.RESULT


def test_line_may_be_said_anew_until_photographs_are_sent(ready: Applicant):
    ready.say("+999555001002")
    page = ready.page()
    assert page.line is not None
    assert page.line.name == "+999555001002"
    assert page.step is DraftStep.CAPTURE
    ready.send(ready.sealed())
    with pytest.raises(Conflict, match="examined already"):
        ready.say()


def test_alone_with_photographs_is_referred_and_two_people_register_the_line(ready: Applicant):
    from tests.flows.desk import RHEA, SOL

    ready.send(ready.sealed())
    page = ready.page()
    assert page.result is DraftResult.WITH_PEOPLE
    assert ReasonCode.NOT_PROVEN_LIVE in {reason.code for reason in page.reasons}
    (case,) = ready.desk.rows("Case")
    assert page.due_at == case.due_at
    assert page.evidence_until == AT + timedelta(days=5)
    ready.desk.accept(case.id, RHEA, SOL)
    done = ready.page()
    assert (done.result, done.reasons, done.evidence_until) == (DraftResult.REGISTERED, (), None)
    assert ready.desk.count("Line") == 1
    (accepted,) = ready.desk.rows("TermsAccepted")
    assert accepted.version == ready.desk.services.policy.terms_version


@pytest.mark.parametrize(
    ("people", "result"), [("return_", DraftResult.RETURNED), ("refuse", DraftResult.REFUSED)]
)
def test_what_people_decided_against_is_shown_with_their_reasons(
    ready: Applicant, people: str, result: DraftResult
):
    from tests.flows.desk import RHEA, SOL

    ready.send(ready.sealed())
    (case,) = ready.desk.rows("Case")
    getattr(ready.desk, people)(case.id, RHEA, SOL, reason=ReasonCode.CAPTURE_COVERED)
    page = ready.page()
    assert page.result is result
    assert [reason.code for reason in page.reasons] == [ReasonCode.CAPTURE_COVERED]


def test_what_was_accepted_on_appeal_is_registered_whatever_two_people_said(ready: Applicant):
    from lineproof.registry.models import Decision
    from tests.flows.desk import RHEA, SOL

    ready.send(ready.sealed())
    (case,) = ready.desk.rows("Case")
    ready.desk.refuse(case.id, RHEA, SOL)
    refused = Decision.objects.get(people=2)
    refused.pk, refused.outcome, refused.people = uuid4(), "accepted_on_appeal", 1
    refused.decided_at += timedelta(days=1)
    refused.save(force_insert=True)
    page = ready.page()
    assert (page.result, page.reasons) == (DraftResult.REGISTERED, ())


def test_once_it_is_with_people_the_draft_has_no_line_and_no_key_any_more(ready: Applicant):
    sealed, kept = ready.sealed(), bytes(ready.row.sealed_line)
    assert opens(ready.desk, ready.draft)
    ready.send(sealed)
    row = ready.row
    assert (row.sealed_line, row.challenge, row.epoch_key, row.examining_since) == (None, None, None, None)
    assert not opens(ready.desk, ready.draft)
    assert kept not in ready.desk.raw_files()
    assert ready.page().line is None


def test_sent_twice_it_is_examined_once(ready: Applicant):
    sealed = ready.sealed()
    ready.send(sealed)
    before = ready.desk.everything()
    ready.send(sealed)
    ready.send(b"anything else")
    assert ready.desk.everything() == before
    assert ready.desk.count("Decision") == 1


def test_two_buttons_at_once_are_one_examination(ready: Applicant):
    """The second is told to wait while the first is examined, and has the same result afterwards."""
    sealed, inside, leave = ready.sealed(), threading.Event(), threading.Event()
    examine = ready.desk.booth.examine

    def slowly(*given: Any) -> Examination:
        inside.set()
        assert leave.wait(10)
        return examine(*given)

    ready.desk.services = replace(ready.desk.services, examiner=_booth(ready.desk, examine=slowly))
    first = threading.Thread(target=_in_thread, args=(ready.send, sealed))
    first.start()
    assert inside.wait(10)
    for act in (lambda: ready.send(sealed), ready.terms, ready.say, ready.end):
        with pytest.raises(TooMany, match="being examined"):
            act()
    leave.set()
    first.join(10)
    ready.send(sealed)
    assert ready.desk.count("Decision") == 1


def _in_thread(act: Callable[[bytes], None], sealed: bytes) -> None:
    from django.db import connection

    try:
        act(sealed)
    finally:
        connection.close()


def _booth(desk: "Desk", **instead: Any) -> Any:
    """Give the booth with something of it replaced."""

    class Booth:
        workshop = desk.booth.workshop
        epoch = staticmethod(instead.get("epoch", desk.booth.epoch))
        examine = staticmethod(instead.get("examine", desk.booth.examine))
        review = staticmethod(desk.booth.review)

    return Booth()


def test_killed_while_examining_it_can_be_sent_again_after_a_while(ready: Applicant):
    from django.apps import apps

    sealed = ready.sealed()
    apps.get_model("registry", "Draft").objects.update(examining_since=AT)
    ready.now = AT + EXAMINED_WITHIN - INSTANT
    with pytest.raises(TooMany):
        ready.send(sealed)
    ready.now = AT + EXAMINED_WITHIN
    ready.send(sealed)
    assert ready.page().result is DraftResult.WITH_PEOPLE


def test_killed_after_the_decision_the_next_request_ends_the_draft(ready: Applicant):
    from django.apps import apps

    sealed, before = ready.sealed(), ready.row
    key = ready.desk.row("DataKey", subject=ready.draft)
    ready.send(sealed)
    before.save()
    key.save(force_insert=True)
    assert opens(ready.desk, ready.draft)
    ready.send(sealed)
    assert not opens(ready.desk, ready.draft)
    assert ready.row.sealed_line is None
    assert apps.get_model("registry", "Decision").objects.count() == 1


def test_three_tries_and_not_a_fourth(ready: Applicant):
    for left in (2, 1, 0):
        ready.send(ready.sealed(instead=[ANOTHER_PERSON]))
        page = ready.page()
        assert (page.result, page.tries_left) == (DraftResult.NOT_VERIFIED, left)
        assert ReasonCode.FACE_NOT_MATCHED in {reason.code for reason in page.reasons}
        if left:
            ready.again()
            assert (ready.page().step, ready.page().tries_left) == (DraftStep.CAPTURE, left)
    before = ready.desk.everything()
    with pytest.raises(NotPermitted, match="No try is left") as refused:
        ready.again()
    assert "counter" in refused.value.remedy
    assert ready.desk.everything() == before
    sessions = {row.session for row in ready.desk.rows("Decision")}
    assert len(sessions) == 3


def test_second_try_may_do(ready: Applicant):
    ready.send(ready.sealed(instead=[ANOTHER_PERSON]))
    ready.again()
    ready.send(ready.sealed())
    page = ready.page()
    assert (page.result, page.tries_left) == (DraftResult.WITH_PEOPLE, 2)


def test_there_is_no_other_try_before_the_first_or_after_a_referral(ready: Applicant):
    with pytest.raises(Conflict, match="nothing to be tried"):
        ready.again()
    ready.send(ready.sealed())
    with pytest.raises(Conflict, match="nothing to be tried"):
        ready.again()


def test_photograph_that_is_none_is_no_try(ready: Applicant):
    before = ready.page()
    parts = [(PartKind.DOCUMENT, ready.desk.booth.photograph_that_is_none().read_bytes())]
    parts.append((PartKind.CAPTURE, ready.desk.booth.photograph_face().read_bytes()))
    sealed = seal_evidence(parts, ready.terms())
    with pytest.raises(Malformed):
        ready.send(sealed)
    assert ready.page() == before
    assert ready.row.examining_since is None
    ready.send(ready.sealed())
    assert ready.page().result is DraftResult.WITH_PEOPLE


def test_key_that_is_gone_asks_for_the_photographs_again_and_costs_no_try(ready: Applicant):
    def gone(*_: Any) -> Examination:
        raise Unavailable("The key is gone.", remedy="Give the photographs again.", retry_after_s=0)

    sealed, services = ready.sealed(), ready.desk.services
    ready.desk.services = replace(services, examiner=_booth(ready.desk, examine=gone))
    with pytest.raises(Unavailable, match="key is gone"):
        ready.send(sealed)
    assert (ready.page().step, ready.page().tries_left) == (DraftStep.CAPTURE, 3)
    ready.desk.services = services
    ready.send(ready.sealed())
    assert ready.page().result is DraftResult.WITH_PEOPLE


def test_line_that_is_registered_already_costs_no_try_and_another_may_be_said(ready: Applicant):
    ready.desk.register()
    with pytest.raises(Conflict, match="already registered"):
        ready.send(ready.sealed())
    assert (ready.page().step, ready.page().tries_left) == (DraftStep.CAPTURE, 3)
    ready.say("+999555001002")
    ready.send(ready.sealed())
    assert ready.page().result is DraftResult.WITH_PEOPLE


def test_seal_is_the_same_until_the_booth_has_another_key(ready: Applicant):
    first = ready.terms()
    assert ready.terms() == first
    other = Epoch(b"\x04" + bytes(64), AT + timedelta(minutes=5))
    ready.desk.services = replace(ready.desk.services, examiner=_booth(ready.desk, epoch=lambda: other))
    second = ready.terms()
    assert (second.epoch_key, second.expires_at) == (other.public_key, other.ends_at)
    assert second.challenge != first.challenge
    assert second.session == first.session


def test_every_purpose_is_noted_with_what_was_shown(ready: Applicant):
    noted = {row.purpose: (row.version, row.given_at) for row in ready.desk.rows("DraftConsent")}
    assert set(noted) == {purpose.value for purpose in Purpose}
    assert noted["contract"] == (ready.desk.services.policy.terms_version, AT)
    assert noted["comparison"] == (CONSENTS_VERSION, AT)


def test_consent_to_other_terms_is_asked_for_again(ready: Applicant):
    sealed, services = ready.sealed(), ready.desk.services
    newer = replace(services.policy, terms_version="2")
    ready.desk.services = replace(services, policy=newer)
    assert ready.page().step is DraftStep.CONSENT
    for act in (ready.terms, lambda: ready.send(sealed)):
        with pytest.raises(Conflict, match="step before"):
            act()
    ready.consent()
    assert ready.desk.row("DraftConsent", purpose="contract").version == "2"
    ready.send(ready.sealed())
    assert ready.page().result is DraftResult.WITH_PEOPLE


def test_no_step_goes_before_the_one_it_needs(applicant: Applicant):
    with pytest.raises(Conflict, match="step before"):
        applicant.consent()
    applicant.say()
    with pytest.raises(Conflict, match="step before"):
        applicant.terms()
    with pytest.raises(Conflict, match="step before"):
        applicant.send(b"anything")
    assert applicant.desk.count("Decision") == 0
    assert applicant.row.examining_since is None


def test_nothing_is_examined_before_terms_were_given(ready: Applicant):
    with pytest.raises(Conflict, match="step before"):
        ready.send(b"anything")


def test_draft_is_forgotten_after_a_day_with_its_key(ready: Applicant):
    end = AT + KEPT_FOR
    assert forget(end - INSTANT) == 0
    ready.now = end - INSTANT
    assert ready.page().step is DraftStep.CAPTURE
    ready.now = end
    for act in (ready.page, ready.say, ready.terms, ready.end):
        with pytest.raises(NotFound, match="No application is open"):
            act()
    assert forget(end) == 1
    assert not opens(ready.desk, ready.draft)
    assert (ready.desk.count("Draft"), ready.desk.count("DraftConsent")) == (0, 0)
    assert forget(end) == 0


def test_a_crowd_of_drafts_is_forgotten_in_parts(desk: "Desk"):
    """A worker stops between two units of a few seconds; where there are more, it is run again at once."""
    from lineproof.registry.flows.apply_online import FORGOTTEN_AT_ONCE
    from lineproof.registry.models import Draft

    over = [Draft(way="face", kept_until=AT) for _ in range(FORGOTTEN_AT_ONCE + 1)]
    Draft.objects.bulk_create(over)
    assert [forget(AT), forget(AT), forget(AT)] == [FORGOTTEN_AT_ONCE, 1, 0]


def test_draft_that_is_being_examined_is_not_forgotten_under_its_feet(ready: Applicant):
    from django.apps import apps

    end = AT + KEPT_FOR
    apps.get_model("registry", "Draft").objects.update(examining_since=end - INSTANT)
    assert forget(end) == 0
    assert forget(end - INSTANT + EXAMINED_WITHIN) == 1


def test_who_waits_for_people_can_read_what_they_decided_for_a_week_longer(ready: Applicant):
    ready.send(ready.sealed())
    (case,) = ready.desk.rows("Case")
    ready.now = case.due_at + SHOWN_FOR - INSTANT
    assert ready.page().result is DraftResult.WITH_PEOPLE
    assert forget(case.due_at + SHOWN_FOR - INSTANT) == 0
    assert forget(case.due_at + SHOWN_FOR) == 1
    assert ready.desk.count("Case") == 1


def test_applicant_deletes_it_and_nothing_is_left(ready: Applicant):
    kept = bytes(ready.row.sealed_line)
    ready.end()
    assert (ready.desk.count("Draft"), ready.desk.count("DraftConsent")) == (0, 0)
    assert not opens(ready.desk, ready.draft)
    assert kept not in ready.desk.raw_files()
    with pytest.raises(NotFound):
        ready.page()


def test_line_cannot_be_read_without_the_key(ready: Applicant):
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import destroy

    destroy(ready.draft, Retention.CASE)
    with pytest.raises(Erased):
        ready.page()


def test_nobody_begins_where_no_photograph_can_be_examined_or_kept(desk: "Desk"):
    from lineproof.registry.flows.apply_online import begin_application, takes_photographs

    assert takes_photographs(desk.services)
    for without in _without(desk):
        assert not takes_photographs(without)
        with pytest.raises(Unavailable, match="cannot be examined") as refused:
            begin_application(without, now=AT)
        assert "counter" in refused.value.remedy
    assert desk.count("Draft") == 0


def _without(desk: "Desk") -> list[Services]:
    services, booth = desk.services, _booth(desk)
    type(booth).workshop = None
    policy = services.policy
    evidence = replace(policy.retention.evidence, days=0)
    keeps_none = replace(policy, retention=replace(policy.retention, evidence=evidence))
    return [
        replace(services, examiner=booth),
        replace(services, referrals=None),
        replace(services, policy=keeps_none),
    ]


def test_a_cookie_of_nothing_opens_nothing(applicant: Applicant):
    applicant.draft = uuid4()
    with pytest.raises(NotFound):
        applicant.page()


def test_log_says_nothing_of_a_draft_until_it_is_decided(ready: Applicant):
    before = ready.desk.count("Entry")
    sealed = ready.sealed()
    assert ready.desk.count("Entry") == before
    ready.send(sealed)
    assert ready.desk.count("Entry") > before


class TestWhereItBegins:
    def begin(self, desk: "Desk", address: str, now: datetime = AT) -> UUID:
        from lineproof.registry.flows.apply_online import begin_application

        return begin_application(desk.services, now=now, address=address)

    def test_thirty_an_hour_begin_at_one_address_and_the_next_is_told_how_long_to_wait(self, desk: "Desk"):
        for minute in range(30):
            self.begin(desk, "203.0.113.7", AT + timedelta(minutes=minute))
        with pytest.raises(TooMany, match="Too many applications") as refused:
            self.begin(desk, "203.0.113.7", AT + timedelta(minutes=30))
        assert refused.value.retry_after_s == 30 * 60
        self.begin(desk, "203.0.113.8", AT + timedelta(minutes=30))
        self.begin(desk, "203.0.113.7", AT + timedelta(minutes=60))

    def test_an_address_that_says_nothing_is_not_counted_and_none_is_kept_in_the_clear(self, desk: "Desk"):
        for _ in range(40):
            self.begin(desk, "")
        self.begin(desk, "203.0.113.7")
        macs = [row.address_mac for row in desk.rows("Draft") if row.address_mac is not None]
        assert len(macs) == 1
        assert b"203.0.113.7" not in bytes(macs[0])
