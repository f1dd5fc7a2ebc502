"""What must be so of a line after every step, asked of the database in SQL that owes nothing to the rules.

Each question selects what breaks it, and so must select nothing. There is one line in the record.
"""

import hashlib
from typing import TYPE_CHECKING

from lineproof.transparency.monitor import Monitor
from lineproof.transparency.monitor_finding import Finding, Rule

if TYPE_CHECKING:
    from tests.flows.woven import World

_HELD = "('pending', 'active', 'restricted', 'suspended', 'in_transfer', 'porting_out')"
_OPEN = "('found', 'notified', 'restricted', 'suspended')"
_NEEDS = """CASE l.state WHEN 'restricted' THEN 'outgoing_barred' WHEN 'suspended' THEN 'emergency_only'
    WHEN 'surrendered' THEN 'off' WHEN 'terminated' THEN 'off' WHEN 'quarantine' THEN 'off'
    WHEN 'ported_out' THEN 'off' WHEN 'reissued' THEN 'off' ELSE 'on' END"""
_ANNOUNCING = (
    "CASE s.step WHEN 'restrict' THEN 'restriction' WHEN 'suspend' THEN 'suspension' ELSE 'termination' END"
)
_HAS_HOLDER = "EXISTS (SELECT 1 FROM registry_custody u WHERE u.line_id = l.id AND u.until IS NULL)"
_UNDER_WAY = """SELECT line_id, 'transfer' AS what FROM registry_transfer
    WHERE state IN ('offered', 'accepted')
    UNION ALL SELECT line_id, 'sim' FROM registry_simreplacement WHERE state = 'asked'
    UNION ALL SELECT line_id, 'porting' FROM registry_porting WHERE state IN ('leaving', 'coming')"""

QUESTIONS: dict[str, str] = {
    "a line has one holder at a time": """
        SELECT a.id, b.id FROM registry_custody a
            JOIN registry_custody b ON a.line_id = b.line_id AND a.id < b.id
        WHERE a.since < COALESCE(b.until, '9999-12-31') AND b.since < COALESCE(a.until, '9999-12-31')""",
    "somebody holds a line exactly where its state says so": f"""
        SELECT l.state FROM registry_line l WHERE (l.state IN {_HELD}) <> {_HAS_HOLDER}""",
    "another holds it only after a transfer to them was completed, or once it was disowned": """
        SELECT b.id FROM registry_custody b JOIN registry_custody a ON a.line_id = b.line_id
        WHERE a.holder_id <> b.holder_id AND a.until = (
            SELECT MAX(e.until) FROM registry_custody e WHERE e.line_id = b.line_id AND e.until <= b.since)
        AND NOT EXISTS (SELECT 1 FROM registry_transfer t WHERE t.line_id = b.line_id
            AND t.state = 'completed'
            AND t.giver_id = a.holder_id AND t.receiver_id = b.holder_id AND t.ended_at = b.since)
        AND NOT EXISTS (SELECT 1 FROM registry_custody x JOIN registry_dispute d ON d.custody_id = x.id
            WHERE x.line_id = b.line_id AND x.until = b.since AND x.disowned_at < b.since
            AND d.kind = 'not_mine')""",
    "each line that counts has its slot, and one that was disowned has none": """
        SELECT id FROM registry_custody WHERE until IS NULL
            AND (slot IS NULL) <> (disowned_at IS NOT NULL)""",
    "a line is in transfer exactly while a transfer is open": """
        SELECT l.state FROM registry_line l WHERE (l.state = 'in_transfer') <> EXISTS (
            SELECT 1 FROM registry_transfer t WHERE t.line_id = l.id
                AND t.state IN ('offered', 'accepted'))""",
    "a line is porting out exactly while its number is leaving": """
        SELECT l.state FROM registry_line l WHERE (l.state = 'porting_out') <> EXISTS (
            SELECT 1 FROM registry_porting p WHERE p.line_id = l.id AND p.state = 'leaving')""",
    "a line is cut exactly as far as one correction of its holder has come": f"""
        SELECT l.state FROM registry_line l
        WHERE (SELECT COUNT(*) FROM registry_correction c JOIN registry_custody u
            ON u.line_id = c.line_id AND u.until IS NULL AND u.holder_id = c.holder_id
            WHERE c.line_id = l.id AND c.state = l.state) <> (l.state IN ('restricted', 'suspended'))
        OR EXISTS (SELECT 1 FROM registry_correction c WHERE c.line_id = l.id
            AND c.state IN ('restricted', 'suspended') AND c.state <> l.state)
        OR (l.state = 'terminated' AND NOT EXISTS (
            SELECT 1 FROM registry_correction c WHERE c.line_id = l.id AND c.state = 'terminated'))
        OR EXISTS (SELECT 1 FROM registry_correction c WHERE c.line_id = l.id AND c.state IN {_OPEN}
            AND NOT EXISTS (SELECT 1 FROM registry_custody u WHERE u.line_id = l.id
                AND u.until IS NULL AND u.holder_id = c.holder_id))""",
    "the last order of a line says what its state needs": f"""
        SELECT l.state, o.state FROM registry_line l JOIN registry_order o ON o.line_id = l.id
        WHERE o.ordered_at = (SELECT MAX(x.ordered_at) FROM registry_order x WHERE x.line_id = l.id)
        AND o.state <> {_NEEDS}""",
    "a step was signed by two people, on it, for it": """
        SELECT s.id FROM registry_correctionstep s WHERE 2 <> (
            SELECT COUNT(DISTINCT v.staff_id) FROM registry_vote v WHERE v.about = s.correction_id
            AND v.question LIKE s.step || ' %' AND v.choice = 'carry_out' AND v.given_at <= s.done_at
            AND v.staff_id IN (s.first_id, s.second_id))""",
    "a step was announced by a notice that arrived, and its time and any longer one was over": f"""
        SELECT s.id FROM registry_correctionstep s JOIN registry_correction c ON c.id = s.correction_id
        WHERE NOT EXISTS (SELECT 1 FROM registry_notice n WHERE n.subject = c.subject
            AND n.state = 'delivered'
            AND n.kind = {_ANNOUNCING} AND n.given_at < n.deadline AND n.deadline <= s.done_at)
        OR EXISTS (SELECT 1 FROM registry_notice n WHERE n.subject = c.subject AND n.given_at < s.done_at
            AND n.kind IN ({_ANNOUNCING}, 'correction_extended') AND n.deadline > s.done_at)""",
    "no step was carried out while an appeal against it was open": """
        SELECT s.id FROM registry_correctionstep s JOIN registry_appeal a ON a.about = s.correction_id
        WHERE a.opened_at < s.done_at AND COALESCE(a.decided_at, '9999-12-31') > s.done_at""",
    "whoever hears an appeal signed nothing of what is appealed": """
        SELECT a.id FROM registry_appeal a JOIN registry_vote v ON v.about = a.about
        WHERE v.staff_id = a.heard_by_id""",
    "a dispute was decided by two people, or turned on appeal, and its user had their turn": """
        SELECT d.id FROM registry_dispute d WHERE d.state IN ('upheld', 'dismissed') AND (2 > (
            SELECT MAX(n) FROM (SELECT COUNT(DISTINCT staff_id) AS n FROM registry_vote
                WHERE about = d.id AND question = 'dispute' GROUP BY choice))
        OR ((SELECT choice FROM registry_vote WHERE about = d.id AND question = 'dispute' LIMIT 1) <> d.state)
            <> (SELECT COUNT(*) % 2 FROM registry_appeal a WHERE a.about = d.id AND a.state = 'overturned')
        OR (NOT EXISTS (SELECT 1 FROM registry_disputestatement h WHERE h.dispute_id = d.id)
            AND d.answer_by > (
            SELECT MIN(given_at) FROM registry_vote WHERE about = d.id AND question = 'dispute')))""",
    "nobody takes a line away that is disputed, or was disowned": f"""
        SELECT w.what, d.state FROM ({_UNDER_WAY}) w JOIN registry_custody u ON u.line_id = w.line_id
        LEFT JOIN registry_dispute d ON d.custody_id = u.id AND d.state IN ('open', 'heard')
        WHERE u.until IS NULL AND (d.id IS NOT NULL OR u.disowned_at IS NOT NULL)""",
    "a line that was disowned is being corrected for it": f"""
        SELECT u.id FROM registry_custody u WHERE u.until IS NULL AND u.disowned_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM registry_correction c WHERE c.line_id = u.line_id
            AND c.holder_id = u.holder_id AND c.cause = 'holder_dispute' AND c.state IN {_OPEN})""",
    "nothing is under way with a line that nobody holds": f"""
        SELECT w.what FROM ({_UNDER_WAY}) w JOIN registry_line l ON l.id = w.line_id
            WHERE NOT {_HAS_HOLDER}""",
    "a line has one open dispute": """
        SELECT u.line_id FROM registry_dispute d JOIN registry_custody u ON u.id = d.custody_id
        WHERE d.state IN ('open', 'heard') GROUP BY u.line_id HAVING COUNT(*) > 1""",
    "what ended a line or was decided of a dispute is appealed in seven days, or while carried out": """
        SELECT a.id FROM registry_appeal a JOIN registry_correctionstep s ON s.correction_id = a.about
        WHERE s.step = 'terminate' AND julianday(a.opened_at) - julianday(s.done_at) >= 8
        UNION ALL SELECT a.id FROM registry_appeal a JOIN registry_vote v ON v.about = a.about
        JOIN registry_dispute d ON d.id = a.about JOIN registry_custody u ON u.id = d.custody_id
        WHERE v.question = 'dispute' AND julianday(a.opened_at) - julianday(v.given_at) >= 8
        AND NOT EXISTS (SELECT 1 FROM registry_correction c
            LEFT JOIN registry_correctionstep s ON s.correction_id = c.id AND s.step = 'terminate'
            WHERE c.line_id = u.line_id AND c.holder_id = u.holder_id AND c.cause = 'holder_dispute'
            AND c.found_at <= a.opened_at AND a.opened_at <= COALESCE(c.ended_at, '9999-12-31')
            AND julianday(a.opened_at) - julianday(COALESCE(s.done_at, a.opened_at)) < 8)""",
    "a transfer took its time to think, a day of 24 hours": """
        SELECT id FROM registry_transfer WHERE state = 'completed'
        AND (ended_at < complete_at OR julianday(ended_at) - julianday(accepted_at) < 0.99999
            OR accepted_at >= accept_by)""",
    "a card was switched after four hours, and the number held for a week and a day at most": """
        SELECT r.id FROM registry_simreplacement r WHERE r.state = 'switched' AND (
            julianday(r.ended_at) - julianday(r.asked_at) < 0.16666 OR NOT EXISTS (
            SELECT 1 FROM registry_hold h WHERE h.line_id = r.line_id AND h.kind = 'port_out'
            AND julianday(h.until) - julianday(r.ended_at) BETWEEN 7 AND 8))""",
    "a number left after its holder had three days, and before as long again": """
        SELECT id FROM registry_porting WHERE state = 'left' AND (ended_at < due_at OR ended_at >= closes_at
            OR julianday(due_at) - julianday(asked_at) < 3)""",
    "no number left and no line changed hands while a hold kept it": """
        SELECT h.id FROM registry_hold h JOIN registry_porting p ON p.line_id = h.line_id
        WHERE p.state = 'left' AND h.kind = 'port_out' AND h.since <= p.asked_at AND h.until > p.asked_at
        UNION ALL SELECT h.id FROM registry_hold h JOIN registry_transfer t ON t.line_id = h.line_id
        WHERE t.state = 'completed' AND h.kind = 'transfer' AND h.since <= t.ended_at
            AND h.until > t.ended_at""",
    "a number is released when nobody held it for five days, and it is found by nothing then": """
        SELECT l.id FROM registry_line l WHERE l.state = 'reissued'
            AND (l.identifier_index IS NOT NULL OR 5 > (
            SELECT julianday(MAX(e.at)) - julianday(MAX(u.until)) FROM registry_custody u,
            (SELECT json_extract(body, '$.at') AS at FROM registry_entry
             WHERE json_extract(body, '$.kind') = 'number_released') e WHERE u.line_id = l.id))""",
    "the log has no gaps": """
        SELECT COUNT(*), MAX(position) FROM registry_entry HAVING COUNT(*) <> MAX(position) + 1""",
}
_ONE = " UNION ALL ".join(
    f"SELECT {number}, (SELECT COUNT(*) FROM ({question}))"
    for number, question in enumerate(QUESTIONS.values())
)


def broken(world: "World") -> list[str]:
    """Name what is not so of the line now."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_ONE.replace("%", "%%"), [])
        wrong = [name for name, (_, rows) in zip(QUESTIONS, cursor.fetchall(), strict=True) if rows]
    return wrong + _number_is_not_its_holders(world) + _network_is_elsewhere(world)


def _number_is_not_its_holders(world: "World") -> list[str]:
    """Open the number with the key of who holds the line: it is theirs to be read, and the same as ever."""
    from lineproof.registry.flows.lines import unseal_line
    from tests.flows.desk import a_mobile

    if (holder := world.holder) is None:
        return []
    number = unseal_line(world.desk.services, world.desk.row("Line", id=world.line), holder).identifier
    return [] if number == a_mobile().identifier else ["the line has the number that it always had"]


def _network_is_elsewhere(world: "World") -> list[str]:
    from lineproof.ports import SwitchState

    if world.desk.network.down:
        return []
    state = world.desk.row("Line", id=world.line).state
    needs = {
        "restricted": SwitchState.OUTGOING_BARRED,
        "suspended": SwitchState.EMERGENCY_ONLY,
        **dict.fromkeys(("quarantine", "ported_out", "reissued"), SwitchState.OFF),
    }.get(state, SwitchState.ON)
    is_so = world.desk.network.states[world.line] is needs and state not in {
        "surrendered",
        "terminated",
        "pending",
    }
    return [] if is_so else ["a network that is there has switched the line as its state says"]


def findings(world: "World") -> tuple[Finding, ...]:
    """Judge all that was logged as anybody can, but for what the office has left undone so long."""
    watching = Monitor(at=world.now)
    for row in world.desk.rows("Entry"):
        watching.add(row.position, bytes(row.body))
    report = watching.finish()
    assert report.not_judged == {}
    return tuple(one for one in report.findings if one.rule is not Rule.DEADLINE_KEPT)


def digest() -> bytes:
    """Give a digest of all that lies in the record."""
    from django.apps import apps
    from django.db import connection

    sha = hashlib.sha256()
    with connection.cursor() as cursor:
        for model in apps.get_app_config("registry").get_models():
            cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY 1")
            sha.update(repr(cursor.fetchall()).encode())
    return sha.digest()
