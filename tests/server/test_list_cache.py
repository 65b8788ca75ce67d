"""One list in place of many reads: how far it is read, whom it serves, and whom it never does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from veeam_pulumi.errors import ServerUnreachable
from veeam_pulumi.server.list_cache import ListCache
from veeam_pulumi.server.paging import all_rows


class Console:
    """A server with a list of users; `lists` counts how often it was begun, `pages` its pages that were sent."""

    def __init__(self, users: int = 300, page: int = 200) -> None:
        self.users = {f"id{number}": {"id": f"id{number}", "name": f"user{number}"} for number in range(users)}
        self.page, self.lists, self.pages = page, 0, 0
        self.fault: Exception | None = None
        self.hold = threading.Event()
        self.hold.set()
        self.shared = ListCache(self.rows)

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        self.lists += 1

        def page(offset: int, limit: int) -> tuple[list[dict[str, Any]], int]:
            self.pages += 1
            self.hold.wait(10)
            if self.fault:
                raise self.fault
            return list(self.users.values())[offset : offset + self.page], len(self.users)

        return ((row["id"], row) for row in all_rows(page, "id"))

    def look(self, *numbers: int) -> list[bool]:
        """Whether a look at each of these users was served by the list."""
        return [self.shared.row(f"id{number}") is not None for number in numbers]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def test_a_thousand_looks_cost_five_pages() -> None:
    console = Console(users=1000)
    assert console.look(*range(1000)) == [True] * 1000
    assert (console.lists, console.pages) == (1, 5)


def test_one_look_reads_as_far_as_it_has_to() -> None:
    console = Console(users=1000)
    assert console.look(1) == [True]
    assert console.pages == 1
    assert console.look(450, 3) == [True, True]
    assert console.pages == 3


def test_four_threads_read_it_once() -> None:
    console = Console()
    console.hold.clear()
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda id=id: found.append(console.shared.row(id)))
        for id in ("id5", "id6", "id7", "id250")
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    console.hold.set()
    for thread in threads:
        thread.join()
    assert {row["name"] for row in found} == {"user5", "user6", "user7", "user250"}
    assert (console.lists, console.pages) == (1, 2)


def test_a_huge_list_is_not_read_through_for_a_few() -> None:
    console = Console(users=10_000)  # 50 pages
    assert console.look(*range(9_000, 9_020)) == [False] * 20  # each is asked of the server
    assert (console.lists, console.pages) == (1, 20)
    assert console.look(*range(5_000)) == [True] * 5_000
    assert (console.lists, console.pages) == (1, 25)


def test_a_second_look_at_an_object_is_asked_of_the_server() -> None:
    """Whoever asks twice wants to know what became of it; where many are asked about again, the list is read again."""
    console = Console()
    console.look(*range(300))
    console.users["id1"] = {"id": "id1", "name": "renamed"}
    assert console.look(1, *range(1, 8)) == [False] * 8
    assert console.pages == 2
    assert console.shared.row("id1") == {"id": "id1", "name": "renamed"}
    assert console.look(*range(2, 300)) == [True] * 298
    assert (console.lists, console.pages) == (2, 4)


def test_a_list_of_five_minutes_ago_is_read_again(clock: list[float]) -> None:
    console = Console()
    console.look(0)
    console.users["id1"] = {"id": "id1", "name": "renamed"}
    clock[0] += 299
    assert console.shared.row("id1") == {"id": "id1", "name": "user1"}
    clock[0] += 2
    assert console.shared.row("id1") == {"id": "id1", "name": "renamed"}
    assert console.lists == 2


def test_what_this_process_wrote_is_never_served_again() -> None:
    console = Console()
    console.shared.wrote("user1", "id1")
    assert console.shared.row("id1") is None
    assert console.shared.row("id2") is not None
    assert console.shared.rows("user1") is None
    assert "id1" in (console.shared.rows("user2") or {})


def test_a_write_while_the_list_is_on_its_way_counts() -> None:
    """The list may have its row of before; by the time it is there, the id is known to be written."""
    console = Console()
    console.hold.clear()
    reader = threading.Thread(target=lambda: console.look(1))
    reader.start()
    writer = threading.Thread(target=lambda: console.shared.wrote("user7", "id7"))
    writer.start()
    console.hold.set()
    reader.join()
    writer.join()
    assert console.shared.row("id7") is None


def test_a_row_that_is_missing_has_to_be_asked_for() -> None:
    console = Console()
    assert console.shared.row("id999") is None
    assert console.pages == 2


def test_a_look_by_name_needs_all_of_the_list() -> None:
    console = Console(users=1000)
    console.look(1)
    assert len(console.shared.rows("nobody") or {}) == 1000
    assert (console.lists, console.pages) == (1, 5)


def test_a_look_by_name_in_a_huge_list_is_asked_of_the_server_unless_that_reads_it_anyway() -> None:
    console = Console(users=10_000)
    assert [console.shared.rows(f"nobody{number}") for number in range(20)] == [None] * 20
    assert console.pages == 20
    assert len(console.shared.rows("somebody", at_once=True) or {}) == 10_000
    assert (console.lists, console.pages) == (1, 50)


def test_a_list_that_fails_is_left_alone_for_a_while() -> None:
    console = Console()
    console.fault = ServerUnreachable("no connection")
    assert console.look(*range(9)) == [False] * 9
    assert console.pages == 1
    console.fault = None
    assert console.look(9) == [True]


def test_a_turn_is_for_one_thread_and_one_name_at_a_time() -> None:
    shared, inside, most = ListCache(list), list[str](), list[int]()

    def run(key: str) -> None:
        with shared.turn(key):
            inside.append(key)
            most.append(inside.count(key))
            time.sleep(0.01)
            inside.remove(key)

    threads = [threading.Thread(target=run, args=(key,)) for key in ("ada", "ada", "bea", "ada")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]
