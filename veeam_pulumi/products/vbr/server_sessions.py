"""Sessions: what goes on on a backup server after it answered a write. (What we log in with is `session`.)

* POST, PUT and DELETE of infrastructure are answered with 201 and a session. It is done when its state is Stopped and
  its result is not None; Warning is success. Adding a host installs components, which takes minutes.
* `resourceId` comes with the end, if at all. The message of a failure may be empty: then the log tells, newest first.
* State ActionRequired (1.3-rev2) waits for a person at the console.
* A server that restarts forgets tokens, and perhaps the session: 404. So does the age of a session. Then only a look
  at what was to be made tells what came of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...errors import (
    AnswerLost,
    CertificateRefused,
    InvalidInput,
    LoginRefused,
    NotFound,
    ServerRefused,
    ServerUnreachable,
    UnexpectedAnswer,
    VeeamError,
)
from ...resource.identity import path_part
from ...server.answer import Answer
from ...server.body import fitting, words
from .session import VbrSession

SESSIONS = "/api/v1/sessions"
LOOKS_WITHOUT_RESULT = 20
"""How often a session that stopped without a result is asked again."""
MOST_LINES = 5
_SHAPE = {"id": str, "state": str, "result": {"result": str, "message": str, "isCanceled": bool}, "resourceId": str}
_LOG = {"records": [{"status": str, "title": str, "description": str}]}


def finish(session: VbrSession, answer: Answer, about: str) -> dict[str, Any] | None:
    """Waits for the session in an answer -> the finished one; None where the server does not know it any more.

    Whether the server answers meanwhile does not matter: it may restart. Raises ServerRefused when the session failed,
    ServerUnreachable at the operation's deadline, AnswerLost when its end is not known.
    """
    data = session.gave(answer)
    id = words(data.get("id")) if isinstance(data, dict) else ""
    looks, seconds = 0, 0.5
    while id:
        state, found = _asked(session, id, answer)
        result = (found.get("result") or {}) if found else {}
        if found is None or looks > LOOKS_WITHOUT_RESULT:
            return None
        if state == "ActionRequired":
            raise AnswerLost(f"the session {id} of {answer.what} waits for a person at the console{_log(session, id)}")
        looks += state == "Stopped"
        if state == "Stopped" and result.get("result") not in (None, "None"):
            return _judged(session, found, answer, about)
        if not session.transport.wait(seconds):
            raise ServerUnreachable(
                f"the session {id} of {answer.what} is not finished (state {state}); the connection's deadline of "
                f"{session.settings.deadline:g} s is over",
                f"run again when it is; {session.connection.how_to_set('deadline', 'SECONDS')}",
            )
        seconds = min(5.0, seconds * 1.5)
    return None


def any_runs(session: VbrSession) -> bool:
    """Whether the server is at work on its infrastructure, as far as it tells: newest sessions first."""
    try:
        body = session.get(
            SESSIONS, typeFilter="Infrastructure", orderColumn="CreationTime", orderAsc="false", limit=50
        )
        rows = fitting(body.get("data"), [_SHAPE], "sessions") or []
    except ServerUnreachable:
        raise
    except VeeamError:
        return False
    return any(row.get("state") != "Stopped" for row in rows)


def appears(session: VbrSession, look: Callable[[], str | None], *, patient: bool) -> str | None:
    """What `look` finds when the server has nothing left to do, or the operation's deadline is over.

    None too where it cannot be asked; `patient`: it is asked again then, because it may restart.
    """
    seconds = 0.5
    while True:
        found, goes_on = None, False
        try:
            goes_on = any_runs(session)
            found = look()
        except (CertificateRefused, LoginRefused):
            return None
        except ServerUnreachable:
            goes_on = patient and session.may_log_in
        except VeeamError:
            return None
        if not goes_on or not session.transport.wait(seconds):
            return found
        seconds = min(5.0, seconds * 1.5)


def wait_until_gone(session: VbrSession, path: str) -> None:
    """Waits until a server that was deleted is not shown any more. Raises ServerUnreachable at the operation's
    deadline."""
    seconds = 0.5
    while True:
        try:
            session.get(path)
        except NotFound:
            return
        if not session.transport.wait(seconds):
            raise ServerUnreachable(
                "the server says that it is deleted, but shows it still, at the end of the connection's deadline of "
                f"{session.settings.deadline:g} s",
                "run again in a while",
            )
        seconds = min(5.0, seconds * 1.5)


def _asked(session: VbrSession, id: str, answer: Answer) -> tuple[str, dict[str, Any] | None]:
    """The session's state and the session; "unknown" and nothing of it while the server does not answer; None where
    it is lost."""
    try:
        found = fitting(session.get(f"{SESSIONS}/{path_part(id)}"), _SHAPE, "the session")
        return str(found.get("state")), found
    except CertificateRefused as error:
        lost = error.cause
    except (ServerUnreachable, UnexpectedAnswer) as error:  # a gateway's page, while the server behind it restarts
        if session.may_log_in:
            return f"unknown: {error.cause}", {}
        lost = error.cause
    except (InvalidInput, NotFound):  # an id that cannot be asked for is lost too
        return "", None
    except (LoginRefused, ServerRefused) as error:
        lost = error.cause
    raise AnswerLost(f"the session {id} of {answer.what} cannot be followed any more ({lost})")


def _judged(session: VbrSession, found: dict[str, Any], answer: Answer, about: str) -> dict[str, Any]:
    """The finished session. Raises ServerRefused where it failed, or somebody stopped it."""
    id, result = words(found["id"]), found["result"]
    said = words(result.get("message"))
    shown = f': "{said}"' if said else ""
    if result["result"] == "Warning":
        session.warn(f"{about}: the session {id} of {answer.what} ended with a warning{shown}{_log(session, id)}")
    if result["result"] in ("Success", "Warning") and not result.get("isCanceled"):
        return found
    what = "was stopped" if result.get("isCanceled") else "failed"
    raise ServerRefused(
        f"the session {id} of {answer.what} {what}{shown}{_log(session, id)}",
        "fix the reported problem, then run again",
        status=200,
        words=said,
    )


def _log(session: VbrSession, id: str) -> str:
    """What the log of a session says of problems, for a message; "" where it says nothing."""
    try:
        records = fitting(session.get(f"{SESSIONS}/{path_part(id)}/logs"), _LOG, "the log").get("records") or []
    except VeeamError:
        return ""
    bad = [one for one in records if one.get("status") in ("Failed", "Warning")]
    lines = [" - ".join(filter(None, (words(one.get("title")), words(one.get("description"))))) for one in bad]
    shown = "; ".join(dict.fromkeys(filter(None, lines[:MOST_LINES])))
    return f" (its log says: {shown})" if shown else ""
