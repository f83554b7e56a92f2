"""Approvals as the release before 0004 kept them, in every state, and what only 0004 can keep: as SQL."""

from __future__ import annotations

ROWS = """
INSERT INTO unit (id, code, name, aliases, kind, is_office, is_district)
VALUES (1, 'A', 'A', '[]', 'organ', FALSE, FALSE),
       (2, 'B', 'B', '[]', 'organ', FALSE, FALSE),
       (3, 'O', 'O', '[]', 'organ', TRUE, FALSE);
INSERT INTO person (id, login, name, language, state, failed_sign_ins, demo)
VALUES (1, 'olga', 'Olga', 'en', 'active', 0, FALSE), (2, 'bo', 'Bo', 'en', 'active', 0, FALSE);
INSERT INTO plan (id, code, title, printed_title, issuer, state, document, document_sha256, reading, imported_at)
VALUES (1, 'p', 'P', 'P', 'I', 'active', '', '', '{}', '2022-01-14T00:00:00.000000Z');
INSERT INTO task (id, plan_id, number, name, printed_name, goal, printed_goal, state, origin, assigned_at)
VALUES (1, 1, 1, 'T', 'T', 'G', 'G', 'in_progress', 'document', '2022-01-14T00:00:00.000000Z');
INSERT INTO milestone (id, task_id, year, text, printed_text, state, due_on, due_basis, due_rule, due_provisional,
                       round, submitted_unit_id, light)
VALUES (3, 1, 2022, 'M', 'M', 'submitted', '2022-12-30', 'year_end', 'preceding', FALSE, 2, 2, 'green'),
       (4, 1, 2023, 'N', 'N', 'accepted', '2023-12-29', 'year_end', 'preceding', FALSE, 1, 1, 'green'),
       (5, 1, 2024, 'O', 'O', 'in_progress', '2024-12-31', 'year_end', 'preceding', FALSE, 2, NULL, 'green');
INSERT INTO approval_definition (id, key, edition, body, sha256)
VALUES (1, 'milestone', 1, '{"key": "milestone", "steps": [{"key": "accept", "role": "supervisor", "of": "office",
                             "mode": "any", "when_empty": "refuse"}]}', 'one'),
       (2, 'milestone', 2, '{"key": "milestone", "steps": []}', 'two'),
       (5, 'milestone', 3, '{"key": "milestone", "steps": [{"key": "审核"}]}', 'three'),
       (7, 'judged', 1, '{"key": "judged", "steps": []}', 'judged');
INSERT INTO approval (id, task_id, milestone_id, purpose, round, state, definition_id, digest, signed_facts,
                      opened_at, opened_by, closed_at, version)
VALUES (11, 1, 3, 'acceptance', 1, 'returned', 1, 'd11', '{"text": "一"}', '2022-11-01T01:00:00.000000Z', 1,
        '2022-11-02T01:00:00.000000Z', 3),
       (12, 1, 3, 'acceptance', 2, 'open', 2, 'd12', '{"text": "二"}', '2022-12-01T01:00:00.000000Z', 1, NULL, 2),
       (13, 1, 4, 'acceptance', 1, 'approved', 2, 'd13', 'f', '2022-11-15T02:00:00.250000Z', 2,
        '2022-11-16T01:00:00.000000Z', 4),
       (14, 1, 5, 'acceptance', 1, 'withdrawn', 1, 'd14', 'f', '2022-10-01T01:00:00.000000Z', 2,
        '2022-10-01T02:00:00.000000Z', 2),
       (15, 1, 5, 'acceptance', 2, 'voided', 1, 'd15', 'f', '2022-10-02T01:00:00.000000Z', 2,
        '2022-10-02T02:00:00.000000Z', 2);
INSERT INTO seat (id, approval_id, step, step_key, role, mode, unit_id, state, opened_at)
VALUES (21, 11, 1, 'unit_review', 'reviewer', 'any', 2, 'signed', '2022-11-01T01:00:00.000000Z'),
       (22, 11, 2, 'accept', 'supervisor', 'any', 3, 'returned', '2022-11-01T02:00:00.000000Z'),
       (23, 12, 1, 'unit_review', 'reviewer', 'any', 2, 'signed', '2022-12-01T01:00:00.000000Z'),
       (24, 12, 2, 'countersign', 'reviewer', 'all', 1, 'open', '2022-12-01T02:00:00.000000Z'),
       (25, 12, 2, 'countersign', 'reviewer', 'all', 2, 'signed', '2022-12-01T02:00:00.000000Z'),
       (26, 12, 3, 'accept', 'supervisor', 'any', 3, 'waiting', NULL),
       (27, 13, 1, 'accept', 'supervisor', 'any', 3, 'signed', '2022-11-15T02:00:00.250000Z'),
       (28, 14, 1, 'accept', 'supervisor', 'any', 3, 'lapsed', '2022-10-01T01:00:00.000000Z');
INSERT INTO decision (id, approval_id, seat_id, verdict, opinion, digest, decided_by, decided_at)
VALUES (31, 11, 21, 'approve', NULL, 'd11', 2, '2022-11-01T02:00:00.000000Z'),
       (32, 11, 22, 'return', '补充材料', 'd11', 1, '2022-11-02T01:00:00.000000Z'),
       (33, 12, 23, 'approve', '同意', 'd12', 2, '2022-12-01T02:00:00.000000Z'),
       (34, 12, 25, 'approve', NULL, 'd12', 2, '2022-12-01T03:00:00.000000Z'),
       (35, 13, 27, 'approve', NULL, 'd13', 1, '2022-11-16T01:00:00.000000Z')
"""

ONLY_SINCE = """
INSERT INTO approval_definition (id, key, edition, purpose, narrowness, body, sha256)
VALUES (8, 'more_time', 1, 'extension', 0, '{"key": "more_time", "purpose": "extension"}', 'more');
INSERT INTO extension (id, task_id, milestone_id, state, from_on, due_on, reason, progress, requested_at, requested_by)
VALUES (1, 1, 3, 'requested', '2022-12-30', '2023-03-31', 'R', 'P', '2022-12-02T01:00:00.000000Z', 1);
INSERT INTO approval (id, task_id, milestone_id, subject_kind, subject_id, purpose, round, state, definition_id, digest,
                      signed_facts, opened_at, opened_by, carries_over)
VALUES (16, 1, 3, 'extension', 1, 'extension', 1, 'open', 8, 'd16', 'f', '2022-12-02T01:00:00.000000Z', 1, FALSE);
INSERT INTO seat (id, approval_id, step, step_key, mode, turn, role, unit_id, person_id, added_to, relation, state)
VALUES (41, 16, 1, 'decide', 'any', 0, 'supervisor', 3, NULL, NULL, NULL, 'signed'),
       (42, 12, 2, 'countersign', 'all', 0, NULL, NULL, 1, NULL, NULL, 'signed'),
       (43, 12, 2, 'countersign', 'all', 0, 'leader', 1, NULL, 42, 'before', 'signed'),
       (44, 12, 4, 'heads', 'sequence', 0, 'leader', 1, NULL, NULL, NULL, 'open'),
       (45, 12, 4, 'heads', 'sequence', 1, 'leader', 2, NULL, NULL, NULL, 'returned'),
       (46, 12, 4, 'heads', 'sequence', 1, 'leader', 2, NULL, NULL, NULL, 'waiting'),
       (47, 12, 5, 'deputies', 'vote', 0, 'leader', 2, NULL, NULL, NULL, 'opposed'),
       (48, 12, 2, 'countersign', 'vote', 0, 'reviewer', 3, 2, NULL, NULL, 'waiting'),
       (49, 13, 2, 'notice', 'all', 0, 'leader', 3, NULL, NULL, NULL, 'signed');
INSERT INTO decision (id, approval_id, seat_id, verdict, digest, decided_by, substitute_for, decided_at)
VALUES (51, 16, 41, 'approve', 'd16', 1, NULL, '2022-12-03T01:00:00.000000Z'),
       (52, 12, 42, 'approve', 'd12', 1, NULL, '2022-12-03T01:00:00.000000Z'),
       (53, 12, 43, 'carried', 'd12', 1, 2, '2022-12-03T01:00:00.000000Z'),
       (54, 13, 49, 'no_objection', 'd13', NULL, NULL, '2022-12-03T01:00:00.000000Z');
INSERT INTO approval_party (id, approval_id, person_id, because, since_at)
VALUES (1, 12, 1, 'named', '2022-12-03T01:00:00.000000Z');
INSERT INTO approval_comment (id, approval_id, text, mentions, said_by, said_at)
VALUES (1, 16, 'C', '[1]', 1, '2022-12-03T01:00:00.000000Z')
"""
"""Written beside ROWS once they are at 0004: an extension with its approval, seats of persons, added and in turns."""
