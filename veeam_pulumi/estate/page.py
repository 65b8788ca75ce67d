"""The answer as one HTML page that can be sent, printed and kept: no request leaves it, every text in it is text.

The page's policy (Content-Security-Policy) allows its own style and script, by their hashes, and nothing else. The data
is JSON in an element that no browser runs; the script puts texts into the page as text nodes only.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..resource.grant import WORDS

TEMPLATE = Path(__file__).with_name("page.html")


def page(document: Mapping[str, Any]) -> str:
    """The whole page for a document of `document.py`."""
    template = TEMPLATE.read_text(encoding="utf-8")
    style, script = (_inner(template, tag) for tag in ("style", "script"))
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    data = json.dumps({**document, "words": WORDS}, ensure_ascii=True, separators=(",", ":"))
    # Within an element of script nothing may look like markup: not its end, not a comment.
    data = data.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return template.replace("POLICY", policy, 1).replace("DATA", data, 1)


def _inner(template: str, tag: str) -> str:
    found = re.search(f"<{tag}>(.*?)</{tag}>", template, re.DOTALL)
    assert found is not None
    return found[1]


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
