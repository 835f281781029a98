"""A small seccomp filter for the sandbox: system calls that a notebook never needs and kernel exploits often do.

The filter denies (EPERM) rather than allows, so that libraries we have not met keep working. What is on the list either
has a history of kernel bugs (io_uring, bpf, userfaultfd, keyrings), looks into other processes (ptrace,
process_vm_readv), changes namespaces or mounts, or holds memory that no limit counts (memfd, System V shared memory).
"""

from __future__ import annotations

import errno
import platform
import struct

_NAMES = [
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "kcmp",
    "add_key",
    "request_key",
    "keyctl",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "memfd_create",
    "shmget",
    "shmat",
    "msgget",
    "semget",
    "mq_open",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "setns",
    "unshare",
    "open_by_handle_at",
    "name_to_handle_at",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "quotactl",
    "syslog",
    "settimeofday",
    "clock_settime",
    "adjtimex",
    "fanotify_init",
    "vhangup",
]
_SAME_EVERYWHERE = (
    *(425, 426, 427),  # io_uring_setup, io_uring_enter, io_uring_register
    *(
        428,
        429,
        430,
        431,
        432,
        433,
        442,
    ),  # open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr
    *(438, 440, 447),  # pidfd_getfd, process_madvise, memfd_secret
)
_NUMBERS = {
    "x86_64": (
        *(
            101,
            310,
            311,
            312,
            248,
            249,
            250,
            321,
            298,
            323,
            319,
            29,
            30,
            68,
            64,
            240,
            165,
            166,
            155,
            161,
            308,
            272,
        ),
        *(304, 303, 175, 313, 176, 246, 320, 169, 167, 168, 163, 179, 103, 164, 227, 159, 300, 153),
    ),
    "aarch64": (
        *(
            117,
            270,
            271,
            272,
            217,
            218,
            219,
            280,
            241,
            282,
            279,
            194,
            196,
            186,
            190,
            180,
            40,
            39,
            41,
            51,
            268,
            97,
        ),
        *(265, 264, 105, 273, 106, 104, 294, 142, 224, 225, 89, 60, 116, 170, 112, 171, 262, 58),
    ),
}
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # BPF: ld abs word, jeq, jge, ret
_X32 = 0x40000000  # a second set of numbers on x86-64, which no one needs


def program(machine: str | None = None) -> bytes | None:
    """The filter as classic BPF for ``bwrap --seccomp``, or None on a machine whose calls are not listed here."""
    machine = machine or platform.machine()
    if machine not in _NUMBERS:
        return None
    denied = sorted({*_NUMBERS[machine], *_SAME_EVERYWHERE})
    code = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, _AUDIT_ARCH[machine]), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    if machine == "x86_64":
        code.append((_AT_LEAST, len(denied) + 1, 0, _X32))
    for position, number in enumerate(denied):
        code.append((_EQUAL, len(denied) - position, 0, number))
    code += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO | errno.EPERM)]
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)
