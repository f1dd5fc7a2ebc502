"""Entries of version 3, and procedures that keep every rule, for the tests of what a monitor computes."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import rfc8785

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
DAY = 24 * 60
UNDER_WAY, PEOPLE, PARTY, ENDED = "under_way", "waits_for_people", "waits_for_party", "ended"
ADA, BEA, CAL, DAN, EVE = (f"{number:032x}" for number in range(0xA0, 0xA5))
ALICE, BO = "a" * 32, "b" * 32


def moment(minutes: int | None) -> str | None:
    """Write the time so many minutes after noon."""
    if minutes is None:
        return None
    return (NOON + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Act:
    """An entry to be: its kind, and when, in minutes after noon. due_at, answers: likewise."""

    kind: str
    at: int = 0
    outcome: str = ""
    stage: str = UNDER_WAY
    by: tuple[str, ...] = ()
    due_at: int | None = None
    answers: int | None = None
    subject: str = ALICE
    release: str = "0.1.0"

    def value(self) -> dict[str, object]:
        """Give the JSON object."""
        return {
            "v": 3,
            "kind": self.kind,
            "at": moment(self.at),
            "subject": self.subject,
            "stage": self.stage,
            "outcome": self.outcome,
            "by": list(self.by),
            "due_at": moment(self.due_at),
            "answers": moment(self.answers),
            "policy": "c" * 64,
            "release": self.release,
            "models": "",
            "confinement": "",
            "commitments": ["d" * 64],
        }

    @property
    def content(self) -> bytes:
        """Give the bytes of the entry."""
        return rfc8785.dumps(self.value())


def later(acts: list[Act], minutes: int, subject: str) -> list[Act]:
    """Give the same procedure, so many minutes later, of another subject."""
    return [
        replace(
            act,
            at=act.at + minutes,
            due_at=None if act.due_at is None else act.due_at + minutes,
            answers=None if act.answers is None else act.answers + minutes,
            subject=subject,
        )
        for act in acts
    ]


DECIDED = Act("decided", outcome="accept")
TOLD = Act("notice_given", outcome="line_registered")
REGISTERED = Act("line_registered")
ON = Act("line_switched_on", 1, stage=ENDED)
REGISTRATION = [DECIDED, TOLD, REGISTERED, ON]
# A line of an existing base: nothing is accepted, and nothing is switched.
IMPORTED = [
    replace(TOLD, outcome="line_imported"),
    Act("line_imported", outcome="verification_missing", stage=ENDED),
]
ATTENDED = [Act("attested", by=(ADA,)), *REGISTRATION]
NOT_VERIFIED = [Act("decided", outcome="not_verified", stage=ENDED)]
LINKED = [
    DECIDED,
    Act("notice_given", outcome="document_linked"),
    Act("document_linked", stage=ENDED),
]
REFERRAL = [
    Act("attested", 0, by=(ADA,)),
    Act("decided", 0, outcome="refer", stage=UNDER_WAY),
    Act("case_opened", 0, outcome="referral", stage=PEOPLE, due_at=5 * DAY),
    Act("evidence_kept", 0, stage=PEOPLE, due_at=3 * DAY),
    Act("evidence_opened", 10, stage=PEOPLE, by=(BEA,)),
    Act("opinion_given", 20, stage=PEOPLE, by=(BEA,)),
    Act("evidence_opened", 30, stage=PEOPLE, by=(CAL,)),
    Act("opinion_given", 40, stage=PEOPLE, by=(CAL,)),
    Act("evidence_destroyed", 40, outcome="at_decision", stage=PEOPLE, answers=3 * DAY),
]
BY_TWO = Act("case_decided", 40, by=(BEA, CAL), answers=5 * DAY)
ACCEPTED = [
    *REFERRAL,
    replace(BY_TWO, outcome="accepted_by_people"),
    replace(TOLD, at=40),
    replace(REGISTERED, at=40),
    replace(ON, at=41),
]
RETURNED = [*REFERRAL, replace(BY_TWO, outcome="returned_by_people", stage=ENDED)]
REFUSED = [*REFERRAL, replace(BY_TWO, outcome="refused_by_people", stage=ENDED)]
EVIDENCE_AT_DEADLINE = [
    *REFERRAL[:-1],
    Act("evidence_destroyed", 3 * DAY + 5, outcome="at_deadline", stage=PEOPLE, answers=3 * DAY),
    replace(BY_TWO, at=4 * DAY, outcome="refused_by_people", stage=ENDED),
]
# A third opinion was wanted.
DISAGREED = [
    *REFERRAL[:-1],
    Act("opinion_given", 50, stage=PEOPLE, by=(DAN,)),
    replace(REFERRAL[-1], at=50),
    replace(BY_TWO, at=50, by=(BEA, DAN), outcome="returned_by_people", stage=ENDED),
]
APPEALED = [
    *REFUSED,
    Act("appeal_opened", 60, stage=PEOPLE, due_at=10 * DAY),
    Act("appeal_decided", 9 * DAY, outcome="upheld", stage=ENDED, by=(DAN,), answers=10 * DAY),
    Act("appeal_opened", 9 * DAY, stage=PEOPLE, due_at=20 * DAY),
    Act("appeal_decided", 19 * DAY, outcome="overturned", stage=ENDED, by=(EVE,), answers=20 * DAY),
]
APPEAL_WITHDRAWN = [
    *REFUSED,
    APPEALED[len(REFUSED)],
    Act("appeal_withdrawn", 70, stage=ENDED, answers=10 * DAY),
]
# A new document turns out to be bound to somebody else, and its holder to be known.
CONTESTED = [
    DECIDED,
    Act("case_opened", outcome="possible_same_holder", stage=PEOPLE, due_at=5 * DAY),
    Act("notice_given", outcome="document_contested", stage=PEOPLE),
    Act("notice_given", outcome="document_contested", stage=PEOPLE),
    Act("case_opened", outcome="contested_document", stage=PEOPLE, due_at=5 * DAY),
    replace(TOLD, stage=PEOPLE),
    replace(REGISTERED, stage=PEOPLE),
    replace(ON, stage=PEOPLE),
    *(Act("opinion_given", 20 + n, stage=PEOPLE, by=(who,)) for n, who in enumerate((BEA, CAL, BEA, CAL))),
    replace(BY_TWO, outcome="returned_by_people", stage=PEOPLE),
    replace(BY_TWO, at=50, outcome="refused_by_people", stage=ENDED),
]
CUT = [
    Act("notice_given", 0, outcome="restriction", stage=PARTY, due_at=7 * DAY),
    Act("line_restricted", 7 * DAY, stage=PARTY, by=(BEA, CAL), answers=7 * DAY),
    Act("notice_given", 7 * DAY, outcome="suspension", stage=PARTY, due_at=14 * DAY),
    Act("line_suspended", 14 * DAY, stage=PARTY, by=(BEA, CAL), answers=14 * DAY),
    Act("holder_reverified", 15 * DAY, stage=UNDER_WAY),
    Act("line_restored", 15 * DAY, stage=UNDER_WAY),
    Act("line_switched_on", 15 * DAY, stage=ENDED),
]
TERMINATED = [
    Act("notice_given", 0, outcome="termination", stage=PARTY, due_at=30 * DAY),
    Act("line_terminated", 31 * DAY, stage=ENDED, by=(DAN, CAL), answers=30 * DAY),
]
INSPECTED = [
    Act("inspection_opened", outcome="decided", stage=PARTY),
    Act("sample_drawn", 10, stage=PEOPLE),
    Act("record_disclosed", 20, stage=PEOPLE, by=(BEA, CAL)),
    Act("inspection_reported", 30, outcome="not_kept", stage=PEOPLE, due_at=10 * DAY),
    Act("inspection_answered", 9 * DAY, stage=PARTY, by=(BEA,), answers=10 * DAY),
    Act("inspection_closed", 9 * DAY, stage=ENDED),
]
OFFER = [
    Act("notice_given", 0, outcome="transfer_offered", due_at=3 * DAY),
    Act("transfer_offered", 0, stage=PARTY, due_at=3 * DAY),
]
AGREED = [
    *OFFER,
    *(Act("notice_given", DAY, outcome="transfer_accepted", due_at=2 * DAY) for _ in range(2)),
    Act("transfer_accepted", DAY, stage=PARTY, answers=3 * DAY, due_at=2 * DAY),
]
_ENDED = Act("notice_given", DAY, outcome="transfer_ended")
TRANSFERRED = [
    *AGREED,
    *(Act("notice_given", 2 * DAY, outcome="line_transferred") for _ in range(2)),
    Act("line_transferred", 2 * DAY, stage=ENDED, answers=2 * DAY),
]
TAKEN_BACK = [
    *AGREED,
    *(_ENDED, _ENDED),
    Act("transfer_ended", DAY, outcome="by_receiver", stage=ENDED, answers=2 * DAY),
]
EXPIRED = [
    *OFFER,
    replace(_ENDED, at=3 * DAY),
    Act("transfer_ended", 3 * DAY, outcome="expired", stage=ENDED, answers=3 * DAY),
]
SURRENDERED = [
    Act("notice_given", outcome="line_surrendered"),
    Act("line_surrendered"),
    Act("line_switched", 1, outcome="off", stage=ENDED),
]
TAKEN_OVER = [
    *(Act("notice_given", outcome="line_taken_over") for _ in range(2)),
    Act("line_taken_over", by=(BEA,), stage=ENDED),
]
SIGNATORY_CHANGED = [
    *(Act("notice_given", outcome="signatory_changed") for _ in range(2)),
    Act("signatory_changed", by=(BEA,), stage=ENDED),
]
TAKEN_BACK_LINE = [
    Act("notice_given", outcome="line_restored"),
    Act("line_taken_back"),
    Act("line_switched_on", 1, stage=ENDED),
]
SIM_REPLACED = [
    Act("notice_given", outcome="sim_replacement_asked", due_at=240),
    Act("sim_replacement_asked", stage=PARTY, due_at=240),
    Act("notice_given", 250, outcome="sim_replaced"),
    Act("sim_replaced", 250, answers=240),
    Act("line_switched_on", 260, stage=ENDED),
]
SIM_STOPPED = [
    *SIM_REPLACED[:2],
    Act("notice_given", 100, outcome="sim_replacement_stopped"),
    Act("sim_replacement_stopped", 100, outcome="by_holder", stage=ENDED, answers=240),
]
PORTED_OUT = [
    Act("notice_given", outcome="port_out_asked", due_at=3 * DAY),
    Act("port_out_asked", stage=PARTY, due_at=3 * DAY),
    Act("notice_given", 4 * DAY, outcome="line_ported_out"),
    Act("line_ported_out", 4 * DAY, answers=3 * DAY),
    Act("line_switched", 4 * DAY, outcome="off", stage=ENDED),
]
PORT_OUT_ENDED = [
    *PORTED_OUT[:2],
    Act("notice_given", 6 * DAY, outcome="port_out_ended"),
    Act("port_out_ended", 6 * DAY, outcome="not_confirmed", stage=ENDED, answers=3 * DAY),
]
PORTED_IN = [*REGISTRATION[:3], Act("port_in_asked"), Act("line_ported_in", DAY), replace(ON, at=DAY)]
# As this release enters it: with a time for the other operator, who is late.
PORTED_IN_LATE = [
    *REGISTRATION[:3],
    Act("port_in_asked", due_at=3 * DAY),
    Act("notice_given", 3 * DAY, outcome="port_in_late"),
    Act("line_ported_in", 9 * DAY, answers=3 * DAY),
    replace(ON, at=9 * DAY),
]
PORT_IN_REFUSED = [
    *PORTED_IN[:4],
    Act("notice_given", DAY, outcome="port_in_refused"),
    Act("port_in_refused", DAY, stage=ENDED),
]
DISPUTED = [
    Act("dispute_opened", outcome="not_mine", stage=PEOPLE, due_at=14 * DAY),
    Act("notice_given", outcome="dispute_received", stage=PEOPLE, due_at=14 * DAY),
    Act("notice_given", outcome="line_disputed", stage=PEOPLE, due_at=7 * DAY),
    Act("user_heard", 2 * DAY, outcome="heard", stage=PEOPLE, by=(ADA,)),
    Act("opinion_given", 3 * DAY, stage=PEOPLE, by=(BEA,)),
    Act("opinion_given", 4 * DAY, by=(CAL,)),
    Act("notice_given", 4 * DAY, outcome="dispute_decided", due_at=34 * DAY),
    Act("dispute_decided", 4 * DAY, outcome="upheld", stage=ENDED, by=(BEA, CAL), answers=14 * DAY),
]
# Its user lets the time pass; the line is given up, and an appeal gives it back.
NOT_ANSWERED = [
    replace(DISPUTED[0], outcome="not_needed"),
    *DISPUTED[1:3],
    replace(DISPUTED[3], at=7 * DAY, outcome="did_not_answer"),
    *(replace(act, at=act.at + 5 * DAY, due_at=None) for act in DISPUTED[4:7]),
    replace(DISPUTED[7], at=9 * DAY, stage=UNDER_WAY),
    Act("line_switched", 9 * DAY, outcome="off", stage=ENDED),
    Act("appeal_opened", 10 * DAY, stage=PEOPLE, due_at=20 * DAY),
    Act("line_restored", 19 * DAY),
    Act("appeal_decided", 19 * DAY, outcome="overturned", by=(EVE,), answers=20 * DAY),
    Act("line_switched_on", 19 * DAY, stage=ENDED),
]
DISPUTE_WITHDRAWN = [*DISPUTED[:5], Act("dispute_withdrawn", 5 * DAY, stage=ENDED)]
# What was found is announced, put off once, done, announced again, and put right.
CORRECTED = [
    Act("correction_found", 0, outcome="missing_verification", stage=PEOPLE),
    Act("notice_given", 0, outcome="restriction", stage=PARTY, due_at=30 * DAY),
    Act("correction_extended", 9 * DAY, stage=PARTY, by=(ADA,), due_at=60 * DAY, answers=30 * DAY),
    Act("notice_given", 9 * DAY, outcome="correction_extended", stage=PARTY, due_at=60 * DAY),
    Act("line_restricted", 60 * DAY, by=(BEA, CAL), answers=60 * DAY),
    Act("notice_given", 60 * DAY, outcome="line_restricted"),
    Act("notice_given", 60 * DAY, outcome="suspension", stage=PARTY, due_at=75 * DAY),
    Act("line_switched", 60 * DAY, outcome="outgoing_barred", stage=PARTY),
    Act("holder_reverified", 61 * DAY),
    Act("line_restored", 61 * DAY),
    Act("notice_given", 61 * DAY, outcome="line_restored"),
    Act("correction_ended", 61 * DAY, outcome="put_right"),
    Act("line_switched_on", 61 * DAY, stage=ENDED),
]
# A line that has ended by a correction is given back.
GIVEN_BACK = [
    *TERMINATED,
    Act("holder_reverified", 32 * DAY),
    Act("line_restored", 32 * DAY),
    Act("correction_ended", 32 * DAY, outcome="put_right"),
    Act("line_switched_on", 32 * DAY, stage=ENDED),
]
# Of what an agent attested one in fifty is looked at once more.
LOOKED_AT = [
    Act("second_look_drawn", stage=PEOPLE, by=(ADA,), due_at=14 * DAY),
    Act("second_look_done", 9 * DAY, outcome="confirmed", stage=ENDED, by=(BEA,), answers=14 * DAY),
]
LOOK_LAPSED = [
    LOOKED_AT[0],
    Act("second_look_done", 20 * DAY, outcome="erased", stage=ENDED, answers=14 * DAY),
]
# What became of notices comes when it comes, after the end too, and changes no stage.
BROUGHT = [
    *REGISTRATION,
    Act("notice_delivered", 2 * DAY, outcome="sms"),
    Act("notice_undelivered", 3 * DAY, outcome="line_registered"),
]
HANDED_OVER = [
    *CUT[:1],
    Act("notice_delivered", 5, outcome="counter", by=(ADA,)),
    *CUT[1:3],
    Act("notice_delivered", 8 * DAY, outcome="page", stage=ENDED),
    *CUT[3:],
]
OFFICE = [
    [Act("staff_enrolled", stage=ENDED)],
    [Act("agent_limited", stage=ENDED)],
    [Act("used_by_another_reported", outcome="holder", stage=ENDED)],
    [Act("log_key_added", stage=ENDED)],
    [Act("log_key_retired", stage=ENDED)],
    [Act("inspector_token_issued", stage=ENDED, due_at=30)],
    [Act("inspector_token_revoked", stage=ENDED)],
    [Act("line_switched", outcome="outgoing_barred", stage=ENDED)],
    [Act("order_overtaken", outcome="emergency_only", stage=ENDED)],
    [Act("page_link_issued", stage=ENDED, due_at=10)],
    [Act("signed_in", outcome="code", stage=ENDED)],
    [Act("holder_passkey_added", stage=ENDED)],
    [Act("holder_passkey_removed", stage=ENDED)],
    [Act("passkey_link_issued", stage=UNDER_WAY, due_at=30), Act("passkey_enrolled", 5, stage=ENDED)],
    [Act("holder_erased", outcome="at_request", stage=ENDED)],
    [Act("sessions_erased", outcome="decision", stage=ENDED)],
    [Act("notice_given", outcome="data_erased", stage=ENDED)],
    [Act("number_released", stage=ENDED)],
]
KEEPING = {
    "registration": REGISTRATION,
    "imported": IMPORTED,
    "attended": ATTENDED,
    "given up before it was on": [*REGISTRATION[:-1], Act("order_overtaken", 1, outcome="on", stage=ENDED)],
    "not verified": NOT_VERIFIED,
    "verification only": [replace(DECIDED, stage=ENDED)],
    "linked": LINKED,
    "accepted by people": ACCEPTED,
    "holder verified": [DECIDED, Act("holder_verified", stage=ENDED)],
    "sim replaced": SIM_REPLACED,
    "sim replacement stopped": SIM_STOPPED,
    "ported out": PORTED_OUT,
    "port out ended": PORT_OUT_ENDED,
    "ported in": PORTED_IN,
    "ported in late": PORTED_IN_LATE,
    "port in refused": PORT_IN_REFUSED,
    "returned": RETURNED,
    "refused": REFUSED,
    "evidence destroyed at its deadline": EVIDENCE_AT_DEADLINE,
    "disagreed": DISAGREED,
    "appealed": APPEALED,
    "appeal withdrawn": APPEAL_WITHDRAWN,
    "contested": CONTESTED,
    "cut": CUT,
    "inspected": INSPECTED,
    "terminated": TERMINATED,
    "transferred": TRANSFERRED,
    "transfer taken back": TAKEN_BACK,
    "offer expired": EXPIRED,
    "surrendered": SURRENDERED,
    "line taken back": TAKEN_BACK_LINE,
    "line taken over": TAKEN_OVER,
    "signatory changed": SIGNATORY_CHANGED,
    "disputed": DISPUTED,
    "disputed, not answered, and given back on appeal": NOT_ANSWERED,
    "dispute withdrawn": DISPUTE_WITHDRAWN,
    "corrected": CORRECTED,
    "given back": GIVEN_BACK,
    "given up": [CORRECTED[0], Act("correction_ended", 1, outcome="given_up", stage=ENDED)],
    "looked at": LOOKED_AT,
    "look lapsed": LOOK_LAPSED,
    "brought": BROUGHT,
    "handed over": HANDED_OVER,
    **{
        f"contact point {what}": [
            Act("notice_given", outcome="contact_changed"),
            Act(f"contact_point_{what}", outcome="email", stage=ENDED),
        ]
        for what in ("added", "removed")
    },
    **{acts[0].kind + acts[0].outcome: acts for acts in OFFICE},
}
