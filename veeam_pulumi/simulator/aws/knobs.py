"""What can be switched on the Backup for AWS appliance, and what each product version presets."""

from __future__ import annotations

from dataclasses import dataclass

from ..knobs import Knob, ProductKnobs, refusal_knobs, tls_knobs


@dataclass(frozen=True)
class Release:
    """A product version: accepted API revisions (newest first), token lives in seconds, rules for names, passwords."""

    revisions: tuple[str, ...]
    access: int = 3600
    refresh: int = 7200
    passwords: str = "v2"
    admin_name: str = "refused"
    dates: str = "z"


# Documented: the first revision of each row; all of 5.0, 7.0, 8.0; the lives of 2.0 (15 and 75 min), 3.0, 4.0 to 8.0.
# assumed: the older revisions of 4.0, 6a, 9 and 10 (the documents say ".." or nothing); where between 2.0 and 10 the
# password rule became stricter (here: 9).
RELEASES = {
    "2.0": Release(("1.0-rev0",), 900, 4500, admin_name="allowed", dates="plain"),
    "3.0": Release(("1.0-rev0",), 3600, 3600, admin_name="allowed", dates="plain"),
    "4.0": Release(("1.2-rev0", "1.1-rev0", "1.0-rev0"), admin_name="allowed"),
    "5.0": Release(("1.3-rev0", "1.2-rev0", "1.1-rev0", "1.0-rev0")),
    "6a": Release(("1.4-rev0", "1.3-rev0", "1.2-rev0")),
    "7.0": Release(("1.5-rev1", "1.5-rev0", "1.4-rev0", "1.3-rev0")),
    "8.0": Release(("1.6-rev0", "1.5-rev1", "1.5-rev0", "1.4-rev0")),
    "9": Release(("1.7-rev0", "1.6-rev0", "1.5-rev1", "1.5-rev0"), passwords="v10"),
    "10": Release(("1.8-rev0", "1.7-rev0", "1.6-rev0", "1.5-rev1"), passwords="v10", dates="offset"),
}

_PRESET = ("preset",)
_LIFE = (1, 31_536_000)

KNOBS = (
    Knob("aws.release", "2.0", "product version; presets every knob that says preset", choices=tuple(RELEASES)),
    Knob("aws.versions", "preset", "API revisions that are accepted in x-api-version", choices=_PRESET, listing=True),
    Knob(
        "aws.old_password",
        "optional",
        "whether PUT needs oldPassword: the specification says no, the guide yes",
        choices=("optional", "required"),
    ),
    Knob("aws.duplicate", "400", "status for a name that is taken", choices=("400", "409")),
    Knob("aws.delete_default", "400", "status for deleting the default administrator", choices=("400", "403")),
    Knob("aws.mfa", "off", "pending: every password login ends in an MFA token", choices=("off", "pending")),
    Knob("aws.token_life", "preset", "seconds an access token lives", choices=_PRESET, number=_LIFE),
    Knob("aws.refresh_life", "preset", "seconds a refresh token lives", choices=_PRESET, number=_LIFE),
    Knob(
        "aws.password_rules",
        "preset",
        "v2: 8 characters, upper, lower, digit; v10: 8-255, special, upper, lower",
        choices=("preset", "v2", "v10"),
    ),
    Knob(
        "aws.admin_name",
        "preset",
        "whether a user may be called admin (refused since 5a)",
        choices=("preset", "allowed", "refused"),
    ),
    Knob("aws.page_size", 100, "rows of a list without Limit, and the most that any Limit gets", number=(1, 100_000)),
    Knob("aws.limit_all", "all", "what Limit=-1 means: every row, or a page", choices=("all", "page")),
    Knob("aws.error_key", "details", "the key of an error's explanation", choices=("details", "detail")),
    Knob("aws.links", "on", "whether answers carry _links, which the schema leaves optional", choices=("on", "off")),
    Knob(
        "aws.dates",
        "preset",
        "dates of a token: without a zone (2.0, 3.0), with Z (assumed for 4.0 to 9), with an offset (10)",
        choices=("preset", "plain", "z", "offset"),
    ),
    Knob(
        "aws.not_found",
        "own",
        "404: the appliance's own error, none at all, or the web framework's, which has no errorCode",
        choices=("own", "empty", "framework"),
    ),
    Knob(
        "aws.invalid",
        "own",
        "400 for a value that is wrong: the appliance's own error, or the web framework's, which has no errorCode",
        choices=("own", "framework"),
    ),
    Knob(
        "aws.rotation",
        "done",
        "a PUT with a password: done, or answered as done and ignored",
        choices=("done", "ignored"),
    ),
    Knob(
        "aws.list_key",
        "results",
        "where the rows of a list are; data: with the total in pagination, as in other products",
        choices=("results", "data"),
    ),
    Knob(
        "aws.new_role",
        "Portal Administrator",
        "role of users that are created without one",
        choices=("Portal Administrator", "Portal Operator", "Restore Operator"),
    ),
    Knob("aws.shows_role", "off", "whether users show their role, as no document has it", choices=("off", "on")),
    *refusal_knobs("aws"),
    *tls_knobs("aws"),
)


class Settings(ProductKnobs):
    """The knobs as the appliance reads them, presets resolved."""

    product = "aws"

    def _chosen(self, name: str, preset: str | int) -> str:
        """A knob's value, the release's where the knob says preset."""
        return str(preset) if self.text(name) == "preset" else self.text(name)

    @property
    def release(self) -> Release:
        return RELEASES[self.text("release")]

    @property
    def revisions(self) -> tuple[str, ...]:
        return self.release.revisions if self.text("versions") == "preset" else self.names("versions")

    @property
    def access_life(self) -> int:
        return int(self._chosen("token_life", self.release.access))

    @property
    def refresh_life(self) -> int:
        return int(self._chosen("refresh_life", self.release.refresh))

    @property
    def password_rules(self) -> str:
        return self._chosen("password_rules", self.release.passwords)

    @property
    def admin_name_refused(self) -> bool:
        return self._chosen("admin_name", self.release.admin_name) == "refused"

    @property
    def dates(self) -> str:
        return self._chosen("dates", self.release.dates)

    @property
    def page_size(self) -> int:
        return int(self.text("page_size"))
