"""Runs a command with what a default container forbids: a script, ``docker_like.py COMMAND...``.

No namespaces (so no bubblewrap, nsjail or unshare), no mounts, no tracing, no keys, and, as under
older profiles, no Landlock; no capabilities to be had again.
"""

import errno
import os
import sys

import seccompy

NEW_USER = 0x10000000
REFUSED = (
    "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "ptrace", "keyctl", "add_key",
    "request_key", "bpf", "userfaultfd", "perf_event_open", "process_vm_readv", "process_vm_writev",
    "open_by_handle_at", "io_uring_setup", "init_module", "kexec_load", "personality",
    "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self",
)  # fmt: skip

if __name__ == "__main__":
    profile = seccompy.Filter(default=seccompy.Action.ALLOW)
    for name in REFUSED:
        profile.errno(name, errno.EPERM)
    profile.errno("clone", errno.EPERM, args=[(0, 6, NEW_USER, NEW_USER)])
    profile.errno("clone3", errno.ENOSYS)
    profile.load()
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - what it is for
