"""Pulumi.yaml and Pulumi.<stack>.yaml: what a project is, and the configuration of a stack."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from veeam_pulumi.engine.secrets import Crypter
from veeam_pulumi.engine.values import EngineError, unsupported


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
        file = next(
            (
                found
                for folder in (here, *here.parents)
                for found in (folder / "Pulumi.yaml", folder / "Pulumi.yml")
                if found.is_file()
            ),
            None,
        )
        if file is None:
            raise EngineError(f"no Pulumi.yaml project file found in {here} or above it; name the folder with --cwd")
        text = read_yaml(file)
        runtime = text.get("runtime")
        runtime = runtime.get("name") if isinstance(runtime, dict) else runtime
        if not isinstance(text.get("name"), str) or not runtime:
            raise EngineError(f"{file.name} needs a `name` and a `runtime`: {file}")
        if runtime != "python":
            raise unsupported(f"runtime {runtime!r} (only python)")
        schema = text.get("config") or {}
        if not isinstance(schema, dict):
            raise unsupported("`config:` as a folder name in Pulumi.yaml")
        return Project(
            file.parent,
            text["name"],
            (file.parent / str(text.get("main") or ".")).resolve(),
            file.parent / str(text.get("stackConfigDir") or "."),
            (text.get("backend") or {}).get("url"),
            schema,
        )


def read_yaml(file: Path) -> dict[str, Any]:
    """A YAML file that holds a mapping; an absent file is an empty one."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
    except (yaml.YAMLError, OSError) as problem:
        raise EngineError(f"could not load {file}: {' '.join(str(problem).split())}") from None
    if not isinstance(content or {}, dict):
        raise EngineError(f"{file} must hold a mapping")
    return content or {}


class Config:
    """The configuration of one stack: values as the program gets them, and the crypter that the stack's secrets use."""

    def __init__(self, project: Project, stack: str, phrase: str):
        """Reads Pulumi.<stack>.yaml. A missing `encryptionsalt` is made and written at once, as Pulumi does it."""
        self.project, self.stack = project, stack
        self.file = project.config_dir / f"Pulumi.{stack}.yaml"
        self.text = read_yaml(self.file)
        for key in ("environment", "encryptedkey"):
            if self.text.get(key):
                raise unsupported(f"`{key}:` in {self.file.name}")
        if self.text.get("secretsprovider") not in (None, "passphrase", "default"):
            raise unsupported(f"secrets provider {self.text['secretsprovider']!r} (only passphrase)")
        self.crypter = Crypter(phrase, self.text.get("encryptionsalt"))
        if "encryptionsalt" not in self.text:
            self.text["encryptionsalt"] = self.crypter.salt
            self.write()

    def values(self) -> tuple[dict[str, str], list[str]]:
        """Every value as the text that a program gets, and the keys that are secret (one inside makes all of it so)."""
        found, secrets = {}, []
        for key, value in (self.text.get("config") or {}).items():
            opened, hidden = self._opened(value)
            found[self.full(key)] = as_text(opened)
            secrets += [self.full(key)] * hidden
        for key, entry in self.project.schema.items():
            self._apply_schema(key, entry, found, secrets)
        return dict(sorted(found.items())), sorted(secrets)

    def full(self, key: str) -> str:
        """Keys without a namespace belong to the project."""
        return key if ":" in key else f"{self.project.name}:{key}"

    def write(self) -> None:
        """Writes the file back (comments in it are lost)."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(yaml.safe_dump(self.text, sort_keys=False, allow_unicode=True), encoding="utf-8")

    def _opened(self, value: Any) -> tuple[Any, bool]:
        if isinstance(value, dict):
            if set(value) == {"secure"}:
                return self.crypter.decrypt(str(value["secure"])), True
            pairs = {str(key): self._opened(item) for key, item in value.items()}
            return {key: pair[0] for key, pair in pairs.items()}, any(pair[1] for pair in pairs.values())
        if isinstance(value, list):
            items = [self._opened(item) for item in value]
            return [item[0] for item in items], any(item[1] for item in items)
        return value, False

    def _apply_schema(self, key: str, entry: Any, found: dict[str, str], secrets: list[str]) -> None:
        entry = entry if isinstance(entry, dict) else {"value": entry}
        full, kind = self.full(key), entry.get("type")
        wrong = f"validating stack config: Stack '{self.stack}' "
        if kind and not full.startswith(self.project.name + ":"):
            raise EngineError(f"Pulumi.yaml: {key} is not namespaced by the project and should not define a type")
        if full not in found:
            given = entry.get("value", entry.get("default"))
            if given is None:
                raise EngineError(f"{wrong}is missing configuration value '{key}'; set it with `config set {key} …`")
            found[full] = as_text(given)
        if kind and not _fits(found[full], kind):
            raise EngineError(f"{wrong}with configuration key '{key}' must be of type '{kind}'")
        if entry.get("secret") and full not in secrets:
            raise EngineError(f"{wrong}with configuration key '{key}' must be encrypted as it's secret")


def as_text(value: Any) -> str:
    """A configuration value as programs and providers get it: text, structures as compact JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def _fits(text: str, kind: str) -> bool:
    if kind == "string":
        return True
    try:
        value = json.loads(text)
    except ValueError:
        return False
    types: dict[str, tuple[type, ...]] = {
        "integer": (int,),
        "number": (int, float),
        "boolean": (bool,),
        "array": (list,),
        "object": (dict,),
    }
    return isinstance(value, types.get(kind, ())) and (kind == "boolean" or not isinstance(value, bool))
