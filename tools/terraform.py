"""Checks deploy/**/*.tf without a provider: that it parses, that every var, local, resource and data source that it
names is there, and that none is idle. Where terraform itself is at hand, `make lint` asks that, too."""

import pathlib
import re
import sys

import hcl2

NAMED = {"variable": "var.{}", "resource": "{}.{}", "data": "data.{}.{}"}
COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
REFERENCE = re.compile(r"\b(var\.\w+|local\.\w+|data\.\w+\.\w+|(?:google|aws)_\w+\.\w+)")


def declared(file):
    """What other places can refer to."""
    for kind, blocks in hcl2.loads(file.read_text()).items():
        for block in blocks if isinstance(blocks, list) else []:
            names = [unquoted(name) for name in path_of(block)]
            if kind == "locals":
                yield from (f"local.{unquoted(name)}" for name in block if not name.startswith("__"))
            elif kind in NAMED:
                yield NAMED[kind].format(*names)


def path_of(block):
    """The labels of a block are the keys that lead into it."""
    while isinstance(block, dict) and len(block) and (name := next(iter(block))):
        yield name
        block = block[name]


def unquoted(name):
    return name.strip('"')


def check(folder):
    files = sorted(folder.glob("*.tf"))
    there = {name for file in files for name in declared(file)}
    named = {name for file in files for name in REFERENCE.findall(COMMENT.sub("", file.read_text()))}
    idle = {name for name in there - named if name.startswith(("var.", "local.", "data."))}
    return [f"{folder}: nothing declares {name}" for name in sorted(named - there)] + [
        f"{folder}: nothing uses {name}" for name in sorted(idle)
    ]


folders = {file.parent for file in pathlib.Path("deploy").rglob("*.tf")}
faults = [fault for folder in sorted(folders) for fault in check(folder)]
sys.exit("\n".join(faults) or None)
