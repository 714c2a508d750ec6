"The package as settings.ini describes it."
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

cfg = ConfigParser(delimiters=["="])
cfg.read(Path(__file__).parent / "settings.ini", encoding="utf-8")
cfg = cfg["DEFAULT"]

setup(
    name=cfg["lib_name"],
    version=cfg["version"],
    description=cfg["description"],
    long_description=(Path(__file__).parent / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    keywords=cfg["keywords"].split(),
    license="Apache-2.0",
    author=cfg["author"],
    packages=find_packages(include=["headattr", "headattr.*"]),
    package_data={"headattr.engine": ["*.css", "*.js"], "headattr.tools": ["*.css"]},
    python_requires=f">={cfg['min_python']}",
    install_requires=cfg["requirements"].split(),
    extras_require={
        k: cfg[f"{k}_requirements"].split() for k in ("dev", "cluster", "crosscheck", "docs")
    },
    entry_points={"console_scripts": cfg["console_scripts"].split()},
    zip_safe=False,
)
