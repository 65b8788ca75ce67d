"""What can be switched on Enterprise Manager, and what each product version presets."""

from __future__ import annotations

from dataclasses import dataclass

from ..knobs import Knob, ProductKnobs, refusal_knobs, tls_knobs


@dataclass(frozen=True)
class Release:
    """A product version: API versions it lists (oldest first), its build, the case of its JSON keys.

    `certificates`: whether backup servers have WcfPort and VbrCertificateThumbprint.
    """

    versions: tuple[str, ...]
    build: str
    case: str
    certificates: bool = True


# Recorded from live servers: 12 and 13, with the case of their keys. Known of 9.5: v1_4, and that its schema has no
# certificate fields. assumed: the older versions of 9.5, and all of 11.
RELEASES = {
    "9.5": Release(("v1_0", "v1_1", "v1_2", "v1_3", "v1_4"), "9.5.4.2866", "pascal", certificates=False),
    "11": Release(("v1_4", "v1_5", "v1_6"), "11.0.1.1261", "pascal", certificates=False),
    "12": Release(("v1_5", "v1_6", "v1_7"), "12.3.2.4465", "pascal"),
    "13": Release(("v1_5", "v1_6", "v1_7"), "13.0.1.2067", "camel"),
}
CREATE_REPLIES = (
    *(f"{status}_{what}" for status in (202, 201, 200) for what in ("task", "empty", "location", "entity")),
    "204",
)
_LOOKS = (0, 1000)

KNOBS = (
    Knob("em.release", "13", "product version; presets every knob that says preset", choices=tuple(RELEASES)),
    Knob("em.case", "preset", "case of the keys in JSON answers", choices=("preset", "pascal", "camel")),
    Knob("em.bom", "off", "whether JSON answers begin with a byte order mark", choices=("off", "on")),
    Knob(
        "em.parser",
        "accept",
        "what says whether a request's body is read as JSON or as XML: its Accept, or its Content-Type",
        choices=("accept", "content_type"),
    ),
    Knob(
        "em.xml_order",
        "either",
        "order of the elements in an XML body: Port before Username, as in the schema, or after it, as in the example",
        choices=("either", "schema", "seed"),
    ),
    Knob(
        "em.required",
        "docs",
        "what create needs: address, user name, password; docs: description and port as well",
        choices=("docs", "schema"),
    ),
    Knob(
        "em.create_reply", "202_task", "status of create, and what comes with it, if anything", choices=CREATE_REPLIES
    ),
    Knob("em.put_reply", "204", "answer of PUT; 200 comes with the entity", choices=("204", "200", "202_task")),
    Knob(
        "em.put_merges",
        "on",
        "whether PUT keeps what its body leaves out, or puts it back to the defaults",
        choices=("on", "off"),
    ),
    Knob("em.task_latency", 0, "polls of a task that are answered with Running", number=_LOOKS),
    Knob("em.task_finishing", 1, "polls after those that are answered with OperationFinished", number=_LOOKS),
    Knob(
        "em.task_result",
        "ok",
        "how tasks end; confirmation: failed, and ConfirmationNeeded",
        choices=("ok", "failed", "confirmation"),
    ),
    Knob("em.related", "on", "whether a finished task links to what it made", choices=("on", "off")),
    Knob("em.lag", 0, "lists and queries that do not show a new server yet", number=_LOOKS),
    Knob("em.duplicate", "400", "status for a server that is connected already", choices=("400", "409")),
    Knob("em.unknown_id", "404", "status for an id of no backup server", choices=("404", "400", "500")),
    Knob(
        "em.name",
        "as_added",
        "name of a server: the address that it was added by, or the FQDN behind it",
        choices=("as_added", "fqdn"),
    ),
    Knob(
        "em.kind",
        "windows",
        "what the backup servers are: port 9392 on Windows, 443 on the appliance, where none is given",
        choices=("windows", "appliance"),
    ),
    Knob(
        "em.thumbprint",
        "any",
        "a thumbprint that is not the server's: taken, a failed task, or status 400",
        choices=("any", "task", "400"),
    ),
    Knob(
        "em.credentials",
        "any",
        "strict: passwords of backup servers with `wrong` in them do not work",
        choices=("any", "strict"),
    ),
    Knob(
        "em.one_host",
        (),
        "addresses that lead to one backup server: it shows the same certificate under each",
        listing=True,
    ),
    Knob("em.offline", (), "addresses of backup servers that cannot be reached", listing=True),
    Knob("em.idle_timeout", 900, "seconds without a request after which a session is dead", number=(1, 31_536_000)),
    Knob(
        "em.cookie",
        "wins",
        "the session's cookie: set and stronger than the header, set and weaker, or not set",
        choices=("wins", "loses", "off"),
    ),
    Knob("em.page_size", 100, "entries of a query without pageSize", number=(1, 100_000)),
    Knob("em.empty", "list", "a query that finds nothing, in JSON: an empty list, or null", choices=("list", "null")),
    Knob(
        "em.href_host",
        "own",
        "host in links: the one that the client asked, or https://em01.lab.local:9398",
        choices=("own", "foreign"),
    ),
    Knob(
        "em.stored_port",
        "given",
        "the port that a server is kept with: the one that was given, or 443 whatever was given (13 was seen with it)",
        choices=("given", "443"),
    ),
    Knob(
        "em.put_credentials",
        "kept",
        "what a PUT without credentials does to those that the server has: kept, or dropped",
        choices=("kept", "dropped"),
    ),
    Knob(
        "em.collection_entity",
        "honoured",
        "whether the list of accounts heeds ?format=Entity; ignored: references",
        choices=("honoured", "ignored"),
    ),
    Knob(
        "em.in_role_name",
        "items",
        "name of the list in an account's roles: EnterpriseAccountInRoles, or EnterpriseAccountInRoleList (root)",
        choices=("items", "root"),
    ),
    Knob(
        "em.unknown_account",
        "404",
        "answer for an id of no account: a status, or 200 and no body",
        choices=("404", "400", "500", "empty"),
    ),
    Knob(
        "em.duplicate_account",
        "400",
        "an account whose name is taken: a status, or a second one",
        choices=("400", "500", "second"),
    ),
    Knob("em.refused_accounts", (), "names behind which there is no account", listing=True),
    Knob("em.late_accounts", 0, "lists that do not show a new account yet", number=_LOOKS),
    Knob("em.last_role", "400", "status for taking an account's last role", choices=("400", "500")),
    Knob("em.scopes_reply", "202", "status of new restore scopes", choices=("202", "201")),
    Knob(
        "em.account_name",
        "as_sent",
        r"how an account's name comes back: as sent, as DOMAIN\name, or as name@domain.local",
        choices=("as_sent", "netbios", "upn"),
    ),
    Knob(
        "em.edition",
        "plus",
        "standard: accounts that may not restore everything are refused",
        choices=("plus", "standard"),
    ),
    Knob(
        "em.preset_accounts",
        "on",
        "whether a new server (started, reset) has the local administrators as Portal Administrators",
        choices=("on", "off"),
    ),
    Knob(
        "em.extra_account_type",
        "off",
        "whether a new server (started, reset) has an account of a type that REST does not name",
        choices=("off", "on"),
    ),
    Knob(
        "em.uid_spaces", "off", "whether UIDs of accounts and roles have a blank before the id", choices=("off", "on")
    ),
    *refusal_knobs("em", login=False),
    *tls_knobs("em"),
)


class Settings(ProductKnobs):
    """The knobs as the server reads them, presets resolved."""

    product = "em"

    @property
    def release(self) -> Release:
        return RELEASES[self.text("release")]

    @property
    def camel(self) -> bool:
        return (self.release.case if self.text("case") == "preset" else self.text("case")) == "camel"

    @property
    def offline(self) -> set[str]:
        return {address.lower() for address in self.names("offline")}

    def host(self, address: str) -> str:
        """The first of the addresses of one server, for each of them."""
        same = self.names("one_host")
        return same[0] if address.lower() in [one.lower() for one in same] else address

    @property
    def refused_accounts(self) -> set[str]:
        return {name.lower() for name in self.names("refused_accounts")}

    @property
    def default_port(self) -> int:
        return 443 if self.text("kind") == "appliance" else 9392
