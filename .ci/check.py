"""What `make test` runs, in order:

1. lint:      ruff format and ruff check over the notebooks, ruff check over headattr/
2. export:    nbdev_export from the notebooks, into an empty folder, gives exactly headattr/
3. notebooks: nbdev_clean would change nothing, the kernel is named with its language, no stored
              error, no two notebooks export one module
4. nbdev_test on every notebook, each in a process of its own, --workers at a time

The notebooks of nbs/appendix/ take too long to be tests: they are checked in 1 to 3 and left out
of 4 (the folder holds a file `.notest`), and say so themselves (`- skip_exec: true` under the
title), so that a plain `nbdev_test` leaves them out too. The last line counts the notebooks of 4:
"N passed, N failed".
"""

import argparse
import filecmp
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NBS, LIB = ROOT / "nbs", ROOT / "headattr"
BIN = Path(sys.executable).parent
# two notebooks on two cores: one thread each; a test must not depend on the machine's settings
ENV = dict(os.environ, OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
ENV |= dict(MPLBACKEND="agg", GITHUB_TOKEN="none")
ENV.pop("IN_TEST", None)


@dataclass
class Result:
    "How one command ended"

    code: int
    output: str
    seconds: float


def run(cmd: list, cwd: Path, timeout: int | None = None) -> Result:
    "One command of this environment"
    start = time.time()
    quiet = dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = dict(text=True, errors="replace")
    argv = [BIN / cmd[0], *map(str, cmd[1:])]
    try:
        r = subprocess.run(argv, cwd=cwd, env=ENV, timeout=timeout, **quiet, **text)
        return Result(r.returncode, r.stdout, time.time() - start)
    except subprocess.TimeoutExpired as e:
        out = e.stdout or b""
        out = out.decode(errors="replace") if isinstance(out, bytes) else out
        return Result(124, f"{out}\nstopped after {timeout} s", time.time() - start)


def notebooks() -> list[Path]:
    "Every notebook of the project, in the order of the book: chapters, then the other folders"
    found = [f for f in NBS.rglob("*.ipynb") if ".ipynb_checkpoints" not in f.parts]
    return sorted(found, key=lambda f: (len(f.relative_to(NBS).parts), f))


def is_tested(notebook: Path) -> bool:
    "Not in a folder that says `.notest`"
    return not (notebook.parent / ".notest").exists()


def copy_sources(tmp: Path) -> Path:
    "The sources, without headattr/, in a folder of their own: the working tree is not changed"
    for f in ("settings.ini", "setup.py"):
        shutil.copy(ROOT / f, tmp / f)
    for f in notebooks():
        place = tmp / f.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(f, place)
    return tmp


def check_lint(tmp: Path) -> list[str]:
    "What ruff says"
    bad = []
    linted = ["nbs", ".ci", ".site"]
    for cmd in (["format", "--check", *linted], ["check", *linted, "headattr"]):
        r = run(["ruff", *cmd], ROOT)
        if r.code:
            bad.append(f"ruff {' '.join(cmd)}:\n{r.output}")
    return bad


def check_export(tmp: Path) -> list[str]:
    "Modules that differ from what the notebooks export"
    r = run(["nbdev_export"], tmp)
    if r.code:
        return [f"nbdev_export failed:\n{r.output}"]
    made = tmp / "headattr"
    new = {f.relative_to(made) for f in made.rglob("*.py")}
    old = {f.relative_to(LIB) for f in LIB.rglob("*.py")}
    bad = [f"headattr/{f}: no notebook exports it" for f in sorted(old - new)]
    bad += [f"headattr/{f}: missing" for f in sorted(new - old)]
    for f in sorted(old & new):
        if not filecmp.cmp(LIB / f, made / f, shallow=False):
            bad.append(f"headattr/{f}: differs from its notebook")
    return bad + ["run `make export` and look at the difference"] * bool(bad)


def notebook_faults(notebook: Path) -> list[str]:
    "What is wrong with one notebook as it lies there"
    nb, name = json.loads(notebook.read_text(encoding="utf-8")), notebook.relative_to(ROOT)
    bad, spec = [], nb.get("metadata", {}).get("kernelspec", {})
    if not (spec.get("name") and spec.get("language")):
        bad.append(f"{name}: the kernelspec needs name and language")
    prose = ["".join(c["source"]) for c in nb["cells"] if c["cell_type"] == "markdown"]
    if not is_tested(notebook) and not any("- skip_exec: true" in p.splitlines() for p in prose):
        bad.append(f"{name}: is no test; add the line `- skip_exec: true` under its title")
    for i, cell in enumerate(nb["cells"]):
        if any(o.get("output_type") == "error" for o in cell.get("outputs", [])):
            bad.append(f"{name}: cell {i} stores an error")
    return bad


def exported_module(notebook: Path) -> str | None:
    "The module that a notebook exports"
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    found = re.search(r"^#\|\s*default_exp\s+(\S+)", text, re.M)
    return found and found[1]


def check_notebooks(tmp: Path) -> list[str]:
    "Notebooks that are not as they should be committed"
    r = run(["nbdev_clean"], tmp)
    if r.code:
        return [f"nbdev_clean failed:\n{r.output}"]
    bad = []
    for f in notebooks():
        bad += notebook_faults(f)
        clean = json.loads((tmp / f.relative_to(ROOT)).read_text(encoding="utf-8"))
        if clean != json.loads(f.read_text(encoding="utf-8")):
            bad.append(f"{f.relative_to(ROOT)}: not clean; run `make clean`")
    modules = Counter(m for f in notebooks() if (m := exported_module(f)))
    bad += [f"{m}: exported by {n} notebooks" for m, n in modules.items() if n > 1]
    return bad


CHECKS = dict(lint=check_lint, export=check_export, notebooks=check_notebooks)


def run_checks() -> bool:
    "Run and report 1 to 3"
    ok = True
    for title, check in CHECKS.items():
        with tempfile.TemporaryDirectory() as tmp:
            bad = check(copy_sources(Path(tmp)))
        print(f"{title}: {'FAILED' if bad else 'ok'}", *bad, sep="\n  ", flush=True)
        ok = ok and not bad
    return ok


def run_tests(files: list[Path], workers: int, timeout: int) -> list[str]:
    "Run and report 4; the notebooks that failed"
    failed = []

    def test(f: Path):
        return f.relative_to(NBS), run(["nbdev_test", "--path", f, "--n_workers", 0], ROOT, timeout)

    with ThreadPoolExecutor(max(1, workers)) as pool:
        for name, r in pool.map(test, files):
            # nbdev_test says "Success." only after it has run the notebook
            good = r.code == 0 and "Success." in r.output
            said = "ok" if good else "FAILED"
            print(f"nbdev_test {name}: {said} ({r.seconds:.0f} s)", flush=True)
            if not good:
                failed.append(str(name))
                print(r.output, flush=True)
    return failed


def main() -> int:
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--workers", type=int, default=2, help="notebooks tested at a time")
    p.add_argument("--timeout", type=int, default=900, help="seconds one notebook may take")
    p.add_argument("--only-lint", action="store_true", help="checks 1 to 3, no tests")
    args = p.parse_args()
    start, ok = time.time(), run_checks()
    if args.only_lint:
        return 0 if ok else 1
    every = notebooks()
    files = [f for f in every if is_tested(f)]
    failed = run_tests(files, args.workers, args.timeout)
    print(f"{len(every)} notebooks, {len(every) - len(files)} of them in folders that are no tests")
    said = "passed" if ok else "FAILED"
    names = f"; failed: {', '.join(failed)}" if failed else ""
    minutes = (time.time() - start) / 60
    print(f"{minutes:.1f} minutes; lint, export and notebook checks {said}{names}")
    print(f"{len(files) - len(failed)} passed, {len(failed)} failed", flush=True)
    return 0 if ok and files and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
