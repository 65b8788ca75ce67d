"""`doctor --probe` and `--replay` as a whole: what is asked, kept and printed -> the exit code."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ..doctor.checks import wanted
from ..errors import SettingsError
from ..products import sessions
from ..server.connections import Connections
from . import folder, objects
from .ask import probe
from .counting import MOST_REQUESTS
from .objects import Plan

Say = Callable[[str], None]


def plans(
    known: Connections, names: Sequence[str], stack: str | None, given: Sequence[str], say: Say
) -> dict[str, Plan]:
    """What `--write` will do on each connection, said before it is done. `given`: `CONNECTION=WHAT` of --with.

    Raises SettingsError; sends nothing.
    """
    named = dict(one.partition("=")[::2] for one in given)
    asked = wanted(known, names, stack)
    if strange := sorted(named.keys() - set(asked)):
        raise SettingsError(f"--with names {strange[0]!r}, which is not probed", f"probed are {', '.join(asked)}")
    found = {name: objects.plan(name, known.get(name).settings.product, named.get(name, "")) for name in asked}
    say("--write makes one object on each server and removes it again; what is there is not touched:")
    for name, plan in found.items():
        say(f"  {name} ({known.server(name, plan.product)}): {plan.says}")
    return found


def probed(
    known: Connections,
    names: Sequence[str],
    stack: str | None,
    out: Path,
    say: Say,
    writes: Mapping[str, Plan] | None = None,
) -> int:
    """Probes the connections -> 1 where an assumption is wrong that could delete, duplicate or lock out, a server could
    not be asked, or something was left on one. `writes`: what to make, by connection."""
    if out.exists() and any(out.iterdir()):
        raise SettingsError(f"the folder {out} is not empty", "name a new one: nothing is overwritten")
    asked = wanted(known, names, stack)
    what = f"at most {MOST_REQUESTS} requests a server"
    what = f"{what}, as many for the object, more to look for it" if writes else f"reads only, {what}"
    say(f"{what}: {', '.join(asked)}")
    wrong = False
    with _ending_as_by_hand():
        for name in asked:
            found = probe(known, sessions(), name, (writes or {}).get(name))
            at = folder.write(found, out)
            say(f"\n{folder.summary(found)}\nkept in {at}")
            wrong |= bool(found.error or found.left) or any(one.is_dangerous for one in found.answers)
            if found.error == KeyboardInterrupt.__name__:
                break
    return int(wrong)


@contextlib.contextmanager
def _ending_as_by_hand() -> Iterator[None]:
    """SIGTERM ends as Ctrl-C does: what was made is removed first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def replayed(kept: Path, say: Say) -> int:
    """Compares a kept probe with the simulator -> 1 where it answers otherwise."""
    from .replay import differences  # the simulator is an extra

    found = differences(folder.read(kept))
    for line in found:
        say(line)
    say(f"{len(found)} differences" if found else "the simulator answers the same")
    return int(bool(found))
