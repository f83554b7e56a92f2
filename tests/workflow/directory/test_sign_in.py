"""Secrets open what they should, for as long as they should; failures count, and lock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select, update

from models import ActivationSlip, AuditEvent, Credential, Person
from tests.people import Cast, HandClock, do
from tests.workflow.directory.accounts import CHEAP, PASSWORD, add_admin, give_password
from workflow import activation, audit, offices, sign_in
from workflow.adapters.passwords import NOBODY, Passwords
from workflow.bootstrap import Services
from workflow.errors import NotFound, NotPermitted, NotReady
from workflow.password_rule import WeakPassword, admit_password
from workflow.sign_in import Candidate, Identity, Policy

POLICY = Policy(lock_after=3)


def attempt(services: Services, login: str, password: str) -> bool:
    """One sign-in as a door does it."""
    now = services.clock()
    with services.reading() as tx:
        candidate = sign_in.find_candidate(tx, login)
    right = CHEAP.verify(candidate.password_hash, password)
    with services.transaction() as tx:
        return sign_in.settle(tx, candidate, right, now, POLICY)


def seen(services: Services, secret: str) -> Identity | None:
    with services.reading() as tx:
        return sign_in.identify(tx, secret, services.clock())


def failures(services: Services, person_id: int) -> tuple[int, bool]:
    """(counted failures, whether locked)."""
    with services.reading() as tx:
        columns = (Person.failed_sign_ins, Person.locked_until)
        row = tx.execute(select(*columns).where(Person.id == person_id)).one()
        return row.failed_sign_ins, row.locked_until is not None


def test_the_right_password_lets_in_whatever_the_case_of_the_login(services: Services, cast: Cast) -> None:
    give_password(services, cast.olga)
    assert attempt(services, " OLGA ", PASSWORD)
    assert not attempt(services, "olga", PASSWORD.upper())
    assert not attempt(services, "nobody", PASSWORD)


def test_a_login_in_chinese_signs_in(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        tx.execute(update(Person).where(Person.id == cast.jun).values(login="钟军", name="钟军"))
    give_password(services, cast.jun, "五棵绿色的行道树不说话")
    assert attempt(services, "钟军", "五棵绿色的行道树不说话")


def test_failures_lock_for_a_while_and_the_chain_says_so(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    give_password(services, cast.olga)
    assert [attempt(services, "olga", "wrong") for _ in range(3)] == [False] * 3
    assert not attempt(services, "olga", PASSWORD)
    clock.now += POLICY.lock_for + timedelta(seconds=1)
    assert attempt(services, "olga", PASSWORD)
    with services.reading() as tx:
        acts = tx.execute(select(AuditEvent.action).where(AuditEvent.root_id == cast.olga)).scalars().all()
        assert list(acts) == ["issue_slip", "activate", "lock"]
        assert audit.verify(tx)[1] is None


def test_a_success_starts_the_count_again(services: Services, cast: Cast) -> None:
    give_password(services, cast.olga)
    attempt(services, "olga", "wrong")
    assert failures(services, cast.olga) == (1, False)
    attempt(services, "olga", PASSWORD)
    assert failures(services, cast.olga) == (0, False)


def test_parallel_failures_each_count(services: Services, cast: Cast) -> None:
    give_password(services, cast.olga)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: attempt(services, "olga", "wrong"), range(2)))
    assert failures(services, cast.olga) == (2, False)


def test_many_parallel_guesses_lock_once(services: Services, cast: Cast) -> None:
    give_password(services, cast.olga)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: attempt(services, "olga", "wrong"), range(6)))
    assert failures(services, cast.olga) == (0, True)
    with services.reading() as tx:
        locks = tx.execute(select(AuditEvent.id).where(AuditEvent.action == "lock")).all()
    assert len(locks) == 1


def test_who_is_locked_while_the_password_is_checked_stays_out(services: Services, cast: Cast) -> None:
    give_password(services, cast.olga)
    with services.reading() as tx:
        candidate = sign_in.find_candidate(tx, "olga")
    for _ in range(3):
        attempt(services, "olga", "wrong")
    with services.transaction() as tx:
        assert not sign_in.settle(tx, candidate, True, services.clock(), POLICY)


def test_a_password_changed_while_the_old_one_is_checked_lets_nobody_in(
    services: Services, cast: Cast
) -> None:
    give_password(services, cast.olga)
    with services.reading() as tx:
        candidate = sign_in.find_candidate(tx, "olga")
    give_password(services, cast.olga, "another seven trams")
    with services.transaction() as tx:
        assert not sign_in.settle(tx, candidate, True, services.clock(), POLICY)


def test_a_locked_candidate_is_told_how_long(services: Services, clock: HandClock) -> None:
    with pytest.raises(sign_in.Locked) as caught:
        Candidate(1, "x", clock.now + timedelta(seconds=61)).refuse_locked(clock.now)
    assert caught.value.facts["minutes"] == 2
    Candidate(1, "x", clock.now).refuse_locked(clock.now)


def test_invited_and_departed_people_are_nobody(services: Services, cast: Cast) -> None:
    admin = add_admin(services)
    give_password(services, cast.petra)
    do(services, "person", cast.petra, "depart", admin, reason="退休")
    for login in ("petra", "karl"):
        with services.reading() as tx:
            assert sign_in.find_candidate(tx, login) == Candidate()


def test_a_session_ends_when_idle_when_old_and_when_closed(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    with services.transaction() as tx:
        issued = sign_in.open_session(tx, cast.olga, clock.now, Policy(session_for=timedelta(hours=2)))
    identity = seen(services, issued.secret)
    assert identity is not None
    assert (identity.kind, identity.csrf) == ("session", issued.csrf)
    assert identity.scopes == {"read", "act"}
    clock.now += timedelta(minutes=59)
    used = seen(services, issued.secret)
    assert used is not None
    assert used.touch_due
    with services.transaction() as tx:
        sign_in.touch(tx, used, clock.now)
    clock.now += timedelta(minutes=59)
    assert seen(services, issued.secret) is not None
    clock.now += timedelta(minutes=1)
    assert seen(services, issued.secret) is None
    clock.now -= timedelta(minutes=2)
    with services.transaction() as tx:
        sign_in.close_session(tx, identity, clock.now)
    assert seen(services, issued.secret) is None


def test_use_is_noted_once_a_minute(services: Services, cast: Cast, clock: HandClock) -> None:
    with services.transaction() as tx:
        issued = sign_in.open_session(tx, cast.olga, clock.now, POLICY)
    start = clock.now
    clock.now += timedelta(seconds=59)
    identity = seen(services, issued.secret)
    assert identity is not None
    assert not identity.touch_due
    with services.transaction() as tx:
        sign_in.touch(tx, identity, clock.now)
        assert tx.execute(select(Credential.seen_at)).scalar_one() == start


def test_secrets_are_nowhere_in_the_database(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        session = sign_in.open_session(tx, cast.olga, services.clock(), POLICY)
        token = sign_in.issue_token(tx, cast.olga, "x", ["read"], timedelta(days=1), services.clock())
        slip = activation.issue_slip(tx, cast.olga, None, services.clock())
    with services.reading() as tx:
        rows = [*tx.execute(select(Credential.__table__)), *tx.execute(select(ActivationSlip.__table__)),
                *tx.execute(select(AuditEvent.__table__))]  # fmt: skip
    text = str([tuple(row) for row in rows])
    assert session.secret not in text
    assert token.secret not in text
    assert slip.code not in text
    assert slip.code.replace("-", "") not in text


def test_a_token_is_scoped_expires_and_is_revoked_by_its_owner_only(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    with services.transaction() as tx:
        token = sign_in.issue_token(tx, cast.olga, "统计", ["read"], timedelta(days=2), clock.now)
    identity = seen(services, token.secret)
    assert identity is not None
    assert identity.scopes == {"read"}
    with pytest.raises(NotFound), services.transaction() as tx:
        sign_in.revoke_token(tx, cast.petra, token.credential_id, clock.now)
    assert seen(services, token.secret) is not None
    clock.now += timedelta(days=2)
    assert seen(services, token.secret) is None
    with pytest.raises(NotReady) as caught, services.transaction() as tx:
        sign_in.issue_token(tx, cast.olga, "x", ["read"], timedelta(days=400), clock.now)
    assert [lack.code for lack in caught.value.missing] == ["token_days"]


def test_leaving_shuts_every_door(services: Services, cast: Cast) -> None:
    admin, now = add_admin(services), services.clock()
    give_password(services, cast.petra)
    with services.transaction() as tx:
        secrets = [sign_in.open_session(tx, cast.petra, now, POLICY).secret,
                   sign_in.issue_token(tx, cast.petra, "x", ["read"], timedelta(days=1), now).secret]  # fmt: skip
        slip = activation.issue_slip(tx, cast.petra, admin, now)
    do(services, "person", cast.petra, "depart", admin, reason="退休")
    assert [seen(services, secret) for secret in secrets] == [None, None]
    with services.reading() as tx, pytest.raises(activation.CodeRefused):
        activation.find_slip(tx, slip.code, now)


def test_a_slip_works_once_however_it_is_typed(services: Services, cast: Cast, clock: HandClock) -> None:
    with services.transaction() as tx:
        slip = activation.issue_slip(tx, cast.olga, None, clock.now)
        found = activation.find_slip(tx, f" {slip.code.lower().replace('-', ' ')}", clock.now)
    with services.transaction() as tx:
        activation.activate(tx, found[0], found[1], "hash", clock.now)
    with services.reading() as tx, pytest.raises(activation.CodeRefused):
        activation.find_slip(tx, slip.code, clock.now)
    with pytest.raises(NotReady), services.transaction() as tx:
        activation.activate(tx, found[0], found[1], "other", clock.now)


def test_a_slip_ends_after_its_days_and_with_the_next_one(
    services: Services, cast: Cast, clock: HandClock
) -> None:
    with services.transaction() as tx:
        first = activation.issue_slip(tx, cast.olga, None, clock.now)
        second = activation.issue_slip(tx, cast.olga, None, clock.now)
        with pytest.raises(activation.CodeRefused):
            activation.find_slip(tx, first.code, clock.now)
        assert activation.find_slip(tx, second.code, clock.now)[2] == "olga"
        with pytest.raises(activation.CodeRefused):
            activation.find_slip(tx, second.code, clock.now + timedelta(days=14))


def test_only_an_admin_of_ones_own_issues_a_slip(services: Services, cast: Cast) -> None:
    foreign = add_admin(services, "fred", cast.other)
    for who, refusal in ((cast.rashid, NotPermitted), (cast.olga, NotPermitted), (foreign, NotFound)):
        with pytest.raises(refusal), services.transaction() as tx:
            activation.issue_slip(tx, cast.olga, who, services.clock())


def test_another_password_ends_the_other_sessions(services: Services, cast: Cast) -> None:
    now = services.clock()
    give_password(services, cast.olga)
    with services.transaction() as tx:
        here, there = (sign_in.open_session(tx, cast.olga, now, POLICY) for _ in range(2))
    identity = seen(services, here.secret)
    assert identity is not None
    with services.transaction() as tx:
        sign_in.change_password(tx, identity, CHEAP.hash("another seven trams"), now)
    assert seen(services, here.secret) is not None
    assert seen(services, there.secret) is None
    assert attempt(services, "olga", "another seven trams")


def test_demo_people_open_only_a_demo_database(services: Services, cast: Cast) -> None:
    with services.transaction() as tx:
        tx.execute(update(Person).where(Person.id == cast.olga).values(demo=True))
        sign_in.refuse_demo_accounts(tx)
    give_password(services, cast.olga)
    with services.transaction() as tx:
        with pytest.raises(sign_in.DemoAccounts) as caught:
            sign_in.refuse_demo_accounts(tx)
        assert caught.value.facts["logins"] == "olga"
        offices.settle(tx, "demo", {"seed": 1})
        sign_in.refuse_demo_accounts(tx)


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        ("short 7", {"password_length"}),
        ("olga" * 3, {"password_not_login", "password_not_common"}),
        ("Password123!", {"password_not_common"}),
        ("1234567890", {"password_not_common"}),
        ("qwertyuiop", {"password_not_common"}),
        ("aaaaaaaaaaaa", {"password_not_common"}),
        ("shanghai2022", {"password_not_common"}),
        ("x" * 201, {"password_length", "password_not_common"}),
    ],
)
def test_a_weak_password_is_told_every_reason(password: str, faults: set[str]) -> None:
    with pytest.raises(WeakPassword) as caught:
        admit_password(password, "olga")
    assert {lack.code for lack in caught.value.missing} == faults


def test_good_passwords_are_taken() -> None:
    for password in (PASSWORD, "五棵绿色的行道树不说话", "correct horse battery"):
        admit_password(password, "olga")


def test_an_unknown_login_costs_what_a_known_one_costs() -> None:
    parameters = Passwords().hash("anything").split("$")[1:4]
    assert NOBODY.split("$")[1:4] == parameters
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(NOBODY, "anything")
    assert not Passwords().verify(None, "anything")


def test_a_hash_of_another_make_is_wrong_and_no_accident() -> None:
    assert not CHEAP.verify("not a hash", "x")
    assert CHEAP.verify(CHEAP.hash("e\u0301clair passe-partout"), "\u00e9clair passe-partout")
