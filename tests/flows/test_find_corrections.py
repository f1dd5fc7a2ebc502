"""Find wrongly registered lines: counted in a dry run, entered once, and nobody told."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from lineproof.line.correction import Cause
from lineproof.terms import LineKind
from tests.fakes.specimens import ALICE, ALICES_RENEWED, BO
from tests.flows.corrected import RHEA, SOL, Corrected
from tests.line.imported_rows import a_number, a_row

if TYPE_CHECKING:
    from tests.flows.desk import Desk

EVERY = {*(Cause.MISSING_VERIFICATION, Cause.CAP_EXCEEDED, Cause.DOCUMENT_EXPIRED, Cause.REGISTRATION_LAPSED)}


def look(
    desk: "Desk",
    *,
    dry_run: bool = False,
    causes: Collection[Cause] = EVERY,
    now: datetime | None = None,
    most_at_once: int = 500,
) -> dict[str, int]:
    """Look for what is wrong, and give how much of each cause was found."""
    from lineproof.registry.flows.find_corrections import find_corrections
    from tests.flows.desk import NOW

    found = find_corrections(
        desk.services, now=now or NOW, dry_run=dry_run, causes=causes, most_at_once=most_at_once
    )
    return {cause.value: count for cause, count in found.findings.items() if count}


def capped(desk: "Desk", mobile: int) -> None:
    """Put the desk under a policy with another cap of mobile lines."""
    caps = MappingProxyType({**desk.services.policy.caps, LineKind.MOBILE: mobile})
    desk.services = replace(desk.services, policy=replace(desk.services.policy, caps=caps))


def mobiles(desk: "Desk", count: int) -> None:
    """Register so many mobile lines for Alice, a minute after each other, whatever the cap is."""
    from lineproof.registry.flows.register_line import register_line
    from tests.flows.desk import NOW, a_mobile

    before = desk.services
    capped(desk, count)
    for number in range(1, count + 1):
        then = NOW + timedelta(minutes=number)
        register_line(desk.services, a_mobile(f"+99955500100{number}"), desk.present(), now=then)
    desk.services = before


def imported(desk: "Desk") -> None:
    """Have a line on record as one that was brought in from earlier records, its holder not verified."""
    from lineproof.registry.models import HolderVerification, Line

    desk.register()
    Line.objects.update(origin="imported")
    assert not HolderVerification.objects.exists()


def test_line_that_is_rightly_registered_is_not_found(desk: "Desk"):
    desk.register()
    before = desk.everything()
    assert look(desk) == look(desk, dry_run=True) == {}
    assert desk.everything() == before


def test_dry_run_counts_what_would_be_entered_and_changes_nothing(desk: "Desk"):
    imported(desk)
    before = desk.everything()
    assert look(desk, dry_run=True) == {"missing_verification": 1}
    assert desk.everything() == before
    assert look(desk) == {"missing_verification": 1}
    assert desk.row("Correction").state == "found"
    assert [row.kind for row in desk.rows("Notice")] == ["line_registered"]


def test_what_was_found_is_not_found_again(desk: "Desk"):
    imported(desk)
    look(desk)
    assert look(desk) == look(desk, dry_run=True) == {}
    assert desk.count("Correction") == 1


def test_who_was_verified_since_the_line_was_brought_in_is_not_found_even_when_that_session_is_erased(
    desk: "Desk",
):
    from lineproof.registry.flows.erase import erase_due
    from tests.flows.desk import NOW

    imported(desk)
    desk.verified()
    assert look(desk) == {}
    later = NOW + timedelta(days=desk.services.policy.retention.decision.days)
    erase_due(desk.services, now=later)
    assert desk.count("HolderVerification") == 0
    assert look(desk, now=later) == {}


def test_who_took_over_a_line_that_was_brought_in_was_verified_for_it(desk: "Desk"):
    from django.db import transaction

    from lineproof.registry.flows.lines import end_custody, take_custody
    from lineproof.registry.flows.log import LogWriter
    from lineproof.registry.models import HolderVerification
    from tests.flows.desk import NOW

    imported(desk)
    desk.verified(BO)
    bo = HolderVerification.objects.get().holder_id
    HolderVerification.objects.all().delete()
    with (
        transaction.atomic(),
        LogWriter(desk.services, None, now=NOW + timedelta(minutes=1)) as log,
    ):
        end_custody(desk.row("Line"), log)
        take_custody(desk.row("Line"), bo, log)
    assert look(desk) == {}


def test_lines_beyond_the_cap_are_found_and_only_those_the_latest_first(desk: "Desk"):
    mobiles(desk, 4)
    assert look(desk) == {"cap_exceeded": 2}
    found = {row.line_id for row in desk.rows("Correction")}
    assert found == {row.line_id for row in desk.rows("Custody")[2:]}


@pytest.mark.parametrize(("cap", "count"), [(2, 1), (3, 0)])
def test_cap_itself_may_be_reached(desk: "Desk", cap: int, count: int):
    mobiles(desk, 3)
    capped(desk, cap)
    assert look(desk).get("cap_exceeded", 0) == count


def test_lowest_slot_given_up_leaves_the_others_within_the_cap(desk: "Desk"):
    """The number of a slot is not how many lines there are."""
    from django.db import transaction

    from lineproof.registry.flows.lines import end_custody
    from lineproof.registry.flows.log import LogWriter
    from tests.flows.desk import NOW

    mobiles(desk, 3)
    with transaction.atomic(), LogWriter(desk.services, None, now=NOW + timedelta(hours=1)) as log:
        end_custody(desk.rows("Custody")[0].line, log)
    assert {row.slot for row in desk.rows("Custody") if row.until is None} == {2, 3}
    assert look(desk) == {}


def test_line_that_two_people_accepted_beyond_the_cap_is_rightly_registered(desk: "Desk"):
    from tests.flows.desk import a_mobile

    mobiles(desk, 2)
    case = desk.referred(desk.present(), a_mobile("+999555001009"))
    assert look(desk) == {}
    desk.accept(case, RHEA, SOL)
    assert desk.count("Custody", until=None) == 3
    assert look(desk) == {}


def test_giving_up_another_line_puts_the_latest_right_at_once(desk: "Desk"):
    from django.db import transaction

    from lineproof.registry.flows.after_commit import finish
    from lineproof.registry.flows.lines import end_custody
    from lineproof.registry.flows.log import LogWriter
    from tests.flows.desk import NOW

    mobiles(desk, 3)
    look(desk)
    case = Corrected(desk, desk.row("Correction").id, NOW + timedelta(hours=1)).until("restricted")
    then = case.now + timedelta(hours=1)
    with transaction.atomic(), LogWriter(desk.services, None, now=then) as log:
        end_custody(desk.rows("Custody")[0].line, log)
    finish(desk.services, now=then)
    assert (case.state, case.orders) == (("put_right", "active"), ["outgoing_barred", "on"])


@pytest.mark.parametrize("how", ["looking", "signing", "announcing"])
def test_cap_that_was_raised_puts_right_what_is_within_it_now(desk: "Desk", how: str):
    from lineproof.registry.flows.correct_lines import announce_corrections
    from tests.flows.desk import NOW

    mobiles(desk, 3)
    look(desk)
    case = Corrected(desk, desk.row("Correction").id, NOW + timedelta(hours=1))
    if how != "announcing":
        case.announce()
    capped(desk, 3)
    match how:
        case "looking":
            look(desk)
        case "announcing":
            assert announce_corrections(desk.services, [case.id], RHEA, now=case.now) == ()
        case _:
            assert case.sign(RHEA).decided is None
    assert case.state == ("put_right", "active")


def test_expired_documents_are_looked_for_only_when_that_is_asked(desk: "Desk"):
    from lineproof.registry.flows.find_corrections import USUAL

    desk.register()
    expired = datetime.combine(ALICE.expires_on, datetime.min.time()).replace(tzinfo=desk_zone())
    last_day = expired + timedelta(hours=23, minutes=59)
    assert look(desk, dry_run=True, now=last_day) == {}
    assert look(desk, dry_run=True, now=last_day + timedelta(minutes=1)) == {"document_expired": 1}
    assert look(desk, causes=USUAL, now=last_day + timedelta(minutes=1)) == {}


def test_who_has_one_document_in_date_is_not_found(desk: "Desk"):
    desk.register()
    desk.link(ALICE, ALICES_RENEWED)
    assert ALICES_RENEWED.expires_on > ALICE.expires_on
    then = datetime.combine(ALICE.expires_on, datetime.min.time()).replace(tzinfo=desk_zone())
    assert look(desk, dry_run=True, now=then + timedelta(days=1)) == {}


def desk_zone():
    from datetime import UTC

    return UTC


@pytest.mark.parametrize("state", ["pending", "surrendered", "quarantine"])
def test_line_that_is_not_in_use_is_not_looked_at(desk: "Desk", state: str):
    from lineproof.registry.models import Line

    imported(desk)
    Line.objects.update(state=state)
    assert look(desk) == {}


def test_base_is_looked_at_in_batches_and_what_was_stopped_is_finished(desk: "Desk"):
    from lineproof.registry.flows import find_corrections

    mobiles(desk, 4)
    assert look(desk, dry_run=True, most_at_once=1) == {"cap_exceeded": 2}
    later = desk.rows("Custody")[-1].line
    looked = find_corrections.find_corrections(
        desk.services, now=later.created_at, dry_run=True, most_at_once=3
    )
    assert looked.lines == 4
    from tests.flows.corrected import find

    find(desk, later, Cause.CAP_EXCEEDED)  # where it was stopped
    assert look(desk, most_at_once=3) == {"cap_exceeded": 1}
    assert desk.count("Correction") == 2


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause not in EVERY])
def test_what_the_record_does_not_show_is_not_looked_for(desk: "Desk", cause: Cause):
    from lineproof.errors import Malformed

    with pytest.raises(Malformed, match="does not show"):
        look(desk, causes={cause})


def test_imported_line_is_found_unless_its_base_says_that_its_holder_was_verified(desk: "Desk"):
    """Missing verification is a finding, and not an offence: nothing is done by it."""
    from tests.flows.test_import_lines import bring_in

    claimed = a_row(**a_number(2), verified_on="2024-05-06")
    missing = a_row(**a_number(3), verified_on="", verified_how="")
    bring_in(desk, [claimed, missing])
    assert look(desk, causes=[Cause.MISSING_VERIFICATION]) == {"missing_verification": 1}
    assert desk.row("Correction").line.imported.verified_on is None
    assert {line.state for line in desk.rows("Line")} == {"active"}
