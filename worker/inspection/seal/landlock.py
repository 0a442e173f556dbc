"""Landlock: from here on this process opens, executes and changes no file, connects nowhere by TCP, signals nobody.

Descriptors that are open already stay usable. Numbers from `linux/landlock.h`; they are the same on every architecture.
"""

from __future__ import annotations

import ctypes

from worker.inspection.seal import kernel

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_VERSION = 1
_FILES = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}  # rights that came with each version
_TCP = {4: 0b11}  # bind, connect
_SCOPES = {6: 0b11}  # abstract Unix sockets, signals


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("tcp", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


def version() -> int:
    """The version the kernel speaks. Raise `OSError` where it has none, or has it switched off."""
    return kernel.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))


def restrict() -> None:
    """Forbid everything that this kernel's Landlock knows; needs "no new privileges". Raise `OSError`."""
    known = version()
    rules = _Ruleset(*(_up_to(known, rights) for rights in (_FILES, _TCP, _SCOPES)))
    size = 8 if known < 4 else 16 if known < 6 else 24  # an older kernel refuses fields it does not know
    ruleset = kernel.syscall(_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))
    # No rule is added: nothing is allowed. The descriptor goes with the process.
    kernel.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))


def _up_to(known: int, rights: dict[int, int]) -> int:
    total = 0
    for since, bits in rights.items():
        if since <= known:
            total |= bits
    return total
