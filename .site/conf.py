"Settings of the site: MyST notebooks as stored, the book theme, a page for each module."

import inspect
import re

from fastcore.docments import docments

project = "headattr"
author = "the headattr authors"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "sphinx-mathjax-offline"]
html_theme = "sphinx_book_theme"
html_title = "headattr: which heads carry the image into the words"
html_theme_options = {"show_toc_level": 2, "use_download_button": False, "home_page_in_toc": True}
root_doc = "contents"
exclude_patterns = ["figures/index.html"]
suppress_warnings = [
    "myst.header",
    "myst.xref_missing",
    "mystnb.unknown_mime_type",
    "toc.not_included",
]
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "html_image"]
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_mock_imports = []


def plain(comment: str) -> str:
    "A comment without signs that mean something in reStructuredText"
    return " ".join(re.sub(r"([|*_\\])", r"\\\1", comment).replace("`", "").split())


def add_parameters(app, what, name, obj, options, lines):
    "The comments beside a function's parameters, which are its documentation, as a list"
    if not (inspect.isfunction(obj) or inspect.isclass(obj)):
        return
    try:
        comments = docments(obj)
    except (OSError, TypeError, ValueError, SyntaxError, IndexError):
        return
    for parameter, comment in comments.items():
        if comment and parameter not in ("self", "cls"):
            field = "returns" if parameter == "return" else f"param {parameter}"
            lines.append(f":{field}: {plain(comment)}")


def setup(app):
    app.connect("autodoc-process-docstring", add_parameters)
