#!/usr/bin/env python3
"""Write BuiltInMergeSchema.swift from a Kubernetes OpenAPI document.

    generate-merge-schema.py DOCUMENT... > BuiltInMergeSchema.swift

DOCUMENT is an OpenAPI v2 document (`kubectl get --raw /openapi/v2`, or api/openapi-spec/swagger.json of a Kubernetes release), OpenAPI v3
documents of single groups (`/openapi/v3/apis/apps/v1`), or the table that this script wrote down before as facts (`{"roots", "types"}`).

Only what a strategic merge can see is kept: the types that a root reaches, of them the fields that lead to a list with a merge key, and of
those lists the keys. The built-in table is that of Kubernetes 1.21.2, which kustomize 5.8.1 carries.
"""
import json
import sys

PREFIXES = [("io.k8s.apimachinery.pkg.apis.", ""), ("io.k8s.apiextensions-apiserver.pkg.apis.", ""),
            ("io.k8s.kube-aggregator.pkg.apis.", ""), ("io.k8s.api.", "")]


def facts(document):
    """{"roots": {"apiVersion kind": type}, "types": {type: {field: {"type", "keys"}}}} of an OpenAPI document."""
    if "roots" in document:
        return document
    definitions = document.get("definitions") or document["components"]["schemas"]
    roots, types = {}, {}

    def reference(schema):
        for candidate in [schema] + schema.get("allOf", []):
            if "$ref" in candidate:
                return candidate["$ref"].rsplit("/", 1)[1]

    for name, definition in definitions.items():
        for gvk in definition.get("x-kubernetes-group-version-kind", []):
            version = "/".join(filter(None, [gvk["group"], gvk["version"]]))
            if not gvk["kind"].endswith("List") and "metadata" in definition.get("properties", {}):
                roots[f'{version} {gvk["kind"]}'] = name
        fields = types.setdefault(name, {})
        for field, schema in definition.get("properties", {}).items():
            strategies = schema.get("x-kubernetes-patch-strategy", "").split(",")
            if schema.get("type") == "array":
                if "merge" in strategies:
                    keys = schema.get("x-kubernetes-list-map-keys") or [schema.get("x-kubernetes-patch-merge-key")]
                    fields[field] = {"type": reference(schema.get("items", {})), "keys": [k for k in keys if k]}
            elif reference(schema):
                fields[field] = {"type": reference(schema)}
    return {"roots": roots, "types": types}


def short(name):
    for prefix, replacement in PREFIXES:
        if name.startswith(prefix):
            return replacement + name[len(prefix):]
    return name


roots, types = {}, {}
for path in sys.argv[1:]:
    table = facts(json.load(open(path)))
    roots.update(table["roots"])
    types.update(table["types"])

# A type matters when it holds a keyed list, or a field of a type that matters.
useful = {name for name, fields in types.items() if any("keys" in f for f in fields.values())}
while True:
    more = {n for n, fields in types.items() if n not in useful and any(f.get("type") in useful for f in fields.values())}
    if not more:
        break
    useful |= more
reached, pending = set(), [t for t in roots.values() if t in useful]
while pending:
    name = pending.pop()
    if name not in reached:
        reached.add(name)
        pending += [f["type"] for f in types[name].values() if f.get("type") in useful]
order = sorted(reached, key=short)

print("""// The merge keys of Kubernetes 1.21.2's built-in types: what a strategic merge has to know of them, and no more. Written by
// generate-merge-schema.py; do not edit.
//
// A line `= apiVersion kind type` names the type of a kind. Any other line is a type and its fields: `field:type` for an object,
// `field[key,key]:type` for a list whose elements are told apart by those keys, `field[]` for a list of scalars that is a set.

extension BuiltInTables {
    static let mergeSchema = \"\"\"""")
for root, name in sorted(roots.items()):
    if name in reached:
        print(f"        = {root} {short(name)}")
for name in order:
    words = [short(name)]
    for field, schema in sorted(types[name].items()):
        target = schema.get("type") if schema.get("type") in reached else None
        if "keys" in schema:
            words.append(f'{field}[{",".join(schema["keys"])}]' + (f":{short(target)}" if target else ""))
        elif target:
            words.append(f"{field}:{short(target)}")
    print("        " + " ".join(words))
print('        """\n}')
