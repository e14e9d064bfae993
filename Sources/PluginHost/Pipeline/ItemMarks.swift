// Which item of an answer is which of the question: by a mark that functions leave alone, or else by kind and name.

import Manifest

enum ItemMarks {
    /// The specification keeps annotations of this prefix for whoever runs functions.
    private static let id = "internal.config.kubernetes.io/id"
    private static let path = "internal.config.kubernetes.io/path"
    private static let all = [
        id, path, ResourceList.fileAnnotation, "internal.config.kubernetes.io/index", "config.kubernetes.io/path",
        "config.kubernetes.io/index",
    ]

    /// An item with its number, and the file it came from.
    ///
    /// - Parameter text: what stands in the file, where the item is to carry it.
    static func marked(_ object: KubernetesObject, number: Int, text: String? = nil) -> Value {
        var annotations = object.value[path: "metadata", "annotations"]?.object ?? Object()
        annotations[id] = .string(String(number))
        if let file = object.origin?.file { annotations[path] = .string(file) }
        if let text { annotations[ResourceList.fileAnnotation] = .string(text) }
        var metadata = object.value["metadata"]?.object ?? Object()
        metadata["annotations"] = .object(annotations)
        var value = object.value
        value["metadata"] = .object(metadata)
        return value
    }

    static func number(of item: Value) -> Int? { KubernetesObject(item).annotation(id).flatMap(Int.init) }

    static func unmarked(_ item: Value) -> Value {
        guard var annotations = item[path: "metadata", "annotations"]?.object else { return item }
        for mark in all { annotations[mark] = nil }
        var item = item
        item["metadata"]?["annotations"] = annotations.isEmpty ? nil : .object(annotations)
        return item
    }

    /// The objects after a transformation: what came back stands where it stood, what is new behind the one that it
    /// followed, and what did not come back is gone.
    ///
    /// - Parameters:
    ///   - selected: the indices of the objects that were given; their marks are these.
    ///   - plugin: whose new objects they are.
    static func merge(
        _ output: [Value], into objects: [KubernetesObject], selected: [Int], plugin: String
    ) -> [KubernetesObject] {
        let given = Set(selected)
        var byIdentity: [ObjectIdentity: Int] = [:]
        for index in selected { byIdentity[objects[index].identity] = index }
        var returned: [Int: KubernetesObject] = [:]
        var new: [Int: [KubernetesObject]] = [:]
        var last = selected.first.map { $0 - 1 } ?? objects.count - 1
        for item in output {
            let value = unmarked(item)
            let marked = number(of: item).flatMap { given.contains($0) && returned[$0] == nil ? $0 : nil }
            let index =
                marked ?? byIdentity[KubernetesObject(value).identity].flatMap { returned[$0] == nil ? $0 : nil }
            if let index {
                returned[index] =
                    value == objects[index].value
                    ? objects[index] : KubernetesObject(value, origin: objects[index].origin)
                last = index
            } else {
                new[last, default: []].append(KubernetesObject(value, origin: SourceLocation(file: "plugin \(plugin)")))
            }
        }
        var merged = new[-1] ?? []
        for (index, object) in objects.enumerated() {
            if !given.contains(index) {
                merged.append(object)
            } else if let object = returned[index] {
                merged.append(object)
            }
            merged += new[index] ?? []
        }
        return merged
    }
}
