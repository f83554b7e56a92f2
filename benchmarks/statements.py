"""The hand-written side's SQL, one plain statement per step of an act. `FOR UPDATE` is for PostgreSQL only."""

from __future__ import annotations

LOCK_BY_MILESTONE = """
SELECT id, chain_seq, chain_head FROM task
 WHERE id = (SELECT task_id FROM milestone WHERE id = %s) FOR UPDATE"""
LOCK_BY_APPROVAL = """
SELECT id, chain_seq, chain_head FROM task
 WHERE id = (SELECT task_id FROM approval WHERE id = %s) FOR UPDATE"""

MILESTONE = """
SELECT m.state, m.version, m.year, m.text, m.due_on, m.round,
       t.id, t.number, t.name, t.state, t.version, p.unit_id,
       (SELECT min(g.unit_id) FROM role_grant g JOIN unit u ON u.id = g.unit_id
         WHERE g.person_id = %s AND g.role = 'owner' AND u.organ_id = p.unit_id
           AND g.from_on <= %s AND (g.to_on IS NULL OR g.to_on >= %s))
  FROM milestone m
  JOIN task t ON t.id = m.task_id
  JOIN part p ON p.task_id = t.id AND p.role = 'lead'
 WHERE m.id = %s"""
"""The milestone, its task, its lead, and the department in which the actor owns for the lead (null: no right)."""

APPROVAL = """
SELECT a.state, a.version, a.digest, a.opened_by,
       m.id, m.state, m.version, m.year, m.text, m.due_on, m.submission, a.opened_unit_id,
       t.id, t.number, t.name, t.state, t.version, p.unit_id
  FROM approval a
  JOIN milestone m ON m.id = a.milestone_id
  JOIN task t ON t.id = m.task_id
  JOIN part p ON p.task_id = t.id AND p.role = 'lead'
 WHERE a.id = %s"""
SEATS = """
SELECT s.id, s.step, s.mode, s.role, s.unit_id, s.state,
       EXISTS (SELECT 1 FROM role_grant g JOIN unit u ON u.id = g.unit_id
                WHERE g.person_id = %s AND u.organ_id = s.unit_id
                  AND (g.role = s.role OR (u.is_office AND g.role = 'leader'))
                  AND g.from_on <= %s AND (g.to_on IS NULL OR g.to_on >= %s)
                  AND NOT (u.is_office AND g.unit_id = %s))
  FROM seat s WHERE s.approval_id = %s ORDER BY s.step, s.id"""
"""Every seat, and whether the actor may take it; an office seat not from the submitter's department."""

INDICATORS = (
    "SELECT id, metric, quantity, unit, comparator FROM indicator WHERE milestone_id = %s ORDER BY id"
)
REACHED = "SELECT id, reached FROM indicator WHERE milestone_id = %s"
ENTRIES = "SELECT id, indicator_id, quantity FROM progress_entry WHERE milestone_id = %s ORDER BY id"
EVIDENCE = """
SELECT id, sha256 FROM evidence
 WHERE milestone_id = %s AND state IN ('attached', 'accepted') ORDER BY id"""
JOINT = "SELECT unit_id FROM part WHERE task_id = %s AND role = 'joint' ORDER BY id"
OFFICE = "SELECT id FROM unit WHERE is_office"
DEFINITION = """
SELECT id, body FROM approval_definition WHERE purpose = 'acceptance' AND superseded_at IS NULL
 ORDER BY narrowness DESC, id DESC LIMIT 1"""
OPEN_SIBLINGS = """
SELECT count(*) FROM milestone WHERE task_id = %s AND id <> %s AND state NOT IN ('accepted', 'waived')"""

MOVE_MILESTONE = "UPDATE milestone SET state = %s, version = version + 1 WHERE id = %s AND version = %s"
SUBMIT_MILESTONE = """
UPDATE milestone SET state = 'submitted', round = %s, submission = %s, submitted_at = %s, submitted_by = %s,
       submitted_unit_id = %s, version = version + 1
 WHERE id = %s AND version = %s"""
ACCEPT_MILESTONE = """
UPDATE milestone SET state = 'accepted', accepted_at = %s, version = version + 1 WHERE id = %s AND version = %s"""
MOVE_TASK = "UPDATE task SET state = %s, version = version + 1 WHERE id = %s AND version = %s"
MOVE_APPROVAL = """
UPDATE approval SET state = %s, closed_at = %s, version = version + 1 WHERE id = %s AND version = %s"""
KEEP_REACHED = "UPDATE indicator SET reached = %s WHERE id = %s"
SIGN_SEAT = "UPDATE seat SET state = 'signed' WHERE id = %s"
OPEN_SEATS = "UPDATE seat SET state = 'open', opened_at = %s WHERE approval_id = %s AND step = %s"
KEEP_EVIDENCE = "UPDATE evidence SET state = 'accepted' WHERE milestone_id = %s AND state = 'attached'"

INSERT_ENTRY = """
INSERT INTO progress_entry (task_id, milestone_id, indicator_id, unit_id, quantity, note, as_of_on,
       reported_at, reported_by)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"""
INSERT_EVIDENCE = """
INSERT INTO evidence (task_id, milestone_id, unit_id, file_name, media_type, size, sha256, store_key, true_on,
       state, attached_at, attached_by, version)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 'attached', %s, %s, 1) RETURNING id"""
INSERT_APPROVAL = """
INSERT INTO approval (task_id, milestone_id, subject_kind, subject_id, purpose, round, state, definition_id, digest,
       signed_facts, opened_at, opened_by, opened_unit_id, carries_over, version)
VALUES (%s, %s, 'milestone', %s, 'acceptance', %s, 'open', %s, %s, %s, %s, %s, %s, %s, 1) RETURNING id"""
INSERT_SEAT = """
INSERT INTO seat (approval_id, step, step_key, role, mode, turn, unit_id, state, opened_at, limit_days, at_limit)
VALUES (%s, %s, %s, %s, %s, 0, %s, %s, %s, %s, %s)"""
INSERT_DECISION = """
INSERT INTO decision (approval_id, seat_id, verdict, opinion, digest, decided_by, decided_at)
VALUES (%s, %s, 'approve', %s, %s, %s, %s)"""
INSERT_EVENT = """
INSERT INTO audit_event (root_kind, root_id, seq, subject_kind, subject_id, action, from_state, to_state,
       actor_id, at, text, hash)
VALUES ('task', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
MOVE_HEAD = "UPDATE task SET chain_seq = %s, chain_head = %s WHERE id = %s"
INSERT_OUTBOX = """
INSERT INTO outbox (topic, audience, facts, root_kind, root_id, written_at)
VALUES (%s, %s, %s, 'task', %s, %s)"""
