"""Composes letters: what must be told to one person, as a mail in the language they read.

A `Letter` holds all that is said; the words come from the catalogues, the layout from `templates/mail/`. The same
letter gives the same bytes, so that a mail sent again after a crash is the mail it was.
"""

from workflow.adapters.letters.letter import (
    KINDS,
    Attachment,
    Letter,
    LetterIncomplete,
    LetterUnknown,
    Mailbox,
    check_said,
)
from workflow.adapters.letters.message import compose

__all__ = [
    "KINDS",
    "Attachment",
    "Letter",
    "LetterIncomplete",
    "LetterUnknown",
    "Mailbox",
    "check_said",
    "compose",
]
