"""No comparison score, and no other measure of a face, ever leaves the server side towards an applicant.

Whoever saw how alike two faces were found could try until they are alike enough. The commands of `lineproof`
are the operator's side; the pages, the notices, the reasons and the log are everybody's.
"""

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from lineproof.booth.seal import PartKind, Sealer
from lineproof.decision.finding import (
    Check,
    Finding,
    Measure,
    Measured,
    Outcome,
    failed,
    indeterminate,
    passed,
)
from lineproof.decision.reasons import CATALOGUE, ReasonCode
from lineproof.line.notice import NOTICES
from lineproof.terms import HolderId
from tests.fakes.specimens import ALICE, BO
from tests.redlines.source import SOURCE, names_in, trees

if TYPE_CHECKING:
    from tests.flows.desk import Desk

# A score that nothing else on a page could be, in the forms in which it could be told.
SIMILARITY = 0.873
TELLING = re.compile(r"0[.,]87|87[.,]3|\b87\s?%|\b873\b")
NAMING = re.compile(r"similarity|comparison score|attack.?score|\bfmr\b|threshold", re.IGNORECASE)
# Who may read what was measured: the flow that records it, the tables, and the commands of the operator.
READERS = {
    "booth", "cli", "decision", "document", "face", "imaging", "measure", "simulate", "specimen",
    "registry/flows/verification.py", "registry/flows/register_line.py",
    "registry/models/decision.py", "registry/migrations",
}  # fmt: skip


def told(text: str) -> list[str]:
    """Find what a text tells of a score."""
    return TELLING.findall(text) + NAMING.findall(text)


def sure() -> Finding:
    return passed(Check.SAME_PERSON, Measure(Measured.SIMILARITY, SIMILARITY))


def unsure() -> Finding:
    measure = Measure(Measured.SIMILARITY, SIMILARITY)
    return indeterminate(Check.SAME_PERSON, ReasonCode.FACE_MATCH_UNSURE, measure)


def another() -> Finding:
    return failed(Check.SAME_PERSON, ReasonCode.FACE_NOT_MATCHED, Measure(Measured.SIMILARITY, SIMILARITY))


def pages() -> Iterator[str]:
    """Walk every address there is, with a token that opens nothing."""
    from django.urls import URLPattern, URLResolver, get_resolver

    def walk(resolver: URLResolver, above: str) -> Iterator[str]:
        for pattern in resolver.url_patterns:
            path = above + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern, path)
            elif isinstance(pattern, URLPattern):
                yield "/" + re.sub(r"<[^>]*>", "nothing", path)

    yield from walk(get_resolver("lineproof.web.urls"), "")


def test_score_is_recorded_and_no_page_shows_it(desk: "Desk"):
    from django.test import Client
    from django.utils import timezone

    from lineproof.registry.flows.page_link import issue_page_link
    from lineproof.registry.models import DecisionFinding, DocumentBinding
    from lineproof.web.services import install
    from tests.flows.desk import a_mobile

    install(desk.services)
    desk.register(desk.present(ALICE, instead=[sure()]))
    desk.referred(desk.present(BO, instead=[unsure()], attended=False), a_mobile("+999555002002"))
    recorded = [row.measures.get("similarity") for row in DecisionFinding.objects.all()]
    assert recorded.count(SIMILARITY) == 2, "the control: it is there to be shown"

    holder = HolderId(DocumentBinding.objects.first().holder_id)
    token = issue_page_link(desk.services, holder, now=timezone.now())
    browser = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
    opened = browser.get(f"/open/{token}", follow=True)
    assert "+999" in opened.content.decode(), "the control: the visit is open"
    addresses = sorted(pages())
    assert len(addresses) >= 6
    for address in addresses:
        for answer in (browser.get(address), browser.post(address)):
            said = answer.content.decode() + str(dict(answer.headers)) + str(answer.cookies)
            assert not told(said), address


@pytest.mark.parametrize(
    ("finding", "outcome"), [(sure(), "refer"), (unsure(), "refer"), (another(), "not_verified")]
)
def test_score_of_an_application_is_on_none_of_its_pages(desk: "Desk", finding: Finding, outcome: str):
    """Whoever applies in a browser is told why, and never how alike."""
    from django.test import Client
    from django.utils import timezone

    from lineproof.portal.applying import COOKIE
    from lineproof.registry.flows.apply_online import seal_terms
    from lineproof.registry.models import Decision, DecisionFinding, Draft
    from lineproof.web.services import install
    from tests.flows.applying import applying
    from tests.flows.desk import a_mobile

    install(desk.services)
    browser = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
    browser.post("/apply/begin")
    assert COOKIE in browser.cookies, "the control: an application is open"
    draft = applying(desk, a_mobile(), now=timezone.now(), draft=Draft.objects.get().id)
    terms = seal_terms(desk.services, draft, now=timezone.now())
    parts = [(PartKind.DOCUMENT, desk.booth.photograph(ALICE.zone, instead=[finding]).read_bytes())]
    parts.append((PartKind.CAPTURE, desk.booth.photograph_face().read_bytes()))
    sealer, (document, face) = Sealer(terms.epoch_key, terms.info), parts
    sealed = {
        "/apply/document": sealer.head + sealer.part(*document, last=False),
        "/apply/send": sealer.part(*face, last=True),
    }
    answers = [
        browser.post(address, part, content_type="application/octet-stream")
        for address, part in sealed.items()
    ]
    assert Decision.objects.get().outcome == outcome, "the control: it was decided"
    recorded = [row.measures.get("similarity") for row in DecisionFinding.objects.all()]
    assert SIMILARITY in recorded, "the control: there is a score to be shown"
    addresses = [each for each in pages() if each.startswith("/apply")]
    assert len(addresses) > 10
    # Those first that change nothing: the result would be gone.
    answers += [browser.get(address) for address in addresses]
    assert [each for each in answers if b"Why" in each.content], "the control: the reasons are shown"
    answers += [browser.post(address) for address in addresses]
    for answer in answers:
        said = answer.content.decode() + str(dict(answer.headers)) + str(answer.cookies)
        assert not told(re.sub(r"[A-Za-z0-9_+/=-]{24,}", "", said))


def test_decision_that_an_applicant_is_given_holds_no_measure(desk: "Desk"):
    verified = desk.verify(desk.present(ALICE, instead=[unsure()], attended=False))
    assert verified.decision.reasons
    assert not told(repr(verified.decision))


@pytest.mark.parametrize("reason", CATALOGUE.values(), ids=lambda reason: reason.code.value)
def test_no_reason_has_a_number_of_a_face(reason):
    assert not told(f"{reason.says} {reason.remedy} {reason.appeal}")
    assert not re.search(r"\d", reason.says + reason.remedy)


@pytest.mark.parametrize("kind", NOTICES, ids=lambda kind: kind.value)
def test_no_message_has_a_number_of_a_face(kind):
    notice = NOTICES[kind]
    assert not told(f"{notice.subject} {notice.text}")
    assert not re.search(r"\d", notice.subject + notice.text)


def test_log_says_that_it_was_decided_and_not_how_alike(desk: "Desk"):
    from lineproof.registry.models import Entry
    from tests.flows.desk import a_mobile

    desk.register(desk.present(ALICE, instead=[sure()]))
    desk.referred(desk.present(BO, instead=[unsure()], attended=False), a_mobile("+999555002002"))
    bodies = [bytes(row.body).decode() for row in Entry.objects.all()]
    assert any('"decided"' in body for body in bodies)
    # Hashes and pseudonyms are hexadecimal digits, in which any three digits may stand.
    plain = [re.sub(r'"[0-9a-f]{32,}"', '""', body) for body in bodies]
    assert not [body for body in plain if NAMING.search(body) or re.search(r"0[.,]873", body)]


def test_no_door_and_no_query_reads_what_was_measured():
    """A new door that did would have to be added here, and would be asked why."""
    readers = set()
    for path, tree in trees().items():
        place = path.relative_to(SOURCE)
        words = {name for node in ast.walk(tree) if isinstance(node, ast.expr) for name in names_in(node)}
        if words & {"Measure", "Measured", "measures", "ComparisonScore"}:
            top = place.parts[0]
            readers.add(top if top in READERS else place.as_posix())
    allowed = {reader for reader in readers if reader in READERS or reader.startswith("registry/migrations")}
    assert readers == allowed
    assert "registry/flows/verification.py" in readers


@pytest.mark.parametrize("text", ["0.873", "87,3 of 100", "87 %", "The similarity was high", "873 of 1000"])
def test_telling_is_found(text: str):
    """The control."""
    assert told(text)


def test_outcomes_are_three_words_and_not_a_number():
    assert {outcome.value for outcome in Outcome} == {"pass", "indeterminate", "fail"}
