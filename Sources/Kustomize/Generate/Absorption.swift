// A generated object that is laid over one that stands in the build already.

import Manifest

extension Resource {
    /// Takes over what a generator made anew for this object.
    mutating func absorb(_ generated: Resource) {
        func merged(_ old: Value?, _ new: Value?) -> Value? {
            guard var result = old?.object else { return new ?? old }
            let positions = result.positions
            for entry in new?.object?.entries ?? [] {
                if let index = positions.index(of: entry.key, in: result) {
                    result.entries[index].value = entry.value
                } else {
                    result.entries.append(Object.Entry(key: entry.key, value: entry.value))
                }
            }
            return .object(result)
        }
        let old = value
        var metadata = generated.value["metadata"]?.object ?? Object()
        metadata["name"] = old["metadata"]?["name"]
        metadata["namespace"] = old["metadata"]?["namespace"]
        for key in ["labels", "annotations"] {
            metadata[key] = merged(old["metadata"]?[key], metadata[key])
        }
        var result = generated.value
        result["metadata"] = .object(metadata)
        if generated.behavior == .merge {
            for key in ["data", "binaryData"] { result[key] = merged(old[key], result[key]) }
        }
        value = result
        needsHash = needsHash && generated.needsHash
        if generated.behavior == .replace, var made = generated.provenance {
            // What was done to the old object stays on record.
            made.transformations = (provenance?.transformations ?? []) + made.transformations
            provenance = made
        }
    }
}
