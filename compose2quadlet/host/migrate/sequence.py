"""The order of the steps of a migration."""

from __future__ import annotations

from compose2quadlet.host.migrate.runner import Step
from compose2quadlet.host.migrate.steps import binds, check, data, firewall, freeze, images, networks, units
from compose2quadlet.migrate.plan import Group, Plan

MACHINE = "docker"
"""The name under which the journal keeps the steps for the whole machine."""


def of_group(group: Group, plan: Plan) -> list[Step]:
    """The steps of projects that move together. Until the freeze, nothing of them is disturbed."""
    return [
        check.step(),
        freeze.record(),
        *(images.step(image) for image in group.images),
        *(networks.step(network) for network in group.networks),
        freeze.step(),
        *(networks.bridge(interface, name) for interface, name in group.bridges),
        *(data.manifest(volume) for volume in group.volumes),
        *([units.volumes()] if group.volumes else []),
        *(data.copy(volume) for volume in group.volumes),
        *([binds.step()] if group.binds else []),
        *([firewall.beside()] if plan.beside else []),
        units.place(),
        units.start(),
        units.observe(),
        *([data.proof()] if group.volumes else []),
    ]


def of_machine(plan: Plan) -> list[Step]:
    """The steps after all groups have moved, if nothing of Docker stays."""
    return [firewall.docker_off(), firewall.clean()] if plan.whole else []
