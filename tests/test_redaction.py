"""Secrets are hidden however a server, a proxy, a shell or our own code spells them."""

from __future__ import annotations

import base64
import html
import json
import logging
import quopri
import random
import re
import string
import time
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import pytest
from pydantic import SecretStr

from veeam_pulumi import redaction
from veeam_pulumi.errors import VeeamError
from veeam_pulumi.server import log

PASSWORDS = [
    "Canary-Plain-Passw0rd",
    "quo\"te's & <tags>",
    "per%cent%41&amp;+plus",
    "back\\slash\\u0041/\\n",
    "Pässwörd-ÄÖÜß",
    "naïve-café-Å-e\u0301",
    "пароль-Ёлка-9",
    "密码-パスワード-한글",
    "emoji-😀-🔑-x",
    "colon:at@host/slash?query#frag",
    "tab\there `tick` $HOME ${x}",
    '""doubled""\'\'quotes',
    "&#39;&apos;%27\\u0027",
    "=3D==+/==~^|{}[]",
]


def each(form: Callable[[str], str], every: bool = True) -> Callable[[str], str]:
    """An encoding that spells characters one by one: all of them, or those alone that are no letters and digits."""
    return lambda text: "".join(
        form(char) if every or not (char.isascii() and char.isalnum()) else char for char in text
    )


def units(text: str) -> Iterator[int]:
    wide = text.encode("utf-16-be")
    return (int.from_bytes(wide[at : at + 2], "big") for at in range(0, len(wide), 2))


def as_bytes(form: str) -> Callable[[str], str]:
    return lambda char: "".join(form.format(byte) for byte in char.encode())


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode().rstrip("=")


def of_net(text: str) -> str:
    """As System.Text.Json writes a text."""
    short = {char: json.dumps(char)[1:-1] for char in "\\\b\f\n\r\t"}
    plain = {chr(code): chr(code) for code in range(32, 127)} | short
    for char in "\"&'+<>`":
        del plain[char]
    return "".join(plain.get(char) or "".join(f"\\u{unit:04X}" for unit in units(char)) for char in text)


def broken(at: str, text: str) -> str:
    """In pieces of nine characters."""
    return at.join(text[start : start + 9] for start in range(0, len(text), 9))


def named(char: str) -> str:
    return html.escape(char).replace("&#x27;", "&apos;")


ENCODINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, not ASCII": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON in JSON": lambda text: json.dumps(json.dumps(text))[3:-3],
    "JSON with \\/": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "JSON of .NET": each(lambda char: "".join(f"\\u{unit:04X}" for unit in units(char)), every=False),
    "\\u of everything, lower case": each(lambda char: "".join(f"\\u{unit:04x}" for unit in units(char))),
    "\\u{} of everything": each(lambda char: f"\\u{{{ord(char):x}}}"),
    "\\x of bytes": each(as_bytes("\\x{:02x}")),
    "\\x of bytes, upper case": each(as_bytes("\\x{:02X}"), every=False),
    "octal": each(as_bytes("\\{:03o}")),
    "LDAP": each(as_bytes("\\{:02x}"), every=False),
    "repr": lambda text: repr(text)[1:-1],
    "ascii": lambda text: ascii(text)[1:-1],
    "URL": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "percent, lower case": each(as_bytes("%{:02x}"), every=False),
    "percent of everything": each(as_bytes("%{:02X}")),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "percent u": each(lambda char: "".join(f"%u{unit:04X}" for unit in units(char)), every=False),
    "XML": escape,
    "HTML": html.escape,
    "HTML with &apos;": each(named),
    "HTML twice": lambda text: html.escape(html.escape(text)),
    "decimal entities": each(lambda char: f"&#{ord(char)};"),
    "decimal entities with zeros": each(lambda char: f"&#{ord(char):07d};", every=False),
    "decimal entities without semicolon": each(lambda char: f"&#{ord(char)}", every=False),
    "hexadecimal entities": each(lambda char: f"&#x{ord(char):x};"),
    "hexadecimal entities, upper case, zeros": each(lambda char: f"&#X{ord(char):06X};", every=False),
    "entities of surrogates": each(lambda char: "".join(f"&#{unit};" for unit in units(char)), every=False),
    "doubled quotes": lambda text: re.sub(r"([\"'])", r"\1\1", text),
    "a shell's quotes": lambda text: text.replace("'", "'\\''"),
    "a shell's quotes, by Python": lambda text: text.replace("'", "'\"'\"'"),
    "PowerShell": lambda text: re.sub(r"([`$\"'])", r"`\1", text),
    "backslash before signs": lambda text: re.sub(r"([^\w\s])", r"\\\1", text),
    "NFC": lambda text: unicodedata.normalize("NFC", text),
    "NFD": lambda text: unicodedata.normalize("NFD", text),
    "HTML in JSON": lambda text: json.dumps(html.escape(text))[1:-1],
    "JSON in a form": lambda text: quote_plus(json.dumps(text)[1:-1]),
    "quoted printable": lambda text: quopri.encodestring(text.encode(), quotetabs=True).decode(),
    "quoted printable in short lines": lambda text: broken(
        "=\r\n", quopri.encodestring(text.encode(), quotetabs=True).decode().replace("=\n", "")
    ),
    "in lines": lambda text: broken("\r\n  ", text),
    "with places to break": lambda text: broken("<wbr>", text),
    "with soft hyphens": lambda text: broken("&shy;", text),
    "with zero-width blanks": lambda text: broken("\u200b", text),
    "\\x of C#": each(lambda char: "".join(f"\\x{unit:x}" for unit in units(char)), every=False),
    "\\x{}": each(lambda char: f"\\x{{{ord(char):x}}}", every=False),
    "read as Latin-1": lambda text: text.encode().decode("latin-1"),
    "read as Latin-1 twice": lambda text: text.encode().decode("latin-1").encode().decode("latin-1"),
    "base64": in_base64,
    "base64 in a URL": lambda text: base64.urlsafe_b64encode(f"user:{text}".encode()).decode()[7:].rstrip("="),
    "base64 in lines": lambda text: broken("\n", in_base64(text)),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")).decode().rstrip("="),
    "base64 of UTF-16, big end first": lambda text: base64.b64encode(text.encode("utf-16-be")).decode().rstrip("="),
    "base64 of JSON": lambda text: in_base64(json.dumps(text)[1:-1]),
    "base64 of JSON, not ASCII": lambda text: in_base64(json.dumps(text, ensure_ascii=False)[1:-1]),
    "base64 of JSON of .NET": lambda text: in_base64(of_net(text)),
    "base64 of a form": lambda text: in_base64(quote_plus(text)),
    "base64 of a URL": lambda text: in_base64(quote(text, safe="")),
    "hexadecimal digits": lambda text: text.encode().hex(),
    "a dump of hexadecimal digits": lambda text: text.encode().hex(" "),
    "hexadecimal digits with colons": lambda text: text.encode().hex(":").upper(),
    "hexadecimal digits of .NET": lambda text: text.encode().hex("-").upper(),
}


def message(text: str) -> str:
    return str(VeeamError(f'the server says "{text}" to it', f"not {text}"))


def log_line(text: str) -> str:
    record = logging.LogRecord("veeam_pulumi", logging.INFO, "", 0, "sent %s", (text,), None)
    assert log._redact(record)
    return log._Format(as_json=False).format(record)


PLACES = {"message": message, "log line": log_line}


@pytest.fixture(autouse=True, scope="module")
def _learned() -> None:
    for password in PASSWORDS:
        redaction.learn(password)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_password_is_hidden_in_every_spelling(encoding: str, place: str) -> None:
    for password in PASSWORDS:
        spelled = ENCODINGS[encoding](password)
        shown = PLACES[place](spelled)
        for at in range(len(spelled) - 7):  # no eight characters of it are left
            assert spelled[at : at + 8] not in shown, (password, spelled, shown)
        assert redaction.HIDDEN in shown


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_text_that_is_cut_shows_no_three_characters_of_a_password(encoding: str) -> None:
    """Wherever it is cut, also in the middle of an escape."""
    for password in PASSWORDS:
        spelled = ENCODINGS[encoding](password)
        least = len(start := ENCODINGS[encoding](password[:4]))
        if not spelled.startswith(start):
            continue  # one that goes not character by character
        for cut in range(least, len(spelled), 5):
            shown = redaction.hide(f"it says {spelled}", len("it says ") + cut)
            assert re.sub("(<wbr>|&shy;|[=\r\n ])+$", "", shown) == f"it says {redaction.HIDDEN}", cut


@pytest.mark.parametrize("rest", ["…", "...", "&hellip;", "\\u2026", "%e2%80%a6"])
@pytest.mark.parametrize("password", PASSWORDS)
def test_the_beginning_of_a_password_whose_rest_a_server_leaves_out(password: str, rest: str) -> None:
    for length in range(6, len(password)):
        shown = redaction.hide(f"the value {password[:length].rstrip()}{rest} is too long")
        assert shown == f"the value {redaction.HIDDEN}{rest} is too long", length


@pytest.mark.parametrize(
    "rest", ["'...", '"…', " ...", "[...]", " [...]", '") …', '…"', "'… (truncated)", "[truncated 12 chars]", " (cut)"]
)
def test_what_stands_between_the_beginning_of_a_password_and_the_dots(rest: str) -> None:
    redaction.learn(secret := "Passw0rd+2026+Canary")
    for length in range(6, 19):
        shown = redaction.hide(f"the value '{secret[:length]}{rest} is too long")
        assert shown == f"the value '{redaction.HIDDEN}{rest} is too long", length


def test_each_line_of_a_key_is_a_secret() -> None:
    key = [
        "-----BEGIN PRIVATE KEY-----",
        "MIIEvQIBADANBg-one",
        "short",
        "  kqhkiG9w0BAQEF-two  ",
        "-----END PRIVATE KEY-----",
    ]
    redaction.learn("\n".join(key))
    assert redaction.lines("one line alone") == []
    for line in (key[1], key[3].strip()):
        assert redaction.hide(f"line <{line}> is malformed") == f"line <{redaction.HIDDEN}> is malformed"
    for line in (key[0], key[2], key[4]):  # what tells no more than where a key begins, and an ordinary word
        assert redaction.hide(f"line <{line}>") == f"line <{line}>"


@pytest.mark.parametrize("form", ["base64", "hexadecimal digits"])
def test_a_password_of_a_program_with_a_code_page_of_the_west(form: str) -> None:
    redaction.learn("Pässwort-für-alle1")
    raw = "Pässwort-für-alle1".encode("cp1252")
    spelled = base64.b64encode(raw).decode().rstrip("=") if form == "base64" else raw.hex()
    assert redaction.hide(f"({spelled})") == f"({redaction.HIDDEN})"


def test_the_password_of_a_proxy_in_all_its_forms() -> None:
    redaction.learn_url("http://svc:p%40ss-Proxy-1@proxy:3128")
    basic = base64.b64encode(b"svc:p@ss-Proxy-1").decode()
    for shown in ("p%40ss-Proxy-1", "p@ss-Proxy-1", basic):
        assert redaction.hide(f"<{shown}>") == f"<{redaction.HIDDEN}>"
    redaction.learn_url("https://host:443/path")
    assert redaction.hide("443/path") == "443/path"


def test_secrets_in_a_body_are_revealed_and_learned_at_any_depth() -> None:
    body = {"a": [SecretStr("Revealed-One-1"), 2, None], "b": {"c": (SecretStr("Revealed-Two-2"),)}}
    assert redaction.reveal(body) == {"a": ["Revealed-One-1", 2, None], "b": {"c": ["Revealed-Two-2"]}}
    assert redaction.hide("Revealed-One-1, Revealed-Two-2") == f"{redaction.HIDDEN}, {redaction.HIDDEN}"


@pytest.mark.parametrize("secret", [" Blank-2026", "Blank-2026\t", "\u00a0Blank-2026 "])
def test_blanks_that_a_server_strips(secret: str) -> None:
    redaction.learn(secret)
    assert redaction.hide("Invalid password 'Blank-2026'") == f"Invalid password '{redaction.HIDDEN}'"


def test_blanks_that_a_page_shows_as_one() -> None:
    redaction.learn("correct  horse \t battery")
    assert redaction.hide("not <correct horse battery>") == f"not <{redaction.HIDDEN}>"


@pytest.mark.parametrize("text", ["Adm... and more", "Administration", "the Admin is ...", "Administrator-1234"])
def test_the_beginning_of_a_password_is_a_word_where_nothing_is_left_out(text: str) -> None:
    redaction.learn("Administrator-2024")
    assert redaction.hide(text) == text


@pytest.mark.parametrize("shown", ["N?chstes-P?sswort", "N\ufffdchstes-P\ufffdsswort"])
def test_a_password_as_who_has_no_such_letters_writes_it(shown: str) -> None:
    redaction.learn("Nächstes-Pässwort")
    redaction.learn("пароль")
    assert redaction.hide(f"is {shown} right??????") == f"is {redaction.HIDDEN} right??????"


@pytest.mark.parametrize("password", PASSWORDS)
def test_spellings_are_mixed_and_hidden_all_the_same(password: str) -> None:
    forms: list[Callable[[str], str]] = [
        str,
        *(ENCODINGS[name] for name in ("URL", "decimal entities", "\\u of everything, lower case", "XML")),
    ]
    for seed in range(20):
        chance = random.Random(seed)
        spelled = "".join(chance.choice(forms)(char) for char in password)
        assert redaction.hide(f"<{spelled}>") == f"<{redaction.HIDDEN}>", spelled


def test_what_surrounds_a_secret_stays() -> None:
    assert redaction.hide("a &amp; b %20 Canary-Plain-Passw0rd c\\n") == f"a &amp; b %20 {redaction.HIDDEN} c\\n"
    assert redaction.hide("x%Canary-Plain-Passw0rd&#39;") == f"x%{redaction.HIDDEN}&#39;"
    untouched = '100 % sure, "quoted", C:\\new\\users, a=b&c=d, &#39; &lt; \\u00e9 😀 e\u0301'
    assert redaction.hide(untouched) == untouched


def test_one_secret_within_another_and_one_that_overlaps_it() -> None:
    for secret in ("Abc-1234", "Abc-1234-long-one", "one-and-more"):
        redaction.learn(secret)
    assert redaction.hide("(Abc-1234-long-one)") == f"({redaction.HIDDEN})"
    assert redaction.hide("(Abc-1234-long-one-and-more)") == f"({redaction.HIDDEN})"
    assert redaction.hide("(Abc-1234-long)") == f"({redaction.HIDDEN}-long)"


def test_fewer_than_three_characters_are_not_hidden() -> None:
    for short in ("", "q", "zq", "é!"):
        redaction.learn(short)
    assert redaction.hide("a q, a zq, é!") == "a q, a zq, é!"
    redaction.learn("zq7")
    assert redaction.hide("a zq7") == f"a {redaction.HIDDEN}"


def test_a_long_text_that_is_full_of_a_secret_shows_no_piece_of_it_where_it_is_cut() -> None:
    secret = "Xk-" + "0123456789" * 29
    redaction.learn(secret)
    for lead in range(0, 293, 17):
        assert "01234" not in redaction.line("." * lead + secret * 60, 1000)
        assert "01234" not in redaction.quoted("." * lead + secret * 60)


def test_control_and_bidi_characters_are_shown_as_codes() -> None:
    said = "a\x1b[2Jb\x07\r\nc\u202ed\u200be\u0085f\ufefftab\there\u3000and\xa0on \U000e0041"
    assert redaction.line(said) == "a\\x1b[2Jb\\x07  c\\u202ed\\u200be\\x85f\\ufefftab here and on \\U000e0041"
    assert str(VeeamError(said)).isprintable()


TEXTS = {
    "words": 'the quick brown fox "jumps" over the lazy dog. ' * 90,
    "a page": '<p class="x">&nbsp;&#8220;Sign in&#8221; &amp; wait</p>\r\n' * 80,
    "JSON in JSON": '{\\"errorCode\\": \\"X\\", \\"message\\": \\"caf\\u00e9\\"},' * 80,
    "a URL": quote("filter=[{'a': \"é\"}]&x=y " * 60),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_three_hundred_secrets_in_four_thousand_characters_take_milliseconds(text: str) -> None:
    chance = random.Random(300)
    for _ in range(300):
        redaction.learn("".join(chance.choice(string.printable[:94]) for _ in range(24)))
    assert best(lambda: redaction.hide(text[:4000])) < 0.1  # 2 to 30 ms on a quiet core


@pytest.mark.parametrize("text", ["a", "&", "\\", "%", '"', "&#", "&amp;", "%25", "\\u", "é", "a\n", "a="])
def test_no_text_of_a_server_makes_hiding_slow(text: str) -> None:
    redaction.learn("a" * 2000 + "b")
    redaction.learn("&" * 200 + "b")
    assert best(lambda: redaction.hide((text * 4000)[:4000])) < 1


def best(work: Callable[[], object]) -> float:
    """CPU seconds of the fastest of three."""
    took = []
    for _ in range(3):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


@pytest.mark.parametrize("before", ["password=", "token%3D", "x\\\\", "a="])
@pytest.mark.parametrize("secret", ["12a&b%cd", 'be-at"x<1', "back\\slash$1", "0f%0f%x"])
def test_what_is_before_a_secret_that_was_escaped_twice_hides_nothing_of_it(before: str, secret: str) -> None:
    redaction.learn(secret)
    spellings = [
        quote(quote(secret, safe=""), safe=""),
        html.escape(html.escape(secret)),
        json.dumps(json.dumps(secret))[3:-3],
        quote(json.dumps(secret)[1:-1], safe=""),
    ]
    for spelled in spellings:
        assert redaction.hide(f"{before}{spelled};end") == f"{before}[secret];end"
