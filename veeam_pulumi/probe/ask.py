"""Asks one server the questions of its product and keeps each answer, with stand-ins for all that is somebody's own.

At most 40 requests. The password of the connection is sent once, to log in; nothing is written but by `--write`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from ..errors import AlreadyExists, VeeamError
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
from . import questions
from .counting import Counting, Enough
from .objects import NOWHERE, OWN_NAME, Plan
from .questions import Question
from .standins import StandIns, parsed
from .writing import Step, Writing

LARGEST = 64 * 1024
"""Bytes of a body that are kept; of a larger one (a contract) only what it is."""


@dataclass(frozen=True)
class Recorded:
    """An answer as it is kept. `verdict`: as assumed, otherwise, no answer; empty for one of several to one question.

    `why`: what is otherwise about an object that was made, in the words of arguments.
    """

    question: str
    request: str
    status: int
    headers: dict[str, str]
    body: Any
    assumed: str = ""
    verdict: str = ""
    danger: str = ""
    why: str = ""

    @property
    def said(self) -> str:
        code = self.body.get("errorCode") if isinstance(self.body, dict) else None
        if not self.status and self.verdict != "no answer":
            return self.why or "known from an earlier answer"
        found = " ".join(str(one) for one in (self.status or "no answer", code or "", self._form) if one)
        return f"{found}; {self.why}" if self.why else found

    @property
    def _form(self) -> str:
        if isinstance(self.body, str) and self.body.startswith("("):  # how `_body` writes what is not kept
            return self.body[1:].partition(" of ")[0]
        return "an empty body" if self.body in (None, "") else "XML" if isinstance(self.body, str) else "JSON"

    @property
    def is_dangerous(self) -> bool:
        return self.verdict == "otherwise" and bool(self.danger)


@dataclass
class Probe:
    """What one server said. `error`: why it could not be asked to the end; `left`: what `--write` could not remove.

    `wrote`: whether an object was made and removed.
    """

    product: str
    version: str = ""
    answers: list[Recorded] = field(default_factory=list)
    requests: int = 0
    error: str = ""
    left: str = ""
    wrote: bool = False


def probe(
    connections: Connections, sessions: Mapping[str, type[Session]], name: str, plan: Plan | None = None
) -> Probe:
    """Asks the server of a connection; with a plan it makes one object there and removes it again."""
    connection = connections.get(name)
    found = Probe(connection.settings.product)
    transport = Counting(connection, lambda text: None)
    session = sessions[found.product](connection, transport, lambda text: None)
    raw: list[tuple[Question, Answer | None]] = []
    writing = Writing(session, transport, plan) if plan else None
    try:
        with operation(session.settings.deadline):
            _ask(session, transport, found, raw)
        if writing:
            writing.run()
    except AlreadyExists as error:  # which names what is there
        found.error, found.left = type(error).__name__, str(error)
    except (Enough, VeeamError, KeyboardInterrupt) as error:
        found.error = type(error).__name__
    _keep(session, transport, found, raw, writing, plan)
    transport.allow(1)
    session.close()
    found.requests = transport.sent
    return found


def _ask(session: Session, transport: Counting, found: Probe, raw: list[tuple[Question, Answer | None]]) -> None:
    session.open()
    with contextlib.suppress(VeeamError):  # some servers show it to administrators alone
        found.version = session.version()
    for question in questions.of(session):
        try:
            raw.append((question, _answer(session, transport, question)))
        except Enough:
            break
        except VeeamError:
            raw.append((question, None))


def _keep(
    session: Session,
    transport: Counting,
    found: Probe,
    raw: list[tuple[Question, Answer | None]],
    writing: Writing | None,
    plan: Plan | None,
) -> None:
    """Puts stand-ins into all that was received, and judges it."""
    steps = writing.steps if writing else []
    answers = [transport.login, *(one for _, one in raw), *(one for step in steps for one in step.answers)]
    paths = [*(question.path for question, _ in raw), *(one.path for one in answers if one is not None)]
    stand_ins = StandIns((*_own(session), *(plan.own if plan else ())), _words(), paths)
    for answer in answers:
        if answer is not None and len(answer.body) <= LARGEST:
            if answer.form() == "XML":
                stand_ins.learn_xml(_xml(answer))
            else:
                stand_ins.learn(parsed(answer.body), error=not answer.ok)
    if transport.login is not None:
        login = Question(
            "login", transport.login.path, "the own login gives a token", lambda session, answer: answer.ok
        )
        found.answers.append(_recorded(session, login, transport.login, stand_ins))
        if found.product == "aws":
            again = Question("dates", transport.login.path, *questions.dates(found.version))
            found.answers.append(_recorded(session, again, transport.login, stand_ins))
    found.answers += [_recorded(session, question, answer, stand_ins) for question, answer in raw]
    found.answers += [one for step in steps for one in _steps(step, stand_ins)]
    found.left = found.left or (writing.left if writing else "")
    found.wrote = bool(steps)


def _steps(step: Step, stand_ins: StandIns) -> Iterator[Recorded]:
    """The answers of a step of `--write`, the one that counts first: to what it wrote, else to its last read."""
    writes = [one for one in step.answers if one.method != "GET"]
    first = next(iter([*writes, *reversed(step.answers)]), None)
    verdict = "no answer" if step.fits is None else "as assumed" if step.fits else "otherwise"
    request = stand_ins.path(first.what) if first else "not sent"
    yield Recorded(
        step.name,
        request,
        first.status if first else 0,
        stand_ins.headers(first.headers.items()) if first else {},
        _body(first, stand_ins) if first else None,
        step.assumed,
        verdict,
        step.danger,
        stand_ins.text(step.why),
    )
    for number, one in enumerate((one for one in step.answers if one is not first), 2):
        kept = stand_ins.headers(one.headers.items()), _body(one, stand_ins)
        yield Recorded(f"{step.name}-{number}", stand_ins.path(one.what), one.status, *kept)


def _answer(session: Session, transport: Counting, question: Question) -> Answer:
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
        question.danger if fits or question.harms(session, answer) else "",
    )


def _body(answer: Answer, stand_ins: StandIns) -> Any:
    form = answer.form()
    if form == "JSON" and len(answer.body) <= LARGEST:
        return stand_ins.body(parsed(answer.body), error=not answer.ok)
    if form == "XML" and len(answer.body) <= LARGEST:
        return stand_ins.xml(_xml(answer))
    return None if form == "an empty body" else f"({form} of {len(answer.body)} bytes)"


def _xml(answer: Answer) -> str:
    return answer.body.decode("utf-8-sig", "replace")


def _own(session: Session) -> Iterator[str]:
    """What is known to be the owner's: the address, and who logs in."""
    address = urlsplit(session.settings.url)
    yield from (one for one in (session.server, address.hostname, session.settings.username) if one)


def _words() -> set[str]:
    """The words of the products: types, roles and states that fields allow, and names of built-in roles."""
    found = {"Bearer", questions.UNKNOWN_ID, questions.UNKNOWN_NAME, "veeamPulumiProbe", OWN_NAME, NOWHERE}
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
