"""Reading a published action plan, and comparing two readings."""

from workflow.reading.conventions import Conventions
from workflow.reading.problems import Unreadable
from workflow.reading.reader import read
from workflow.reading.shape import Reading

__all__ = ["Conventions", "Reading", "Unreadable", "read"]
