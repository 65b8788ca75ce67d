"""The keys of a simulator: its authority and the leaves that its servers show, kept with the state for pins' sake."""

from __future__ import annotations

from . import certificates
from .certificates import Identity
from .store import Store


class Keys:
    """Made when they are first asked for; the same ones after a restart from a state file."""

    def __init__(self, store: Store) -> None:
        self._shelf, self._read = store.shelf("keys"), dict[str, Identity]()
        self.authority = self._kept("authority") or self._keep("authority", certificates.authority())

    def leaf(self, product: str, kind: str) -> Identity:
        """The server's certificate; `kind` is a value of the knob `<product>.tls`."""
        name = f"{product}:{kind}"
        return self._kept(name) or self._keep(name, self.another(kind))

    def another(self, kind: str) -> Identity:
        """A certificate that no server has shown yet, and that is not kept."""
        return certificates.leaf(self.authority, kind)

    def _kept(self, name: str) -> Identity | None:
        if name not in self._read and (stored := self._shelf.get(name)):
            self._read[name] = Identity.from_pem(stored["pem"])
        return self._read.get(name)

    def _keep(self, name: str, identity: Identity) -> Identity:
        self._shelf.put(name, {"pem": identity.pem()})
        self._read[name] = identity
        return identity
