"""What can be switched on the Backup & Replication server."""

from __future__ import annotations

from ..knobs import Knob, ProductKnobs, refusal_knobs, tls_knobs
from . import revisions

_LIFE = (1, 31_536_000)
_LIFE_OF_WORK = (0, 86_400)

KNOBS = (
    Knob(
        "vbr.build",
        "13.0.1.180",
        "product build; the API revisions follow from it",
        accepts=revisions.is_build,
        shape="a build from 11.0.0.837 on, such as 12.3.1.1139 or 13.1.0.411",
    ),
    Knob(
        "vbr.dialect",
        "security",
        "which users API there is: /api/v1/security/users, /api/v1/users, both or none",
        choices=("security", "users", "both", "none"),
    ),
    Knob(
        "vbr.old_revision",
        "404",
        "answer of the security users API before 13.0.1.180 or under an older revision",
        choices=("404", "400", "404_empty"),
    ),
    Knob(
        "vbr.version_header",
        "required",
        "whether x-api-version may be left out (then the newest revision counts)",
        choices=("required", "optional"),
    ),
    Knob(
        "vbr.page_size",
        "preset",
        "rows without limit, and the most that any limit gets; preset: 200 in the security "
        "dialect, 100 (500 at most) in the users dialect",
        choices=("preset",),
        number=(1, 100_000),
    ),
    Knob("vbr.token_life", 900, "seconds an access token lives", number=_LIFE),
    Knob("vbr.refresh_life", 1_209_600, "seconds a refresh token lives", number=_LIFE),
    Knob(
        "vbr.canonical",
        "as_typed",
        r"how a name comes back: as typed, as user@domain.local, or as DOMAIN\user",
        choices=("as_typed", "upn", "netbios"),
    ),
    Knob("vbr.domains", ("*",), "domains whose principals can be resolved; * is every one", listing=True),
    Knob("vbr.refused", (), "names that cannot be resolved", listing=True),
    Knob(
        "vbr.mfa", "off", "multi-factor authentication for all: only service accounts can log in", choices=("off", "on")
    ),
    Knob(
        "vbr.four_eyes",
        "off",
        "on: user changes are refused; pending: they are accepted and do not happen",
        choices=("off", "on", "pending"),
    ),
    Knob(
        "vbr.duplicate",
        "UnexpectedContent",
        "errorCode (with 400) for a principal that is there already",
        choices=("UnexpectedContent", "UnknownError"),
    ),
    Knob("vbr.last_admin", "400", "status for taking the last administrator away", choices=("400", "403")),
    Knob(
        "vbr.custom_login",
        "preset",
        "whether a custom role lets its holder log in; preset: since 1.3-rev2",
        choices=("preset", "allowed", "refused"),
    ),
    Knob(
        "vbr.users_update",
        "all",
        "what PUT in the users dialect changes: roleId, description, isEnabled; or roleId",
        choices=("all", "role"),
    ),
    Knob(
        "vbr.users_shape",
        "example",
        "answers of the users dialect: as in its examples, or with every field of its data model",
        choices=("example", "model"),
    ),
    Knob(
        "vbr.rejected_token",
        "empty",
        "401 for a token that the server does not know (any more): without a body (seen), or with the documented one",
        choices=("empty", "body"),
    ),
    Knob(
        "vbr.server_time",
        "shown",
        "missing: GET /api/v1/serverTime is 404, as where something in between lets through only what it knows",
        choices=("shown", "missing"),
    ),
    Knob(
        "vbr.administrators",
        "english",
        "language of Windows, and so of the group that a new server (started, reset) gives full rights to",
        choices=("english", "german"),
    ),
    Knob(
        "vbr.built_in_details",
        "404",
        "GET /details of a built-in role: not found, or a model without scopes",
        choices=("404", "model"),
    ),
    Knob(
        "vbr.role_in_use",
        "400",
        "a custom role that somebody has, deleted: a status, or it goes and leaves its holders without",
        choices=("400", "500", "deleted"),
    ),
    Knob(
        "vbr.role_names",
        "unique",
        "whether two roles may bear one name (a custom role that of a built-in one, too)",
        choices=("unique", "free"),
    ),
    Knob(
        "vbr.role_put",
        "replaces",
        "what PUT of a custom role does to scopes that its body leaves out: gone, or kept",
        choices=("replaces", "merges"),
    ),
    Knob(
        "vbr.events_actor",
        "shown",
        "whether authorization events say who did it: no field of theirs is required",
        choices=("shown", "missing"),
    ),
    Knob(
        "vbr.credential_in_use",
        "400",
        "status for deleting credentials that something uses",
        choices=("400", "500"),
    ),
    Knob(
        "vbr.credential_lag",
        0,
        "how often that is still the answer when nothing uses them any more",
        number=(0, 1000),
    ),
    Knob(
        "vbr.credential_unique_id",
        "kept",
        "the uniqueId that a client gives credentials: kept and shown, replaced by the server's own, or not shown",
        choices=("kept", "own", "hidden"),
    ),
    Knob(
        "vbr.credential_put",
        "replaces",
        "what PUT of credentials does to settings that its body leaves out: back to their defaults, or kept",
        choices=("replaces", "merges"),
    ),
    Knob(
        "vbr.credential_key",
        "both",
        "in which form a private key is taken: base64 (the contract's example), the PEM text, or both",
        choices=("both", "base64", "pem"),
    ),
    Knob(
        "vbr.preset",
        "hidden",
        "the credentials of the product's own appliances: listed only when asked for, or always",
        choices=("hidden", "listed"),
    ),
    Knob("vbr.session_seconds", 0, "seconds that a write of a managed server takes", number=_LIFE_OF_WORK),
    Knob(
        "vbr.session_result",
        "success",
        "how the session of such a write ends; failed_silent: without a message, action_required: it waits for a "
        "person, no_result: it stops, and says neither",
        choices=("success", "warning", "failed", "failed_silent", "canceled", "action_required", "no_result"),
    ),
    Knob(
        "vbr.session_resource",
        "finished",
        "when a session names what it made: at its end, at once, never, or its own id in that place",
        choices=("finished", "at_once", "never", "session"),
    ),
    Knob(
        "vbr.session_lost",
        "off",
        "sessions that the server does not know any more, as after a restart: their work is done, or never will be",
        choices=("off", "done", "undone"),
    ),
    Knob(
        "vbr.failed_row",
        "off",
        "whether a managed server is listed although the session that adds it failed",
        choices=("off", "on"),
    ),
    Knob("vbr.hosts_in_use", (), "names of managed servers that something uses", listing=True),
    Knob(
        "vbr.host_in_use",
        "session",
        "a managed server in use, deleted: its session fails, or 400",
        choices=("session", "400"),
    ),
    Knob(
        "vbr.host_delete_lag",
        0,
        "seconds that a managed server is shown after its delete has succeeded",
        number=_LIFE_OF_WORK,
    ),
    Knob("vbr.unreachable", (), "names of hosts that the server cannot connect to", listing=True),
    Knob("vbr.host_keys", 1, "which key or certificate the hosts present; another number is another", number=(1, 9)),
    Knob(
        "vbr.changed_key",
        "taken",
        "what an edit makes of a key that changed since: the new one is trusted, or the session fails",
        choices=("taken", "refused"),
    ),
    Knob(
        "vbr.own_server",
        "hidden",
        "whether a new server (started, reset) lists itself among its managed servers, and a type without a model",
        choices=("hidden", "listed"),
    ),
    *refusal_knobs("vbr"),
    *tls_knobs("vbr"),
)


class Settings(ProductKnobs):
    """The knobs as the server reads them."""

    product = "vbr"

    def names(self, name: str) -> tuple[str, ...]:
        return tuple(value.lower() for value in super().names(name))

    @property
    def revisions(self) -> tuple[str, ...]:
        return revisions.of_build(self.text("build"))

    @property
    def version(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.text("build").split("."))

    @property
    def mfa(self) -> bool:
        return self.on("mfa")

    def switch_mfa(self, on: bool) -> None:
        """PUT /api/v1/security/settings turns the same switch as the knob."""
        self.knobs.set({"vbr.mfa": on})

    def page(self, users_dialect: bool) -> tuple[int, int]:
        """(rows without a limit, rows at most)"""
        if self.text("page_size") == "preset":
            return (100, 500) if users_dialect else (200, 200)
        return self.number("page_size"), self.number("page_size")
