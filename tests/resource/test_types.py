"""What values arguments may have, and what somebody is told who wrote another."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from veeam_pulumi import vocabulary
from veeam_pulumi.resource.fields import input_field
from veeam_pulumi.resource.types import Address, Guid, Name, Number, Secret, SecretText, Switch, Text
from veeam_pulumi.terraform.vocabulary import TerraformWords

UID = "79817d6d-4b00-4e22-b673-8758f02fa0ef"


def refused(kind: Any, value: Any) -> str:
    """What is said of a value; empty where it is accepted."""
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return ""


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Text, ""),
        (Text, "two\nlines, with a tab\t and \u200c as in Persian"),
        (Name, "TECH\\john"),
        (Name, "Jos\u00e9 de la Cruz"),
        (Name, unicodedata.normalize("NFD", "Jos\u00e9")),
        (Number, 9392),
        (Number, 9392.0),
        (Switch, False),
        (Guid, UID),
        (Guid, UID.upper()),
        (Address, "vbr01"),
        (Address, "vbr01.tech.local"),
        (Address, "my_server"),
        (Address, "10.0.0.7"),
        (Address, "fe80::1"),
        (Secret, " with blanks, \u00e9, \u5b57 and \U0001f600 "),
        (SecretText, "-----BEGIN KEY-----\r\nabc\n\tdef\n"),
    ],
)
def test_what_is_accepted(kind: Any, value: Any) -> None:
    assert refused(kind, value) == ""


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (Number, "9393", "must be a number: use config.require_int"),
        (Number, True, "must be a number: use config.require_int"),
        (Number, 9392.5, "must be a whole number: use config.require_int"),
        (Switch, "true", "must be True or False, not text: use config.require_bool"),
        (Switch, 1, "must be True or False, not a number: use config.require_bool"),
        (Text, 5.0, "must be text, not a number"),
        (Text, ["a"], "must be text, not a list"),
        (Text, "a\0b", "holds the character U+0000, which cannot be seen: take it out"),
        (Text, "a\u202eb", "holds the character U+202E, which cannot be seen: take it out"),
        (Text, "a\ufffe", "holds the character U+FFFE, which cannot be seen: take it out"),
        (Name, "john\ufdd0", "holds the character U+FDD0, which cannot be seen: take it out"),
        (Name, "john\U0001ffff", "holds the character U+1FFFF, which cannot be seen: take it out"),
        (Name, "", "String should have at least 1 character"),
        (Name, "john\u200b", "holds the character U+200B, which cannot be seen: take it out"),
        (Name, "john\n", "holds the character U+000A, which cannot be seen: take it out"),
        (Name, "john\u3164", "holds the character U+3164, which cannot be seen: take it out"),
        (Name, "\ufeffjohn", "holds the character U+FEFF, which cannot be seen: take it out"),
        (Name, " john", "begins or ends with a blank: write 'john'"),
        (Name, "john\u00a0", "begins or ends with a blank: write 'john'"),
        (Guid, "{" + UID + "}", f"must be written as {UID}"),
        (Guid, UID.replace("-", ""), f"must be written as {UID}"),
        (Guid, f"urn:uuid:{UID.upper()}", f"must be written as {UID}"),
        (Guid, "x" * 36, f"must be a UUID such as {UID}"),
        (Guid, "alpha", f"must be a UUID such as {UID}"),
        (Address, "https://vbr01", "must be a DNS name or an IP address: write 'vbr01'"),
        (Address, "https://vbr01:9419/api", "must be a DNS name or an IP address: write 'vbr01' and port 9419"),
        (Address, "vbr01:9392", "must be a DNS name or an IP address: write 'vbr01' and port 9392"),
        (Address, "vbr01.", "must be a DNS name or an IP address: write 'vbr01'"),
        (Address, "[fe80::1]", "must be a DNS name or an IP address: write 'fe80::1'"),
        (Address, "vbr01, vbr02", "must be a DNS name or an IP address, such as vbr01.example.com"),
        (Address, "vbr01:port", "must be a DNS name or an IP address, such as vbr01.example.com"),
        (Secret, "", "Value should have at least 1 item after validation, not 0"),
        (
            Secret,
            "pa55\n",
            "has a line break in it (U+000A, at its end): nobody could type it; one at the end comes from a file",
        ),
        (
            Secret,
            "pa\u200b55",
            "has a zero-width character in it (U+200B, inside): nobody could type it; one at the end comes from a file",
        ),
        (
            SecretText,
            "\ufeff-----BEGIN KEY-----\n",
            "has a byte-order mark in it (U+FEFF, at its beginning): it may have line breaks and tabs only",
        ),
    ],
)
def test_what_is_refused_says_what_is_right(kind: Any, value: Any, said: str) -> None:
    assert refused(kind, value) == said


def test_a_head_without_config_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "head", TerraformWords())
    assert refused(Number, "9393") == "must be a number"


class Parts(BaseModel):
    one: Guid
    two: Annotated[Guid | None, Field(description="left out by some")] = None


@pytest.mark.parametrize("name", ["one", "two"])
@pytest.mark.parametrize("old", [UID.upper(), "{" + UID + "}", UID.replace("-", ""), f"urn:uuid:{UID}"])
def test_states_of_earlier_releases_hold_other_forms_of_the_same_guid(name: str, old: str) -> None:
    assert input_field(name, Parts.model_fields[name]).same(old, UID)
