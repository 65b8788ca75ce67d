"""Stand-ins: everything of an answer that is somebody's own is replaced by something of the same form.

What is kept is listed, and all else is replaced: words of the product (roles, types, error codes), versions, dates,
switches, counts. A word has one stand-in in all answers of one probe, wherever it is: in `LAB\\jdoe`, `jdoe@lab.local`
and `JDOE` the same letters stand for jdoe. In the sentences of errors every word is replaced that is part of a value
elsewhere, is quoted, or looks like an account, an address, a host, an id or a key; where one can still be read in
another spelling, the whole sentence is replaced.
"""

from __future__ import annotations

import base64
import hashlib
import html
import ipaddress
import json
import re
import secrets
import string
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from .. import redaction

CODES = frozenset({
    "errorcode", "code", "statuscode", "token_type", "buildversion", "serverversion", "version", "platform", "type",
    "rel",
})  # fmt: skip
"""Members that hold words of the product or its version, in lower case: kept where they look like one."""
TEXTS = frozenset({"message", "error", "error_description", "firstchancemessage"})
"""Members that hold sentences of the server: kept but for what is somebody's own in them."""
TEXTS_OF_ERRORS = TEXTS | {"detail", "details", "title"}
"""The same in an answer that refuses: elsewhere a title is a person's."""
HEADERS = frozenset({"content-type", "retry-after", "www-authenticate", "x-api-version", "location", "allow"})
_GUID = r"(?<![0-9a-fA-F])[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}(?![0-9a-fA-F])"
_IP = r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\w)|(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])"
_RUN = r"[0-9A-Za-z\x80-\U0010ffff]+"
_PIECE = re.compile(f"(?P<guid>{_GUID})|(?P<ip>{_IP})|{_RUN}")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
_VERSION = re.compile(r"v?\d+(?:\.\d+){1,3}(?:-rev\d+)?|v\d+(?:_\d+)?")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,60}|-?\d{1,6}")
_MEMBER = re.compile(r"(?:[$@.A-Za-z_][\w.$:-]{0,60})?", re.ASCII)
_KNOWN = re.compile(
    r"oauth2?|utf-?\d+|http/\d(?:\.\d)?|tls?v?[\d.]+|sha-?\d+|x\d\d|base64|int\d\d|v\d+|https?|rfc\d+|ipv[46]|\d{1,5}"
    r"|(?:multi|two|single|one|non|re|pre|sub|self|un|in)-[a-z]+|[a-z]+-(?:only|in|on|off|up|out|time|factor|in-use)"
    r"|e-mail|x-[a-z-]+|(?:invalid|unsupported|access|refresh|grant|client)_[a-z]+(?:_[a-z]+)?",
    re.IGNORECASE,
)
"""Words with digits or hyphens in them that sentences of servers have."""
_QUOTED = re.compile(
    r"(?<!\w)(?:'(?P<a>[^']{1,200})'(?!\w)|\"(?P<b>[^\"]{1,200})\"|[‘“„«‚‹](?P<c>[^’”“»›]{1,200})[’”“»›]"
    r"|`(?P<d>[^`]{1,200})`|\[(?P<e>[^\]]{1,200})\]|<(?P<f>[^>]{1,200})>)|\b(?:CN|OU|O|DC|L|ST|C|E)=(?P<g>[^,;]{1,200})"
)
"""What is in quotes or brackets, and the parts of a distinguished name."""
_OWN_FORM = re.compile(
    r"[\\@%$]|://|^/|=$|\.[a-z]{2,}(?=[:/]|$)|\.[A-Z]{2,}(?=[:/]|$)|\d{6}|[0-9a-fA-F]{16}|^S-1-\d"
    r"|^[A-Za-z0-9+/_=-]{24,}$"
)
"""Accounts, URLs, paths, hosts, long numbers, thumbprints, SIDs, keys."""
_API = re.compile(r"/(?:api|v\d+|swagger)(?=/|$).*")
_ENDS = ".,;!?()<>[]{}'\"`‘’“”„«»"
_COMMON_ENDS = frozenset({"com", "net", "org", "local", "lan", "internal", "example", "invalid", "www"})
_HEADER_FORMS = {
    "content-type": re.compile(r"[\w.+-]+/[\w.+-]+(?:; ?(?:charset|odata\.?\w*|v)=[\w.\"-]+)*"),
    "retry-after": re.compile(r"[\w:, +-]{1,40}"),
    "allow": re.compile(r"[A-Z, ]*"),
    "x-api-version": re.compile(f"{_VERSION.pattern}(?:, ?{_VERSION.pattern})*"),
}
_CHALLENGE = re.compile(r"\b(Bearer|Basic|Digest|Negotiate|NTLM|Kerberos|realm|error)\b|[^\s,=]+")
_DONE = "\ue000"
_TAG = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<![^>]*>|<\?[^>]*\?>|</?[A-Za-z_](?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL
)
_ATTRIBUTE = re.compile(r"""(\s)([\w:.-]+)(\s*=\s*)("[^"]*"|'[^']*')""")
_SHORTEST = 5
"""So many characters of a value are looked for inside of words too."""


class StandIns:
    """The stand-ins of one probe. `own`: what is known to be somebody's; `words` and `paths`: the product's."""

    def __init__(self, own: Iterable[str], words: Iterable[str], paths: Iterable[str] = ()) -> None:
        self._salt = secrets.token_bytes(16)
        self._words = {word.casefold() for word in words}
        self._common = {part for word in self._words for part in re.findall(r"\w+", word)}
        self._segments = {part for path in paths for part in path.split("/") if re.fullmatch(r"[A-Za-z]+", part)}
        self._members: set[str] = set()
        self._addresses: dict[str, str] = {}
        self._learned: set[str] = set()
        self._phrases: re.Pattern[str] | None = None
        for one in own:
            self._note(one, shortest=2)

    # ---- values

    def of(self, value: str) -> str:
        """The stand-in of a value: letters for letters, digits for digits, and the same marks between them."""
        if not value or value.casefold() in self._words:
            return value
        made = _PIECE.sub(self._piece, value)
        return made if made != value or not value.strip() else "x" * len(value)

    def _piece(self, hit: re.Match[str]) -> str:
        text = hit[0]
        if hit["ip"] and (kind := _address(text)):
            number = len(self._addresses)
            return self._addresses.setdefault(
                str(kind), f"192.0.2.{1 + number % 250}" if kind.version == 4 else f"2001:db8::{number + 1:x}"
            )
        if hit["ip"]:
            return re.sub(_RUN, self._run, text)
        return self._run(hit)

    def _run(self, hit: re.Match[str]) -> str:
        word = hit[0]
        form = unicodedata.normalize("NFC", word).casefold()
        hexadecimal = re.fullmatch(_GUID, word) is not None
        for attempt in range(9):
            stream = hashlib.shake_256(self._salt + f"{attempt}{form}".encode("utf-8", "surrogatepass"))
            made = "".join(
                _like(char, number, hexadecimal) for char, number in zip(word, stream.digest(len(word)), strict=True)
            )
            if made.casefold() != form:
                return made
        return "x" * len(word)

    def learn(self, data: Any, key: str = "", *, error: bool = False) -> None:
        """Notes every value of a body that is somebody's own, so that texts of errors are freed of it as well."""
        if isinstance(data, dict):
            for name, inner in data.items():
                if _MEMBER.fullmatch(str(name)):
                    self._members.add(str(name))
                else:
                    self._note(str(name))
                self.learn(inner, str(name).lower(), error=error)
        elif isinstance(data, list):
            for inner in data:
                self.learn(inner, key, error=error)
        elif isinstance(data, str) and not self._is_kept(key, data) and not _is_text(key, error):
            self._note(data)

    def learn_xml(self, text: str) -> None:
        """The same for XML."""
        for kind, name, value in _parts(text):
            if kind in ("text", "attribute") and not self._is_kept(name, value) and not _is_text(name, True):
                self._note(html.unescape(value))

    def _note(self, value: str, shortest: int = 3) -> None:
        """A value, and the parts of it that are names by themselves: of accounts and hosts."""
        value = _normal(value.strip())
        if len(value) < 2 or (value.isdigit() and len(value) < 4) or value in self._words:
            return
        self._phrases = None
        self._learned.add(value)
        if (re.search(r"[\\@./:]", value) and " " not in value.strip()) or shortest < 3:
            parts = re.split(r"[\\@./:\s,;]+", value)
            self._learned |= {
                part
                for part in parts
                if len(part) >= shortest and not part.isdigit() and part not in self._common | _COMMON_ENDS
            }

    def _is_kept(self, key: str, value: str) -> bool:
        return (
            not value.strip()
            or value.casefold() in self._words
            or _DATE.fullmatch(value) is not None
            or (key in CODES and (_CODE.fullmatch(value) or _VERSION.fullmatch(value)) is not None)
            or (key in (".issued", ".expires") and re.fullmatch(r"[\w:., +-]{1,40}", value) is not None)
            or (key in ("name", "supportedversions") and _VERSION.fullmatch(value) is not None)
        )

    # ---- bodies

    def body(self, data: Any, key: str = "", *, error: bool = False) -> Any:
        """A body with stand-ins. `error`: whether it is one of a refusal."""
        if isinstance(data, dict):
            return {
                name if _MEMBER.fullmatch(str(name)) else self.of(str(name)): self.body(
                    inner, str(name).lower(), error=error
                )
                for name, inner in data.items()
            }
        if isinstance(data, list):
            return [self.body(inner, key, error=error) for inner in data]
        if isinstance(data, bool) or data is None:
            return data
        if isinstance(data, (int, float)):
            return int(self.of(str(data))) if key.endswith("id") and isinstance(data, int) else data
        if self._is_kept(key, data):
            return data
        if key == "href":
            return self.path(data)
        return self.text(data) if _is_text(key, error) else self.of(data)

    def xml(self, text: str) -> str:
        """An XML text with stand-ins in its elements and attributes, and without comments."""
        made = []
        for kind, name, value in _parts(text):
            if kind == "markup":
                made.append(value)
            elif kind in ("text", "attribute"):
                said = self.body(html.unescape(value), name, error=True) if value.strip() else value
                made.append(html.escape(said))
        return "".join(made)

    def headers(self, headers: Iterable[tuple[str, str]]) -> dict[str, str]:
        found = {name.lower(): value for name, value in headers}
        kept = {name: value for name, value in found.items() if name in HEADERS}
        for name, form in _HEADER_FORMS.items():
            if name in kept and not form.fullmatch(kept[name]):
                kept[name] = self.of(found[name])
        if "location" in found:
            kept["location"] = self.path(found["location"])
        if "www-authenticate" in found:  # of which NTLM's holds the names of host and domain
            kept["www-authenticate"] = _CHALLENGE.sub(
                lambda hit: hit[0] if hit[1] else self.of(hit[0]), found["www-authenticate"]
            )
        if "x-restsvcsessionid" in found:
            kept["x-restsvcsessionid"] = self.of(found["x-restsvcsessionid"])
        return kept

    def path(self, text: str) -> str:
        """A method and a path, or an address: its words are kept, but for what is learned; ids and names are not."""
        head, _, query = text.partition("?")
        whole = re.fullmatch(r"((?:[A-Z]+ )?)((?:https?://[^/]*)?)(.*)", head, re.DOTALL)
        assert whole is not None
        method, host, path = whole.groups()
        scheme, _, place = host.partition("://")
        found = method + (f"{scheme}://{self.of(place)}" if host else "")
        found += "/".join(one if self._is_of_api(one) else self.of(unquote(one)) for one in path.split("/"))
        pairs = [one.partition("=") for one in query.split("&")] if query else []
        return found + "".join(
            f"{'&' if number else '?'}{name}{mark}{self.of(unquote(value))}"
            for number, (name, mark, value) in enumerate(pairs)
        )

    def _is_of_api(self, segment: str) -> bool:
        return (
            not segment
            or segment.casefold() in self._words
            or _VERSION.fullmatch(segment) is not None
            or re.fullmatch(r"v\d+|swagger\.json", segment) is not None
            or segment in self._segments
        )

    # ---- sentences

    def text(self, text: str) -> str:
        """A sentence without what is somebody's own."""
        whole = html.unescape(redaction.hide(text))
        kept: list[str] = []

        def keep(said: str) -> str:
            kept.append(said)
            return f"{_DONE}{len(kept) - 1}{_DONE}"

        def quoted(hit: re.Match[str]) -> str:
            inner = next(one for one in hit.groups() if one is not None)
            at = hit[0].index(inner)
            return hit[0][:at] + keep(self._quote(inner)) + hit[0][at + len(inner) :]

        made = whole.replace(_DONE, "")
        if (phrases := self._known_phrases()) is not None:
            made = phrases.sub(lambda hit: keep(self.of(hit[0])), made)
        made = _QUOTED.sub(quoted, made)
        made = re.sub(rf"[^\s{_DONE}]+", lambda hit: self._token(hit[0]), made)
        while _DONE in made:
            made = re.sub(rf"{_DONE}(\d+){_DONE}", lambda hit: kept[int(hit[1])], made)
        return self.of(whole) if self._shows(made) else made

    def _known_phrases(self) -> re.Pattern[str] | None:
        """Values of several words, the longest first."""
        if self._phrases is None:
            found = sorted((one for one in self._learned if re.search(r"\s", one)), key=len, reverse=True)
            joined = "|".join(re.escape(one) for one in found) or "(?!)"
            self._phrases = re.compile(rf"(?<!\w)(?:{joined})(?!\w)", re.IGNORECASE)
        return self._phrases

    def _quote(self, inner: str) -> str:
        """What is in quotes: a word of the product, or somebody's."""
        if self._is_word(inner) or (inner in self._members and not self._is_learned(inner)):
            return inner
        parts = re.split(f"({_DONE}\\d+{_DONE})", inner)
        return "".join(one if one.startswith(_DONE) else self.of(one) for one in parts)

    def _token(self, token: str) -> str:
        core = _core(token)
        if not core or self._is_word(core):
            return token
        if _API.fullmatch(core) and not self._is_learned(core, whole=False):
            return token.replace(core, self.path(core))
        own = _OWN_FORM.search(core) or _strange(core) or _has_address(core) or self._is_learned(core)
        return token.replace(core, self.of(core)) if own else token

    def _is_word(self, core: str) -> bool:
        return (
            core.casefold() in self._words
            or core.casefold() in self._common
            or core == redaction.HIDDEN.strip("[]")
            or (any(one.fullmatch(core) for one in (_VERSION, _DATE, _KNOWN)) and not _has_address(core))
        )

    def _is_learned(self, core: str, *, whole: bool = True) -> bool:
        """Whether a word is, or has in it, what is somebody's."""
        form = _normal(core)
        if whole and not {form, *re.findall(r"\w+", form)}.isdisjoint(self._learned):
            return True
        return any(one in form for one in self._learned if len(one) >= _SHORTEST and one not in self._common)

    def _shows(self, text: str) -> bool:
        """Whether what is somebody's can still be read, in another spelling: escaped, or inside of base64."""
        text = " ".join(one for one in text.split() if not self._is_word(_core(one)))
        forms = {_normal(text), _normal(unquote(text)), _normal(re.sub(r"\\u([0-9a-fA-F]{4})", _unescaped, text))}
        for token in re.findall(r"[A-Za-z0-9+/_-]{6,}", text):
            for start in range(4):
                with_marks = token[start : start + (len(token) - start) // 4 * 4].replace("-", "+").replace("_", "/")
                forms.add(_normal(base64.b64decode(with_marks).decode("utf-8", "ignore")))
        return any(
            len(one) >= _SHORTEST and one not in self._common and one in form for one in self._learned for form in forms
        )


def _core(token: str) -> str:
    """A word without the marks around it."""
    core = token.strip(_ENDS)
    return core[:-1].strip(_ENDS) if core.endswith(":") and not core.endswith("::") else core


def _is_text(key: str, error: bool) -> bool:
    return key in (TEXTS_OF_ERRORS if error else TEXTS)


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _unescaped(hit: re.Match[str]) -> str:
    return chr(int(hit[1], 16))


def _strange(core: str) -> bool:
    """`vbr01`, `svc-backup`: letters and digits in one word, or words that are tied together."""
    return re.search(r"[A-Za-z][\w-]*\d|\d[\w-]*[A-Za-z]|\w[-_]\w", core) is not None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _has_address(text: str) -> bool:
    return any(_address(one[0]) for one in re.finditer(_IP, text))


def _parts(text: str) -> Iterator[tuple[str, str, str]]:
    """(kind, name in lower case, text) of the pieces of an XML text: `markup`, `text`, `attribute`, `left out`."""
    at, element = 0, ""
    for tag in _TAG.finditer(text):
        if tag.start() > at:
            yield "text", element, text[at : tag.start()]
        at = tag.end()
        if tag[0].startswith("<![CDATA["):
            yield "text", element, html.escape(tag[0][9:-3])
        elif tag[0].startswith(("<!", "<?")) and not tag[0].startswith("<?xml "):
            yield "left out", "", tag[0]
        else:
            name = re.match(r"</?([\w:.-]+)", tag[0])
            element = name[1].rpartition(":")[2].lower() if name and not tag[0].startswith("</") else element
            yield from _tag(tag[0])
    if at < len(text):
        yield "text", element, text[at:]


def _tag(tag: str) -> Iterator[tuple[str, str, str]]:
    at = 0
    for one in _ATTRIBUTE.finditer(tag):
        name = one[2].lower()
        yield "markup", "", tag[at : one.start(4) + 1]
        fixed = name.startswith("xmlns") or name in ("version", "encoding", "standalone", "xsi:nil")
        yield ("markup" if fixed else "attribute"), name, one[4][1:-1]
        at = one.end() - 1
    yield "markup", "", tag[at:]


def _like(char: str, number: int, hexadecimal: bool) -> str:
    if hexadecimal:
        made = "0123456789abcdef"[number % 16] if char in string.hexdigits else char
        return made.upper() if char.isupper() else made
    if char.isdigit():
        return str(1 + number % 9)
    return string.ascii_uppercase[number % 26] if char.isupper() else string.ascii_lowercase[number % 26]


def parsed(body: bytes) -> Any:
    """A JSON body as data; None for what is none."""
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
