"""The product never keeps a face: no column of the record can hold an image or an embedding."""

import copy
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.decision.attestation import SeenPapers
from lineproof.decision.finding import Measured
from lineproof.decision.organisation import MOST_NAME, MOST_NUMBER, MOST_REGISTER, Organisation
from lineproof.decision.policy import parse_policy
from lineproof.line.appeal import AppealKind
from lineproof.line.delivery import Channel
from lineproof.line.language import Language
from lineproof.line.sign_in import DocumentNumber
from lineproof.terms import CaseId, EmailAddress, LineId, Msisdn, StaffName
from lineproof.tiles.directory import TileFolder
from tests.fakes.examiner import PERHAPS_THE_SAME
from tests.fakes.messages import FakeMessages
from tests.fakes.soft_authenticator import SoftAuthenticator
from tests.fakes.specimens import ALICE, ALICES_NAMESAKE, ALICES_RENEWED, BO, MALLORY
from tests.flows.changes import UTOPIA, ask_port_out, ask_sim
from tests.flows.corrected import Corrected
from tests.flows.test_import_lines import bring_in
from tests.flows.test_open_evidence import an_offer, answer, enrolled, open_
from tests.line.imported_rows import BOS, a_number, a_row

if TYPE_CHECKING:
    from tests.flows.desk import Desk

# Every column of bytes there is, with the most it may hold, in bytes. The smallest embedding of a known model
# is 512 bytes, the smallest recognisable face about as much: columns that may be longer are sealed JSON of a
# schema held below, or entries of the log, which are public.
BYTES = {
    "Appeal.subject": 16,
    "AttestationRecord.document_digest": 32,
    "AttestationRecord.signature": 64,
    "Case.sealed_application": 1200,
    "Case.subject": 16,
    "CaseEvidence.wrapped_key": 113,
    "Correction.subject": 16,
    "CorrectionExtension.sealed_ground": 96,
    "CourtOrder.sealed_reference": 128,
    "ContactPoint.sealed_address": 300,
    "ContactPoint.subject": 16,
    "DataKey.wrapped": 60,
    "Dispute.subject": 16,
    "DocumentBinding.blind_index": 32,
    "DocumentBinding.blind_index_next": 32,
    "DocumentBinding.personal_number_index": 32,
    "DocumentBinding.personal_number_index_next": 32,
    "DocumentBinding.sealed_document": 144,
    "Draft.challenge": 16,
    "Draft.epoch_key": 65,
    "Draft.turn_entropy": 32,
    "Draft.link_digest": 32,
    "Draft.address_mac": 32,
    "Draft.sealed_line": 480,
    "Entry.body": 800,
    "Entry.leaf_hash": 32,
    "EntryPlace.sealed_opening": 900,
    "EvidenceOpening.opening": 16,
    "Hold.subject": 16,
    "Holder.likeness_index": 32,
    "Holder.likeness_index_next": 32,
    "Holder.sealed_identity": 256,
    "HolderPasskey.credential_id": 448,
    "HolderPasskey.public_key": 448,
    "Inspection.nonce": 32,
    "Inspection.nonce_commitment": 32,
    "Inspection.subject": 16,
    "ImportRun.source_digest": 32,
    "ImportedLine.customer_index": 32,
    "InspectorToken.token_digest": 32,
    "Line.identifier_index": 32,
    "Line.identifier_index_next": 32,
    "Line.sealed_identifier": 400,
    "Notice.subject": 16,
    "Order.subject": 16,
    "Organisation.register_index": 32,
    "Organisation.register_index_next": 32,
    "Organisation.sealed_organisation": 512,
    "PageLink.token_digest": 32,
    "Passkey.credential_id": 448,
    "Passkey.public_key": 448,
    "PasskeyLink.token_digest": 32,
    "Porting.subject": 16,
    "SecondLook.subject": 16,
    "SealedSalt.commitment": 32,
    "SealedSalt.sealed": 128,
    "SignIn.address_mac": 32,
    "SignIn.code_mac": 32,
    "SignIn.pair_mac": 32,
    "SimReplacement.sealed_iccid": 64,
    "SimReplacement.subject": 16,
    "Staff.public_key": 32,
    "Transfer.code_digest": 32,
    "Transfer.subject": 16,
    "TreeHead.range_roots": 32 * 64,
    "TreeHead.root_hash": 32,
}
JSON = {"DecisionFinding.measures"}
FACE_WORDS = re.compile(
    r"face|image|photo|picture|selfie|portrait|capture|embedding|template|biometric|vector|probe"
)
ROW_BYTES = 4096
LONGEST_TEXT = 64


def offences(models: Any) -> list[str]:
    """Find the columns that could hold a face: bytes not listed, files, long texts, or a telling name."""
    from django.db import models as django

    found = []
    for model in models:
        for field in model._meta.local_fields:
            name = f"{model.__name__}.{field.name}"
            if isinstance(field, django.FileField | django.FilePathField):
                found.append(f"{name} is a file")
            if isinstance(field, django.BinaryField) and name not in BYTES:
                found.append(f"{name} holds bytes")
            if isinstance(field, django.JSONField) and name not in JSON:
                found.append(f"{name} holds anything")
            if isinstance(field, django.TextField):
                found.append(f"{name} holds text without end")
            if isinstance(field, django.CharField) and (field.max_length or 10**9) > LONGEST_TEXT:
                found.append(f"{name} holds long text")
            if FACE_WORDS.search(field.name.lower()) or FACE_WORDS.search(model.__name__.lower()):
                found.append(f"{name} is named after a face")
    return found


def disputed(desk: "Desk") -> None:
    """Have a line disputed and its user heard; have a court say that another uses it; limit an agent."""
    from lineproof.line.dispute import DisputeKind, Statement
    from lineproof.line.used_by_another import MOST_CHARACTERS, CourtReference, OrderOfCourt
    from lineproof.registry.flows.close_line_used_by_another import report_used_by_another
    from lineproof.registry.flows.dispute_line import hear_user, open_dispute
    from lineproof.registry.flows.enrol_staff import limit_agent
    from lineproof.registry.queries.holder import find_line_by_name
    from tests.flows.desk import ADA, NOW

    bea = StaffName("bea")
    desk.enrol_agent(bea)
    line, session = find_line_by_name(desk.services.keys, "bo.brannoch"), desk.verified(BO)
    dispute = open_dispute(desk.services, line, DisputeKind.NOT_MINE, session, now=NOW)
    hear_user(desk.services, dispute.id, Statement.OTHER, bea, now=NOW)
    order = OrderOfCourt(CourtReference.parse("x" * MOST_CHARACTERS), bea)
    report_used_by_another(desk.services, line, source=order, now=NOW)
    limit_agent(desk.services, ADA, per_day=100, now=NOW)


@pytest.fixture
def full(desk: "Desk") -> "Desk":  # noqa: PLR0915 -- everything, one after the other
    """A record in which everything has happened that this version can do."""
    from lineproof.registry.flows.add_passkey import Answer, add_passkey
    from lineproof.registry.flows.appeal_decision import open_appeal
    from lineproof.registry.flows.contact_points import add_contact_point
    from lineproof.registry.flows.correct_lines import extend
    from lineproof.registry.flows.deliver_notices import deliver_notices
    from lineproof.registry.flows.inspector_access import issue_inspector_token
    from lineproof.registry.flows.page_link import issue_page_link
    from lineproof.registry.flows.port_in import ask_port_in
    from lineproof.registry.flows.publish_log import publish_log
    from lineproof.registry.flows.rotate_log_key import add_log_key
    from lineproof.registry.flows.sign_in import ask_for_code
    from tests.flows.applying import applying
    from tests.flows.desk import NOW, RHEA, SOL, a_mobile, an_access

    content = copy.deepcopy(dict(desk.services.policy.content))
    content["documents"]["unique_personal_number"] = ["UTO"]
    content["agents"]["second_looks"] = 1
    content["organisations"] = {"mobile": 9, "fixed": 9}
    content["sources"]["organisations"] = "ours"
    desk.services = replace(desk.services, policy=parse_policy(content))
    longest = "X" * 190
    first = desk.register().line
    assert first is not None
    holder = desk.link(ALICE, ALICES_RENEWED).holder
    desk.verify_holder()
    transferred(desk, first)
    ask_sim(desk, line=desk.register(request=a_mobile("+999555001009")).line, now=NOW)
    namesakes = desk.register(desk.present(ALICES_NAMESAKE), a_mobile("+999555001002")).line
    ask_port_out(desk, by=ALICES_NAMESAKE, line=namesakes, now=NOW)
    desk.accept(desk.referred(desk.present(BO, attended=False), an_access()), RHEA, SOL)
    desk.referred(desk.present(BO, attended=False), an_access("b" * 64))
    from lineproof.line.request import LineRequest
    from lineproof.terms import AccessId

    long_named = replace(
        BO, surname="B" * 20, given_names="C" * 17, number="L40040004", personal_number="1" * 14
    )
    long_line = LineRequest(AccessId.parse("c" * 64, f"{longest} 12345"))
    working = desk.register(desk.present(long_named), long_line).line
    coming, unattended = a_mobile("+999555001003"), desk.present(long_named, attended=False)
    ask_port_in(desk.services, coming, UTOPIA, unattended, now=NOW)
    desk.referred(desk.present(long_named, attended=False), LineRequest(AccessId.parse("d" * 64, longest)))
    refused = desk.referred(desk.present(BO, attended=False), an_access("refused"))
    desk.refuse(refused, RHEA, SOL)
    open_appeal(desk.services, AppealKind.CASE, refused, now=NOW)
    for_organisations(desk)
    disputed(desk)
    longest_name = {"surname": "Ж" * 40, "given_names": "Щ" * 34, "personal_number": "1" * 22}
    bring_in(desk, [a_row(**a_number(7), **longest_name, document_number="Z" * 22), a_row(msisdn="?")])
    bring_in(desk, [{**BOS, "account": "e" * 64, "address": "X" * 200}], steps=1)
    issue_page_link(desk.services, holder, now=NOW)
    number = DocumentNumber(ALICE.number)
    ask_for_code(desk.services, Msisdn.parse("+999555001005"), number, address="203.0.113.7", now=NOW)
    asked, origin = bytes(32), "http://localhost"
    largest = SoftAuthenticator(credential_id=bytes(448))
    add_passkey(desk.services, holder, Answer(largest.create(asked, origin), asked, NOW, origin), now=NOW)
    applying(desk, LineRequest(AccessId("x" * 64, "X" * 200)), now=NOW)
    passkey = enrolled(desk, RHEA, NOW)
    kept = next(row for row in desk.rows("CaseEvidence") if row.destroyed_at is None)
    offer = an_offer(CaseId(kept.case_id), NOW)
    open_(desk, offer, answer(passkey, offer), NOW)
    corrected = Corrected.found(desk, line=desk.row("Line", id=working)).until("restricted")
    for ground in desk.services.policy.correction.extension_grounds:
        extend(desk.services, corrected.id, ground, RHEA, now=corrected.now)
    publish_log(replace(desk.services, tiles=TileFolder(desk.booth.folder / "log")))
    add_log_key(desk.services, now=NOW)
    issue_inspector_token(desk.services, StaffName("ines"), now=NOW)
    longest_address = EmailAddress(f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 53}.example")
    add_contact_point(desk.services, desk.verified(), longest_address, Language.CHINESE, now=NOW)
    channels = {Channel.SMS: FakeMessages(), Channel.EMAIL: FakeMessages(down=True)}
    deliver_notices(replace(desk.services, messages=channels), now=NOW)
    return desk


def for_organisations(desk: "Desk") -> None:
    """Register a line for an organisation with as long a name as there may be, and have another referred."""
    from lineproof.line.request import LineRequest
    from lineproof.terms import AccessId
    from tests.flows.desk import a_mobile

    longest = Organisation.parse(name="Ж" * MOST_NAME, register="Щ" * MOST_REGISTER, number="Ю" * MOST_NUMBER)
    papers, access = SeenPapers(organisation=longest), AccessId.parse("f" * 64, "X" * 200)
    first, unsure = (desk.present(BO, attended=False, instead=of) for of in ((), [PERHAPS_THE_SAME]))
    assert desk.register(desk.attest(first, papers=papers), a_mobile("+999555001006")).line is not None
    assert desk.register(desk.attest(unsure, papers=papers), LineRequest(access)).case is not None


def transferred(desk: "Desk", line: LineId) -> None:
    """Have a line of Alice's change hands, and leave another on offer."""
    from lineproof.registry.flows.transfer_line import accept_line, complete_due_transfers, offer_line
    from tests.flows.desk import NOW, a_mobile

    further = desk.register(request=a_mobile("+999555001005")).line
    assert further is not None
    offer = offer_line(desk.services, line, desk.verified(ALICE), now=NOW)
    accept_line(desk.services, offer.code, desk.verified(MALLORY), terms_version="1", now=NOW)
    assert complete_due_transfers(desk.services, now=NOW + timedelta(days=1)) == 1
    offer_line(desk.services, further, desk.verified(ALICE), now=NOW)


def columns(desk: "Desk") -> dict[str, list[Any]]:
    """Read every value of the record, by table and column."""
    from django.apps import apps

    found: dict[str, list[Any]] = {}
    for model in apps.get_app_config("registry").get_models():
        for row in model.objects.values():
            for name, value in row.items():
                found.setdefault(f"{model.__name__}.{name}", []).append(value)
    return found


def size_of(value: Any) -> int:
    """Measure a value as it lies in the record."""
    if isinstance(value, bytes | memoryview):
        return len(bytes(value))
    return len(json.dumps(value)) if isinstance(value, dict) else len(str(value))


def test_no_column_can_hold_a_face(desk: "Desk"):
    from django.apps import apps

    assert offences(apps.get_app_config("registry").get_models()) == []


def test_list_of_columns_of_bytes_is_not_out_of_date(desk: "Desk"):
    from django.apps import apps
    from django.db.models import BinaryField

    assert set(BYTES) == {
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("registry").get_models()
        for field in model._meta.local_fields
        if isinstance(field, BinaryField)
    }


def test_database_has_no_column_besides_the_models(desk: "Desk"):
    from django.apps import apps
    from django.db import connection

    known = {model._meta.db_table for model in apps.get_app_config("registry").get_models()}
    tables = set(connection.introspection.table_names())
    assert tables - known <= {"django_migrations", "sqlite_sequence"}


def test_looking_finds_a_column_for_a_face(desk: "Desk"):
    """The control: each kind of column that could hold a face is found."""
    from django.db import models
    from django.test.utils import isolate_apps

    with isolate_apps("lineproof.registry"):

        class Visit(models.Model):  # noqa: DJ008 -- never shown
            file = models.FileField()
            folder = models.FilePathField(path="/")
            seen = models.BinaryField(max_length=32)
            notes = models.TextField()
            anything = models.JSONField()
            long = models.CharField(max_length=4096)
            face_id = models.CharField(max_length=8)

            class Meta:
                app_label = "registry"

    assert {text.split()[0].removeprefix("Visit.") for text in offences([Visit])} == {
        *("file", "folder", "seen", "notes", "anything", "long", "face_id"),
    }


def test_no_row_is_longer_than_a_page_and_no_column_than_its_limit(full: "Desk"):
    found = columns(full)
    for name, values in found.items():
        if name in BYTES:
            assert max((size_of(value) for value in values if value is not None), default=0) <= BYTES[name], (
                name
            )
    from django.apps import apps

    for model in apps.get_app_config("registry").get_models():
        for row in model.objects.values_list():
            assert sum(size_of(value) for value in row) <= ROW_BYTES, model.__name__


def test_every_table_was_looked_at(full: "Desk"):
    from django.apps import apps

    empty = {m.__name__ for m in apps.get_app_config("registry").get_models() if not m.objects.exists()}
    # A rotation has a row from the first one on. Votes and inspections have no room for anything.
    assert empty <= {"KeyRotation", "Vote", "Inspection", "InspectedEntry"}


def test_measures_are_numbers_of_the_closed_list(full: "Desk"):
    known = {measured.value for measured in Measured}
    for measures in columns(full)["DecisionFinding.measures"]:
        assert set(measures) <= known
        assert all(type(value) in (int, float) for value in measures.values())


def test_what_is_sealed_has_only_the_fields_of_its_kind(full: "Desk"):  # noqa: C901, PLR0912 -- a list
    """The sealed columns are the only ones that nobody can look into: here they are opened."""
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import unseal

    def opened(sealed: bytes, subject: Any, retention: Retention, place: str, *, most: int = 200) -> set[str]:
        value = unseal(full.services.keys, bytes(sealed), subject=subject, retention=retention, place=place)
        assert all(each is None or len(each) <= most for each in value.values())
        return set(value)

    for row in full.rows("Holder"):
        fields = opened(row.sealed_identity, row.id, Retention.IDENTITY, "holder.sealed_identity")
        assert fields == {"full_name", "born_on", "sex", "nationality"}
    for row in full.rows("ContactPoint"):
        place = "contactpoint.sealed_address"
        fields = opened(row.sealed_address, row.holder_id, Retention.IDENTITY, place, most=254)
        assert fields == {"address"}
    for row in full.rows("DocumentBinding"):
        place = "documentbinding.sealed_document"
        indexed = set() if row.personal_number_index is None else {"personal_number"}
        fields = opened(row.sealed_document, row.holder_id, Retention.IDENTITY, place)
        assert fields == {"number", "expires_on"} | indexed
    for row in full.rows("Custody"):
        if row.until is not None:
            continue  # It changed hands, and is sealed under its new holder's key.
        sealed = row.line.sealed_identifier
        fields = opened(sealed, row.holder_id, Retention.LINE, "line.sealed_identifier")
        assert fields == {"identifier", "detail"}
    for row in full.rows("Case"):
        if row.sealed_application is not None:
            assert opened(row.sealed_application, row.id, Retention.CASE, "case.sealed_application") <= {
                *("kind", "issuer", "number", "surname", "given_names", "nationality", "born_on", "sex"),
                *("expires_on", "personal_number", "line_kind", "line", "detail", "terms", "link_to_holder"),
                *("from_operator", "permit_until", "for_minor"),
                *("organisation", "register", "register_number"),
            }
    for row in full.rows("Organisation"):
        place = "organisation.sealed_organisation"
        fields = opened(row.sealed_organisation, row.id, Retention.LINE, place)
        assert fields == {"name", "register", "number"}
    for row in full.rows("Draft"):
        if row.sealed_line is not None:
            fields = opened(row.sealed_line, row.id, Retention.CASE, "draft.sealed_line")
            assert fields == {"kind", "line", "detail"}
    for row in full.rows("SimReplacement"):
        place = "simreplacement.sealed_iccid"
        assert opened(row.sealed_iccid, row.custody.holder_id, Retention.LINE, place) == {"iccid"}
    for row in full.rows("CorrectionExtension"):
        place, holder = "correctionextension.sealed_ground", row.correction.holder_id
        assert opened(row.sealed_ground, holder, Retention.IDENTITY, place) == {"ground"}
    for row in full.rows("SealedSalt"):
        assert opened(row.sealed, row.subject, Retention(row.retention), "sealedsalt.sealed") == {"salt"}
    for row in full.rows("EntryPlace"):
        place = "entryplace.sealed_opening"
        fields = opened(row.sealed_opening, row.subject, Retention(row.retention), place, most=600)
        assert fields == {"salt", "record"}


def test_what_is_sealed_of_a_court_is_the_reference_of_its_order(full: "Desk"):
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import unseal

    (row,) = full.rows("CourtOrder")
    opened = unseal(
        full.services.keys,
        bytes(row.sealed_reference),
        subject=row.correction.holder_id,
        retention=Retention.IDENTITY,
        place="courtorder.sealed_reference",
    )
    assert {name: len(value or "") for name, value in opened.items()} == {"reference": 64}


def test_photographs_leave_no_trace_in_the_record(full: "Desk"):
    """Each fake photograph is 64 random bytes: none of them, whole or in part, is anywhere on the disk."""
    record = full.raw_files()
    photographs = [path.read_bytes() for path in full.booth.folder.glob("*.jpg")]
    assert len(photographs) > 10
    assert not any(photograph[at : at + 16] in record for photograph in photographs for at in (0, 16, 32, 48))
    (digest, *_) = [bytes(row.document_digest) for row in full.rows("AttestationRecord")]
    assert digest in record
