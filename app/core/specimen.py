"""What a detector may see: the facts of the new artifact beside those of the old one. No bytes, no files, no network.

A **fact** says what a file can do, at one line. Extractors (`worker/inspection/facts/`) make facts, detectors
(`worker/detectors/`) judge them. All values here travel as JSON over the pipe of the sealed child and into the store.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import islice

from app.core.diff import Change
from app.core.errors import Reason
from app.core.finding import Reach
from app.core.integrity import Digest
from app.core.lockfile import Index
from app.core.origins import Configured
from app.core.package import Ecosystem, Package

_MOST_STEPS = 100


class ArtifactKind(StrEnum):
    """The declared kind of an archive; a reader refuses bytes of another kind."""

    NPM_TARBALL = "npm-tarball"
    SDIST = "sdist"
    WHEEL = "wheel"


class FactId(StrEnum):
    """What code can do. The comment says what `Fact.detail` holds."""

    # capabilities: what the table of a review shows
    NETWORK = "network"  # the resolved call: "https.request", "requests.post", "curl"
    PROCESS = "process"  # "child_process.exec", "subprocess.run", "os.system"
    FILE_READ = "file-read"  # the path if it is constant, else the resolved call
    FILE_WRITE = "file-write"  # the path if it is constant, else the resolved call
    ENVIRONMENT = "environment"  # the variable's name; "*" for the whole environment
    DYNAMIC_CODE = "dynamic-code"  # "eval", "Function", "exec", "vm.runInThisContext", "importlib.import_module"
    DECODE = "decode"  # "base64.b64decode", "Buffer.from(base64)", "zlib.decompress", "marshal.loads"
    NATIVE_CODE = "native-code"  # "ctypes.CDLL", "process.dlopen", or the kind of a native file: "elf", "pe", "mach-o"
    NATIVE_IMPORT = "native-import"  # what a native file takes from its system: "network", "process", "keychain" …
    # steps: code that nobody calls by hand
    INSTALL_SCRIPT = "install-script"  # the trigger: "postinstall", "binding.gyp", "setup.py", "build-backend"
    STARTUP_HOOK = "startup-hook"  # ".pth", "sitecustomize", "usercustomize"
    # data worth a look
    OBFUSCATED_CODE = "obfuscated-code"  # how it is hidden, in words of ours: "a packer", "stored byte code"
    CREDENTIAL_FILE = "credential-file"  # a constant path that holds credentials is opened: "~/.npmrc"
    STORE = "store"  # a constant names what browsers and wallets keep: "the wallet MetaMask", "browser keys"
    COIN_ADDRESS = (
        "coin-address"  # a constant: "an address of Bitcoin", "a search for addresses of Ethereum", "a check of …"
    )
    CLIPBOARD = "clipboard"  # "reads: pyperclip.paste", "writes: navigator.clipboard.writeText"
    REPLACED = "replaced"  # a function of the page that code puts another one for: "ethereum.request", "fetch"
    WIPE = "wipe"  # all of a place that is nobody's own goes: "deletes ~", "overwrites /dev/sda"
    SPREAD = (
        "spread"  # acts in somebody else's name, as `app/core/spreading.py` says: "publishes packages: npm publish"
    )
    SURROUNDINGS = "surroundings"  # what code asks of where it runs: "a debugger: TracerPid", "a virtual machine: vbox"
    HOST = "host"  # a host name or address in a constant URL
    ENCODED_DATA = "encoded-data"  # a long encoded constant: "base64, 4,096 characters"
    HIDDEN_TEXT = "hidden-text"  # "bidirectional U+202E", "zero-width U+200B", "homoglyph U+0430"
    MINIFIED = "minified"
    PLATFORM = "platform"  # what a native file is for: "linux x86-64"
    PACKED_CODE = "packed-code"  # why a native file looks packed: "section UPX0"
    SECRET = "secret"  # noqa: S105 - the author's credential, as the text of a `Mark` (`app/core/secret.py`)
    TOKEN_HANDLING = "token-handling"  # noqa: S105 - weak practice, as in `app/core/token_handling.py`
    COMMAND_NAME = "command-name"  # a command that installing puts on the PATH


class OriginKind(StrEnum):
    """Where data that reaches a sink comes from."""

    ENVIRONMENT = "environment"
    CREDENTIAL_FILE = "credential-file"
    FILE = "file"
    DOWNLOAD = "download"  # bytes that came over the network
    DECODED = "decoded"  # a decoded blob
    METADATA_SERVICE = "metadata-service"
    PROCESS = "process"  # what another program printed


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """One source that flows into a sink: where it was read (`line`, 1-based) and what (`detail`, as in the fact)."""

    kind: OriginKind
    line: int
    detail: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that one line of one file can do.

    `evidence` is the line, stripped, at most 200 characters. `origins` (sinks only: network, process, dynamic-code,
    file-write) says what data reaches the call, as far as a local data flow can follow it. `hosts` (network and process
    only) are the constant hosts it talks to, as far as they are known. `programs` (process only) are the programs it
    starts, by name (`git`, `bash`); a name that is computed is `…`, and empty means that nothing is known of them.
    """

    id: FactId
    line: int
    detail: str
    evidence: str = ""
    origins: tuple[Origin, ...] = ()
    hosts: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One member of an archive. `path` is inside the package (without npm's or the sdist's top directory).

    `reach` is how the file comes to run. `loads` are references to the package's own files that it loads, `runs` to the
    ones it starts: paths from the archive's root with `/`, extension or `/index.js`, `/__init__.py` left out where the
    source leaves them out (`lib/x` for `require("./x")` in `lib/a.js`; `pkg/mod` for `import pkg.mod`); they may name
    nothing that exists, and reach resolves them. `language` is None for data. `partly` says why the file was
    not fully looked at ("12 MiB, past the parser's 10 MiB"), else None.
    """

    path: str
    sha256: str
    size: int
    language: str | None = None
    reach: Reach = Reach.NONE
    facts: tuple[Fact, ...] = ()
    loads: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    partly: str | None = None


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something about the archive itself: `id` names it (`link`, `escape`, `duplicate-name`, `trailing-data` …)."""

    id: str
    member: str
    detail: str


@dataclass(frozen=True, slots=True)
class NotExamined:
    """What was not looked at, and why. `what` is a file in the package, or the artifact's name; all is shown."""

    what: str
    reason: Reason
    detail: str


@dataclass(frozen=True)
class ArtifactFacts:
    """All that was learned of one archive by one engine version. Kept by digest; never shared between packages."""

    engine: str
    filename: str
    kind: ArtifactKind
    sha256: str
    size: int
    files: tuple[FileFacts, ...] = ()
    oddities: tuple[Oddity, ...] = ()
    not_examined: tuple[NotExamined, ...] = ()
    unpacked: int = 0  # bytes
    metadata: tuple[tuple[str, str], ...] = ()  # a few fields of the manifest: "name", "version", "licence"
    declared: tuple[tuple[str, str], ...] = ()  # npm: what its manifest declares (`app/core/declaration.py`)
    registered: tuple[tuple[str, str], ...] = ()  # the registry's word on the same, as it was when these were made

    @cached_property
    def by_path(self) -> Mapping[str, FileFacts]:
        """The files by their path; of two with one path, the last."""
        return {file.path: file for file in self.files}

    @cached_property
    def base_names(self) -> frozenset[str]:
        """The names of the files without their folders."""
        return frozenset(posixpath.basename(file.path) for file in self.files)

    @cached_property
    def steps(self) -> Mapping[FactId, tuple[tuple[FileFacts, Fact], ...]]:
        """The lines that bring code to run unasked, by kind (install scripts, start-up hooks), at most a hundred each.

        Every file that runs so is shown with one of them: an archive of thousands must not be searched for each.
        """
        return {kind: tuple(islice(self._of_kind(kind), _MOST_STEPS)) for kind in _STEP_KINDS}

    def _of_kind(self, kind: FactId) -> Iterator[tuple[FileFacts, Fact]]:
        return ((file, fact) for file in self.files for fact in file.facts if fact.id is kind)


_STEP_KINDS = (FactId.INSTALL_SCRIPT, FactId.STARTUP_HOOK)


@dataclass(frozen=True)
class Specimen:
    """One artifact under review, beside the one it replaces.

    `before` and `previous` are None when the package is new here. Detectors iterate `files`, ask `is_new`, and read
    `before` when they need more.
    """

    package: Package
    after: ArtifactFacts
    previous: Package | None = None
    before: ArtifactFacts | None = None

    @cached_property
    def _old(self) -> frozenset[tuple[FactId, str, str]]:
        if self.before is None:
            return frozenset()
        return frozenset(identity(fact) for file in self.before.files for fact in file.facts)

    def is_new(self, fact: Fact) -> bool:
        """Whether the old version lacked this fact: same id, detail and evidence in any of its files.

        Everything is new in a package that is new. Lines and file names do not count: code moves.
        """
        return identity(fact) not in self._old

    @property
    def is_upgrade(self) -> bool:
        """Whether there is an old version to compare with."""
        return self.before is not None


@dataclass(frozen=True, slots=True)
class ReleaseSpecimen:
    """All artifacts of one version that were inspected, beside those of the version it replaces (empty: none)."""

    package: Package
    artifacts: tuple[ArtifactFacts, ...]
    before: tuple[ArtifactFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Served:
    """One artifact as the registry served it: hashes computed while downloading, and the index's own words."""

    filename: str
    computed: tuple[Digest, ...]
    index: tuple[Digest, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The file that a change stands in, as far as it matters for one entry of it.

    `home` are the origins (`https://host`) that the base's file already used for packages of a registry, and for their
    files; `is_new` says that the base had no such file. `declared` are the indexes that a line of the head's file names
    for all of its packages. `hashed` says that entries of the file name hashes, before or after. `used` are the
    addresses of registries in the base's file (empty for one that names only hosts of files), `listed` the places that
    the head's file as a whole is judged by.
    """

    home: frozenset[str] = frozenset()
    is_new: bool = False
    declared: frozenset[str] = frozenset()
    hashed: bool = True
    used: frozenset[str] = frozenset()
    listed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ChangeSpecimen:
    """One change of a dependency file with what the registry served for it, for detectors that need no archive.

    `offered` are the hashes of every file that the index lists for this version (empty: the index names none).
    `configured` are the operator's registries.
    """

    change: Change
    served: tuple[Served, ...] = ()
    offered: tuple[Digest, ...] = ()
    around: Surroundings = Surroundings()
    configured: Configured = field(default_factory=Configured)


@dataclass(frozen=True, slots=True)
class Drift:
    """A manifest and a lockfile that say different things. `line` is of the file it is about, `other` is the other one.

    `is_locked`: the lockfile has it and no manifest asks for it; else the manifest asks for it, and the lockfile has
    `versions`, none of which is what is asked for.
    """

    name: str
    range: str
    line: int
    other: str
    versions: tuple[str, ...] = ()
    is_locked: bool = False


@dataclass(frozen=True, slots=True)
class FileSpecimen:
    """One dependency file of the head: the places it names for packages to come from, beside those of the base.

    `drifts` is what it says that others contradict.
    """

    path: str
    ecosystem: Ecosystem
    before: tuple[Index, ...]
    after: tuple[Index, ...]
    configured: Configured = field(default_factory=Configured)
    drifts: tuple[Drift, ...] = ()


def identity(fact: Fact) -> tuple[FactId, str, str]:
    """What makes two facts of two versions the same: white space and place do not count."""
    return fact.id, fact.detail, "".join(fact.evidence.split())
