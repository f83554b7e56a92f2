"""What a password must be: long, not the login, not one that everybody tries first.

After NIST SP 800-63B: length and a list of known bad ones; no rules of mixed signs, no expiry.
"""

from __future__ import annotations

from collections.abc import Iterator

from workflow.errors import DubanError, Missing

SHORTEST = 10
LONGEST = 200
TRIED_FIRST = """
password passw0rd p@ssw0rd p@ssword letmein welcome iloveyou administrator admin root guest test user
qwertyuiop qwerty asdfghjkl zxcvbnm 1qaz2wsx 1q2w3e4r q1w2e3r4 qazwsxedc zaq12wsx abc abcd abcdef
woaini woaiwojia shanghai beijing zhongguo china duban mima nihao jiguan jieneng
"""
COMMON = frozenset(TRIED_FIRST.split())
"""Beginnings that people try first; a few digits or signs behind them make them no better."""
FEWEST_DIFFERENT = 5
ROWS = ("0123456789", "9876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")


class WeakPassword(DubanError):
    """A password that is refused; `missing` says every reason."""

    code = "weak_password"


def admit_password(password: str, login: str) -> None:
    """Raises WeakPassword with all that is wrong with it."""
    if lacks := list(_faults(password, login)):
        raise WeakPassword(missing=lacks)


def _faults(password: str, login: str) -> Iterator[Missing]:
    plain = password.lower()
    if not SHORTEST <= len(password) <= LONGEST:
        yield Missing("password_length", {"field": "password", "least": SHORTEST, "most": LONGEST})
    if login.lower() in plain:
        yield Missing("password_not_login", {"field": "password"})
    if _is_common(plain):
        yield Missing("password_not_common", {"field": "password"})


def _is_common(plain: str) -> bool:
    """A common beginning with only digits and signs around it, one run of keys, or hardly any different signs."""
    core = plain.strip("0123456789!@#$%^&*._-+ ")
    return core in COMMON or len(set(plain)) < FEWEST_DIFFERENT or any(_is_run(plain, row) for row in ROWS)


def _is_run(plain: str, row: str) -> bool:
    return plain in row * 3
