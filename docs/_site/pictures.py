"""Makes the pictures of docs/pictures: `make pictures`. Nothing in them is drawn by hand.

* who.png: the page that `veeam-pulumi who --html` writes of simulated servers, in Chromium.
* review.png: the comment that `veeam-pulumi review` writes of a recorded preview, in Chromium.
* demo.cast and demo.svg: what `veeam-pulumi demo` prints, as an asciicast and as a picture that plays it.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "docs" / "pictures"
COMMAND = Path(sys.executable).parent / "veeam-pulumi"
COMMENT = ROOT / "tests" / "golden" / "review" / "new-admin.md"
COLUMNS, ROWS, LINE = 96, 26, 17
PAUSES = {"": 0.15, "  $": 1.2, "  ok": 0.9}
"""How a line starts -> for how many seconds it is the last one. The longest start that fits counts."""


def main() -> None:
    """Writes all of them; needs Chromium on PATH."""
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        page = Path(place, "who.html")
        _who(page)
        screenshot(page, OUT / "who.png", 1100, 720)
        comment = Path(place, "review.html")
        comment.write_text(comment_page(COMMENT.read_text(encoding="utf-8")), encoding="utf-8")
        screenshot(comment, OUT / "review.png", 900, 430)
    lines = recorded()
    OUT.joinpath("demo.cast").write_text(cast(lines), encoding="utf-8")
    OUT.joinpath("demo.svg").write_text(svg(lines), encoding="utf-8")
    for file in sorted(OUT.iterdir()):
        print(f"{file.relative_to(ROOT)}  {file.stat().st_size >> 10} KiB")


def _who(page: Path) -> None:
    """The page of servers in whose consoles somebody was busy."""
    from veeam_pulumi.simulator import Simulator

    with Simulator(products=("aws", "azure", "em", "m365", "vbr", "vspc")) as sim:
        for name, role in {
            r"EXAMPLE\ann.lee": "Backup Administrator",
            r"EXAMPLE\jane.doe": "Backup Operator",
            r"EXAMPLE\kim.ito": "Restore Operator",
            r"EXAMPLE\svc-report": "Backup Viewer",
            "admin": "Backup Administrator",
        }.items():
            sim.drift("vbr", "add", name, {"roles": [role]})
        sim.drift("vbr", "add", r"EXAMPLE\Backup Team", {"type": "InternalGroup", "roles": ["Backup Administrator"]})
        sim.drift("aws", "add", "ann.lee", {"description": "by hand"})
        outside = {name: value for name, value in os.environ.items() if not name.startswith(("VEEAM", "PULUMI"))}
        environ = {**outside, **sim.variables(), "NO_PROXY": "127.0.0.1"}
        words = [COMMAND, "who", "--html", page]
        subprocess.run(words, cwd=page.parent, env=environ, check=True, stdout=subprocess.DEVNULL)
        urls = {product: sim.url(product) for product in sim.products}
    # Ports differ from run to run, and say nothing.
    text = page.read_text(encoding="utf-8")
    for product, url in urls.items():
        text = text.replace(url.removeprefix("https://"), f"{product}01.example.com")
    page.write_text(text, encoding="utf-8")


def comment_page(markdown: str) -> str:
    """A comment as GitHub shows it, near enough."""
    import markdown as library

    body = library.markdown(markdown, extensions=["tables", "fenced_code", "sane_lists"])
    style = """
      body { margin: 0; padding: 24px; background: #fff; color: #1f2328; font: 16px/1.5 system-ui, sans-serif; }
      main { border: 1px solid #d1d9e0; border-radius: 6px; }
      header { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; padding: 8px 16px; font-size: 14px; }
      article { padding: 4px 16px 16px; }
      h2 { border-bottom: 1px solid #d1d9e0; padding-bottom: .3em; }
      h3 { margin: 1.2em 0 .4em; } h4 { margin: 1em 0 .3em; }
      code { background: #818b981f; border-radius: 6px; padding: .15em .4em; font: 85% ui-monospace, monospace; }
    """
    head = "<header><b>access-review</b> commented on this pull request</header>"
    return f"<!doctype html><meta charset=utf-8><style>{style}</style><main>{head}<article>{body}</article></main>"


def screenshot(page: Path, out: Path, width: int, height: int) -> None:
    """A picture of a file in Chromium, which is given no network."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        sys.exit("error: there is no chromium on PATH; `make browser` installs it where apt-get may")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_context(offline=True, viewport={"width": width, "height": height}).new_page()
        tab.goto(page.as_uri())
        tab.screenshot(path=out, clip={"x": 0, "y": 0, "width": width, "height": height})
        browser.close()


def recorded() -> list[str]:
    """What the demo prints on the embedded engine, without the properties that `--diff` lists: they fill screens."""
    # Without PATH there is no pulumi, which prints the same story in its own form.
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("VEEAM", "PULUMI"))}
    environ = {**outside, "PATH": str(COMMAND.parent)}
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run([COMMAND, "demo"], cwd=place, env=environ, capture_output=True, text=True, check=True)
    kept = [line.rstrip() for line in done.stdout.splitlines() if not re.match(r"  \|  {6,}(?:[+~-] |[\]}])", line)]
    kept = [re.sub(r"https://127\.0\.0\.1:\d+", "https://127.0.0.1:…", line) for line in kept]
    once = [line for line, before in zip(kept, ["", *kept], strict=False) if line not in ("", "  |") or line != before]
    return ["$ veeam-pulumi demo", *once]


def _times(lines: Sequence[str]) -> list[float]:
    """When each line appears, in seconds; one more for the end."""
    times = [0.5]
    for line in lines:
        start = max((start for start in PAUSES if line.startswith(start)), key=len)
        times.append(round(times[-1] + (1.5 if re.match(r"\d+\. ", line) else PAUSES[start]), 3))
    return times


def cast(lines: Sequence[str]) -> str:
    """An asciicast, version 2: a head, then [seconds, "o", text] for each line."""
    head = {"version": 2, "width": COLUMNS, "height": ROWS, "title": "veeam-pulumi demo"}
    events = [[at, "o", f"{line}\r\n"] for at, line in zip(_times(lines), lines, strict=False)]
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in (head, *events))


def svg(lines: Sequence[str]) -> str:
    """A terminal that plays the lines over and over; without animation it shows the end."""
    times = _times(lines)
    whole = times[-1] + 4
    height = ROWS * LINE + 24
    shift = [max(0, number + 1 - ROWS) * LINE for number in range(len(lines))]
    frames = [
        f"{100 * at / whole:.2f}%{{transform:translateY({-down}px)}}" for at, down in zip(times, shift, strict=False)
    ]
    texts = []
    for number, line in enumerate(lines):
        seen = f"{100 * times[number] / whole:.2f}"
        colour = _colour(line)
        texts.append(
            f'<text y="{number * LINE}" class="{colour}" style="animation-name:l{number}">'
            f"{html.escape(line[:COLUMNS], quote=False)}</text>"
            if number < ROWS
            else f'<text y="{number * LINE}" class="{colour}">{html.escape(line[:COLUMNS], quote=False)}</text>'
        )
        if number < ROWS:
            frames.append(f"}}@keyframes l{number}{{0%{{opacity:0}}{seen}%{{opacity:1}}")
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {COLUMNS * 8 + 24} {height}" role="img">
<title>veeam-pulumi demo: preview, up, drift, refresh, rotation and destroy on simulated servers</title>
<style>
text{{font:13px ui-monospace,Menlo,Consolas,monospace;fill:#d5dbe3;white-space:pre}}
text{{animation:{whole:.1f}s step-end infinite}}
.h{{fill:#fff;font-weight:bold}} .c{{fill:#8b98a9}} .ok{{fill:#5fd38d}}
#all{{animation:scroll {whole:.1f}s step-end infinite;transform:translateY({-shift[-1]}px)}}
@keyframes scroll{{{"".join(frames)}}}
@media (prefers-reduced-motion:reduce){{text,#all{{animation:none}}}}
</style>
<rect width="100%" height="100%" rx="8" fill="#161b22"/>
<svg x="12" y="12" width="{COLUMNS * 8}" height="{ROWS * LINE}"><g transform="translate(0 13)"><g id="all">
{chr(10).join(texts)}
</g></g></svg>
</svg>
"""


def _colour(line: str) -> str:
    if re.match(r"\d+\. |\$ ", line):
        return "h"
    return "c" if line.startswith("  $") else "ok" if line.startswith("  ok") else "t"


if __name__ == "__main__":
    main()
