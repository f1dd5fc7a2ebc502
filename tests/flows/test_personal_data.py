"""Personal data at rest: sealed, found by keyed index, erased with its key."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lineproof.errors import Erased, NotFound, NotPermitted
from lineproof.line.delivery import Channel
from lineproof.line.language import Language
from lineproof.terms import EmailAddress, Msisdn
from tests.fakes.messages import FakeMessages
from tests.fakes.specimens import ALICE, BO

if TYPE_CHECKING:
    from tests.flows.desk import Desk

CAROL = replace(
    ALICE, surname="OTARRIN", given_names="CAROLINA", number="C70070007", personal_number="ZE184226B"
)
CAROLS_NUMBER = "+999555003001"
SECRETS = (
    *("OTARRIN", "CAROLINA", "BRANNOCH"),
    *("C70070007", "C80080008", "B20020002", "ZE184226B"),
    *("999555003001", "8999909995550030"),
    *("carol.otarrin", "bo.brannoch", "Quay Street", "carol@post.example", "999555003009"),
    *("1990-08-12", "2034-03-14"),
)


@pytest.fixture
def told(desk: "Desk") -> "Desk":
    """A record that has been told of Carol in every way there is, and of Bo's address."""
    from lineproof.registry.flows.contact_points import add_contact_point
    from lineproof.registry.flows.deliver_notices import deliver_notices
    from tests.flows.desk import NOW, RHEA, a_mobile, an_access

    desk.register(desk.present(CAROL), a_mobile(CAROLS_NUMBER))
    desk.link(CAROL, replace(CAROL, number="C80080008"))
    desk.accept(desk.referred(desk.present(CAROL, attended=False), an_access("carol.otarrin")), RHEA)
    desk.register(desk.present(BO), an_access())
    for address in (EmailAddress("carol@post.example"), Msisdn("+999555003009")):
        add_contact_point(desk.services, desk.verified(CAROL), address, Language.ENGLISH, now=NOW)
    channels = {Channel.EMAIL: FakeMessages(), Channel.SMS: FakeMessages()}
    deliver_notices(replace(desk.services, messages=channels), now=NOW)
    assert len(channels[Channel.SMS].taken) > 2
    return desk


def in_clear(record: bytes, secret: str) -> bool:
    """Look for a text in the bytes of a record, as UTF-8 or UTF-16 in any case, or as hexadecimal."""
    lower = record.lower()
    forms = {secret.lower().encode(), secret.encode("utf-16-le").lower(), secret.encode().hex().encode()}
    return any(form in lower for form in forms)


def test_nothing_personal_lies_in_the_clear_on_the_disk(told: "Desk"):
    record = told.raw_files()
    assert {secret for secret in SECRETS if in_clear(record, secret)} == set()


def test_looking_finds_what_is_in_the_clear(told: "Desk"):
    """The control: the looking itself works, on these very files."""
    record = told.raw_files()
    assert all(in_clear(record, shown) for shown in ("ada", "possible_same_holder", "specimen", "UTO"))
    for row in told.rows("DocumentBinding"):
        assert bytes(row.blind_index) in record
    for line in told.rows("Line"):
        assert bytes(line.identifier_index) in record
    for holder in told.rows("Holder"):
        assert bytes(holder.sealed_identity) in record
    assert in_clear("Otarrin".encode("utf-16-le"), "OTARRIN")
    assert in_clear(b"otarrin".hex().encode(), "OTARRIN".lower())


def test_log_shows_nothing_personal_and_no_name_of_a_row(told: "Desk"):
    log = b"".join(bytes(row.body) for row in told.rows("Entry"))
    for table in ("Holder", "Line", "Case", "Decision", "Order"):
        for row in told.rows(table):
            assert not in_clear(log, str(row.pk))
            assert not in_clear(log, row.pk.hex)
    assert not any(in_clear(log, secret) for secret in ("OTARRIN", CAROLS_NUMBER, "C70070007", "rhea"))


def test_two_procedures_of_one_holder_share_nothing_in_the_log(desk: "Desk"):
    import json

    from tests.flows.desk import a_mobile

    subjects = []
    for number in ("+999555001001", "+999555001002"):
        before = desk.count("Entry")
        desk.register(desk.present(), a_mobile(number))
        bodies = [json.loads(bytes(row.body)) for row in desk.rows("Entry")[before:]]
        shown = [{body["subject"], *body["commitments"], *body["by"]} for body in bodies]
        subjects.append(set().union(*shown))
    assert not subjects[0] & subjects[1]


def test_holders_name_is_read_back_by_who_has_the_vault(told: "Desk"):
    from lineproof.registry.queries.holder import find_holder_by_name, read_holder_page

    holder = find_holder_by_name(told.services.keys, CAROLS_NUMBER)
    page = read_holder_page(told.services.keys, holder)
    assert (page.name, page.documents) == ("CAROLINA OTARRIN", 2)
    assert [line.label for line in page.lines] == [CAROLS_NUMBER]


def test_another_vault_opens_nothing(told: "Desk", tmp_path):
    from lineproof.registry.queries.holder import read_holder_page
    from lineproof.vault.file import open_vault

    holder = told.rows("Holder")[0].id
    with pytest.raises(NotPermitted):
        read_holder_page(open_vault(tmp_path / "another"), holder)


@pytest.mark.parametrize("retention", ["identity", "line", "case", "decision"])
def test_destroying_a_key_erases_all_it_sealed_and_nothing_else(desk: "Desk", retention: str):
    import uuid

    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import destroy, seal, unseal

    alice, bo, keys = uuid.uuid4(), uuid.uuid4(), desk.services.keys
    place = "holder.sealed_identity"
    sealed = {
        (subject, kind): seal(keys, {"name": "x"}, subject=subject, retention=kind, place=place)
        for subject in (alice, bo)
        for kind in Retention
    }
    destroy(alice, Retention(retention))
    for (subject, kind), value in sealed.items():
        if (subject, kind.value) == (alice, retention):
            with pytest.raises(NotFound, match="erased"):
                unseal(keys, value, subject=subject, retention=kind, place=place)
        else:
            assert unseal(keys, value, subject=subject, retention=kind, place=place) == {"name": "x"}


def test_erased_holder_has_no_page(told: "Desk"):
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import destroy
    from lineproof.registry.queries.holder import find_holder_by_name, read_holder_page

    holder = find_holder_by_name(told.services.keys, CAROLS_NUMBER)
    destroy(holder, Retention.IDENTITY)
    with pytest.raises(NotFound, match="erased"):
        read_holder_page(told.services.keys, holder)


def test_value_moved_to_another_place_or_holder_does_not_open(desk: "Desk"):
    import uuid

    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import seal, unseal

    alice, bo, keys = uuid.uuid4(), uuid.uuid4(), desk.services.keys
    kind, place = Retention.IDENTITY, "holder.sealed_identity"
    sealed = seal(keys, {"name": "x"}, subject=alice, retention=kind, place=place)
    seal(keys, {"name": "y"}, subject=bo, retention=kind, place=place)
    for subject, where in ((alice, "documentbinding.sealed_document"), (bo, place)):
        with pytest.raises(NotPermitted):
            unseal(keys, sealed, subject=subject, retention=kind, place=where)


def test_index_says_nothing_without_the_vault_and_differs_by_purpose(desk: "Desk", tmp_path):
    from lineproof.registry import blind_index
    from lineproof.vault.file import open_vault

    def indexes(keys) -> list[blind_index.BlindIndex]:
        return [
            blind_index.document_index(keys, issuer="UTO", kind="P", number="C1"),
            blind_index.personal_number_index(keys, issuer="UTO", personal_number="C1"),
            blind_index.likeness_index(keys, full_name="UTO", born_on="C1"),
            blind_index.line_index(keys, kind="UTO", identifier="C1"),
        ]

    ours, others = indexes(desk.services.keys), indexes(open_vault(tmp_path / "another"))
    assert ours == indexes(desk.services.keys)
    assert len({*ours, *others}) == 8


def test_parts_of_an_index_do_not_run_together(desk: "Desk"):
    from lineproof.registry.blind_index import line_index

    keys = desk.services.keys
    assert line_index(keys, kind="ab", identifier="c") != line_index(keys, kind="a", identifier="bc")


def test_what_is_sealed_for_many_at_once_is_as_what_is_sealed_for_one(desk: "Desk"):
    """One data key and one salt for each party, whoever made it; each reads what the other sealed."""
    from uuid import UUID

    from django.db import transaction

    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import Sealer, destroy, party_salt, seal, unseal

    keys, old, new = desk.services.keys, UUID(int=1), UUID(int=2)
    of = {"retention": Retention.IDENTITY, "place": "holder.sealed_identity"}
    salt = party_salt(keys, subject=old, retention=Retention.IDENTITY)
    sealed = seal(keys, {"full_name": "old"}, subject=old, **of)
    with transaction.atomic():
        sealer = Sealer(keys)
        sealer.know([new], new=True)
        assert sealer.unseal(sealed, subject=old, **of) == {"full_name": "old"}
        assert sealer.party_salt(subject=old, retention=Retention.IDENTITY) == salt
        many = {subject: sealer.seal({"full_name": "new"}, subject=subject, **of) for subject in (old, new)}
        new_salt = sealer.party_salt(subject=new, retention=Retention.IDENTITY)
        with pytest.raises(Erased):
            sealer.unseal(many[new], subject=new, retention=Retention.LINE, place="line.sealed_identifier")
        sealer.save()
        sealer.save()
    assert desk.count("DataKey", subject__in=[old, new]) == 2
    assert party_salt(keys, subject=new, retention=Retention.IDENTITY) == new_salt != salt
    for subject, value in many.items():
        assert unseal(keys, value, subject=subject, **of) == {"full_name": "new"}
    with pytest.raises(NotPermitted):
        unseal(keys, many[new], subject=old, **of)
    destroy(new, Retention.IDENTITY)
    with transaction.atomic(), pytest.raises(Erased):
        Sealer(keys).unseal(many[new], subject=new, **of)
