// cert-manager: a Certificate is healthy while its Secret holds what it asks for, also while the next one is being
// issued. An issuance that failed is tried again after an hour at the earliest: no sync waits for that.

import Manifest

extension Health {
    @Sendable static func ofCertificate(_ live: Value) -> Health {
        if let ready = live.condition("Ready"), ready.status == "True", !live.isOutdated(ready) { return .healthy }
        if let issuing = live.condition("Issuing"), !live.isOutdated(issuing) {
            if issuing.status == "True" { return .progressing("being issued: \(issuing.message)") }
            if issuing.reason == "Failed" { return .degraded("not issued: \(issuing.message)", isFinal: true) }
        }
        return byCondition("Ready", live, unseen: "cert-manager has not looked at it yet")
    }

    /// An Issuer or a ClusterIssuer.
    @Sendable static func ofIssuer(_ live: Value) -> Health {
        if let ready = live.condition("Ready"), ready.status == "False", !live.isOutdated(ready) {
            return .degraded(ready.text)
        }
        return byCondition("Ready", live, unseen: "cert-manager has not looked at it yet")
    }

    @Sendable static func ofCertificateRequest(_ live: Value) -> Health {
        for type in ["InvalidRequest", "Denied"] {
            if let condition = live.condition(type), condition.status == "True" {
                return .degraded(condition.text, isFinal: true)
            }
        }
        if let ready = live.condition("Ready"), ["Failed", "Denied"].contains(ready.reason) {
            return .degraded(ready.text, isFinal: true)
        }
        return byCondition("Ready", live, unseen: "cert-manager has not looked at it yet")
    }

    /// An ACME Order or Challenge.
    @Sendable static func ofACME(_ live: Value) -> Health {
        let reason = live.statusText("reason").map { ": \($0)" } ?? ""
        switch live.statusText("state") {
        case "valid"?: return .healthy
        case let state? where ["invalid", "expired", "errored"].contains(state):
            return .degraded("it is \(state)\(reason)", isFinal: true)
        case let state?: return .progressing("it is \(state)\(reason)")
        case nil: return .progressing("cert-manager has not looked at it yet")
        }
    }
}
