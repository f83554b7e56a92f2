"""Deliveries from before there were channels: all stay both ways, but for those that were for no person."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.migrations.test_migrations import OLD_ROWS, database, go, rows, write
from workflow.adapters.database import Database

__all__ = ["database"]
DELIVERIES = """
INSERT INTO outbox (id, topic, audience, facts, root_kind, root_id, written_at)
VALUES (1, 'returned', '{"person_id": 1}', '{}', 'task', 1, '2022-01-14T00:00:00.000000Z');
INSERT INTO delivery (id, outbox_id, person_id, channel, message_id, state, attempts, next_at, leased_until, sent_at,
                      error)
VALUES (5, 1, 1, 'mail', 'task.1.1.1@duban', 'parked', 8, '2022-01-14T04:00:00.000000Z', NULL, NULL, '550'),
       (6, 1, 1, 'mail', 'task.1.1.2@duban', 'waiting', 1, '2022-01-14T04:00:00.000000Z',
        '2022-01-14T04:10:00.000000Z', NULL, NULL)
"""
SINCE = """
INSERT INTO webhook (id, name, url, topics, state, salt) VALUES (1, 'W', 'https://x', '[]', 'active', 's');
INSERT INTO delivery (id, outbox_id, robot, channel, message_id, state, attempts, next_at)
VALUES (7, 1, 'office', 'robot', 'office.x@duban', 'waiting', 0, '2022-01-14T04:00:00.000000Z');
INSERT INTO delivery (id, outbox_id, webhook_id, channel, message_id, state, attempts, next_at)
VALUES (8, 1, 1, 'webhook', 'msg_1_x', 'waiting', 0, '2022-01-14T04:00:00.000000Z');
INSERT INTO delivery (id, outbox_id, person_id, channel, message_id, state, attempts, next_at, sent_at, read_at)
VALUES (9, 1, 1, 'inbox', 'task.1.1.1.inbox@duban', 'sent', 0, '2022-01-14T04:00:00.000000Z',
        '2022-01-14T04:00:00.000000Z', '2022-01-14T05:00:00.000000Z')
"""
FOR_TWO = """
INSERT INTO delivery (outbox_id, person_id, robot, channel, message_id, state, attempts, next_at)
VALUES (1, 1, 'office', 'robot', 'both', 'waiting', 0, '2022-01-14T04:00:00.000000Z')
"""


def test_deliveries_are_kept_both_ways(database: Database) -> None:
    go(database, "0002")
    write(database, OLD_ROWS)
    go(database, "timetable")
    write(database, DELIVERIES)
    before = rows(database, "delivery")
    go(database, "channels")
    kept = rows(database, "delivery")
    assert {id_: {name: row[name] for name in before[id_]} for id_, row in kept.items()} == before
    assert {
        (bool(row["urgent"]), row["robot"], row["webhook_id"], row["read_at"]) for row in kept.values()
    } == {(False, None, None, None)}
    write(database, SINCE)
    with pytest.raises(IntegrityError):
        write(database, FOR_TWO)
    go(database, "timetable")
    after = rows(database, "delivery")
    assert after.pop(9)["channel"] == "inbox"
    assert after == before
    with database.reading() as tx:
        assert tx.execute(text("SELECT count(*) FROM outbox")).scalar_one() == 1
