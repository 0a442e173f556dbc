"""The few calls to the kernel that Python has no function for."""

from __future__ import annotations

import ctypes
import os
import signal
from functools import cache

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION = 0x20080522
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


def keep_to_itself() -> None:
    """No privileges, nor new ones; not to be read by others of this user; gone when its parent is. Raise `OSError`."""
    drop_capabilities()
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    prctl(_PR_SET_DUMPABLE, 0)
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def leave_network() -> None:
    """Enter a network namespace of its own, without interfaces; as somebody other than root in a user namespace too.

    Raise `OSError` where the platform does not allow it, as most containers do not.
    """
    try:
        _checked(_libc().unshare(_CLONE_NEWNET))
    except OSError:
        _checked(_libc().unshare(_CLONE_NEWUSER | _CLONE_NEWNET))
        drop_capabilities()  # a new user namespace comes with all of them


def drop_capabilities() -> None:
    """Give up every capability. Raise `OSError`."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    number = _CAPSET.get(os.uname().machine)
    if number is not None:
        syscall(number, header, nothing)


def prctl(option: int, value: int, pointer: object = 0) -> int:
    """`prctl(2)`; raise `OSError`."""
    return _checked(_libc().prctl(option, ctypes.c_ulong(value), pointer, 0, 0))


def syscall(number: int, *arguments: object) -> int:
    """Any system call by its number; raise `OSError`."""
    return _checked(_libc().syscall(ctypes.c_long(number), *arguments))


def _checked(result: int) -> int:
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
