// Where the catalogues of plugins are: with gitopsctl itself, and in this machine's and this user's configuration.
// Never in a repository: what is run is said by whoever runs it.

import FoundationEssentials
import KubernetesClient
import LocalFiles
import Manifest
import PluginHost
import Reconciler

enum PluginCatalogs {
    /// The plugins that come along, overlaid by those of /etc/gitopsctl/plugins, of the user's configuration folder,
    /// and of what GITOPSCTL_PLUGINS names, in this order.
    static func load(environment: [String: String]) throws(DiagnosticsError) -> PluginCatalog {
        var catalog = PluginCatalog.builtIn(in: ThisMachine.programFolder)
        var problems: [Diagnostic] = []
        for place in places(environment: environment) {
            do throws(DiagnosticsError) {
                catalog = catalog.merging(try read(place.path, isNeeded: place.isNeeded))
            } catch {
                problems += error.diagnostics
            }
        }
        if !problems.isEmpty { throw DiagnosticsError(problems) }
        return catalog
    }

    private static func places(environment: [String: String]) -> [(path: String, isNeeded: Bool)] {
        var user = environment["XDG_CONFIG_HOME"] ?? ""
        if !user.hasPrefix("/") { user = (environment["HOME"] ?? "") + "/.config" }
        let named = (environment["GITOPSCTL_PLUGINS"] ?? "").split(separator: ":").map { (String($0), true) }
        return [("/etc/gitopsctl/plugins", false), (user + "/gitopsctl/plugins", false)] + named
    }

    private static func read(_ path: String, isNeeded: Bool) throws(DiagnosticsError) -> PluginCatalog {
        guard FileManager.default.fileExists(atPath: path) else {
            if isNeeded {
                throw DiagnosticsError(
                    "there is no catalogue of plugins", at: SourceLocation(file: path),
                    cure: "Correct GITOPSCTL_PLUGINS")
            }
            return PluginCatalog()
        }
        var catalog = PluginCatalog()
        for file in Files.manifests([path]) {
            let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? FileManager.default.currentDirectoryPath
            catalog = catalog.merging(
                try PluginCatalog(
                    documents: YAML.read(try Files.read(file), file: file), file: file, folder: absolute(folder)))
        }
        return catalog
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}

extension Session {
    /// Runs plugins, with the Secrets that they are granted from this cluster or from files.
    func pluginHost(_ cluster: (any KubernetesAPI)?) throws(DiagnosticsError) -> PluginHost {
        PluginHost(
            catalog: try PluginCatalogs.load(environment: console.environment), secrets: GrantedSecrets.source(cluster))
    }
}
