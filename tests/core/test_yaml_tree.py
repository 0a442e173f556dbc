"""YAML that a person wrote: its places, and anchors where they are allowed."""

from __future__ import annotations

import pytest

from app.core.yaml_tree import Items, Mapping, NotYaml, Scalar, read_yaml


def test_an_alias_is_refused_where_nobody_expects_one() -> None:
    with pytest.raises(NotYaml, match="anchors and aliases are not used here") as caught:
        read_yaml(b"a: &x 1\nb: *x\n")
    assert (caught.value.line, caught.value.column) == (2, 4)


def test_where_aliases_are_allowed_both_places_hold_the_same_node() -> None:
    root = read_yaml(b"a: &x [1]\nb: *x\n", aliases=True)
    assert isinstance(root, Mapping)
    (_, first), (_, second) = root.pairs
    assert first is second
    assert isinstance(first, Items)


def test_a_later_anchor_of_the_same_name_counts_from_there_on() -> None:
    root = read_yaml(b"- &x old\n- *x\n- &x new\n- *x\n", aliases=True)
    assert isinstance(root, Items)
    assert [item.text for item in root.items if isinstance(item, Scalar)] == ["old", "old", "new", "new"]


def test_an_alias_of_nothing_is_told_with_its_place() -> None:
    with pytest.raises(NotYaml, match="names no anchor above it") as caught:
        read_yaml(b"a: 1\nb: *x\n", aliases=True)
    assert caught.value.line == 2


def test_aliases_of_aliases_take_no_room() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 60)]
    root = read_yaml("\n".join(lines).encode(), aliases=True)
    assert isinstance(root, Mapping)
    assert len(root.pairs) == 60


def test_an_alias_as_a_key_is_a_plain_word_or_refused() -> None:
    with pytest.raises(NotYaml, match="a key is a plain word here"):
        read_yaml(b"a: &x [1]\n*x : 2\n", aliases=True)
