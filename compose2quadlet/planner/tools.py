"""Tools that stop, start or replace containers by the engine, which systemd takes for a failure.

Measured with Podman 5.8: a container that is stopped that way is removed, systemd starts a new one after some seconds,
and the tool cannot start the one that it knows.
"""

from __future__ import annotations

from compose2quadlet.diagnostics import Log, Path
from compose2quadlet.frozen import frozen
from compose2quadlet.model import Project, Service
from compose2quadlet.planner.dns import listed


@frozen()
class Tool:
    """A tool: the names of its images without registry, owner and tag, the labels that other services have for it, and
    what to do without it. A label that ends with a dot is the start of several."""

    name: str
    images: tuple[str, ...]
    labels: tuple[str, ...]
    instead: str


BACKUP = "Let a timer run 'systemctl stop', the backup and 'systemctl start'."
HEALTH = "To restart what is unhealthy, write 'x-quadlet: {Container: {HealthOnFailure: kill}}'."
UPDATES = "To update, write 'x-quadlet: {auto_update: registry}'."
ON_DEMAND = "Nothing starts units on request; leave them running."
CLEANING = "To remove what nobody uses, let a timer run 'podman image prune'."

TOOLS = (
    Tool(
        "docker-volume-backup",
        ("docker-volume-backup",),
        ("docker-volume-backup.stop-during-backup", "docker-volume-backup.stop-during-backup-no-restart"),
        BACKUP,
    ),
    Tool("Sablier", ("sablier",), ("sablier.",), ON_DEMAND),
    Tool("Lazytainer", ("lazytainer",), ("lazytainer.",), ON_DEMAND),
    Tool("ContainerNursery", ("containernursery",), (), ON_DEMAND),
    Tool("autoheal", ("autoheal", "docker-autoheal"), ("autoheal",), HEALTH),
    Tool("deunhealth", ("deunhealth",), ("deunhealth.restart.on.unhealthy",), HEALTH),
    Tool("Ouroboros", ("ouroboros",), ("com.ouroboros.enable",), UPDATES),
    Tool("dockcheck", ("dockcheck",), ("mag37.dockcheck.",), UPDATES),
    Tool("Tugtainer", ("tugtainer",), (), UPDATES),
    Tool("docker-gc", ("docker-gc", "docker-gc-cron", "docuum"), (), CLEANING),
)
"""Source: the documentation of each. Watchtower is not in the list: its labels mean something here, see ``updates``."""

OFF = ("false", "0", "no", "off")


def check(project: Project, log: Log) -> None:
    """Warn once of the tools in a project, and of the services that wait for one to act on them."""
    tools: dict[str, Path] = {}
    labelled: dict[str, Path] = {}
    advice: dict[str, None] = {}
    for name, service in project.services.items():
        for tool in TOOLS:
            if base(service.image) in tool.images:
                tools[name] = ("services", name)
                advice[tool.instead] = None
            elif label := _label(service, tool):
                labelled.setdefault(name, ("services", name, "labels", label))
                advice[tool.instead] = None
    if tools:
        message = f"{listed(tools, 'stops or replaces', 'stop or replace')} containers behind systemd's back, which"
        message += " starts them again at once under another ID"
    elif labelled:
        one = len(labelled) == 1
        message = f"{listed(labelled, 'has', 'have')} labels for a tool that stops or replaces containers, which does"
        message += f" not work with {'a unit' if one else 'units'}: systemd starts what was stopped"
    else:
        return
    log.warn("container-tool", message, " ".join(advice), next(iter((tools or labelled).values())))


def _label(service: Service, tool: Tool) -> str:
    """The first label of a service that is for a tool; empty where there is none, or it says no."""
    for label, text in service.labels.items():
        known = any(label == name or (name.endswith(".") and label.startswith(name)) for name in tool.labels)
        if known and text.lower() not in OFF:
            return label
    return ""


def base(image: str) -> str:
    """The last part of an image's name, without tag and digest."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0].lower()
