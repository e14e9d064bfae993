#!/usr/bin/env python3
"""Writes KubernetesSchema.swift from a folder of OpenAPI v3 documents of a Kubernetes API server.

    generate-schema.py FOLDER [VERSION] > KubernetesSchema.swift

FOLDER holds what `kubectl get --raw /openapi/v3/…` answers, one JSON file a group and version. VERSION names the
server in the header. The text that comes out is described in SchemaText.swift, which reads it.
"""

import glob
import json
import os
import sys
import textwrap

SCALARS = {
    ("string", None): "s", ("string", "byte"): "y", ("string", "date-time"): "t",
    ("integer", "int32"): "i", ("integer", "int64"): "l", ("integer", None): "l",
    ("number", "double"): "d", ("number", None): "d", ("boolean", None): "b",
}
# Types that have a spelling of their own, and meta types that no stored object is made of.
NAMED_SCALARS = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "q",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "x",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "t",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "t",
    # Any object, taken as one piece.
    "io.k8s.apimachinery.pkg.runtime.RawExtension": "{*}=",
}


def load(folder):
    types = {}
    for path in sorted(glob.glob(os.path.join(folder, "*.json"))):
        with open(path) as file:
            types.update(json.load(file)["components"]["schemas"])
    return types


def reference(schema):
    if "$ref" in schema:
        return schema["$ref"].rsplit("/", 1)[1]
    if len(schema.get("allOf", [])) == 1 and "$ref" in schema["allOf"][0]:
        return schema["allOf"][0]["$ref"].rsplit("/", 1)[1]
    return None


def roots(types):
    """The types that are kinds of stored objects or of their subresources: one GVK, and an object's metadata."""
    found = {}
    for name, schema in types.items():
        kinds = schema.get("x-kubernetes-group-version-kind", [])
        metadata = schema.get("properties", {}).get("metadata")
        if len(kinds) == 1 and metadata and reference(metadata).endswith(".ObjectMeta"):
            found[name] = kinds[0]
    return found


class Writer:
    def __init__(self, types):
        self.types = types
        self.roots = roots(types)
        self.reached = {}
        self.short = self.short_names()

    def short_names(self):
        """The last part of a type's name, with the group and version before it where that is not unique."""
        count = {}
        for name in self.types:
            count[name.rsplit(".", 1)[1]] = count.get(name.rsplit(".", 1)[1], 0) + 1
        return {
            name: name.rsplit(".", 1)[1] if count[name.rsplit(".", 1)[1]] == 1 else ".".join(name.split(".")[-3:])
            for name in self.types
        }

    def reach(self, name):
        if name not in self.reached:
            self.reached[name] = None
            self.reached[name] = self.definition(self.types[name])
        return self.short[name]

    def definition(self, schema):
        text = ""
        if schema.get("x-kubernetes-map-type") == "atomic":
            text += "= "
        required = set(schema.get("required", []))
        fields = []
        for name, field in sorted(schema["properties"].items()):
            part = name + ("!" if name in required else "") + ":" + self.expression(field)
            if "default" in field:
                part += "=" + json.dumps(field["default"], separators=(",", ":"))
            assert " " not in part, part
            fields.append(part)
        return text + " ".join(fields)

    def expression(self, schema):
        name = reference(schema)
        if name:
            if name in NAMED_SCALARS:
                return NAMED_SCALARS[name]
            target = self.types[name]
            if not target.get("properties"):
                return self.expression(target)
            prefix = {"atomic": "=", "granular": "+", None: ""}[schema.get("x-kubernetes-map-type")]
            return prefix + self.reach(name)
        kind = schema.get("type")
        if kind == "array":
            text = "[" + self.expression(schema["items"]) + "]"
            list_type = schema.get("x-kubernetes-list-type")
            merge_key, strategy = schema.get("x-kubernetes-patch-merge-key"), schema.get("x-kubernetes-patch-strategy")
            if list_type == "set":
                text += "~"
            elif list_type == "map":
                text += "@" + ",".join(schema["x-kubernetes-list-map-keys"])
            if merge_key:
                text += "^" + merge_key
            if strategy:
                text += "%" + strategy
            return text
        if kind == "object":
            assert not schema.get("properties"), schema
            if "additionalProperties" not in schema:
                return "*"
            return "{" + self.expression(schema["additionalProperties"]) + "}" + (
                "=" if schema.get("x-kubernetes-map-type") == "atomic" else "")
        if kind is None:
            return "x" if schema.get("format") == "int-or-string" else "*"
        text = SCALARS[kind, schema.get("format")]
        if schema.get("enum"):
            text += "(" + "|".join(schema["enum"]).replace(" ", "`") + ")"
        return text

    def lines(self):
        for name in sorted(self.roots):
            self.reach(name)
        for name in sorted(self.reached, key=lambda name: self.short[name]):
            kind = self.roots.get(name)
            head = self.short[name]
            if kind:
                head += " <" + "/".join([kind["group"], kind["version"], kind["kind"]]) + ">"
            yield from textwrap.wrap(f"{head} {self.reached[name]}", width=118, subsequent_indent=" ",
                                     break_long_words=False, break_on_hyphens=False)


def main():
    folder = sys.argv[1]
    version = sys.argv[2] if len(sys.argv) > 2 else "of an unnamed version"
    print(f"// The types of a Kubernetes API server {version}, written by generate-schema.py from its OpenAPI v3 documents.")
    print("// Do not edit; SchemaText.swift says how to read it.\n")
    print('let kubernetesSchemaText: StaticString = #"""')
    for line in Writer(load(folder)).lines():
        print("    " + line)
    print('    """#')


main()
