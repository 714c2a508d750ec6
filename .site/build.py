"""`make site`: the notebooks as they are stored, and a page for each module, as static pages.

Nothing is executed and nothing is fetched: outputs are those stored in the notebooks, figures
those in figures/. The pages lie in _site/ and can be opened from there or put on any web server.
"""

import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

from sphinx.cmd.build import build_main

ROOT = Path(__file__).resolve().parent.parent
NBS, LIB = ROOT / "nbs", ROOT / "headattr"
PARTS = {  # folder of nbs/ -> (title, what it is)
    "engine": ("The machine room", "What every chapter may use, below the book."),
    "tools": ("The workshop", "What runs the book: the runner, the page, long runs."),
    "checks": ("Checks", "What must never break. Tests only."),
    "appendix": ("Appendix", "How the pictures and the weights were made; the benchmark."),
}


def title_of(notebook: Path) -> str:
    "The first heading of a notebook"
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        for line in "".join(cell["source"]).splitlines():
            if cell["cell_type"] == "markdown" and line.startswith("# "):
                return line[2:].strip()
    return notebook.stem


def toctree(entries: list[str], **options) -> str:
    "A table of contents in MyST"
    settings = "\n".join(f":{k}: {v}" for k, v in options.items())
    return f"```{{toctree}}\n{settings}\n\n" + "\n".join(entries) + "\n```\n"


def write_part(source: Path, folder: str):
    "The first page of one folder of notebooks"
    title, what = PARTS[folder]
    names = [f"{f.stem}" for f in sorted((source / folder).glob("*.ipynb"))]
    text = f"# {title}\n\n{what}\n\n" + toctree(names, maxdepth=1)
    (source / folder / "contents.md").write_text(text, encoding="utf-8")


def module_names() -> list[str]:
    "Dotted names of all modules of the library"
    files = [f for f in sorted(LIB.rglob("*.py")) if not f.name.startswith("_")]
    return [".".join(f.relative_to(ROOT).with_suffix("").parts) for f in files]


def write_api(source: Path):
    "A page for each module, and their contents"
    folder = source / "api"
    folder.mkdir()
    names = module_names()
    for name in names:
        directive = f"```{{eval-rst}}\n.. automodule:: {name}\n   :members:\n```\n"
        (folder / f"{name}.md").write_text(f"# {name}\n\n{directive}", encoding="utf-8")
    text = "# Modules\n\nEvery public name, with what it takes and gives.\n\n"
    (folder / "contents.md").write_text(text + toctree(names, maxdepth=1), encoding="utf-8")


def write_front(source: Path):
    "Contents of the whole book; its first page is nbs/index.ipynb"
    chapters = [f.stem for f in sorted(source.glob("[0-9]*.ipynb"))]
    parts = [f"{folder}/contents" for folder in PARTS] + ["api/contents"]
    text = "# headattr\n\n" + toctree(["index", *chapters], caption="The book", maxdepth=1)
    text += toctree(parts, caption="Below and above it", maxdepth=1)
    (source / "contents.md").write_text(text, encoding="utf-8")


def collect(source: Path):
    "Notebooks, figures and made pages in one folder"
    shutil.copytree(NBS, source, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*", "_*"))
    shutil.copy(Path(__file__).with_name("conf.py"), source / "conf.py")
    if (ROOT / "figures").is_dir():
        ignored = shutil.ignore_patterns("executed", "raw", "*.csv", "*.svg")
        shutil.copytree(ROOT / "figures", source / "figures", ignore=ignored)
    for folder in PARTS:
        write_part(source, folder)
    write_api(source)
    write_front(source)


def remote_assets(out: Path) -> list[str]:
    "Scripts and style sheets that a page would fetch from elsewhere"
    found = set()
    for page in out.rglob("*.html"):
        text = page.read_text(encoding="utf-8", errors="replace")
        found |= set(re.findall(r'<script[^>]*src="(https?://[^"]+)', text))
        found |= set(re.findall(r'<link[^>]*stylesheet[^>]*href="(https?://[^"]+)', text))
    return sorted(found)


def main() -> int:
    out = ROOT / "_site"
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as tmp:
        source, pages = Path(tmp) / "source", Path(tmp) / "pages"
        source.mkdir()
        collect(source)
        code = build_main(["-b", "html", "-q", str(source), str(pages)])
        shutil.copytree(pages, out, ignore=shutil.ignore_patterns(".doctrees"))
    print(f"{len(list(out.rglob('*.html')))} pages; open {out / 'index.html'}")
    remote = remote_assets(out)
    if remote:
        print("pages would fetch: " + ", ".join(remote))
    return code or bool(remote)


if __name__ == "__main__":
    sys.exit(main())
