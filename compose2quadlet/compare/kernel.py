"""What the kernel says of both containers, by area, and which differences are on purpose.

``inspect`` of both engines hides these. Source: measured; proc(5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from compose2quadlet.compare import Finding, Pair, Row, Side, Values, compared, read
from compose2quadlet.compare.rows import LESS, PING


def _area(name: str) -> Callable[[Side], Values]:
    return lambda side: side.kernel.get(name) or {}


def _environment(side: Side) -> Values:
    return read.own_variables(side.kernel.get("environment") or {})


def _capability(pair: Pair, name: str, was: str | None, now: str | None) -> str:
    kind, _, capability = name.partition(" ")
    if capability in LESS and now is None:
        return "Podman gives it to no container; add it with cap_add if the service needs it"
    # those that a user other than root has were asked for with cap_add
    if (
        kind in ("ambient", "effective", "permitted")
        and was is None
        and f"bounding {capability}" in pair.old.kernel.get("capabilities", {})
    ):
        return "with cap_add, Podman lets users other than root have it"
    return ""


def _score(pair: Pair, name: str, was: str | None, now: str | None) -> str:
    if name == "oom_score_adj" and not pair.old.host.get("OomScoreAdj") and now in ("100", "200"):
        return "systemd ends services of a login user first when memory runs out; they cannot lower that"
    return ""


def _own(pair: Pair, name: str, was: str | None, now: str | None) -> str:
    """Such as what an entrypoint exports at the first start only, when it makes a database."""
    asked = (read.pairs(side.config.get("Env")) for side in (pair.old, pair.new))
    return "" if any(name in variables for variables in asked) else "a program of the image set it as it started"


def _limit(pair: Pair, name: str, was: str | None, now: str | None) -> str:
    asked = {u["Name"] for u in pair.old.host.get("Ulimits") or ()}
    return "" if name in asked else "a default of the engine, which nobody set"


def _mount(pair: Pair, path: str, was: str | None, now: str | None) -> str:
    if path == "/dev" and was and now:
        return "with a read-only root, Podman makes it read-only, too; devices in it work"
    read_only = pair.old.host.get("ReadonlyRootfs")
    if was is None and now and read_only and now.startswith("ro "):
        return "empty and read-only, in place of what Podman would make writable"
    unnamed = {m["Destination"] for m in pair.old.inspect.get("Mounts") or () if len(m.get("Name") or "") == 64}
    if path in unnamed and not now:
        return "an empty volume of the image, which nothing mounts"
    return ""


def _ping(_: Pair, name: str, was: str | None, now: str | None) -> str:
    if name == PING:
        return "Podman lets fewer groups send pings without a capability; set it with sysctls if one needs to"
    return ""


def _search(pair: Pair, name: str, was: str | None, now: str | None) -> str:
    if name == "search" and was is None and set((now or "").split()) == {"dns.podman"}:
        return "Podman's own domain, in which containers have their names"
    return ""


def _host(_: Pair, name: str, was: str | None, now: str | None) -> str:
    return "a name that Podman adds, of a container" if was is None else ""


def _cgroup(_: Pair, name: str, was: str | None, now: str | None) -> str:
    if name == "pids.max" and was is None:
        return "systemd's own limit of tasks"
    return ""


ROWS = (
    Row("user", _area("user"), _area("user"), always=True),
    Row("capabilities", _area("capabilities"), _area("capabilities"), (_capability,)),
    Row("process", _area("process"), _area("process"), (_score,)),
    Row("environment", _environment, _environment, (_own,), always=True, secret=True),
    Row("limits", _area("limits"), _area("limits"), (_limit,)),
    Row("mounts", _area("mounts"), _area("mounts"), (_mount,), always=True),
    Row("sysctls", _area("sysctls"), _area("sysctls"), (_ping,)),
    Row("resolver", _area("resolver"), _area("resolver"), (_search,)),
    Row("hosts", _area("hosts"), _area("hosts"), (_host,)),
    Row("cgroup", _area("cgroup"), _area("cgroup"), (_cgroup,)),
)
"""Every area, in the order in which it is shown."""


def seen(pair: Pair) -> Iterator[Finding]:
    """What the kernel shows; nothing where one of the containers does not run."""
    if pair.old.kernel and pair.new.kernel:
        yield from compared(ROWS, pair, "kernel")
