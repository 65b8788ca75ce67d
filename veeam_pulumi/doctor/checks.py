"""What can be said about a connection without changing anything: checks, one after the other, as plain data.

They send reads only, log in once and log out. The first that fails makes the rest pointless, they are "not checked".
Nobody waits for a doctor: connecting may take 5 seconds, once; a check may take 15, with whatever it repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from .. import redaction, vocabulary
from ..errors import CertificateRefused, SettingsError, VeeamError
from ..server.connections import Connections
from ..server.deadline import operation
from ..server.session import Session
from ..server.settings import Settings, variable
from ..server.tls import Certificate
from ..server.transport import Transport

CONNECTING, CHECKING = 5.0, 15.0
AT_ONE_TIME = 16
CHECKS = ("settings", "reachable", "certificate", "login", "version", "api", "manages")
OK, WARNING, FAILED, NOT_CHECKED = "ok", "warning", "failed", "not checked"


@dataclass(frozen=True)
class Finding:
    """What a check came to. `text`: the value found, or the cause; `fix`: what to do next; `facts`: more of it."""

    status: str = OK
    text: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    fix: str = ""


@dataclass
class Examination:
    """One connection and what was found out about it."""

    name: str
    product: str = ""
    url: str = ""
    findings: dict[str, Finding] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return FAILED not in {finding.status for finding in self.findings.values()}

    @property
    def well(self) -> bool:
        """Whether there is nothing to say about it."""
        return not any(
            one.status in (FAILED, WARNING) or "why" in one.facts or (one.status == NOT_CHECKED and one.text)
            for one in self.findings.values()
        )


def examine_all(
    connections: Connections,
    sessions: Mapping[str, type[Session]],
    names: Sequence[str],
    *,
    in_stack: bool,
    progress: Callable[[str], None] = lambda connection: None,
) -> list[Examination]:
    """Every named connection, many at one time: one that does not answer holds nobody up.

    `progress` is told each connection that is done.
    """

    def examine(name: str) -> Examination:
        found = _Doctor(connections, sessions, name, in_stack).examine()
        progress(name)
        return found

    with ThreadPoolExecutor(AT_ONE_TIME) as threads:
        return list(threads.map(examine, names))


def wanted(known: Connections, names: Sequence[str], stack: str | None) -> list[str]:
    """The connections to look at: those named, else all. Raises SettingsError where there is none."""
    if known.names:
        return sorted({known.resolve(name) or name for name in names} or known.names)
    variables = "VEEAM_VBR_URL=https://HOST:9419, VEEAM_VBR_USERNAME and VEEAM_VBR_PASSWORD"
    if stack is None:
        raise SettingsError("the environment names no connection", f"name a stack with --stack, or set {variables}")
    raise SettingsError(
        f"stack {stack} has no connection",
        f"add one with {vocabulary.head.set('vbr', 'url', 'https://HOST:9419')}; or set {variables}",
    )


class _Doctor:
    """The checks of one connection, each a method of its name -> Finding; any may raise."""

    def __init__(
        self, connections: Connections, sessions: Mapping[str, type[Session]], name: str, in_stack: bool
    ) -> None:
        self._connections, self._sessions, self._in_stack = connections, sessions, in_stack
        self._found = Examination(name)
        self._session: Session | None = None
        self._warnings: list[str] = []
        self._told: set[str] = set()

    def examine(self) -> Examination:
        stopped = False
        try:
            for check in CHECKS:
                finding = Finding(NOT_CHECKED) if stopped else self._run(check)
                self._found.findings[check] = finding
                stopped = stopped or finding.status == FAILED
        finally:
            if self._session is not None:
                self._session.close()
        return self._found

    def _run(self, check: str) -> Finding:
        try:
            with operation(CHECKING):
                finding: Finding = getattr(self, check)()
        except VeeamError as error:
            finding = Finding(FAILED, error.cause, fix=_fix(error))
        except Exception as error:  # a mistake of this package must not hide what was found out about the others
            finding = Finding(FAILED, f"{type(error).__name__}: {error}; please report this")
        # What the trust settings warn of as soon as they are read is about the certificate.
        warnings = self._news() if check not in ("settings", "reachable") and finding.status == OK else []
        text = "; ".join(self._without_the_name(one) for one in (finding.text, *warnings) if one)
        status = WARNING if warnings else finding.status
        return Finding(status, redaction.hide(text), finding.facts, redaction.hide(finding.fix))

    def _without_the_name(self, text: str) -> str:
        """Without the connection, which the report has as a heading."""
        where = f"{self._session.where}: " if self._session else ""
        return text.removeprefix(where).removeprefix(f"connection {self._found.name}: ")

    def _news(self) -> list[str]:
        """Warnings that were not told yet."""
        found = [one for one in dict.fromkeys(self._warnings) if one not in self._told]
        self._told.update(found)
        return found

    def settings(self) -> Finding:
        connection = self._connections.get(self._found.name)
        settings = connection.settings
        self._found.name, self._found.product, self._found.url = connection.name, settings.product, settings.url
        connection = replace(connection, settings=settings.model_copy(update={"deadline": CHECKING}))
        transport = Transport(connection, self._warnings.append)
        self._session = self._sessions[settings.product](connection, transport, self._warnings.append)
        return Finding()

    @property
    def session(self) -> Session:
        assert self._session is not None
        return self._session

    def reachable(self) -> Finding:
        self._refused: CertificateRefused | None = None
        try:
            self._certificate: Certificate | None = self.session.transport.look(CONNECTING)
        except CertificateRefused as error:
            self._refused, self._certificate = error, error.certificate
        return Finding()

    def certificate(self) -> Finding:
        settings, seen = self.session.settings, self._certificate
        facts: dict[str, Any] = {"trusted": self._refused is None and not settings.tls.insecure}
        if seen:
            facts |= {
                "subject": seen.subject,
                "names": list(seen.names),
                "valid_from": f"{seen.not_before:%Y-%m-%d}",
                "valid_until": f"{seen.not_after:%Y-%m-%d}",
                "sha256": seen.sha256,
                "sha1": seen.sha1,
                "pin": self._pin(seen),
            }
        if self._refused:
            # The facts say the same of the certificate, once.
            cause = self._refused.cause.removesuffix(f"; it has {seen}") if seen else self._refused.cause
            return Finding(FAILED, cause, facts, _fix(self._refused))
        return Finding(OK, _why_trusted(settings), facts)

    def _pin(self, seen: Certificate) -> str:
        """The line that pins it: of the stack's config, of a shell where there is no stack."""
        if self._in_stack:
            return vocabulary.head.set(self._found.name, "tls.thumbprint", seen.sha256).strip("`")
        return f"export {variable(self._found.name, 'tls.thumbprint')}={seen.sha256}"

    def login(self) -> Finding:
        self.session.open()
        return Finding(OK, self.session.who())

    def version(self) -> Finding:
        try:
            return Finding(OK, self.session.version())
        except VeeamError as error:  # nice to know, nothing depends on it
            return Finding(WARNING, error.cause, fix=_fix(error))

    def api(self) -> Finding:
        return Finding(OK, self.session.speaks())

    def manages(self) -> Finding:
        session, only = self.session, self.session.reads_only
        may = session.may_read(session.manager_list) if only else session.manages()
        if may is True and only:
            why = "read_only is set: it is for refreshes, not for changes"
            return Finding(OK, "reads only", {"why": why})
        if may is True:
            return Finding(OK, session.managed)
        if may:
            return Finding(NOT_CHECKED, may)
        what = f"{'read' if only else 'manage'} {session.managed}"
        return Finding(FAILED, f"{session.account()} may not {what}; it needs the role {session.manager_role}")


def _fix(error: VeeamError) -> str:
    """The next step; where the error knows none, how to find out more."""
    return error.fix or "run again with VEEAM_LOG=info, and look at the server's own log"


def _why_trusted(settings: Settings) -> str:
    if settings.tls.insecure:
        return ""  # which the connection warns of by itself
    if settings.tls.thumbprint:
        return f"it is the pinned one ({'SHA-1' if len(settings.tls.thumbprint) == 40 else 'SHA-256'})"
    if settings.tls.ca_file:
        return f"issued by the CA in {settings.tls.ca_file}"
    return "issued by a CA that this system trusts"
