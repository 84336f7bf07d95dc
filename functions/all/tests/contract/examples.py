"""Every example of the contract (the file's path is the argument) fits its schema. Exits with 1 and says which does not."""

import json
import sys

import jsonschema_rs


def of(name, described):
    """The examples of a parameter or a content, each with its name and its schema."""
    schema = described.get("schema")
    if schema is None:
        return
    if "example" in described:
        yield name, schema, described["example"]
    for which, example in described.get("examples", {}).items():
        yield f"{name} {which}", schema, example["value"]


def examples(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            for param in operation.get("parameters", []):
                yield from of(f"{name} {param['name']}", param)
            for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                yield from of(f"{name} {kind}", content)
            for status, reply in operation["responses"].items():
                for kind, content in reply.get("content", {}).items():
                    yield from of(f"{name} {status} {kind}", content)


def faults(document, schema, example):
    # References begin at the document's root.
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "allOf": [schema], "components": document["components"]}
    return [f"{fault.message} at {fault.instance_path}" for fault in jsonschema_rs.iter_errors(whole, example, validate_formats=True)]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        document = json.load(file)
    all_of_them = list(examples(document))
    found = [f"{name}: {fault}" for name, schema, example in all_of_them for fault in faults(document, schema, example)]
    print("\n".join(found) or f"{len(all_of_them)} examples fit their schemas")
    sys.exit(1 if found else 0)


main()
