"""A generated password: a resource without a server.

* Backup for AWS asks for 8 characters with upper case, lower case and a digit (2.0) or a special one (10), and for no
  sequence such as `abc` or `123`; Service Provider Console for 1 to 128 characters; the others for nothing.
* The engine keeps an output that is not an argument as a secret only if the resource says so.
"""

from __future__ import annotations

import itertools
import secrets
import string
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
from pulumi import Input, Output, ResourceOptions
from pulumi.dynamic import (
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)
from pulumi.output import Unknown, contains_unknowns

from ..resource.fields import Problem
from . import load
from .provider import default_outputs, failed, own, refuse

__all__ = ["Password"]

CLASSES = {
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "digits": string.digits,
    # None that a shell, XML, a URL or a spreadsheet's quoting reads as something else.
    "special": "!*+-.:=?@_~",
}
DEFAULTS: dict[str, Any] = {"length": 24, **dict.fromkeys(CLASSES, True), "keepers": {}}
SHORTEST, LONGEST = 8, 128


class PasswordProvider(ResourceProvider):
    """Makes a password once; any change of the arguments makes another."""

    serialize_as_secret_always = False

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return load, ("Password",)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        old, wanted = {**DEFAULTS, **own(_olds)}, {**DEFAULTS, **news}
        # What goes back is what a state holds: a default only where a preview is to show what it was before.
        shown = own(_olds).keys() if any(old[name] != wanted[name] for name in DEFAULTS) else set()
        said = {name: value for name, value in wanted.items() if name in news or name in shown}
        return CheckResult(said, failed(_problems(wanted), news))

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        old, new = {**DEFAULTS, **_olds}, {**DEFAULTS, **_news}
        changed = [name for name in DEFAULTS if contains_unknowns(new[name]) or old[name] != new[name]]
        # What is unknown may turn out to be the same: the diff with the real value decides.
        replaces = [name for name in changed if not contains_unknowns(new[name])]
        return DiffResult(bool(changed), replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        wanted = {**DEFAULTS, **props}
        made = generate(int(wanted["length"]), [name for name in CLASSES if wanted[name]])
        return CreateResult(secrets.token_hex(8), {**own(props), "result": made})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return ReadResult(id_, own(props), {name: props[name] for name in DEFAULTS if name in props})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult({**own(_news), "result": _olds["result"]})


def generate(length: int, classes: list[str]) -> str:
    """A password with at least one character of each class, and no sequence; all such are equally likely."""
    alphabet = "".join(CLASSES[name] for name in classes)
    while True:
        text = "".join(secrets.choice(alphabet) for _ in range(length))
        if all(set(text) & set(CLASSES[name]) for name in classes) and not _has_sequence(text):
            return text


def _has_sequence(text: str) -> bool:
    """Whether three neighbours run up or down, or are the same: `aBc`, `321`, `---`."""
    steps = [ord(two) - ord(one) for one, two in itertools.pairwise(text.lower())]
    return any(one == two and one in (-1, 0, 1) for one, two in itertools.pairwise(steps))


def _is_default(name: str, value: Any) -> bool:
    return type(value) is type(DEFAULTS[name]) and value == DEFAULTS[name]


def _is_number(length: Any) -> bool:
    is_one = isinstance(length, (int, float)) and not isinstance(length, bool)
    return is_one and SHORTEST <= length <= LONGEST and length == int(length)


def _problems(inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """Every mistake, with what would be right."""
    length, keepers = inputs["length"], inputs["keepers"]
    if not (isinstance(length, Unknown) or _is_number(length)):
        yield Problem("length", f"must be a whole number from {SHORTEST} to {LONGEST}")
    for name in CLASSES:
        if not isinstance(inputs[name], (bool, Unknown)):
            yield Problem(name, "must be True or False")
    if all(inputs[name] is False for name in CLASSES):
        yield Problem(next(iter(CLASSES)), f"at least one of {', '.join(CLASSES)} must be True")
    if not isinstance(keepers, (Mapping, Unknown)):
        yield Problem("keepers", "must be a map", secret=True)
    for name in sorted(inputs.keys() - DEFAULTS.keys() - {"__provider", "result"}):
        yield Problem(name, f"unknown argument of Password; known arguments: {', '.join(DEFAULTS)}")


class Password(Resource, module="veeam", name="Password"):
    """A password that is generated once, kept as a secret in the state, and satisfies the rules of every product.

    It stays the same until an argument changes; then there is a new one, and what depends on `result` gets it.
    """

    result: Output[str]
    """The password, always a secret."""
    length: Output[int]
    """How many characters it has."""
    lower: Output[bool]
    """Whether it has lower-case Latin letters."""
    upper: Output[bool]
    """Whether it has upper-case Latin letters."""
    digits: Output[bool]
    """Whether it has digits."""
    special: Output[bool]
    """Whether it has special characters."""
    keepers: Output[dict[str, str]]
    """What keeps it the same."""

    def __init__(
        self,
        resource_name: str,
        *,
        length: Input[int] = 24,
        lower: Input[bool] = True,
        upper: Input[bool] = True,
        digits: Input[bool] = True,
        special: Input[bool] = True,
        keepers: Input[Mapping[str, Input[str]]] | None = None,
        opts: ResourceOptions | None = None,
    ) -> None:
        """
        :param length: How many characters, 8 to 128.
        :param lower: Lower-case Latin letters, at least one.
        :param upper: Upper-case Latin letters, at least one.
        :param digits: Digits, at least one.
        :param special: Special characters, at least one of `!*+-.:=?@_~`.
        :param keepers: Anything, by any name: a change of it makes a new password. No place for secrets.
        """
        instead = dict.fromkeys(("provider", "providers", "custom_timeouts"), "leave it out: a password has no server")
        instead |= {
            "import_": "give the password that there is to what needs it, as a secret of the stack's config",
            "replace_on_changes": "leave it out: every change makes a new password",
        }
        refuse(opts, f"Password {resource_name!r}", instead)
        given: dict[str, Any] = {"length": length, "lower": lower, "upper": upper, "digits": digits, "special": special}
        given["keepers"] = keepers or {}
        said = {name: None if _is_default(name, value) else value for name, value in given.items()}
        opts = ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=["result"]))
        super().__init__(load("Password"), resource_name, {**said, "result": None}, opts)
        default_outputs(self, DEFAULTS, said)
