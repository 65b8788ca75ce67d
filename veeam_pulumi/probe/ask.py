"""Asks one server the questions of its product and keeps each answer, with stand-ins for all that is somebody's own.

At most 40 requests. The password of the connection is sent once, to log in; nothing is written.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from ..errors import VeeamError
from ..products import resources
from ..products.aws import rights as aws
from ..products.azure import rights as azure
from ..products.em import rights as em
from ..products.vbr import rights as vbr
from ..products.vspc import rights as vspc
from ..server.answer import Answer
from ..server.connections import Connections
from ..server.deadline import operation
from ..server.session import Session
from ..server.token import Token
from ..server.transport import Transport
from . import questions
from .questions import Question
from .standins import StandIns, parsed

MOST_REQUESTS = 40
LARGEST = 64 * 1024
"""Bytes of a body that are kept; of a larger one (a contract) only what it is."""


class _Enough(Exception):
    """The probe has sent as many requests as it may."""


@dataclass(frozen=True)
class Recorded:
    """An answer as it is kept. `verdict`: as assumed, otherwise, no answer."""

    question: str
    request: str
    status: int
    headers: dict[str, str]
    body: Any
    assumed: str = ""
    verdict: str = ""
    danger: str = ""

    @property
    def said(self) -> str:
        code = self.body.get("errorCode") if isinstance(self.body, dict) else None
        return " ".join(str(one) for one in (self.status or "no answer", code or "", self._form) if one)

    @property
    def _form(self) -> str:
        return "an empty body" if self.body in (None, "") else "JSON" if not isinstance(self.body, str) else "a text"

    @property
    def is_dangerous(self) -> bool:
        return self.verdict == "otherwise" and bool(self.danger)


@dataclass
class Probe:
    """What one server said. `error`: why it could not be asked to the end."""

    product: str
    version: str = ""
    answers: list[Recorded] = field(default_factory=list)
    requests: int = 0
    error: str = ""


class _Counting(Transport):
    """Sends no more than 40 requests, and keeps what the login was answered."""

    sent = 0
    login: Answer | None = None

    def send(self, method: str, path: str, **more: Any) -> Answer:
        if self.sent >= MOST_REQUESTS:
            raise _Enough
        self.sent += 1
        answer = super().send(method, path, **{**more, "attempts": 1})
        if method == "POST" and self.login is None and answer.ok:
            self.login = answer
        return answer


def probe(connections: Connections, sessions: Mapping[str, type[Session]], name: str) -> Probe:
    """Asks the server of a connection."""
    connection = connections.get(name)
    found = Probe(connection.settings.product)
    transport = _Counting(connection, lambda text: None)
    session = sessions[found.product](connection, transport, lambda text: None)
    try:
        with operation(session.settings.deadline):
            _ask(session, transport, found)
    except (_Enough, VeeamError) as error:
        found.error = type(error).__name__.strip("_")
    finally:
        session.close()
        found.requests = transport.sent
    return found


def _ask(session: Session, transport: _Counting, found: Probe) -> None:
    session.open()
    with contextlib.suppress(VeeamError):  # some servers show it to administrators alone
        found.version = session.version()
    raw: list[tuple[Question, Answer | None]] = []
    for question in questions.of(session):
        try:
            raw.append((question, _answer(session, transport, question)))
        except _Enough:
            break
        except VeeamError:
            raw.append((question, None))
    stand_ins = StandIns(_own(session), _words())
    for answer in [transport.login, *(one for _, one in raw)]:
        if answer is not None and len(answer.body) <= LARGEST:
            stand_ins.learn(parsed(answer.body))
    if transport.login is not None:
        login = Question(
            "login", transport.login.path, "the own login gives a token", lambda session, answer: answer.ok
        )
        found.answers.append(_recorded(session, login, transport.login, stand_ins))
    found.answers += [_recorded(session, question, answer, stand_ins) for question, answer in raw]


def _answer(session: Session, transport: Transport, question: Question) -> Answer:
    headers: dict[str, str | SecretStr] = {**session.headers(), **question.headers}
    if question.token == "own":
        headers |= session.login_headers()
    elif question.token == "invented":
        headers |= session.authorization(Token(SecretStr(questions.INVENTED), None, 900.0))
    return transport.send(
        "GET", question.path, params=question.params, headers=headers, is_final=lambda answer: True, private=True
    )


def _recorded(session: Session, question: Question, answer: Answer | None, stand_ins: StandIns) -> Recorded:
    query = f"?{urlencode(question.params)}" if question.params else ""
    request = f"{answer.method if answer else 'GET'} {question.path}{query}"
    if answer is None:
        return Recorded(question.name, request, 0, {}, None, question.assumed, "no answer", question.danger)
    try:
        fits = question.fits(session, answer)
    except (VeeamError, ValueError, AttributeError, TypeError, KeyError):  # an answer that nobody assumed
        fits = False
    return Recorded(
        question.name,
        request,
        answer.status,
        stand_ins.headers(answer.headers.items()),
        _body(answer, stand_ins),
        question.assumed,
        "as assumed" if fits else "otherwise",
        question.danger,
    )


def _body(answer: Answer, stand_ins: StandIns) -> Any:
    form = answer.form()
    if form == "JSON" and len(answer.body) <= LARGEST:
        return stand_ins.body(parsed(answer.body))
    if form == "XML" and len(answer.body) <= LARGEST:
        return stand_ins.xml(answer.body.decode("utf-8-sig", "replace"))
    return None if form == "an empty body" else f"({form} of {len(answer.body)} bytes)"


def _own(session: Session) -> Iterator[str]:
    """What is known to be the owner's: the address, and who logs in."""
    address = urlsplit(session.settings.url)
    yield from (one for one in (session.server, address.hostname, session.settings.username) if one)
    for part in (session.settings.username or "").replace("@", "\\").split("\\"):
        if len(part) > 2:
            yield part


def _words() -> set[str]:
    """The words of the products: types, roles and states that fields allow, and names of built-in roles."""
    found = {"Bearer", questions.UNKNOWN_ID, questions.UNKNOWN_NAME, "veeamPulumiProbe"}
    for resource in resources().values():
        for info in resource.inputs.model_fields.values():
            found |= set(_literals(info.annotation))
    for roles in (aws.ROLES, azure.ROLES, em.ROLES, vbr.ROLES, vspc.ROLES):
        found |= {*roles, *(f"Veeam {role}" for role in roles)}
    return found


def _literals(annotation: Any) -> Iterator[str]:
    for one in get_args(annotation):
        if isinstance(one, str):
            yield one
        else:
            yield from _literals(one)
