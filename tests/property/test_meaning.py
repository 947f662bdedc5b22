"""Quadlets read without a generator: an option that stands in for a key needs what the generator adds for a key."""

from __future__ import annotations

import pytest

from tests.property.meaning import named, quadlet_facts

FILES = {
    "p-a.network": "[Network]\nNetworkName=p_a\n",
    "p-b.network": "[Network]\nInternal=true\n",
    "p-v.volume": "[Volume]\nVolumeName=p_v\n",
}


def same(key: str, option: str) -> bool:
    names = named(FILES)
    one, other = (quadlet_facts("p.container", text, names) for text in (key, option))
    return one == other


@pytest.mark.parametrize(
    ("key", "option", "added"),
    [
        ("Volume=/srv/a:/b:ro", "--volume=/srv/a:/b:ro", "RequiresMountsFor=/srv/a\n"),
        ("Volume=/srv/a%%:/b", "--volume=/srv/a%%:/b", "RequiresMountsFor=/srv/a%%\n"),
        ("Volume=%t/a:/b", "--volume=%t/a:/b", ""),
        (
            "Volume=p-v.volume:/b",
            "--volume=p_v:/b",
            "Requires=p-v-volume.service\nAfter=p-v-volume.service\n",
        ),
        (
            "Network=p-a.network:alias=x",
            "--network=p_a:alias=x",
            "Requires=p-a-network.service\nAfter=p-a-network.service\n",
        ),
        (
            "Network=p-b.network",
            "--network=systemd-p-b",
            "Requires=p-b-network.service\nAfter=p-b-network.service\n",
        ),
    ],
)
def test_what_the_generator_adds(key: str, option: str, added: str) -> None:
    rows = added.splitlines()
    assert same(f"[Container]\n{key}\n", f"[Unit]\n{added}[Container]\nPodmanArgs={option}\n")
    for left_out in rows:
        rest = "".join(f"{row}\n" for row in rows if row != left_out)
        assert not same(f"[Container]\n{key}\n", f"[Unit]\n{rest}[Container]\nPodmanArgs={option}\n")


def test_what_the_generator_does_not_add() -> None:
    """It waits for no mount of ``Mount=``, nor for a name that is no unit of the project."""
    assert same("[Container]\nMount=type=bind,source=/a,destination=/b\n", "[Container]\nPodmanArgs=--volume=/a:/b\n")
    assert same("[Container]\nNetwork=p_a\n", "[Container]\nPodmanArgs=--network=p_a\n")


def test_user_and_group_are_one_option() -> None:
    assert same("[Container]\nUser=u\nGroup=g\n", "[Container]\nPodmanArgs=--user=u:g\n")
    assert not same("[Container]\nUser=u\nGroup=g\n", "[Container]\nPodmanArgs=--user=u\n")
    assert same("[Container]\nUser=u\n", "[Container]\nPodmanArgs=--user=u\n")
