"""Answers as no server should give them, made of one that is right."""

from __future__ import annotations

import codecs
import gzip
import json
import re
import zlib
from random import Random
from typing import Any

from tests.products.tape import Reply

NESTED = [("[" * depth) + ("]" * depth) for depth in (60, 900, 100_000)] + ['{"a":' * 400 + "1" + "}" * 400]
ABSURD = [
    "null", "true", "false", "0", "-1", "1", "7", "1.5", "-0.0", "1e999", "-1e999", "NaN", "Infinity", "2147483648",
    "9" * 19, "9" * 400, "-" + "9" * 400, "9" * 5000, '""', '" "', '"abc"', r'"\u0000"', r'"\ud800"',
    r'"\udfff\ud800"',
    r'"\u001b[2J\u0007"', r'"\r\nX-Injected: 1"', '"é\u202e\ufeff"', '"' + "x" * 100_000 + '"', "[]", "{}", "[null]",
    "[[]]", "[{}]", "[1]", '["a"]', '{"a": 1}', '{"": {"": null}}', '"2999999999"', '"-1"', '"１２"', '"1_000"',
    *NESTED,
]  # fmt: skip
"""JSON, as text, to stand where something else is meant."""
STATUSES = [100, 101, 199, 200, 201, 202, 203, 204, 205, 206, 207, 226, 299, 300, 301, 302, 304, 307, 308, 399, 400,
            401, 402, 403, 404, 405, 408, 409, 410, 418, 422, 429, 451, 499, 500, 501, 502, 503, 504, 511, 520, 599,
            600, 999]  # fmt: skip
BODIES = [
    b"", b" \r\n", b"\0" * 40, b"null", b"[]", b"{}", b"0", b'""', b'"None"', b"<html><title>Sign in</title></html>",
    b"<!DOCTYPE html>", b"not json", b"{'a': 1}", b'{"a": 1,}', b'{"a" 1}', b"\xef\xbb\xbf", b"\xff\xfe", b"\x80\x81",
    b'{"data": null}', b'{"data": {}}', b'{"data": []}', b'{"results": null, "totalCount": -1}', b'{"errors": [7]}',
    b'{"errors": {}}', b'{"errors": [{"code": []}]}', b'{"errorCode": {"a": []}, "message": 7}', b'{"error": [[]]}',
    b'{"errorCode": 0}', b'{"message": {"a": [1]}}', b'{"mfa_token": [], "access_token": null}', b"<a/>", b"<a>", b"<",
    b'{"errors": [{"code": 5, "message": "\\ud800"}]}', b'{"errorCode": "\\ud800\\u001b[2J", "message": "\\udfff"}',
    b'{"errorCode": "X", "message": "' + b"x" * 200_000 + b'"}',
    b'<Error xmlns="x"><Message><a><b/></a></Message></Error>',
    b'{"access_token": "a\\r\\nX-Injected: 1"}', b'{"access_token": "\\u00e9\\u4e2d", "expires_in": 1e400}',
    b'{"access_token": "' + b"x" * 300_000 + b'"}',
]  # fmt: skip
HEADERS = [
    ("Retry-After", "1e400"), ("Retry-After", "-1"), ("Retry-After", "nan"), ("Retry-After", "9" * 500),
    ("Retry-After", "Fri, 31 Dec 9999 23:59:59 -2359"), ("Retry-After", "Mon, 01 Jan 0001 00:00:00 +2359"),
    ("Location", ""), ("Location", "https://[::1"), ("Location", "//"), ("Location", "http://\xe9:99999999/"),
    ("Location", "/api/v3/asyncActions/zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz"), ("Location", "x" * 50_000),
    ("Location", "/api/v3/asyncActions/" + "-" * 36), ("Location", "/api/backupServers/" + "-" * 36),
    ("Set-Cookie", "a=b; Max-Age=" + "9" * 400), ("Set-Cookie", "=;;;Expires=;=="), ("Set-Cookie", "\x80" * 200),
    ("Content-Type", "application/json; charset=utf-7"), ("Content-Type", "\xff/\xfe; charset=\x80"),
    ("X-RestSvcSessionId", ""), ("X-RestSvcSessionId", "\xe9\xff"), ("X-RestSvcSessionId", "x" * 60_000),
    ("Content-Encoding", "gzip"), ("Content-Encoding", "br, zstd, x"), ("Content-Encoding", "identity"),
]  # fmt: skip
ENTITIES = (
    '<!DOCTYPE a [<!ENTITY b "{}">]>',
    '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
    '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x">%p;]>',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    "<!doctype a>",
    '<!DOCTYPE lolz [<!ENTITY a0 "lol">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>",
)


def spoiled(random: Random, reply: Reply) -> bytes:
    """The bytes of a reply that is wrong in one way or another."""
    kind = random.choice([_value] * 10 + [_text] * 4 + [_encoding] * 2 + [_status, _body, _header] * 2 + [_framing] * 2)
    return kind(random, reply)


def _value(random: Random, reply: Reply) -> bytes:
    """Something else at one place of the body."""
    body = reply.body.decode("utf-8-sig", "replace")
    if body.lstrip().startswith("<"):
        return reply.wire(body=_xml(random, body).encode())
    try:
        data = json.loads(body)
    except ValueError:
        return _body(random, reply)
    marks: list[str] = []
    places = list(_places(data, ()))
    text = json.dumps(_changed(random, data, random.choice(places), marks))
    for number, raw in enumerate(marks):
        text = text.replace(f'"mark {number}!"', raw)
    return reply.wire(body=text.encode("utf-8", "surrogatepass"))


def _places(value: Any, path: tuple[Any, ...]) -> Any:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if str(key).casefold() in ("_links", "links"):  # many, and most of them are not looked at
            continue
        yield from _places(item, (*path, key))


def _changed(random: Random, value: Any, path: tuple[Any, ...], marks: list[str]) -> Any:
    if path:
        rest = {key: value[key] for key in value} if isinstance(value, dict) else list(value)
        if len(path) == 1 and (kind := random.random()) < 0.25:
            return _without(random, rest, path[0], kind, marks)
        rest[path[0]] = _changed(random, value[path[0]], path[1:], marks)
        return rest
    if isinstance(value, (dict, list)) and random.random() < 0.2:
        return random.choice([[value], {"data": value}, [value] * 3, str(value), json.dumps(value)])
    marks.append(random.choice(ABSURD))
    return f"mark {len(marks) - 1}!"


def _without(random: Random, rest: Any, key: Any, kind: float, marks: list[str]) -> Any:
    """A member left out, named otherwise, or there twice."""
    if isinstance(rest, list):
        return [*rest, rest[key]] if kind < 0.1 else rest * random.choice([2, 300]) if kind < 0.15 else rest[:key]
    found = rest.pop(key)
    if kind < 0.1:
        rest[random.choice([key.upper(), key.lower(), f" {key}", key * 2])] = found
    elif kind < 0.15:
        marks.append(random.choice(ABSURD))
        rest |= {key: found, key.swapcase(): f"mark {len(marks) - 1}!"}
    return rest


def _xml(random: Random, text: str) -> str:
    spots = list(re.finditer(r">([^<]+)<|\"([^\"]*)\"|<(\w+)[ />]", text))
    spot = random.choice(spots) if spots else None
    new = random.choice(
        [*ABSURD[:34], "&undefined;", "&a9;", "&x;", "&#0;", "&#xD800;", "<a/>", "<![CDATA[<a>]]>", "]]>"]
    )
    group = next(number for number in (1, 2, 3) if spot[number] is not None) if spot else 0
    changed = f"{text[: spot.start(group)]}{new}{text[spot.end(group) :]}" if spot else text
    if random.random() < 0.3:
        head, _, rest = text.partition("?>") if text.startswith("<?") else ("", "", text)
        entity = random.choice(ENTITIES)
        return f"{head}?>{entity}{rest}" if head else entity + changed
    if random.random() < 0.1:
        return f"{text.rpartition('</')[0]}{'<n>' * 60_000}{'</n>' * 60_000}</{text.rpartition('</')[2]}"
    return changed


def _text(random: Random, reply: Reply) -> bytes:
    """Cut off, or with other bytes in it."""
    body = bytearray(reply.body or b"{}")
    at = random.randrange(len(body))
    kind = random.random()
    if kind < 0.4:
        del body[at:]
    elif kind < 0.6:
        body[at] = random.randrange(256)
    elif kind < 0.8:
        body[at:at] = random.randbytes(random.choice([1, 2, 40]))
    elif kind < 0.9:
        body *= 2
    else:
        del body[: at + 1]
    return reply.wire(body=bytes(body))


def _encoding(random: Random, reply: Reply) -> bytes:
    text = reply.body.decode("utf-8-sig", "replace")
    name = random.choice(["utf-16", "utf-16-be", "utf-32", "utf-7", "cp500", "utf-8-sig", "latin-1"])
    body = text.encode(name, "replace")
    front = random.choice([b"", b"", codecs.BOM_UTF8 * 2, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"\0", b")]}',\n"])
    extra = random.choice(["", "", f"Content-Type: application/json; charset={name}\r\n", "Content-Encoding: gzip\r\n"])
    packed = [front + body, gzip.compress(body), gzip.compress(body)[:-9], zlib.compress(body)]
    return reply.wire(body=random.choice(packed) if "gzip" in extra else packed[0], extra=extra)


def _status(random: Random, reply: Reply) -> bytes:
    return reply.wire(status=random.choice(STATUSES), body=random.choice([reply.body, random.choice(BODIES)]))


def _body(random: Random, reply: Reply) -> bytes:
    return reply.wire(body=random.choice(BODIES))


def _header(random: Random, reply: Reply) -> bytes:
    name, value = random.choice(HEADERS)
    others = tuple(one for one in reply.headers if one[0].casefold() != name.casefold())
    status = random.choice([reply.status, reply.status, 429, 503, 302, 202])
    head, _, body = Reply(status, others, reply.body).wire(extra="\0").partition(b"\0")
    return head + f"{name}: {value}\r\n".encode("latin-1") + body


def _framing(random: Random, reply: Reply) -> bytes:
    """What is no HTTP, or says another length than it has."""
    chunked = "Transfer-Encoding: chunked\r\n"
    size = f"{len(reply.body):x}".encode()
    return random.choice([
        b"",
        b"\r\n\r\n",
        random.randbytes(200),
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200\r\n" + b"a" * 200_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 5 + reply.wire(),
        reply.wire(extra="no header\r\n"),
        reply.wire(extra=" : \r\n\x00: \x00\r\n"),
        reply.wire()[: random.randrange(1, 60)],
        reply.wire(length="-1"),
        reply.wire(length="9" * 30),
        reply.wire(length=str(len(reply.body) + 5)),
        reply.wire(extra="Content-Length: 3\r\n"),
        reply.wire(extra=chunked, body=b"zz\r\n" + reply.body),
        reply.wire(extra=chunked, body=b"-5\r\n" + reply.body),
        reply.wire(extra=chunked, body=b"f" * 40 + b"\r\n" + reply.body),
        reply.wire(extra=chunked, body=size + b"\r\n" + reply.body),
        reply.wire(extra=chunked, body=size + b"\r\n" + reply.body + b"\r\n0\r\nTrailer: x"),
        reply.wire(extra=chunked, body=size + b";x=" + b"y" * 90_000 + b"\r\n" + reply.body + b"\r\n0\r\n\r\n"),
    ])  # fmt: skip
