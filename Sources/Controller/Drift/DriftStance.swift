// What an application wants done about drift: the rules of its drift-detector plugin, and what holds without any.

import DriftDetector
import Manifest
import PluginHost
import Reconciler

/// An application's rules, and how far they go.
struct DriftStance: Sendable {
    private let rules: DriftRules
    /// Whether anything may be written without somebody's asking.
    private let repairs: Bool

    /// What no rule speaks of is repaired with `selfHeal`, and only reported without. Rules that cannot be read let
    /// nothing be repaired; the plugin says what is wrong with them.
    init(of application: Application) {
        let use = application.plugins.first { $0.name == "drift-detector" }
        let configuration = use?.config.map { $0["spec"] == nil ? Value.object(["spec": $0]) : $0 }
        let read = Result { () throws(DiagnosticsError) in try DriftRules(configuration: configuration) }
        var rules = (try? read.get()) ?? DriftRules()
        if case .success = read, application.sync.selfHeal { rules.standardPolicy = .repair }
        self.rules = rules
        repairs = application.sync.automated
    }

    /// Whether any drift at all would be repaired: an application that has nothing of the kind is only compared.
    var mayRepair: Bool {
        repairs && (rules.standardPolicy != .report || rules.rules.contains { ($0.policy ?? .report) != .report })
    }

    /// Every difference of a plan, those of severity none among them.
    ///
    /// - Parameters:
    ///   - sides: desired and live objects, values of Secrets masked.
    ///   - onlyReports: whether nothing of it will be repaired, whatever the rules say.
    func differences(desired: [Value], live: [Value], onlyReports: Bool = false) -> [Drift] {
        DriftDetector(rules: rules).differences(desired: desired, live: live).map { drift in
            var drift = drift
            if !repairs || onlyReports { drift.policy = .report }
            return drift
        }
    }

    /// An object that a sync would write though nobody is known to have changed it.
    func rewritten(_ object: ObjectReference, onlyReports: Bool = false) -> Drift {
        var drift = Drift(object: object, change: .rewritten, severity: .major, policy: .report)
        (drift.severity, drift.policy) = rules.judge(object, nil, manager: nil)
        if !repairs || onlyReports { drift.policy = .report }
        return drift
    }
}
