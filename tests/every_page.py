"""Every page there is, in every state that looks different, and how each is brought about.

The table is by the names of the addresses: one that is not in it fails `tests/doors/test_every_page.py`. From
it come what is asked of every page in Chromium, the search for sentences that nobody can translate, and the
pictures of `make screenshots`.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, path

from lineproof import errors
from lineproof.line.correction import Cause
from lineproof.line.delivery import Channel
from lineproof.line.dispute import DisputeReason
from lineproof.line.draft import Goal
from lineproof.line.notice import OF_CORRECTION, NoticeKind
from lineproof.line.request import LineRequest
from lineproof.line.state import LineState
from lineproof.ports import Services
from lineproof.terms import Iccid, LineKind, Msisdn
from lineproof.tiles.directory import TileFolder
from tests.fakes.examiner import FakeExaminer
from tests.fakes.holders import NOW, Person, Registered, build_holder
from tests.fakes.messages import FakeMessages

# What is asked for in a policy of the jurisdiction: an end of a day, and a moment.
DEADLINES = (datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 1, 9, 30, tzinfo=UTC))
CASE = "6a1f0e52-3c77-4d0b-9d6e-2f7c54a1b901"
KINDS = {
    "malformed": (400, errors.Malformed("What came.", remedy="Do that.")),
    "not-permitted": (403, errors.NotPermitted("What came.", remedy="Do that.")),
    "not-found": (404, errors.NotFound("What came.", remedy="Do that.")),
    "conflict": (409, errors.Conflict("What came.", remedy="Do that.")),
    "too-many": (429, errors.TooMany("What came.", remedy="Do that.", retry_after_s=300)),
    "unavailable": (503, errors.Unavailable("What came.", remedy="Do that.", retry_after_s=30)),
}
OF_A_PERSON = "Alice Specimen has +999555001001"


@dataclass(frozen=True, slots=True)
class World:
    """A record in which a page's state can be brought about."""

    services: Services
    folder: Path

    def person(self, name: str, *lines: Registered) -> Person:
        return build_holder(self.services, name, *lines)


@dataclass(frozen=True, slots=True)
class State:
    """One state of a page. opened: gives the addresses to go to in order; the last leads to the page.

    typed: what is typed into its fields, by their names, before its button is pressed; then it is the page
    that follows. None: nothing is pressed. cookies: what its browser has before.
    """

    name: str
    opened: Callable[[World], Sequence[str]]
    status: int = 200
    typed: Mapping[str, str] | None = None
    cookies: Callable[[World], Mapping[str, str]] | None = None


def at(*addresses: str) -> Callable[[World], Sequence[str]]:
    """Bring about what needs nothing in the record."""
    return lambda _: addresses


def no_lines(world: World) -> Sequence[str]:
    return [world.person("Alice Specimen").link()]


def one_line(world: World) -> Sequence[str]:
    line = Registered("+999555001001", "89999112233445566778")
    return [world.person("Alice Specimen", line).link()]


def two_lines(world: World) -> Sequence[str]:
    mobile = Registered("+999555001001", "89999112233445566778")
    fixed = Registered("alice@fibre.example", "12 Harbour Street", LineKind.FIXED, LineState.PENDING)
    return [world.person("Alice Specimen", mobile, fixed).link()]


def a_line_with_proof(world: World) -> Sequence[str]:
    """A line that the procedure registered, whose entry is published: the page offers what proves it."""
    from django.utils import timezone

    from lineproof.registry.flows.page_link import issue_page_link
    from lineproof.registry.flows.publish_log import publish_log
    from tests.flows.desk import Desk

    done = Desk.opened(world.services, world.folder).register()
    assert done.holder is not None
    publish_log(world.services)
    return [f"/open/{issue_page_link(world.services, done.holder, now=timezone.now())}"]


def many_lines(world: World) -> Sequence[str]:
    """A line in every state, of both kinds, a visitor's and a minor's; every notice; every dispute."""
    from lineproof.registry import models

    long = "a-very-long-account-name-that-does-not-fit@an-internet-provider-with-a-long-name.example"
    states = [state for state in LineState if state is not LineState.APPLIED]
    lines = [Registered(f"+99955500{n:04}", f"8999911223344{n:07}", state=s) for n, s in enumerate(states)]
    fixed = Registered(long, "12 Harbour Street, 3rd floor, Specimen City", LineKind.FIXED)
    alice = world.person("عائشة بنت محمد Specimen-Featherstonehaugh", *lines, fixed)
    custodies = list(models.Custody.objects.filter(holder=alice.id).order_by("id"))
    models.Custody.objects.filter(id=custodies[0].id).update(registered_until=NOW + timedelta(days=90))
    models.Custody.objects.filter(id=custodies[1].id).update(for_minor=True, disowned_at=NOW)
    for n, kind in enumerate(NoticeKind):
        deadline = DEADLINES[n % 2] if n % 3 else None
        _give(alice, custodies[n % len(custodies)], kind, deadline)
    for cause in Cause:
        _correct(alice, custodies[2], cause)
    _dispute(custodies)
    return [alice.link()]


def _give(
    holder: Person, custody: object, kind: NoticeKind, deadline: datetime | None, subject: bytes | None = None
) -> None:
    from lineproof.registry import models

    assert isinstance(custody, models.Custody)
    models.Notice.objects.create(
        holder_id=holder.id,
        line_id=custody.line_id,
        kind=kind.value,
        given_at=NOW,
        deadline=deadline,
        subject=subject,
    )


def _correct(holder: Person, custody: object, cause: Cause) -> None:
    from lineproof.registry import models

    assert isinstance(custody, models.Custody)
    subject = uuid.uuid4().bytes
    models.Correction.objects.create(
        line_id=custody.line_id,
        holder_id=holder.id,
        cause=cause.value,
        state="found",
        subject=subject,
        found_at=NOW,
    )
    for kind in sorted(OF_CORRECTION, key=lambda kind: kind.value)[:2]:
        _give(holder, custody, kind, DEADLINES[0], subject)


def _dispute(custodies: Sequence[object]) -> None:
    from lineproof.registry import models

    opened = (("not_mine", "open"), ("not_needed", "heard"), ("not_mine", "withdrawn"))
    decided = (("not_mine", "upheld"), ("not_mine", "dismissed"))
    staff = models.Staff.objects.create(name=f"una-{uuid.uuid4().hex[:8]}", role="reviewer", enrolled_at=NOW)
    for custody, (kind, state) in zip(custodies, opened + decided, strict=False):
        dispute = models.Dispute.objects.create(
            custody=custody,
            kind=kind,
            state=state,
            subject=uuid.uuid4().bytes,
            opened_at=NOW,
            answer_by=NOW,
            due_at=DEADLINES[1],
            ended_at=None if state in {"open", "heard"} else NOW,
        )
        for reason in DisputeReason if (kind, state) in decided else ():
            models.Vote.objects.create(
                about=dispute.id,
                question="dispute",
                staff=staff,
                choice=state,
                reason=reason.value,
                given_at=NOW,
            )
            staff = models.Staff.objects.create(
                name=f"una-{uuid.uuid4().hex[:8]}", role="reviewer", enrolled_at=NOW
            )


def under_way(world: World) -> Sequence[str]:
    """A line of which everything can be stopped that a thief would begin."""
    from lineproof.registry import models

    alice = world.person("Alice Specimen", Registered("+999555001001", "89999112233445566778"))
    custody = models.Custody.objects.get(holder=alice.id)
    line, later = custody.line, NOW + timedelta(days=3650)
    begun = {"line": line, "subject": uuid.uuid4().bytes}
    models.SimReplacement.objects.create(
        **begun, custody=custody, state="asked", sealed_iccid=b"x", asked_at=NOW, due_at=later
    )
    models.Transfer.objects.create(
        **begun,
        giver_id=alice.id,
        state="offered",
        code_digest=uuid.uuid4().bytes * 2,
        offered_at=NOW,
        accept_by=later,
    )
    models.Porting.objects.create(
        **begun,
        other_operator="Utopia Mobile",
        state="leaving",
        asked_at=NOW,
        due_at=later,
        closes_at=later + timedelta(days=1),
    )
    return [alice.link()]


def as_reviewer(*, cases: bool = True, given: bool = False) -> Callable[[World], Mapping[str, str]]:
    """A reviewer who is signed in, before a case that is due and one that is late."""
    from importlib import import_module

    def signed_in(world: World) -> Mapping[str, str]:
        import time

        from django.conf import settings
        from django.utils import timezone

        from lineproof.registry import models

        now = timezone.now()
        models.Case.objects.all().delete()
        name = f"rhea-{uuid.uuid4().hex[:8]}"
        rhea = models.Staff.objects.create(name=name, role="reviewer", enrolled_at=now)
        due = ((CASE, now + timedelta(days=3)), (str(uuid.uuid4()), now - timedelta(days=1)))
        for case, due_at in due if cases else ():
            decision = _decide(uuid.uuid4(), "refer", now)
            for code in ("document_not_proven_genuine", "not_proven_live", "face_match_unsure"):
                models.DecisionReason.objects.create(decision=decision, code=code)
            row = models.Case.objects.create(
                id=case,
                kind="referral",
                state="open",
                decision=decision,
                subject=uuid.uuid4().bytes,
                sealed_application=b"x",
                opened_at=now,
                due_at=due_at,
            )
            if given:
                models.CaseOpinion.objects.create(case=row, reviewer=rhea, opinion="accept", given_at=now)
        store = import_module(settings.SESSION_ENGINE).SessionStore()
        store["staff"], store["staff_ends_at"] = name, int(time.time()) + 3600
        store.save()
        return {settings.SESSION_COOKIE_NAME: store.session_key}

    return signed_in


def accepted(world: World) -> Sequence[str]:
    """A line of somebody else's that is on its way to who visits."""
    from lineproof.registry import models

    bo = world.person("Bo Brannoch", Registered("+999555002002", "89999112233445566779"))
    alice, later = world.person("Alice Specimen"), NOW + timedelta(days=3650)
    models.Transfer.objects.create(
        line=models.Custody.objects.get(holder=bo.id).line,
        subject=uuid.uuid4().bytes,
        giver_id=bo.id,
        receiver_id=alice.id,
        state="accepted",
        offered_at=NOW,
        accept_by=later,
        accepted_at=NOW,
        complete_at=later,
        terms_version="1",
    )
    return [alice.link(), "/take-over"]


def with_passkeys(world: World) -> Sequence[str]:
    """As many passkeys as there can be, one of them used."""
    from lineproof.registry import models

    alice = world.person("Alice Specimen")
    for number in range(5):
        models.HolderPasskey.objects.create(
            holder_id=alice.id,
            credential_id=uuid.uuid4().bytes,
            public_key=b"x",
            signature_count=0,
            made_at=NOW,
            used_at=None if number else NOW,
        )
    return [alice.link(), "/passkeys"]


ACTS = ("not-mine", "not-needed", "stop-sim", "keep-line", "deny-offer", "keep-number")
MOVING = ("pass-on", "new-sim", "give-up")


def after_showing(*, opened: str = "shown") -> Callable[[World], Mapping[str, str]]:
    """A visit of who has just shown who they are: they hold a line, and two addresses are theirs."""
    from importlib import import_module

    def visiting(world: World) -> Mapping[str, str]:
        from django.conf import settings
        from django.utils import timezone

        from lineproof.portal import visit
        from lineproof.registry import models

        alice = world.person("Alice Specimen", Registered("+999555001001", "89999112233445566778"))
        session, now = uuid.uuid4(), timezone.now()
        models.HolderVerification.objects.create(
            session=session, holder_id=alice.id, decision=_decide(session, "accept", now), verified_at=now
        )
        for channel, address in (("email", "alice@example.com"), ("sms", "+999555000777")):
            _reach(world, alice, channel, address)
        store = import_module(settings.SESSION_ENGINE).SessionStore()
        store["holder"], store["opened"] = str(alice.id), opened
        if opened == "shown":
            store["verified"] = str(session)
        visit.begin(store)
        store.save()
        return {settings.SESSION_COOKIE_NAME: store.session_key}

    return visiting


def _reach(world: World, holder: Person, channel: str, address: str) -> None:
    from lineproof.registry import models
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import seal

    sealed = seal(
        world.services.keys,
        {"address": address},
        subject=holder.id,
        retention=Retention.IDENTITY,
        place="contactpoint.sealed_address",
    )
    models.ContactPoint.objects.create(
        holder_id=holder.id,
        channel=channel,
        sealed_address=sealed,
        language="en",
        subject=uuid.uuid4().bytes,
        added_at=NOW,
    )


def _asking_moving(name: str) -> Callable[[World], Sequence[str]]:
    return lambda world: [*one_line(world), f"/lines/1/do/{name}"]


def _asking(name: str) -> Callable[[World], Sequence[str]]:
    return lambda world: [*under_way(world), f"/lines/1/do/{name}"]


LINE_AND_DOCUMENT = {"line": "+999555001001", "document": "A10010001"}


def _decide(session: uuid.UUID, outcome: str, at_time: datetime) -> Any:
    from lineproof.registry import models

    return models.Decision.objects.create(
        session=session,
        way="face",
        outcome=outcome,
        policy="specimen",
        people=2 if outcome.endswith("people") else 0,
        decided_at=at_time,
    )


def an_application(
    *, line: bool = True, consents: bool = True, result: str | None = None, to_show: bool = False
) -> Callable[[World], Mapping[str, str]]:
    """A browser that has come so far with an application. result: what was decided, as the record says it."""

    def begun(world: World) -> Mapping[str, str]:
        from django.core.signing import get_cookie_signer
        from django.utils import timezone

        from lineproof.decision.reasons import ReasonCode
        from lineproof.portal.applying import COOKIE
        from lineproof.registry import models
        from lineproof.registry.flows import apply_online

        now = timezone.now()
        goal = Goal.HOLDER if to_show else Goal.LINE
        draft = apply_online.begin_application(world.services, goal, now=now)
        if line and not to_show:
            request = LineRequest(Msisdn.parse("+999555001001"), Iccid.parse("89999009995550010010"))
            apply_online.ask_for_line(world.services, draft, request, now=now)
        if consents and (line or to_show):
            apply_online.consent(world.services, draft, now=now)
        if result is not None:
            session = models.Draft.objects.get(id=draft).session
            decision = _decide(session, result, now)
            if decision.people:
                models.Case.objects.create(
                    kind="referral",
                    state=result.removesuffix("_by_people"),
                    decision=_decide(session, "refer", now - timedelta(hours=1)),
                    subject=uuid.uuid4().bytes,
                    opened_at=now,
                    due_at=now,
                    decided_at=now,
                )
            for code in (ReasonCode.DOCUMENT_NOT_CLEAR, ReasonCode.FACE_MATCH_UNSURE):
                models.DecisionReason.objects.create(decision=decision, code=code.value)
        return {COOKIE: get_cookie_signer(salt=f"{COOKIE}apply").sign(str(draft))}

    return begun


# What the record calls what became of an application, by the name of its page.
RESULTS = {
    "registered": "accept",
    "with-people": "refer",
    "not-verified": "not_verified",
    "returned": "returned_by_people",
    "refused": "refused_by_people",
}

# By the name of an address; what is no page says why.
PAGES: dict[str, tuple[State, ...]] = {
    "portal:start": (State("start", at("/")),),
    "portal:open": (State("link-used", at("/open/no-such-link"), 403),),
    "portal:lines": (
        State("lines-none", no_lines),
        State("lines-one", one_line),
        State("lines-two", two_lines),
        State("lines-proof", a_line_with_proof),
        State("lines-many", many_lines),
        State("lines-shown", at("/lines"), cookies=after_showing()),
        State("no-visit", at("/lines"), 403),
    ),
    "portal:sign-in": (
        State("sign-in", at("/sign-in")),
        State("sign-in-wrong", at("/sign-in"), 422, {"line": "0555", "document": "?"}),
    ),
    "portal:code": (
        State("code-not-asked", at("/sign-in/code"), 403),
        State("code", at("/sign-in"), 200, LINE_AND_DOCUMENT),
    ),
    "portal:sign-in-passkey": (State("sign-in-passkey", at("/sign-in/passkey")),),
    "portal:passkeys": (
        State("passkeys-none", lambda w: [*no_lines(w), "/passkeys"]),
        State("passkeys-many", with_passkeys),
    ),
    "portal:remove-passkey": (State("remove-by-address", at("/passkeys/remove"), 405),),
    "portal:line": (
        State("line", lambda w: [*one_line(w), "/lines/1"]),
        State("line-under-way", lambda w: [*under_way(w), "/lines/1"]),
        State("line-many", lambda w: [*many_lines(w), "/lines/3"]),
        State("line-disputed", lambda w: [*one_line(w), "/lines/1/do/not-mine"], 200, {}),
    ),
    "portal:act": (
        *(State(f"act-{name}", _asking(name)) for name in ACTS),
        *(State(f"act-{name}-without-document", _asking_moving(name)) for name in MOVING),
        *(State(f"act-{name}", at(f"/lines/1/do/{name}"), cookies=after_showing()) for name in MOVING),
        State("act-new-sim-wrong", at("/lines/1/do/new-sim"), 422, {"sim": "1"}, after_showing()),
        State("act-offered", at("/lines/1/do/pass-on"), 200, {}, after_showing()),
        State("act-over", lambda w: [*one_line(w), "/lines/1/do/stop-sim"], 404),
    ),
    "portal:take-over": (
        State("take-over", at("/take-over"), cookies=after_showing()),
        State("take-over-wrong", at("/take-over"), 422, {"code": "1"}, after_showing()),
        State("take-over-without-document", lambda w: [*one_line(w), "/take-over"]),
        State("take-over-accepted", accepted),
    ),
    "portal:appeals": (
        State("appeals-none", lambda w: [*one_line(w), "/appeals"]),
        State("appeals", lambda w: [*many_lines(w), "/appeals"]),
        State("appeals-made", lambda w: [*many_lines(w), "/appeals"], 200, {}),
    ),
    "portal:data": (
        State("data", at("/data"), cookies=after_showing()),
        State("data-erased", at("/data"), 200, {}, after_showing()),
        State("data-without-document", lambda w: [*one_line(w), "/data"]),
        State("data-by-code", at("/data"), cookies=after_showing(opened="code")),
    ),
    "portal:apply-appeal": (State("appeal-by-address", at("/apply/appeal"), 405),),
    "portal:decline": (State("decline-by-address", at("/take-over/decline"), 405),),
    "portal:addresses": (
        State("addresses", at("/addresses"), cookies=after_showing()),
        State("addresses-wrong", at("/addresses"), 422, {"address": "1"}, after_showing()),
        State("addresses-without-document", lambda w: [*one_line(w), "/addresses"]),
    ),
    "portal:remove-address": (State("remove-address-by-address", at("/addresses/remove"), 405),),
    "portal:who": (
        State("who", at("/apply/who-you-are")),
        State("who-begun", at("/apply/who-you-are"), cookies=an_application(to_show=True)),
        State("who-consent", at("/apply/consent"), cookies=an_application(to_show=True, consents=False)),
        State("who-capture", at("/apply/photographs"), cookies=an_application(to_show=True)),
        State("who-with-people", at("/apply/result"), cookies=an_application(to_show=True, result="refer")),
        State("who-verified", at("/apply/result"), cookies=an_application(to_show=True, result="accept")),
    ),
    "portal:open-lines": (State("open-by-address", at("/apply/open"), 405),),
    "portal:apply": (
        State("apply", at("/apply")),
        State("apply-begun", at("/apply"), cookies=an_application()),
    ),
    "portal:apply-counter": (State("apply-counter", at("/apply/counter")),),
    "portal:apply-begin": (State("begin-by-address", at("/apply/begin"), 405),),
    "portal:apply-line": (
        State("apply-line", at("/apply/line"), cookies=an_application(line=False)),
        State("apply-not-begun", at("/apply/line"), 404),
    ),
    "portal:apply-mobile": (
        State("apply-mobile", at("/apply/line/mobile"), cookies=an_application(line=False)),
        State(
            "apply-mobile-wrong",
            at("/apply/line/mobile"),
            422,
            {"number": "0555", "sim": "1"},
            an_application(line=False),
        ),
    ),
    "portal:apply-internet": (
        State("apply-internet", at("/apply/line/internet"), cookies=an_application(line=False)),
    ),
    "portal:apply-consent": (
        State("apply-consent", at("/apply/consent"), cookies=an_application(consents=False)),
        State("apply-consent-wrong", at("/apply/consent"), 422, {}, an_application(consents=False)),
    ),
    "portal:apply-capture": (State("apply-capture", at("/apply/photographs"), cookies=an_application()),),
    "portal:to-phone": (
        State("to-phone", at("/apply/phone"), cookies=an_application()),
        State("to-phone-code", at("/apply/phone"), 200, {}, an_application()),
    ),
    "portal:go-on": (
        State("go-on", at("/apply/go-on/a-token")),
        State("go-on-over", at("/apply/go-on/a-token"), 403, {}),
    ),
    "portal:apply-terms": (State("terms-by-address", at("/apply/terms"), 405),),
    "portal:apply-document": (State("document-by-address", at("/apply/document"), 405),),
    "portal:apply-send": (State("send-by-address", at("/apply/send"), 405),),
    "portal:apply-turn": (State("turn-by-address", at("/apply/turn"), 405),),
    "portal:apply-turn-frames": (State("frames-by-address", at("/apply/turn/frames"), 405),),
    "portal:apply-result": tuple(
        State(f"apply-{name}", at("/apply/result"), cookies=an_application(result=outcome))
        for name, outcome in RESULTS.items()
    ),
    "portal:apply-again": (State("again-by-address", at("/apply/again"), 405),),
    "portal:apply-end": (State("end-by-address", at("/apply/end"), 405),),
    "portal:dispute-receipt": (
        State("no-dispute-receipt", lambda w: [*no_lines(w), "/disputes/1/receipt"], 404),
    ),
    "portal:apply-receipt": (State("no-apply-receipt", at("/apply/receipt"), 404, cookies=an_application()),),
    "portal:receipt": (State("no-receipt", lambda w: [*no_lines(w), "/lines/1/receipt"], 404),),
    "portal:stay": (State("stay-by-address", at("/stay"), 405),),
    "portal:leave": (State("leave-by-address", at("/leave"), 405),),
    "portal:left": (State("left", at("/left")),),
    "console:passkey": (State("passkey", at("/review/passkey/a-link")),),
    "console:passkey-challenge": (State("challenge-by-address", at("/review/passkey/x/challenge"), 405),),
    "console:case": (
        State("case", at(f"/review/{CASE}")),
        State("case-to-review", at(f"/review/{CASE}"), cookies=as_reviewer()),
        State("opinion-missing", at(f"/review/{CASE}"), 422, {}, as_reviewer()),
        State("opinion-no-reason", at(f"/review/{CASE}"), 422, {"opinion": "refuse"}, as_reviewer()),
        State(
            "opinion-refuse",
            at(f"/review/{CASE}"),
            200,
            {"opinion": "refuse", "reason": "capture_covered"},
            as_reviewer(),
        ),
        State("opinion-accept", at(f"/review/{CASE}"), 200, {"opinion": "accept"}, as_reviewer()),
        State("case-given", at(f"/review/{CASE}"), cookies=as_reviewer(given=True)),
    ),
    "console:sign-in": (State("staff-sign-in", at("/review/sign-in")),),
    "console:leave": (State("staff-leave-by-address", at("/review/leave"), 405),),
    "console:cases": (
        State("cases", at("/review/"), cookies=as_reviewer()),
        State("cases-none", at("/review/"), cookies=as_reviewer(cases=False)),
    ),
    "console:confirm": (State("confirm-by-address", at(f"/review/{CASE}/confirm"), 405),),
    "console:offer": (State("offer-by-address", at(f"/review/{CASE}/offer"), 405),),
    "console:photographs": (State("photographs-by-address", at(f"/review/{CASE}/photographs"), 405),),
    "log-checkpoint": (State("no-checkpoint", at("/log/checkpoint"), 404),),
    "log-tile": (State("no-tile", at("/log/tile/no-such-tile"), 404),),
}
NO_PAGES = {
    "portal:download": "a file",
    "health": "a word for a probe",
    "ready": "a document for a probe",
    "metrics": "numbers for whoever watches the machine",
}
ERRORS = (
    State("no-page", at("/no-such-page"), 404),
    State("bug", at("/fail/bug"), 500),
    *(State(kind, at(f"/fail/{kind}"), status) for kind, (status, _) in KINDS.items()),
)
STATES = (*(state for states in PAGES.values() for state in states), *ERRORS)


def named_addresses(patterns: Sequence[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    """Give the name of every address in a table of addresses."""
    for each in patterns:
        if isinstance(each, URLResolver):
            inner = f"{space}{each.namespace}:" if each.namespace else space
            yield from named_addresses(each.url_patterns, inner)
        elif each.name:
            yield f"{space}{each.name}"


def with_failing_addresses() -> type:
    """Give the real addresses, with one more for each kind of error, and one for a bug."""
    from django.http import HttpRequest, HttpResponse

    from lineproof.web import urls

    def fail(request: HttpRequest, kind: str) -> HttpResponse:
        if kind in KINDS:
            raise KINDS[kind][1]
        raise ValueError(OF_A_PERSON) from KeyError(OF_A_PERSON)

    class Failing:
        urlpatterns = (path("fail/<str:kind>", fail), *urls.urlpatterns)
        handler400, handler403 = urls.handler400, urls.handler403
        handler404, handler500 = urls.handler404, urls.handler500

    return Failing


@contextmanager
def opened_world(services: Services, folder: Path) -> Iterator[World]:
    """Give an empty record whose pages publish into a folder, and whose addresses can fail."""
    from django.core.management import call_command
    from django.db import connections
    from django.test import override_settings

    from lineproof.web.services import install

    call_command("flush", verbosity=0, interactive=False)
    messages = {Channel.SMS: FakeMessages()}
    published, examiner = TileFolder(folder / "log"), FakeExaminer(folder)
    world = World(replace(services, tiles=published, messages=messages, examiner=examiner), folder)
    install(world.services)
    with override_settings(ROOT_URLCONF=with_failing_addresses()):
        yield world
    install(services)
    # Under Playwright's loop it is another connection than the one that the tests have else.
    connections.close_all()


def fill_in(page: Any, name: str, value: str) -> None:
    """Fill in one field: a choice is chosen, and everything else is typed."""
    field = page.locator(f"[name={name}]").first
    match field.evaluate("field => field.type"):
        case "radio":
            page.locator(f"[name={name}][value={value}]").check()
        case "select-one":
            field.select_option(value)
        case _:
            field.fill(value)
