"""Which ID on the disk a file of Docker's gets, by scope and policy."""

from __future__ import annotations

import pytest

from compose2quadlet.migrate.idmap import IDENTITY, Extent, IdMap, Subordinate, kept, of_policy
from compose2quadlet.options import Isolation, Scope

LOGIN = Subordinate(1500, 1600, [(100000, 65536)], [(100000, 65536)])


@pytest.mark.parametrize("policy", [Isolation.NONE, Isolation.USERNS, Isolation.DYNAMIC_USER])
def test_the_system_keeps_the_numbers(policy: Isolation) -> None:
    found = of_policy(Scope.SYSTEM, policy, "auto:size=65536", None)
    assert found.identity
    assert [found.user(n) for n in (0, 999, 4_000_000_000)] == [0, 999, 4_000_000_000]


def test_root_is_the_login_user_by_default() -> None:
    found = of_policy(Scope.USER, Isolation.NONE, "", LOGIN)
    assert [found.user(n) for n in (0, 1, 999, 65536, 65537)] == [1500, 100000, 100998, 165535, None]
    assert [found.group(n) for n in (0, 998)] == [1600, 100997]
    assert [found.user_inside(n) for n in (1500, 100998, 0, 1000, 165536)] == [0, 999, None, None, None]
    assert found.mount_option() == "u:1500:0:1 u:100000:1:65536 g:1600:0:1 g:100000:1:65536"


def test_keep_id_is_as_the_kernel_showed_it() -> None:
    """Measured in a container of Podman 5.8 with 65,536 subordinate IDs."""
    found = of_policy(Scope.USER, Isolation.KEEP_ID, "keep-id:uid=999,gid=999", LOGIN)
    assert found.users == (Extent(0, 100000, 999), Extent(999, 1500, 1), Extent(1000, 100999, 64537))
    assert [found.user(n) for n in (0, 998, 999, 1000, 65536, 65537)] == [100000, 100998, 1500, 100999, 165535, None]


def test_keep_id_without_numbers_keeps_those_of_the_login_user() -> None:
    found = of_policy(Scope.USER, Isolation.KEEP_ID, "keep-id", LOGIN)
    assert (found.user(1500), found.group(1600), found.user(0)) == (1500, 1600, 100000)


def test_keep_id_has_a_size() -> None:
    found = of_policy(Scope.USER, Isolation.KEEP_ID, "keep-id:uid=10,gid=10,size=20", LOGIN)
    assert found.users == (Extent(0, 100000, 10), Extent(10, 1500, 1), Extent(11, 100010, 9))
    assert found.user(20) is None


def test_subordinate_ids_in_pieces() -> None:
    found = kept(1500, 12, [(100000, 10), (300000, 10)])
    assert found == (Extent(0, 100000, 10), Extent(10, 300000, 2), Extent(12, 1500, 1), Extent(13, 300002, 8))
    assert kept(1500, 0, []) == (Extent(0, 1500, 1),)


@pytest.mark.parametrize("inside", [0, 1, 999, 65535, 65536, 1_000_000])
def test_there_and_back(inside: int) -> None:
    extents = kept(1500, inside, [(100000, 65536)])
    found = IdMap(extents, extents)
    ids = [n for n in (0, 1, 2, 998, 999, 1000, 65535, 65536, inside) if found.user(n) is not None]
    assert inside in ids
    disk = [found.user(n) for n in ids]
    assert [found.user_inside(n) for n in disk if n is not None] == ids
    assert len(set(disk)) == len(set(ids))


def test_what_a_map_does_not_have() -> None:
    found = of_policy(Scope.USER, Isolation.NONE, "", LOGIN)
    assert found.outside([0, 999, 70000, 70000], [65536, 65537]) == ["user 70000", "group 65537"]
    assert IDENTITY.outside([70000], [70000]) == []
