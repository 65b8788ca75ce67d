"""Lists are complete or an error."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veeam_pulumi.errors import IncompleteList, UnexpectedAnswer
from veeam_pulumi.server import paging
from veeam_pulumi.server.paging import Row, all_rows


def ids(rows: Iterable[Row]) -> list[int]:
    return [row["id"] for row in rows]


@given(total=st.integers(0, 40), cap=st.integers(1, 15), size=st.integers(1, 20))
def test_all_rows_whatever_the_server_makes_of_the_limit(total: int, cap: int, size: int) -> None:
    """Servers cap the limit silently: what was returned is what counts."""

    def page(offset: int, limit: int) -> tuple[list[Row], int]:
        return [{"id": n + 1} for n in range(offset, min(offset + min(limit, cap), total))], total

    assert ids(all_rows(page, "id", size=size)) == list(range(1, total + 1))


def test_a_page_is_read_when_it_is_needed() -> None:
    read = list[int]()

    def page(offset: int, limit: int) -> tuple[list[Row], int]:
        read.append(offset)
        return [{"id": offset + 1}, {"id": offset + 2}], 6

    rows = all_rows(page, "id")
    assert [next(rows)["id"] for _ in range(3)] == [1, 2, 3]
    assert read == [0, 2]


def test_a_row_that_shows_up_twice_counts_once() -> None:
    pages = [([{"id": 1}, {"id": 2}], 4), ([{"id": 2}, {"id": 3}], 4)]
    assert ids(all_rows(lambda offset, limit: pages[offset // 2], "id")) == [1, 2, 3]


def test_a_total_that_shrinks_and_grows_on_the_way() -> None:
    pages = {0: ([{"id": 1}, {"id": 2}], 5), 2: ([{"id": 3}], 3)}
    assert ids(all_rows(lambda offset, limit: pages[offset], "id")) == [1, 2, 3]


@pytest.mark.parametrize("page", [([], 3), ([{"id": 1}], 3)], ids=["ends early", "ignores the offset"])
def test_half_a_list_is_an_error(page: tuple[list[Row], int]) -> None:
    with pytest.raises(IncompleteList, match="of 3 rows"):
        list(all_rows(lambda offset, limit: page, "id"))


@pytest.mark.parametrize(("rows", "total"), [(0, -1), (2, -5), (3, 2)])
def test_a_total_that_cannot_be(rows: int, total: int) -> None:
    with pytest.raises(UnexpectedAnswer, match=f"says that a list has {total} rows, and answers with {rows}"):
        list(all_rows(lambda offset, limit: ([{"id": n} for n in range(1, rows + 1)], total), "id"))


def test_a_server_that_ignores_the_offset_and_seems_to_be_done() -> None:
    """Two pages of two rows are as many as the total, but the second page is the first one again."""
    with pytest.raises(IncompleteList, match="ended after 2 of 4 rows"):
        list(all_rows(lambda offset, limit: ([{"id": 1}, {"id": 2}], 4), "id"))


@pytest.mark.parametrize("total", [None, 10**12])
def test_a_list_without_end(total: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_ROWS", 500)
    with pytest.raises(IncompleteList, match="the list has no end: 600 rows and more"):
        list(all_rows(lambda offset, limit: ([{"id": offset + n + 1} for n in range(limit)], total), "id"))


def test_a_row_of_another_shape() -> None:
    with pytest.raises(UnexpectedAnswer, match="the server answered with a list as name"):
        list(all_rows(lambda offset, limit: ([{"id": 1, "name": []}], 1), "id", shape={"name": str}))


def test_without_a_total_the_list_ends_where_nothing_new_comes() -> None:
    pages = {0: [{"id": 1}, {"id": 2}], 2: [{"id": 3}], 3: []}
    assert ids(all_rows(lambda offset, limit: (pages[offset], None), "id")) == [1, 2, 3]
    assert ids(all_rows(lambda offset, limit: ([{"id": 1}], None), "id")) == [1]


@pytest.mark.parametrize(
    ("rows", "total"),
    [(None, 1), ({}, 1), ([1], 1), ([{"name": "x"}], 1), ([{"id": None}], 1), ([], "many"), ([], True), ([], 1.5)],
)
def test_what_is_no_list_is_an_error(rows: object, total: object) -> None:
    with pytest.raises(UnexpectedAnswer, match="the server answered with"):
        list(all_rows(lambda offset, limit: (rows, total), "id"))
