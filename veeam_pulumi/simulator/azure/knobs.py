"""What can be switched on the Backup for Azure appliance, and what each product version is."""

from __future__ import annotations

from dataclasses import dataclass

from ..knobs import Knob, ProductKnobs, refusal_knobs, tls_knobs


@dataclass(frozen=True)
class Release:
    """A product version: the API versions in its paths (newest first), and its build."""

    versions: tuple[str, ...]
    build: str


# Documented: the API versions. assumed: the builds of 6 and 7; that the users of v6 and v7 are those of v8.1, whose
# contract is the only one that was read.
RELEASES = {
    "6": Release(("v6", "v5", "v4"), "6.0.0.232"),
    "7": Release(("v7", "v6", "v5"), "7.0.0.467"),
    "8": Release(("v8", "v7", "v6"), "8.0.1.202"),
    "8.1": Release(("v8.1", "v8", "v7", "v6"), "8.1.0.246"),
}
_LIFE = (1, 31_536_000)

KNOBS = (
    Knob(
        "azure.release", "8.1", "product version: its build, and the API versions in its paths", choices=tuple(RELEASES)
    ),
    Knob(
        "azure.unknown_members",
        "refused",
        "members of a body that its model does not have (additionalProperties: false)",
        choices=("refused", "ignored"),
    ),
    Knob("azure.duplicate", "400", "status for a name that is taken (no 409 is declared)", choices=("400", "409")),
    Knob("azure.name_case", "ignored", "whether two names may differ in case alone", choices=("ignored", "heeded")),
    Knob(
        "azure.put_null",
        "unchanged",
        "what a null description in PUT does: nothing, or empty the description",
        choices=("unchanged", "clears"),
    ),
    Knob(
        "azure.put_name",
        "ignored",
        "what another name in PUT does (the web interface cannot rename)",
        choices=("ignored", "renames", "refused"),
    ),
    Knob(
        "azure.rotation",
        "done",
        "a PUT with a password: done, or answered as done and ignored",
        choices=("done", "ignored"),
    ),
    Knob("azure.bad_login", "401", "status of a refused login: both are declared", choices=("401", "400")),
    Knob(
        "azure.weak_passwords",
        "taken",
        "whether passwords of portal users have rules (12 characters, three kinds); none are documented",
        choices=("taken", "refused"),
    ),
    Knob("azure.id_form", "number", "ids of users: text with a number in it, or UUIDs", choices=("number", "uuid")),
    Knob("azure.unknown_id", "404", "status for an id of no user", choices=("404", "400")),
    Knob(
        "azure.eula",
        "accepted",
        "open: everything is 403 until somebody accepts the licence agreement in the web interface",
        choices=("accepted", "open"),
    ),
    Knob("azure.total_count", "number", "totalCount of a list: a number, or null", choices=("number", "null")),
    Knob(
        "azure.page_size",
        100,
        "rows of a list without Limit (100 in the reference, 200 in a guide)",
        number=(1, 100_000),
    ),
    Knob(
        "azure.delete_protected",
        "403",
        "status for deleting the default administrator, or oneself",
        choices=("403", "400"),
    ),
    Knob(
        "azure.description_rule",
        "on",
        "whether descriptions hold letters, digits, dots, commas and spaces only (documented for the web interface)",
        choices=("on", "off"),
    ),
    Knob("azure.mfa", "off", "pending: every password login ends in an MFA token", choices=("off", "pending")),
    Knob("azure.idp", "none", "whether an identity provider is set up", choices=("none", "saml")),
    Knob(
        "azure.preset_users", "on", "whether a new appliance has the accounts of other products", choices=("on", "off")
    ),
    Knob("azure.token_life", 3600, "seconds an access token lives", number=_LIFE),
    Knob("azure.refresh_life", 1_209_600, "seconds a refresh token lives", number=_LIFE),
    *refusal_knobs("azure"),
    *tls_knobs("azure"),
)


class Settings(ProductKnobs):
    """The knobs as the appliance reads them."""

    product = "azure"

    @property
    def release(self) -> Release:
        return RELEASES[self.text("release")]
