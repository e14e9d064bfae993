#!/usr/bin/env python3
"""Writes WireTable.swift: the protobuf field numbers of Kubernetes' types, as clients of client-go send them.

    generate-wire-table.py API APIMACHINERY > WireTable.swift

API and APIMACHINERY are checkouts of github.com/kubernetes/api and github.com/kubernetes/apimachinery. Their
generated.proto files give names and numbers, the struct tags in types.go which fields are inlined in JSON. The text that
comes out is described in WireText.swift, which reads it.
"""

import os
import re
import sys
import textwrap

# The groups and versions whose objects a client may send.
SERVED = [
    "admissionregistration/v1", "apps/v1", "authentication/v1", "authorization/v1", "autoscaling/v1", "autoscaling/v2",
    "batch/v1", "certificates/v1", "coordination/v1", "core/v1", "discovery/v1", "events/v1", "flowcontrol/v1",
    "networking/v1", "node/v1", "policy/v1", "rbac/v1", "resource/v1", "scheduling/v1", "storage/v1",
]
META = "k8s.io.apimachinery.pkg.apis.meta.v1."
SPECIAL = {
    "k8s.io.apimachinery.pkg.api.resource.Quantity": "q",
    "k8s.io.apimachinery.pkg.util.intstr.IntOrString": "x",
    META + "Time": "t",
    META + "MicroTime": "u",
    META + "FieldsV1": "r",
    "k8s.io.apimachinery.pkg.runtime.RawExtension": "r",
}
SCALARS = {"string": "s", "bytes": "y", "bool": "b", "int32": "i", "int64": "i", "uint32": "i", "double": "d"}
FIELD = re.compile(r"^\s+(?:optional |required )?(repeated )?(map<string, ?([\w.]+)>|[\w.]+) (\w+) = (\d+)")
INLINE = re.compile(r'^type (\w+) struct|json:"(?:,inline)?" protobuf:"bytes,\d+,\w+,name=(\w+)')
OMITTED = re.compile(r'^\s+\w+\s+[^*\s][\w.]*\s+`json:"\w+,omitempty" protobuf:"(?:varint|bytes|fixed64),\d+,\w+,name=(\w+)')


def read(proto, package, messages):
    name = None
    for line in open(proto):
        start = re.match(r"^message (\w+) \{", line)
        if start:
            name = package + "." + start.group(1)
            messages[name] = []
        elif line.startswith("}"):
            name = None
        elif name:
            field = FIELD.match(line)
            if field:
                value, kind = field.group(3), field.group(2).lstrip(".")
                messages[name].append(
                    (field.group(4), int(field.group(5)), bool(field.group(1)), value and value.lstrip("."), kind))


def tags(folder):
    """The fields that JSON shows inline, and those that it leaves out when they are zero, as (struct, name)."""
    found, omitted, struct = set(), set(), None
    for file in os.listdir(folder):
        if not file.endswith(".go"):
            continue
        for line in open(os.path.join(folder, file)):
            match = INLINE.search(line)
            if match and match.group(1):
                struct = match.group(1)
            elif match:
                found.add((struct, match.group(2)))
            match = OMITTED.search(line)
            if match:
                omitted.add((struct, match.group(1)))
    return found, omitted


def main():
    api, machinery = sys.argv[1:3]
    messages, inline, omitted = {}, set(), set()
    sources = [(os.path.join(api, group), "k8s.io.api." + group.replace("/", ".")) for group in SERVED]
    for group in ["pkg/apis/meta/v1"]:
        sources.append((os.path.join(machinery, group), "k8s.io.apimachinery." + group.replace("/", ".")))
    for folder, package in sources:
        read(os.path.join(folder, "generated.proto"), package, messages)
        for here, all_ in zip(tags(folder), (inline, omitted)):
            all_ |= {(package + "." + struct, field) for struct, field in here}

    def qualified(kind, package):
        return kind if kind.startswith("k8s.io.") else package + "." + kind

    def short(name):
        parts = name.split(".")
        if name.startswith(META):
            return "meta." + parts[-1]
        return (parts[-3] if parts[-2] == "v1" else parts[-3] + parts[-2][1:]) + "." + parts[-1]

    def code(kind, package):
        if kind in SCALARS:
            return SCALARS[kind]
        name = qualified(kind, package)
        if name in SPECIAL:
            return SPECIAL[name]
        fields = messages.get(name)
        if fields is None:
            return None
        # A message that is a list in Go has one repeated field named items and is that list in JSON.
        if len(fields) == 1 and fields[0][0] == "items" and fields[0][2]:
            return "=" + short(name)
        return short(name)

    wanted = [n for n in messages if any(f[0] == "metadata" for f in messages[n]) and not n.endswith("List")]
    wanted += [META + "DeleteOptions"]
    lines, seen = [], set()
    while wanted:
        name = wanted.pop()
        if name in seen or name not in messages:
            continue
        seen.add(name)
        package = name.rsplit(".", 1)[0]
        parts = []
        for field, number, repeated, value, kind in messages[name]:
            target = value or kind
            text = code(target, package)
            if text is None:
                continue
            if target not in SCALARS:
                wanted.append(qualified(target, package))
            prefix = "{" if value else "[" if repeated else "~" if (name, field) in inline else ""
            suffix = "!" if text in "sbid" and not prefix and (name, field) in omitted else ""
            parts.append(f"{field}={number}:{prefix}{text}{suffix}")
        lines.append(short(name) + " " + " ".join(parts))

    print("// The protobuf field numbers of Kubernetes' types, written by generate-wire-table.py. Do not edit; WireText.swift")
    print("// says how to read it.\n")
    print('let kubernetesWireText: StaticString = #"""')
    for line in sorted(lines):
        for index, part in enumerate(textwrap.wrap(line, 112, break_long_words=False, break_on_hyphens=False)):
            print("    " + (" " if index else "") + part)
    print('    """#')


main()
