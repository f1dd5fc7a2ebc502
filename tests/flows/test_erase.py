"""What need not be kept of a holder is erased at their request, and everything in its time."""

import json
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.clocks import Term
from lineproof.decision.policy import shipped_policy
from lineproof.errors import Conflict, NotFound, NotPermitted
from lineproof.line.retention import Matter
from lineproof.terms import HolderId, StaffName
from tests.fakes.specimens import ALICE, ALICES_NAMESAKE, ALICES_RENEWED, BO

if TYPE_CHECKING:
    from lineproof.registry.flows.erase import Erasure
    from tests.flows.desk import Desk

PERIODS = shipped_policy("specimen").retention
SECOND = timedelta(seconds=1)
NUMBER = "+999555001001"
RHEA, SOL = StaffName("rhea"), StaffName("sol")


def ended(desk: "Desk", *, number: str = NUMBER) -> HolderId:
    """Register Alice's line and end it a second later."""
    from tests.flows.desk import NOW, a_mobile

    holder = desk.register(request=a_mobile(number)).holder
    desk.end_lines(holder, until=NOW + SECOND)
    assert holder is not None
    return holder


def after(days: int):
    """Give the moment so many days after the end of a line."""
    from tests.flows.desk import NOW

    return NOW + SECOND + timedelta(days=days)


def kept(erasure: "Erasure") -> set[Matter]:
    return {each.what for each in erasure.kept}


def kinds(desk: "Desk") -> list[str]:
    return [json.loads(bytes(row.body))["kind"] for row in desk.rows("Entry")]


def test_holder_of_a_line_keeps_what_it_needs_and_is_told_so(desk: "Desk"):
    holder = desk.register().holder
    before = desk.everything()
    erasure = desk.erase(holder)
    assert erasure.erased == ()
    assert kept(erasure) == set(Matter)
    assert all(each.until is None and each.why for each in erasure.kept)
    assert [each.line for each in erasure.kept if each.what is Matter.LINE] == [NUMBER]
    assert desk.everything() == before


def test_whose_line_ended_is_not_recognised_any_more_and_is_told_what_is_kept_until_when_and_why(
    desk: "Desk",
):
    holder = ended(desk)
    erasure = desk.erase(holder, now=after(0))
    assert erasure.erased == (Matter.RECOGNITION,)
    assert {each.what: (each.until, each.why) for each in erasure.kept} == {
        Matter.IDENTITY: (after(PERIODS.identity.days), PERIODS.identity.because),
        Matter.LINE: (after(PERIODS.line.days), PERIODS.line.because),
    }
    row, binding = desk.row("Holder"), desk.row("DocumentBinding")
    assert (row.likeness_index, binding.blind_index, binding.personal_number_index) == (None, None, None)
    assert row.sealed_identity
    assert binding.sealed_document


def test_holder_whose_page_can_still_be_opened_finds_a_notice_there(desk: "Desk"):
    from lineproof.registry.queries.holder import read_holder_page

    holder = ended(desk)
    desk.erase(holder, now=after(0))
    notices = read_holder_page(desk.services.keys, holder).notices
    assert notices[0].text.subject == "What need not be kept about you was erased"
    assert kinds(desk)[-2:] == ["notice_given", "holder_erased"]


def test_who_is_not_recognised_any_more_comes_again_as_somebody_new(desk: "Desk"):
    """There is no list of who was here: no case is opened, and nothing is counted against them."""
    from tests.flows.desk import a_mobile

    holder = ended(desk)
    desk.erase(holder, now=after(0))
    again = desk.register(desk.present(), a_mobile("+999555001002"))
    assert again.line is not None
    assert again.holder != holder
    assert desk.count("Case") == 0


def test_who_is_recognised_still_is_the_same_holder(desk: "Desk"):
    """The control."""
    from tests.flows.desk import a_mobile

    holder = ended(desk)
    assert desk.register(desk.present(), a_mobile("+999555001002")).holder == holder


def test_everything_goes_once_the_last_period_is_over(desk: "Desk"):
    from lineproof.registry.queries.holder import read_holder_page

    holder = ended(desk)
    erasure = desk.erase(holder, now=after(PERIODS.identity.days))
    assert set(erasure.erased) == set(Matter)
    assert erasure.kept == ()
    for table in ("DocumentBinding", "Notice", "PageLink"):
        assert desk.count(table) == 0
    for table in ("DataKey", "SealedSalt"):
        assert desk.count(table, subject=holder) == 0
    line = desk.row("Line")
    assert (line.identifier_index, line.sealed_identifier) == (None, None)
    with pytest.raises(NotFound, match="erased"):
        read_holder_page(desk.services.keys, holder)


@pytest.mark.parametrize("asked", [True, False], ids=["at request", "as due"])
@pytest.mark.parametrize("before_the_end", [SECOND, timedelta()])
def test_identity_is_kept_to_the_end_of_its_period_and_not_a_second_longer(
    desk: "Desk", asked: bool, before_the_end: timedelta
):
    from lineproof.registry.flows.erase import erase_due

    holder, now = ended(desk), after(PERIODS.identity.days) - before_the_end
    if asked:
        desk.erase(holder, now=now)
    else:
        erase_due(desk.services, now=now)
    kept_still = bool(before_the_end)
    assert (desk.row("Holder").sealed_identity is not None) == kept_still
    assert desk.count("DataKey", subject=holder, retention="identity") == kept_still


@pytest.mark.parametrize("asked", [True, False], ids=["at request", "as due"])
@pytest.mark.parametrize("before_the_end", [SECOND, timedelta()])
def test_line_is_kept_to_the_end_of_its_period_and_its_number_is_free_then(
    desk: "Desk", asked: bool, before_the_end: timedelta
):
    from lineproof.registry.flows.erase import erase_due
    from tests.flows.desk import a_mobile

    holder, now = ended(desk), after(PERIODS.line.days) - before_the_end
    if asked:
        desk.erase(holder, now=now)
    else:
        erase_due(desk.services, now=now)
    assert desk.count("DataKey", subject=holder, retention="line") == bool(before_the_end)
    if before_the_end:
        with pytest.raises(Conflict, match="registered"):
            desk.register(desk.present(BO), a_mobile(NUMBER))
    else:
        assert desk.register(desk.present(BO), a_mobile(NUMBER)).line is not None


def test_policy_that_keeps_nothing_erases_at_once(desk: "Desk"):
    holder = ended(desk)
    at_once = replace(PERIODS, identity=replace(PERIODS.identity, days=0), line=replace(PERIODS.line, days=0))
    desk.services = replace(desk.services, policy=replace(desk.services.policy, retention=at_once))
    # Not the line: its number is in quarantine, and what is erased can be registered by somebody else.
    assert set(desk.erase(holder, now=after(0)).erased) == set(Matter) - {Matter.LINE}
    clocks = replace(desk.services.policy.clocks, quarantine=Term.parse("0 hours"))
    desk.services = replace(desk.services, policy=replace(desk.services.policy, clocks=clocks))
    assert desk.erase(holder, now=after(0)).erased == (Matter.LINE,)


def test_ended_line_goes_while_another_is_held(desk: "Desk"):
    from tests.flows.desk import a_mobile

    holder = ended(desk)
    desk.register(desk.present(), a_mobile("+999555001002"))
    erasure = desk.erase(holder, now=after(PERIODS.line.days))
    assert erasure.erased == (Matter.LINE,)
    assert [each.line for each in erasure.kept if each.what is Matter.LINE] == ["+999555001002"]
    assert sorted(row.sealed_identifier is None for row in desk.rows("Line")) == [False, True]
    (gone,) = [row.id for row in desk.rows("Line") if row.sealed_identifier is None]
    assert desk.count("EntryPlace", about=gone) == 0, "its receipt has the number"
    assert desk.count("EntryPlace", subject=holder) == 3, "of the line that is held, and of two decisions"
    assert desk.count("DataKey", subject=holder, retention="line") == 1


def test_line_that_somebody_held_afterwards_is_theirs_and_stays(desk: "Desk"):
    from django.apps import apps

    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import seal
    from tests.flows.desk import an_access

    holder = ended(desk)
    bo = desk.register(desk.present(BO), an_access()).holder
    assert bo is not None
    line = desk.row("Line", kind="mobile")
    # A transfer, which is not built yet.
    line.sealed_identifier = seal(
        desk.services.keys,
        {"identifier": NUMBER, "detail": ""},
        subject=bo,
        retention=Retention.LINE,
        place="line.sealed_identifier",
    )
    line.save()
    apps.get_model("registry", "Custody").objects.create(line=line, holder_id=bo, since=after(0), until=None)
    before = desk.everything()["Line"]
    assert Matter.LINE not in kept(desk.erase(holder, now=after(PERIODS.identity.days)))
    assert desk.everything()["Line"] == before
    assert desk.count("DataKey", subject=bo) == 2


def test_erasing_twice_changes_nothing_and_says_so(desk: "Desk"):
    holder = ended(desk)
    for days in (0, PERIODS.identity.days):
        first = desk.erase(holder, now=after(days))
        assert first.erased
        before = desk.everything()
        again = desk.erase(holder, now=after(days))
        assert again.erased == ()
        assert again.kept == first.kept
        assert desk.everything() == before


def test_nobody_else_is_touched(desk: "Desk"):
    from lineproof.registry.queries.holder import read_holder_page
    from tests.flows.desk import an_access

    bo = desk.register(desk.present(BO), an_access()).holder
    assert bo is not None
    before = read_holder_page(desk.services.keys, bo)
    desk.erase(ended(desk), now=after(PERIODS.identity.days))
    assert read_holder_page(desk.services.keys, bo) == before
    assert desk.register(desk.present(BO)).holder == bo


def test_binding_of_the_other_holder_of_a_contested_document_stays(desk: "Desk"):
    from tests.flows.desk import an_access

    holder = ended(desk)
    desk.register(desk.present(ALICES_NAMESAKE), an_access())
    desk.link(ALICES_NAMESAKE, ALICE)
    assert desk.count("DocumentBinding", contested=True) == 2
    others = [row for row in desk.everything()["DocumentBinding"] if holder not in row]
    desk.erase(holder, now=after(PERIODS.identity.days))
    assert desk.everything()["DocumentBinding"] == others


def test_unknown_holder_is_not_found(desk: "Desk"):
    with pytest.raises(NotFound):
        desk.erase(HolderId(uuid.uuid4()))


def test_nothing_is_changed_when_it_fails_half_way(desk: "Desk", tmp_path):
    """The ended line is emptied first; then the held one is to be named, with keys of another vault."""
    from lineproof.vault.file import open_vault
    from tests.flows.desk import a_mobile

    holder = ended(desk)
    desk.register(desk.present(), a_mobile("+999555001002"))
    before = desk.everything()
    desk.services = replace(desk.services, keys=open_vault(tmp_path / "another"))
    with pytest.raises(NotPermitted):
        desk.erase(holder, now=after(PERIODS.line.days))
    assert desk.everything() == before


def test_what_is_kept_is_told_even_when_the_entry_has_to_wait(desk: "Desk"):
    from django.db import DatabaseError

    from tests.flows.desk import an_access

    class FullDisk:
        """Where an order is sent, the disk turns out to be full."""

        def switch(self, order: object) -> None:
            raise DatabaseError("the disk is full")

    holder = ended(desk)
    desk.network.down = True
    desk.register(desk.present(BO), an_access())
    desk.services = replace(desk.services, network=FullDisk())
    erasure = desk.erase(holder, now=after(PERIODS.identity.days))
    assert set(erasure.erased) == set(Matter)
    assert not erasure.gone_from_files


def test_log_still_verifies_and_says_of_nobody_that_they_were_erased(desk: "Desk"):
    from lineproof.registry.queries.log import read_log_head, verify_log

    holder = ended(desk)
    earlier = read_log_head()
    subjects = {json.loads(bytes(row.body))["subject"] for row in desk.rows("Entry")}
    desk.erase(holder, now=after(PERIODS.identity.days))
    assert verify_log(earlier=earlier).problems == ()
    entry = json.loads(bytes(desk.rows("Entry")[-1].body))
    assert (entry["kind"], entry["outcome"], entry["by"]) == ("holder_erased", "at_request", [])
    assert entry["subject"] not in subjects
    assert entry["commitments"] == [], "nobody can ever show whom it is about"
    assert desk.count("EntryPlace", subject=holder) == 0


def test_erased_holder_is_given_no_link_and_no_new_key(desk: "Desk"):
    from lineproof.registry.flows.page_link import issue_page_link

    holder = ended(desk)
    desk.erase(holder, now=after(PERIODS.identity.days))
    with pytest.raises(NotFound):
        issue_page_link(desk.services, holder, now=after(PERIODS.identity.days))
    assert desk.count("DataKey", subject=holder) == 0


def test_link_that_people_accept_after_the_erasure_binds_nothing(desk: "Desk"):
    holder = desk.register().holder
    case = desk.link(ALICE, ALICES_RENEWED, attended=False).case
    assert case is not None
    desk.end_lines(holder, until=after(0))
    desk.erase(holder, now=after(PERIODS.identity.days))
    desk.accept(case, RHEA)
    before = desk.everything()
    with pytest.raises(Conflict, match="erased"):
        desk.accept(case, SOL)
    assert desk.everything() == before
    assert (desk.count("DocumentBinding"), desk.count("DataKey", subject=holder)) == (0, 0)
