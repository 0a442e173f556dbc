"""The filter decides alike on every architecture, also on those that no test machine has."""

from __future__ import annotations

import errno

import pytest

from worker.inspection.seal.seccomp import ARCHITECTURES, Numbers, program

ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
PROCESS = 4711
# What a child must never be able to do, by the numbers of `unistd.h`: x86_64, aarch64.
FORBIDDEN = {
    "openat": (257, 56),
    "openat2": (437, 437),
    "execve": (59, 221),
    "execveat": (322, 281),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "sendmsg": (46, 211),
    "clone": (56, 220),
    "clone3": (435, 435),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "kill": (62, 129),
    "unlinkat": (263, 35),
    "mount": (165, 40),
    "unshare": (272, 97),
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "setuid": (105, 146),
    "prctl": (157, 167),
    "memfd_create": (319, 279),
    "ftruncate": (77, 46),
    "a call that is not invented yet": (9999, 9999),
}
ALLOWED = {"read": (0, 63), "write": (1, 64), "brk": (12, 214), "futex": (202, 98), "exit_group": (231, 94)}
NAMES = list(ARCHITECTURES)


def decide(numbers: Numbers, call: int, arguments: tuple[int, ...] = (0,) * 6, audit: int | None = None) -> int:
    """Run the filter as the kernel does."""
    seen = {0: call, 4: numbers.audit if audit is None else audit}
    seen |= {16 + 8 * place: value & 0xFFFFFFFF for place, value in enumerate(arguments)}
    steps = program(numbers, PROCESS)
    at = accumulator = 0
    while True:
        code, true, false, operand = steps[at]
        at += 1
        if code == 0x20:
            accumulator = seen[operand]
        elif code == 0x06:
            return operand
        else:
            test = {0x15: accumulator == operand, 0x35: accumulator >= operand, 0x45: bool(accumulator & operand)}[code]
            at += true if test else false


@pytest.mark.parametrize("place", range(len(NAMES)), ids=NAMES)
@pytest.mark.parametrize("call", FORBIDDEN)
def test_what_a_child_must_not_do_is_refused(call: str, place: int) -> None:
    assert decide(ARCHITECTURES[NAMES[place]], FORBIDDEN[call][place]) == REFUSE


@pytest.mark.parametrize("place", range(len(NAMES)), ids=NAMES)
@pytest.mark.parametrize("call", ALLOWED)
def test_what_computing_needs_is_allowed(call: str, place: int) -> None:
    assert decide(ARCHITECTURES[NAMES[place]], ALLOWED[call][place]) == ALLOW


@pytest.mark.parametrize("numbers", ARCHITECTURES.values(), ids=NAMES)
def test_calls_of_another_architecture_are_refused(numbers: Numbers) -> None:
    assert decide(numbers, numbers.allowed[0], audit=0x40000003) == REFUSE


def test_calls_of_the_x32_abi_are_refused() -> None:
    assert decide(ARCHITECTURES["x86_64"], 0x40000000) == REFUSE


@pytest.mark.parametrize("numbers", ARCHITECTURES.values(), ids=NAMES)
def test_memory_may_be_mapped_but_never_to_be_executed(numbers: Numbers) -> None:
    for call in numbers.mapping:
        assert decide(numbers, call, (0, 4096, 3, 0, 0, 0)) == ALLOW
        assert decide(numbers, call, (0, 4096, 5, 0, 0, 0)) == REFUSE


@pytest.mark.parametrize("numbers", ARCHITECTURES.values(), ids=NAMES)
def test_only_open_descriptors_may_be_looked_at(numbers: Numbers) -> None:
    assert decide(numbers, numbers.status, (3, 0, 0, 0x1000, 0, 0)) == ALLOW
    assert decide(numbers, numbers.status, (3, 0, 0, 0, 0, 0)) == REFUSE


@pytest.mark.parametrize("numbers", ARCHITECTURES.values(), ids=NAMES)
def test_a_child_may_signal_itself_alone(numbers: Numbers) -> None:
    assert decide(numbers, numbers.signal, (PROCESS, PROCESS, 6, 0, 0, 0)) == ALLOW
    assert decide(numbers, numbers.signal, (1, 1, 9, 0, 0, 0)) == REFUSE
