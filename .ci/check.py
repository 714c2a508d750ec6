"""What `make test` runs, in order:

1. export:    nbdev_export from the notebooks, into an empty folder, gives exactly headattr/
2. notebooks: nbdev_clean would change nothing, the kernel is named with its language, no stored error
3. nbdev_test on every notebook, each in a process of its own, --workers at a time

Appendix and benchmark notebooks (appendix_*, bench_*) take too long to be tests: they are checked in
1 and 2 and left out of 3, and say so themselves (`- skip_exec: true` under the title), so that a plain
`nbdev_test` leaves them out too. The last line counts the notebooks of 3: "N passed, N failed".
"""

import argparse, filecmp, json, os, re, shutil, subprocess, sys, tempfile, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NBS, LIB = ROOT / "nbs", ROOT / "headattr"
BIN = Path(sys.executable).parent
NOT_A_TEST = re.compile(r"^([_.]|appendix_|bench_)")
# two notebooks on two cores: one thread each. And what a test does must not depend on the machine's settings.
ENV = dict(
    os.environ,
    OMP_NUM_THREADS="1",
    MKL_NUM_THREADS="1",
    TOKENIZERS_PARALLELISM="false",
    MPLBACKEND="agg",
)
ENV.pop("IN_TEST", None)


def run(cmd, cwd, timeout=None):
    "(return code, output, seconds) of one nbdev command of this environment"
    t = time.time()
    try:
        r = subprocess.run(
            [BIN / cmd[0], *map(str, cmd[1:])],
            cwd=cwd,
            env=ENV,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        return r.returncode, r.stdout, time.time() - t
    except subprocess.TimeoutExpired as e:
        out = e.stdout or b""
        return (
            124,
            (out.decode(errors="replace") if isinstance(out, bytes) else out)
            + f"\nstopped after {timeout} s",
            time.time() - t,
        )


def copied(tmp):
    "The project's sources, without headattr/, in a folder of their own: nothing here changes the working tree"
    for f in ("settings.ini", "setup.py"):
        shutil.copy(ROOT / f, tmp / f)
    (tmp / "nbs").mkdir()
    for f in NBS.glob("*.ipynb"):
        shutil.copy(f, tmp / "nbs" / f.name)
    return tmp


def check_export(tmp):
    "Messages about modules that differ from what the notebooks export"
    code, out, _ = run(["nbdev_export"], tmp)
    if code:
        return [f"nbdev_export failed:\n{out}"]
    new = {f.relative_to(tmp / "headattr") for f in (tmp / "headattr").rglob("*.py")}
    old = {f.relative_to(LIB) for f in LIB.rglob("*.py")}
    bad = [f"headattr/{f}: no notebook exports it" for f in sorted(old - new)]
    bad += [f"headattr/{f}: missing" for f in sorted(new - old)]
    bad += [
        f"headattr/{f}: differs from its notebook"
        for f in sorted(old & new)
        if not filecmp.cmp(LIB / f, tmp / "headattr" / f, shallow=False)
    ]
    return bad + ["run `make export` and look at the difference"] * bool(bad)


def check_notebooks(tmp):
    "Messages about notebooks that are not as they should be committed"
    before = {
        f.name: json.loads(f.read_text(encoding="utf-8")) for f in sorted(NBS.glob("*.ipynb"))
    }
    code, out, _ = run(["nbdev_clean"], tmp)
    if code:
        return [f"nbdev_clean failed:\n{out}"]
    bad = []
    for name, nb in before.items():
        spec = nb.get("metadata", {}).get("kernelspec", {})
        if not (spec.get("name") and spec.get("language")):
            bad.append(f"nbs/{name}: the kernelspec needs name and language")
        if NOT_A_TEST.match(name) and not any(
            "- skip_exec: true" in "".join(c["source"]).splitlines()
            for c in nb["cells"]
            if c["cell_type"] == "markdown"
        ):
            bad.append(
                f"nbs/{name}: takes too long for a test; add the line `- skip_exec: true` under its title"
            )
        for i, cell in enumerate(nb["cells"]):
            if any(o.get("output_type") == "error" for o in cell.get("outputs", [])):
                bad.append(f"nbs/{name}: cell {i} stores an error")
        if json.loads((tmp / "nbs" / name).read_text(encoding="utf-8")) != nb:
            bad.append(f"nbs/{name}: not clean; run `make clean`")
    return bad


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--workers", type=int, default=2, help="notebooks tested at a time")
    p.add_argument("--timeout", type=int, default=900, help="seconds one notebook may take")
    args = p.parse_args()
    t, ok = time.time(), True
    for title, check in (("export", check_export), ("notebooks", check_notebooks)):
        with tempfile.TemporaryDirectory() as tmp:
            bad = check(copied(Path(tmp)))
        print(f"{title}: {'ok' if not bad else 'FAILED'}", *bad, sep="\n  ", flush=True)
        ok = ok and not bad

    files = [f for f in sorted(NBS.glob("*.ipynb")) if not NOT_A_TEST.match(f.name)]
    failed = []

    def test(f):
        return f, *run(["nbdev_test", "--path", f, "--n_workers", "0"], ROOT, args.timeout)

    with ThreadPoolExecutor(max(1, args.workers)) as pool:
        for f, code, out, secs in pool.map(test, files):
            # nbdev_test says "Success." only after it has run the notebook
            good = code == 0 and "Success." in out
            print(f"nbdev_test {f.name}: {'ok' if good else 'FAILED'} ({secs:.0f} s)", flush=True)
            if not good:
                failed.append(f.name)
                print(out, flush=True)
    print(
        f"{(time.time() - t) / 60:.1f} minutes; export and notebook checks {'passed' if ok else 'FAILED'}"
        + (f"; failed: {', '.join(failed)}" if failed else "")
    )
    print(f"{len(files) - len(failed)} passed, {len(failed)} failed", flush=True)
    sys.exit(0 if ok and files and not failed else 1)


if __name__ == "__main__":
    main()
