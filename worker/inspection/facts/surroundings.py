"""What code asks of where it runs, as its constants and calls show: debuggers, virtual machines, the place.

Sources: the names under which the products answer, the prefixes that IEEE assigned to them, Windows' documentation.
"""

from __future__ import annotations

import re2

from app.core.watched import ARGUMENTS, CONTAINER, DEBUGGER, DELAY, MACHINE, PLACE, SANDBOX, TOOLS

_SURE: tuple[tuple[str, bytes], ...] = (
    (
        f"{DEBUGGER}: a function of Windows",
        rb"\b(?:IsDebuggerPresent|CheckRemoteDebuggerPresent|NtQueryInformationProcess|OutputDebugStringA?\(\s*None)\b",
    ),
    (f"{DEBUGGER}: TracerPid", rb"\bTracerPid\b"),
    (
        f"{DEBUGGER}: gettrace",
        (rb"\bgettrace\(\)(?: is not None| != None)?\)?\s*:\s*"
        rb"(?:sys\.exit|os\._exit|exit|quit|raise SystemExit|return\b)"),
    ),
    (
        f"{DEBUGGER}: statements in a loop",
        (rb"\bset(?:Interval|Timeout)\([^;]{0,48}\bdebugger\b|\bwhile\s*\((?:true|1|!0|!!\[\])\)\s*\{?\s*debugger\b"
        rb"|\bconstructor[\"'`\]]{0,2}\(\s*[\"'`](?:debugger|debu[\"'`]\s*\+\s*[\"'`]gger)\b"),
    ),
    (f"{ARGUMENTS}: --inspect", rb"\bexecArgv\b[^;\n]{0,120}--inspect|\binspector\.url\(\)"),
    (f"{CONTAINER}: of Docker", rb"/\.dockerenv\b|/proc/(?:1|self)/cgroup\b"),
    (
        f"{MACHINE}: addresses of its network card",
        rb"(?i)[\"'`](?:00[:-]0c[:-]29|00[:-]50[:-]56|00[:-]05[:-]69|08[:-]00[:-]27|00[:-]1c[:-]42|00[:-]1c[:-]14)",
    ),
    (f"{MACHINE}: systemd-detect-virt", rb"\bsystemd-detect-virt\b"),
    (f"{SANDBOX}: WDAGUtilityAccount", rb"(?i)\bWDAGUtilityAccount\b"),
    (
        f"{PLACE}: the time zone",
        rb"\bresolvedOptions\(\)\??\.timeZone\b|\bgetTimezoneOffset\(\)\s*[=!]==?|\btime\.tzname\b",
    ),
    (
        f"{PLACE}: the language",
        rb"\blocale\.get(?:default)?locale\(|\bGet(?:User|System)Default(?:UILanguage|LangID|LocaleName)\b",
    ),
    (
        f"{PLACE}: the country",
        rb"\b(?:ip-api\.com|ipinfo\.io|ipapi\.co|ipwho\.is|freegeoip\.app|geolocation-db\.com)\b",
    ),
    (
        f"{DELAY}: of minutes",
        (rb"\bsleep\(\s*[1-9]\d{2,5}\s*\)|\bsleep [1-9]\d{2,5}\b|\}\s{0,4},\s{0,4}"
         rb"(?:[3-9]\d{5}|[1-9]\d{6,8}|(?:[5-9]|\d{2}) ?\* ?(?:60 ?\* ?1000|60 ?\* ?1e3|6e4|60000)|[36]e5)\s{0,4}\)"),
    ),
)  # fmt: skip
_BY_GROUP = tuple(detail for detail, _ in _SURE)
_WORDS = {
    MACHINE: """
        vmware virtualbox vbox qemu hyper-v parallels vmtoolsd vboxservice vboxtray vmwaretray vmwareuser xenservice
        vmacthlp vgauthservice vmsrvc vmusrvc prl_cc prl_tools vmmouse vboxguest vboxmouse vmhgfs
    """,
    SANDBOX: """
        sandbox malware virus cuckoo joesandbox sandboxie anyrun any.run maltest hybrid-analysis triage sbiedll cmdvrt32
        peter-wilson hapubws john-pc
    """,
    TOOLS: """
        wireshark processhacker ollydbg x64dbg x32dbg x96dbg idaq idaq64 ida64 fiddler procmon procexp dnspy windbg
        immunitydebugger httpdebuggerui tcpview autoruns dumpcap joeboxcontrol joeboxserver ksdumper pestudio regmon
        filemon
    """,
}
_KIND_OF = {word: kind for kind, words in _WORDS.items() for word in words.split()}
SURE = re2.compile(b"|".join(b"(" + pattern + b")" for _, pattern in _SURE))
"""Calls and names that say by themselves what is asked; see `sure`."""
WORD = re2.compile(
    rb"(?i)[\"'`]("
    + b"|".join(re2.escape(word.encode()) for word in sorted(_KIND_OF))
    + rb")(?:64|32)?(?:\.exe|\.sys|\.dll)?[\"'`]"
)
"""Names of products and of what stands in sandboxes, alone between quotes; see `named`."""


def sure(group: int) -> str:
    """What the group of `SURE` that was found asks for (1 is the first)."""
    return _BY_GROUP[group - 1]


def named(word: bytes) -> str:
    """What a name of `WORD` belongs to: "a virtual machine: vbox"."""
    name = word.decode("ascii", "replace").lower()
    return f"{_KIND_OF[name]}: {name}"
