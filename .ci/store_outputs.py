"""Copy the outputs of the last `make figures` into the chapters, so that they read well unrun, and
its verdicts and answers into README.

The code must be equal: a chapter whose code was changed after the run keeps the outputs it has, and
is named. Progress bars and warnings are left out, and pictures get 128 colours, among which
the rare ones stay themselves, so that a rerun adds little to the repository.
"""

import base64
import io
import json
import re
import sys
from pathlib import Path

from PIL import Image

from headattr.engine.ledger import verdicts_in_short
from headattr.engine.open_questions import open_answers
from headattr.engine.plots import in_palette
from headattr.engine.rules import read_verdicts

ROOT = Path(__file__).resolve().parent.parent
NBS, EXECUTED = ROOT / "nbs", ROOT / "figures" / "executed"


def source(cell: dict) -> str:
    return "".join(cell["source"])


def is_injected(cell: dict) -> bool:
    "The cell in which papermill sets parameters"
    return "injected-parameters" in cell["metadata"].get("tags", [])


def smaller(png: str) -> str:  # base64, both
    "A picture in 128 colours, if that makes it smaller"
    raw, small = base64.b64decode(png), io.BytesIO()
    with Image.open(io.BytesIO(raw)) as image:
        in_palette(image, 128).save(small, "png", optimize=True)
    return base64.b64encode(min(raw, small.getvalue(), key=len)).decode()


def kept(outputs: list) -> list:
    "Outputs worth keeping: no bars, no counters of executions, no metadata of a session"
    few = []
    for output in outputs:
        if output["output_type"] == "stream" and output["name"] == "stderr":
            continue
        output = dict(output)
        if "execution_count" in output:
            output["execution_count"] = None
        if output["output_type"] in ("execute_result", "display_data"):
            output["metadata"] = {}
            data = dict(output["data"])
            if "image/png" in data:
                data["image/png"] = smaller("".join(data["image/png"]))
            output["data"] = data
        few.append(output)
    return few


def store_outputs(chapter: Path) -> bool:
    "Take the outputs over; False where the code differs"
    nb = json.loads(chapter.read_text(encoding="utf-8"))
    run = json.loads((EXECUTED / chapter.name).read_text(encoding="utf-8"))
    ran = [c for c in run["cells"] if c["cell_type"] == "code" and not is_injected(c)]
    cells = [c for c in nb["cells"] if c["cell_type"] == "code"]
    if [source(c) for c in ran] != [source(c) for c in cells]:
        return False
    for cell, done in zip(cells, ran):
        cell["outputs"] = kept(done["outputs"])
    text = json.dumps(nb, indent=1, ensure_ascii=False) + "\n"
    chapter.write_text(text, encoding="utf-8")
    return True


def store_in_readme(name: str, text: str):
    "Write what stands between README's marks of this name"
    readme = ROOT / "README.md"
    block = f"<!-- {name} -->\n\n{text}\n\n<!-- end -->"
    old = readme.read_text(encoding="utf-8")
    new = re.sub(f"<!-- {name} -->.*?<!-- end -->", lambda _: block, old, flags=re.S)
    readme.write_text(new, encoding="utf-8")


def main() -> int:
    figures = ROOT / "figures"
    store_in_readme("verdicts", verdicts_in_short(read_verdicts(figures)))
    answers = "\n".join(f"- *{q}* {said}" for q, said in open_answers(figures).items())
    store_in_readme("open questions", answers)
    stale = []
    for chapter in sorted(NBS.glob("*.ipynb")):
        if (EXECUTED / chapter.name).is_file() and not store_outputs(chapter):
            stale.append(chapter.name)
    if stale:
        print(f"changed since the run, outputs left as they are: {', '.join(stale)}")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
