"""Invariants of what people decide: who, how many, when, and open to appeal. See `invariants`."""
# ruff: noqa: S608 -- queries put together of our own words

_KIND_OF_STEP = (
    "CASE s.step WHEN 'restrict' THEN 'restriction' WHEN 'suspend' THEN 'suspension' ELSE 'termination' END"
)
# The last notice that announced a step, before it was carried out.
_ANNOUNCED = f"""
    (SELECT n.id FROM registry_notice n
     WHERE n.line_id = k.line_id AND n.subject = k.subject AND n.kind = {_KIND_OF_STEP}
     AND n.given_at < s.done_at ORDER BY n.given_at DESC LIMIT 1)
"""
_STEPS = "registry_correctionstep s JOIN registry_correction k ON k.id = s.correction_id"

OF_PEOPLE: tuple[tuple[str, str, str], ...] = (
    (
        "a_step_is_by_different_people",
        "Every step against a line was carried out by two different people, or three.",
        """SELECT id FROM registry_correctionstep
           WHERE first_id = second_id OR first_id = third_id OR second_id = third_id""",
    ),
    (
        "a_step_is_signed",
        "Everybody by whom a step was carried out signed it, before or as it was.",
        f"""SELECT s.id FROM {_STEPS} WHERE EXISTS (
              SELECT 1 FROM (SELECT s.first_id AS who UNION SELECT s.second_id UNION SELECT s.third_id) p
              WHERE p.who IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM registry_vote v WHERE v.about = s.correction_id AND v.staff_id = p.who
                AND v.choice = 'carry_out' AND v.given_at <= s.done_at))""",
    ),
    (
        "a_step_is_announced",
        "Every step was announced by a notice of its own, and its deadline was over.",
        f"""SELECT s.id, s.step FROM {_STEPS} LEFT JOIN registry_notice n ON n.id = {_ANNOUNCED}
            WHERE n.id IS NULL OR n.deadline IS NULL OR n.deadline > s.done_at""",
    ),
    (
        "a_step_is_not_early",
        "Every step came no sooner after the first notice than the policy pack says.",
        f"""SELECT s.id, s.step FROM {_STEPS}
            WHERE julianday(s.done_at) - julianday(k.noticed_at) <
              CASE s.step WHEN 'restrict' THEN %(restrict)s WHEN 'suspend' THEN %(suspend)s
                          ELSE %(terminate)s END - 0.000001""",
    ),
    (
        "who_was_given_longer_had_it",
        "No step was carried out before the end of the longer time that its holder had been given.",
        f"""SELECT s.id FROM {_STEPS} JOIN registry_correctionextension e ON e.correction_id = k.id
            WHERE e.granted_at <= s.done_at AND s.done_at < e.until""",
    ),
    (
        "notices_of_cuts_arrived",
        "None was suspended or ended before its notice arrived; where it did not, three restricted it.",
        f"""SELECT s.id, s.step FROM {_STEPS} JOIN registry_notice n ON n.id = {_ANNOUNCED}
            WHERE (s.step <> 'restrict' OR s.third_id IS NULL) AND NOT EXISTS (
              SELECT 1 FROM registry_noticedelivery d
              WHERE d.notice_id = n.id AND d.accepted AND d.attempted_at <= s.done_at)""",
    ),
    (
        "an_end_is_told_in_time",
        "A line that alone tells its user was told of its end before it was suspended, or at a counter.",
        f"""SELECT s.id FROM {_STEPS} JOIN registry_notice n ON n.id = {_ANNOUNCED}
            WHERE s.step = 'terminate' AND k.cause = 'holder_dispute' AND NOT EXISTS (
              SELECT 1 FROM registry_noticedelivery d
              JOIN registry_correctionstep b ON b.correction_id = k.id AND b.step = 'suspend'
              WHERE d.notice_id = n.id AND d.accepted
                AND (d.channel = 'counter' OR d.attempted_at < b.done_at))""",
    ),
    (
        "steps_in_their_order",
        "No line was suspended before it was restricted, where the pack restricts, or ended before that.",
        f"""SELECT s.id, s.step FROM {_STEPS}
            WHERE (s.step = 'suspend' AND %(restrict)s >= 0 AND NOT EXISTS (
                     SELECT 1 FROM registry_correctionstep b WHERE b.correction_id = k.id
                     AND b.step = 'restrict' AND b.done_at < s.done_at))
               OR (s.step = 'terminate' AND NOT EXISTS (
                     SELECT 1 FROM registry_correctionstep b WHERE b.correction_id = k.id
                     AND b.step = 'suspend' AND b.done_at < s.done_at))""",
    ),
    (
        "an_appeal_stops_it",
        "Nothing was done to a line while an appeal against that was open.",
        """SELECT s.id, a.id FROM registry_correctionstep s
           JOIN registry_appeal a ON a.about = s.correction_id
           WHERE s.done_at >= a.opened_at AND (a.decided_at IS NULL OR s.done_at < a.decided_at)""",
    ),
    (
        "a_cut_has_its_step",
        "A line is restricted or suspended by a correction that is announced and has come to that step.",
        """SELECT l.id, l.state FROM registry_line l WHERE l.state IN ('restricted', 'suspended')
           AND NOT EXISTS (SELECT 1 FROM registry_correction k JOIN registry_correctionstep s
                           ON s.correction_id = k.id WHERE k.line_id = l.id AND k.state = l.state
                           AND s.step = CASE l.state WHEN 'restricted' THEN 'restrict' ELSE 'suspend' END)""",
    ),
    (
        "no_case_is_decided_alone",
        "Every referral was decided by two different reviewers of one opinion.",
        """SELECT c.id FROM registry_case c WHERE c.kind = 'referral' AND c.state <> 'open' AND (
             SELECT count(DISTINCT o.reviewer_id) FROM registry_caseopinion o WHERE o.case_id = c.id
             AND o.opinion = CASE c.state WHEN 'accepted' THEN 'accept' WHEN 'returned' THEN 'return'
                                          ELSE 'refuse' END) < 2""",
    ),
    (
        "no_dispute_is_decided_alone",
        "Every dispute was decided by two different people of one opinion.",
        """SELECT d.id FROM registry_dispute d WHERE d.state IN ('upheld', 'dismissed') AND NOT EXISTS (
             SELECT 1 FROM registry_vote v WHERE v.about = d.id AND v.question = 'dispute'
             GROUP BY v.choice HAVING count(DISTINCT v.staff_id) > 1)""",
    ),
    (
        "no_dispute_is_decided_by_who_vouched",
        "Nobody decided or heard a dispute who had vouched for the line's registration.",
        """SELECT d.id, v.staff_id FROM registry_dispute d
           JOIN registry_vouching v ON v.custody_id = d.custody_id
           WHERE EXISTS (SELECT 1 FROM registry_vote o WHERE o.about = d.id AND o.staff_id = v.staff_id)
              OR EXISTS (SELECT 1 FROM registry_disputestatement s
                         WHERE s.dispute_id = d.id AND s.agent_id = v.staff_id)""",
    ),
    (
        "a_user_is_heard_first",
        "No opinion was given on a dispute before the line's user was heard or had let their time pass.",
        """SELECT v.id FROM registry_dispute d
           JOIN registry_vote v ON v.about = d.id AND v.question = 'dispute'
           WHERE v.given_at < d.answer_by AND NOT EXISTS (SELECT 1 FROM registry_disputestatement s
             WHERE s.dispute_id = d.id AND s.heard_at <= v.given_at)""",
    ),
    (
        "appeals_are_heard_by_others",
        "Nobody heard an appeal who had had a part in what was appealed.",
        """SELECT a.id, a.heard_by_id FROM registry_appeal a WHERE a.heard_by_id IN (
             SELECT o.reviewer_id FROM registry_caseopinion o
               WHERE o.case_id = a.about AND o.given_at <= a.decided_at
             UNION SELECT v.staff_id FROM registry_vote v
               WHERE v.about = a.about AND v.given_at <= a.decided_at
             UNION SELECT k.announced_by_id FROM registry_correction k WHERE k.id = a.about
             UNION SELECT e.granted_by_id FROM registry_correctionextension e
               WHERE e.correction_id = a.about AND e.granted_at <= a.decided_at
             UNION SELECT s.agent_id FROM registry_disputestatement s WHERE s.dispute_id = a.about
             UNION SELECT w.staff_id FROM registry_vouching w JOIN registry_dispute d
               ON d.custody_id = w.custody_id WHERE d.id = a.about
             UNION SELECT t.agent_id FROM registry_attestationrecord t
               JOIN registry_decision e ON e.session = t.session
               JOIN registry_case c ON c.decision_id = e.id WHERE c.id = a.about)""",
    ),
    (
        "who_heard_an_appeal_signs_nothing",
        "Nobody signed a step against a line who had heard an appeal about it.",
        """SELECT v.id, v.staff_id FROM registry_vote v JOIN registry_correction k ON k.id = v.about
           JOIN registry_appeal a ON a.heard_by_id = v.staff_id AND a.decided_at <= v.given_at
           WHERE a.about = k.id OR (k.cause = 'holder_dispute' AND a.about = (
             SELECT d.id FROM registry_dispute d JOIN registry_custody c ON c.id = d.custody_id
             WHERE c.line_id = k.line_id AND c.holder_id = k.holder_id AND d.kind = 'not_mine'
               AND d.opened_at <= k.found_at ORDER BY d.opened_at DESC LIMIT 1))""",
    ),
    (
        "decisions_against_somebody_say_why",
        "Whatever was decided against somebody has a reason, and so has what an appeal came to.",
        """SELECT e.id, e.outcome FROM registry_decision e
           WHERE e.outcome IN ('not_verified', 'refer', 'returned_by_people', 'refused_by_people')
             AND NOT EXISTS (SELECT 1 FROM registry_decisionreason r WHERE r.decision_id = e.id)
           UNION ALL SELECT v.about, v.choice FROM registry_vote v
           WHERE v.question = 'dispute' AND v.reason = ''
           UNION ALL SELECT a.id, a.state FROM registry_appeal a
           WHERE a.state IN ('upheld', 'overturned') AND a.reason = ''""",
    ),
    (
        "a_machine_refuses_nobody",
        "Whoever is refused or returned was by people, two at least.",
        """SELECT id FROM registry_decision
           WHERE outcome IN ('accepted_by_people', 'returned_by_people', 'refused_by_people')
             AND (people IS NULL OR people < 2)""",
    ),
)
