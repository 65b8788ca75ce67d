"""How to talk to one server: settings, trust, login, requests, lists; knows no product, no resource and no engine."""

import sys

# httpx loads its command line, with rich and click, wherever these are installed: a third of a start, for nothing.
if "httpx" not in sys.modules:
    sys.modules["httpx._main"] = None  # type: ignore[assignment]
