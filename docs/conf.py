"""Sphinx configuration: Markdown through MyST; every warning is an error (`./just docs`)."""

project = "tovay"
author = "the tovay maintainers"
copyright = "2026, the tovay maintainers"  # noqa: A001 (Sphinx reads this name)
extensions = ["myst_parser"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
language = "en"
html_theme = "alabaster"
html_theme_options = {"description": "Offline-first policy credit", "fixed_sidebar": True}
html_copy_source = False
