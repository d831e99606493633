"""A process shuts itself in: Landlock where the kernel has it, then limits, then seccomp.

Runs in the worker, after all imports and before the program, without any privilege, so that it
works in a container too. Landlock alone leaves gaps (changing modes, UDP, unix sockets); the filter
depends on none of it. The filter is an allow-list: what is not on it fails with EPERM, and what has
no innocent use ends the process. Numbers of a foreign architecture end it too, and those of x32
match nothing (seccomp(2); Documentation/userspace-api/seccomp_filter.rst).
"""

from __future__ import annotations

import errno
import os
import resource
from pathlib import Path
from typing import Final

import landlockpy
import seccompy
from seccompy import Action, Filter

ALLOWED: Final = (
    "read", "write", "close", "fstat", "newfstatat", "lseek", "munmap", "mremap", "madvise", "brk",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "futex", "clock_gettime",
    "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "getpid", "gettid",
    "getppid", "getuid", "geteuid", "getgid", "getegid", "getrandom", "exit", "exit_group",
    "sched_yield", "sched_getaffinity", "getrusage", "times", "uname", "sysinfo", "poll", "ppoll",
    "restart_syscall", "rseq", "set_robust_list", "set_tid_address", "membarrier", "getcpu",
)  # fmt: skip
"""Beside ``mmap`` and ``mprotect``, which are allowed without ``PROT_EXEC``."""
FATAL: Final = (
    "execve", "execveat", "fork", "vfork", "clone", "ptrace", "kill", "tkill",
    "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open", "pidfd_getfd", "pidfd_send_signal",
    "process_vm_readv", "process_vm_writev", "process_madvise", "socket", "socketpair", "connect",
    "bind", "listen", "accept", "accept4", "sendto", "sendmsg", "memfd_create", "memfd_secret",
    "io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd", "keyctl", "add_key",
    "request_key", "bpf", "perf_event_open", "unshare", "setns", "mount", "umount2", "pivot_root",
    "chroot", "init_module", "finit_module", "delete_module", "kexec_load", "reboot", "swapon",
    "swapoff", "open_by_handle_at", "prlimit64", "setrlimit", "prctl", "seccomp",
)  # fmt: skip
_PROT_EXEC: Final = 4


def lock(seconds: float, memory_mb: int) -> None:
    """No way back from here. Raises OSError where the kernel has no seccomp filters."""
    os.closerange(3, 4096)
    mapped = _mapped_bytes()
    _landlock()
    _limit(seconds, mapped + memory_mb * 2**20)
    _filter()


def _landlock() -> None:
    """Nothing of the file system, of TCP, of abstract sockets, and no signals to outside."""
    if not landlockpy.supported():
        return
    scope = landlockpy.scope_for_abi(landlockpy.abi_version())
    with landlockpy.Ruleset(scoped=scope) as ruleset:
        ruleset.restrict()


def _limit(seconds: float, address_space: int) -> None:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    cpu = int(spent.ru_utime + spent.ru_stime + seconds) + 2
    limits = {
        resource.RLIMIT_AS: address_space,
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 3,
        resource.RLIMIT_NPROC: 0,
    }
    for name, value in limits.items():
        hard = resource.getrlimit(name)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (bound, bound))


def _mapped_bytes() -> int:
    """Address space in use; the interpreter and its libraries are not the program's."""
    pages = Path("/proc/self/statm").read_bytes().split()[0]
    return int(pages) * resource.getpagesize()


def _filter() -> None:
    filt = Filter(default=int(Action.ERRNO) | errno.EPERM)
    for name in ALLOWED:
        if _is_known(name):
            filt.allow(name)
    for name in ("mmap", "mprotect"):
        filt.allow(name, args=[(2, seccompy.CmpOp.MASKED_EQ, 0, _PROT_EXEC)])
    # The C library asks for clone3 first, and takes ENOSYS as "use clone".
    if _is_known("clone3"):
        filt.errno("clone3", errno.ENOSYS)
    for name in FATAL:
        if _is_known(name):
            filt.kill(name)
    filt.load()


def _is_known(name: str) -> bool:
    """Whether this architecture has such a call."""
    try:
        seccompy.syscall_nr(name)
    except (KeyError, ValueError):
        return False
    return True
