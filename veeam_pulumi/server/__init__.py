"""How to talk to one server: settings, trust, login, requests, lists; knows no product, no resource and no engine."""
