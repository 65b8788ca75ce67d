"""One list in place of many reads: when it is read, whom it serves, and whom it never does."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from veeam_pulumi.errors import ServerUnreachable
from veeam_pulumi.server.list_cache import ListCache
from veeam_pulumi.server.paging import TooManyPages, all_rows


class Console:
    """A server with a list of users; `lists` notes how many pages each reader allowed."""

    def __init__(self, users: int = 300, page: int = 200) -> None:
        self.users = {f"id{number}": {"id": f"id{number}", "name": f"user{number}"} for number in range(users)}
        self.page, self.lists, self.pages = page, list[Any](), 0
        self.fault: Exception | None = None
        self.hold = threading.Event()
        self.hold.set()
        self.shared = ListCache(self.rows)

    def rows(self, most_pages: int | None) -> list[tuple[str, dict[str, Any]]]:
        self.lists.append(most_pages)
        if self.fault:
            raise self.fault

        def page(offset: int, limit: int) -> tuple[list[dict[str, Any]], int]:
            self.pages += 1
            self.hold.wait(10)
            return list(self.users.values())[offset : offset + self.page], len(self.users)

        return [(row["id"], row) for row in all_rows(page, "id", most_pages=most_pages)]

    def look(self, times: int) -> list[bool]:
        """Whether each of so many looks was served by the list."""
        return [self.shared.row(f"id{number % len(self.users)}") is not None for number in range(times)]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def test_eight_looks_are_requests_then_one_list_serves_all() -> None:
    console = Console(users=300)
    assert console.look(300) == [False] * 8 + [True] * 292
    assert console.lists == [8]
    assert console.pages == 2


def test_four_threads_read_it_once() -> None:
    console = Console()
    console.look(8)
    console.hold.clear()
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(console.shared.row("id5"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    console.hold.set()
    for thread in threads:
        thread.join()
    assert [row["name"] for row in found] == ["user5"] * 4
    assert console.pages == 2


@pytest.mark.parametrize(("users", "last"), [(201, 1), (399, 199), (401, 1), (1600, 200)])
def test_a_short_last_page_gives_nothing_up(users: int, last: int) -> None:
    console = Console(users)
    assert console.look(9)[-1]
    assert console.pages == -(-users // 200)
    assert (users - 1) % 200 + 1 == last


def test_a_huge_list_is_given_up_after_one_page_until_there_were_as_many_looks() -> None:
    console = Console(users=10_000)  # 50 pages
    assert console.look(50) == [False] * 50
    assert (console.lists, console.pages) == ([8], 1)
    assert console.look(1) == [True]
    assert (console.lists, console.pages) == ([8, 50], 51)


def test_a_list_of_half_a_minute_ago_is_read_again(clock: list[float]) -> None:
    console = Console()
    console.look(9)
    clock[0] += 29.9
    console.users["id1"] = {"id": "id1", "name": "renamed"}
    assert console.shared.row("id1") == {"id": "id1", "name": "user1"}
    clock[0] += 0.2
    assert console.shared.row("id1") == {"id": "id1", "name": "renamed"}
    assert len(console.lists) == 2


def test_its_age_counts_from_its_first_page(clock: list[float]) -> None:
    console = Console()
    console.look(8)

    def slow(most_pages: int | None) -> list[tuple[str, dict[str, Any]]]:
        clock[0] += 31  # it took as long as it may be used
        return Console.rows(console, most_pages)

    console.shared._read = slow
    assert console.shared.row("id1") is not None
    assert console.shared.row("id1") is not None
    assert len(console.lists) == 2


def test_what_this_process_wrote_is_never_served_again(clock: list[float]) -> None:
    console = Console()
    console.look(9)
    console.shared.wrote("user1", "id1")
    clock[0] += 31
    assert console.shared.row("id1") is None
    assert console.shared.row("id2") is not None
    assert console.shared.rows("user1") is None
    assert "id1" in (console.shared.rows("user2") or {})


def test_a_write_while_the_list_is_on_its_way_counts() -> None:
    """The list may have its row of before; by the time it is there, the id is known to be written."""
    console = Console()
    console.look(8)
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
    console.look(9)
    assert console.shared.row("id999") is None
    assert len(console.lists) == 1


def test_a_look_by_name_where_the_list_is_read_anyway_reads_all_of_it_at_once() -> None:
    console = Console(users=10_000)
    assert len(console.shared.rows("nobody", at_once=True) or {}) == 10_000
    assert console.lists == [None]
    assert console.look(3) == [True] * 3
    assert len(console.shared.rows("nobody") or {}) == 10_000
    assert console.lists == [None]


def test_a_look_by_name_where_the_server_can_be_asked_for_it_counts_as_a_look() -> None:
    console = Console()
    assert [console.shared.rows("nobody") for _ in range(8)] == [None] * 8
    assert console.lists == []
    assert console.shared.rows("nobody") is not None


def test_a_list_that_fails_is_left_alone_for_a_while() -> None:
    console = Console()
    console.fault = ServerUnreachable("no connection")
    assert console.look(18) == [False] * 18
    assert len(console.lists) == 1
    console.fault = None
    assert console.look(1) == [True]


def test_a_turn_is_for_one_thread_and_one_name_at_a_time() -> None:
    shared, inside, most = ListCache(lambda most_pages: []), list[str](), list[int]()

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


def test_too_many_pages_says_how_many() -> None:
    with pytest.raises(TooManyPages) as caught:
        Console(users=1801).rows(9)
    assert caught.value.pages == 10
