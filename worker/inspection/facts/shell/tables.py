"""Programs by what they do. Data only."""

from __future__ import annotations

SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "ash", "fish"})

MARK = ".hole/"
"""Other languages' readers write a part of a command line that they do not know as `./.hole/7`: a path, so that running
it is seen.
"""
COMPUTED = "…"
"""What a program is called whose name is computed."""

BUILT_IN = frozenset(
    {"echo", "printf", "cd", "true", "false", "exit", "return", "export", "test", "[", "[[", ":", "set", "unset",
     "read", "shift", "wait", "trap", "local", "eval", "source", ".", "type", "pwd", "pushd", "popd", "umask", "break",
     "continue", "rem", "if", "call", "goto", "declare", "alias", "hash", "ulimit"}
)  # fmt: skip
"""What a shell does itself, without starting a program."""

# Programs that start the program after them; with the options that take a value.
WRAPPERS = frozenset(
    {"sudo", "doas", "env", "nohup", "time", "exec", "command", "builtin", "xargs", "timeout", "gtimeout", "nice",
     "ionice", "setsid", "stdbuf", "busybox", "start", "cmd", "cross-env", "cross-env-shell", "npx", "bunx", "dotenv",
     "caffeinate", "chronic", "then", "call", "!", "unbuffer", "script", "su", "runuser", "watch", "winpty",
     "start-process", "saps"}
)  # fmt: skip
SHELLS_AS_WRAPPERS = frozenset({"cmd", "su"})
"""Wrappers that are a shell when nothing stands behind them."""
WRAPPER_VALUES: dict[str, frozenset[str]] = {
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C"}),
    "xargs": frozenset({"-n", "-P", "-I", "-L", "-d", "-s", "-E", "-a"}),
    "nice": frozenset({"-n"}),
    "env": frozenset({"-u", "-C", "-S"}),
    "npx": frozenset({"-p", "--package"}),
    "timeout": frozenset({"-s", "-k"}),
    "stdbuf": frozenset({"-o", "-i", "-e"}),
}

PUBLISHERS: dict[str, frozenset[str]] = {
    "npm": frozenset({"publish", "token", "adduser", "login"}),
    "yarn": frozenset({"publish"}),
    "pnpm": frozenset({"publish"}),
    "twine": frozenset({"upload"}),
    "poetry": frozenset({"publish"}),
    "uv": frozenset({"publish"}),
    **dict.fromkeys(("bun", "hatch", "pdm", "vsce", "ovsx", "lerna", "jsr"), frozenset({"publish"})),
    "flit": frozenset({"publish"}),
    "cargo": frozenset({"publish"}),
    "gem": frozenset({"push"}),
    "git": frozenset({"push"}),
    "docker": frozenset({"push"}),
    "pip": frozenset({"install"}),
}
"""Programs that publish code with the user's credentials, or fetch and run a stranger's: their telling words."""

PUBLISHES = frozenset({"publish", "upload"})
"""Those of these words that publish a package."""

AUTOSTARTS: dict[str, frozenset[str]] = {
    "crontab": frozenset(),
    "at": frozenset(),
    "reg": frozenset({"add"}),
    "schtasks": frozenset({"create"}),
    "launchctl": frozenset({"load", "bootstrap", "submit"}),
    "systemctl": frozenset({"enable"}),
    "update-rc.d": frozenset({"defaults", "enable"}),
    "chkconfig": frozenset({"on"}),
}
"""Programs that make another one start by itself, with the words that do it."""

PROGRAM_SUFFIXES = (
    ".exe",
    ".bat",
    ".cmd",
    ".com",
    ".scr",
    ".msi",
    ".vbs",
    ".ps1",
    ".sh",
    ".py",
    ".jar",
    ".bin",
    ".run",
)
"""Names that stand for a file without a folder before them."""

COPIERS = frozenset({"cp", "mv", "install", "ln", "copy", "xcopy", "move", "robocopy"})
CHANGERS = frozenset({"rm", "rmdir", "unlink", "shred", "del", "erase", "rd", "truncate", "mkfs", "wipe"})
QUIET = frozenset(
    {"mkdir", "chmod", "chown", "touch", "ls", "test", "[", "cd", "pushd", "true", "false", "exit", "return", "which",
     "basename", "dirname", "realpath", "readlink", "stat", "file", "wc", "trap", "shift", "export", "local", "unset"}
)  # fmt: skip
"""Programs that name files without reading them."""
SILENT = QUIET | frozenset({"sleep", "kill", "npm", "yarn", "pnpm", "make", "git", "apt-get", "apt", "yum", "brew"})
"""Programs whose output holds nothing of their arguments."""
