// The programs of the skeletons.

enum PluginSkeletonPrograms {
    static let python = #"""
        #!/usr/bin/env python3
        """A KRM function: puts the team's label on every object, and warns of objects without a namespace.

        Reads one ResourceList a line and prints one a line, for as long as lines come. Alone it is a function as the specification has it.
        """
        import json
        import sys


        def transform(resources):
            team = resources.get("functionConfig", {}).get("spec", {}).get("team", "nobody")
            results = []
            for item in resources["items"]:
                metadata = item.setdefault("metadata", {})
                metadata.setdefault("labels", {})["team"] = team
                if not metadata.get("namespace"):
                    results.append({
                        "message": "the object names no namespace", "severity": "warning",
                        "resourceRef": {"apiVersion": item["apiVersion"], "kind": item["kind"], "name": metadata["name"]},
                    })
            if results:
                resources["results"] = results
            return resources


        def read(text):
            try:
                return json.loads(text)
            except ValueError:
                import yaml  # python3-yaml: only for whoever calls the function with YAML
                return yaml.safe_load(text)


        def write(resources):
            print(json.dumps(resources, sort_keys=True, separators=(",", ":"), ensure_ascii=False), flush=True)


        first = sys.stdin.readline()
        if first.startswith("{"):
            write(transform(read(first)))
            for line in sys.stdin:
                write(transform(read(line)))
        elif first:
            write(transform(read(first + sys.stdin.read())))

        """#

    static let go = #"""
        // A KRM function: puts the team's label on every object, and warns of objects without a namespace.
        //
        // Reads one ResourceList a line, in JSON, and prints one a line, for as long as lines come.
        package main

        import (
        	"bufio"
        	"encoding/json"
        	"fmt"
        	"os"
        )

        type object = map[string]any

        func child(parent object, key string) object {
        	if found, ok := parent[key].(object); ok {
        		return found
        	}
        	made := object{}
        	parent[key] = made
        	return made
        }

        func transform(list object) {
        	team := "nobody"
        	if config, ok := list["functionConfig"].(object); ok {
        		if spec, ok := config["spec"].(object); ok {
        			if name, ok := spec["team"].(string); ok {
        				team = name
        			}
        		}
        	}
        	results := []any{}
        	items, _ := list["items"].([]any)
        	for _, each := range items {
        		item, ok := each.(object)
        		if !ok {
        			continue
        		}
        		metadata := child(item, "metadata")
        		child(metadata, "labels")["team"] = team
        		if namespace, _ := metadata["namespace"].(string); namespace == "" {
        			results = append(results, object{
        				"message": "the object names no namespace", "severity": "warning",
        				"resourceRef": object{"apiVersion": item["apiVersion"], "kind": item["kind"], "name": metadata["name"]},
        			})
        		}
        	}
        	if len(results) > 0 {
        		list["results"] = results
        	}
        }

        func main() {
        	input := json.NewDecoder(bufio.NewReader(os.Stdin))
        	input.UseNumber()
        	output := json.NewEncoder(os.Stdout)
        	output.SetEscapeHTML(false)
        	for input.More() {
        		var list object
        		if err := input.Decode(&list); err != nil {
        			fmt.Fprintln(os.Stderr, err)
        			os.Exit(1)
        		}
        		transform(list)
        		if err := output.Encode(list); err != nil {
        			os.Exit(1)
        		}
        	}
        }

        """#

    static let swift = #"""
        // A KRM function: puts the team's label on every object, and warns of objects without a namespace.
        //
        // Reads one ResourceList a line, in JSON, and prints one a line, for as long as lines come.
        import Foundation

        typealias Object = [String: Any]

        func transform(_ list: Object) -> Object {
            var list = list
            let spec = (list["functionConfig"] as? Object)?["spec"] as? Object
            let team = spec?["team"] as? String ?? "nobody"
            var results = list["results"] as? [Object] ?? []
            list["items"] = (list["items"] as? [Object] ?? []).map { item in
                var item = item
                var metadata = item["metadata"] as? Object ?? [:]
                var labels = metadata["labels"] as? Object ?? [:]
                labels["team"] = team
                metadata["labels"] = labels
                item["metadata"] = metadata
                if (metadata["namespace"] as? String ?? "").isEmpty {
                    let reference: Object = [
                        "apiVersion": item["apiVersion"] ?? "", "kind": item["kind"] ?? "", "name": metadata["name"] ?? "",
                    ]
                    results.append(["message": "the object names no namespace", "severity": "warning", "resourceRef": reference])
                }
                return item
            }
            if !results.isEmpty { list["results"] = results }
            return list
        }

        while let line = readLine() {
            guard let list = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? Object else {
                FileHandle.standardError.write(Data("standard input holds no ResourceList\n".utf8))
                exit(1)
            }
            let output = try JSONSerialization.data(withJSONObject: transform(list), options: [.sortedKeys, .withoutEscapingSlashes])
            FileHandle.standardOutput.write(output + Data("\n".utf8))
        }

        """#

    static let shell = #"""
        #!/bin/sh
        # A KRM function: warns of images with the tag latest. It reads the YAML of the specification, of which the host prints every
        # scalar on a line of its own, and changes nothing.
        set -eu
        list="$(cat)"
        printf '%s\n' "$list"
        images="$(printf '%s\n' "$list" | sed -n 's/^[ -]*image: \(.*:latest\)$/\1/p' | sort -u)"
        [ -n "$images" ] || exit 0
        echo results:
        for image in $images; do
            printf -- '- message: "an image has the tag latest, which may be another tomorrow: %s"\n  severity: warning\n' "$image"
        done

        """#
}
