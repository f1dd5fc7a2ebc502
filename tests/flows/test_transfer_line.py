"""A line changes hands when both want it, both were verified, and their time to think is over."""

import json
import re
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.errors import Conflict, NotFound, NotPermitted
from lineproof.line.transfer import TransferEnd
from lineproof.terms import HolderId, LineId, SessionId, StaffName, TransferId
from tests.fakes.specimens import ALICE, BO, MALLORY, Passport
from tests.flows.test_monitored import monitored

if TYPE_CHECKING:
    from lineproof.registry.flows.transfer_line import Acceptance, Offer
    from tests.flows.desk import Desk

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
TERMS = "1"


@dataclass
class Counter:
    """Alice with a mobile line, Bo who wants it, and what they can ask for. Times count from NOW."""

    desk: "Desk"
    line: LineId
    alice: HolderId

    def at(self, later: timedelta) -> datetime:
        from tests.flows.desk import NOW

        return NOW + later

    def session(self, passport: Passport, later: timedelta) -> SessionId:
        return self.desk.verified(passport, now=self.at(later))

    def offer(self, later: timedelta = HOUR, *, by: Passport = ALICE) -> "Offer":
        from lineproof.registry.flows.transfer_line import offer_line

        return offer_line(self.desk.services, self.line, self.session(by, later), now=self.at(later))

    def accept(
        self, code: str, later: timedelta = 2 * HOUR, *, by: Passport = BO, terms: str = TERMS
    ) -> "Acceptance":
        from lineproof.registry.flows.transfer_line import accept_line

        session, now = self.session(by, later), self.at(later)
        return accept_line(self.desk.services, code, session, terms_version=terms, now=now)

    def accepted(self) -> "Acceptance":
        return self.accept(self.offer().code)

    def cancel(
        self,
        transfer: TransferId,
        by: Passport,
        later: timedelta = 3 * HOUR,
        *,
        denies: bool = False,
        session: SessionId | None = None,
    ) -> TransferEnd:
        from lineproof.registry.flows.transfer_line import cancel_transfer

        session = session or self.session(by, later)
        return cancel_transfer(self.desk.services, transfer, session, now=self.at(later), denies=denies)

    def complete(self, later: timedelta) -> int:
        from lineproof.registry.flows.transfer_line import complete_due_transfers

        return complete_due_transfers(self.desk.services, now=self.at(later))

    def expire(self, later: timedelta) -> int:
        from lineproof.registry.flows.transfer_line import end_stale_offers

        return end_stale_offers(self.desk.services, now=self.at(later))

    def holders(self) -> list[HolderId]:
        return [row.holder_id for row in self.desk.rows("Custody") if row.until is None]

    @property
    def state(self) -> str:
        return str(self.desk.row("Line", id=self.line).state)

    @property
    def transfer(self) -> Any:
        return self.desk.rows("Transfer")[-1]

    def told(self, kind: str) -> list[HolderId]:
        return [row.holder_id for row in self.desk.rows("Notice") if row.kind == kind]

    def findings(self, later: timedelta) -> tuple[object, ...]:
        return monitored(self.desk, at=self.at(later)).findings


@pytest.fixture
def counter(desk: "Desk") -> Counter:
    done = desk.register()
    assert done.line is not None
    assert done.holder is not None
    return Counter(desk, done.line, done.holder)


COOLING = 2 * HOUR + DAY


def bo(counter: Counter) -> HolderId:
    return next(row.id for row in counter.desk.rows("Holder") if row.id != counter.alice)


def hold(counter: Counter, *, until: timedelta) -> None:
    """Keep the line from being transferred, as another SIM does."""
    from lineproof.registry.models import Hold

    since, end = counter.at(HOUR), counter.at(until)
    Hold.objects.create(line_id=counter.line, kind="transfer", since=since, until=end, subject=b"s" * 16)


def test_offer_changes_nothing_but_that_it_is_offered_and_the_giver_is_told(counter: Counter):
    offer = counter.offer()
    assert counter.state == "in_transfer"
    assert counter.holders() == [counter.alice]
    assert counter.told("transfer_offered") == [counter.alice]
    (notice,) = (row for row in counter.desk.rows("Notice") if row.kind == "transfer_offered")
    # Seven days from the first of July: to the end of the eighth.
    assert notice.deadline == offer.accept_by == datetime.fromisoformat("2026-07-09T00:00:00+00:00")
    assert counter.findings(2 * HOUR) == ()


def test_code_can_be_copied_by_hand_and_guessed_by_nobody(counter: Counter):
    assert re.fullmatch(r"[0-9a-f]{32}", counter.offer().code)


def test_code_is_nowhere_in_the_record(counter: Counter):
    assert counter.offer().code.encode() not in counter.desk.raw_files()


def test_only_its_holder_offers_a_line_and_nobody_learns_whose_it_is(counter: Counter):
    from lineproof.registry.flows.transfer_line import offer_line

    before = counter.session(MALLORY, HOUR)
    kept = counter.desk.everything()
    said = []
    for line in (counter.line, LineId(uuid.uuid4())):
        with pytest.raises(NotPermitted) as refused:
            offer_line(counter.desk.services, line, before, now=counter.at(HOUR))
        said.append((refused.value.what, refused.value.remedy))
    assert said[0] == said[1]
    assert counter.desk.everything() == kept


def test_who_was_verified_too_long_ago_offers_and_accepts_nothing(counter: Counter):
    from lineproof.registry.flows.transfer_line import accept_line, offer_line

    services, alices = counter.desk.services, counter.session(ALICE, HOUR)
    with pytest.raises(NotPermitted, match="within 24 hours"):
        offer_line(services, counter.line, alices, now=counter.at(HOUR + DAY))
    offer = offer_line(services, counter.line, alices, now=counter.at(HOUR + DAY - SECOND))
    bos = counter.session(BO, HOUR)
    for later in (DAY, 2 * DAY):
        with pytest.raises(NotPermitted, match="within 24 hours"):
            accept_line(services, offer.code, bos, terms_version=TERMS, now=counter.at(HOUR + later))


def test_line_is_offered_to_one_at_a_time(counter: Counter):
    counter.offer()
    with pytest.raises(Conflict, match="in transfer cannot be offered"):
        counter.offer(2 * HOUR)


def test_line_that_a_hold_keeps_is_not_offered_until_it_is_over(counter: Counter):
    from lineproof.registry.models import Hold

    Hold.objects.create(
        line_id=counter.line,
        kind="transfer",
        since=counter.at(HOUR),
        until=counter.at(DAY),
        subject=b"s" * 16,
    )
    with pytest.raises(Conflict, match="until 2026-07-02 12:00"):
        counter.offer(DAY - SECOND)
    assert counter.offer(DAY).transfer


def test_both_are_told_when_it_is_accepted_and_until_when_they_can_think(counter: Counter):
    acceptance = counter.accepted()
    assert acceptance.complete_at == counter.at(COOLING)
    assert counter.told("transfer_accepted") == [counter.alice, bo(counter)]
    accepted = [row for row in counter.desk.rows("Notice") if row.kind == "transfer_accepted"]
    assert {row.deadline for row in accepted} == {acceptance.complete_at}
    assert (counter.state, counter.holders()) == ("in_transfer", [counter.alice])
    assert counter.findings(2 * HOUR) == ()


def test_who_receives_may_be_new_here(counter: Counter):
    assert counter.desk.count("Holder") == 1
    counter.accepted()
    assert counter.desk.count("Holder") == 2


@pytest.mark.parametrize("early", [SECOND, timedelta()])
def test_offer_can_be_accepted_up_to_its_end_and_not_at_it(counter: Counter, early: timedelta):
    offer = counter.offer()
    last = offer.accept_by - counter.at(timedelta()) - early
    if early:
        assert counter.accept(offer.code, last).complete_at
    else:
        with pytest.raises(NotPermitted, match="not open a transfer any more"):
            counter.accept(offer.code, last)


@pytest.mark.parametrize("code", ["", "no such code", "A" * 32])
def test_wrong_code_opens_nothing(counter: Counter, code: str):
    counter.offer()
    with pytest.raises(NotPermitted, match="good once"):
        counter.accept(code)


def test_code_is_good_once(counter: Counter):
    offer = counter.offer()
    counter.accept(offer.code)
    receiver = bo(counter)
    with pytest.raises(NotPermitted, match="good once"):
        counter.accept(offer.code, 3 * HOUR, by=MALLORY)
    assert counter.transfer.receiver_id == receiver
    assert counter.transfer.code_digest is None


def test_code_of_an_offer_that_was_taken_back_opens_nothing(counter: Counter):
    offer = counter.offer()
    counter.cancel(offer.transfer, ALICE, HOUR)
    with pytest.raises(NotPermitted, match="good once"):
        counter.accept(offer.code)


def test_nobody_receives_their_own_line_or_under_other_terms_and_the_code_still_holds(counter: Counter):
    offer = counter.offer()
    with pytest.raises(Conflict, match="theirs already"):
        counter.accept(offer.code, by=ALICE)
    for terms in ("", "2"):
        with pytest.raises(Conflict, match="terms in force are version 1"):
            counter.accept(offer.code, terms=terms)
    assert counter.accept(offer.code).complete_at


def test_who_is_not_to_be_recognised_any_more_receives_nothing(counter: Counter):
    from lineproof.registry.flows.transfer_line import accept_line

    offer, bos = counter.offer(), counter.session(BO, HOUR)
    counter.desk.erase(bo(counter), now=counter.at(HOUR))
    with pytest.raises(Conflict, match="erased at their request"):
        accept_line(counter.desk.services, offer.code, bos, terms_version=TERMS, now=counter.at(2 * HOUR))


def test_cap_of_the_receiver_is_kept_also_for_lines_that_are_on_their_way(counter: Counter):
    """The specimen's cap is two mobile lines: one held, one accepted, and a third is too many."""
    from lineproof.registry.flows.transfer_line import accept_line, offer_line
    from tests.flows.desk import a_mobile

    desk = counter.desk
    desk.register(desk.present(BO), a_mobile("+999555001002"))
    second = desk.register(request=a_mobile("+999555001003")).line
    assert second is not None
    counter.accepted()
    offer = offer_line(desk.services, second, counter.session(ALICE, HOUR), now=counter.at(HOUR))
    with pytest.raises(Conflict, match="as one may: 2"):
        accept_line(
            desk.services,
            offer.code,
            counter.session(BO, HOUR),
            terms_version=TERMS,
            now=counter.at(HOUR),
        )
    third = desk.register(desk.present(BO), a_mobile("+999555001004"))
    assert third.line is None
    assert third.case is not None
    assert counter.complete(COOLING) == 1
    assert sorted(row.slot for row in desk.rows("Custody") if row.holder_id == bo(counter)) == [1, 2]


@pytest.mark.parametrize("early", [SECOND, timedelta()])
def test_line_changes_hands_when_the_time_to_think_is_over_and_not_before(counter: Counter, early: timedelta):
    counter.accepted()
    assert counter.complete(COOLING - early) == (0 if early else 1)
    assert counter.holders() == [counter.alice if early else bo(counter)]
    assert counter.state == ("in_transfer" if early else "active")
    assert counter.findings(COOLING) == ()


def test_custody_has_neither_gap_nor_overlap_and_both_are_told(counter: Counter):
    counter.accepted()
    counter.complete(COOLING + HOUR)
    first, second = counter.desk.rows("Custody")
    assert first.until == second.since == counter.at(COOLING + HOUR)
    assert (first.holder_id, second.holder_id, second.until) == (counter.alice, bo(counter), None)
    assert counter.told("line_transferred") == [counter.alice, bo(counter)]
    assert counter.desk.row("TermsAccepted").holder_id == bo(counter)
    assert counter.findings(COOLING + HOUR) == ()


def test_line_is_on_the_page_of_its_new_holder_alone(counter: Counter):
    from lineproof.registry.queries.holder import (
        find_holder_by_name,
        find_last_holder_by_name,
        read_holder_page,
    )

    counter.accepted()
    counter.complete(COOLING)
    keys = counter.desk.services.keys
    giver, receiver = (read_holder_page(keys, each) for each in (counter.alice, bo(counter)))
    assert giver.lines == ()
    assert [(line.label, line.state.value) for line in receiver.lines] == [("+999555001001", "active")]
    # The giver still reads what happened, and no number that is another's now.
    assert giver.notices[0].text.subject == "A line changed hands"
    assert {notice.line_label for notice in giver.notices} == {""}
    for find in (find_holder_by_name, find_last_holder_by_name):
        assert find(keys, "+999555001001") == bo(counter)


def test_receipt_of_the_line_is_its_new_holders_from_then_on(counter: Counter):
    from lineproof.registry.models import Entry
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import unseal

    before = counter.desk.row("EntryPlace", about=counter.line)
    counter.accepted()
    counter.complete(COOLING)
    place = counter.desk.row("EntryPlace", about=counter.line)
    assert (before.subject, place.subject) == (counter.alice, bo(counter))
    assert b'"line_transferred"' in bytes(Entry.objects.get(position=place.position).body)
    opened = unseal(
        counter.desk.services.keys,
        bytes(place.sealed_opening),
        subject=place.subject,
        retention=Retention.IDENTITY,
        place="entryplace.sealed_opening",
    )
    assert str(counter.alice) not in (opened["record"] or "")


def test_entries_of_both_commit_to_both(counter: Counter):
    import json

    counter.accepted()
    counter.complete(COOLING)
    entries = [json.loads(bytes(row.body)) for row in counter.desk.rows("Entry")]
    parties = {entry["kind"]: len(entry["commitments"]) for entry in entries}
    assert (parties["transfer_offered"], parties["transfer_accepted"], parties["line_transferred"]) == (
        1,
        2,
        2,
    )
    subjects = {entry["subject"] for entry in entries if "transfer" in entry["kind"]}
    assert len(subjects) == 1


@pytest.mark.parametrize(("who", "outcome"), [(ALICE, "by_giver"), (BO, "by_receiver")])
@pytest.mark.parametrize("later", [2 * HOUR, COOLING - SECOND, COOLING, COOLING + DAY])
def test_either_takes_it_back_at_any_time_until_it_is_completed(
    counter: Counter, who: Passport, outcome: str, later: timedelta
):
    acceptance = counter.accepted()
    assert counter.cancel(acceptance.transfer, who, later).value == outcome
    assert counter.complete(COOLING + 2 * DAY) == 0
    assert (counter.state, counter.holders()) == ("active", [counter.alice])
    assert (counter.transfer.state, counter.transfer.outcome) == ("cancelled", outcome)
    assert counter.told("transfer_ended") == [counter.alice, bo(counter)]
    assert counter.desk.count("TermsAccepted") == 0
    assert counter.findings(COOLING + 2 * DAY) == ()


@pytest.mark.parametrize("accepted", [False, True])
def test_holder_says_that_they_did_not_offer_it_and_the_agent_who_attested_it_shows(
    counter: Counter, accepted: bool
):
    from lineproof.registry.queries.agents import read_agent_statistics

    counter.desk.enrol_agent(StaffName("bea"))
    transfer = counter.accepted().transfer if accepted else counter.offer().transfer
    assert counter.transfer.offered_before.name == "ada"
    ended = counter.cancel(transfer, ALICE, 2 * HOUR, denies=True)
    assert (ended.value, counter.transfer.outcome, counter.state) == (*("not_by_giver",) * 2, "active")
    assert counter.holders() == [counter.alice]
    assert {row.name: row.denied for row in read_agent_statistics()} == {"ada": 1, "bea": 0}
    entries = [json.loads(bytes(row.body)) for row in counter.desk.rows("Entry")]
    (entry,) = (row for row in entries if row["kind"] == "transfer_ended")
    assert (entry["outcome"], entry["by"]) == ("not_by_giver", [])
    assert counter.findings(3 * HOUR) == ()


def test_taking_it_back_denies_nothing(counter: Counter):
    from lineproof.registry.queries.agents import read_agent_statistics

    counter.cancel(counter.accepted().transfer, ALICE, 2 * HOUR)
    assert [row.denied for row in read_agent_statistics()] == [0]


def test_only_whose_line_it_is_can_deny_its_offer(counter: Counter):
    transfer = counter.accepted().transfer
    session = counter.session(BO, 2 * HOUR)
    before = counter.desk.everything()
    with pytest.raises(NotPermitted, match="not offered in their name"):
        counter.cancel(transfer, BO, 2 * HOUR, denies=True, session=session)
    assert counter.desk.everything() == before


def test_nobody_takes_it_back_once_it_is_completed_or_twice(counter: Counter):
    acceptance = counter.accepted()
    counter.complete(COOLING)
    for who in (ALICE, BO):
        with pytest.raises(Conflict, match="completed"):
            counter.cancel(acceptance.transfer, who, COOLING)
    assert counter.holders() == [bo(counter)]


def test_nobody_else_takes_it_back_and_learns_whether_it_is(counter: Counter):
    acceptance = counter.accepted()
    for transfer in (acceptance.transfer, TransferId(uuid.uuid4())):
        with pytest.raises(NotFound, match="no such transfer"):
            counter.cancel(transfer, MALLORY)
    assert counter.complete(COOLING) == 1


@pytest.mark.parametrize("early", [SECOND, timedelta()])
def test_offer_that_nobody_accepted_is_over_at_its_end_and_the_giver_is_told(
    counter: Counter, early: timedelta
):
    offer = counter.offer()
    later = offer.accept_by - counter.at(timedelta()) - early
    assert counter.expire(later) == (0 if early else 1)
    assert counter.state == ("in_transfer" if early else "active")
    assert counter.told("transfer_ended") == ([] if early else [counter.alice])
    assert counter.findings(later) == ()
    if not early:
        assert counter.transfer.outcome == "expired"
        assert counter.expire(later) == 0
        assert counter.offer(later).transfer != offer.transfer


def test_what_was_accepted_does_not_expire(counter: Counter):
    counter.accepted()
    assert counter.expire(40 * DAY) == 0
    assert counter.complete(40 * DAY) == 1


def stop(counter: Counter, outcome: TransferEnd, later: timedelta) -> bool:
    """Stop a transfer as a dispute does, in a transaction and a procedure of its own."""
    from django.db import transaction

    from lineproof.registry import models
    from lineproof.registry.flows.log import LogWriter, SaltOwner
    from lineproof.registry.flows.transfers import stop_transfer_of
    from lineproof.registry.models.choices import Retention

    owner = SaltOwner(counter.alice, Retention.IDENTITY)
    with transaction.atomic(), LogWriter(counter.desk.services, owner, now=counter.at(later)) as log:
        line = models.Line.objects.get(id=counter.line)
        stopped = stop_transfer_of(line, outcome, log)
        assert line.state == counter.desk.row("Line").state
    return stopped


@pytest.mark.parametrize("outcome", [TransferEnd.BY_DISPUTE, TransferEnd.BY_CORRECTION])
@pytest.mark.parametrize("accepted", [True, False])
def test_dispute_stops_an_open_transfer_and_wins_the_race(
    counter: Counter, outcome: TransferEnd, accepted: bool
):
    offer = counter.offer()
    if accepted:
        counter.accept(offer.code)
    assert stop(counter, outcome, COOLING)
    assert not stop(counter, outcome, COOLING)
    assert counter.complete(COOLING) == 0
    assert (counter.state, counter.holders()) == ("active", [counter.alice])
    assert counter.transfer.outcome == outcome.value
    assert len(counter.told("transfer_ended")) == (2 if accepted else 1)
    assert counter.findings(COOLING) == ()


def test_dispute_after_completion_finds_nothing_to_stop(counter: Counter):
    counter.accepted()
    counter.complete(COOLING)
    assert not stop(counter, TransferEnd.BY_DISPUTE, COOLING)
    assert counter.holders() == [bo(counter)]


def test_line_that_a_hold_keeps_meanwhile_stays_with_its_giver_until_it_is_over(counter: Counter):
    counter.accepted()
    hold(counter, until=COOLING + DAY)
    assert counter.complete(COOLING + DAY - SECOND) == 0
    assert counter.holders() == [counter.alice]
    assert counter.complete(COOLING + DAY) == 1


def test_line_that_was_moved_behind_the_rules_is_not_handed_over(counter: Counter):
    from lineproof.registry.models import Line

    counter.accepted()
    Line.objects.update(state="suspended")
    assert counter.complete(COOLING) == 0
    assert counter.holders() == [counter.alice]


def test_giver_who_is_erased_takes_no_key_of_the_line_with_them(counter: Counter):
    from lineproof.registry.queries.holder import read_holder_page

    counter.accepted()
    counter.complete(COOLING)
    desk = counter.desk
    counted = {"subject": counter.alice, "retention": "line"}
    assert desk.count("DataKey", **counted) == 1
    erasure = desk.erase(counter.alice, now=counter.at(COOLING + HOUR))
    assert {kept.what.value for kept in erasure.kept} == {"identity"}
    assert desk.count("DataKey", **counted) == 0
    (line,) = read_holder_page(desk.services.keys, bo(counter)).lines
    assert line.label == "+999555001001"
    assert desk.row("EntryPlace", about=counter.line).subject == bo(counter)


def test_giver_with_another_line_keeps_its_key_when_erased(counter: Counter):
    from lineproof.registry.queries.holder import read_lines
    from tests.flows.desk import an_access

    counter.desk.register(request=an_access())
    counter.accepted()
    counter.complete(COOLING)
    erasure = counter.desk.erase(counter.alice, now=counter.at(COOLING + HOUR))
    assert [kept.line for kept in erasure.kept if kept.line] == ["bo.brannoch"]
    assert [line.label for line in read_lines(counter.desk.services.keys, counter.alice)] == ["bo.brannoch"]


def test_who_a_line_is_on_its_way_to_is_not_erased_until_it_came_or_was_taken_back(counter: Counter):
    acceptance = counter.accepted()
    erasure = counter.desk.erase(bo(counter), now=counter.at(3 * HOUR))
    assert erasure.erased == ()
    assert {kept.until for kept in erasure.kept} == {None}
    assert all("transferred to you" in kept.why for kept in erasure.kept)
    counter.cancel(acceptance.transfer, BO, 4 * HOUR)
    assert counter.desk.erase(bo(counter), now=counter.at(5 * HOUR)).erased


def test_row_of_a_transfer_goes_with_the_identity_of_either(counter: Counter):
    from lineproof.registry.flows.erase import erase_due

    acceptance = counter.accepted()
    counter.cancel(acceptance.transfer, BO)
    receiver = bo(counter)
    days = counter.desk.services.policy.retention.identity.days
    erase_due(counter.desk.services, now=counter.at((days - 1) * DAY))
    assert counter.desk.count("Transfer") == 1
    erase_due(counter.desk.services, now=counter.at((days + 1) * DAY))
    assert counter.desk.row("Holder", id=receiver).sealed_identity is None
    assert counter.desk.count("Transfer") == 0


def test_line_is_transferred_on_and_each_custody_follows_the_one_before(counter: Counter):
    counter.accepted()
    counter.complete(COOLING)
    later = COOLING + HOUR
    offer = counter.offer(later, by=BO)
    counter.accept(offer.code, later, by=MALLORY)
    assert counter.complete(later + DAY) == 1
    custodies = counter.desk.rows("Custody")
    assert [row.until for row in custodies[:2]] == [row.since for row in custodies[1:]]
    assert counter.findings(later + DAY) == ()


def test_each_transfer_is_a_procedure_of_its_own(counter: Counter):
    first = counter.offer()
    counter.cancel(first.transfer, ALICE, HOUR)
    counter.offer(2 * HOUR)
    assert len({bytes(row.subject) for row in counter.desk.rows("Transfer")}) == 2


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"receiver_id": "giver"}, "a_transfer_is_to_another"),
        ({"state": "cancelled", "ended_at": "now"}, "a_cancelled_transfer_says_why"),
        ({"state": "completed", "ended_at": "too soon"}, "a_transfer_is_not_completed_too_soon"),
        ({"state": "offered"}, "a_transfer_goes_to_who_accepted"),
        ({"complete_at": None}, "a_transfer_is_accepted_whole"),
        ({"terms_version": ""}, "a_transfer_is_accepted_whole"),
        ({"code_digest": b"c" * 32}, "a_code_is_used_once"),
        ({"ended_at": "now"}, "a_transfer_is_not_completed_too_soon"),
    ],
)
def test_database_refuses_a_transfer_that_is_not_by_the_rules(
    counter: Counter, changes: dict[str, Any], constraint: str
):
    from django.db import IntegrityError, transaction

    from lineproof.registry.models import Transfer

    counter.accepted()
    words = {"giver": counter.alice, "now": counter.at(COOLING), "too soon": counter.at(COOLING - SECOND)}
    values = {name: words.get(value, value) for name, value in changes.items()}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Transfer.objects.update(**values)


def test_database_refuses_a_second_open_transfer_of_a_line(counter: Counter):
    from django.db import IntegrityError, transaction

    from lineproof.registry.models import Transfer

    counter.offer()
    row = Transfer.objects.get()
    row.pk, row.code_digest = uuid.uuid4(), b"d" * 32
    with pytest.raises(IntegrityError, match="UNIQUE"), transaction.atomic():
        row.save(force_insert=True)


def at_once(acts: "list[Any]") -> list[object]:
    """Run acts at the same time, each with a connection of its own, and give what each gave or raised."""
    import threading

    from django.db import connections

    results: list[object] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def run(number: int) -> None:
        try:
            start.wait()
            results[number] = acts[number]()
        except (Conflict, NotFound, NotPermitted) as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_sixteen_at_once_bring_a_transfer_to_one_end(counter: Counter):
    """Four each complete it, take it back for either party, and dispute it."""
    from lineproof.registry.flows.transfer_line import cancel_transfer

    acceptance, services = counter.accepted(), counter.desk.services
    sessions = {who: counter.session(who, COOLING - HOUR) for who in (ALICE, BO)}
    now = counter.at(COOLING)

    def cancel(who: Passport) -> TransferEnd:
        return cancel_transfer(services, acceptance.transfer, sessions[who], now=now)

    acts = [
        lambda: counter.complete(COOLING),
        lambda: cancel(ALICE),
        lambda: cancel(BO),
        lambda: stop(counter, TransferEnd.BY_DISPUTE, COOLING),
    ] * 4
    results = at_once(acts)
    won = [result for result in results if result in (1, True) or isinstance(result, TransferEnd)]
    assert len(won) == 1, results
    completed = counter.transfer.state == "completed"
    assert counter.holders() == [bo(counter) if completed else counter.alice]
    assert counter.state == "active"
    assert counter.desk.count("Transfer") == 1
    assert counter.findings(COOLING) == ()


def test_code_that_sixteen_bring_at_once_is_good_for_one(counter: Counter):
    from lineproof.registry.flows.transfer_line import Acceptance, accept_line

    offer, services, now = counter.offer(), counter.desk.services, counter.at(2 * HOUR)
    people = [replace(BO, number=f"K{number:08}", surname="K" * (number + 1)) for number in range(16)]
    sessions = [counter.session(passport, 2 * HOUR) for passport in people]

    def accept(session: SessionId) -> Acceptance:
        return accept_line(services, offer.code, session, terms_version=TERMS, now=now)

    results = at_once([lambda each=each: accept(each) for each in sessions])
    assert sum(isinstance(result, Acceptance) for result in results) == 1
    assert sum(isinstance(result, NotPermitted) for result in results) == 15
    assert counter.findings(2 * HOUR) == ()
