"""What another test taught the process to hide is not hidden here: it may be a word of a message."""

from __future__ import annotations

import pytest

from veeam_pulumi import redaction


@pytest.fixture(autouse=True)
def _no_secret_of_another_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_secrets", set())
    monkeypatch.setattr(redaction, "_index", {})
    monkeypatch.setattr(redaction, "_starts", set())
