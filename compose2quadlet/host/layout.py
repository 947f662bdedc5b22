"""Which directory of a host is read by whom, for each scope.

Sources: podman-systemd.unit(5), systemd.unit(5), containers.conf(5).
"""

from __future__ import annotations

from compose2quadlet.options import Scope

QUADLETS = {Scope.USER: "~/.config/containers/systemd", Scope.SYSTEM: "/etc/containers/systemd"}
"""Where Podman's generator looks."""

SYSTEMD = {Scope.USER: "~/.config/systemd/user", Scope.SYSTEM: "/etc/systemd/system"}
"""Where systemd itself looks for units."""

PODMAN = {
    Scope.USER: "~/.config/containers/containers.conf.d",
    Scope.SYSTEM: "/etc/containers/containers.conf.d",
}
"""Where Podman looks for additions to its configuration."""
