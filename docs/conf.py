"""Sphinx: everything local, warnings are errors (see `make docs`)."""

from importlib.metadata import version as installed

project = "Xinzhi"
author = "The Xinzhi contributors"
copyright = "The Xinzhi contributors"
release = version = installed("xinzhi")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"

html_theme = "alabaster"
html_theme_options = {
    "description": "New quality productive forces, measured",
    "font_family": "Georgia, 'Times New Roman', serif",
    "page_width": "72rem",
    "body_max_width": "46rem",
}
html_sidebars = {"**": ["about.html", "navigation.html", "searchbox.html"]}
html_show_sourcelink = False
