"""seccomp: a list of the system calls that reading memory, computing and answering need; any other fails with EPERM.

A list of what is allowed, so that calls which are invented later are refused as well. Nothing is killed: Python meets
an `OSError` and goes on. Numbers from the kernel's `unistd.h` of each architecture.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterable
from dataclasses import dataclass

from worker.inspection.seal import kernel

_PR_SET_SECCOMP, _FILTER = 22, 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE = 0, 4  # offsets in what the kernel shows the filter; arguments follow at 16, 8 bytes each
_PROT_EXEC = 4
_AT_EMPTY_PATH = 0x1000

Instruction = tuple[int, int, int, int]  # code, steps to skip when true, when false, operand


@dataclass(frozen=True, slots=True)
class Numbers:
    """System calls of one architecture. `audit` is how the kernel names it; `foreign` is where another ABI begins."""

    audit: int
    allowed: tuple[int, ...]
    mapping: tuple[int, ...]  # mmap, mprotect: allowed unless the memory could be executed
    status: int  # newfstatat: allowed for an open descriptor only
    signal: int  # tgkill: allowed for this very process, so that abort() is what it looks like
    foreign: int | None = None


_CALLS: dict[str, tuple[int, int | None]] = {  # x86_64, aarch64
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "lseek": (8, 62),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "brk": (12, 214),
    "madvise": (28, 233),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "readv": (19, 65),
    "writev": (20, 66),
    "pread64": (17, 67),
    "preadv": (295, 69),
    "futex": (202, 98),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "times": (100, 153),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getppid": (110, 173),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getrandom": (318, 278),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "uname": (63, 160),
    "membarrier": (324, 283),
    "restart_syscall": (219, 128),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
_X86_64 = Numbers(
    audit=0xC000003E,
    allowed=tuple(number for number, _ in _CALLS.values()),
    mapping=(9, 10),
    status=262,
    signal=234,
    foreign=0x40000000,
)
_AARCH64 = Numbers(
    audit=0xC00000B7,
    allowed=tuple(number for _, number in _CALLS.values() if number is not None),
    mapping=(222, 226),
    status=79,
    signal=131,
)
ARCHITECTURES = {"x86_64": _X86_64, "aarch64": _AARCH64}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("true", ctypes.c_uint8), ("false", ctypes.c_uint8), ("k", ctypes.c_uint32))


def restrict() -> None:
    """Put the filter on this process; needs "no new privileges". Raise `OSError` where there is none for it."""
    numbers = ARCHITECTURES.get(os.uname().machine)
    if numbers is None:
        raise OSError(errno.ENOSYS, f"no list of system calls for {os.uname().machine}")
    instructions = [_Instruction(*each) for each in program(numbers, os.getpid())]
    array = (_Instruction * len(instructions))(*instructions)
    filtered = _Program(len(instructions), ctypes.cast(array, ctypes.c_void_p))
    kernel.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(filtered))


def program(numbers: Numbers, process: int) -> list[Instruction]:
    """The filter as classic BPF. `process` is the only one that may be signalled."""
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, numbers.audit),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, _NUMBER),
        *([(_AT_LEAST, 0, 1, numbers.foreign), (_RETURN, 0, 0, _REFUSE)] if numbers.foreign else []),
        *_each(numbers.allowed, [(_RETURN, 0, 0, _ALLOW)]),
        *_each(numbers.mapping, _argument(2, _ANY_BIT, _PROT_EXEC, met=_REFUSE, unmet=_ALLOW)),
        *_each([numbers.status], _argument(3, _ANY_BIT, _AT_EMPTY_PATH, met=_ALLOW, unmet=_REFUSE)),
        *_each([numbers.signal], _argument(0, _EQUAL, process, met=_ALLOW, unmet=_REFUSE)),
        (_RETURN, 0, 0, _REFUSE),
    ]


def _each(calls: Iterable[int], then: list[Instruction]) -> list[Instruction]:
    return [step for call in calls for step in [(_EQUAL, 0, len(then), call), *then]]


def _argument(place: int, test: int, operand: int, *, met: int, unmet: int) -> list[Instruction]:
    """Decide by the low half of one argument (both architectures are little-endian)."""
    return [(_LOAD, 0, 0, 16 + 8 * place), (test, 0, 1, operand), (_RETURN, 0, 0, met), (_RETURN, 0, 0, unmet)]
