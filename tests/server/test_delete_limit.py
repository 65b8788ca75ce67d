"""One run deletes so many objects on one connection and no more, whatever threads do it."""

from __future__ import annotations

import threading

import pytest

from veeam_pulumi.errors import Protected
from veeam_pulumi.server.delete_limit import MOST, DeleteLimit


def test_so_many_and_no_more() -> None:
    deletions = DeleteLimit(MOST)
    for number in range(25):
        deletions.take(f"aws.User 'user{number}'")
    with pytest.raises(Protected) as caught:
        deletions.take("aws.User 'user25'")
    assert str(caught.value) == (
        "this run has deleted 25 objects on this connection (aws.User 'user0', aws.User 'user1', aws.User 'user2', …), "
        "which is the limit; this one is kept; if all of this is meant, run again: every run may delete as many; or "
        "set VEEAM_MAX_DELETES=N|none or `pulumi config set veeam:maxDeletes N`"
    )


def test_what_was_gone_already_does_not_count() -> None:
    deletions = DeleteLimit(2)
    for number in range(50):
        deletions.take(f"user{number}")
        deletions.give_back(f"user{number}")
    deletions.take("a")
    deletions.take("b")
    with pytest.raises(Protected, match=r"has deleted 2 objects on this connection \(a, b\)"):
        deletions.take("c")


def test_a_limit_of_nothing_and_no_limit() -> None:
    with pytest.raises(Protected, match="has deleted 0 objects"):
        DeleteLimit(0).take("a")
    none = DeleteLimit(None)
    for number in range(1000):
        none.take(str(number))


def test_four_threads_share_one_limit() -> None:
    deletions, refused = DeleteLimit(25), list[str]()
    barrier = threading.Barrier(4)

    def run(thread: int) -> None:
        barrier.wait()
        for number in range(25):
            try:
                deletions.take(f"{thread}-{number}")
            except Protected as error:
                refused.append(str(error))

    threads = [threading.Thread(target=run, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 75
