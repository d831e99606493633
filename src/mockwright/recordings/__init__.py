"""Answers that are kept to be given again: one readable file each, in a folder made for git."""

from mockwright.recordings.diff import diff
from mockwright.recordings.files import Limits
from mockwright.recordings.folder import Recordings, Sought
from mockwright.recordings.ignore import NOTHING, Ignore, read_ignore
from mockwright.recordings.nearest import Near
from mockwright.recordings.recording import Stored
from mockwright.recordings.redact import Redact
from mockwright.recordings.request_key import Answer, Asked, from_request, to_request

__all__ = [
    "NOTHING",
    "Answer",
    "Asked",
    "Ignore",
    "Limits",
    "Near",
    "Recordings",
    "Redact",
    "Sought",
    "Stored",
    "diff",
    "from_request",
    "read_ignore",
    "to_request",
]
