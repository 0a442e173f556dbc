"""Characters that readers cannot see in code are told; in prose and in data they are ordinary."""

from __future__ import annotations

from tests.detectors.artifacts import findings, npm, places, told, wheel
from worker.detectors import hidden_text

RTL, POP, ZERO, CYRILLIC = "\u202e", "\u2066", "\u200b", "\u0430"


class TestAlarm:
    def test_bidirectional_controls_in_code_are_high(self) -> None:
        source = f"const level = 'user';\nif (level != 'user{RTL} {POP}// only admins{POP}') {{ grant(); }}\n"
        (found,) = findings(hidden_text, npm({"index.js": source}))
        assert told([found]) == ["high: bidirectional characters make its code read otherwise than it runs (index.js)"]
        assert places(found)[0] == "index.js:2"

    def test_they_are_found_in_python_too(self) -> None:
        source = f"def f(x):\n    '''doc{RTL}{POP}''' ; return\n    x()\n"
        assert [found.severity for found in findings(hidden_text, wheel({"imgpress/__init__.py": source}))] == ["high"]

    def test_a_character_without_width_in_a_name_is_high(self) -> None:
        (found,) = told(findings(hidden_text, npm({"index.js": f"const pass{ZERO}word = 1;\nconst password = 2;\n"})))
        assert found == "high: its code holds characters without width (index.js)"

    def test_a_look_alike_letter_in_a_name_is_high(self) -> None:
        (found,) = told(findings(hidden_text, npm({"index.js": "function check() {}\nfunction \u0441heck() {}\n"})))
        assert found == "high: its code has names with look-alike letters of another alphabet (index.js)"

    def test_data_in_invisible_characters_is_told_wherever_it_stands(self) -> None:
        data = "".join(chr(0xE0100 + byte) for byte in b"print('harmless')")
        assert told(findings(hidden_text, npm({"index.js": f"const s = 'x{data}';\n"}))) == [
            "high: a file of it holds data in characters that nobody sees (index.js)"
        ]
        assert [found.severity for found in findings(hidden_text, npm({"notes.txt": f"x{data}"}))] == ["medium"]

    def test_what_only_tests_hold_is_low(self) -> None:
        source = f"it('x{RTL}{POP}', () => {{}});\n"
        assert [found.severity for found in findings(hidden_text, npm({"test/x.test.js": source}))] == ["low"]


class TestInnocentTwin:
    def test_prose_in_another_alphabet(self) -> None:
        text = "// \u0446\u0432\u0435\u0442\nconst hello = '\u041f\u0440\u0438\u0432\u0435\u0442';\n"
        assert findings(hidden_text, npm({"index.js": text})) == []

    def test_a_readme_with_joined_emoji(self) -> None:
        assert (
            findings(
                hidden_text, npm({"README.md": "\U0001f468\u200d\U0001f469\u200d\U0001f467 and a \u202aword\u202c"})
            )
            == []
        )

    def test_a_byte_order_mark(self) -> None:
        assert findings(hidden_text, npm({"index.js": "\ufeffmodule.exports = 1;\n"})) == []

    def test_escapes_that_name_such_characters(self) -> None:
        assert findings(hidden_text, npm({"index.js": r"const marks = /[\u200b\u202e]/g;"})) == []

    def test_what_the_old_version_had_is_not_new(self) -> None:
        old = npm({"index.js": f"const pass{ZERO}word = 1;\n"})
        assert [found.new for found in findings(hidden_text, old, old)] == [False]
