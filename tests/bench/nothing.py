"""A resource whose provider does nothing: what it costs is the engine. Copied into the project that uses it."""

from __future__ import annotations

from typing import Any

from pulumi import Output
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Idle(ResourceProvider):
    """Takes what it is given for what there is."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("nothing", props)

    def update(self, id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(news)


class Nothing(Resource, module="bench", name="Nothing"):
    """Has the arguments of another resource, the password as a secret."""

    def __init__(self, resource_name: str, **arguments: Any) -> None:
        hidden = {key: Output.secret(value) for key, value in arguments.items() if key == "password"}
        super().__init__(Idle(), resource_name, {**arguments, **hidden})
