"""The decorator for frozen classes does what dataclasses do, but for the refusal at run time."""

from __future__ import annotations

from dataclasses import field, fields, replace

import pytest

from compose2quadlet.frozen import frozen


@frozen()
class Point:
    """A point, with a name that may be left out."""

    x: int
    y: int = 0
    names: tuple[str, ...] = field(default_factory=tuple)


@frozen(kw_only=True)
class Named:
    """The same fields as a point of one dimension."""

    x: int


@frozen()
class Nothing:
    """No fields."""


def test_equal_values_are_equal_and_have_one_hash() -> None:
    assert Point(1, 2, ("a",)) == Point(1, names=("a",), y=2)
    assert len({Point(1), Point(1), Point(2), Nothing(), Nothing()}) == 3
    assert Point(1) != Point(2)


def test_another_class_is_never_equal() -> None:
    others: list[object] = [Point(1), (), (1,), 1]
    assert Named(x=1) not in others
    assert Nothing() not in others


def test_dataclasses_knows_them() -> None:
    assert replace(Point(1), y=5) == Point(1, 5)
    assert [f.name for f in fields(Point)] == ["x", "y", "names"]
    assert repr(Point(1)) == "Point(x=1, y=0, names=())"


def test_no_other_attribute_can_be_set() -> None:
    with pytest.raises(AttributeError):
        Point(1).z = 1  # type: ignore[attr-defined]


def test_keywords_only() -> None:
    with pytest.raises(TypeError):
        Named(1)  # type: ignore[call-arg]
