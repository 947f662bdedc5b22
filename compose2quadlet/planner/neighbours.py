"""What other projects of a run make and this one uses: networks, volumes, and containers whose namespaces it shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from compose2quadlet.frozen import frozen
from compose2quadlet.planner.units import UnitName


@frozen()
class Neighbours:
    """``networks`` and ``volumes`` have the units by the names that the engine knows, ``containers`` the services by
    the names of containers. ``lan`` are those of the networks that are on an interface of the host. ``riders`` are the
    units of other projects that live in a service's namespaces and are to run whenever it does, by that service.
    """

    networks: Mapping[str, UnitName] = field(default_factory=dict)
    volumes: Mapping[str, UnitName] = field(default_factory=dict)
    containers: Mapping[str, str] = field(default_factory=dict)
    riders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lan: frozenset[str] = frozenset()


NONE = Neighbours()
