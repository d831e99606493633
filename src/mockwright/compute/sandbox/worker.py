"""The process of one program: it gets ready, reads the program, locks itself, runs it, and ends.

Started as a file, not as a module of a package: apart from numpy, scipy and the two libraries of
the lock, nothing is in it that a program is not meant to have. It works without any privilege and
without namespaces, so also in a container as an ordinary user.

Standard output carries one byte when it is ready, one when it is locked, then one letter (``R`` a
result, ``B`` a bad one, ``E`` an error) and text. Never a file, never a pickle.

The lock is Landlock where the kernel has it, then limits, then seccomp. Landlock alone leaves gaps
(changing modes, UDP, path sockets), and the filter depends on none of it. The filter is an
allow-list: what is not on it fails with EPERM, so that a program which merely wanted a file can be
told so; what has no innocent use ends the process. Calls of a foreign architecture end it too, and
the numbers of x32 match nothing (seccomp(2); Documentation/userspace-api/seccomp_filter.rst).

landlockpy and seccompy are small (some 800 and 1,300 lines that matter here), pure Python over
``syscall(2)``, need neither a compiler nor libseccomp, know both architectures, and check the
architecture of each call before its number. They are young: the trials at the start are what
vouches for them.
"""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import errno
import importlib
import json
import os
import random
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, Final

import landlockpy
import seccompy

READY: Final = b"."
LOCKED: Final = b"!"
UNLOCKED: Final = b"X"
"""Followed by why the lock could not be had; the program is not run."""
# Of Linux, from <sys/prctl.h> and <sys/mman.h>; Python has no names for them.
_PR_SET_PDEATHSIG: Final = 1
_PROT_EXEC: Final = 4
_NOBODY: Final = 65_534
"""The user and group that has no rights of its own, on most systems."""
_MOST_MESSAGE: Final = 1_000
MODULES: Final = (
    "_strptime", "array", "base64", "bisect", "calendar", "cmath", "collections", "copy",
    "dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "hashlib", "heapq",
    "itertools", "json", "math", "numbers", "operator", "random", "re", "statistics", "string",
    "struct", "textwrap", "time", "typing", "unicodedata", "uuid", "zlib", "zoneinfo",
    "encodings.ascii", "encodings.cp1252", "encodings.idna", "encodings.latin_1",
    "encodings.utf_16",
)  # fmt: skip
"""Modules imported before the lock: afterwards no file can be opened."""
NEWER: Final = ("_pylong",)
"""Modules of later versions of Python, which look for them when a number is large."""
NUMERIC: Final = (
    "numpy", "numpy.random", "numpy.linalg", "numpy.fft", "numpy.polynomial", "numpy.ma",
    "scipy.stats", "scipy.stats.qmc", "scipy.special", "scipy.linalg", "scipy.optimize",
    "scipy.integrate", "scipy.interpolate", "scipy.signal", "scipy.spatial",
)  # fmt: skip
"""Modules of a numeric worker, beside those."""
TEMPTING: Final = (
    "ctypes", "encodings.idna", "fcntl", "gc", "mmap", "pickle", "resource", "select", "shutil",
    "signal", "socket", "subprocess", "tempfile", "threading", "time",
)  # fmt: skip
"""Modules of a plain worker: hostile programs have to meet the kernel, not a missing one."""
ALLOWED: Final = (
    "read", "write", "close", "fstat", "lseek", "munmap", "mremap", "madvise", "brk",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "futex", "clock_gettime",
    "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "getpid", "gettid",
    "getppid", "getuid", "geteuid", "getgid", "getegid", "getrandom", "exit", "exit_group",
    "sched_yield", "sched_getaffinity", "getrusage", "times", "restart_syscall", "rseq",
    "set_robust_list", "set_tid_address", "membarrier", "getcpu",
)  # fmt: skip
"""System calls that are allowed; ``mmap`` and ``mprotect`` are too, without ``PROT_EXEC``."""
FATAL: Final = (
    "execve", "execveat", "fork", "vfork", "clone", "ptrace", "kill", "tkill", "tgkill",
    "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open", "pidfd_getfd", "pidfd_send_signal",
    "process_vm_readv", "process_vm_writev", "process_madvise", "socket", "socketpair", "connect",
    "bind", "listen", "accept", "accept4", "sendto", "sendmsg", "memfd_create", "memfd_secret",
    "io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd", "keyctl", "add_key",
    "request_key", "bpf", "perf_event_open", "unshare", "setns", "mount", "umount2", "pivot_root",
    "chroot", "init_module", "finit_module", "delete_module", "kexec_load", "reboot", "swapon",
    "swapoff", "open_by_handle_at", "seccomp", "shmget", "shmat",
    "msgget", "semget", "mq_open", "personality",
)  # fmt: skip
"""System calls that end the process.

Not prctl and prlimit64: libraries ask for names and limits in passing, and get EPERM.
"""


def main(kit: str, parent: int) -> None:
    """Run one program, then end; ``kit`` is ``numeric`` or ``plain``."""
    _die_with(parent)
    _prepare(kit)
    os.write(1, READY)
    asked = _all_input()
    if not asked:
        os._exit(0)
    job = json.loads(asked)
    try:
        lock(job["seconds"], job["memory_mb"], parent)
    except Exception as error:
        _write(UNLOCKED + f"{type(error).__name__}: {error}".encode())
        os._exit(1)
    os.write(1, LOCKED)
    _write(_answer(job, kit).encode("utf-8", "replace"))
    os._exit(0)


def _die_with(parent: int) -> None:
    """End when the server does, also where it was killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # It may have gone before it could be heard.
    if os.getppid() != parent:
        os._exit(0)


def _prepare(kit: str) -> None:
    """Import what a program may use, and take its streams away."""
    # It starts a compiler to find a library.
    ctypes.util.find_library = lambda name: None
    for name in MODULES + NUMERIC if kit == "numeric" else TEMPTING:
        importlib.import_module(name)
    for name in NEWER:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    if kit == "numeric":
        _use_numeric()
    # What is printed is not kept: print() does nothing where there is no such stream.
    for name in ("stdin", "stdout", "stderr"):
        setattr(sys, name, None)
        setattr(sys, f"__{name}__", None)


def _use_numeric() -> None:
    """Use what these libraries load only when they are first used."""
    np = importlib.import_module("numpy")
    stats = importlib.import_module("scipy.stats")
    rng = np.random.default_rng(0)
    values = rng.normal(size=64)
    stats.kstest(values, "norm")
    stats.norm.ppf(values.clip(0.1, 0.9))
    stats.truncnorm.rvs(-1, 1, size=3, random_state=rng)
    np.corrcoef(values, values)
    np.linalg.cholesky(np.eye(2))
    rng.multivariate_normal([0, 0], np.eye(2), size=3)


def _all_input() -> bytes:
    parts = []
    while part := os.read(0, 65_536):
        parts.append(part)
    os.close(0)
    return b"".join(parts)


def _write(data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(1, rest) :]


def lock(seconds: float, memory_mb: int, parent: int) -> None:
    """Lock this process, with no way back.

    Raises :class:`OSError` where the kernel has no seccomp filters.
    """
    os.closerange(3, 4096)
    # The filter holds all threads that come of this one, not those that are there already.
    if len(os.listdir("/proc/self/task")) != 1:  # noqa: PTH208 - fewer calls
        raise OSError(errno.EBUSY, "there is more than one thread")
    mapped = _mapped_bytes()
    # Where memory is short for all, it is to be this process that has to go.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    _drop_root(parent)
    _landlock()
    _limit(seconds, mapped + memory_mb * 2**20)
    _filter()


def _mapped_bytes() -> int:
    """Return the address space in use; the interpreter and its libraries are not the program's."""
    pages = Path("/proc/self/statm").read_bytes().split()[0]
    return int(pages) * resource.getpagesize()


def _drop_root(parent: int) -> None:
    """Become nobody where this is root: a second wall, on which nothing else relies."""
    if os.geteuid() != 0:
        return
    # Not in a user namespace that has no such user.
    with contextlib.suppress(OSError):
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    # Becoming somebody else takes the wish back (prctl(2)).
    _die_with(parent)


def _landlock() -> None:
    """Forbid the file system, TCP, abstract sockets, and signals to the outside."""
    try:
        scope = landlockpy.scope_for_abi(landlockpy.abi_version())
    except OSError:
        # Not in this kernel, not enabled, or refused by the filter of an older container.
        return
    with landlockpy.Ruleset(scoped=scope) as ruleset:
        ruleset.restrict()


def _limit(seconds: float, address_space: int) -> None:
    """Limit address space, processor time, files, processes and locked memory."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    limits = {
        resource.RLIMIT_AS: address_space,
        # The clock on the wall ends it first; this is for a server that is stopped.
        resource.RLIMIT_CPU: int(spent.ru_utime + spent.ru_stime + seconds) + 2,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 3,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_MEMLOCK: 0,
    }
    for name, value in limits.items():
        hard = resource.getrlimit(name)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (bound, bound))


def _filter() -> None:
    """Load the seccomp filter: system calls are allowed, refused with EPERM, or fatal."""
    filt = seccompy.Filter(default=int(seccompy.Action.ERRNO) | errno.EPERM)
    for name in filter(_is_known, ALLOWED):
        filt.allow(name)
    for name in ("mmap", "mprotect"):
        filt.allow(name, args=[(2, seccompy.CmpOp.MASKED_EQ, 0, _PROT_EXEC)])
    # The C library asks for clone3 first, and takes ENOSYS as "use clone".
    if _is_known("clone3"):
        filt.errno("clone3", errno.ENOSYS)
    for name in filter(_is_known, FATAL):
        filt.kill(name)
    filt.load()


def _is_known(name: str) -> bool:
    """Whether this architecture has such a call."""
    try:
        seccompy.syscall_nr(name)
    except (KeyError, ValueError):
        return False
    return True


def _answer(job: dict[str, Any], kit: str) -> str:
    try:
        items = _run(job["program"], job["n"], job["seed"], kit)
    except MemoryError:
        return "EMemoryError: the program took more memory than it may"
    except BaseException as error:
        return "E" + _describe_error(error)
    try:
        return "R" + json.dumps(items, default=_json_default, allow_nan=False)
    except MemoryError:
        return "BMemoryError: its result takes more memory than it may"
    except BaseException as error:
        return f"Bits result is no JSON: {_describe_error(error)}"


def _run(program: str, n: int, seed: int, kit: str) -> object:
    names: dict[str, Any] = {"__name__": "program"}
    rng = _seed_all(seed, kit)
    exec(compile(program, "program", "exec"), names)  # noqa: S102 - it is what this process is for
    generate = names.get("generate")
    if not callable(generate):
        raise TypeError("the program defines no generate(n, rng)")
    return generate(n, rng)


def _seed_all(seed: int, kit: str) -> object:
    """Return the generator that is handed in; start all others from the seed too.

    Programs ask for ``np.random.default_rng()`` or ``uuid4()`` all the same, and a seed has to give
    the same bytes again.
    """
    entropy = random.Random(seed).randbytes
    os.urandom = entropy
    vars(random)["_urandom"] = entropy
    random.seed(seed)
    if kit != "numeric":
        return random.Random(seed)
    np = importlib.import_module("numpy")
    np.random.seed(seed % 2**32)
    return np.random.Generator(np.random.PCG64(seed))


def _json_default(value: Any) -> Any:
    """Return NumPy's numbers and arrays, dates, decimals and sets as JSON has them."""
    for name in ("tolist", "isoformat"):
        if hasattr(value, name):
            return getattr(value, name)()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    match type(value).__name__:
        case "Decimal" | "Fraction":
            return float(value)
        case "UUID":
            return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _describe_error(error: BaseException) -> str:
    """Return type and message of an error and the line of the program, bounded."""
    lines = [
        line for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == "program"
    ]  # fmt: skip
    if isinstance(error, SyntaxError) and error.filename == "program":
        lines = [error.lineno or 0]
    try:
        message = str(error.msg if isinstance(error, SyntaxError) else error)[:_MOST_MESSAGE]
    # The message is made by the program's own ``__str__``.
    except Exception:
        message = "(no message)"
    place = f" (line {lines[-1]})" if lines else ""
    return f"{type(error).__name__}: {message}{place}"


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
