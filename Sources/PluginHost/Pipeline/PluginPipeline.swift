// The three places of plugins in the pipeline, as functions from objects to objects and findings.

package import Manifest

extension PluginHost {
    /// Runs the transformers that an application uses, in order, each on what the one before it left.
    ///
    /// - Returns: the objects, and warnings.
    /// - Throws: a plugin's failure, or its findings when one of them is an error.
    package func transform(
        _ objects: [KubernetesObject], _ uses: [PluginUse], _ context: PluginContext
    ) async throws(DiagnosticsError) -> (objects: [KubernetesObject], diagnostics: [Diagnostic]) {
        var objects = objects
        var diagnostics: [Diagnostic] = []
        for (use, definition) in try definitions(uses, at: .transform) {
            var call = Call(objects, use, definition)
            // A plugin for objects that are not there has nothing to do; one that asks for no particular ones may
            // make new ones.
            if call.selected.isEmpty, call.isNarrowed { continue }
            let answer = try await self.call(definition, call.list(context))
            diagnostics += answer.warnings + (try findings(answer.list.results, on: objects, of: definition))
            objects = ItemMarks.merge(
                answer.list.items.map(call.veil.unveiled), into: objects, selected: call.selected,
                plugin: definition.name)
        }
        return (objects, diagnostics)
    }

    /// Runs the validators that an application uses. What they make of the objects is not used.
    ///
    /// - Returns: warnings.
    /// - Throws: the findings of all of them when one is an error, and their failures.
    package func validate(
        _ objects: [KubernetesObject], _ uses: [PluginUse], _ context: PluginContext
    ) async throws(DiagnosticsError) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        for (use, definition) in try definitions(uses, at: .validate) {
            var call = Call(objects, use, definition)
            if call.selected.isEmpty, call.isNarrowed { continue }
            do throws(DiagnosticsError) {
                let answer = try await self.call(definition, call.list(context))
                diagnostics += answer.warnings + (try findings(answer.list.results, on: objects, of: definition))
            } catch {
                diagnostics += error.diagnostics
            }
        }
        if diagnostics.contains(where: { $0.severity == .error }) { throw DiagnosticsError(diagnostics) }
        return diagnostics
    }

    /// An object as Git wants it and as the cluster has it; nil for one that is not there. Values of Secrets are
    /// masked already.
    package struct Pair: Sendable {
        package var desired: Value?
        package var live: Value?
        package var origin: SourceLocation?

        package init(desired: Value?, live: Value?, origin: SourceLocation? = nil) {
            self.desired = desired
            self.live = live
            self.origin = origin
        }
    }

    /// Runs the observers that an application uses. Their failures are findings, too: they hold nothing up.
    package func observe(_ pairs: [Pair], _ uses: [PluginUse], _ context: PluginContext) async -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        do throws(DiagnosticsError) {
            for (use, definition) in try definitions(uses, at: .observe) {
                let selector = use.selector ?? definition.selector
                let chosen = pairs.filter { ($0.desired ?? $0.live).map(selector.selects) ?? false }
                let list = ResourceList(items: chosen.flatMap(Self.items), functionConfig: context.functionConfig(use))
                do throws(DiagnosticsError) {
                    let answer = try await call(definition, list)
                    let origins = chosen.compactMap { pair in
                        pair.desired.map { KubernetesObject($0, origin: pair.origin) }
                    }
                    diagnostics += answer.warnings + Self.diagnostics(answer.list.results, on: origins)
                } catch {
                    diagnostics += error.diagnostics.map {
                        Diagnostic(.warning, $0.message, at: $0.location, cure: $0.cure)
                    }
                }
            }
        } catch {
            diagnostics += error.diagnostics.map { Diagnostic(.warning, $0.message, at: $0.location, cure: $0.cure) }
        }
        return diagnostics
    }

    /// The annotation that tells the two sides of a pair apart: `desired` or `live`.
    package static let stateAnnotation = "gitopsctl.dev/state"

    private static func items(of pair: Pair) -> [Value] {
        [("desired", pair.desired), ("live", pair.live)].compactMap { state, value in
            guard var value else { return nil }
            var metadata = value["metadata"]?.object ?? Object()
            var annotations = metadata["annotations"]?.object ?? Object()
            annotations[stateAnnotation] = .string(state)
            metadata["annotations"] = .object(annotations)
            value["metadata"] = .object(metadata)
            return value
        }
    }

    // MARK: Shared

    private func definitions(
        _ uses: [PluginUse], at stage: PluginStage
    ) throws(DiagnosticsError) -> [(PluginUse, PluginDefinition)] {
        var found: [(PluginUse, PluginDefinition)] = []
        for use in uses where use.stage == nil || use.stage == stage {
            let definition = try catalog.definition(of: use)
            if definition.stages.contains(stage) { found.append((use, definition)) }
        }
        return found
    }

    private func findings(
        _ results: [FunctionResult], on objects: [KubernetesObject], of definition: PluginDefinition
    ) throws(DiagnosticsError) -> [Diagnostic] {
        let diagnostics = Self.diagnostics(results, on: objects)
        if diagnostics.contains(where: { $0.severity == .error }) { throw DiagnosticsError(diagnostics) }
        return diagnostics
    }

    /// A plugin's findings at the places of the objects that they are about.
    static func diagnostics(_ results: [FunctionResult], on objects: [KubernetesObject]) -> [Diagnostic] {
        let origins = Dictionary(objects.map { ($0.identity, $0.origin) }) { first, _ in first }
        return results.map { result in
            var message = result.message
            if let reference = result.reference, !message.contains(reference.name) {
                message = "\(reference): \(message)"
            }
            if let field = result.field, !message.contains(field.path) { message += " (\(field.path))" }
            let origin =
                result.reference.flatMap { origins[$0.identity] ?? nil } ?? result.file.map { SourceLocation(file: $0) }
            return Diagnostic(result.severity.diagnostic, message, at: origin, cure: result.tag("gitopsctl.dev/cure"))
        }
    }
}

/// What a plugin is given of an application's objects.
private struct Call {
    let selected: [Int]
    /// Whether it works on particular objects only.
    let isNarrowed: Bool
    var veil = SecretVeil()
    private let objects: [KubernetesObject]
    private let use: PluginUse
    private let seesSecrets: Bool

    init(_ objects: [KubernetesObject], _ use: PluginUse, _ definition: PluginDefinition) {
        let selector = use.selector ?? definition.selector
        selected = objects.indices.filter { selector.selects(objects[$0].value) }
        isNarrowed = selector != ObjectSelector()
        self.objects = objects
        self.use = use
        seesSecrets = definition.grants.secretValues
    }

    mutating func list(_ context: PluginContext) -> ResourceList {
        let items = selected.map { index in
            if !seesSecrets { return veil.veiled(ItemMarks.marked(objects[index], number: index)) }
            // What SOPS encrypted is checked as a whole file, which may hold more than this object.
            let file = objects[index].value["sops"] == nil ? nil : objects[index].origin?.file
            return ItemMarks.marked(objects[index], number: index, text: file.flatMap { context.files[$0] })
        }
        return ResourceList(items: items, functionConfig: context.functionConfig(use))
    }
}
