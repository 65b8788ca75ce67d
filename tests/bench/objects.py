"""What is created: the same arguments for our resources, for those that do nothing, and for plain requests."""

from __future__ import annotations

from dataclasses import dataclass

from tests.specimens import Arguments, Specimen, of_every_kind
from veeam_pulumi.simulator.vspc import seeds

COMPANY = seeds.ALPHA
ROLE = "Veeam Backup Operator"
PASSWORD = "Bench-2026"


@dataclass(frozen=True)
class Product:
    """One kind of resource, with the simulator's knobs for it and what is to be said about its numbers.

    `name`: the product's for its first kind (vbr), the kind's for the others (vbr.Role).
    """

    name: str
    specimen: Specimen
    knobs: tuple[str, ...] = ()
    note: str = ""

    @property
    def resource(self) -> str:
        return self.specimen.kind

    @property
    def connection(self) -> str:
        return self.specimen.product

    def objects(self, count: int) -> dict[str, Arguments]:
        names = (f"bench-{number:04}" for number in range(1, count + 1))
        return {name: self.specimen.called(name, PASSWORD) for name in names}


KNOBS = {"em.BackupServer": ("em.create_reply=201_entity",)}
NOTES = {
    "em.BackupServer": "em answers create at once, without a task: waiting for one takes half a second or more of each "
    "of four workers, and is nobody's cost."
}
FIRST = {"aws.User": "aws", "em.BackupServer": "em", "vbr.User": "vbr", "vspc.User": "vspc"}
"""Kinds that go by the name of their product."""
PRODUCTS = {
    FIRST.get(one.kind, one.kind): Product(
        FIRST.get(one.kind, one.kind),
        one,
        (*KNOBS.get(one.kind, ()), *(f"{knob}={value}" for knob, value in one.knobs.items())),
        NOTES.get(one.kind, ""),
    )
    for one in of_every_kind()
}
