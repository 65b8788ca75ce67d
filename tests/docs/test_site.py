"""The site that MkDocs makes of docs/: every link leads somewhere, every page is in the navigation and can be found."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import FOLDER, ROOT

pytest.importorskip("mkdocs", reason="the site is built with Python 3.11 and later")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; a broken link, a missing anchor or a page outside the navigation ends the build."""
    place = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(place)]
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return place


def test_every_page_has_a_title_and_a_description_of_its_own(site: Path) -> None:
    pages = [path for path in site.glob("*.html") if path.name != "404.html"]
    assert len(pages) > len(list(FOLDER.glob("*.md")))
    heads = {}
    for path in pages:
        html = path.read_text()
        title, description = (
            re.search("<title>(.*?)</title>", html),
            re.search('name="?description"? content="(.*?)"', html),
        )
        assert title and description, path.name
        heads[path.name] = (title[1], description[1])
    assert len({title for title, _ in heads.values()}) == len(heads)
    assert len({description for _, description in heads.values()}) == len(heads)


def test_the_search_finds_what_people_look_for(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text())["docs"]
    for word in ("thumbprint", "adopt", "drift", "VEEAM_LOG"):
        assert any(word in one["text"] for one in index), word


def test_a_page_fetches_nothing_from_elsewhere(site: Path) -> None:
    for path in site.glob("*.html"):
        html = path.read_text()
        assert (
            re.findall(r"""<(?:script|link|img)[^>]+(?:src|href)=["']?(https?://(?!localhost)[^"' >]+)""", html) == []
        ), path.name


def test_the_api_reference_has_every_public_class(site: Path) -> None:
    text = (site / "api.html").read_text()
    for name in (
        "veeam_pulumi.dynamic.vbr.User",
        "veeam_pulumi.dynamic.em.BackupServer",
        "veeam_pulumi.errors.VeeamError",
    ):
        assert f'id="{name}"' in text or f"id={name}" in text, name
