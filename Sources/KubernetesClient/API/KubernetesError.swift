// Why the cluster did not do what it was asked.

package import HTTPClient
package import Manifest

/// A request that failed: what the server's Status said, or why there was no answer.
package struct KubernetesError: Error, Sendable {
    /// One of the reasons that a server gives for refusing an object: a field, and what is wrong with it.
    package struct Cause: Sendable, Hashable {
        /// `spec.replicas`; empty where the server named none.
        package var field: String
        package var message: String
        /// `FieldValueInvalid`, `FieldManagerConflict`, …
        package var reason: String

        package init(field: String, message: String, reason: String) {
            self.field = field
            self.message = message
            self.reason = reason
        }
    }

    /// The HTTP status, 0 where no answer came.
    package var code: Int
    /// The server's StatusReason (`NotFound`, `Conflict`, …), or one of `Reason`'s.
    package var reason: String
    package var message: String
    package var causes: [Cause]
    /// How long the server asks to wait before another try.
    package var retryAfter: Duration?
    /// Verb, kind and object: `apply Deployment shop/web`.
    package var request: String
    /// What went wrong on the way, where no answer came.
    package var transport: HTTPError?

    package init(
        code: Int, reason: String, message: String, causes: [Cause] = [], retryAfter: Duration? = nil, request: String,
        transport: HTTPError? = nil
    ) {
        self.code = code
        self.reason = reason
        self.message = message
        self.causes = causes
        self.retryAfter = retryAfter
        self.request = request
        self.transport = transport
    }

    /// Reasons of the client's own, beside the server's.
    package enum Reason {
        /// No connection, or it broke: see `transport`.
        package static let unreachable = "Unreachable"
        package static let cancelled = "Cancelled"
        /// The server does not serve the kind.
        package static let unknownKind = "UnknownKind"
        /// The object has no kind, no name, or cannot be written as JSON.
        package static let invalidObject = "InvalidObject"
        /// The answer is not what the API says.
        package static let unreadable = "UnreadableAnswer"
        /// The kubeconfig, a certificate, a token file or an exec plugin is not usable.
        package static let configuration = "InvalidConfiguration"
    }

    package var isNotFound: Bool { code == 404 && reason != Reason.unknownKind }
    package var isConflict: Bool { code == 409 && reason != "AlreadyExists" }
    package var isAlreadyExists: Bool { reason == "AlreadyExists" }
    package var isForbidden: Bool { code == 403 }
    package var isUnauthorized: Bool { code == 401 }
    /// The server read the object and found it wrong (422), or could not read it (400).
    package var isInvalid: Bool { code == 422 || code == 400 }
    /// The resourceVersion or continue token is too old.
    package var isGone: Bool { code == 410 }
    package var isTooManyRequests: Bool { code == 429 }
    package var isUnknownKind: Bool { reason == Reason.unknownKind }
    package var isCancelled: Bool { reason == Reason.cancelled }
    package var isUnreachable: Bool { reason == Reason.unreachable }
    /// Server-side apply met fields of other managers.
    package var isFieldManagerConflict: Bool { causes.contains { $0.reason == "FieldManagerConflict" } }
}

extension KubernetesError: CustomStringConvertible {
    package var description: String { "\(request): \(message)" }

    /// The error as a user reads it, with what to do about it where that is known.
    package func diagnostic(at location: SourceLocation? = nil) -> Diagnostic {
        .error(description, at: location, cure: cure)
    }

    private var cure: String? {
        switch (code, reason) {
        case (401, _): "Check the credentials of the kubeconfig's user"
        case (403, _): "Grant the permission named above, or use another context"
        case (_, Reason.unknownKind): "Install the CustomResourceDefinition, or check apiVersion and kind"
        case (_, Reason.unreachable) where transport?.code == .tls:
            "Check certificate-authority and tls-server-name in the kubeconfig"
        case (_, Reason.unreachable): "Check that the server of the kubeconfig's context is up and can be reached"
        case (409, _) where isFieldManagerConflict:
            "Force conflicts to take the fields over, or leave them out of the manifest"
        case (500..., _) where message.contains("failed calling webhook"):
            "Check the service behind the webhook, or remove its configuration if nothing serves it any more"
        default: nil
        }
    }
}
