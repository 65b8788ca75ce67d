"""`python -m tests.scaffold em.Account`: what to write where for a new kind of resource, with the beginning of each.

Nothing is written: copy what fits, and look at the neighbour that the list names. docs/adding-a-resource.md explains
the steps; tests compare its list, and every kind that there is, with this one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from veeam_pulumi.products import file_of


@dataclass(frozen=True)
class Step:
    """A file to write or to add to. Texts are filled with the parts of the kind, see `parts`."""

    file: str
    what: str
    needs: str
    """What stands in the file of every kind that there is."""
    start: str = ""
    """How it begins."""


STEPS = (
    Step(
        "veeam_pulumi/products/{product}/{snake}.py",
        "the resource: server facts, fields with what they mean, hooks",
        'kind = "{kind}"',
        '''r"""WHAT IT IS, in one line.

* WHAT THE SERVER DOES, with its version: one fact a bullet, only what the code relies on.
* WHAT ELSE IT DOES, with its version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, Field

from ...resource.fields import ConnectionName, Inputs, Row, State, identity, replace
from ...resource.grant import Grant
from ...resource.resource import Resource
from ...resource.types import Name
from .session import {Product}Session


class {Thing}Inputs(Inputs):
    connection: ConnectionName = "{product}"
    name: Annotated[Name, identity, replace] = Field(description="WHAT IT IS, and which values it may have.")


class {Thing}Outputs(BaseModel):
    pass


class {Product}{Thing}(Resource[{Thing}Inputs, {Product}Session]):
    """WHAT IT IS, what the id is, what cannot be seen."""

    kind = "{kind}"
    inputs = {Thing}Inputs
    outputs = {Thing}Outputs

    def create(self, session: {Product}Session, inputs: {Thing}Inputs) -> tuple[str, State | None]:
        raise NotImplementedError

    def row(self, session: {Product}Session, id: str) -> Row:
        raise NotImplementedError

    def rows(self, session: {Product}Session) -> Iterator[tuple[str, Row]]:
        raise NotImplementedError

    def values(self, session: {Product}Session, row: Row) -> State:
        raise NotImplementedError

    def update(
        self, session: {Product}Session, id: str, old: State, new: {Thing}Inputs, changed: frozenset[str]
    ) -> None:
        raise NotImplementedError

    def delete(self, session: {Product}Session, id: str, state: State) -> None:
        raise NotImplementedError

    def matches(self, row: Row, inputs: {Thing}Inputs) -> bool:
        raise NotImplementedError

    def grant(self, values: State) -> Grant:
        raise NotImplementedError

    def collection(self, session: {Product}Session) -> str:
        raise NotImplementedError
''',
    ),
    Step(
        "veeam_pulumi/dynamic/{product}.py",
        "the typed class that programs use, and its name in `__all__`; its docstrings are written by tests.docs.tables",
        '@declares("{kind}")',
        '''class {Thing}(Resource, module="veeam/{product}", name="{Thing}"):
    """…"""

    name: Output[str]
    server: Output[str]

    @declares("{kind}")
    def __init__(
        self,
        resource_name: str,
        *,
        name: Input[str],
        connection: Input[str] = "{product}",
        adopt: Input[bool] = False,
        opts: ResourceOptions | None = None,
    ) -> None:
        """…"""

    @classmethod
    def get(
        cls,
        resource_name: str,
        id: pulumi.Input[str],
        connection: str = "{product}",
        opts: ResourceOptions | None = None,
    ) -> {Thing}:
        """Reads the existing one whose id is `id`; never writes it. One that is absent is an error."""
        return existing(cls, "{kind}", resource_name, id, connection, opts)
''',
    ),
    Step(
        "veeam_pulumi/simulator/{product}/routes.py",
        "the paths that the server answers, and their handlers beside it; knobs for what documents contradict",
        "TABLE",
    ),
    Step(
        "tests/specimens.py",
        "an example: inputs, a change of each field, a change by hand; most tests take their subjects from it",
        'kind="{kind}"',
        """{CONSTANT} = Specimen(
    kind="{kind}",
    name="name",
    first={{"name": "one"}},
    changed={{}},
    renamed={{"name": "two"}},
    changes={{"name": "two"}},
    found={{}},
    drift={{}},
    collection="/api/…",
    rows="…",
    golden="…",  # what tests/test_specimens.py says
)
""",
    ),
    Step(
        "tests/products/test_{product}_{snake}.py",
        "what is special about it, against the simulator with its knobs",
        "servers",
    ),
    Step("tests/test_surface.py", "its name on the public surface", "{Thing}"),
    Step(
        "docs/{product}-{dashed}.md",
        "its page; the sections are those of every resource, its tables are written by tests.docs.tables",
        "# veeam.{kind}",
    ),
    Step("docs/README.md", "a row for the page", "({product}-{dashed}.md)"),
    Step("docs/connections.md", "its name in the table of products", "({product}-{dashed}.md)"),
    Step(
        "docs/terraform.md",
        "a heading with an empty table, which tests.docs.tables fills",
        "### veeam_{product}_{snake}",
    ),
    Step("mkdocs.yml", "the page in the navigation of the site", "{product}-{dashed}.md"),
    Step("README.md", "a row in the table of resources", "docs/{product}-{dashed}.md"),
    Step("CHANGELOG.md", "a line for users", "{kind}"),
)


def parts(kind: str) -> dict[str, str]:
    """`em.BackupServer` -> the words that texts and names are made of."""
    product, _, thing = kind.partition(".")
    snake = file_of(kind)
    return {
        "kind": kind,
        "product": product,
        "Product": product.capitalize(),
        "Thing": thing,
        "snake": snake,
        "dashed": snake.replace("_", "-"),
        "CONSTANT": f"{product}_{snake}".upper(),
    }


def listed(kind: str) -> Iterator[tuple[str, str, str, str]]:
    """(file, what, what stands there, how it begins) for a kind."""
    for step in STEPS:
        yield tuple(text.format(**parts(kind)) for text in (step.file, step.what, step.needs, step.start))  # type: ignore[misc]


def main(words: list[str]) -> int:
    if len(words) != 1 or not re.fullmatch(r"[a-z][a-z0-9]*\.(?:[A-Z][a-z0-9]+)+", words[0]):
        print("usage: python -m tests.scaffold PRODUCT.Thing, such as em.Account, or vbr.KmsServer", file=sys.stderr)
        return 2
    for number, (file, what, _, start) in enumerate(listed(words[0]), 1):
        print(f"{number}. {file}: {what}\n")
        for line in start.splitlines():
            print(f"    {line}".rstrip())
        if start:
            print()
    print("Then `python -m tests.docs.tables --write`, which says what the fields mean wherever that is read, and")
    print("`python -m tests.terraform.golden`, which notes the new part of Terraform's schema.")
    print("Then `make test`: whatever is missing, a test says what to add where.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
