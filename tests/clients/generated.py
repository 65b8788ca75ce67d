"""Calls operations of a client that was generated from a contract (veeam-br, veeam-spc), in that client's environment.

Reads from standard input what to call and where; prints one JSON line an operation: which, and "ok" or what was wrong.
An operation is right where the client takes the answer: a status of its contract, a body that its models can hold.
"""

from __future__ import annotations

import contextlib
import enum
import importlib
import json
import re
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    told = json.load(sys.stdin)
    package = importlib.import_module(f"{told['package']}.{told['version']}")
    modules = _modules(Path(str(package.__file__)).parent / "api", f"{package.__name__}.api")
    client: Any = importlib.import_module(f"{package.__name__}.client")
    bodies: list[bytes] = []
    hooks = {"response": [lambda response: bodies.append(response.read())]}
    shared = {"base_url": told["url"], "verify_ssl": told["ca_file"], "raise_on_unexpected_status": True}
    shared["httpx_args"] = {"event_hooks": hooks}
    open_client = client.Client(**shared)
    saved: dict[str, Any] = dict(told["names"])
    token, seen = "", set()
    for step in told["steps"]:
        key = step["op"]
        if key not in modules:
            continue  # another version has it
        seen.add(key)
        using = client.AuthenticatedClient(**shared, token=token) if token else open_client
        bodies.clear()
        try:
            _call(modules[key], using, step, saved, told["headers"])
            outcome = "ok"
        except Exception as error:  # whatever the client says is the finding
            outcome = f"{type(error).__name__}: {error}"[:300]
        with contextlib.suppress(ValueError, LookupError, TypeError):  # also of an answer that the client cannot take
            answer = json.loads(bodies[-1])
            token = answer.get("access_token") or token if isinstance(answer, dict) else token
            for name, path in step.get("save", {}).items():
                saved[name] = _at(answer, path)
        print(json.dumps({"op": key, "outcome": outcome}))
    for key in sorted(set(map(tuple, told["covered"])) & {tuple(one.split(" ")) for one in modules}):
        if " ".join(key) not in seen:
            print(json.dumps({"op": " ".join(key), "outcome": "no step calls it"}))


def _modules(folder: Path, package: str) -> dict[str, str]:
    """Every operation by method and path, parameters as `{}` -> its module."""
    found = {}
    for file in sorted(folder.glob("*/*.py")):
        text = file.read_text(encoding="utf-8")
        method, url = re.search(r'"method": "(\w+)"', text), re.search(r'"url": f?"([^"]+)"', text)
        if method and url:
            found[f"{method[1].upper()} {re.sub('{[^}]+}', '{}', url[1])}"] = (
                f"{package}.{file.parent.name}.{file.stem}"
            )
    return found


def _call(name: str, client: Any, step: dict[str, Any], saved: dict[str, Any], headers: dict[str, str]) -> None:
    module = importlib.import_module(name)
    text = Path(str(module.__file__)).read_text(encoding="utf-8")
    url = re.search(r'"url": f?"([^"]+)"', text)
    given: dict[str, Any] = dict(
        zip(re.findall("{([^}]+)}", url[1] if url else ""), _filled(step.get("path", []), saved), strict=False)
    )
    accepts = module.sync_detailed.__annotations__
    given |= {name: value for name, value in headers.items() if name in accepts}
    query = {key: value for key, value in _filled(step.get("query", {}), saved).items() if key in accepts}
    given |= {key: _typed(module, accepts[key], value) for key, value in query.items()}  # an older contract has fewer
    if "body" in step and "body" in accepts:  # in some contracts an operation has none
        given["body"] = _typed(module, accepts["body"], _filled(step["body"], saved))
    answer = module.sync_detailed(client=client, **given)
    if answer.status_code >= 300:
        raise AssertionError(f"answered with {int(answer.status_code)}: {answer.content[:200]!r}")
    if answer.content and answer.parsed is None:
        raise AssertionError(f"{int(answer.status_code)} with a body that the contract does not have")


def _typed(module: Any, wanted: Any, value: Any) -> Any:
    """A value as the model, the enumeration or the list of them that a parameter is annotated with."""
    if isinstance(wanted, str):
        wanted = getattr(module, wanted)
    arguments = [one for one in getattr(wanted, "__args__", ()) if getattr(one, "__name__", "") != "Unset"]
    if isinstance(value, list):
        return [_typed(module, arguments[0] if arguments else str, one) for one in value]
    for one in arguments or [wanted]:
        if hasattr(one, "from_dict"):
            return one.from_dict(value)
        if isinstance(one, type) and issubclass(one, enum.Enum):
            return one(value)
    return value


def _filled(value: Any, saved: dict[str, Any]) -> Any:
    if isinstance(value, str):
        return saved[value[1:]] if value.startswith("$") else value
    if isinstance(value, dict):
        return {key: _filled(inner, saved) for key, inner in value.items()}
    return [_filled(inner, saved) for inner in value] if isinstance(value, list) else value


def _at(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value[int(part)] if part.isdigit() else value[part]
    return value


if __name__ == "__main__":
    main()
