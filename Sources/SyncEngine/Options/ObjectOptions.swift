// How one object is written and deleted, where it or its application asks for another way than server-side apply: the
// words of `sync-options`, which are Argo CD's, kubectl's or ours, and the annotations of Flux that say the same.

package import KubernetesClient
package import Manifest

/// What a sync may do with one object, and how.
package struct ObjectOptions: Sendable, Hashable {
    package enum Write: Sendable, Hashable {
        /// Server-side apply.
        case apply
        /// A three-way merge that is computed here, and sent as a JSON merge patch.
        case merge
        /// The whole object is put in place of the live one: what Git does not say goes, whoever set it.
        case replace
        /// Created where it is missing, and left alone where it is there.
        case createOnly
        /// Neither created nor changed nor pruned.
        case leave
    }

    package enum Recreation: Sendable, Hashable {
        /// A change of a field that cannot be changed fails.
        case refused
        /// The object is deleted, with its dependents as `propagation` says, and created again.
        case allowed
        /// The same, and its dependents stay, for the new object to adopt.
        case orphaning
    }

    package var write = Write.apply
    package var recreation = Recreation.refused
    /// What the server does with fields that it does not know.
    package var validation = FieldValidation.strict
    /// What becomes of the dependents of an object that a sync deletes.
    package var propagation = DeleteOptions.Propagation.background

    package init() {}

    /// Reads the annotations of an object over the options of its application.
    ///
    /// - Parameter problems: is given the words that cannot be understood, at the object's place.
    package init(of object: KubernetesObject, over application: ObjectOptions, _ problems: inout [Diagnostic]) {
        self = application
        // A few kinds take data with them that nothing brings back: only their own word makes them go.
        if PruneRules.protectedKinds.contains(object.gvk.groupKind) { recreation = .refused }
        readFlux(object)
        for key in [Vocabulary.ArgoCD.syncOptions, Vocabulary.syncOptions] {
            for word in Vocabulary.words(object.annotation(key)) {
                if read(word) || Self.isKnownElsewhere(word) { continue }
                // A word of Argo CD's that has no meaning here has one there.
                let severity: Diagnostic.Severity = key == Vocabulary.syncOptions ? .error : .warning
                problems.append(
                    Diagnostic(
                        severity, "\(word) is no sync option of an object", at: object.origin,
                        cure: "\(key) may hold \(Self.vocabulary.joined(separator: ", "))"))
            }
        }
    }

    /// What the user may write.
    package static let vocabulary = [
        "ServerSideApply=false", "Replace=true", "Force=true", "Force=orphan", "CreateOnly=true", "Sync=false",
        "Validate=strict", "Validate=warn",
        "Validate=false", "PrunePropagationPolicy=foreground|background|orphan", "Prune=false", "Delete=false",
    ]

    /// Takes one option; false for a word that is none of those that an application may have, too.
    package mutating func read(_ word: String) -> Bool {
        switch word {
        // Whoever asks for a replacement has said how the object is written already.
        case "ServerSideApply=false": if write == .apply { write = .merge }
        case "ServerSideApply=true": if write == .merge { write = .apply }
        case "Replace=true": write = .replace
        case "Replace=false": if write == .replace { write = .apply }
        case "CreateOnly=true": write = .createOnly
        case "Sync=false": write = .leave
        case "Sync=true", "CreateOnly=false": if write == .leave || write == .createOnly { write = .apply }
        case "Force=true": recreation = .allowed
        case "Force=orphan": recreation = .orphaning
        case "Force=false": recreation = .refused
        case "Validate=true", "Validate=strict": validation = .strict
        case "Validate=warn": validation = .warn
        case "Validate=false", "Validate=ignore": validation = .ignore
        case "PrunePropagationPolicy=background": propagation = .background
        case "PrunePropagationPolicy=foreground": propagation = .foreground
        case "PrunePropagationPolicy=orphan": propagation = .orphan
        default: return Self.isGiven(word)
        }
        return true
    }

    /// Options of Argo CD's that ask for what is done anyway: only objects that differ are applied; differences that
    /// are ignored are not written; definitions come before their objects; the prune is last.
    private static func isGiven(_ word: String) -> Bool {
        [
            "ApplyOutOfSyncOnly=true", "RespectIgnoreDifferences=true", "SkipDryRunOnMissingResource=true",
            "PruneLast=true",
            "ClientSideApplyMigration=true",
        ].contains(word)
    }

    /// Options that are read from the live object when it is no longer desired.
    private static func isKnownElsewhere(_ word: String) -> Bool {
        ["Prune=", "Delete="].contains {
            word.hasPrefix($0) && ["true", "false", "confirm"].contains(word.dropFirst($0.count))
        }
    }

    // https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources
    private mutating func readFlux(_ object: KubernetesObject) {
        if object.annotation(Vocabulary.Flux.force)?.lowercased() == "enabled" { recreation = .allowed }
        switch object.annotation(Vocabulary.Flux.ssa)?.lowercased() {
        case "ifnotpresent": write = .createOnly
        case "ignore": write = .leave
        default: break
        }
        if object.annotation(Vocabulary.Flux.reconcile)?.lowercased() == "disabled" { write = .leave }
    }
}

extension ObjectOptions {
    /// The deletion of a recreation.
    var recreationPropagation: DeleteOptions.Propagation { recreation == .orphaning ? .orphan : propagation }
}
