"""Recordings: answers that are kept to be given again, as readable files in a folder for git."""

from mockwright.recordings.diff import diff
from mockwright.recordings.files import FolderLimits
from mockwright.recordings.folder import LookupKey, Recordings
from mockwright.recordings.ignore import NOTHING, Ignore, read_ignore
from mockwright.recordings.nearest import NearestRecording
from mockwright.recordings.recording import StoredRecording
from mockwright.recordings.redact import Redact
from mockwright.recordings.request_key import RecordedResponse, RequestKey, from_request, to_request

__all__ = [
    "NOTHING",
    "FolderLimits",
    "Ignore",
    "LookupKey",
    "NearestRecording",
    "RecordedResponse",
    "Recordings",
    "Redact",
    "RequestKey",
    "StoredRecording",
    "diff",
    "from_request",
    "read_ignore",
    "to_request",
]
