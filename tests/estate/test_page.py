"""The page in a real browser: it loads without network, and a person can search, sort, click and use the keyboard."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from veeam_pulumi.estate.page import page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def grant(number: int, **values: Any) -> dict[str, Any]:
    """A grant as `estate.document` has it."""
    return {
        "person": f"p{number:04}",
        "name": f"Person {number:04}",
        "account": f"LAB\\p{number:04}",
        "connection": f"vbr{number % 50:02}",
        "server": "127.0.0.1:9419",
        "kind": "vbr.User",
        "id": str(number),
        "roles": ["Backup Administrator"],
        "can": ["destroy", "grant"],
        "why": "Backup Administrator: DELETE backups/{id}",
        "unknown": "",
        "type": "InternalUser",
        "group": False,
        "service_account": None,
        "mfa": None,
        "enabled": True,
        "until": "",
        "approved_by": "",
        "standing": "managed",
        "guess": "",
        "owner": "",
        "reviewed_by": "",
        "reviewed_on": "",
        "source": "",
        **values,
    }


def document(*grants: dict[str, Any]) -> dict[str, Any]:
    server = {"connection": "vbr00", "product": "vbr", "server": "127.0.0.1:9419", "version": "13.0.1", "at": ""}
    finding = {
        "rule": "ORP-1",
        "severity": "high",
        "connection": "vbr00",
        "about": "x",
        "message": "nobody declared it",
    }
    return {
        "format": 1,
        "tool": "veeam-pulumi",
        "at": "2026-11-27T10:00:00+00:00",
        "question": "delete-backups",
        "complete": True,
        "servers": [{**server, "rows": {"vbr.User": len(grants)}, "problem": ""}],
        "grants": list(grants),
        "objects": [],
        "findings": [finding],
    }


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no chromium: `make browser` installs it where apt-get may")
    api = pytest.importorskip("playwright.sync_api", reason="there is no playwright")
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def view(browser: Browser, tmp_path: Path) -> Iterator[Any]:
    """Opens the page of a document; whatever it asks a network for, or complains about, fails the test."""
    context = browser.new_context(offline=True)
    asked: list[str] = []

    def shown(found: dict[str, Any]) -> Page:
        file = tmp_path / "who.html"
        file.write_text(page(found), encoding="utf-8")
        tab = context.new_page()
        tab.on("request", lambda request: None if request.url.startswith("file:") else asked.append(request.url))
        tab.on("console", lambda message: asked.append(message.text))
        tab.on("pageerror", lambda error: asked.append(str(error)))
        tab.goto(file.as_uri())
        return tab

    yield shown
    context.close()
    assert asked == []


def visible(tab: Page) -> list[str]:
    # Not inner_text: what is below the fold may not be laid out yet (content-visibility), and has none then.
    return [str(row.locator("td").nth(1).text_content()) for row in tab.locator("#grants tbody tr:visible").all()]


def test_a_person_searches_sorts_and_clicks_a_right(view: Any) -> None:
    tab = view(
        document(
            grant(1, roles=["Zebra"]), grant(2, can=["destroy"], connection="vbr01"), grant(3, standing="unmanaged")
        )
    )
    assert tab.title() == "Who can delete our backups?"
    tab.get_by_role("searchbox").fill("unmanaged")
    assert visible(tab) == [r"LAB\p0003"]
    tab.get_by_role("button", name="Show all").click()
    assert len(visible(tab)) == 3
    head = tab.get_by_role("button", name="Role", exact=True)
    head.click()
    head.click()
    assert visible(tab)[0] == r"LAB\p0001"
    assert tab.locator("th[aria-sort=descending]").count() == 1
    tab.locator("#rights").get_by_role("button", name="can grant access").click()
    assert set(visible(tab)) == {r"LAB\p0001", r"LAB\p0003"}
    tab.locator("svg .node", has_text="vbr01").first.click()
    assert visible(tab) == [r"LAB\p0001"]
    assert tab.locator("#count").inner_text() == "1 of 3"


def test_the_keyboard_is_enough(view: Any) -> None:
    tab = view(document(grant(1), grant(2)))
    tab.keyboard.press("/")
    tab.keyboard.type("p0002")
    assert visible(tab) == [r"LAB\p0002"]
    tab.keyboard.press("Escape")
    tab.locator("svg .node", has_text="Person 0001").focus()
    tab.keyboard.press("Enter")
    assert visible(tab) == [r"LAB\p0001"]


def test_it_is_dark_where_the_system_is_and_where_somebody_wants_it(browser: Browser, view: Any) -> None:
    tab = view(document(grant(1)))
    back = "getComputedStyle(document.body).backgroundColor"
    assert tab.evaluate(back) == "rgb(255, 255, 255)"
    tab.get_by_role("button", name="Dark").click()
    assert tab.evaluate(back) == "rgb(20, 24, 29)"


def test_on_paper_it_is_black_on_white_without_what_can_only_be_clicked(view: Any) -> None:
    tab = view(document(grant(1, standing="unmanaged")))
    tab.get_by_role("button", name="Dark").click()
    tab.emulate_media(media="print")
    assert [tab.locator(one).is_visible() for one in (".bar", "#map", "#grants", "#findings", "#servers")] == [
        False, False, True, True, True,
    ]  # fmt: skip
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.evaluate("getComputedStyle(document.querySelector('#grants td.bad')).color") == "rgb(0, 0, 0)"


def test_on_paper_the_accounts_are_one_table_with_every_row(view: Any) -> None:
    tab = view(document(*(grant(number) for number in range(200))))
    tab.emulate_media(media="print")
    displays = "['thead', 'tbody:last-child', 'tr'].map((one) => getComputedStyle(grants.querySelector(one)).display)"
    assert tab.evaluate(displays) == ["table-header-group", "table-row-group", "table-row"]
    heights = "[...grants.querySelectorAll('tbody tr')].map((one) => one.offsetHeight)"
    assert tab.evaluate("[...grants.tBodies].map((one) => getComputedStyle(one).contentVisibility)") == ["visible"] * 4
    assert min(tab.evaluate(heights)) > 10 and len(tab.evaluate(heights)) == 200


def test_what_is_out_of_view_is_found_and_read_as_a_table(view: Any) -> None:
    tab = view(document(*(grant(number, why="long " * 60) for number in range(200))))
    assert tab.evaluate("window.find('p0199')")  # as a browser's own search does
    table = tab.get_by_role("table").first
    assert [table.get_by_role(role).count() for role in ("columnheader", "row", "cell")] == [12, 201, 200 * 12]
    # Each row has the head's columns, and a group shows nothing beyond its own width.
    lefts = "(row) => [...row.children].map((one) => one.getBoundingClientRect().left)"
    assert tab.evaluate(f"({lefts})(grants.tHead.rows[0])") == tab.evaluate(f"({lefts})(grants.tBodies[0].rows[0])")
    beyond = "grants.tBodies[0].scrollWidth - grants.tBodies[0].clientWidth"
    for width in (1400, 700):
        tab.set_viewport_size({"width": width, "height": 800})
        assert tab.evaluate(beyond) <= 0


def test_what_lets_nobody_in_has_a_table_of_its_own(view: Any) -> None:
    found = document(grant(1))
    assert not view(found).locator("#objects-title").is_visible()
    one = {
        "principal": "role",
        "name": "Desk<b>",
        "connection": "m365",
        "can": ["restore"],
        "why": "x",
        "standing": "unmanaged",
    }
    tab = view({**found, "objects": [one]})
    (row,) = tab.locator("#objects tbody tr").all()
    assert row.locator("td").all_inner_texts() == ["role", "Desk<b>", "m365", "can restore", "x", "unmanaged"]


def test_a_name_that_is_html_stays_text(view: Any) -> None:
    name = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>"
    tab = view(document(grant(1, account=name, name=name, roles=[name], standing=name)))
    assert tab.title() == "Who can delete our backups?"
    assert visible(tab) == [name]
    assert tab.locator("img").count() == 0


def test_the_policy_refuses_what_somebody_puts_into_the_page(browser: Browser, tmp_path: Path) -> None:
    html = page(document(grant(1))).replace(
        "</main>", "<img src='https://example.com/x'><script>document.title='owned'</script></main>"
    )
    (tmp_path / "who.html").write_text(html)
    context = browser.new_context(offline=True)
    tab = context.new_page()
    tab.goto((tmp_path / "who.html").as_uri())
    assert tab.title() == "Who can delete our backups?"
    context.close()


def busy(session: Any) -> float:
    """The seconds that the page's thread worked so far: how busy the machine is with other things does not count."""
    found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return float(found["TaskDuration"])


def test_five_thousand_rows_are_there_and_can_be_searched(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "who.html").write_text(page(document(*(grant(number) for number in range(5000)))), encoding="utf-8")
    context = browser.new_context(offline=True)
    tab = context.new_page()
    session = context.new_cdp_session(tab)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    seconds, before = {}, 0.0

    def measured(what: str, height: str = "document.querySelector('#grants').getBoundingClientRect().height") -> float:
        """The height of the table, once it is laid out."""
        nonlocal before
        found = float(tab.evaluate(height))
        seconds[what], before = busy(session) - before, busy(session)
        return found

    tab.goto((tmp_path / "who.html").as_uri())
    assert measured("shown") > 5000 * 10
    tab.get_by_role("searchbox").fill("p4999")
    assert measured("searched") < 200
    assert tab.locator("#count").inner_text() == "1 of 5000"
    tab.get_by_role("button", name="Show all").click()
    assert measured("all shown") > 5000 * 10
    assert tab.locator("#grants tbody tr").count() == 5000
    tab.get_by_role("button", name="Role", exact=True).click()
    measured("sorted")
    assert "Not in the map: 4960 more people, 10 more servers" in tab.locator("#map").inner_text()
    context.close()
    print("5,000 rows, seconds of the page's thread:", {what: round(took, 2) for what, took in seconds.items()})
    assert {what: took for what, took in seconds.items() if took >= 2} == {}
