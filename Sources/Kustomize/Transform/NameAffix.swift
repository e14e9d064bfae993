// `namePrefix` and `nameSuffix`: names in front of and behind names.

import Manifest

struct NameAffixTransformer {
    enum Side { case prefix, suffix }

    var text: String
    var side: Side
    var specs: [FieldSpec]

    func transform(_ list: inout ResourceList) throws(TransformFailure) {
        if text.isEmpty { return }
        var table = FieldSpecTable(specs)
        for index in list.indices {
            let original = list[index].originalID
            if Self.keepsItsName(original) { continue }
            let matching = table.specs(for: original)
            if matching.isEmpty { continue }
            try list.update(index) { (resource) throws(TransformFailure) in
                for spec in matching {
                    if spec.path == "metadata/name" {
                        if side == .prefix { resource.prefixes.append(text) } else { resource.suffixes.append(text) }
                        resource.rememberID()
                    }
                    do throws(FieldShapeError) {
                        try spec.apply(to: &resource.value, creation: .scalar) { (value) throws(FieldShapeError) in
                            guard let scalar = value.scalar else {
                                throw FieldShapeError(path: spec.path, reason: "a name can only be changed in a scalar")
                            }
                            let old = scalar.isNull ? "" : scalar.text
                            value.overwrite(side == .prefix ? text + old : old + text, kind: nil)
                        }
                    } catch {
                        throw TransformFailure(error, resource)
                    }
                }
            }
        }
    }

    /// Kinds whose names mean something outside of the build.
    private static func keepsItsName(_ id: ResourceID) -> Bool {
        id.kind == "CustomResourceDefinition" || id.kind == "Namespace"
            || (id.kind == "APIService" && id.group == "apiregistration.k8s.io")
    }
}
