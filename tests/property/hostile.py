"""Texts that mean something to YAML, to Podman's generator, to systemd, to a shell or to a terminal."""

from __future__ import annotations

from random import Random

MARKER = "/tmp/c2q-pwned"
"""The program that the injected directives name: no unit may ever run it."""

SYNTAX = "\"'\\$%{};#[]=:,*|&<>!?@`~^()-+._/ \t\n\r"
BLANKS = "\u00a0\u0085\u2028\u2029\u3000\ufeff\x0b\x0c\x1c"
CONTROL = "\x01\x07\x08\x1b\x7f\x80\x9b"
BIDI = "\u200e\u202a\u202e\u2066\u2069\u200b"
NONCHARACTERS = "\ufffe\uffff\ufdd0\ufdef\U0001fffe\U0010ffff"
DIGITS = "0123456789²٣\uff11"
OTHERS = "abcXHOMEnxtué€😀\ufffd\ue000"
COMMON = SYNTAX * 4 + DIGITS + OTHERS * 2
RARE = BLANKS + CONTROL + BIDI + NONCHARACTERS + "\0"

SNIPPETS = (
    # Lines of their own.
    f"x\n[Service]\nExecStartPre=/bin/touch {MARKER}\n#",
    f"\n[Service]\nExecStartPre=/bin/touch {MARKER}",
    f"x\r[Service]\rExecStartPre=/bin/touch {MARKER}\r#",
    f"x\r\nExecStartPre=/bin/touch {MARKER}\r\n",
    f"x\u2028[Service]\u2028ExecStartPre=/bin/touch {MARKER}",
    f"x\u0085ExecStartPre=/bin/touch {MARKER}",
    f"x\x0bExecStartPre=/bin/touch {MARKER}\x0c",
    f"x\\\nExecStartPre=/bin/touch {MARKER}",
    f"x ; /bin/touch {MARKER}",
    f"; /bin/touch {MARKER} ;",
    f'" ; /bin/touch {MARKER} ; "',
    f"' ; /bin/touch {MARKER} ; '",
    f"x\\n[Service]\\nExecStartPre=/bin/touch {MARKER}",
    f"$(/bin/touch {MARKER})",
    f"`/bin/touch {MARKER}`",
    f"'; /bin/touch {MARKER}; '",
    "a\nExec=b",
    "a\nb",
    "a\rb",
    "a\r\nb",
    "a\\\nb",
    "\n",
    "\r",
    "#a",
    ";a",
    "[Service]",
    "[Container]",
    "Exec=b",
    # Quotes, escapes, variables and specifiers.
    *(";", ";;", "\\", "\\\\", "a\\", "a\\ ", "\\;", '"', "'", '""', "''", 'a"', "a'", '"a"', "'a'", 'a"b', "a'b"),
    *("$HOME", "${HOME}", "${X:-y}", "$(id)", "$", "$$", "a$", "%n", "%%", "%", "a%", "%t", "%h/x", "%Z"),
    *(r"\x41", r"\101", r"\u0041", r"\U00000041", r"\s", r"\e", "\\\t", "\\x", "\\x4", "\\u12"),
    # Options, lists and pairs.
    *("-", "--", "-v", "-a", "--privileged", "--rm", "-x=y", "--env=A=b", "- a", "|", "&", "~", "!", "@", "*", "*a"),
    *(
        "a,b",
        ",",
        ",a",
        "a,",
        "a,source=/",
        "a,ro=false",
        "a:b",
        ":",
        ":a",
        "a:",
        "a:b:c",
        "a:ro",
        "a=b",
        "=",
        "=a",
        "a=",
    ),
    # Paths.
    *(
        "/",
        "//",
        "//srv/x",
        "//c/Users/x",
        "//var/run/docker.sock",
        "../",
        "../../etc",
        "..",
        ".",
        "./a",
        "/a/../..",
        "~/a",
    ),
    *("/a//b", "/a/./b", "/dev/x", "/dev/x\n<0>panic", "-/dev/x", "C:\\a", "C:/a", "\\\\host\\share", "/a b", "a/b"),
    # Names that a generator takes for units.
    *("a.container", "a.network", "a.volume", "a.image", "a.build", "a.pod", "a.kube", "a.service", "a.target"),
    *("A.container", ".network", "@a", "a@b", "a@.container", "-.mount", "host", "none", "a b", "a-b", "default"),
    # Blanks at an end.
    *(" ", " a", "a ", "\t", "\ta", "a\t", "  ", "\u00a0a", "a\u00a0", "\u3000", "a\u2028", "a\u0085", "\ufeffa"),
    # Numbers, and what looks like one.
    *(
        "0",
        "-1",
        "1e9",
        "1.5",
        "8080.0",
        "abc",
        "²",
        "٣",
        "\uff11\uff12",
        "1_000",
        "0x10",
        "0o17",
        "010",
        ".inf",
        "-.inf",
        ".nan",
    ),
    *("inf", "nan", "infinity", "1e400", "9" * 20, "9" * 400, "9" * 5000, "-" + "9" * 5000, "1" + "0" * 4999 + "s"),
    *("true", "yes", "on", "null", "~", "2001-01-01", "1:30", "<<", "{}", "[]", "!!str", "&a", "*a", "!reset"),
    # What a terminal, the journal or a reader of text takes for more than text.
    *(
        "\x1b[31mred",
        "\x1b]0;t\x07",
        "\x9b31m",
        "<0>panic",
        "a\x00b",
        "\x00",
        "\u202egnp.exe",
        "\u2066a",
        "\x7f",
        "\x80",
    ),
    *("\ufffe", "\uffff", "\ufdd0", "a\ufffeb", "\U0001fffe", "\ufffd", "\ud7ff", "\ue000", "\x85", "\x01", "\x1f"),
)
SIZES = (131_000, 131_071, 131_072, 131_073, 140_000, 262_144, 1_048_000, 1_048_576, 1_100_000)
"""Around the limits of one word (the kernel's) and of one line (systemd's), in bytes."""


def text(random: Random, long: float = 0.002) -> str:
    """One hostile text; ``long`` says how many of them are long ones."""
    kind = random.random()
    if kind < 0.45:
        return short(random)
    if kind < 0.75:
        return random.choice(SNIPPETS)
    if kind < 1 - long:
        snippet = random.choice(SNIPPETS)
        return random.choice((f"ab{snippet}", f"{snippet}ab", f"ab{snippet}cd", snippet + short(random)))
    filler = random.choice(("a", "a", "é", "a b", '"', "%", "\\", "a,"))
    size = random.choice(SIZES) // len(filler.encode())
    return filler * size


def short(random: Random) -> str:
    """A few characters, most of them with a meaning, now and then any at all."""
    length = random.choice((0, 1, 1, 2, 2, 3, 4, 5, 6, 8, 12))
    return "".join(_char(random) for _ in range(length))


def _char(random: Random) -> str:
    kind = random.random()
    if kind < 0.8:
        return random.choice(COMMON)
    if kind < 0.95:
        return random.choice(RARE)
    code = random.randrange(0x110000 - 0x800)
    return chr(code if code < 0xD800 else code + 0x800)
