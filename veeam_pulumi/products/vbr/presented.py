"""Whether a host is the one that is meant: the fingerprint that it presents, and the one that the program gives.

* POST /api/v1/connectionCertificate asks a host for its certificate or SSH key. It changes nothing, and is the only
  request that is sent for a host whose fingerprint the program does not give.
* The form of an SSH fingerprint is the server's own, `ssh-rsa 3072 <base64>`; OpenSSH's `SHA256:…` fails.
* No GET shows what the server trusts, so a changed key is seen only where the host is asked again, on a refresh. Until
  somebody decides, state has the new one with `UNTRUSTED` behind it.
* Single-use credentials are not sent along: nobody has vouched for the host yet.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from ... import redaction
from ...errors import AnswerLost, InvalidInput, ServerUnreachable, VeeamError
from ...resource.fields import Normal, State, local
from ...resource.types import Name, Switch
from ...server.body import fitting, words
from ...server.tls import normal_thumbprint
from .server_types import FINGERPRINTS
from .session import VbrSession

CERTIFICATE = "/api/v1/connectionCertificate"
UNTRUSTED = " (presented now, not trusted yet)"
_SHAPE = {
    "fingerprint": str,
    "certificate": dict.fromkeys(("thumbprint", "issuedTo", "issuedBy", "validFrom", "validBy"), str),
}


def _ssh(text: str) -> str:
    if text.upper().startswith(("SHA256:", "MD5:")):
        raise ValueError(
            "must be in the server's form, such as `ssh-rsa 3072 …`, not in OpenSSH's: leave it out once, and the "
            "error says what the host presents"
        )
    return text


def _thumbprint(text: str) -> str:
    normal_thumbprint(text)
    return text


def _ssh_form(text: str) -> str:
    return " ".join(text.split())


def _thumbprint_form(text: str) -> str:
    """As it is compared; state may have one that is not trusted, which is like none that a program can give."""
    try:
        return normal_thumbprint(text)
    except ValueError:
        return text


SshFingerprint = Annotated[
    Annotated[Name, AfterValidator(_ssh), Normal(_ssh_form)] | None,
    Field(
        description="The SSH key of a Linux host in the server's form, `ssh-rsa 3072 …`. Left out, an error says what "
        "the host presents, and nothing is added."
    ),
]
Thumbprint = Annotated[
    Annotated[Name, AfterValidator(_thumbprint), Normal(_thumbprint_form)] | None,
    Field(
        description="The fingerprint of the certificate of a vCenter Server or an ESXi host, hexadecimal. Left out, an "
        "error says what the host presents, and nothing is added."
    ),
]
Watch = Annotated[
    Switch,
    local,
    Field(
        description="Whether a refresh asks the host for its fingerprint, and shows another one as a change. The "
        "backup server connects to the host for that."
    ),
]
_FORMS = {"ssh_fingerprint": _ssh_form, "certificate_thumbprint": _thumbprint_form}


def require_given(session: VbrSession, values: State) -> None:
    """Raises InvalidInput, with what the host presents, where the program does not say what is right."""
    name = FINGERPRINTS.get(values["type"])
    if name is None or values.get(name) is not None:
        return
    try:
        found, about = ask(session, values)
    except VeeamError as error:
        raise InvalidInput(
            f"{name} is missing, and what the host presents cannot be seen: {error.cause}; nothing else was sent",
            f"read it on the host itself and declare {name}",
        ) from None
    raise InvalidInput(
        f"{name} is missing; the host presents {found}{about}; nothing else was sent",
        f'compare that with the host itself, and if it is right, declare {name}="{found}"',
    )


def require_presented(session: VbrSession, values: State) -> None:
    """Raises InvalidInput where the host does not present what the program says."""
    name = FINGERPRINTS[values["type"]]
    found, about = ask(session, values)
    if _FORMS[name](found) != _FORMS[name](str(values.get(name))):
        raise InvalidInput(
            f"the program trusts {name} {values.get(name)}, but the host presents {found}{about}; nothing was changed",
            f'if the host was installed anew or its certificate renewed, declare {name}="{found}"; if not, find out '
            "who answers at its address",
        )


def untrusted(session: VbrSession, live: State, state: State) -> State:
    """What a host presents that is not what state has, by the argument's name. Nothing where it cannot be asked."""
    name = FINGERPRINTS.get(str(live.get("type")))
    watched = state.get("watch_fingerprint") is not False and live.get("status") == "Available"
    if name is None or state.get(name) is None or not watched:
        return {}
    known = str(state[name])
    try:
        found, _ = ask(session, {**state, **live})
    except VeeamError as error:
        about = redaction.quoted(str(live.get("name")))
        session.warn(f"the host could not be asked for its {name}: vbr.ManagedServer {about}: {error.cause}")
        return {}
    same = _FORMS[name](found) == _FORMS[name](known)
    return {} if same else {name: f"{found}{UNTRUSTED}"}


def ask(session: VbrSession, values: State) -> tuple[str, str]:
    """What a host presents -> the fingerprint, and what else its certificate tells."""
    single = values.get("single_use_credentials") or {}
    body: dict[str, Any] = {"serverName": values["name"], "type": values["type"]}
    if values["type"] == "LinuxHost":
        body["credentialsStorageType"] = values.get("credentials_storage_type") or "Permanent"
    body |= {"credentialsId": values.get("credentials_id"), "port": values.get("port") or single.get("ssh_port")}
    asked = {key: value for key, value in body.items() if value is not None}
    try:
        answer = session.write("POST", CERTIFICATE, asked)
    except AnswerLost as error:  # nothing was written, so nothing can have been lost
        raise ServerUnreachable(error.cause, "run again when the backup server can reach the host") from None
    found = fitting(answer, _SHAPE, "the certificate") or {}
    certificate = found.get("certificate") or {}
    print_ = words(found.get("fingerprint")) or words(certificate.get("thumbprint"))
    if not print_:
        raise InvalidInput("the server answers without a fingerprint", "read it on the host itself")
    dates = " to ".join(words(certificate.get(key))[:10] for key in ("validFrom", "validBy"))
    about = f", a certificate for {words(certificate.get('issuedTo'))} by {words(certificate.get('issuedBy'))}, {dates}"
    return print_, about if certificate else ""
