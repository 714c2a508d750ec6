"""The picture of the explorer in README: `headattr-map` on one picture, seen by Chromium.

.venv/bin/python .site/screenshot.py, where Chromium is on the path; writes .site/explorer.png.
"""

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "data" / "objects" / "photo" / "dog.webp"
SIZE = (1100, 1250)  # pixels


def page(folder: Path) -> Path:
    "The explorer's page of one picture"
    command = [Path(sys.executable).parent / "headattr-map", PICTURE, "--out", folder]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.html"))


def screenshot(html: Path, folder: Path) -> Image.Image:
    "What Chromium shows of it"
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("no Chromium on the path: install it, or leave the picture as it is")
    shot = folder / "shot.png"
    options = ["--headless", "--no-sandbox", "--hide-scrollbars", "--virtual-time-budget=4000"]
    size = "--window-size={},{}".format(*SIZE)
    command = [browser, *options, size, f"--screenshot={shot}", html.as_uri()]
    subprocess.run(command, check=True, capture_output=True)
    return Image.open(io.BytesIO(shot.read_bytes())).convert("RGB")


def main():
    with tempfile.TemporaryDirectory() as tmp:
        html = Path(sys.argv[1]) if len(sys.argv) > 1 else page(Path(tmp))
        seen = screenshot(html.resolve(), Path(tmp))
    seen.save(ROOT / ".site" / "explorer.png", optimize=True)


if __name__ == "__main__":
    main()
