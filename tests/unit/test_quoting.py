"""Text to units: pairs of what goes in and what stands in the file, and what cannot be written."""

from __future__ import annotations

import pytest

from compose2quadlet.backend.catalogue import Quoting
from compose2quadlet.backend.characters import InexpressibleError
from compose2quadlet.backend.quoting import MAX_WORD, line
from compose2quadlet.backend.unit import Reference, Specified, Syntax, Value


@pytest.mark.parametrize(
    ("how", "value", "text"),
    [
        (Quoting.WORDS, ("a", "b c"), '"a" "b c"'),
        (Quoting.WORDS, ('say "hi"', "it's"), '"say \\"hi\\"" "it\'s"'),
        (Quoting.WORDS, ("$HOME", "100%", "${X}"), '"$$HOME" "100%%" "$${X}"'),
        (Quoting.WORDS, ("a\\b", "tab\there", "line\nbreak", "cr\r"), '"a\\\\b" "tab\\there" "line\\nbreak" "cr\\r"'),
        (Quoting.WORDS, ("\x01\x1b\x7f",), '"\\x01\\x1b\\x7f"'),
        (Quoting.WORDS, ("", ";", "; a"), '${C2Q_EMPTY} ${C2Q_SEMICOLON} "; a"'),
        (Quoting.WORDS, ("ünï",), '"ünï"'),
        (Quoting.WORDS, "one word", '"one word"'),
        (Quoting.PAIR, "KEY=", '"KEY="'),
        (Quoting.PAIR, 'KEY={"a": 1}', '"KEY={\\"a\\": 1}"'),
        (Quoting.RAW, "a b", "a b"),
        (Quoting.RAW, "50% of $5", "50%% of $$5"),
        (Quoting.RAW, "back\\slash", "back\\slash"),
        (Quoting.RAW, 'in "quotes" inside', 'in "quotes" inside'),
        (Quoting.PLAIN, "net.core.somaxconn=1", "net.core.somaxconn=1"),
        (Quoting.PLAIN, "range=1 2", '"range=1 2"'),
        (Quoting.PLAIN, "it's", '"it\'s"'),
        (Quoting.PLAIN, "50%", "50%%"),
        (Quoting.TEXT, "$5 and 50%", "$5 and 50%%"),
        (Quoting.VARIABLES, ("A=", "B=$x %"), 'A= "B=$x %%"'),
        (Quoting.COMMAND, ("/bin/sh", "-c", 'echo "$x"'), '/bin/sh -c "echo \\"$$x\\""'),
        (Quoting.FLAG, True, "true"),
        (Quoting.FLAG, False, "false"),
        (Quoting.PATHS, ("/a", '/b "c" $d\\', "/50%"), '/a "/b \\"c\\" $d\\\\" "/50%%"'),
        (Quoting.RAW, Specified("%t", "/a%b:$c"), "%t/a%%b:$$c"),
        (Quoting.TEXT, Specified("%i", " of 100%", "Wait for "), "Wait for %i of 100%%"),
        (Quoting.WORDS, (Specified("%t", '/a "b"'),), '"%t/a \\"b\\""'),
        (Quoting.COMMAND, ("cat", Specified("%t", "/x")), "cat %t/x"),
        (Quoting.RAW, Reference("p-d.volume", "p_d", "p-d-volume.service", ":/$x"), "p-d.volume:/$$x"),
        (Quoting.RAW, Syntax("%h/x"), "%h/x"),
    ],
)
def test_written(how: Quoting, value: Value, text: str) -> None:
    assert line(value, how) == text


@pytest.mark.parametrize(
    ("how", "value"),
    [
        (Quoting.WORDS, ("nul\0",)),
        (Quoting.WORDS, ("\x80",)),
        (Quoting.RAW, "two\nlines"),
        (Quoting.RAW, " leading"),
        (Quoting.RAW, "trailing\u00a0"),
        (Quoting.RAW, "trailing\u3000"),
        (Quoting.RAW, "\u2028leading"),
        (Quoting.RAW, "backslash\\"),
        (Quoting.RAW, '"quoted"'),
        (Quoting.RAW, ""),
        (Quoting.PLAIN, 'a "b" c'),
        (Quoting.PLAIN, "a\tb\n"),
        (Quoting.TEXT, "two\nlines"),
        (Quoting.PATHS, ("two\nlines",)),
        (Quoting.RAW, Specified("%t", "/x\n[Service]")),
        (Quoting.RAW, Specified("%t", "/x\\")),
        (Quoting.RAW, Specified("%t", "/\ue000")),
        (Quoting.RAW, Reference("a.volume", "a", "a-volume.service", ":/x\ny")),
        (Quoting.WORDS, ("\ufdd0",)),
        (Quoting.COMMAND, ("\U0010ffff",)),
        (Quoting.WORDS, ("x" * (MAX_WORD + 1),)),
        (Quoting.RAW, "ü" * (MAX_WORD // 2 + 1)),
    ],
)
def test_cannot_be_written(how: Quoting, value: Value) -> None:
    with pytest.raises(InexpressibleError):
        line(value, how)


@pytest.mark.parametrize("text", ["two\nlines", "cr\rlf", "goes on \\", "goes on \\  ", "nul\0", "\ufffe"])
def test_a_text_in_the_syntax_of_units_stays_on_its_line(text: str) -> None:
    with pytest.raises(InexpressibleError):
        Syntax(text)


def test_only_a_specifier_is_one() -> None:
    with pytest.raises(ValueError, match="is not a specifier"):
        Specified("%t\n[Service]")
