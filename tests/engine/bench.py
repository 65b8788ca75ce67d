"""How long the engine takes for 100 and for 1,000 resources of a provider that does nothing.

State that is written again for every step would make a thousand cost a hundred times a hundred; twenty times is the
limit, and the exit status says whether it was kept. Seconds depend on the machine, the ratios hardly do."""

import io
import sys
import tempfile
import time
from pathlib import Path

from veeam_pulumi.engine import Engine

LIMIT = 20
OWN = """
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult
class Provider(ResourceProvider):
    serialize_as_secret_always = False
    def diff(self, id, olds, news): return DiffResult(olds.get("n") != news.get("n"), [])
    def create(self, props): return CreateResult(str(props["n"]), dict(props))
    def update(self, id, olds, news): return UpdateResult(dict(news))
    def read(self, id, props): return ReadResult(id, dict(props), dict(props))
class Thing(Resource, module="own", name="Thing"):
    def __init__(self, name, n): super().__init__(Provider(), name, {"n": n})
"""
STEPS = {
    "create": ("up", 0),
    "same": ("up", 0),
    "update": ("up", 1),
    "refresh": ("refresh", 1),
    "delete": ("destroy", 1),
}


def measure(size: int) -> dict[str, float]:
    """Seconds for each kind of step, the start of program and provider included."""
    took = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        (folder / "own.py").write_text(OWN)
        environ = {"PULUMI_CONFIG_PASSPHRASE": "bench", "PULUMI_BACKEND_URL": f"file://{folder}/state"}
        Engine(folder, "dev", environ=environ).init()
        for step, (operation, add) in STEPS.items():
            program = f"from own import Thing\nfor i in range({size}):\n    Thing(f't{{i}}', i + {add * size})\n"
            (folder / "__main__.py").write_text(program)
            engine, begun = Engine(folder, "dev", environ=environ, out=io.StringIO()), time.monotonic()
            result = getattr(engine, operation)()
            took[step] = time.monotonic() - begun
            if result.exit_code:
                sys.exit(f"{step}: {result.error}")
    return took


def main() -> int:
    few, many = measure(100), measure(1000)
    print(f"{'':8} {'100':>8} {'1,000':>8} {'ratio':>6}")
    for step in STEPS:
        print(f"{step:8} {few[step]:7.2f}s {many[step]:7.2f}s {many[step] / few[step]:6.1f}")
    return int(any(many[step] > LIMIT * few[step] for step in STEPS))


if __name__ == "__main__":
    sys.exit(main())
