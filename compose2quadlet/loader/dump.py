"""Prints the canonical project exactly as ``docker compose config`` does.

Sources: Go's ``encoding/json``, go-yaml v3 ``encode.go`` and ``sorter.go``, compose-go's marshalling methods.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from functools import cmp_to_key
from typing import Any

from compose2quadlet.loader import scalars
from compose2quadlet.loader.decode import Hosts, Ssh, Struct, Ulimit
from compose2quadlet.loader.emit import emit
from compose2quadlet.loader.tree import Seq, Timestamp
from compose2quadlet.loader.units import Bytes, Duration, Mode, duration_text, mode_text

PARTS = frozenset(("ipam", "resources", "placement", "exec"))
"""Objects inside others, which YAML output omits if they are empty."""

CAPITAL = frozenset(("weight_device", "device_read_bps", "device_read_iops", "device_write_bps", "device_write_iops"))
"""Lists whose items have capitalised keys in JSON."""


def to_json(project: dict[str, Any]) -> str:
    """JSON: top-level keys sorted, extensions only there. Raises ValueError if Compose could not print it."""
    printed = _sources_only(project)
    return _shown(go_json({k: _jsonable(v, k) for k, v in sorted(printed.items()) if k != "models"}, indent=2))


def _sources_only(project: dict[str, Any]) -> dict[str, Any]:
    """``project`` without the content that configs got from the environment."""
    if "configs" not in project:
        return project
    configs = {}
    for name, config in project["configs"].items():
        hidden = "content" if config.get("environment") else None
        configs[name] = Struct((k, v) for k, v in config.items() if k != hidden)
    return Struct({**project, "configs": configs})


def _jsonable(value: Any, key: str) -> Any:
    if isinstance(value, Hosts):
        return sorted(f"{host}={ip}" for host, ips in value.items() for ip in ips)
    if isinstance(value, Ssh):
        if any(value.values()):
            raise ValueError("Docker Compose cannot print 'ssh' with a path as JSON; use --format yaml")
        return sorted(value)
    if isinstance(value, Struct):
        named = {(k.capitalize() if key in CAPITAL else k): v for k, v in value.items() if not k.startswith("x-")}
        if key == "env_file" and value.get("required"):
            return value["path"]
        if isinstance(value, Ulimit):
            named = {k: v for k, v in named.items() if v}
        return {k: _jsonable(v, k) for k, v in named.items()}
    if isinstance(value, dict):
        return {k: _jsonable(value[k], k) for k in sorted(value)}
    if isinstance(value, Seq) and not value:
        return None  # a list of an extension; unlike a list of an attribute, Go prints an empty one as null
    if isinstance(value, list):
        return [_jsonable(v, key) for v in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, Bytes):
        return str(int(value))
    if isinstance(value, Duration):
        return duration_text(value)
    return mode_text(value) if isinstance(value, Mode) else value


def go_json(value: Any, indent: int = 0) -> str:
    """JSON as Go writes it: without indentation it has no blanks at all."""
    return _encoded(value, " " * indent, "\n" if indent else "")


def _encoded(value: Any, step: str, line: str) -> str:
    """``line`` is the line break before this value's end, with its indentation; ``step`` is added inside."""
    if isinstance(value, dict) and value:
        colon = ": " if step else ":"
        items = [f"{_quoted(k)}{colon}{_encoded(v, step, line + step)}" for k, v in value.items()]
        return "{" + line + step + ("," + line + step).join(items) + line + "}"
    if isinstance(value, list) and value:
        items = [_encoded(v, step, line + step) for v in value]
        return "[" + line + step + ("," + line + step).join(items) + line + "]"
    if isinstance(value, float):
        return _json_float(value)
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(value: str) -> str:
    # Bytes that are not UTF-8 are surrogates here, and U+FFFD to Go, as an escape.
    text = scalars.SURROGATE.sub(r"\\ufffd", json.dumps(value, ensure_ascii=False))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _json_float(value: float) -> str:
    """The shortest digits, with an exponent below 1e-6 and from 1e21. Raises ValueError for what JSON lacks."""
    if not math.isfinite(value):
        raise ValueError("JSON cannot represent infinity or NaN; use --format yaml")
    text = repr(value).removesuffix(".0")
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return text
    if 1e-6 <= abs(value) < 1e21:
        from decimal import Decimal

        return format(Decimal(text), "f")
    return f"{mantissa}e{exponent[0]}{exponent.lstrip('+-0')}"


def service_hash(service: dict[str, Any]) -> str:
    """The hash that tells Docker Compose whether a service has changed (``config --hash``)."""
    ignored = ("build", "pull_policy", "scale", "depends_on", "profiles")
    left = Struct((k, v) for k, v in service.items() if k not in ignored)
    if "deploy" in left:
        left["deploy"] = Struct((k, v) for k, v in left["deploy"].items() if k != "replicas")
    return hashlib.sha256(go_json(_jsonable(left, "")).encode()).hexdigest()


# ---------------------------------------------------------------- YAML


def to_yaml(project: dict[str, Any]) -> str:
    """YAML in the order of the compose objects, extensions last."""
    return _emit(_yamlable(_sources_only(project), ""))


def tree_yaml(tree: dict[str, Any]) -> str:
    """A tree with unchanged values and sorted keys."""
    return _emit(_yamlable(dict(tree), ""))


def tree_json(tree: dict[str, Any]) -> str:
    """A tree with unchanged values and sorted keys."""
    return _shown(json.dumps(tree, indent=2, ensure_ascii=False, sort_keys=True))


def _shown(text: str) -> str:
    """JSON of the same meaning that moves no terminal's cursor; unlike Go, which leaves DEL and C1 as they are."""
    return re.sub("[\x7f-\x9f]", lambda m: f"\\u{ord(m[0]):04x}", text)


def _yamlable(value: Any, key: str) -> Any:
    if isinstance(value, Hosts):
        return sorted(f"{host}={ip}" for host, ips in value.items() for ip in ips)
    if isinstance(value, Ssh):
        return [f"{name}: {path}" if path else name for name, path in value.items()]
    if isinstance(value, Struct):
        out = {k: _yamlable(v, k) for k, v in value.items()}
        return {k: v for k, v in out.items() if not _left_out(k, v)}
    if isinstance(value, dict):
        return {k: _yamlable(value[k], k) for k in sorted(value, key=cmp_to_key(natural))}
    if isinstance(value, list):
        return [_yamlable(v, key) for v in value]
    return _scalar(value)


def _left_out(key: str, value: Any) -> bool:
    return (value is None and key in ("command", "entrypoint")) or (key in PARTS and value == {})


def natural(one: str, two: str) -> int:
    """Order keys as go-yaml does: letters before other characters, runs of digits by their value."""
    digits = False
    for i in range(min(len(one), len(two))):
        a, b = one[i], two[i]
        if a == b:
            digits = a.isdigit()
            continue
        if a.isalpha() and b.isalpha():
            return -1 if a < b else 1
        if a.isalpha() or b.isalpha():
            return -1 if (a if digits else b).isalpha() else 1
        return _by_number(one, two, i)
    return len(one) - len(two)


def _by_number(one: str, two: str, at: int) -> int:
    start = 0
    if "0" in (one[at], two[at]):
        j = at - 1
        while j >= 0 and one[j].isdigit():
            if one[j] != "0":
                start = 1
                break
            j -= 1
    runs = [re.compile(r"[0-9]*").match(text, at) for text in (one, two)]
    a, b = (int(f"{start}{run.group() if run else ''}" or "0") for run in runs)
    ends = [run.end() if run else at for run in runs]
    if a != b:
        return -1 if a < b else 1
    if ends[0] != ends[1]:
        return ends[0] - ends[1]
    return -1 if one[at] < two[at] else 1


OLD_BOOLEAN = frozenset("y Y yes Yes YES on On ON n N no No NO off Off OFF".split())
BINARY = f"{scalars.TAG}binary"
BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")


def _plain(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    return "null" if value is None else scalars.text(value)


def _base64(value: str) -> str:
    """What is not UTF-8, as go-yaml writes it: from 70 characters on, in lines."""
    data = base64.b64encode(value.encode("utf-8", "surrogateescape")).decode()
    return data if len(data) < 70 else "".join(f"{data[i : i + 70]}\n" for i in range(0, len(data), 70))


def _other(text: str) -> bool:
    """Whether a text without quotes would be something else than text."""
    return type(scalars.plain(text)) is not str or text in OLD_BOOLEAN or BASE_60.match(text) is not None


def _easy_text(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) and _other(value) else _plain(value)


def _scalar_node(dumper: Any, value: Any) -> Any:
    """The node of a scalar, quoted if go-yaml would quote it."""
    style = None
    if isinstance(value, str) and scalars.SURROGATE.search(value):
        lines = _base64(value)
        return dumper.represent_scalar(BINARY, lines, "|" if "\n" in lines else None)
    if isinstance(value, str) and not isinstance(value, Timestamp):
        if any(ord(char) > 0xFFFF or char == "\x85" for char in value):
            style = '"'  # go-yaml escapes characters outside the first Unicode plane, and the C1 line break
        elif "\n" in value:
            style = "|"
        elif _other(value):
            style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", _plain(value), style)


def _emit(tree: Any) -> str:
    return emit(tree, _easy_text, _thorough)


def _thorough(tree: Any) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes every value as the given text, quoted if go-yaml would quote it."""

        # Resolving is done below, by the rules of YAML 1.2.
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            super().increase_indent(flow, False)

        def ignore_aliases(self, data: Any) -> bool:
            return True

        def analyze_scalar(self, scalar: str) -> Any:
            """Unlike PyYAML, go-yaml writes tabs literally in multi-line texts."""
            analysis = super().analyze_scalar(scalar.replace("\t", "_"))
            if "\t" in scalar:
                analysis.scalar = scalar
                analysis.allow_block_plain = analysis.allow_single_quoted = False
            return analysis

        def choose_scalar_style(self) -> Any:
            """Unlike PyYAML, go-yaml writes what has a tag without quotes."""
            tagged = isinstance(self.event, yaml.ScalarEvent) and self.event.tag == BINARY and not self.event.style
            return "" if tagged else super().choose_scalar_style()

        def check_simple_key(self) -> bool:
            """Unlike PyYAML, go-yaml counts bytes, leaves out the tag, and takes an empty key."""
            if not isinstance(self.event, yaml.ScalarEvent):
                return bool(super().check_simple_key())
            self.analysis = self.analyze_scalar(self.event.value)
            return not self.analysis.multiline and len(self.event.value.encode(errors="surrogatepass")) <= 128

    for kind in (str, int, float, bool, type(None)):
        Dumper.add_multi_representer(kind, _scalar_node)
        Dumper.add_representer(kind, _scalar_node)
    out: str = yaml.dump(tree, Dumper=Dumper, sort_keys=False, width=float("inf"), allow_unicode=True, indent=2)
    return out
