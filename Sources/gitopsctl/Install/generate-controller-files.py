#!/usr/bin/env python3
"""Writes ControllerFiles.swift: the kustomizations of deploy/controller that `gitopsctl install` carries.

    Sources/gitopsctl/Install/generate-controller-files.py

A test tells when it has to be run again.
"""
import pathlib

here = pathlib.Path(__file__).parent
root = here.parents[2] / "deploy/controller"
files = sorted(
    path for folder in ("base", "crds", "overlays", "components/api", "components/disruption-budget", "components/high-availability") for path in (root / folder).rglob("*.yaml")
    # The definitions are made from the Swift types.
    if path.name != "definitions.yaml"
)
with open(here / "ControllerFiles.swift", "w") as out:
    out.write("// The kustomizations of deploy/controller, made by generate-controller-files.py.\n\n")
    out.write("enum ControllerFiles {\n    /// Paths below deploy/controller, and what the files hold.\n")
    out.write("    static let all: [(path: String, text: String)] = [\n")
    for path in files:
        text = path.read_text()
        assert text.endswith("\n") and '"""#' not in text
        lines = "".join("            " + line if line.strip() else line for line in text.splitlines(keepends=True))
        out.write(f'        (\n            "{path.relative_to(root)}",\n            #"""\n{lines}\n            """#\n        ),\n')
    out.write("    ]\n}\n")
