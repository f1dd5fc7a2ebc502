"""An existing base is brought in: looked at first, stopped and resumed; nobody merged by name or verified."""

import copy
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.decision.policy import parse_policy
from lineproof.errors import Conflict, Malformed
from lineproof.line.imported import ProblemKind, RowProblem
from lineproof.ports import Services
from lineproof.transparency.monitor import Monitor, Report
from tests.fakes.specimens import ALICE, BO
from tests.flows.test_personal_data import in_clear
from tests.line.imported_rows import (
    BOS,
    ROW,
    a_number,
    a_product,
    a_row,
    an_individual,
    as_csv,
    as_json_lines,
)

if TYPE_CHECKING:
    from lineproof.registry.flows.import_lines import ImportSource, ImportStep
    from tests.flows.desk import Desk

SECOND = a_row(**a_number(2))


def csv_of(rows: Iterable[Mapping[str, str]]) -> "ImportSource":
    from lineproof.registry.flows.import_lines import ImportSource, SourceFormat

    return ImportSource(SourceFormat.CSV, io.BytesIO(as_csv(rows)))


def bring_in(
    desk: "Desk",
    source: "ImportSource | Iterable[Mapping[str, str]]",
    *,
    write: bool = True,
    steps: int | None = None,
    batch_rows: int = 2,
) -> tuple["ImportStep", list[RowProblem]]:
    """Bring a base in, or only so many steps of it; give the last step, and all problems."""
    from lineproof.registry.flows.import_lines import ImportSource, import_lines
    from tests.flows.desk import NOW

    given = source if isinstance(source, ImportSource) else csv_of(source)
    importing = import_lines(desk.services, given, write=write, now=NOW, batch_rows=batch_rows)
    problems: list[RowProblem] = []
    while True:
        step = importing.step(now=NOW)
        problems += step.problems
        steps = None if steps is None else steps - 1
        if step.finished or steps == 0:
            return step, problems


def held(desk: "Desk") -> list[tuple[str, ...]]:
    """Open every line of the record: its number, SIM or address, its holder's name, and what is claimed."""
    from lineproof.registry.flows.lines import unseal_line
    from lineproof.registry.queries.holder import read_holder_page

    rows = []
    for custody in desk.rows("Custody"):
        request = unseal_line(desk.services, custody.line, custody.holder_id)
        imported = custody.line.imported
        page = read_holder_page(desk.services.keys, custody.holder_id)
        claimed = f"{imported.verified_on} {imported.verified_how}"
        since = custody.since.isoformat()
        rows.append((request.name, request.detail, page.name, since, claimed, str(custody.slot)))
    return sorted(rows)


def monitored(desk: "Desk") -> Report:
    from tests.flows.desk import NOW

    watching = Monitor(at=NOW + timedelta(minutes=30))
    for row in desk.rows("Entry"):
        watching.add(row.position, bytes(row.body))
    return watching.finish()


def with_policy(desk: "Desk", **changed: Any) -> None:
    """Give the desk a policy with other values, by the names of its tables."""
    content = copy.deepcopy(dict(desk.services.policy.content))
    for table, values in changed.items():
        content[table].update(values)
    desk.services = replace(desk.services, policy=parse_policy(content))


def test_line_is_its_holders_active_and_known_to_be_brought_in(desk: "Desk"):
    step, problems = bring_in(desk, [ROW])
    assert (step.counts.rows, step.counts.lines, step.counts.holders, problems) == (1, 1, 1, [])
    line = desk.row("Line")
    assert (line.kind, line.state, line.origin) == ("mobile", "active", "imported")
    assert held(desk) == [
        (
            *("+999555001001", "89999009995550010010", "ALICE ABELARD"),
            *("2019-05-04T00:00:00+00:00", "2019-05-03 in_person", "1"),
        )
    ]
    assert desk.count("Order") == 0
    assert desk.count("HolderVerification") == 0


def test_holder_is_told_and_has_a_receipt_and_an_entry_says_what_is_claimed(desk: "Desk"):
    from lineproof.registry.models import EntryPlace

    bring_in(desk, [ROW, BOS])
    assert [(row.kind, row.line_id is not None) for row in desk.rows("Notice")] == [
        ("line_imported", True)
    ] * 2
    logged = [(each["kind"], each["outcome"], each["stage"]) for each in entries(desk)]
    assert logged[-4:] == [
        ("notice_given", "line_imported", "under_way"),
        ("line_imported", "verification_claimed", "ended"),
        ("notice_given", "line_imported", "under_way"),
        ("line_imported", "verification_missing", "ended"),
    ]
    assert {place.about for place in EntryPlace.objects.all()} >= {line.id for line in desk.rows("Line")}
    report = monitored(desk)
    assert (report.findings, report.not_judged) == ((), {})


def entries(desk: "Desk") -> list[dict[str, Any]]:
    import json

    return [json.loads(bytes(row.body)) for row in desk.rows("Entry")]


def test_what_a_line_was_brought_in_with_can_be_proven_to_its_holder(desk: "Desk"):
    """The commitment of the line's entry opens with what lies beside it, under its holder's key."""
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import unseal
    from lineproof.transparency.entry import commit

    bring_in(desk, [ROW])
    place = desk.row("EntryPlace", about=desk.row("Line").id)
    opening = unseal(
        desk.services.keys,
        bytes(place.sealed_opening),
        subject=place.subject,
        retention=Retention(place.retention),
        place="entryplace.sealed_opening",
    )
    salt, record = bytes.fromhex(opening["salt"] or ""), (opening["record"] or "").encode()
    assert b"+999555001001" in record
    assert entries(desk)[place.position]["commitments"] == [commit(record, salt=salt).hex()]


def test_line_without_a_date_is_its_holders_from_now_on(desk: "Desk"):
    from tests.flows.desk import NOW

    bring_in(desk, [a_row(registered_on=""), a_row(**a_number(2), registered_on=NOW.date().isoformat())])
    assert [custody.since for custody in desk.rows("Custody")] == [
        NOW,
        datetime(2026, 7, 1, tzinfo=UTC),
    ]


@pytest.mark.parametrize("batch_rows", [1, 10])
def test_rows_of_one_customer_are_one_holder_and_alike_ones_are_not_merged(desk: "Desk", batch_rows: int):
    namesake = a_row(**a_number(3), customer_id="C3", document_number="N40040004")
    nobodys = {
        **a_row(**a_number(4), customer_id=""),
        **dict.fromkeys((name for name in ROW if name.startswith("document")), ""),
    }
    step, _ = bring_in(
        desk, [ROW, {**SECOND, "document_number": "R30030003"}, namesake, nobodys], batch_rows=batch_rows
    )
    holders = [custody.holder_id for custody in desk.rows("Custody")]
    assert holders[0] == holders[1]
    assert len({*holders}) == 3
    assert desk.count("DocumentBinding", holder=holders[0], contested=False) == 2
    assert (step.counts.holders, step.counts.alike, desk.count("Case")) == (3, 2, 0)
    assert (step.counts.without_document, step.counts.over_cap) == (1, 0)


@pytest.mark.parametrize("batch_rows", [1, 10])
def test_rows_with_one_document_and_one_birth_are_one_holder_under_another_name(
    desk: "Desk", batch_rows: int
):
    married = {**SECOND, "customer_id": "C2", "surname": "O'Tarrin"}
    bring_in(desk, [ROW, married], batch_rows=batch_rows)
    assert len({custody.holder_id for custody in desk.rows("Custody")}) == 1
    assert desk.count("DocumentBinding") == 1


@pytest.mark.parametrize("batch_rows", [1, 10])
def test_document_of_another_birth_is_contested_both_are_told_once_and_nothing_is_taken_away(
    desk: "Desk", batch_rows: int
):
    others = [
        a_row(**a_number(place), customer_id=f"C{place}", born_on=f"198{place}-01-01") for place in (2, 3)
    ]
    step, _ = bring_in(desk, [ROW, *others], batch_rows=batch_rows)
    assert {row.contested for row in desk.rows("DocumentBinding")} == {True}
    assert len({row.holder_id for row in desk.rows("DocumentBinding")}) == 3
    told = Counter(row.holder_id for row in desk.rows("Notice") if row.kind == "document_contested")
    assert set(told.values()) == {1}
    assert len(told) == 3
    cases = 2 if batch_rows == 1 else 1
    assert [case.kind for case in desk.rows("Case")] == ["contested_document"] * cases
    assert step.counts.contested == cases
    assert {line.state for line in desk.rows("Line")} == {"active"}
    assert monitored(desk).findings == ()


def test_holder_who_is_known_here_is_found_by_document_and_keeps_their_slots(desk: "Desk"):
    alice = desk.register().holder
    step, _ = bring_in(desk, [SECOND, {**a_row(**a_number(3)), "customer_id": "C2"}])
    custodies = desk.rows("Custody")
    assert {custody.holder_id for custody in custodies} == {alice}
    assert sorted(custody.slot for custody in custodies) == [1, 2, 3]
    assert (step.counts.holders, step.counts.over_cap, desk.count("Holder")) == (0, 1, 1)


def test_holder_is_found_by_a_personal_number_only_where_it_is_one_persons(desk: "Desk"):
    numbered = {"personal_number": "ZE184226B"}
    rows = [a_row(**numbered), {**SECOND, **numbered, "customer_id": "C2", "document_number": "R30030003"}]
    bring_in(desk, rows)
    assert desk.count("Holder") == 2
    assert desk.count("DocumentBinding", personal_number_index__isnull=True) == 2
    with_policy(desk, documents={"unique_personal_number": ["UTO"]})
    third, fourth = (
        {**row, **a_number(place), "document_number": f"Z{place}", "personal_number": "NEW1"}
        for place, row in enumerate(rows, 3)
    )
    bring_in(desk, [{**third, "customer_id": "C3"}, {**fourth, "customer_id": "C4"}])
    assert desk.count("Holder") == 3
    assert desk.count("DocumentBinding", personal_number_index__isnull=False) == 2


def test_who_was_brought_in_is_the_same_holder_when_they_are_verified_with_their_document(desk: "Desk"):
    bring_in(desk, [ROW, BOS])
    holder = desk.rows("DocumentBinding")[0].holder_id
    assert desk.verify_holder().holder == holder
    from tests.flows.desk import a_mobile

    assert desk.register(request=a_mobile("+999555009009")).holder == holder
    bo = desk.verify_holder(desk.present(BO)).holder
    assert bo not in {custody.holder_id for custody in desk.rows("Custody")}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("O'Tarrin-Ångström", "ALICE OTARRIN AANGSTROEM"),
        ("Щукина", "ALICE SHCHUKINA"),
        ("山田", "ALICE 山田"),
        ("Щ" * 70, ("ALICE " + "SHCH" * 70)[:150]),
    ],
    ids=["latin", "cyrillic", "no table", "too long when spelled"],
)
def test_name_is_kept_as_a_documents_zone_spells_it(desk: "Desk", given: str, kept: str):
    """So that the likeness of who is brought in and of who registers is one, whatever the script."""
    bring_in(desk, [a_row(surname=given)])
    assert [row[2] for row in held(desk)] == [kept]


def test_registered_line_is_a_problem_and_not_a_duplicate(desk: "Desk"):
    desk.register()
    bos = {**BOS, "surname": "Bo"}
    _, problems = bring_in(desk, [ROW, SECOND, BOS, bos], batch_rows=3)
    assert problems == [
        RowProblem(2, ProblemKind.ALREADY_REGISTERED),
        RowProblem(5, ProblemKind.ALREADY_REGISTERED),
    ]
    assert desk.count("Line") == 3


@pytest.mark.parametrize("batch_rows", [1, 10])
def test_customer_with_two_births_is_not_one_person_so_the_second_row_waits(desk: "Desk", batch_rows: int):
    unknown = {**a_row(**a_number(3)), "born_on": ""}
    _, problems = bring_in(desk, [ROW, {**SECOND, "born_on": "1991-08-12"}, unknown], batch_rows=batch_rows)
    assert problems == [RowProblem(3, ProblemKind.CUSTOMER_DIFFERS)]
    assert len({custody.holder_id for custody in desk.rows("Custody")}) == 1
    assert desk.count("Line") == 2


def mixed() -> list[dict[str, str]]:
    """A base with every kind of row: two customers of several lines, problems, and a contested document."""
    rows = [a_row(**a_number(place), customer_id=f"C{place % 3}") for place in range(2, 9)]
    rows += [a_row(**a_number(20), customer_id="C9", document_number="Q1", born_on="1999-01-01")]
    rows += [a_row(**a_number(21), customer_id="C10", document_number="Q1", born_on="1998-01-01")]
    rows += [dict(ROW), dict(ROW), a_row(msisdn="?"), dict(BOS), {**BOS, "account": "x"}]
    return rows


@pytest.mark.parametrize("batch_rows", [1, 3, 100])
def test_dry_run_changes_nothing_and_reports_what_is_found_when_it_is_done(desk: "Desk", batch_rows: int):
    before = desk.everything()
    looked, found = bring_in(desk, mixed(), write=False, batch_rows=batch_rows)
    assert desk.everything() == before
    done, problems = bring_in(desk, mixed(), batch_rows=batch_rows)
    assert found == problems
    assert len(problems) == 3
    assert replace(done.counts, holders=0, alike=0, over_cap=0, contested=0) == looked.counts
    assert desk.count("ImportProblem") == 3


@pytest.mark.parametrize("done_before", range(1, 5))
def test_stopped_between_batches_it_goes_on_and_ends_with_the_same(desk: "Desk", done_before: int):
    from django.core.management import call_command

    whole, problems = bring_in(desk, mixed(), batch_rows=3)
    expected = (held(desk), desk.count("Case"), desk.count("Notice"), desk.count("Entry"))
    call_command("flush", verbosity=0, interactive=False)
    bring_in(desk, mixed(), batch_rows=3, steps=done_before)
    assert desk.count("Custody") < len(expected[0])
    again, reported = bring_in(desk, mixed(), batch_rows=3)
    assert (again.counts, reported) == (whole.counts, problems)
    assert (held(desk), desk.count("Case"), desk.count("Notice")) == expected[:3]
    # The desk's staff were enrolled before the record was emptied.
    assert desk.count("Entry") == expected[3] - 4


def test_batch_that_fails_half_way_leaves_nothing_of_itself(desk: "Desk", monkeypatch: pytest.MonkeyPatch):
    from lineproof.registry.flows import import_batch

    bring_in(desk, mixed(), batch_rows=3, steps=1)
    before = desk.everything()
    with monkeypatch.context() as broken:
        broken.setattr(import_batch.Sealer, "save", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            bring_in(desk, mixed(), batch_rows=3)
    assert desk.everything() == before
    assert bring_in(desk, mixed(), batch_rows=3)[0].finished


def test_dry_run_of_a_base_that_was_stopped_looks_at_the_rest(desk: "Desk"):
    bring_in(desk, mixed(), batch_rows=3, steps=2)
    before = desk.everything()
    looked, found = bring_in(desk, mixed(), write=False, batch_rows=3)
    assert desk.everything() == before
    done, problems = bring_in(desk, mixed(), batch_rows=3)
    assert (looked.counts.lines, found) == (done.counts.lines, problems)


def test_base_that_was_brought_in_is_done_and_says_when(desk: "Desk"):
    from lineproof.registry.flows.import_lines import import_lines
    from tests.flows.desk import NOW

    done, problems = bring_in(desk, mixed())
    before = desk.everything()
    later = NOW + timedelta(days=1)
    with_policy(desk, caps={"mobile": 3})
    importing = import_lines(desk.services, csv_of(mixed()), write=True, now=later)
    assert importing.earlier == NOW
    again, reported = bring_in(desk, mixed())
    assert (again.counts, reported) == (done.counts, problems)
    assert desk.everything() == before


def test_what_told_customers_apart_is_gone_at_the_end(desk: "Desk"):
    bring_in(desk, mixed(), batch_rows=3, steps=2)
    assert desk.count("ImportedLine", customer_index__isnull=False) > 0
    bring_in(desk, mixed(), batch_rows=3)
    assert desk.count("ImportedLine", customer_index__isnull=False) == 0
    assert desk.row("ImportRun").finished_at is not None


def test_base_is_brought_in_under_one_policy(desk: "Desk"):
    bring_in(desk, mixed(), steps=1)
    with_policy(desk, caps={"mobile": 3})
    before = desk.everything()
    with pytest.raises(Conflict, match="another policy"):
        bring_in(desk, mixed())
    assert desk.everything() == before


def test_two_processes_do_not_bring_in_the_same_rows(desk: "Desk"):
    from lineproof.registry.flows.import_lines import import_lines
    from tests.flows.desk import NOW

    first, second = (
        import_lines(desk.services, csv_of(mixed()), write=True, now=NOW, batch_rows=3) for _ in range(2)
    )
    first.step(now=NOW)
    before = desk.everything()
    with pytest.raises(Conflict, match="Another process"):
        second.step(now=NOW)
    assert desk.everything() == before


@pytest.mark.parametrize("content", [b"name\nAlice\n", as_csv([ROW]) + b"\xff"])
def test_file_that_is_no_base_changes_nothing(desk: "Desk", content: bytes):
    from lineproof.registry.flows.import_lines import ImportSource, SourceFormat

    before = desk.everything()
    with pytest.raises(Malformed):
        bring_in(desk, ImportSource(SourceFormat.CSV, io.BytesIO(content)))
    assert desk.everything() == before


def test_products_of_tm_forum_are_brought_in_with_their_parties(desk: "Desk"):
    from lineproof.registry.flows.import_lines import ImportSource, SourceFormat

    products = as_json_lines([a_product(), a_product({**ROW, **a_number(2)})])
    parties = as_json_lines([an_individual()])
    source = ImportSource(SourceFormat.TMF, io.BytesIO(products), io.BytesIO(parties))
    step, problems = bring_in(desk, source)
    assert (step.counts.lines, step.counts.holders, problems) == (2, 1, [])
    assert [row[2] for row in held(desk)] == ["ALICE ABELARD"] * 2
    with pytest.raises(Malformed, match="goes with TMF"):
        ImportSource(SourceFormat.CSV, io.BytesIO(), io.BytesIO())


def test_pipe_is_refused_since_a_base_is_read_twice(desk: "Desk"):
    from lineproof.registry.flows.import_lines import ImportSource, SourceFormat

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with pytest.raises(Malformed, match="not a pipe"):
        ImportSource(SourceFormat.CSV, Pipe(as_csv([ROW])))


def test_nothing_of_a_base_lies_in_the_clear_on_the_disk(desk: "Desk"):
    bring_in(desk, [a_row(personal_number="ZE184226B", customer_id="CUSTOMER77"), BOS])
    record = desk.raw_files()
    secrets = (
        *("ABELARD", "ALICE", "BRANNOCH", "999555001001", "89999009995550010010", "1990-08-12"),
        *("A10010001", "2034-03-14", "ZE184226B", "CUSTOMER77", "bo.brannoch", "Quay Street"),
    )
    assert [secret for secret in secrets if in_clear(record, secret)] == []
    # The control: what the operator claims of the verification is no secret, and is found.
    assert in_clear(record, "in_person")


def test_what_is_claimed_goes_when_the_line_is_erased(desk: "Desk"):
    from tests.flows.desk import NOW

    bring_in(desk, [ROW])
    holder = desk.row("Holder").id
    desk.end_lines(holder, until=NOW + timedelta(seconds=1))
    desk.erase(holder, now=NOW + timedelta(days=desk.services.policy.retention.line.days + 1))
    assert desk.count("ImportedLine") == 0
    assert desk.row("Line").sealed_identifier is None


def test_customer_who_was_erased_while_the_base_was_stopped_is_somebody_new(desk: "Desk"):
    """Their first line went to somebody else; who comes now is not looked for among the erased."""
    from lineproof.registry.models import Custody
    from tests.flows.desk import NOW

    rows = [ROW, {**SECOND, "document_number": "R30030003"}]
    bring_in(desk, rows, batch_rows=1, steps=1)
    alice = desk.row("Holder").id
    ended = NOW + timedelta(seconds=1)
    Custody.objects.update(until=ended)
    bo = desk.verify_holder(desk.present(BO)).holder
    Custody.objects.create(
        line=desk.row("Line"), holder_id=bo, kind="mobile", slot=1, since=ended, until=None
    )
    desk.erase(alice, now=NOW + timedelta(days=desk.services.policy.retention.identity.days + 1))
    step, problems = bring_in(desk, rows, batch_rows=1)
    assert (step.finished, problems, step.counts.holders) == (True, [], 2)
    assert desk.rows("Custody")[-1].holder_id not in {alice, bo}


def test_indexes_of_what_was_brought_in_are_computed_anew_from_what_is_sealed(desk: "Desk"):
    """A rotation of keys must be able to."""
    from lineproof.registry.indexed import INDEXED

    with_policy(desk, documents={"unique_personal_number": ["UTO"]})
    bring_in(desk, [a_row(personal_number="ZE184226B", surname="Ångström", given_names="Łucja-Zoë"), BOS])
    looked_at = 0
    for column in INDEXED:
        for row in column.rows.filter(**{f"{column.column}__isnull": False}):
            assert bytes(getattr(row, column.column)) == column.compute(desk.services.keys, row, version=1)
            looked_at += 1
    assert looked_at == 6


def test_base_is_brought_in_while_keys_are_rotated(services: Services, tmp_path: Path):
    from lineproof.registry.flows.rotate_keys import rotate_keys
    from lineproof.vault.file import open_vault
    from tests.flows.desk import Desk

    desk = Desk.opened(replace(services, keys=open_vault(tmp_path / "vault")), tmp_path)
    bring_in(desk, mixed(), batch_rows=3, steps=2)
    for number, _ in enumerate(rotate_keys(desk.services.keys, batch_rows=4)):
        if number < 3:
            bring_in(desk, mixed(), batch_rows=3, steps=2)
    step, problems = bring_in(desk, mixed(), batch_rows=3)
    assert (step.counts.lines, len(problems)) == (11, 3)
    assert len(held(desk)) == 11
    assert desk.verify_holder(desk.present(ALICE)).holder in {c.holder_id for c in desk.rows("Custody")}


def test_birth_decides_whose_a_document_is():
    from uuid import UUID

    from lineproof.holder.identity import holder_claimed
    from lineproof.terms import HolderId

    alice, bo = HolderId(UUID(int=1)), HolderId(UUID(int=2))
    born, other = date(1990, 8, 12), date(1985, 2, 28)
    cases = [
        (None, {}, born, None),
        (None, {alice: born}, born, alice),
        (None, {alice: born}, None, alice),
        (None, {alice: None}, born, alice),
        (None, {alice: born}, other, None),
        (None, {alice: born, bo: other}, other, bo),
        (None, {alice: born, bo: born}, born, None),
        (bo, {alice: born}, born, bo),
    ]
    for customer, bound, born_on, holder in cases:
        assert holder_claimed(customer=customer, bound=bound, born_on=born_on) == holder
