"""Invariants of lines: whose they are, what they may do, where they go. See `invariants`."""

# ruff: noqa: S608 -- queries put together of our own words
_HELD = "('pending', 'porting_in', 'active', 'restricted', 'suspended', 'in_transfer', 'porting_out')"
# A line that two people accepted beyond the cap, knowing it. One that is on its way here has no order yet.
_ACCEPTED_BEYOND_CAP = """
    c1.line_id IN (SELECT begun.line_id FROM registry_case c
                   JOIN registry_decisionreason r ON r.decision_id = c.decision_id
                   JOIN (SELECT line_id, subject FROM registry_order
                         UNION SELECT line_id, subject FROM registry_porting) begun
                     ON begun.subject = c.subject
                   WHERE c.state = 'accepted' AND r.code = 'cap_reached')
"""
# An appeal that turns a decision round moves the dispute's end: it was decided with its last opinion.
_DISPUTED_AT = """
    EXISTS (SELECT 1 FROM registry_dispute d JOIN registry_custody c ON c.id = d.custody_id
            WHERE c.line_id = x.line_id AND d.opened_at <= {at} AND (d.ended_at IS NULL OR {at} < coalesce(
              (SELECT max(v.given_at) FROM registry_vote v WHERE v.about = d.id AND v.question = 'dispute'
               AND d.state <> 'withdrawn'), d.ended_at)))
"""

OF_LINES: tuple[tuple[str, str, str], ...] = (
    (
        "one_holder_at_a_time",
        "A line has at most one holder now.",
        "SELECT line_id FROM registry_custody WHERE until IS NULL GROUP BY line_id HAVING count(*) > 1",
    ),
    (
        "custodies_do_not_overlap",
        "Nobody holds a line while another does.",
        """SELECT a.line_id, a.id, b.id FROM registry_custody a
           JOIN registry_custody b ON b.line_id = a.line_id AND b.id > a.id
           WHERE a.since < coalesce(b.until, '9999-12-31') AND b.since < coalesce(a.until, '9999-12-31')""",
    ),
    (
        "what_is_held_has_a_holder",
        "A line in a state in which it is somebody's has a holder now, and one that has ended has none.",
        f"""SELECT l.id, l.state FROM registry_line l
            WHERE (l.state IN {_HELD})
               <> (EXISTS (SELECT 1 FROM registry_custody c WHERE c.line_id = l.id AND c.until IS NULL))""",
    ),
    (
        "one_line_in_a_slot",
        "No two lines of one holder and kind are in one slot at a time.",
        """SELECT holder_id, kind, slot FROM registry_custody
           WHERE until IS NULL AND slot IS NOT NULL AND organisation_id IS NULL
           GROUP BY holder_id, kind, slot HAVING count(*) > 1""",
    ),
    (
        "one_line_of_an_organisation_in_a_slot",
        "No two lines of one organisation and kind are in one slot at a time.",
        """SELECT organisation_id, kind, slot FROM registry_custody
           WHERE until IS NULL AND slot IS NOT NULL AND organisation_id IS NOT NULL
           GROUP BY organisation_id, kind, slot HAVING count(*) > 1""",
    ),
    (
        "within_the_cap",
        "Nobody holds more lines than the cap, but those that two people accepted beyond it or a base had.",
        f"""SELECT c1.holder_id, l.kind, count(*) FROM registry_custody c1
            JOIN registry_line l ON l.id = c1.line_id
            WHERE c1.until IS NULL AND c1.disowned_at IS NULL AND l.origin <> 'imported'
              AND c1.organisation_id IS NULL AND NOT {_ACCEPTED_BEYOND_CAP}
            GROUP BY c1.holder_id, l.kind
            HAVING count(*) > CASE l.kind WHEN 'mobile' THEN %(cap_mobile)s ELSE %(cap_fixed)s END""",
    ),
    (
        "an_organisation_within_its_cap",
        "No organisation has more lines than its cap, but those that two people accepted beyond it.",
        f"""SELECT c1.organisation_id, l.kind, count(*) FROM registry_custody c1
            JOIN registry_line l ON l.id = c1.line_id
            WHERE c1.until IS NULL AND c1.disowned_at IS NULL
              AND c1.organisation_id IS NOT NULL AND NOT {_ACCEPTED_BEYOND_CAP}
            GROUP BY c1.organisation_id, l.kind
            HAVING count(*) > CASE l.kind WHEN 'mobile' THEN %(organisation_mobile)s
                                          ELSE %(organisation_fixed)s END""",
    ),
    (
        "an_organisation_goes_with_its_last_line",
        "No organisation is on record that no line names.",
        """SELECT o.id FROM registry_organisation o
           WHERE NOT EXISTS (SELECT 1 FROM registry_custody c WHERE c.organisation_id = o.id)""",
    ),
    (
        "a_number_is_on_one_line",
        "A number is on one line at a time, and on the next no sooner than its quarantine after the last.",
        """SELECT a.number, a.line_id, b.line_id FROM known_number a
           JOIN known_number b ON b.number = a.number AND b.line_id <> a.line_id
           JOIN registry_line la ON la.id = a.line_id JOIN registry_line lb ON lb.id = b.line_id
           WHERE la.created_at <= lb.created_at AND la.state <> 'ported_out'
             AND la.id NOT IN (SELECT line_id FROM registry_porting WHERE state = 'refused')
             AND coalesce(julianday(lb.created_at) - julianday(
                   (SELECT CASE WHEN sum(until IS NULL) > 0 THEN NULL ELSE max(until) END
                    FROM registry_custody WHERE line_id = a.line_id)), -1)
                 < %(quarantine)s - 0.000001""",
    ),
    (
        "a_released_number_is_nobodys",
        "A line whose number was released is found by no number any more.",
        "SELECT id FROM registry_line WHERE state = 'reissued' AND identifier_index IS NOT NULL",
    ),
    (
        "the_network_agrees",
        "What the network has of a line is what it was ordered last, and what its state says.",
        """SELECT l.id, l.state, did.state FROM registry_line l
           LEFT JOIN network_did did ON did.at = (SELECT max(at) FROM network_did WHERE line_id = l.id)
           WHERE NOT EXISTS (SELECT 1 FROM registry_order o
                             LEFT JOIN registry_orderdone d ON d.order_id = o.id
                             WHERE o.line_id = l.id AND d.id IS NULL)
             AND (did.order_id IS NOT (SELECT o.id FROM registry_order o
                                       JOIN registry_orderdone d ON d.order_id = o.id
                                       WHERE o.line_id = l.id
                                       ORDER BY o.ordered_at DESC, o.rowid DESC LIMIT 1)
               OR coalesce(did.state, CASE l.origin WHEN 'imported' THEN 'on' ELSE 'off' END) <>
                  CASE WHEN l.state = 'restricted' THEN 'outgoing_barred'
                       WHEN l.state = 'suspended' THEN 'emergency_only'
                       WHEN l.state IN ('quarantine', 'reissued', 'ported_out', 'surrendered', 'terminated',
                                        'porting_in') THEN 'off'
                       ELSE 'on' END)""",
    ),
    (
        "an_order_is_done_once",
        "An order that is noted as done was carried out by the network, once; and none that is not noted.",
        """SELECT d.order_id, count(n.at) FROM registry_orderdone d
           LEFT JOIN network_did n ON n.order_id = d.order_id GROUP BY d.order_id HAVING count(n.at) <> 1
           UNION ALL SELECT n.order_id, n.at FROM network_did n
           WHERE NOT EXISTS (SELECT 1 FROM registry_orderdone d WHERE d.order_id = n.order_id)""",
    ),
    (
        "a_transfer_waits",
        "No line changes hands sooner than the time to think after it was accepted.",
        """SELECT id FROM registry_transfer WHERE state = 'completed'
           AND julianday(ended_at) - julianday(accepted_at) < %(transfer_cooling)s - 0.000001""",
    ),
    (
        "no_transfer_while_disputed",
        "No line is offered or changes hands while it is disputed.",
        "SELECT x.id FROM registry_transfer x WHERE "
        + _DISPUTED_AT.format(at="x.offered_at")
        + " OR (x.state = 'completed' AND "
        + _DISPUTED_AT.format(at="x.ended_at")
        + ")",
    ),
    (
        "a_transfer_hands_over",
        "When a transfer is completed, its giver's custody ends and its receiver's begins.",
        """SELECT t.id FROM registry_transfer t WHERE t.state = 'completed' AND NOT (
             EXISTS (SELECT 1 FROM registry_custody c WHERE c.line_id = t.line_id
                     AND c.holder_id = t.giver_id AND c.until = t.ended_at)
             AND EXISTS (SELECT 1 FROM registry_custody c WHERE c.line_id = t.line_id
                         AND c.holder_id = t.receiver_id AND c.since = t.ended_at))""",
    ),
    (
        "no_transfer_while_held",
        "No line is offered, accepted or handed over while a hold keeps it from being passed on.",
        """SELECT t.id, h.id FROM registry_transfer t JOIN registry_hold h ON h.line_id = t.line_id
           WHERE h.kind = 'transfer'
             AND ((t.offered_at > h.since AND t.offered_at < h.until)
               OR (t.accepted_at > h.since AND t.accepted_at < h.until)
               OR (t.state = 'completed' AND t.ended_at > h.since AND t.ended_at < h.until))""",
    ),
    (
        "a_sim_waits",
        "No SIM is switched on sooner than the time to object after it was asked for.",
        """SELECT id FROM registry_simreplacement WHERE state = 'switched'
           AND julianday(ended_at) - julianday(asked_at) < %(sim_cooling)s - 0.000001""",
    ),
    (
        "a_sim_is_its_holders",
        "No SIM is switched on for somebody who does not hold the line then, nor while it is disputed.",
        """SELECT x.id FROM registry_simreplacement x JOIN registry_custody k ON k.id = x.custody_id
           WHERE x.state = 'switched' AND ((k.until IS NOT NULL AND k.until <= x.ended_at) OR """
        + _DISPUTED_AT.format(at="x.ended_at")
        + ")",
    ),
    (
        "a_number_does_not_leave_early",
        "No number leaves sooner than the time to object after it was asked for, nor while it is disputed.",
        """SELECT x.id FROM registry_porting x WHERE x.state = 'left'
           AND (julianday(x.ended_at) - julianday(x.asked_at) < %(port_out)s - 0.000001 OR """
        + _DISPUTED_AT.format(at="x.ended_at")
        + ")",
    ),
    (
        "no_port_out_while_held",
        "No number is asked to leave while a hold keeps it here.",
        """SELECT p.id, h.id FROM registry_porting p JOIN registry_hold h ON h.line_id = p.line_id
           WHERE h.kind = 'port_out' AND p.due_at IS NOT NULL
             AND p.asked_at > h.since AND p.asked_at < h.until""",
    ),
    (
        "the_log_has_no_gap",
        "The entries of the log are numbered from 0 without a gap.",
        """SELECT position FROM registry_entry e WHERE position < 0 OR (position > 0
           AND NOT EXISTS (SELECT 1 FROM registry_entry b WHERE b.position = e.position - 1))""",
    ),
)
