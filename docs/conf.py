"""Sphinx: everything local, every example executed, warnings are errors (see `make docs`)."""

import os
import sys
from importlib.metadata import version as installed
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

project = "Xinzhi"
author = "The Xinzhi contributors"
copyright = "The Xinzhi contributors"
release = version = installed("xinzhi")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "examples"]
exclude_patterns = ["_build", "_kernel", "_ext"]

# Examples: run anew at each build, in an empty folder a page; a failing one stops the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_execution_in_temp = True
nb_execution_timeout = 300
nb_merge_streams = True
# What an example sees: the tools of this environment, plain English output, charts as pictures.
os.environ |= {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "IPYTHONDIR": str(HERE / "_kernel"),
    "XINZHI_CHECKOUT": str(HERE.parent),
    "XINZHI_LANGUAGE": "en",
    "NO_COLOR": "1",
    "COLUMNS": "88",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}

myst_enable_extensions = ["deflist", "colon_fence"]
myst_heading_anchors = 3
smartquotes = False  # it makes one dash of the two of --data
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = "Xinzhi"
html_static_path = ["_static"]
html_css_files = ["xinzhi.css"]
html_show_sourcelink = False
html_copy_source = False
