"""The one place where text leaves the process: what is secret is hidden here, in logs, warnings and errors.

Servers, proxies, shells and our own code spell the same character in many ways, and mix them. So a secret is not kept
in a list of finished spellings: every place of a text is read in all the ways it can be meant (itself, an entity, a
percent or backslash escape, a doubled quote …), each way stands for one character, and a secret that can be read there
is hidden, whatever mixture it is, and wherever a long line was broken. Texts are read in up to five layers, because
escapes are escaped again. Characters are compared in one normal form, and beyond U+FFFF as their surrogates.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cached_property
from html.entities import html5
from typing import Any
from urllib.parse import quote, quote_plus, unquote

HIDDEN = "[secret]"
SHORTEST = 3
_LINE = 6
"""Characters of a line that are a secret by themselves: the last one of a key may be short."""
_INDEXED = 8
"""So many characters of a secret are in the index; the others are compared where those were met."""
_LAYERS = 5
_ESCAPES = ("&%\\=", "&%\\")
"""What begins an escape where a whole text is decoded: `password=12…` only looks like quoted-printable."""
_QUOTED_PRINTABLE = re.compile("=[0-9a-fA-F]{2}")
_SHOWN = 6
"""So many characters of a secret are hidden where a server shows its beginning and leaves out the rest."""
_LEFT_OUT = re.compile(
    r"\.\.\.|&hellip;|&#8230;|&#x2026;|\\u2026|%E2%80%A6|[\[(<{](?:truncated|shortened|cut|snip)", re.IGNORECASE
)
"""An ellipsis is three dots in the normal form."""
_BEFORE = re.compile(r"""["'`\s)\]}\[(<{]+\Z""")
"""What ends a quotation before it, and begins a bracket."""
_LONGEST = 40
"""No escape has more characters."""
_SPECIAL = re.compile(r"[&%\\=+\"'`${}]")
_BREAK = re.compile(
    r"\r?\n[ \t]*|<wbr */?>|&(?:shy|ZeroWidthSpace|#8203|#x200b);|[\xad\u200b-\u200d\u2060\ufeff]", re.IGNORECASE
)
_SOFT_BREAK = re.compile(r"=\r?\n")
"""Where a mail, a page or base64 goes on in the next line, or may."""
_ENTITY = re.compile(r"&(?:#0*(\d{1,7})|#[xX]0*([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{0,31}))(;?)")
_BYTES = {
    "%": [(re.compile(r"%([0-9a-fA-F]{2})"), 16)],
    "=": [(re.compile(r"=([0-9a-fA-F]{2})"), 16)],
    "\\": [(re.compile(r"\\x?([0-9a-fA-F]{2})"), 16), (re.compile(r"\\([0-3]?[0-7]{1,2})"), 8)],
}
_CODE = re.compile(r"[\\%]u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\[ux]\{([0-9a-fA-F]{1,6})\}")
_DIGITS = re.compile(r"\\x([0-9a-fA-F]{1,4})")
"""Of C#, which takes up to four."""
_LETTERS = dict(zip("abefnrtv0", "\a\b\x1b\f\n\r\t\v\0", strict=True))
_QUOTE = re.compile(r"'\\''|'\"'\"'|([\"'`$%{}])\1")
_REST = re.compile(
    r"(?:&(?:#?[xX]?\w*)?|(?:%..){0,3}%(?:u?[0-9a-fA-F]*)|(?:\\x?..){0,3}\\(?:[uUx]?\{?[0-9a-fA-F]*)"
    r"|(?:=..){0,3}=[0-9a-fA-F]*=?\r?|\r|<(?:w|wb|wbr)?|'(?:\\'?|\"(?:'\"?)?)?|[\"`$%{}])?"
)

_secrets: set[str] = set()
_index: dict[str, Any] = {}
_starts: set[str] = set()
_lock = threading.Lock()


def learn(secret: str) -> None:
    """From now on `secret` is hidden wherever it shows up, however it is spelled.

    Fewer than three characters are not hidden: that would blot out ordinary words and give the length away. Of a secret
    of several lines (a private key) each line that is long enough is one too: servers quote them one by one. Blanks at
    its ends are what servers strip, and pages show several as one.
    """
    if len(secret) < SHORTEST or secret in _secrets:
        return
    for part in (*lines(secret), secret.strip(), " ".join(secret.split())):
        if part != secret:
            learn(part)
    with _lock:
        _secrets.add(secret)
        for form in _forms(secret):
            node = _index
            for char in form[:_INDEXED]:
                node = node.setdefault(char, {})
            node.setdefault("", set()).add(form[_INDEXED:])
            _starts.add(form[:SHORTEST])


def lines(secret: str) -> list[str]:
    """The lines of a secret of several, without blanks around them, and those that tell no more than where it ends."""
    parts = [part.strip() for part in secret.splitlines()]
    return [part for part in parts if len(part) >= _LINE and not part.startswith("-----")] if len(parts) > 1 else []


def _forms(secret: str) -> set[str]:
    """The secret in the normal form, read as the wrong code page, and inside of a base64 text or of hex digits."""
    # Marks in an order that no normal form has are compared as they stand.
    forms = {_normal(secret), "".join(map(_normal, secret)), *map(_normal, _misread(secret))}
    raws = {secret.encode(page, "surrogatepass") for page in ("utf-8", "utf-16-le", "utf-16-be")}
    raws |= {spelled.encode("utf-8", "surrogatepass") for spelled in _in_a_body(secret)}
    with contextlib.suppress(UnicodeEncodeError):
        raws |= set() if secret.isascii() else {secret.encode("cp1252")}
    layer = _Layer(secret).decoded()
    for _ in range(_LAYERS):  # one that looks escaped is decoded with the escaped text around it
        if layer is not None:
            forms.add(layer.text)
            layer = layer.decoded()
    for raw in raws:
        if len(raw) < 6:  # of shorter ones too little is left that is theirs alone
            continue
        digits = {raw.hex(between) if between else raw.hex() for between in ("", "-", ":", " ")}
        forms |= digits | {one.upper() for one in digits}
        for before in range(3):
            whole = base64.b64encode(bytes(before) + raw).decode().rstrip("=")
            own = whole[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6]
            forms |= {own, own.replace("+", "-").replace("/", "_")}
    return {form for form in forms if len(form) >= SHORTEST}


def _in_a_body(secret: str) -> Iterator[str]:
    """A secret as JSON, ASCII or not and as .NET writes it, and a form spell it: bodies are quoted in base64, too."""
    yield json.dumps(secret)[1:-1]
    yield (plain := json.dumps(secret, ensure_ascii=False)[1:-1])
    yield re.sub("[\"&'+<>`]|[^\0-\x7f]", _unit_of_net, plain.replace('\\"', '"'))
    yield quote(secret, safe="", errors="replace")
    yield quote_plus(secret, errors="replace")


def _unit_of_net(found: re.Match[str]) -> str:
    return "".join(f"\\u{ord(half):04X}" for half in _halves(found[0]))


def _misread(secret: str) -> Iterator[str]:
    """A secret that is not ASCII, as who reads it in the wrong code page sees it, or who has no such letters."""
    if secret.isascii():
        return
    for once in (_in_page(secret, "latin-1"), _in_page(secret, "cp1252")):
        yield once
        yield from (_in_page(once, "latin-1"), _in_page(once, "cp1252"))
    for page in ("ascii", "cp1252"):
        held = secret.encode(page, "replace")
        if sum(chr(one).isalnum() for one in held if one < 128) >= _SHOWN:
            yield from (held.decode(page), held.decode("utf-8", "replace"))


def _in_page(text: str, page: str) -> str:
    """The UTF-8 of a text in a code page; of what that leaves open, the control character, as browsers do."""
    raw = text.encode("utf-8", "surrogatepass")
    return "".join(bytes([one]).decode(page, "ignore") or chr(one) for one in raw)


def reveal(value: Any) -> Any:
    """SecretStr -> str in a request body, at the last moment; from here on what was revealed is hidden."""
    from pydantic import SecretStr  # which a process loads that has secrets to send

    if isinstance(value, SecretStr):
        learn(value.get_secret_value())
        return value.get_secret_value()
    if isinstance(value, Mapping):
        return {key: reveal(item) for key, item in value.items()}
    return [reveal(item) for item in value] if isinstance(value, (list, tuple)) else value


def learn_url(url: str) -> None:
    """Hides the password that a URL may hold, as that of a proxy: as it is written, and as it is sent."""
    if found := re.search("//([^:@/]*):(.*)@", url):  # greedy: also where a URL is malformed because of its password
        user, password = map(unquote, found.groups())
        for secret in (found[2], password, base64.b64encode(f"{user}:{password}".encode("utf-8", "replace")).decode()):
            learn(secret)


def hide(text: str, most: int | None = None) -> str:
    """`text` with every known secret replaced. `most`: no more than its first characters, and a secret that this cuts
    in two is hidden too."""
    cut = most is not None and len(text) > most
    text = text[:most]
    if not _index or not text:
        return text
    found: list[tuple[int, int]] = []
    with _lock:
        first = _Layer(text)
        found += first.secrets(cut)
        for joined in filter(None, map(first.joined, (_BREAK, _SOFT_BREAK))):
            found += joined.secrets(cut)
        for escapes in _ESCAPES if _QUOTED_PRINTABLE.search(text) else _ESCAPES[:1]:
            layer = first.decoded(escapes)
            for _ in range(_LAYERS - 1):
                if layer is None:
                    break
                found += layer.secrets(cut)
                layer = layer.decoded(escapes)
    if not found:
        return text
    shown, at = [], 0
    for start, end in sorted(found):
        if start >= at:
            shown += [text[at:start], HIDDEN]
        at = max(at, end)
    return "".join([*shown, text[at:]])


def line(text: str, most: int = 1000) -> str:
    """`text` for a message: no secret, nothing that a terminal would act on, not endless. Hidden before it is cut."""
    text = visible(hide(text, 10 * most))
    return text if len(text) <= most else f"{text[:most]}…"


def visible(text: str) -> str:
    """Control and bidi characters, and whatever else shows nothing, as codes; line breaks and blanks as blanks."""
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(char: str) -> str:
    if char.isprintable():
        return char
    if char in "\t\n\r" or unicodedata.category(char) == "Zs":
        return " "
    return ascii(char)[1:-1] if ord(char) > 255 else f"\\x{ord(char):02x}"


def quoted(text: str, most: int = 400) -> str:
    """A piece of a server's text in quotes, hidden before quoting and cutting make a secret unlike itself."""
    return repr(hide(text, 10 * most)[:most])


def _halves(text: str) -> str:
    wide = text.encode("utf-16-be", "surrogatepass")
    return "".join(chr(int.from_bytes(wide[at : at + 2], "big")) for at in range(0, len(wide), 2))


def _normal(text: str) -> str:
    return text if text.isascii() else _halves(unicodedata.normalize("NFKD", text))


def _before(text: str, mark: int) -> int:
    """Where what stands between a text that was cut and the mark of that begins."""
    near = text[max(0, mark - 5) : mark]
    return mark - len(near) + len(_BEFORE.sub("", near))


class _Layer:
    """A text as it is read once: its characters in the normal form, and where each of them is in the text."""

    def __init__(self, text: str, spans: list[tuple[int, int]] | None = None) -> None:
        if spans is None and not text.isascii():
            parts = [_normal(char) for char in text]
            spans = [(at, at + 1) for at, part in enumerate(parts) for _ in part]
            text = "".join(parts)
        self.text, self.spans = text, spans
        self.readings = {
            at: found for at in (one.start() for one in _SPECIAL.finditer(text)) if (found := list(_readings(text, at)))
        }
        # A secret may end in what looks like the end of a quotation.
        marks = [one.start() for one in _LEFT_OUT.finditer(text)]
        self.left_out = {at for mark in marks for at in range(_before(text, mark), mark + 1)}

    @cached_property
    def plain(self) -> list[int]:
        """How many characters from each place on can be read in one way only; most texts are never asked."""
        found = [0] * (len(self.text) + 1)
        for at in range(len(self.text) - 1, -1, -1):
            found[at] = 0 if at in self.readings else found[at + 1] + 1
        return found

    def span(self, start: int, end: int) -> tuple[int, int]:
        return (start, end) if self.spans is None else (self.spans[start][0], self.spans[end - 1][1])

    def secrets(self, cut: bool) -> Iterator[tuple[int, int]]:
        """Where secrets are in the whole text."""
        text = self.text
        near = {at - back for at in self.readings for back in range(SHORTEST) if at >= back}
        near.update([at for at in range(len(text)) if text[at : at + SHORTEST] in _starts])
        for at in sorted(near):
            if end := self._end(at, cut):
                yield self.span(at, end)

    def _end(self, start: int, cut: bool) -> int:
        """Where the longest secret ends that can be read from here; 0 for none."""
        end, known = 0, [(start, _index, 0)]
        while known:
            at, node, depth = known.pop()
            if cut and depth >= SHORTEST and self._is_rest(at):
                return len(self.text)
            if depth >= _SHOWN and at in self.left_out:
                end = max(end, at)
            for tail in node.get("", ()):
                end = max(end, self._tail(at, tail, cut))
            for chars, after in self._read(at):
                inner: Any = node
                for number, char in enumerate(chars):
                    for tail in inner.get("", ()) if number else ():
                        if tail.startswith(chars[number:]):
                            end = max(end, self._tail(after, tail[len(chars) - number :], cut))
                    if (inner := inner.get(char)) is None:
                        break
                if inner is not None:
                    known.append((after, inner, depth + len(chars)))
        return end

    def _tail(self, start: int, tail: str, cut: bool) -> int:
        """Where the rest of a secret ends; 0 where it is something else."""
        places, end = {(start, 0)}, 0
        while places:
            at, done = places.pop()
            run = min(self.plain[at], len(tail) - done)  # at once what can be read in one way only
            if cut:
                run = min(run, max(0, len(self.text) - at - _LONGEST))
            if run and self.text[at : at + run] != tail[done : done + run]:
                for stop in self.left_out:
                    if at <= stop < at + run and self.text[at:stop] == tail[done : done + stop - at]:
                        end = max(end, stop)
                continue
            at, done = at + run, done + run
            if done == len(tail) or at in self.left_out:
                end = max(end, at)
            if done == len(tail):
                continue
            if cut and self._is_rest(at):
                return len(self.text)
            places |= {(after, done + len(chars)) for chars, after in self._read(at) if tail.startswith(chars, done)}
        return end

    def _read(self, at: int) -> Iterator[tuple[str, int]]:
        if at < len(self.text):
            yield self.text[at], at + 1
            yield from self.readings.get(at, ())

    def _is_rest(self, at: int) -> bool:
        """Whether a text that was cut ends here, or in the middle of an escape."""
        return len(self.text) - at < _LONGEST and _REST.fullmatch(self.text, at) is not None

    def joined(self, breaks: re.Pattern[str]) -> _Layer | None:
        """The text without the places where a line was broken; None where there are none."""
        parts, spans, done = list[str](), list[tuple[int, int]](), 0
        for found in breaks.finditer(self.text):
            parts.append(self.text[done : found.start()])
            spans += self._spans(done, found.start())
            done = found.end()
        if not done:
            return None
        return _Layer("".join([*parts, self.text[done:]]), [*spans, *self._spans(done, len(self.text))])

    def _spans(self, start: int, end: int) -> list[tuple[int, int]]:
        return self.spans[start:end] if self.spans else [(one, one + 1) for one in range(start, end)]

    def decoded(self, escapes: str = "&%\\=") -> _Layer | None:
        """The text that this one is the escaped form of; None where it has no escapes."""
        # A plus sign, a backtick and doubled signs are more often themselves.
        places = [at for at in self.readings if self.text[at] in escapes]
        if not places:
            return None
        parts, spans, done = list[str](), list[tuple[int, int]](), 0
        for at in [*places, len(self.text)]:
            if at < done:  # it is part of the escape before it
                continue
            parts.append(self.text[done:at])
            spans += self._spans(done, at)
            if at in self.readings:
                read, done = self.readings[at][0]
                parts.append(read)
                spans += [self.span(at, done)] * len(read)
        return _Layer("".join(parts), spans)


def _readings(text: str, at: int) -> Iterator[tuple[str, int]]:
    """What the escape at this place stands for, and where it ends; the likeliest first."""
    first = text[at]
    if first == "&" and (found := _ENTITY.match(text, at)):
        yield from _entity(found)
    elif first == "+":
        yield " ", at + 1
    elif first in "\\%=":
        if found := _CODE.match(text, at):
            yield from _char(int(next(filter(None, found.groups())), 16), found.end())
        for notation, base in _BYTES[first]:
            yield from _bytes(text, at, notation, base)
        if found := _DIGITS.match(text, at):
            for length in (4, 3, 1):
                if length <= len(found[1]):
                    yield from _char(int(found[1][:length], 16), found.start(1) + length)
        if first == "\\" and (following := text[at + 1 : at + 2]):
            if following in _LETTERS:
                yield _LETTERS[following], at + 2
            elif not following.isalnum():
                yield following, at + 2
    elif first == "`" and (following := text[at + 1 : at + 2]):
        yield following, at + 2
    if found := _QUOTE.match(text, at):
        yield found[1] or "'", found.end()


def _entity(found: re.Match[str]) -> Iterator[tuple[str, int]]:
    """Servers leave the semicolon out, and then only the secret tells where the entity ends."""
    decimal, _, name, semicolon = found.groups()
    group = next(number for number in (1, 2, 3) if found[number] is not None)
    for length in range(len(found[group]), 0, -1):
        part, end = found[group][:length], found.start(group) + length
        end += len(semicolon) if length == len(found[group]) else 0
        if name is not None:
            if meant := html5.get(f"{part};"):
                yield _normal(meant), end
        else:
            yield from _char(int(part, 10 if decimal is not None else 16), end)


def _char(code: int, end: int) -> Iterator[tuple[str, int]]:
    if 0 < code <= 0x10FFFF:
        yield _normal(chr(code)), end


def _bytes(text: str, at: int, notation: re.Pattern[str], base: int) -> Iterator[tuple[str, int]]:
    """Bytes one by one, as UTF-8 and as Latin-1."""
    if not (found := notation.match(text, at)):
        return
    raw, ends = b"", list[int]()
    while len(raw) < 4 and (found := notation.match(text, ends[-1] if ends else at)):
        raw += bytes([int(found[1], base)])
        ends.append(found.end())
    for length in range(len(raw), 1, -1) if raw and raw[0] >= 0xC2 else ():
        with contextlib.suppress(UnicodeDecodeError):
            char = raw[:length].decode("utf-8", "surrogatepass")
            if len(char) == 1:
                yield _normal(char), ends[length - 1]
    if raw:
        yield _normal(raw[:1].decode("latin-1")), ends[0]


_TELLING = ("passw", "passphrase", "passcode", "secret", "token", "credential", "authorization", "connectionstring")
_SHORT = ("pw", "pwd", "key", "dsn", "auth")
_NO_SECRET = {
    "arn",
    "enabled",
    "id",
    "ids",
    "length",
    "method",
    "mode",
    "name",
    "path",
    "public",
    "size",
    "type",
    "url",
}


def looks_secret(name: str) -> bool:
    """Whether a property or setting of this name holds a secret as a rule: `dbPassword`, `API_KEY`, `sqlpwd`, `auth`.

    What only names the place of one does not: `password_env`, `password_file`, `keyId`, `auth_url`, `public_key`.
    """
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+", name)]
    if words and words[-1] in ("env", "file"):
        return False
    if any(part in "".join(words) for part in _TELLING):
        return True
    return any(word == "pass" or word.endswith(_SHORT) for word in words) and not _NO_SECRET & {*words[:1], *words[-1:]}
