"""What can be switched on the Service Provider Console, and what each product version is."""

from __future__ import annotations

from dataclasses import dataclass

from ..knobs import Knob, ProductKnobs, refusal_knobs, tls_knobs


@dataclass(frozen=True)
class Release:
    """A product version: what GET /about names, and the version of its REST API."""

    build: str
    rest: str


# assumed: the builds of 7.0, 9.1 and 9.3; the others are in the documents.
RELEASES = {
    "7.0": Release("7.0.0.12777", "3.3"),
    "8.1": Release("8.1.0.21999", "3.5.1"),
    "9.0": Release("9.0.0.29555", "3.6"),
    "9.1": Release("9.1.0.30713", "3.6.1"),
    "9.2": Release("9.2.0.32907", "3.6.2"),
    "9.3": Release("9.3.0.35057", "3.7"),
}
# What X-Client-Version may name. Releases from 8.1 on call 3.0 to 3.4 "not supported".
VERSIONS = ("3.1", "3.2", "3.3", "3.4", "3.5", "3.5.1", "3.6", "3.6.1", "3.6.2", "3.7")
_OLDEST_SUPPORTED = "3.5"

_LIFE = (1, 31_536_000)

KNOBS = (
    Knob(
        "vspc.release",
        "9.2",
        "product version: what GET /about says, the REST version, names and roles that it knows",
        choices=tuple(RELEASES),
    ),
    Knob(
        "vspc.client_version",
        "optional",
        "whether X-Client-Version may be left out: the specification says yes, the guide asks for it always",
        choices=("optional", "required"),
    ),
    Knob(
        "vspc.create_reply",
        "user",
        "answer of POST /users: the user, or the text None and a placeholder error, as up to REST 3.0",
        choices=("user", "none"),
    ),
    Knob(
        "vspc.envelope",
        "example",
        "members of an answer: as in the examples, or with meta and errors as null",
        choices=("example", "full"),
    ),
    Knob(
        "vspc.activity_user",
        "shown",
        "whether the activity log says who did it: its user may be null",
        choices=("shown", "missing"),
    ),
    Knob(
        "vspc.async",
        "off",
        "which requests are answered with 202: none, those that change something, or all",
        choices=("off", "writes", "all"),
    ),
    Knob(
        "vspc.async_latency",
        1,
        "how often an action says running before its work is done; 0: done before the 202",
        number=(0, 100_000),
    ),
    Knob(
        "vspc.async_result",
        "ok",
        "how actions end: as the work does, or failed or canceled and nothing done",
        choices=("ok", "failed", "canceled"),
    ),
    Knob(
        "vspc.async_host",
        "own",
        "host in the Location of a 202: the one that was asked, or a name behind it that nobody can reach",
        choices=("own", "foreign"),
    ),
    Knob(
        "vspc.result_shape",
        "enveloped",
        "result of an action that succeeded: like the direct answer, or its data alone",
        choices=("enveloped", "bare"),
    ),
    Knob(
        "vspc.result_status",
        "own",
        "status of a failed action's result: the one of its error, or 200",
        choices=("own", "200"),
    ),
    Knob(
        "vspc.custom_status",
        "520",
        "HTTP status of errors with codes from 1000 on",
        choices=("520", "400", "404", "409"),
    ),
    Knob(
        "vspc.unknown_user",
        "404",
        "error code for a user who is not there or may not be seen",
        choices=("404", "1100"),
    ),
    Knob(
        "vspc.unknown_organization",
        "404",
        "error code for a new user's organization that does not exist",
        choices=("404", "400"),
    ),
    Knob(
        "vspc.unique",
        "organization",
        "where a user name may be there once (whatever its case)",
        choices=("organization", "server"),
    ),
    Knob("vspc.duplicate", "409", "error code for a user name that is taken", choices=("409", "400", "1000")),
    Knob(
        "vspc.portal_roles",
        "refused",
        "POST and PATCH with Portal* roles, SiteAdministrator, CompanyOwner, CompanyTenant, ResellerOwner",
        choices=("refused", "accepted"),
    ),
    Knob(
        "vspc.unknown_members",
        "ignored",
        "members of a body that are not in the schema, such as profile.status",
        choices=("ignored", "refused"),
    ),
    Knob(
        "vspc.mfa",
        "off",
        "password logins: all end in an MFA token (pending) or as with a wrong password (refused)",
        choices=("off", "pending", "refused"),
    ),
    Knob(
        "vspc.inherit_mfa",
        "off",
        "whether users of companies and resellers are read as EnabledByInheritance",
        choices=("off", "on"),
    ),
    Knob(
        "vspc.autofill_description",
        "on",
        "whether a backup resource without a description gets one",
        choices=("on", "off"),
    ),
    Knob(
        "vspc.rest_access", "on", "whether users of companies and resellers may use the REST API", choices=("on", "off")
    ),
    Knob(
        "vspc.maintenance",
        "off",
        "portal maintenance mode: logins and API keys are refused",
        choices=("off", "on"),
    ),
    Knob(
        "vspc.read_only_write",
        "403",
        "status for a change with a read-only token or key",
        choices=("403", "401", "400"),
    ),
    Knob("vspc.token_life", 3600, "seconds an access token lives", number=_LIFE),
    Knob("vspc.refresh_life", 172_800, "seconds a refresh token lives", number=_LIFE),
    Knob(
        "vspc.unseen",
        (),
        "user names that only roles which see all users see, names of companies that only portal administrators see",
        listing=True,
    ),
    Knob(
        "vspc.page_size",
        "preset",
        "rows without limit, and the most that any limit gets; preset: 100, and 500 at most",
        choices=("preset",),
        number=(1, 100_000),
    ),
    Knob(
        "vspc.filtered_offset",
        "honoured",
        "whether offset counts in a list with a filter (a client met servers that ignore it)",
        choices=("honoured", "ignored"),
    ),
    Knob(
        "vspc.rotation",
        "done",
        "a PATCH of a password: done, or answered as done and ignored",
        choices=("done", "ignored"),
    ),
    Knob(
        "vspc.unknown_path",
        "page",
        "a path that the API lacks: the portal's page with 200 (seen), or 404",
        choices=("page", "404"),
    ),
    Knob("vspc.duplicate_rule", "409", "error code for a SID that has a rule", choices=("409", "400", "1000")),
    Knob(
        "vspc.duplicate_company", "409", "error code for a company's name that is taken", choices=("409", "400", "1000")
    ),
    Knob(
        "vspc.owner_password",
        "works",
        "a PATCH of a company's /ownerCredentials/password (in no example): it works, or is error 1001",
        choices=("works", "1001"),
    ),
    Knob(
        "vspc.expand",
        "honoured",
        "whether expand=Organization puts the organization into a company, or is ignored",
        choices=("honoured", "ignored"),
    ),
    *refusal_knobs("vspc"),
    *tls_knobs("vspc"),
)


class Settings(ProductKnobs):
    """The knobs as the console reads them."""

    product = "vspc"

    @property
    def release(self) -> Release:
        return RELEASES[self.text("release")]

    @property
    def page(self) -> tuple[int, int]:
        """(rows without a limit, rows at most)"""
        if self.text("page_size") == "preset":
            return 100, 500
        return self.number("page_size"), self.number("page_size")

    def agreed(self, client: str) -> str | None:
        """The version to answer in; None for a client whose version is unknown or no longer supported.

        assumed: a client that is newer than the server is answered in the server's version.
        """
        own = self.release.rest
        if not client:
            return own
        if client not in VERSIONS or (at_least(own, _OLDEST_SUPPORTED) and not at_least(client, _OLDEST_SUPPORTED)):
            return None
        return own if at_least(client, own) else client


_JOB = ("Create", "Edit", "Delete", "StartStop", "EnableDisable")
_M365 = tuple(f"Vbm365Job{what}" for what in (*_JOB, "ScopeWrite", "RepositoryWrite", "ScheduleWrite"))
_HOSTED_JOBS = tuple(
    f"Hosted{claim}"
    for claim in (
        *_M365,
        *(f"VbrJob{what}" for what in _JOB),
        *(f"VbrJob{what}Write" for what in ("Scope", "Storage", "Retention", "GuestProcessing", "Schedule")),
    )
)


def claims(rest: str) -> tuple[str, ...]:
    """What the users of a company can be allowed, by the version of the API (REST 3.6 and later)."""
    if not at_least(rest, "3.6.2"):
        return (*(f"PublicCloudJob{what}" for what in _JOB), *_HOSTED_JOBS)
    return (
        *(f"HostedPublicCloudJob{what}" for what in _JOB),
        *_HOSTED_JOBS,
        *(f"RemoteVbrJob{what}" for what in _JOB[1:]),
        *(f"Remote{claim}" for claim in _M365),
        *(f"RemotePublicCloudJob{what}" for what in ("StartStop", "EnableDisable")),
        *("HostedPublicCloudRestore", "HostedVbm365Restore", "RemoteVbm365Restore"),
    )


def at_least(version: str, wanted: str) -> bool:
    return VERSIONS.index(version) >= VERSIONS.index(wanted)
