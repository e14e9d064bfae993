// A build as one file an object, named as the reference names them.

import Manifest

extension BuildResult {
    /// Names and texts of the files that `--output` makes in a folder: `apps_v1_deployment_web.yaml`, with the
    /// namespace in front where the objects are in more than one.
    package func filesOfObjects() -> [(name: String, text: [UInt8])] {
        let ids = objects.map { Resource($0.value, origin: nil).id }
        let namespaces = Set(ids.filter { !$0.isClusterScoped }.map(\.namespace))
        return zip(objects, ids).map { object, id in
            var parts = [id.group, id.version, id.kind, id.name].filter { !$0.isEmpty }.map { $0.lowercased() }
            if namespaces.count > 1, !id.isClusterScoped { parts.insert(id.namespace.lowercased(), at: 0) }
            // A name may hold what a file's may not.
            let name = parts.joined(separator: "_").map { $0 == "/" ? "_" : $0 }
            return (String(name) + ".yaml", YAML.write(object.value))
        }
    }
}
