"""Reads compose files into one merged tree: the stages of each file, in order.

The order is Docker Compose's (compose-go ``loadYamlFile``); much of what Compose does depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from typing import Any

from compose2quadlet.diagnostics import Log, Path, Position, RefusedError, refuse
from compose2quadlet.frozen import frozen
from compose2quadlet.loader import (
    canonical,
    checks,
    extends,
    files,
    include,
    interpolate,
    merge,
    normalize,
    parse,
    paths,
    schema,
    unique,
)
from compose2quadlet.loader.discover import read_env_files
from compose2quadlet.loader.interpolate import Variables
from compose2quadlet.loader.tree import Map, Mark, Seq, locate, to_position

Documents = list[parse.Document]


@frozen()
class Context:
    """What the stages of a file share.

    ``environment`` is for interpolation; references to other files are relative to ``folder`` (absolute),
    ``prefix`` what is put before relative paths, ``chain`` the files that are being read.
    """

    log: Log
    variables: Variables
    environment: dict[str, str]
    folder: str
    prefix: str
    interpolate: bool = True
    chain: tuple[str, ...] = ()
    bases: dict[tuple[str, str], extends.Base] = field(default_factory=dict)


def documents(file: str, position: Position | None = None) -> Documents:
    """The YAML documents of a compose file, which is named at ``position``. Raises RefusedError."""
    return list(parse.documents(files.read(file, "compose file", position), file))


def merged(sources: Sequence[tuple[str, Documents]], context: Context) -> Map:
    """The merged, canonical tree of a project's files, each given with its documents.

    Raises RefusedError, with positions.
    """
    tree = Map()
    for file, docs in sources:
        for document in docs:
            tree = _add(tree, document, file, context)
    with placed(tree):
        canonical.add_defaults(tree)
        checks.check_tree(tree)
        paths.resolve(tree, context.prefix, context.environment.get("HOME"))
    normalize.take_environment(tree, context.environment.get)
    return tree


def _add(tree: Map, document: parse.Document, file: str, context: Context) -> Map:
    """Merge one document of ``file`` over ``tree``."""
    own = _interpolated(document, file, context)
    with placed(own):
        extends.Extender(file, context.folder, _base_reader(context), context.variables.budget).apply(
            own, document.resets
        )
    extends.remove(tree, (), document.resets)
    chain = (*context.chain, file)
    include.apply(
        own, context.folder, chain, context.variables.budget, lambda included: _included(included, chain, context)
    )
    tree = merge.merge(tree, own)
    with placed(tree):
        unique.enforce(tree)
        schema.validate(tree)
        # Compose ignores it, with a warning that would only be noise for somebody who leaves Compose.
        tree.pop("version", None)
        canonical.canonical(tree, context.interpolate)
        # Port ranges are expanded by now, which may reveal new duplicates.
        return unique.enforce(tree)


def _interpolated(document: parse.Document, file: str, context: Context) -> Map:
    own = document.value
    if not isinstance(own, Map):
        kind = "a list" if isinstance(own, Seq) else "empty" if own is None else "a single value"
        raise refuse(
            "not-a-mapping",
            f"the file is {kind}, not a compose file",
            "A compose file is a mapping: it starts with a line such as 'services:'.",
            position=Position(file, 1, 1),
        )
    if context.interpolate:
        return interpolate.interpolate(own, context.variables, context.log)
    _collect(own, context.variables)
    return own


def _base_reader(context: Context) -> extends.ReadBase:
    """Reads files that are extended. They are not checked as a whole, since only what is taken from them counts."""

    def read(path: str, prefix: str, position: Position) -> extends.Base:
        if (path, prefix) in context.bases:
            return context.bases[path, prefix]
        tree, resets = Map(), list[Path]()
        for document in parse.documents(files.read(path, "extended file", position), path):
            own = _interpolated(document, path, context)
            extends.remove(tree, (), document.resets)
            tree, resets = merge.merge(tree, own), document.resets
            with placed(tree):
                canonical.canonical(unique.enforce(tree), context.interpolate)
                unique.enforce(tree)
        services = tree.get("services")
        if not isinstance(services, Map):
            raise refuse("undefined", f"{path} has no services to extend", "Is this the right file?", position=position)
        with placed(tree):
            paths.resolve(tree, prefix, context.environment.get("HOME"))
        base = extends.Base(services, resets)
        context.bases[path, prefix] = base
        return base

    return read


def _included(included: include.Included, chain: tuple[str, ...], context: Context) -> Map:
    """The tree of an included project. Variables that are already set win over its own env files."""
    values = read_env_files(included.env_files, context.environment, context.variables, included.position)
    environment = {**values, **context.environment}
    inner = replace(
        context,
        variables=context.variables.with_lookup(environment.get),
        environment=environment,
        folder=included.folder,
        prefix=included.prefix,
        chain=chain,
        bases={},
    )
    return merged([(file, documents(file, included.position)) for file in included.files], inner)


@contextmanager
def placed(tree: Map) -> Iterator[None]:
    """Add positions to errors that name a path in ``tree``."""
    try:
        yield
    except RefusedError as e:
        found = [d if d.position else replace(d, position=locate(tree, d.path)) for d in e.diagnostics]
        raise RefusedError(*found) from e


def _collect(value: Any, variables: Variables, mark: Mark | None = None) -> None:
    """Record which variables the values of a tree use, without replacing any."""
    if isinstance(value, str):
        if value.count("${") <= interpolate.MAX_NESTING:
            interpolate.record(value, variables, to_position(mark))
    elif isinstance(value, Map):
        for key, item in value.items():
            _collect(item, variables, value.marks.get(key))
    elif isinstance(value, Seq):
        for item, at in value.marked():
            _collect(item, variables, at)
