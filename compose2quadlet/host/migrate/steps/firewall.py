"""Docker's firewall, which lets nothing of Podman's networks through, as long as it runs and after it has ended.

Measured with Docker 26 and 28: the policy DROP of FORWARD cannot be overruled from another table. With a rule in
DOCKER-USER both engines work at once. What Docker leaves behind stays until the next boot.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from compose2quadlet.host.migrate.machine import Machine
from compose2quadlet.host.migrate.runner import Step, Work

UNIT = "compose2quadlet-docker-firewall.service"
PLACE = Path("/etc/systemd/system")

OPEN = (
    "for t in iptables ip6tables; do $$t -n -L DOCKER-USER > /dev/null 2>&1 || continue;"
    " for d in -i -o; do $$t -C DOCKER-USER $$d podman+ -j ACCEPT 2> /dev/null"
    " || $$t -I DOCKER-USER $$d podman+ -j ACCEPT; done; done"
)
CLOSE = (
    "for t in iptables ip6tables; do for d in -i -o; do $$t -D DOCKER-USER $$d podman+ -j ACCEPT 2> /dev/null; done;"
    " done; true"
)
TEXT = f"""\
# Made by compose2quadlet for all projects.
[Unit]
Description=Let Podman's networks through the firewall of Docker
After=docker.service
PartOf=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c '{OPEN}'
ExecStop=/bin/sh -c '{CLOSE}'

[Install]
WantedBy=docker.service
"""

OURS = re.compile(r"DOCKER|\b(docker0|br-[0-9a-f]{12})\b")
"""What a rule or chain of Docker has in it."""


def closed(machine: Machine) -> bool:
    """Whether Docker keeps other networks from being forwarded."""
    rules = machine.look("iptables", "-S").output
    return "-P FORWARD DROP" in rules and "-N DOCKER-USER" in rules


def beside() -> Step:
    """Let Podman through while Docker runs, after its restart and a reboot too."""
    return Step("firewall", "let Podman's networks through the firewall of Docker", _open, _close, _is_open)


def _is_open(work: Work) -> bool:
    return work.machine.look("systemctl", "is-active", "--quiet", UNIT).ok


def _open(work: Work) -> None:
    machine = work.machine
    machine.note(f"# write {PLACE / UNIT}")
    if not machine.dry:
        (PLACE / UNIT).write_text(TEXT)
    machine.change("systemctl", "daemon-reload")
    machine.change("systemctl", "enable", "--quiet", UNIT)
    machine.change("systemctl", "restart", UNIT)


def _close(work: Work) -> None:
    """Only if no other projects run under Podman."""
    machine, group = work.machine, work.group.name
    others = {name for name, step in work.journal.begun if step == "start" and name != group}
    if any(not _gone(work, name) for name in others):
        return
    machine.attempt("systemctl", "disable", "--quiet", "--now", UNIT)
    machine.note(f"# remove {PLACE / UNIT}")
    if not machine.dry and os.path.lexists(PLACE / UNIT):
        (PLACE / UNIT).unlink()
    machine.change("systemctl", "daemon-reload")


def _gone(work: Work, group: str) -> bool:
    mark = work.journal.mark(group)
    return mark is not None and mark.event == "undone"


def docker_off() -> Step:
    """Both units, since one ``docker ps`` starts the daemon while its socket is active."""
    return Step("docker off", "switch Docker off", _off, _on, lambda work: not _active(work))


def _active(work: Work) -> list[str]:
    return [u for u in work.plan.docker_units if work.machine.look("systemctl", "is-active", "--quiet", u).ok]


def _off(work: Work) -> None:
    work.machine.change("systemctl", "disable", "--quiet", "--now", *work.plan.docker_units)


def _on(work: Work) -> None:
    work.machine.change("systemctl", "enable", "--quiet", "--now", *work.plan.docker_units)


def clean() -> Step:
    """Remove what Docker leaves behind; it makes it anew when it starts."""
    return Step("docker firewall", "remove what Docker leaves in the firewall", _clean)


def _clean(work: Work) -> None:
    machine = work.machine
    for program in ("iptables", "ip6tables"):
        for table in ("raw", "nat", "filter"):
            did = machine.look(f"{program}-save", "-t", table)
            left = without_docker(did.output)
            if did.ok and left != did.output:
                shown = f"{program}-save -t {table} | grep -v DOCKER | {program}-restore -T {table}"
                machine.change(f"{program}-restore", "-T", table, data=left, shown=shown)
    for name in sorted(os.listdir("/sys/class/net")):
        if name == "docker0" or re.fullmatch("br-[0-9a-f]{12}", name):
            machine.attempt("ip", "link", "delete", name)


def without_docker(rules: str) -> str:
    """The rules of ``iptables-save`` without those of Docker, whose policy for FORWARD goes with them; that of others,
    such as ufw, stays."""
    lines = rules.splitlines(keepends=True)
    if not any("DOCKER" in line for line in lines) and not any(OURS.search(line) for line in lines):
        return rules
    others = any(line.startswith("-A FORWARD") and not OURS.search(line) for line in lines)
    found = [line for line in lines if line.startswith("#") or not OURS.search(line)]
    return "".join(line.replace(":FORWARD DROP", ":FORWARD ACCEPT") if not others else line for line in found)
