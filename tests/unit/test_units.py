"""Sizes, durations, floats: parsing, and writing as Go does."""

from __future__ import annotations

import pytest

from compose2quadlet.loader.scalars import float_text, plain
from compose2quadlet.loader.shellwords import split
from compose2quadlet.loader.units import duration_text, parse_bytes, parse_duration


@pytest.mark.parametrize(
    ("text", "nanoseconds", "written"),
    [
        ("0", 0, "0s"),
        ("30s", 30 * 10**9, "30s"),
        ("1m30s", 90 * 10**9, "1m30s"),
        ("90s", 90 * 10**9, "1m30s"),
        ("1d", 86400 * 10**9, "24h0m0s"),
        ("1w", 604800 * 10**9, "168h0m0s"),
        ("1.5h", 5400 * 10**9, "1h30m0s"),
        ("500ms", 5 * 10**8, "500ms"),
        ("1.5s", 15 * 10**8, "1.5s"),
        ("10us", 10_000, "10µs"),
        ("7ns", 7, "7ns"),
        ("-5s", -5 * 10**9, "-5s"),
        (".5s", 5 * 10**8, "500ms"),
    ],
)
def test_durations(text: str, nanoseconds: int, written: str) -> None:
    assert parse_duration(text) == nanoseconds
    assert duration_text(nanoseconds) == written


@pytest.mark.parametrize("text", ["", "5", "s", "5x", "1h 2m", "5s5", ".s", "99999999999999h"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="not a (valid )?duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("100", 100),
        ("1k", 1024),
        ("1kb", 1024),
        ("1KiB", 1024),
        ("64 MB", 64 * 1024**2),
        ("1.5g", 1536 * 1024**2),
        ("2tb", 2 * 1024**4),
        ("1b", 1),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "g", "5x", "5kk", "-1", "5 k b", "1gbb"])
def test_no_sizes(text: str) -> None:
    with pytest.raises(ValueError, match="not a (valid )?size"):
        parse_bytes(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (0.1, "0.1"), (123456.5, "123456.5"), (1e6, "1e+06"), (1234567.5, "1.2345675e+06")]
    + [(1e-5, "1e-05"), (0.0001, "0.0001"), (-2.5, "-2.5"), (1e100, "1e+100"), (float("inf"), "+Inf")],
)
def test_floats(value: float, text: str) -> None:
    assert float_text(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [("22:22", "22:22"), ("no", "no"), ("yes", "yes"), ("0777", 511), ("0o17", 15), ("1_000", 1000)]
    + [("true", True), ("True", True), ("tRue", "tRue"), ("~", None), ("", None), ("null", None), ("1e3", 1000.0)]
    + [("0x1F", 31), ("1.2.3", "1.2.3"), ("+5", 5), ("-", "-"), (".", "."), ("12e", "12e"), ("08", 8.0)],
)
def test_scalars_are_yaml_1_2(text: str, value: object) -> None:
    assert plain(text) == value
    assert type(plain(text)) is type(value)


@pytest.mark.parametrize(
    ("line", "words", "rest"),
    [
        ("a b", ["a", "b"], ""),
        ("a 'b c' \"d e\"", ["a", "b c", "d e"], ""),
        ("a''b", ["ab"], ""),
        ("a ''", ["a", ""], ""),
        (r"a\ b \"c", ["a b", '"c'], ""),
        ("sh -c 'a; b' ; c", ["sh", "-c", "a; b"], "; c"),
        ("echo $(date +%s)", ["echo", "$(date +%s)"], ""),
        ("a > b", ["a"], "> b"),
        ("a 2> b", ["a"], "> b"),
        ("", [], ""),
    ],
)
def test_words(line: str, words: list[str], rest: str) -> None:
    assert split(line) == (words, rest)


@pytest.mark.parametrize("line", ["'open", '"open', "a\\", "(a)", "$(open"])
def test_no_words(line: str) -> None:
    with pytest.raises(ValueError, match="a quote|a parenthesis|ends with"):
        split(line)
