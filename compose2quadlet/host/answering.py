"""Looks at containers as something that answers: ports from this host and from another network namespace, names from
inside, files in mounts. It needs root; what it makes for it is gone afterwards."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from compose2quadlet.host import probe
from compose2quadlet.host.programs import Ending, perform, run

PROBE = str(Path(probe.__file__))
THERE = "eth0"
"""The interface in a network namespace that stands for another host."""

NET = ("192.0.2.253", "192.0.2.254")
"""Addresses of both ends: documentation addresses, which no other network has. Source: RFC 5737."""

SECONDS = 60.0
NOISE = (".pid", ".lock", ".sock", "-wal", "-shm", "-journal", ".tmp")
"""Ends of names of files that programs make and remove."""

MOST = 5000
"""Entries of a mount that are compared."""


def _probed(words: Sequence[str], before: Sequence[str] = ()) -> dict[str, str]:
    """What the probe says of each of its words, run in a namespace that the words before it enter."""
    done = perform([*before, sys.executable, "-I", PROBE, *words], seconds=SECONDS)
    return {name: said for name, _, said in (line.partition(" ") for line in done.output.splitlines())}


def from_here(places: Iterable[str]) -> dict[str, str]:
    """Whether places answer, such as ``127.0.0.1:80``."""
    wanted = [*places]
    return _probed(["tcp", *wanted]) if wanted else {}


def from_elsewhere(ports: Iterable[int]) -> dict[str, str] | None:
    """Whether ports of this host answer another host, which is a network namespace; None if it cannot be made."""
    wanted = [f"{NET[0]}:{port}" for port in ports]
    if not wanted:
        return {}
    # other runs of this tool have namespaces of their own
    other, here = f"c2q-verify-{os.getpid()}", f"c2q{os.getpid() % 10**8}"
    made = (
        ["netns", "add", other],
        ["link", "add", here, "type", "veth", "peer", "name", THERE, "netns", other],
        ["address", "add", f"{NET[0]}/30", "dev", here],
        ["link", "set", here, "up"],
        ["-n", other, "address", "add", f"{NET[1]}/30", "dev", THERE],
        ["-n", other, "link", "set", THERE, "up"],
        ["-n", other, "route", "add", "default", "via", NET[0]],
    )
    try:
        if any(run(["ip", *words]).ending is not Ending.DONE for words in made):
            return None
        found = _probed(["tcp", *wanted], ["ip", "netns", "exec", other])
        return {place.rpartition(":")[2]: said for place, said in found.items()}
    finally:
        run(["ip", "netns", "delete", other])  # the cable goes with it


def names(pid: int, wanted: Iterable[str]) -> dict[str, str] | None:
    """What a container's own name server says of names; None if it has none."""
    try:
        text = Path(f"/proc/{pid}/root/etc/resolv.conf").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    servers = [line.split()[1] for line in text.splitlines() if line.startswith("nameserver ")]
    asked = [*wanted]
    if not servers or not asked:
        return None
    return _probed(["name", servers[0], *asked], ["nsenter", "-t", str(pid), "-n"])


def entries(folder: str) -> frozenset[str]:
    """The names in a directory, but for those that come and go; empty for what is none, or cannot be read."""
    try:
        return frozenset(sorted(n for n in os.listdir(folder) if not n.endswith(NOISE))[:MOST])
    except OSError:
        return frozenset()
