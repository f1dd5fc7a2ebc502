"""Rules computed from a log alone: what keeps them gives no finding, what breaks one is found where it is."""

import json
import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import rfc8785

from lineproof.transparency.monitor import MOST_FINDINGS_OF_A_RULE, MOST_NAMES, Monitor, Report
from lineproof.transparency.monitor_finding import Rule
from lineproof.transparency.monitor_rules import CHECKS
from tests.transparency.monitored import (
    ACCEPTED,
    ADA,
    ALICE,
    APPEALED,
    ATTENDED,
    BEA,
    BO,
    BY_TWO,
    CAL,
    CONTESTED,
    CORRECTED,
    CUT,
    DAN,
    DAY,
    DECIDED,
    DISAGREED,
    DISPUTE_WITHDRAWN,
    DISPUTED,
    ENDED,
    EVE,
    EVIDENCE_AT_DEADLINE,
    GIVEN_BACK,
    IMPORTED,
    KEEPING,
    LINKED,
    LOOKED_AT,
    NOON,
    NOT_ANSWERED,
    NOT_VERIFIED,
    ON,
    PARTY,
    PEOPLE,
    PORT_IN_REFUSED,
    PORT_OUT_ENDED,
    PORTED_IN,
    PORTED_IN_LATE,
    PORTED_OUT,
    REFERRAL,
    REFUSED,
    REGISTERED,
    REGISTRATION,
    SIGNATORY_CHANGED,
    SIM_REPLACED,
    SIM_STOPPED,
    TAKEN_OVER,
    TERMINATED,
    TOLD,
    TRANSFERRED,
    UNDER_WAY,
    Act,
    later,
)

FAR = 100 * DAY


def monitored(contents: list[bytes], *, at: int = FAR) -> Report:
    monitor = Monitor(at=NOON + timedelta(minutes=at))
    for index, content in enumerate(contents):
        monitor.add(index, content)
    return monitor.finish()


def found(acts: list[Act], *, at: int = FAR) -> list[tuple[str, int]]:
    report = monitored([act.content for act in acts], at=at)
    assert all(finding.subject == acts[finding.index].subject for finding in report.findings)
    return [(finding.rule.value, finding.index) for finding in report.findings]


def but(acts: list[Act], index: int, **changed: object) -> list[Act]:
    """Give the same acts, one of them changed."""
    return [replace(act, **changed) if at == index else act for at, act in enumerate(acts)]


def less(acts: list[Act], *indexes: int) -> list[Act]:
    """Give the same acts without some of them."""
    return [act for at, act in enumerate(acts) if at not in indexes]


def kinds(acts: list[Act], kind: str) -> list[int]:
    return [at for at, act in enumerate(acts) if act.kind == kind]


@pytest.mark.parametrize("name", KEEPING)
def test_procedure_that_keeps_the_rules_gives_no_finding(name: str):
    report = monitored([act.content for act in KEEPING[name]])
    assert (report.findings, report.broken, report.not_judged) == ((), {}, {})
    assert report.summary.waiting == ()


def test_every_kind_that_is_known_is_in_a_procedure_that_keeps_the_rules():
    assert {act.kind for acts in KEEPING.values() for act in acts} == set(CHECKS)


@pytest.mark.parametrize("seed", range(30))
def test_many_procedures_in_any_order_among_each_other_give_no_finding(seed: int):
    chosen = random.Random(seed)
    procedures = [
        later(chosen.choice(list(KEEPING.values())), chosen.randrange(30 * DAY), f"{number:032x}")
        for number in range(60)
    ]
    waiting, log = [list(acts) for acts in procedures], []
    while waiting:
        # By their time, give or take what is tolerated.
        waiting.sort(key=lambda acts: acts[0].at + chosen.randrange(-29, 30))
        log.append(waiting[0].pop(0))
        waiting = [acts for acts in waiting if acts]
    report = monitored([act.content for act in log])
    assert (report.findings, report.entries) == ((), len(log))
    assert sum(report.summary.kinds.values()) == len(log)


@pytest.mark.parametrize("seed", range(20))
def test_a_broken_rule_is_found_among_many_procedures_that_keep_them(seed: int):
    chosen = random.Random(seed)
    broken = later(but(REFUSED, 9, by=(BEA,)), 0, BO)
    others = [later(chosen.choice(list(KEEPING.values())), 0, f"{number:032x}") for number in range(20)]
    log = sorted((act for acts in (*others, broken) for act in acts), key=lambda act: act.at)
    where = next(at for at, act in enumerate(log) if act.subject == BO and act.kind == "case_decided")
    assert found(log) == [("two_people", where)]


MACHINE = "machine_never_refuses"
DECISION = 9  # of a referral
EVIDENCE = "evidence_destroyed_in_time"
OBJECT = "holder_could_object"
HEARD = "user_heard_first"
APPEAL = [*REFUSED, *APPEALED[10:12]]
OPENED = Act("case_opened", outcome="referral", stage=PEOPLE, due_at=5 * DAY)
RESTRICTED, SUSPENDED = CUT[:2], CUT[2:4]


def ending(act: Act) -> Act:
    """Give the same entry as the last of its procedure."""
    return replace(act, stage=ENDED)


BREAKING: dict[str, tuple[list[Act], list[tuple[str, int]]]] = {
    # time_order
    "dated back": (
        [*NOT_VERIFIED, Act("decided", -61, outcome="accept", stage=ENDED, subject=BO)],
        [("time_order", 1)],
    ),
    "dated back as far as is tolerated": (
        [*NOT_VERIFIED, Act("decided", -60, outcome="accept", stage=ENDED, subject=BO)],
        [],
    ),
    "dated forward, and not what follows": (
        [
            Act("decided", FAR + 61, outcome="accept", stage=ENDED, subject=BO),
            Act("decided", FAR + 60, outcome="accept", stage=ENDED, subject=BO),
            Act("decided", FAR, outcome="accept", stage=ENDED),
        ],
        [("time_order", 0)],
    ),
    # machine_never_refuses
    "refused by the machine": ([Act("decided", outcome="refuse", stage=ENDED)], [(MACHINE, 0)]),
    "decision of people as one of the machine": (
        [Act("decided", outcome="accept", stage=ENDED, by=(BEA,))],
        [(MACHINE, 0)],
    ),
    # two_people
    "decided by one": (but(REFUSED, DECISION, by=(BEA,)), [("two_people", DECISION)]),
    "decided by nobody": (but(REFUSED, DECISION, by=()), [("two_people", DECISION)]),
    "decided by one without an opinion": (but(REFUSED, DECISION, by=(BEA, DAN)), [("two_people", DECISION)]),
    "decided as people cannot": (but(REFUSED, DECISION, outcome="refuse"), [("two_people", DECISION)]),
    "decided without a case": (
        [DECIDED, replace(BY_TWO, outcome="refused_by_people", stage=ENDED, answers=None)],
        [("two_people", 1)],
    ),
    "decided twice": (
        [*REFUSED[:DECISION], but(REFUSED, DECISION, stage=PEOPLE)[DECISION], REFUSED[DECISION]],
        [("two_people", 10)],
    ),
    "opinion without a case": (
        [DECIDED, *less(REFERRAL, 0)[4:5], ON],
        [("two_people", 1), ("line_after_acceptance", 2)],
    ),
    "two opinions of one": (but(REFUSED, 7, by=(BEA,)), [("two_people", 7), ("two_people", DECISION)]),
    "opinion of two": (but(REFUSED, 7, by=(CAL, DAN)), [("two_people", 7)]),
    "opinion of nobody": (but(REFUSED, 7, by=()), [("two_people", 7), ("two_people", DECISION)]),
    "opinion of who attested": (
        but(but(REFUSED, 7, by=(ADA,)), DECISION, by=(ADA, BEA)),
        [("two_people", 7)],
    ),
    "opinion on a decided case": (
        [*but(REFUSED, DECISION, stage=PEOPLE), Act("opinion_given", 50, stage=ENDED, by=(DAN,))],
        [("two_people", 10)],
    ),
    "opinions on an earlier case": (
        [
            *but(less(REFUSED, 3, 4, 6, 8), 5, stage=PEOPLE),
            replace(OPENED, at=50, due_at=6 * DAY),
            replace(BY_TWO, at=60, outcome="accepted_by_people", answers=6 * DAY, stage=ENDED),
        ],
        [("two_people", 7)],
    ),
    "opinions of one on two cases, one too many": (
        [*CONTESTED[:11], Act("opinion_given", 22, stage=PEOPLE, by=(BEA,)), *CONTESTED[11:]],
        [("two_people", 11)],
    ),
    # other_person_on_appeal
    "appeal decided by nobody": (but(APPEAL, 11, by=()), [("other_person_on_appeal", 11)]),
    "appeal decided by who attested": (but(APPEAL, 11, by=(ADA,)), [("other_person_on_appeal", 11)]),
    "appeal decided by who decided": (but(APPEAL, 11, by=(DAN, CAL)), [("other_person_on_appeal", 11)]),
    "appeal decided by who gave an opinion": (
        [*DISAGREED, APPEALED[10], replace(APPEALED[11], by=(CAL,))],
        [("other_person_on_appeal", 12)],
    ),
    "appeal decided by who heard one": (but(APPEALED, 13, by=(DAN,)), [("other_person_on_appeal", 13)]),
    "appeal decided by who cut": (
        [
            *TERMINATED,
            Act("appeal_opened", 32 * DAY, stage=PEOPLE, due_at=40 * DAY),
            Act("appeal_decided", 33 * DAY, "upheld", ENDED, (CAL,), answers=40 * DAY),
        ],
        [("other_person_on_appeal", 3)],
    ),
    "appeal decided by who decided without an opinion": (
        but(but(APPEAL, DECISION, by=(BEA, DAN)), 11, by=(DAN,)),
        [("two_people", DECISION), ("other_person_on_appeal", 11)],
    ),
    "second appeal against a machine decided by who heard the first": (
        [*NOT_VERIFIED, *APPEALED[10:13], replace(APPEALED[13], by=(DAN,))],
        [("other_person_on_appeal", 4)],
    ),
    "line cut by who heard an appeal": (
        [
            CUT[0],
            Act("appeal_opened", DAY, stage=PEOPLE, due_at=10 * DAY),
            Act("appeal_decided", 2 * DAY, outcome="upheld", stage=PARTY, by=(EVE,), answers=10 * DAY),
            replace(CUT[1], by=(EVE, CAL)),
        ],
        [("other_person_on_appeal", 3)],
    ),
    "appeal decided as it cannot be": (but(APPEAL, 11, outcome=""), [("other_person_on_appeal", 11)]),
    "appeal decided that is not open": (
        [*but(REFUSED, DECISION, stage=PEOPLE), replace(APPEALED[11], answers=None)],
        [("other_person_on_appeal", 10)],
    ),
    # evidence_destroyed_in_time
    "evidence kept without a case": (
        [
            DECIDED,
            Act("evidence_kept", due_at=DAY),
            Act("evidence_destroyed", 5, "at_decision", ENDED, answers=DAY),
        ],
        [(EVIDENCE, 1)],
    ),
    "evidence kept without an end": (
        but(but(REFUSED, 3, due_at=None), 8, answers=None),
        [(EVIDENCE, 3)],
    ),
    "evidence kept again with another end": (
        [*REFUSED[:4], Act("evidence_kept", 5, stage=PEOPLE, due_at=4 * DAY), *REFUSED[4:]],
        [(EVIDENCE, 4)],
    ),
    "evidence destroyed late": (but(EVIDENCE_AT_DEADLINE, 8, at=3 * DAY + 61), [(EVIDENCE, 8)]),
    "evidence destroyed as late as is tolerated": (but(EVIDENCE_AT_DEADLINE, 8, at=3 * DAY + 60), []),
    "evidence destroyed at its end": (but(EVIDENCE_AT_DEADLINE, 8, at=3 * DAY), []),
    "evidence destroyed an hour before the decision": (but(REFUSED, DECISION, at=100), []),
    "evidence said to be destroyed at its deadline": (
        but(REFUSED, 8, outcome="at_deadline"),
        [(EVIDENCE, 8)],
    ),
    "evidence said to be destroyed at a decision": (
        but(EVIDENCE_AT_DEADLINE, 8, at=2 * DAY, outcome="at_decision"),
        [(EVIDENCE, 8)],
    ),
    "evidence said to be destroyed at a decision that never comes": (
        REFERRAL,
        [("deadline_kept", 2), (EVIDENCE, 8)],
    ),
    "evidence destroyed for no reason": (but(REFUSED, 8, outcome="by_accident"), [(EVIDENCE, 8)]),
    "evidence destroyed twice": ([*REFUSED[:9], *REFUSED[8:]], [(EVIDENCE, 9)]),
    "destruction answers another end": (but(REFUSED, 8, answers=2 * DAY), [(EVIDENCE, 8)]),
    "destruction answers nothing": (but(REFUSED, 8, answers=None), [(EVIDENCE, 8)]),
    "evidence outlives the decision": (
        [*less(REFUSED, 8), replace(REFUSED[8], at=45, stage=ENDED)],
        [(EVIDENCE, 8)],
    ),
    "evidence is never destroyed": (less(REFUSED, 8), [(EVIDENCE, 3), (EVIDENCE, 8)]),
    "evidence opened by nobody": (but(REFUSED, 4, by=()), [(EVIDENCE, 4)]),
    "evidence opened by two": (but(REFUSED, 4, by=(BEA, CAL)), [(EVIDENCE, 4)]),
    "evidence opened before it is kept": ([*REFUSED[:3], REFUSED[4], *REFUSED[3:]], [(EVIDENCE, 3)]),
    "evidence opened with a date before it is kept": (but(REFUSED, 4, at=-1), [(EVIDENCE, 4)]),
    "evidence opened in the second in which it is kept": (but(REFUSED, 4, at=0), []),
    "evidence opened when it is destroyed": (
        [*REFUSED[:9], replace(REFUSED[6], at=40), REFUSED[9]],
        [(EVIDENCE, 9)],
    ),
    "evidence opened after its end": (
        [
            *EVIDENCE_AT_DEADLINE[:8],
            Act("evidence_opened", 3 * DAY + 1, stage=PEOPLE, by=(BEA,)),
            *EVIDENCE_AT_DEADLINE[8:],
        ],
        [(EVIDENCE, 8)],
    ),
    "evidence opened at its end": (
        [
            *EVIDENCE_AT_DEADLINE[:8],
            Act("evidence_opened", 3 * DAY, stage=PEOPLE, by=(BEA,)),
            *EVIDENCE_AT_DEADLINE[8:],
        ],
        [],
    ),
    # notice_before_cut
    "cut without notice": (less(TERMINATED, 0), [("notice_before_cut", 0)]),
    "cut on a notice of another step": (but(TERMINATED, 0, outcome="suspension"), [("notice_before_cut", 1)]),
    "cut on a notice without a deadline": (
        but(TERMINATED, 0, due_at=None),
        [("notice_before_cut", 0), ("notice_before_cut", 1)],
    ),
    "notice that leaves no time": (
        but(but(TERMINATED, 0, due_at=0), 1, answers=0),
        [("notice_before_cut", 0)],
    ),
    "cut before the deadline": (but(TERMINATED, 1, at=30 * DAY - 1), [("notice_before_cut", 1)]),
    "cut at the deadline": (but(TERMINATED, 1, at=30 * DAY), []),
    "cut before a deadline that was put off": (
        [TERMINATED[0], Act("notice_given", DAY, "termination", PARTY, due_at=40 * DAY), TERMINATED[1]],
        [("notice_before_cut", 2), ("notice_before_cut", 2)],
    ),
    "cut answers another deadline": (but(TERMINATED, 1, answers=29 * DAY), [("notice_before_cut", 1)]),
    "cut by one": (but(TERMINATED, 1, by=(DAN,)), [("notice_before_cut", 1)]),
    "cut by the machine": (but(TERMINATED, 1, by=()), [("notice_before_cut", 1)]),
    "cut twice on one notice": (
        [*RESTRICTED, replace(RESTRICTED[1], stage=ENDED)],
        [("notice_before_cut", 2)],
    ),
    "cut while an appeal is open": (
        [
            TERMINATED[0],
            Act("appeal_opened", 1, stage=PEOPLE, due_at=40 * DAY),
            but(TERMINATED, 1, stage=PEOPLE)[1],
            Act("appeal_decided", 33 * DAY, "upheld", ENDED, (EVE,), answers=40 * DAY),
        ],
        [("notice_before_cut", 2)],
    ),
    "cut after an appeal overturned it": (
        [
            TERMINATED[0],
            Act("appeal_opened", 1, stage=PEOPLE, due_at=40 * DAY),
            Act("appeal_decided", 3 * DAY, "overturned", PEOPLE, (EVE,), answers=40 * DAY),
            TERMINATED[1],
        ],
        [("notice_before_cut", 3)],
    ),
    "cut after the holder was verified": (
        [TERMINATED[0], Act("holder_reverified", 1), TERMINATED[1]],
        [("notice_before_cut", 2)],
    ),
    "cut after the line was restored": (
        [*RESTRICTED, *SUSPENDED[:1], Act("line_restored", 8 * DAY), replace(SUSPENDED[1], stage=ENDED)],
        [("notice_before_cut", 4)],
    ),
    "suspended although the notice did not reach its holder": (
        [*RESTRICTED, SUSPENDED[0], Act("notice_undelivered", 8 * DAY, "suspension"), ending(SUSPENDED[1])],
        [("notice_before_cut", 4)],
    ),
    "ended although the notice did not reach its holder": (
        [TERMINATED[0], Act("notice_undelivered", 8 * DAY, "termination"), TERMINATED[1]],
        [("notice_before_cut", 2)],
    ),
    "longer given for an end that its holder was not told of, twice, and no end after it": (
        [
            TERMINATED[0],
            Act("notice_undelivered", 8 * DAY, "termination"),
            Act(
                "correction_extended",
                9 * DAY,
                stage=PARTY,
                by=(ADA,),
                due_at=60 * DAY,
                answers=TERMINATED[0].due_at,
            ),
            Act("correction_extended", 10 * DAY, stage=PARTY, by=(ADA,), due_at=90 * DAY, answers=60 * DAY),
            replace(TERMINATED[1], at=91 * DAY, answers=90 * DAY),
        ],
        [("notice_before_cut", 4)],
    ),
    "ended on a second notice, after a first that did not reach its holder": (
        [
            replace(TERMINATED[0], at=-40 * DAY, due_at=-10 * DAY),
            Act("notice_undelivered", -20 * DAY, "termination"),
            *TERMINATED,
        ],
        [],
    ),
    "restricted although the notice did not reach its holder": (
        [RESTRICTED[0], Act("notice_undelivered", 8, "restriction"), ending(RESTRICTED[1])],
        [("notice_before_cut", 2)],
    ),
    "restricted by three, since the notice did not reach its holder": (
        [
            RESTRICTED[0],
            Act("notice_undelivered", 8, "restriction"),
            ending(replace(RESTRICTED[1], by=(BEA, CAL, DAN))),
        ],
        [],
    ),
    "restricted on a second notice, after a first that did not reach its holder": (
        [
            replace(RESTRICTED[0], at=-9 * DAY, due_at=-2 * DAY),
            Act("notice_undelivered", -8 * DAY, "restriction"),
            RESTRICTED[0],
            ending(RESTRICTED[1]),
        ],
        [],
    ),
    "restricted, and the notice of something else did not reach its holder": (
        [
            replace(TOLD, outcome="correction_extended"),
            RESTRICTED[0],
            Act("notice_undelivered", 8, "correction_extended"),
            ending(RESTRICTED[1]),
        ],
        [],
    ),
    "line taken over, and one of both not told": (less(TAKEN_OVER, 0), [("holder_told", 1)]),
    "signatory changed, and one of both not told": (less(SIGNATORY_CHANGED, 0), [("holder_told", 1)]),
    # line_after_acceptance
    "signatory changed before nobody": (
        but(SIGNATORY_CHANGED, 2, by=()),
        [("line_after_acceptance", 2)],
    ),
    "line taken over before nobody": (but(TAKEN_OVER, 2, by=()), [("line_after_acceptance", 2)]),
    "line taken over before two": (but(TAKEN_OVER, 2, by=(BEA, CAL)), [("line_after_acceptance", 2)]),
    "line without a decision": (less(REGISTRATION, 0), [("line_after_acceptance", 1)]),
    "line of a referral": (
        but(but(REGISTRATION, 0, outcome="refer"), 3, stage=ENDED),
        [("line_after_acceptance", 2)],
    ),
    "line that people refused": (
        but(ACCEPTED, 9, outcome="refused_by_people"),
        [("line_after_acceptance", 11)],
    ),
    "line before the decision": (
        [TOLD, REGISTERED, DECIDED, ON],
        [("line_after_acceptance", 1)],
    ),
    "two lines of one acceptance": (
        [*REGISTRATION[:3], *REGISTRATION[2:]],
        [("line_after_acceptance", 3)],
    ),
    "switched on and not registered": ([DECIDED, ON], [("line_after_acceptance", 1)]),
    "switched on twice": (
        [*but(REGISTRATION, 3, stage=UNDER_WAY), ON],
        [("line_after_acceptance", 4)],
    ),
    "switched on again, and not restored": (less(CUT, 5), [("line_after_acceptance", 5)]),
    "document without acceptance": (but(LINKED, 0, outcome="refer"), [("line_after_acceptance", 2)]),
    "line of a procedure that ended is judged as one of a fresh one": (
        [*REGISTRATION, replace(TOLD, at=2), replace(REGISTERED, at=2), replace(ON, at=3)],
        [("line_after_acceptance", 5)],
    ),
    "imported line that says nothing of a verification": (
        but(IMPORTED, 1, outcome=""),
        [("line_after_acceptance", 1)],
    ),
    "imported line that claims a verification": (but(IMPORTED, 1, outcome="verification_claimed"), []),
    "imported line that is switched on": (
        [*but(IMPORTED, 1, stage=UNDER_WAY), ON],
        [("line_after_acceptance", 2)],
    ),
    "two lines imported in one procedure": (
        [IMPORTED[0], replace(IMPORTED[1], stage=UNDER_WAY), IMPORTED[1]],
        [("line_after_acceptance", 2)],
    ),
    # holder_told
    "holder not told of an imported line": (less(IMPORTED, 0), [("holder_told", 0)]),
    "holder told of another line than the imported one": (
        but(IMPORTED, 0, outcome="line_registered"),
        [("holder_told", 1)],
    ),
    "holder told afterwards": ([DECIDED, REGISTERED, replace(TOLD, at=60), replace(ON, at=60)], []),
    "holder told late": (
        [DECIDED, REGISTERED, replace(TOLD, at=61), replace(ON, at=61)],
        [("holder_told", 2)],
    ),
    "holder not told until the end": (less(REGISTRATION, 1), [("holder_told", 1)]),
    "holder not told until the end of what people decided": (less(ACCEPTED, 10), [("holder_told", 10)]),
    "holder never told": ([DECIDED, REGISTERED], [("holder_told", 1)]),
    "holder told of something else": (but(REGISTRATION, 1, outcome="document_linked"), [("holder_told", 2)]),
    "holder not told of a document": (less(LINKED, 1), [("holder_told", 1)]),
    "holder not told that a SIM was replaced": (less(SIM_REPLACED, 2), [("holder_told", 2)]),
    "holder not told that another SIM was stopped": (less(SIM_STOPPED, 2), [("holder_told", 2)]),
    "holder not told that the number left": (less(PORTED_OUT, 2), [("holder_told", 2)]),
    "holder not told that the number stays": (less(PORT_OUT_ENDED, 2), [("holder_told", 2)]),
    "holder not told that the number does not come": (less(PORT_IN_REFUSED, 4), [("holder_told", 4)]),
    "nobody left to be told that it was stopped": (
        but(less(SIM_STOPPED, 2), 2, outcome="erased"),
        [],
    ),
    # holder_could_object
    "SIM replaced a minute early": (but(SIM_REPLACED, 3, at=239), [(OBJECT, 3)]),
    "SIM replaced in time to the minute": (but(SIM_REPLACED, 3, at=240), []),
    "SIM replaced that nobody asked for": (less(SIM_REPLACED, 1), [(OBJECT, 2)]),
    "SIM replaced without a notice first": (less(SIM_REPLACED, 0), [(OBJECT, 2)]),
    "notice says another time": (but(SIM_REPLACED, 0, due_at=200), [(OBJECT, 3)]),
    "notice long after it was asked for": (
        [SIM_REPLACED[1], replace(SIM_REPLACED[0], at=61), *SIM_REPLACED[2:]],
        [(OBJECT, 3)],
    ),
    "notice an hour after it was asked for": (
        [SIM_REPLACED[1], replace(SIM_REPLACED[0], at=60), *SIM_REPLACED[2:]],
        [],
    ),
    "SIM asked for without a time to object": (
        but(but(but(SIM_REPLACED, 0, due_at=None), 1, due_at=None), 3, answers=None),
        [(OBJECT, 1)],
    ),
    "SIM asked for with a time that is over": (
        but(but(but(SIM_REPLACED, 0, due_at=-1), 1, due_at=-1), 3, answers=-1),
        [(OBJECT, 1)],
    ),
    "SIM asked for twice": (
        [*SIM_REPLACED[:2], replace(SIM_REPLACED[1], due_at=300), *SIM_REPLACED[2:]],
        [(OBJECT, 2)],
    ),
    "SIM replaced answers another deadline": (but(SIM_REPLACED, 3, answers=250), [(OBJECT, 3)]),
    "SIM replaced twice": ([*SIM_REPLACED[:4], *SIM_REPLACED[3:]], [(OBJECT, 4)]),
    "SIM replaced after it was stopped": (
        [*but(SIM_STOPPED, 3, stage=UNDER_WAY), *SIM_REPLACED[2:]],
        [(OBJECT, 5)],
    ),
    "SIM stopped that was not asked for": (less(SIM_STOPPED, 1), [(OBJECT, 2)]),
    "SIM stopped answers another deadline": (but(SIM_STOPPED, 3, answers=100), [(OBJECT, 3)]),
    "number left before its time": (
        but(but(PORTED_OUT, 2, at=3 * DAY - 1), 3, at=3 * DAY - 1),
        [(OBJECT, 3)],
    ),
    "number left that was kept here": (
        [*but(PORT_OUT_ENDED, 3, stage=UNDER_WAY), *(replace(act, at=7 * DAY) for act in PORTED_OUT[2:])],
        [(OBJECT, 5)],
    ),
    "number kept that was not to leave": (PORT_OUT_ENDED[2:], [(OBJECT, 1)]),
    "notice of another change": (but(PORTED_OUT, 0, outcome="sim_replacement_asked"), [(OBJECT, 3)]),
    "switched on with another SIM that never was replaced": (
        [*SIM_REPLACED[:2], replace(ON, at=250)],
        [("line_after_acceptance", 2)],
    ),
    "switched on twice with another SIM": (
        [*but(SIM_REPLACED, 4, stage=UNDER_WAY), SIM_REPLACED[4]],
        [("line_after_acceptance", 5)],
    ),
    "switched on before the number came": (less(PORTED_IN, 4), [("line_after_acceptance", 4)]),
    "number comes for a line that was not registered": (
        [DECIDED, *PORTED_IN[3:]],
        [("line_after_acceptance", 1)],
    ),
    "number that came late, and nobody was told": (less(PORTED_IN_LATE, 4), [("holder_told", 4)]),
    "number that came a day late, and nobody was told": (
        [replace(act, at=4 * DAY) if at > 3 else act for at, act in enumerate(less(PORTED_IN_LATE, 4))],
        [],
    ),
    "number that has not come, and nobody was told": (PORTED_IN_LATE[:4], [("holder_told", 3)]),
    "number that has not come, and its holder was told": (PORTED_IN_LATE[:5], []),
    "number came that answers another deadline": (
        but(PORTED_IN_LATE, 5, answers=4 * DAY),
        [("line_after_acceptance", 5)],
    ),
    "number came that was not on its way": (
        [*REGISTRATION[:3], *PORTED_IN[4:]],
        [("line_after_acceptance", 3)],
    ),
    "number came twice": (
        [*PORTED_IN[:5], *PORTED_IN[4:]],
        [("line_after_acceptance", 5)],
    ),
    "number refused that came": (
        [*PORTED_IN[:5], *PORT_IN_REFUSED[4:]],
        [("line_after_acceptance", 6)],
    ),
    "notice delivered by no channel": (
        [*REGISTRATION, Act("notice_delivered", 9, outcome="pigeon")],
        [("holder_told", 4)],
    ),
    "notice handed over by nobody": (
        [*REGISTRATION, Act("notice_delivered", 9, outcome="counter")],
        [("holder_told", 4)],
    ),
    "notice that the page delivered names people": (
        [*REGISTRATION, Act("notice_delivered", 9, outcome="page", by=(ADA,))],
        [("holder_told", 4)],
    ),
    # deadline_kept
    "case decided late": (but(EVIDENCE_AT_DEADLINE, 9, at=5 * DAY + 1), [("deadline_kept", 9)]),
    "case decided at its deadline": (but(EVIDENCE_AT_DEADLINE, 9, at=5 * DAY), []),
    "case not decided": (EVIDENCE_AT_DEADLINE[:9], [("deadline_kept", 2)]),
    "case that the end of its procedure leaves open": (
        but(CONTESTED[:8], 7, stage=ENDED),
        [("deadline_kept", 1), ("deadline_kept", 4)],
    ),
    "case without a deadline": (
        but(but(REFUSED, 2, due_at=None), 9, answers=None),
        [("deadline_kept", 2)],
    ),
    "case opened again with another deadline": (
        [*REFUSED[:4], replace(OPENED, due_at=9 * DAY), *REFUSED[4:]],
        [("deadline_kept", 4)],
    ),
    "decision answers another deadline": (but(REFUSED, 9, answers=6 * DAY), [("deadline_kept", 9)]),
    "decision answers nothing": (but(REFUSED, 9, answers=None), [("deadline_kept", 9)]),
    "appeal decided late": (but(APPEAL, 11, at=10 * DAY + 1), [("deadline_kept", 11)]),
    "appeal not decided": (APPEAL[:11], [("deadline_kept", 10)]),
    "appeal answers another deadline": (but(APPEAL, 11, answers=DAY), [("deadline_kept", 11)]),
    "appeal without a deadline": (
        but(but(APPEAL, 10, due_at=None), 11, answers=None),
        [("deadline_kept", 10)],
    ),
    "appeal opened again with another deadline": (
        [*APPEAL[:11], replace(APPEAL[10], due_at=20 * DAY), APPEAL[11]],
        [("deadline_kept", 11)],
    ),
    # other_person_looks
    "look by who attested": (but(LOOKED_AT, 1, by=(ADA,)), [("other_person_looks", 1)]),
    # of what is due by itself
    "SIM replaced a day late": (
        but(but(but(SIM_REPLACED, 2, at=DAY + 240), 3, at=DAY + 240), 4, at=DAY + 240),
        [],
    ),
    "SIM replaced later than that": (
        but(but(but(SIM_REPLACED, 2, at=DAY + 241), 3, at=DAY + 241), 4, at=DAY + 241),
        [("deadline_kept", 3)],
    ),
    "SIM neither replaced nor stopped": (SIM_REPLACED[:2], [("deadline_kept", 1)]),
    "SIM stopped a week late": (but(but(SIM_STOPPED, 2, at=7 * DAY), 3, at=7 * DAY), []),
    "number that leaves when its holder had long had time to object": (
        [*PORTED_OUT[:2], *(replace(act, at=90 * DAY) for act in PORTED_OUT[2:])],
        [],
    ),
    # of disputes
    "dispute decided by one": (but(DISPUTED, 7, by=(BEA,)), [("two_people", 7)]),
    "dispute decided by one without an opinion": (but(DISPUTED, 7, by=(BEA, DAN)), [("two_people", 7)]),
    "dispute decided as it cannot be": (but(DISPUTED, 7, outcome="refused"), [("two_people", 7)]),
    "dispute decided that is not open": (less(DISPUTED, 0, 3, 4, 5), [("two_people", 3), (HEARD, 3)]),
    "two opinions of one on a dispute": (but(DISPUTED, 5, by=(BEA,)), [("two_people", 5), ("two_people", 7)]),
    "dispute decided late": (
        but(but(DISPUTED, 7, at=14 * DAY + 1), 6, at=14 * DAY),
        [("deadline_kept", 7)],
    ),
    "dispute decided at its deadline": (but(DISPUTED, 7, at=14 * DAY), []),
    "dispute not decided": (DISPUTED[:6], [("deadline_kept", 0)]),
    "dispute without a deadline": (
        but(but(DISPUTED, 0, due_at=None), 7, answers=None),
        [("deadline_kept", 0)],
    ),
    "dispute not received": (less(DISPUTED, 1), [("holder_told", 0)]),
    "dispute received late": (
        [DISPUTED[0], DISPUTED[2], replace(DISPUTED[1], at=61), *DISPUTED[3:]],
        [("holder_told", 2)],
    ),
    "dispute received as late as is tolerated": (
        [DISPUTED[0], DISPUTED[2], replace(DISPUTED[1], at=60), *DISPUTED[3:]],
        [],
    ),
    "decision of a dispute not told": (less(DISPUTED, 6), [("holder_told", 6)]),
    "dispute decided before its user was heard": (less(DISPUTED, 3), [(HEARD, 6)]),
    "dispute decided when the time to be heard is over": (
        [*DISPUTED[:3], *(replace(act, at=7 * DAY) for act in DISPUTED[4:])],
        [],
    ),
    "dispute decided a minute before the time to be heard is over": (
        but(less(DISPUTED, 3), 6, at=7 * DAY - 1),
        [(HEARD, 6)],
    ),
    "dispute decided whose user nobody told by when to answer": (less(DISPUTED, 2, 3), [(HEARD, 5)]),
    "user called silent who has time": (but(NOT_ANSWERED, 3, at=7 * DAY - 1), [(HEARD, 3)]),
    "user called silent whom nobody told by when to answer": (less(NOT_ANSWERED, 2), [(HEARD, 2)]),
    "user heard by two": (but(DISPUTED, 3, by=(ADA, EVE)), [(HEARD, 3)]),
    "user heard by nobody": (but(DISPUTED, 3, by=()), [(HEARD, 3)]),
    "user heard in other words": (but(DISPUTED, 3, outcome="says_it_is_theirs"), [(HEARD, 3)]),
    "user heard of no dispute": ([DECIDED, replace(DISPUTED[3], at=0, stage=ENDED)], [(HEARD, 1)]),
    "dispute taken back that is not open": (
        [DECIDED, Act("dispute_withdrawn", stage=ENDED)],
        [("deadline_kept", 1)],
    ),
    "opinion after it was taken back": (
        [*but(DISPUTE_WITHDRAWN, 5, stage=PEOPLE), Act("opinion_given", 6 * DAY, stage=ENDED, by=(CAL,))],
        [("two_people", 6)],
    ),
    "appeal against a dispute heard by who heard the user": (
        [
            *DISPUTED,
            Act("appeal_opened", 5 * DAY, stage=PEOPLE, due_at=20 * DAY),
            Act("appeal_decided", 6 * DAY, "upheld", ENDED, (ADA,), answers=20 * DAY),
        ],
        [("other_person_on_appeal", 9)],
    ),
    # notice_before_cut, with longer
    "cut at the deadline before it was put off": (
        but(CORRECTED[:8], 4, at=59 * DAY),
        [("notice_before_cut", 4)],
    ),
    "cut answers the deadline before it was put off": (
        but(CORRECTED, 4, answers=30 * DAY),
        [("notice_before_cut", 4)],
    ),
    "longer, and not later": (
        but(but(CORRECTED, 2, due_at=30 * DAY), 4, answers=30 * DAY),
        [("notice_before_cut", 2)],
    ),
    "longer for nothing": (
        but(CORRECTED, 2, answers=31 * DAY),
        [("notice_before_cut", 2), ("notice_before_cut", 4)],
    ),
    "longer by nobody": (but(CORRECTED, 2, by=()), [("notice_before_cut", 2)]),
    "cut after the correction ended": (
        [*CORRECTED[:4], Act("correction_ended", 10 * DAY, outcome="put_right"), *CORRECTED[4:8]],
        [("notice_before_cut", 5)],
    ),
    "appeal heard by who had it announced": (
        [
            replace(CORRECTED[1], by=(ADA,)),
            Act("appeal_opened", 1, stage=PEOPLE, due_at=10 * DAY),
            Act("appeal_decided", 2, outcome="upheld", stage=ENDED, by=(ADA,), answers=10 * DAY),
        ],
        [("other_person_on_appeal", 2)],
    ),
    "appeal heard by who gave longer": (
        [
            *CORRECTED[:3],
            Act("appeal_opened", 9 * DAY, stage=PEOPLE, due_at=10 * DAY),
            Act("appeal_decided", 9 * DAY, outcome="upheld", stage=ENDED, by=(ADA,), answers=10 * DAY),
        ],
        [("other_person_on_appeal", 4)],
    ),
    # cut_undone
    "found twice": ([CORRECTED[0], *CORRECTED], [("cut_undone", 1)]),
    "put right, and the line still cut": (less(CORRECTED, 9, 12), [("cut_undone", 10)]),
    "given up, and the line still cut": (
        but(less(CORRECTED, 8, 9, 10, 12), 8, outcome="given_up", stage=ENDED),
        [],
    ),
    "withdrawn by nobody": (but(CORRECTED, 11, outcome="withdrawn"), [("cut_undone", 11)]),
    "withdrawn by one": (but(CORRECTED, 11, outcome="withdrawn", by=(DAN,)), []),
    "ended otherwise": (but(CORRECTED, 11, outcome="forgotten"), [("cut_undone", 11)]),
    "restored, and not cut": (less(CORRECTED, *range(1, 8)), [("cut_undone", 2)]),
    # ended_is_ended
    "given back, and not ended by a correction": (
        [*REFUSED, *but(GIVEN_BACK, 2, at=32 * DAY)[2:3]],
        [("ended_is_ended", 10)],
    ),
    "something follows the end": (
        [*REFUSED, Act("notice_given", 50, outcome="data_erased", stage=ENDED)],
        [("ended_is_ended", 10)],
    ),
    "destruction follows the end, and what people decided is known": (
        [*less(REFUSED, 8), replace(REFUSED[8], at=50, stage=UNDER_WAY)],
        [(EVIDENCE, 8), ("ended_is_ended", 9)],
    ),
    "line follows the end": (
        [*but(ACCEPTED, 9, stage=ENDED)],
        [("ended_is_ended", 10)],
    ),
    # transfer_of_both; the rest of it is in test_monitor_transfer.py
    "line changes hands before both had their time": (
        [replace(act, at=2 * DAY - 1) if at > 4 else act for at, act in enumerate(TRANSFERRED)],
        [("transfer_of_both", 7)],
    ),
}


@pytest.mark.parametrize("name", BREAKING)
def test_broken_rule_is_found_at_its_entry(name: str):
    acts, expected = BREAKING[name]
    assert found(acts) == expected


def test_every_rule_but_form_is_broken_in_the_table():
    broken = {rule for _, expected in BREAKING.values() for rule, _ in expected}
    assert broken == {rule.value for rule in Rule} - {"form"}


@pytest.mark.parametrize(
    ("acts", "due", "tolerated", "rule"),
    [
        (EVIDENCE_AT_DEADLINE[:9], 5 * DAY, 0, "deadline_kept"),
        (APPEAL[:11], 10 * DAY, 0, "deadline_kept"),
        (less(EVIDENCE_AT_DEADLINE, 8)[:8], 3 * DAY, 60, EVIDENCE),
        ([*REGISTRATION[:1], REGISTERED], 0, 60, "holder_told"),
        (REFERRAL, 40, 60, EVIDENCE),
        (DISPUTED[:6], 14 * DAY, 0, "deadline_kept"),
        (DISPUTED[:1], 0, 60, "holder_told"),
    ],
)
def test_what_is_due_is_found_when_its_time_is_over(acts: list[Act], due: int, tolerated: int, rule: str):
    assert found(acts, at=due + tolerated) == []
    ((broken, _),) = found(acts, at=due + tolerated + 1)
    assert broken == rule


VALUE = NOT_VERIFIED[0].value()
WRONG_VALUES = {
    "kind": ["", 3, None],
    "at": [
        "2026-07-01T12:00:00",
        "2026-07-01 12:00:00Z",
        "2026-02-30T12:00:00Z",
        "2026-07-01T24:00:00Z",
        "2026-07-01T12:00:60Z",
        "0000-01-01T00:00:00Z",
        "2026-07-01T12:00:00.5Z",
        "\u0662026-07-01T12:00:00Z",
        None,
    ],
    "subject": ["A" * 32, "a" * 31, "a" * 32 + "\n", 7, None],
    "stage": ["over", "", None, ["ended"]],
    "outcome": [None, 3],
    "by": [None, ADA, [ADA, ADA], ["a"], [[ADA]], [7], {}],
    "due_at": ["", "soon", 3],
    "answers": ["", "soon", 3],
    "policy": ["c" * 63, None, ["c" * 64]],
    "release": [None, 1],
    "models": [None],
    "confinement": [None],
    "commitments": [None, "d" * 64, ["d"], [["d" * 64]], {}],
}


@pytest.mark.parametrize("key", WRONG_VALUES)
def test_entry_of_a_wrong_form_is_found_as_such(key: str):
    for value in WRONG_VALUES[key]:
        report = monitored([rfc8785.dumps({**VALUE, key: value})])
        (finding,) = report.findings
        assert (finding.rule, finding.index) == (Rule.FORM, 0)
        assert finding.what.startswith(f"Its {key} is not")
        assert finding.subject == ("" if key == "subject" else ALICE)


def test_every_key_is_wanted_and_no_other():
    for key in VALUE.keys() - {"v"}:
        left = {name: value for name, value in VALUE.items() if name != key}
        assert monitored([rfc8785.dumps(left)]).findings[0].what == f"Its key {key} is missing."
        (finding,) = monitored([rfc8785.dumps({**left, "people": 0})]).findings
        assert finding.what == f"Its key {key} is missing."
    (finding,) = monitored([rfc8785.dumps({**VALUE, "name\x1b[2J": "Bo"})]).findings
    assert finding.what == r"It has a key too many: 'name\x1b[2J'."


NO_ENTRIES = {
    "nothing": b"",
    "no text": b"\xff\xfe",
    "no object": b"[]",
    "number": b"3",
    "no version": b"{}",
    "version that is no number": b'{"v":"3"}',
    "version that is true": b'{"v":true}',
    "version that is a fraction": b'{"v":3.0}',
    "spaces": json.dumps(VALUE, sort_keys=True).encode(),
    "keys in another order": json.dumps(dict(reversed(VALUE.items())), separators=(",", ":")).encode(),
    "key that stands twice": NOT_VERIFIED[0].content[:-1] + b',"v":3}',
    "another version hidden by a key that stands twice": b'{"v":3,"v":2}',
    "escape that need not be": NOT_VERIFIED[0].content.replace(b"not_verified", b"n\\u006ft_verified"),
    "half of a pair": NOT_VERIFIED[0].content.replace(b"not_verified", b"\\ud800"),
    "half of a pair as a key": b'{"\\ud800":1}',
    "byte order mark": b"\xef\xbb\xbf" + NOT_VERIFIED[0].content,
    "newline": NOT_VERIFIED[0].content + b"\n",
    "nested lists": b"[" * 30_000 + b"]" * 30_000,
    "nested objects in an entry": b'{"a":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b',"v":2}',
    "number of very many digits": b'{"v":' + b"9" * 60_000 + b"}",
    "number that is not exact": b'{"v":9007199254740993}',
    "infinity": b'{"n":1e999,"v":2}',
    "no number": b'{"n":NaN,"v":2}',
    "too long": rfc8785.dumps({**VALUE, "release": "x" * 65_535}),
}


@pytest.mark.parametrize("name", NO_ENTRIES)
def test_what_is_no_entry_is_found_as_such_and_the_next_is_judged(name: str):
    report = monitored([NO_ENTRIES[name], Act("decided", outcome="refuse").content])
    assert [(one.rule, one.index) for one in report.findings] == [
        (Rule.FORM, 0),
        (Rule.MACHINE_NEVER_REFUSES, 1),
    ]


def test_no_bytes_raise():
    chosen = random.Random(7)
    contents = []
    for _ in range(2000):
        content = bytearray(chosen.choice(ACCEPTED).content)
        for _ in range(chosen.randrange(1, 4)):
            content[chosen.randrange(len(content))] = chosen.randrange(256)
        contents.append(bytes(content))
    assert monitored(contents).entries == 2000


def test_last_and_first_moments_that_can_be_written_raise_nothing():
    ends = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
    contents = [
        rfc8785.dumps({**act.value(), "at": at, "due_at": due, "answers": due})
        for act in [*ACCEPTED, *APPEALED, *CUT, *TERMINATED, *REFERRAL]
        for at in ends
        for due in ends
    ]
    assert monitored(contents).broken[Rule.TIME_ORDER] > 0


def test_entries_of_other_versions_and_kinds_are_counted_and_break_nothing():
    old = {"v": 2, "kind": "decided", "at": "2020-07-01T12:00:00Z", "outcome": "refuse", "people": 0}
    unknown = Act("line_painted\x1b", -9 * DAY, stage=ENDED)
    report = monitored(
        [act.content for act in REGISTRATION]
        + [rfc8785.dumps(old), rfc8785.dumps({"v": 1}), rfc8785.dumps({"v": 4}), unknown.content]
    )
    assert report.findings == ()
    assert report.not_judged == {
        "version 2": 1,
        "version 1": 1,
        "version 4": 1,
        r"kind 'line_painted\x1b'": 1,
    }


def test_entry_of_an_unknown_kind_has_the_form_of_its_version_all_the_same():
    (finding,) = monitored([rfc8785.dumps({**Act("line_painted").value(), "by": 2})]).findings
    assert finding.rule is Rule.FORM


def test_unknown_kind_says_where_its_procedure_is():
    acts = [DECIDED, Act("line_painted", 3, stage=PARTY)]
    ((waiting),) = monitored([act.content for act in acts]).summary.waiting
    assert (waiting.stage, waiting.procedures, waiting.since) == (PARTY, 1, NOON + timedelta(minutes=3))


def test_of_very_many_findings_the_first_are_kept_and_all_are_counted_and_none_hides_another_rule():
    acts = [Act("decided", outcome="refuse", stage=ENDED)] * 1000 + less(TERMINATED, 0)
    report = monitored([act.content for act in acts])
    assert report.broken == {Rule.MACHINE_NEVER_REFUSES: 1000, Rule.NOTICE_BEFORE_CUT: 1}
    indexes = [finding.index for finding in report.findings]
    assert indexes == [*range(MOST_FINDINGS_OF_A_RULE), 1000]


def test_names_are_bounded_whatever_a_log_says():
    acts = [Act(f"kind_{n}", outcome=f"{n}", stage=ENDED, release=f"{n}") for n in range(200)]
    report = monitored([act.content for act in acts])
    for counts in (report.summary.kinds, report.summary.releases, report.not_judged):
        assert len(counts) == MOST_NAMES + 1
        assert counts["others"] == 200 - MOST_NAMES


def test_summary_says_what_an_inspector_asks_first():
    acts = [
        *later(ATTENDED, 0, "1" * 32),
        *later(REFUSED, 10, "2" * 32),
        *later(REFERRAL[:4], 60, "3" * 32),
        *later(REFERRAL[:6], 70, "4" * 32),
        *later(TERMINATED[:1], 100, "5" * 32),
        *later(REGISTRATION[:3], 120, "6" * 32),
    ]
    report = monitored([act.content for act in acts], at=200)
    summary = report.summary
    assert report.findings == ()
    assert (summary.first_at, summary.last_at) == (NOON, NOON + timedelta(minutes=120))
    assert [(one.stage, one.procedures, one.since) for one in summary.waiting] == [
        (UNDER_WAY, 1, NOON + timedelta(minutes=120)),
        (PEOPLE, 2, NOON + timedelta(minutes=60)),
        (PARTY, 1, NOON + timedelta(minutes=100)),
    ]
    assert summary.decisions == {"accept": 2, "refer": 3, "refused_by_people": 1}
    assert summary.kinds["case_opened"] == 3
    assert summary.policies == {"c" * 64: len(acts)}
    assert summary.releases == {"0.1.0": len(acts)}


def test_log_without_entries_is_in_order():
    report = monitored([])
    assert (report.entries, report.findings, report.summary.first_at) == (0, (), None)


def test_procedures_that_ended_are_forgotten_unless_people_decided():
    monitor = Monitor(at=NOON + timedelta(days=100))
    for number in range(200):
        for act in later(ATTENDED, 0, f"{number:032x}") + later(LINKED, 0, f"{number + 1000:032x}"):
            monitor.add(0, act.content)
    assert monitor._procedures == {}
    for act in later(REFUSED, 0, BO):
        monitor.add(0, act.content)
    assert list(monitor._procedures) == [BO]


@pytest.mark.parametrize("stage", [UNDER_WAY, PARTY, ENDED])
def test_what_became_of_a_notice_neither_ends_nor_reopens_its_procedure(stage: str):
    """Its stage says nothing: the flow that writes it does not know where the procedure is."""
    delivered = Act("notice_delivered", 3 * DAY, outcome="email", stage=stage)
    monitor = Monitor(at=NOON + timedelta(days=4))
    for act in [*REGISTRATION, delivered]:
        monitor.add(0, act.content)
    assert monitor._procedures == {}
    assert monitor.finish().findings == ()
    waiting = monitored([act.content for act in [*CUT[:1], delivered]], at=4 * DAY).summary.waiting
    assert [(one.stage, one.since) for one in waiting] == [(PARTY, NOON)]


def test_documentation_names_every_rule_and_no_other():
    page = (Path(__file__).resolve().parents[2] / "docs" / "log.md").read_text("utf-8")
    section = page.partition("## Rules that a monitor computes")[2].partition("\n## ")[0]
    named = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
    assert named == [rule.value for rule in Rule]
