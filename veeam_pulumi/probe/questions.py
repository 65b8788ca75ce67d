"""What a server is asked by the probe, per product: reads alone, and what this package assumes of the answers.

Never a wrong password: an invented token is not a login. `danger` says what a wrong assumption leads to: `delete`
(an object that is there would count as gone), `duplicate` (one that is there would not be seen), `lock out`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..errors import InvalidInput, VeeamError
from ..products.vbr.session import USERS, VbrSession
from ..server.answer import Answer
from ..server.session import Session

UNKNOWN_ID = "00000000-0000-4000-8000-00000000f00d"
UNKNOWN_NAME = "veeam-pulumi-probe"
INVENTED = "invented-by-veeam-pulumi-probe"
Fits = Callable[[Session, Answer], bool]


def _any(session: Session, answer: Answer) -> bool:
    return True


@dataclass(frozen=True)
class Question:
    """One read. `token`: own, invented, none; `assumed`: in words; `fits`: whether an answer is as assumed.

    `harms`: whether one that is otherwise could do what `danger` says; else it is only worth knowing.
    """

    name: str
    path: str
    assumed: str
    fits: Fits
    params: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    token: str = "own"
    danger: str = ""
    harms: Fits = _any


def _refused_in_words(session: Session, answer: Answer) -> bool:
    return answer.status == 401 and session.error(answer) is not None


def _refused_without_words(session: Session, answer: Answer) -> bool:
    return answer.status == 401 and not answer.body.strip()


def _not_found(session: Session, answer: Answer) -> bool:
    """The product's own 404."""
    return answer.status == 404 and session.error(answer) is not None


def _unknown_path(session: Session, answer: Answer) -> bool:
    return answer.status == 404


def dates(version: str) -> tuple[str, Fits]:
    """How the dates of a token of Backup for AWS are written, by its version."""
    major = int(found[0]) if (found := re.match(r"\d+", version)) else 0
    zone, form = ("no zone", "") if major < 4 else ("a Z", "Z") if major < 10 else ("an offset", r"[+-]\d\d:\d\d")

    def fits(session: Session, answer: Answer) -> bool:
        body = answer.json()
        said = [str(body[key]) for key in (".issued", ".expires") if isinstance(body, dict) and body.get(key)]
        return all(re.fullmatch(rf"\d{{4}}-\d\d-\d\dT[\d:.]+{form}", one) for one in said)

    return f"dates of a token have {zone}", fits


def is_oauth(answer: Answer) -> bool:
    """Whether an error of a token endpoint is worded as OAuth has it."""
    try:
        body = answer.json()
    except VeeamError:
        return False
    return isinstance(body, dict) and isinstance(body.get("error"), str)


def _page(session: Session, answer: Answer) -> bool:
    return answer.ok and answer.form() == "an HTML page"


def _success(session: Session, answer: Answer) -> bool:
    return answer.ok


def _revision(session: Session, answer: Answer) -> bool:
    return session.refuses_revision(answer)


def _rows(answer: Answer) -> list[Any] | None:
    try:
        body = answer.json()
    except VeeamError:
        return None
    for key in ("data", "results", "BackupServers", "backupServers"):
        if isinstance(body, dict) and isinstance(body.get(key), list):
            return list(body[key])
    return body if isinstance(body, list) else None


def _total(answer: Answer) -> Any:
    body = answer.json()
    if not isinstance(body, dict):
        return None
    paging = body.get("pagination") or (body.get("meta") or {}).get("pagingInfo") or {}
    return body.get("totalCount", paging.get("total"))


def _list(most: int) -> Fits:
    """A list with no more rows than asked for, whose total, where there is one, is no smaller than its rows."""

    def fits(session: Session, answer: Answer) -> bool:
        rows = _rows(answer) if answer.ok else None
        total = _total(answer) if rows is not None else None
        return rows is not None and len(rows) <= most and (not isinstance(total, int) or total >= len(rows))

    return fits


def _whole(session: Session, answer: Answer) -> bool:
    """Refused, or as many rows as there are, or a total that says that there are more."""
    if not answer.ok:
        return answer.status == 400
    rows = _rows(answer)
    total = _total(answer) if rows is not None else None
    return rows is not None and (isinstance(total, int) or len(rows) < 1000)


def _nothing_found(session: Session, answer: Answer) -> bool:
    return answer.ok and _rows(answer) == []


def _page_of_three(session: Session, answer: Answer) -> bool:
    """No more than three rows; all of them where the list has no pages (Backup for Microsoft 365 before v8)."""
    return answer.ok and (isinstance(answer.json(), list) or _list(3)(session, answer))


def _queried(session: Session, answer: Answer) -> tuple[int, int]:
    """The rows of a query's answer, and how many its pages have."""
    body = session.parse(answer)
    found = ((body.get("entities") or {}).get("backupservers") or {}).get("backupservers") or []
    return len(found), int((body.get("paginginfo") or {}).get("pagesize") or 0)


def _nothing_queried(session: Session, answer: Answer) -> bool:
    return answer.ok and _queried(session, answer)[0] == 0


def _three_queried(session: Session, answer: Answer) -> bool:
    if not answer.ok:
        return False
    rows, page = _queried(session, answer)
    return rows <= 3 and page == 3


def _an_object(session: Session, answer: Answer) -> bool:
    try:
        return answer.ok and isinstance(session.parse(answer), dict)
    except VeeamError:
        return False


def _shown_or_missing(session: Session, answer: Answer) -> bool:
    return answer.ok or answer.status in (400, 403, 404)


_IN_WORDS = "401, in the words of the product", _refused_in_words
_WITHOUT_WORDS = "401, without a body", _refused_without_words
_UNKNOWN_PATH = "404", _unknown_path


def _common(
    path: str,
    unknown: str,
    elsewhere: str,
    invented: tuple[str, Fits] = _IN_WORDS,
    without: tuple[str, Fits] = _IN_WORDS,
    nowhere: tuple[str, Fits] = _UNKNOWN_PATH,
) -> list[Question]:
    """What every product is asked: tokens, an id and a path that there are not. How it is expected to say so."""
    return [
        Question("invented-token", path, f"an invented token is refused with {invented[0]}", invented[1],
                 token="invented"),
        Question("no-token", path, f"no token is refused with {without[0]}", without[1], token="none"),
        Question("unknown-id", f"{path}/{unknown}", "an unknown id is 404, in the words of the product", _not_found,
                 danger="delete, duplicate", harms=_success),
        Question("unknown-path", f"{elsewhere}/veeamPulumiProbe", f"an unknown path is {nowhere[0]}", nowhere[1],
                 danger="duplicate", harms=_an_object),
    ]  # fmt: skip


def _usual(path: str, unknown: str, one_row: tuple[str, str], header: str, **forms: tuple[str, Fits]) -> list[Question]:
    """What every product with a list of users is asked."""
    offset, limit = one_row
    found = [
        *_common(path, unknown, path.rpartition("/")[0], **forms),
        Question(
            "three-rows", path, "a list has no more rows than asked for, and its total is no smaller", _list(3),
            {offset: 0, limit: 3}, danger="delete, duplicate",
        ),
        Question(
            "page-too-large", path, "a page that is too large is refused, or its total says what is left out", _whole,
            {offset: 0, limit: 5000}, danger="delete, duplicate",
        ),
    ]  # fmt: skip
    if header:
        found.append(
            Question("unknown-revision", path, "an unknown revision is refused with 400", _revision,
                     headers={header: "9.9-rev9"})
        )  # fmt: skip
    return found


def of(session: Session) -> list[Question]:
    """The questions to a server, in order."""
    if session.product == "vbr":
        users = _users_of_vbr(session)
        return [
            *(_usual(users, UNKNOWN_ID, ("skip", "limit"), "x-api-version", invented=_WITHOUT_WORDS) if users else ()),
            Question("info", "/api/v1/serverInfo", "the build is shown", _an_object),
            *([Question("roles", users.replace("users", "roles"), "roles are listed", _list(1000))] if users else ()),
            Question("settings", "/api/v1/security/settings", "security settings are shown or there are none",
                     _shown_or_missing),
            Question("time", "/api/v1/serverTime", "the time is shown without a login", _an_object, token="none"),
            Question("contract", f"/swagger/v{session.revision}/swagger.json", "the contract of the revision is served",
                     _shown_or_missing, token="none"),
        ]  # fmt: skip
    if session.product == "aws":
        asked = [
            Question(f"revision-{one}", "/api/v1/users/isFirstLogin", "a revision answers or is refused with 400",
                     lambda session, answer: answer.ok or session.refuses_revision(answer),
                     headers={"x-api-version": one}, token="none")
            for one in session.revisions
        ]  # fmt: skip
        return [
            *_usual("/api/v1/users", UNKNOWN_NAME, ("Offset", "Limit"), "x-api-version"),
            *asked,
            Question("version", "/api/v1/system/version", "the version is shown or there is no such path",
                     _shown_or_missing),
        ]  # fmt: skip
    if session.product == "azure":
        users = f"/api/{session.revision}/users"
        return [
            *_usual(users, "2147480000", ("Offset", "Limit"), ""),
            Question("about", users.replace("users", "system/about"), "the version is shown", _an_object),
        ]
    if session.product == "vspc":
        nobody = json.dumps([{"property": "userName", "operation": "equals", "value": UNKNOWN_NAME}])
        return [
            *_usual("/api/v3/users", UNKNOWN_ID, ("offset", "limit"), "X-Client-Version",
                    nowhere=("the portal's page", _page)),
            Question("about", "/api/v3/about", "the version is shown", _an_object),
            Question("me", "/api/v3/users/me", "the own account is shown", _an_object),
            Question("companies", "/api/v3/organizations/companies", "companies are listed", _list(3),
                     {"offset": 0, "limit": 3}),
            Question("filter", "/api/v3/users", "a filter that fits nobody finds nobody", _nothing_found,
                     {"filter": nobody, "offset": 0, "limit": 3}, danger="duplicate"),
        ]  # fmt: skip
    return _of_m365(session) if session.product == "m365" else _of_em(session)


def _of_m365(session: Session) -> list[Question]:
    path, organizations = f"/{session.revision}/RbacRoles", f"/{session.revision}/Organizations"
    return [
        *_common(path, UNKNOWN_ID, f"/{session.revision}", _WITHOUT_WORDS, _WITHOUT_WORDS),
        Question("unknown-version", "/v99/ServiceInstance", "an unknown version is refused with 404", _unknown_path,
                 token="none"),
        Question("instance", f"/{session.revision}/ServiceInstance", "the version is shown", _an_object),
        Question("roles", path, "roles are listed", lambda session, answer: _rows(answer) is not None,
                 danger="delete, duplicate"),
        Question("organizations", organizations, "organizations are listed",
                 lambda session, answer: _rows(answer) is not None),
        Question("three-rows", organizations, "a page has no more rows than asked for", _page_of_three,
                 {"offset": 0, "limit": 3}, danger="delete, duplicate"),
        Question("page-too-large", organizations, "a page that is too large is refused, or has all", _whole,
                 {"offset": 0, "limit": 20000}, danger="delete, duplicate"),
    ]  # fmt: skip


def _users_of_vbr(session: Session) -> str:
    """The list of users in the dialect of a backup server; "" for one that is too old to have any."""
    assert isinstance(session, VbrSession)
    try:
        return USERS[session.dialect]
    except InvalidInput:
        return ""


def _of_em(session: Session) -> list[Question]:
    path = "/api/backupServers"
    xml = {"Accept": "application/xml", "Content-Type": "application/xml"}
    return [
        Question("versions", "/api/", "the versions of the API are shown", _an_object, token="none"),
        Question("dead-session", path, "a dead session is refused with 401, in the words of the product",
                 _refused_in_words, token="invented"),
        Question("no-session", path, "no session is refused with 401, in the words of the product", _refused_in_words,
                 token="none"),
        Question("unknown-id", f"{path}/{UNKNOWN_ID}", "an unknown id is 404, in the words of the product", _not_found,
                 {"format": "Entity"}, danger="delete, duplicate", harms=_success),
        Question("unknown-id-xml", f"{path}/{UNKNOWN_ID}", "the same in XML", _unknown_path, {"format": "Entity"}, xml,
                 danger="delete, duplicate", harms=_success),
        Question("unknown-path", "/api/veeamPulumiProbe", "an unknown path is 404", _unknown_path,
                 danger="duplicate", harms=_an_object),
        Question("servers", path, "backup servers are listed", _an_object, {"format": "Entity"}),
        Question("accounts", "/api/security/accounts", "accounts are listed", _an_object, {"format": "Entity"}),
        Question("query", "/api/query", "a query that fits nothing finds nothing", _nothing_queried,
                 {"type": "BackupServer", "filter": f'IpOrDnsName=="{UNKNOWN_NAME}"', "format": "Entities"},
                 danger="delete, duplicate"),
        Question("three-rows", "/api/query", "a query has no more rows than asked for, and its pages say how many",
                 _three_queried,
                 {"type": "BackupServer", "format": "Entities", "pageSize": 3, "page": 1}),
        Question("tasks", "/api/tasks", "tasks are listed", _an_object),
    ]  # fmt: skip
