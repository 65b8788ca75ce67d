"""What can be switched on the Backup for Microsoft 365 server, and what each version of its API answers."""

from __future__ import annotations

from dataclasses import dataclass

from ..knobs import Knob, ProductKnobs, refusal_knobs, tls_knobs


@dataclass(frozen=True)
class Release:
    """A product version: the prefixes that it serves (newest first), and its build."""

    versions: tuple[str, ...]
    build: str


RELEASES = {
    "6": Release(("v6",), "6.1.0.1015"),
    "7": Release(("v7", "v6"), "7.0.0.2911"),
    "8": Release(("v8", "v7", "v6"), "8.0.2.159"),
}
_LIFE = (1, 31_536_000)

KNOBS = (
    Knob("m365.release", "8", "product version: its build, and the prefixes that it serves", choices=tuple(RELEASES)),
    Knob(
        "m365.put_omitted_lists",
        "kept",
        "what PUT does to operators and items that its body leaves out",
        choices=("kept", "cleared", "refused"),
    ),
    Knob("m365.put_nulls", "kept", "what PUT does with members that are null", choices=("kept", "cleared")),
    Knob(
        "m365.wrapper_id",
        "made",
        "id of an operator or item in its list: made by the server, taken from the body, or its member's",
        choices=("made", "echoed", "member"),
    ),
    Knob("m365.wrapper_id_required", "off", "whether a body must give such an id", choices=("off", "on")),
    Knob(
        "m365.duplicate_name",
        "allowed",
        "a role whose name is taken in the organization",
        choices=("allowed", "409", "400"),
    ),
    Knob(
        "m365.duplicate_operator",
        "ignored",
        "an operator or item that is there already: ignored, refused, or there twice",
        choices=("ignored", "400", "twice"),
    ),
    Knob(
        "m365.unknown_member",
        "400",
        "an operator or item that the organization does not have",
        choices=("400", "taken"),
    ),
    Knob("m365.empty_operators", "allowed", "a role without operators", choices=("allowed", "400")),
    Knob("m365.unknown_ids", "204", "removing an operator or item that is not there", choices=("204", "404")),
    Knob("m365.delete_twice", "404", "deleting a role that is not there", choices=("404", "204")),
    Knob("m365.error_body", "preset", "what an error carries", choices=("preset", "message", "empty")),
    Knob("m365.unauthorized", "empty", "401: without a body, or with an error", choices=("empty", "error")),
    Knob(
        "m365.antiforgery",
        "on",
        "since v7: whether calls need a cookie unless the login said disable_antiforgery_token",
        choices=("on", "off"),
    ),
    Knob(
        "m365.expires_in",
        "text",
        "expires_in of a token: a text with a number in it, or a number",
        choices=("text", "number"),
    ),
    Knob(
        "m365.id_form", "uuid", "ids of directory objects: UUIDs, or 72 characters as in v6", choices=("uuid", "long")
    ),
    Knob(
        "m365.user_search",
        "contains",
        "what userName and its kin find: part of the name, or all of it",
        choices=("contains", "exact"),
    ),
    Knob("m365.page_size", 30, "rows of a page without limit", number=(1, 10_000)),
    Knob("m365.operator_only", "off", "on: everything for administrators is refused", choices=("off", "on")),
    Knob(
        "m365.unknown_kind",
        "off",
        "whether lists of items hold one of a kind that no contract names",
        choices=("off", "on"),
    ),
    Knob("m365.app_auth", "modern", "basic: organizations that cannot have roles", choices=("modern", "basic")),
    Knob("m365.token_life", 3600, "seconds an access token lives", number=_LIFE),
    Knob("m365.refresh_life", 1_209_600, "seconds a refresh token lives", number=_LIFE),
    *refusal_knobs("m365"),
    *tls_knobs("m365"),
)


class Settings(ProductKnobs):
    """The knobs as the server reads them."""

    product = "m365"

    @property
    def release(self) -> Release:
        return RELEASES[self.text("release")]
