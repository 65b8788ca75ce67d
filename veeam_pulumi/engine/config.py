"""Pulumi.yaml and Pulumi.<stack>.yaml: what a project is, and the configuration of a stack."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..pulumi_state import MASKED, contains
from ..pulumi_yaml import load
from .files import check_name, read_text, write_atomically
from .secrets import Crypter
from .values import EngineError, command, parse_path, unsupported, walk

_TYPES: dict[str, Any] = {"integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}


@dataclass(frozen=True)
class Project:
    """What Pulumi.yaml says, as far as this engine needs it."""

    root: Path
    name: str
    main: Path
    config_dir: Path
    backend: str | None
    schema: dict[str, Any]

    @property
    def folder(self) -> Path:
        """Where program and provider run: the folder of `main`."""
        return self.main if self.main.is_dir() else self.main.parent

    @staticmethod
    def load(cwd: Path) -> "Project":
        """The project of a folder, found in it or above it."""
        here = cwd.resolve()
        files = [folder / name for folder in (here, *here.parents) for name in ("Pulumi.yaml", "Pulumi.yml")]
        if (file := next(filter(Path.is_file, files), None)) is None:
            raise EngineError(f"no Pulumi.yaml project file found in {here} or above it; name the folder with --cwd")
        text = read_yaml(file)
        name = text.get("name")
        runtime = text.get("runtime")
        schema = text.get("config") or {}
        runtime = runtime.get("name") if isinstance(runtime, dict) else runtime
        if not isinstance(name, str) or not runtime:
            raise EngineError(f"{file.name} needs a `name` and a `runtime`: {file}")
        check_name(name, "project")
        if runtime != "python":
            raise unsupported(f"runtime {runtime!r} (only python)")
        if not isinstance(schema, dict):
            raise unsupported("`config:` as a folder name in Pulumi.yaml")
        main = (file.parent / str(text.get("main") or ".")).resolve()
        config_dir = file.parent / str(text.get("stackConfigDir") or ".")
        return Project(file.parent, name, main, config_dir, (text.get("backend") or {}).get("url"), schema)


def read_yaml(file: Path) -> dict[str, Any]:
    """A YAML file that holds a mapping; an absent file is an empty one."""
    try:
        content = (load(read_text(file)) if file.exists() else None) or {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise EngineError(f"could not load {file}: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise EngineError(f"{file} must hold a mapping")
    return content


class Config:
    """The configuration of one stack: values as the program gets them, and the crypter that the stack's secrets use."""

    def __init__(self, project: Project, stack: str, phrase: str):
        """Reads Pulumi.<stack>.yaml. A wrong passphrase is found here, before anything is done."""
        self.project = project
        self.stack = check_name(stack, "stack")
        self.file = project.config_dir / f"Pulumi.{stack}.yaml"
        self.text = read_yaml(self.file)
        for key, fine in {"environment": (), "encryptedkey": (), "secretsprovider": ("passphrase", "default")}.items():
            if (value := self.text.get(key)) and value not in fine:
                raise unsupported(f"`{key}: {value}` in {self.file.name}")
        self._made = Crypter(phrase, self.text["encryptionsalt"]) if "encryptionsalt" in self.text else None
        self._phrase = phrase

    @property
    def crypter(self) -> Crypter:
        """What the stack's secrets use. A missing `encryptionsalt` is made and written when it is first needed."""
        if self._made is None:
            self._made = Crypter(self._phrase)
            self.text["encryptionsalt"] = self._made.salt
            self.write()
        return self._made

    def values(self) -> tuple[dict[str, str], list[str]]:
        """Every value as the text that a program gets, and the keys that are secret (one inside makes all of it so)."""
        return self._values(self._decrypted)

    def masked(self) -> dict[str, str]:
        """Every value as a program gets it, but with secrets masked, wherever they are in a structure."""
        return self._values(lambda _: MASKED)[0]

    def _decrypted(self, text: str) -> str:
        return self.crypter.decrypt(text)  # asked for only where there is a secret: it makes a salt

    def _values(self, opened: Callable[[str], str]) -> tuple[dict[str, str], list[str]]:
        stored = {self.full(key): value for key, value in (self.text.get("config") or {}).items()}
        secrets = sorted(key for key, value in stored.items() if contains(value, sealed))
        found = {
            key: _as_text(walk(value, lambda part: opened(part["secure"]) if sealed(part) else part))
            for key, value in stored.items()
        }
        for key, entry in self.project.schema.items():
            self._apply_schema(key, entry if isinstance(entry, dict) else {"value": entry}, found, secrets)
        return dict(sorted(found.items())), secrets

    def shown(self, show_secrets: bool = False) -> dict[str, dict[str, Any]]:
        """What `pulumi config --json` prints: a secret without `value` unless it is to be shown."""
        values, secrets = self.values()
        return {
            key: ({"value": value} if show_secrets or key not in secrets else {}) | {"secret": key in secrets}
            for key, value in values.items()
        }

    def secrets(self) -> list[str]:
        """Every secret of the file in plain, wherever it is in a structure."""
        found = list[str]()

        def look(part: Any) -> bool:
            if sealed(part):
                found.append(self.crypter.decrypt(part["secure"]))
            return False

        contains(self.text.get("config"), look)
        return found

    def full(self, key: str) -> str:
        """Keys without a namespace belong to the project."""
        return key if ":" in key else f"{self.project.name}:{key}"

    def write(self) -> None:
        """Writes the file back (comments in it are lost)."""
        write_atomically(self.file, yaml.safe_dump(self.text, sort_keys=False, allow_unicode=True), mode=None)

    def get(self, key: str, path: bool = False) -> str | None:
        """One value in plain text; with `path` the key may lead into a structure (`ns:key.inner[0]`)."""
        (first, *steps) = self._steps(key, path)
        values = self.values()[0]
        value: Any = values.get(first)
        try:
            for number, step in enumerate(steps):
                value = (json.loads(value) if number == 0 else value)[step]
        except (ValueError, TypeError, LookupError):
            return None
        return None if value is None else _as_text(value)

    def set(self, key: str, value: str, *, secret: bool = False, path: bool = False) -> None:
        """Sets one value and writes the file. In a structure (`path`) whole numbers and booleans keep their type."""
        stored: Any = {"secure": self.crypter.encrypt(value)} if secret else _typed(value) if path else value
        steps = self._steps(key, path)
        box = self.text.get("config")
        if not isinstance(box, dict):
            box = self.text["config"] = {}
        for step, following in zip(steps, [*steps[1:], None], strict=True):
            if isinstance(box, list) and isinstance(step, int) and step <= len(box):
                box += [None] * (step == len(box))
            elif not isinstance(box, dict) or sealed(box) or isinstance(step, int):
                raise EngineError(f"cannot set {key!r}: {step!r} does not lead into a structure")
            if following is None:
                box[step] = stored
            else:
                inside = box.get(step) if isinstance(box, dict) else box[step]
                box[step] = inside if inside is not None else [] if isinstance(following, int) else {}
                box = box[step]
        self.write()

    def remove(self, key: str, path: bool = False) -> None:
        """Removes one value and writes the file; what is not there is removed already, as for Pulumi."""
        *outer, last = self._steps(key, path)
        boxes = [self.text.get("config")]
        for step in outer:
            box = boxes[-1]
            if not ((isinstance(box, dict) and step in box) or (isinstance(box, list) and step in range(len(box)))):
                return
            boxes.append(box[step])
        for box, step in zip(reversed(boxes), (last, *reversed(outer)), strict=True):
            if sealed(box):
                raise EngineError(f"cannot remove {key!r}: a secret is in its way")
            if isinstance(box, dict):
                box.pop(step, None)
            elif isinstance(box, list) and step in range(len(box)):
                del box[step]
            if box:  # what is empty now goes too
                break
        self.write()

    def _steps(self, key: str, path: bool) -> list[Any]:
        namespace, _, name = self.full(key).partition(":")
        steps: list[Any] = parse_path(name) if path else [name]
        return [f"{namespace}:{steps[0]}", *steps[1:]]

    def _apply_schema(self, key: str, entry: dict[str, Any], found: dict[str, str], secrets: list[str]) -> None:
        full = self.full(key)
        kind = entry.get("type")
        given = entry.get("value", entry.get("default"))
        wrong = f"validating stack config: Stack '{self.stack}' "
        if kind and not full.startswith(self.project.name + ":"):
            raise EngineError(f"Pulumi.yaml: {key} is not namespaced by the project and should not define a type")
        if full not in found and given is None:
            how = command(f"config set {key} …", self.stack)
            raise EngineError(f"{wrong}is missing configuration value '{key}'; set it with {how}")
        text = found.setdefault(full, _as_text(given))
        if kind and not _fits(text, kind):
            raise EngineError(f"{wrong}with configuration key '{key}' must be of type '{kind}'")
        if entry.get("secret") and full not in secrets:
            raise EngineError(f"{wrong}with configuration key '{key}' must be encrypted as it's secret")


def sealed(value: Any) -> bool:
    """Whether a value of a stack's file is an encrypted one."""
    return isinstance(value, dict) and set(value) == {"secure"}


def _typed(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"0|-?[1-9]\d*", text) else text


def _as_text(value: Any) -> str:
    """A configuration value as programs and providers get it: text, structures as compact JSON."""
    if isinstance(value, str) or value is None:
        return value or ""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def _fits(text: str, kind: str) -> bool:
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    return kind == "string" or (
        isinstance(value, _TYPES.get(kind, ())) and isinstance(value, bool) == (kind == "boolean")
    )
