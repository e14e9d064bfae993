// The plugins that applications may use: those that come along, and those of the catalogues in ConfigMaps of the
// controller's own namespace. Whoever may write there says which programs the controller starts, and what each is
// granted; a tenant may not.

import KubernetesClient
import Manifest
package import PluginHost
import Synchronization

package final class PluginShelf: Sendable {
    /// Marks the ConfigMaps with a catalogue.
    static let label = "gitopsctl.dev/plugins"
    static let resourceKind = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")

    /// What a change of a catalogue brings about.
    struct News: Sendable {
        /// The plugins that are new, other than before, or gone.
        var changed: Set<String> = []
        /// Whether there are other catalogues than before that cannot be read.
        var isUnreadChanged = false
        /// The plugins that there are now.
        var known: Set<String> = []
        /// Why catalogues cannot be read.
        var problems: [Diagnostic] = []

        /// Whether an application that uses a plugin is to be looked at again.
        func concerns(_ plugin: String) -> Bool {
            changed.contains(plugin) || isUnreadChanged && !known.contains(plugin)
        }
    }

    private struct State {
        /// By the names of the ConfigMaps: the definitions, or nil for one that cannot be read.
        var catalogs: [String: PluginCatalog?] = [:]
        var merged: PluginCatalog
    }

    private let builtIn: PluginCatalog
    private let folder: String
    private let state: Mutex<State>

    /// - Parameters:
    ///   - builtIn: the plugins that come along. A catalogue may say otherwise of them.
    ///   - folder: where the relative paths of programs start.
    package init(_ builtIn: PluginCatalog, folder: String) {
        self.builtIn = builtIn
        self.folder = folder
        state = Mutex(State(merged: builtIn))
    }

    /// Those that there are at the moment.
    package var catalog: PluginCatalog { state.withLock { $0.merged } }

    /// Takes in a change of the ConfigMaps. What one that cannot be read had granted before is granted no more.
    func take(_ change: ReflectedChange) -> News {
        var problems: [Diagnostic] = []
        func catalog(_ value: Value) -> PluginCatalog? {
            let object = KubernetesObject(value)
            let place = "ConfigMap \(object.namespace ?? "")/\(object.name)"
            do throws(DiagnosticsError) {
                return try PluginCatalog(documents: [value], file: place, folder: folder)
            } catch {
                problems += error.diagnostics
                return nil
            }
        }
        func name(_ value: Value) -> String { KubernetesObject(value).name }
        let read: [(name: String, catalog: PluginCatalog?)]
        switch change {
        case .all(let values): read = values.map { (name($0), catalog($0)) }
        case .changed(let value): read = [(name(value), catalog(value))]
        case .deleted: read = []
        }
        return state.withLock { state in
            let before = state.merged
            switch change {
            case .all: state.catalogs = [:]
            case .deleted(let value): state.catalogs.removeValue(forKey: name(value))
            case .changed: break
            }
            for (name, catalog) in read { state.catalogs.updateValue(catalog, forKey: name) }
            state.merged = merge(state.catalogs)
            return news(since: before, state.merged, problems)
        }
    }

    /// The later over the earlier, by the names of the ConfigMaps.
    private func merge(_ catalogs: [String: PluginCatalog?]) -> PluginCatalog {
        var merged = builtIn
        var unread: [String] = []
        for (name, catalog) in catalogs.sorted(by: { $0.key < $1.key }) {
            if let catalog { merged = merged.merging(catalog) } else { unread.append("ConfigMap \(name)") }
        }
        merged.unread = unread
        return merged
    }

    private func news(since before: PluginCatalog, _ now: PluginCatalog, _ problems: [Diagnostic]) -> News {
        let names = Set(before.definitions.keys).union(now.definitions.keys)
        return News(
            changed: names.filter { before.definitions[$0] != now.definitions[$0] },
            isUnreadChanged: before.unread != now.unread,
            known: Set(now.definitions.keys), problems: problems)
    }
}
