// What a plugin is told of the application that it works for.

import Manifest

package struct PluginContext: Sendable, Hashable {
    package var application: String
    /// The namespace of objects that name none.
    package var namespace: String?
    /// The texts of files with objects that SOPS encrypted, by the paths that the objects' origins name.
    package var files: [String: String]

    package init(application: String, namespace: String?, files: [String: String] = [:]) {
        self.application = application
        self.namespace = namespace
        self.files = files
    }

    /// The `functionConfig` of a call: the application's own, or its fields in an object; with the application named
    /// in annotations.
    func functionConfig(_ use: PluginUse) -> Value {
        var config: Value
        if let given = use.config, given["kind"] != nil, given["apiVersion"] != nil {
            config = given
        } else {
            config = [
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "PluginConfiguration",
                "metadata": ["name": .string(use.name)],
            ]
            if let given = use.config { config["spec"] = given }
        }
        var metadata = config["metadata"]?.object ?? Object()
        var annotations = metadata["annotations"]?.object ?? Object()
        annotations["gitopsctl.dev/application"] = .string(application)
        annotations["gitopsctl.dev/namespace"] = namespace.map(Value.string)
        metadata["annotations"] = .object(annotations)
        config["metadata"] = .object(metadata)
        return config
    }
}
