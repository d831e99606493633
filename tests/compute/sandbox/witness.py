"""What would show that a program did harm: listeners, files, other processes, this process."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import resource
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

LIMITS = [value for name, value in vars(resource).items() if name.startswith("RLIMIT_")]


class Witness:
    """Set up once; ``harm`` tells what a program has done since the last time it was asked."""

    def __init__(self) -> None:
        # Where any user may go: what nobody can reach tells nothing.
        self.room = room = Path(tempfile.mkdtemp(prefix="mockwright-"))
        room.chmod(0o755)
        self.spot = room / "spot"
        self.spot.mkdir()
        self.spot.chmod(0o777)
        (self.spot / "victim").write_text("as it was")
        self.token = "hidden-" + "token-" + secrets.token_hex(8)
        (room / "secret").write_text(self.token)
        (room / "secret").chmod(0o600)
        os.environ["MOCKWRIGHT_SECRET"] = self.token
        self.listeners = self._listen()
        # With the secret in its environment, and as the same user.
        self.other = subprocess.Popen(
            [sys.executable, "-S", "-c", "import time; time.sleep(600)"], stdin=subprocess.DEVNULL
        )
        self.pids: list[int] = []
        """Of every worker so far."""
        self._before = self._state()

    def _listen(self) -> dict[str, socket.socket]:
        found = {
            "TCP": socket.socket(),
            "UDP": socket.socket(type=socket.SOCK_DGRAM),
            "UNIX": socket.socket(socket.AF_UNIX),
            "ABSTRACT": socket.socket(socket.AF_UNIX),
        }
        for name in ("TCP", "UDP"):
            found[name].bind(("127.0.0.1", 0))
        found["UNIX"].bind(str(self.spot / "socket"))
        (self.spot / "socket").chmod(0o777)
        found["ABSTRACT"].bind("\0hostile-" + secrets.token_hex(8))
        for one in found.values():
            one.setblocking(False)
            if one.type == socket.SOCK_STREAM:
                one.listen()
        return found

    def filled(self, program: str) -> str:
        """The program with the places of this witness put in."""
        places = {
            "SPOT": self.spot,
            "VICTIM": self.spot / "victim",
            "SECRET": self.room / "secret",
            "TCP": self.listeners["TCP"].getsockname()[1],
            "UDP": self.listeners["UDP"].getsockname()[1],
            "UNIX": self.spot / "socket",
            "ABSTRACT": self.listeners["ABSTRACT"].getsockname()[1:].decode(),
            "PARENT": os.getpid(),
            "OTHER": self.other.pid,
            "MACHINE": platform.machine(),
        }
        return re.sub("@([A-Z]+)@", lambda found: str(places[found[1]]), program)

    def harm(self) -> list[str]:
        """What is not as it was."""
        before, self._before = self._before, self._state()
        found = [
            f"{name}: {self._before[name]}" for name in before if before[name] != self._before[name]
        ]
        found += [f"{name} was heard" for name, one in self.listeners.items() if _heard(one)]
        return found + [f"process {pid} is left" for pid in _of_sessions(set(self.pids))]

    def _state(self) -> dict[str, Any]:
        pid = self.other.pid
        return {
            "files": {str(path): _looks(path) for path in (self.room, *self.room.rglob("*"))},
            "elsewhere": [
                entry.path
                for place in ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108
                for entry in os.scandir(place)
                if entry.name.startswith("hostile-")
            ],
            "own limits": [resource.getrlimit(name) for name in LIMITS],
            "own rank": os.getpriority(os.PRIO_PROCESS, 0),
            "other alive": self.other.poll() is None,
            "other stopped": Path(f"/proc/{pid}/stat").read_text().split()[2] in "TtZX",
            "other limits": [resource.prlimit(pid, name) for name in LIMITS],
            "other rank": os.getpriority(os.PRIO_PROCESS, pid),
            "other processors": os.sched_getaffinity(pid),
        }

    def close(self) -> None:
        """End what was set up."""
        self.other.kill()
        self.other.wait()
        for one in self.listeners.values():
            one.close()
        del os.environ["MOCKWRIGHT_SECRET"]
        shutil.rmtree(self.room)


def record_starts(patch: pytest.MonkeyPatch, pids: list[int]) -> None:
    """Note the id of every process that is started from here on."""
    start = asyncio.create_subprocess_exec

    async def noted(*args: Any, **kwargs: Any) -> asyncio.subprocess.Process:
        process = await start(*args, **kwargs)
        pids.append(process.pid)
        return process

    patch.setattr(asyncio, "create_subprocess_exec", noted)


def _looks(path: Path) -> tuple[int, ...]:
    stat = path.lstat()
    return stat.st_mode, stat.st_uid, stat.st_gid, stat.st_nlink, stat.st_size, stat.st_mtime_ns


def _heard(one: socket.socket) -> bool:
    try:
        if one.type == socket.SOCK_STREAM:
            one.accept()
        else:
            one.recv(100)
    except BlockingIOError:
        return False
    return True


def _of_sessions(sessions: set[int]) -> list[int]:
    """Processes in sessions whose leader is gone; a worker leads its own."""
    found = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            fields = Path(entry.path, "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid, session = int(entry.name), int(fields[3])
        if session in sessions and pid != session and fields[0] != "Z":
            found.append(pid)
    return found
