"""Checks that requirements.txt is a complete, hashed lock of pyproject.toml and names no package index."""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    """Print what is wrong; 0 when nothing is."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        wanted += extra
    lock = (ROOT / "requirements.txt").read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock)
    locked = {normal(m[1]): m[2] for e in entries if (m := re.match(r"([A-Za-z0-9_.\[\]-]+)==([^ ;\\]+)", e))}
    locked = {name.partition("[")[0]: version for name, version in locked.items()}
    faults = [
        f"{requirement}: not in requirements.txt; run `make lock`"
        for requirement in wanted
        if normal(re.split(r"[<>=!\[ ;]", requirement)[0]) not in locked
    ]
    faults += [f"{e.split()[0]}: no hash" for e in entries if "==" in e.split("\n")[0] and "--hash=" not in e]
    if re.search(r"^\s*--(?:extra-)?(?:index|find)|https?://", lock, re.MULTILINE):
        faults.append("requirements.txt names an index address; it must not")
    if (ROOT / "uv.lock").exists():
        faults.append("uv.lock records index addresses; remove it")
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
