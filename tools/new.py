"""Writes a function that builds, is routed, deployed and tested: `make new NAME=feedback`.

What it writes stands in tools/new."""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLUEPRINT = Path(__file__).resolve().parent / "new"
KEYWORDS = """
abstract alloc as async await become box break const continue core crate do dyn else enum extern
false final fn for gen if impl in let loop macro match mod move mut override panic priv pub ref
return self static std struct super test trait true try type typeof unsafe unsized use virtual where
while yield
""".split()


def why_not(name):
    """Why a function cannot be called so; None if it can."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or len(name) > 24:
        return "a name is of at most 24 lower-case letters, digits and single dashes, feedback or on-upload"
    if name in KEYWORDS:
        return "this is a word of Rust"
    if name.startswith("al"):
        return "the default members of Cargo.toml leave out what begins with al"
    if (ROOT / "functions" / name).exists():
        return "there is such a function"
    if f'name = "{name}"' in (ROOT / "Cargo.lock").read_text():
        return "there is such a crate in Cargo.lock"
    if f"/{name}" in json.loads((ROOT / "functions/health/openapi.json").read_text())["paths"]:
        return f"another function serves /{name}"
    return None


def filled(text, name):
    kind = "".join(word.capitalize() for word in name.split("-"))
    words = {"__name__": name, "__crate__": name.replace("-", "_"), "__Type__": kind, "__Resource__": kind}
    for placeholder, word in words.items():
        text = text.replace(placeholder, word)
    return text


def copy_tree(name):
    for source in sorted(path for path in BLUEPRINT.glob("*/**/*") if path.is_file()):
        target = ROOT / str(source.relative_to(BLUEPRINT)).replace("NAME", name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(filled(source.read_text(), name))
        print(f"wrote {target.relative_to(ROOT)}")


def insert(file, before, text):
    path = ROOT / file
    content = path.read_text()
    assert content.count(before) == 1, f"{file}: `{before.strip()}` stands there {content.count(before)} times"
    path.write_text(content.replace(before, text + before))
    print(f"added to {file}")


def add_dependency(name):
    path = ROOT / "functions/all/Cargo.toml"
    head, rest = path.read_text().split("[dependencies]\n")
    lines, rest = rest.split("\n\n", 1)
    lines = sorted([*lines.split("\n"), f'{name} = {{ path = "../{name}" }}'])
    path.write_text(head + "[dependencies]\n" + "\n".join(lines) + "\n\n" + rest)
    print("added to functions/all/Cargo.toml")


def main():
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if reason := why_not(name):
        sys.exit(f"make new NAME={name}: {reason}")
    copy_tree(name)
    add_dependency(name)
    insert("functions/all/src/lib.rs", "\n];", f"\n    {name.replace('-', '_')},")
    resources, paths = ((BLUEPRINT / file).read_text() for file in ("template.yaml", "gateway.yaml"))
    insert("template.yaml", "  # The next function: `make new` writes it here.\n", filled(resources, name))
    insert("README.md", "| `GET /`, `/health`, `/ready`", f"| `POST /{name}` | gives a text back | {name} |\n")
    insert("template.yaml", "          # The next function's paths.\n", filled(paths, name))


if __name__ == "__main__":
    main()
