"""Passwords as Argon2id hashes. One hash takes about 0.1 s and 64 MiB: never inside an open transaction."""

from __future__ import annotations

import unicodedata
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from workflow.sign_in import SignInBusy

NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$VE1zSGJ1d2ZyY0JqbmtyUQ$c2JtZ2ZqcXhjd2x5cG9rZG5yaHZ0YXplaXVxc3hibWY"
"""A hash that no password has, with the cost of a real one: an unknown login takes as long as a known one."""
AT_ONCE = 2
"""Hashes computed at the same time in one process: more would only take memory, 64 MiB each."""
LONGEST_WAIT = 10.0
"""Seconds that a sign-in queues before it is told to come back."""


class Passwords:
    """Hashes and verifies. `hasher` may be a cheap one where many accounts are made at once."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._places = BoundedSemaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        """The password's hash with its own salt, in the PHC string form. Raises SignInBusy under a flood."""
        with _Place(self._places):
            return self._hasher.hash(_normal(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one hashed as `stored`; None takes the same time and is never right."""
        with _Place(self._places):
            try:
                return self._hasher.verify(stored or NOBODY, _normal(password)) and stored is not None
            except (VerificationError, InvalidHashError):
                return False


class _Place:
    """One of the few places in which a hash is computed."""

    def __init__(self, places: BoundedSemaphore) -> None:
        self._places = places

    def __enter__(self) -> None:
        if not self._places.acquire(timeout=LONGEST_WAIT):
            raise SignInBusy

    def __exit__(self, *_: object) -> None:
        self._places.release()


def _normal(password: str) -> str:
    """The same password however a keyboard composes its characters (RFC 8265 asks for NFC)."""
    return unicodedata.normalize("NFC", password)
