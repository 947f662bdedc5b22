"""Reads compose files into the canonical project, as Docker Compose understands them.

``load`` names the stages in order. Nothing here knows about units, and nothing opens a network connection.
"""

from __future__ import annotations

from typing import Any

from compose2quadlet.diagnostics import Log, Path, Position, dotted, refuse
from compose2quadlet.frozen import frozen
from compose2quadlet.loader import attributes, caller, checks, decode, environment, normalize, profiles, read
from compose2quadlet.loader.discover import Request, Sources, discover, given_name, project_name
from compose2quadlet.loader.interpolate import Variables, expand
from compose2quadlet.loader.tree import Map, Seq, locate, outline, to_position

__all__ = ["Loaded", "Request", "Tree", "from_tree", "load", "load_tree"]


@frozen()
class Tree:
    """The merged and completed tree of a project, before its values are decoded. ``given`` are the documents of its
    files as they were read; those of other files, which they include or extend, are not there."""

    name: str
    sources: Sources
    root: Map
    variables: Variables
    given: tuple[Map, ...] = ()

    def keys(self, path: Path) -> dict[str, tuple[Any, Position]]:
        """The keys of the mapping at ``path`` that a file gives, each with its value and place, in the order of the
        files; those too that loading resolves, such as ``extends``."""
        found: dict[str, tuple[Any, Position]] = {}
        for root in (self.root, *self.given):
            node: Any = root
            for step in path:
                node = node.get(str(step)) if isinstance(node, Map) else None
            for key, mark in node.marks.items() if isinstance(node, Map) else ():
                if key not in found and key in node and (position := to_position(mark)):
                    found[key] = (node[key], position)
        return dict(sorted(found.items(), key=lambda item: item[1][1]))


@frozen()
class Loaded:
    """A loaded project.

    ``project`` is canonical: what ``docker compose config`` prints, in its order, with sizes, durations and
    file modes as typed numbers. ``disabled`` has the services without an active profile.
    """

    tree: Tree
    project: dict[str, Any]
    disabled: dict[str, Any]


def load(request: Request, log: Log) -> Loaded:
    """Load a project. ``log`` gets the warnings, and the tree to look up positions in.

    Raises RefusedError, with positions, for whatever Docker Compose refuses.
    """
    tree = load_tree(request, log)
    return from_tree(tree, request, log)


def from_tree(tree: Tree, request: Request, log: Log, all_profiles: bool = False) -> Loaded:
    """The canonical project of a tree. With ``all_profiles``, the services of all profiles take part, though they may
    not be able to run together: some may have the same container name. Raises RefusedError."""
    with read.placed(tree.root):
        project = decode.decode(tree.root, (), attributes.project)
        for path in decode.swallowed(project):
            hint = "Docker Compose moves such keys into '#extensions'. Write the entries as a list: 'x-key=value'."
            log.warn(
                "key-swallowed", f"{dotted(path)}: Compose treats keys that start with 'x-' as extensions", hint, path
            )
        disabled = profiles.split(project, ["*"] if all_profiles else tree.sources.profiles)
        if request.consistency:
            checks.check_project(project, disabled)
        environment.resolve_labels(project, tree.variables)
        if request.read_env_files:
            environment.resolve(project, tree.sources.environment, tree.variables)
        if request.consistency and not all_profiles:
            checks.check_container_names(project["services"])
    profiles.drop_unused(project)
    return Loaded(tree, project, disabled)


def load_tree(request: Request, log: Log) -> Tree:
    """Load a project up to the merged tree. Raises RefusedError."""
    variables = Variables(lambda _name: None, missing=log.unset)
    sources = discover(request, variables, log)
    variables.lookup = sources.environment.get
    documents = [(file, read.documents(file)) for file in sources.files]
    name = _name(request, sources, documents, variables)
    sources.environment["COMPOSE_PROJECT_NAME"] = name
    inherited = caller.inherited(d.value for _, docs in documents for d in docs)
    given = tuple(outline(d.value) for _, docs in documents for d in docs if isinstance(d.value, Map))
    context = read.Context(
        log, variables, sources.environment, sources.folder, sources.folder, interpolate=request.interpolate
    )
    root = read.merged(documents, context)
    if not root:
        file = sources.files[0]
        raise refuse("not-a-mapping", f"{file} is empty", "A compose file needs at least 'services:'.")
    caller.check(inherited, request.environ, variables, log)
    log.locate = lambda path: locate(root, path)
    normalize.normalize(root, name, sources.environment.get)
    return Tree(name, sources, root, variables, given)


def _name(request: Request, sources: Sources, documents: list[tuple[str, read.Documents]], variables: Variables) -> str:
    """The project's name: the given one, or that of the last file that has one, or the directory's."""
    if name := given_name(request, sources.environment):
        return name
    for file, docs in reversed(documents):
        for document in reversed(docs):
            raw = document.value.get("name") if isinstance(document.value, Map) else None
            if raw is None or isinstance(raw, Map | Seq) or raw == "":
                continue
            position = locate(document.value, ("name",))
            text = expand(str(raw), variables, position, "name") if request.interpolate else str(raw)
            if name := project_name(text):
                return name
            raise refuse(
                "bad-name",
                f"the name in {file} contains no letter or digit",
                "Choose another name, or set one with --project-name.",
                ("name",),
                position,
            )
    folder = sources.folder.rstrip("/").rpartition("/")[2]
    if name := project_name(folder):
        return name
    raise refuse(
        "bad-name",
        f"no project name can be made from the directory name {folder!r}",
        "Set one with --project-name, or with 'name:' in the compose file.",
    )
