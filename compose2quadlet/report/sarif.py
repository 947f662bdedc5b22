"""The findings of ``check`` as SARIF 2.1.0, which code review systems show at the lines of a pull request.

Sources: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0; GitHub, "SARIF support for code
scanning".
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from compose2quadlet import __version__
from compose2quadlet.diagnostics import Diagnostic, Severity, dotted
from compose2quadlet.diagnostics.codes import Code, codes
from compose2quadlet.report.findings import Checked
from compose2quadlet.run import Outcome
from compose2quadlet.run.allow import IN_THE_SETTINGS, ON_THE_COMMAND_LINE

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
HOME = "https://github.com/compose2quadlet/compose2quadlet"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}

FINGERPRINT = "compose2quadlet/v1"
"""The name of the fingerprints; it changes with the way they are computed."""


def document(checked: Checked, root: str) -> dict[str, Any]:
    """The SARIF document. Files below the directory ``root`` are named relative to it."""
    results = list(_results(checked, root))
    rules = sorted({result["ruleId"] for result in results})
    for result in results:
        result["ruleIndex"] = rules.index(result["ruleId"])
    notifications = [{"level": "note", "message": {"text": f"Not checked: {text}."}} for text in checked.skipped]
    run = {
        "tool": {
            "driver": {
                "name": "compose2quadlet",
                "semanticVersion": __version__,
                "informationUri": HOME,
                "rules": [_rule(codes()[slug]) for slug in rules],
            }
        },
        "invocations": [{"executionSuccessful": not checked.crashed, "toolExecutionNotifications": notifications}],
        "originalUriBaseIds": {"ROOT": {"uri": f"{Path(root).as_uri()}/"}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: Code) -> dict[str, Any]:
    return {
        "id": code.slug,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.meaning},
        "help": {"text": code.remedy},
        "defaultConfiguration": {"level": LEVELS[max(code.severities)]},
    }


def _results(checked: Checked, root: str) -> Iterator[dict[str, Any]]:
    same: Counter[str] = Counter()
    for outcome, one in zip(checked.run.outcomes, checked.found, strict=True):
        for d, reason in (*((d, "") for d in one.counted), *one.allowed):
            print_ = fingerprint(d, outcome.title)
            same[print_] += 1
            result: dict[str, Any] = {
                "ruleId": d.code,
                "level": LEVELS[d.severity],
                "message": {"text": f"{d.message}. {d.hint}" if d.hint else f"{d.message}."},
                "locations": [_location(d, outcome, root)],
                # Findings that are alike are told apart by their order.
                "partialFingerprints": {FINGERPRINT: f"{print_}:{same[print_]}"},
            }
            if reason:
                kind = "external" if reason in (ON_THE_COMMAND_LINE, IN_THE_SETTINGS) else "inSource"
                result["suppressions"] = [{"kind": kind, "justification": reason}]
            yield result


def fingerprint(d: Diagnostic, project: str) -> str:
    """What a finding is about, without its line: the same while lines, or items of its list, move."""
    keys = [step for step in d.path if isinstance(step, str)]
    parts = [d.code, project, dotted(tuple(keys)), d.message]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def _location(d: Diagnostic, outcome: Outcome, root: str) -> dict[str, Any]:
    """The place of a finding. One without a place is shown at the start of its project's first file."""
    sources = outcome.conversion.loaded.tree.sources.files if outcome.conversion else ()
    file = d.position.file if d.position else next(iter(sources), outcome.folder or ".")
    line, column = (d.position.line, d.position.column) if d.position and d.position.line else (1, 1)
    place = {"artifactLocation": _artifact(file, root), "region": {"startLine": line, "startColumn": column}}
    location: dict[str, Any] = {"physicalLocation": place}
    if d.path:
        location["logicalLocations"] = [{"fullyQualifiedName": dotted(d.path)}]
    return location


def _artifact(file: str, root: str) -> dict[str, Any]:
    if file == "-":
        return {"uri": "stdin"}
    path = os.path.normpath(os.path.join(root, file))
    inside = os.path.relpath(path, root)
    if inside.startswith(".."):
        return {"uri": Path(path).as_uri()}
    return {"uri": quote(Path(inside).as_posix()), "uriBaseId": "ROOT"}
