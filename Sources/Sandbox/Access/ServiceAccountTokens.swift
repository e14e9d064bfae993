// Tokens of service accounts: issued by the `token` subresource, checked by signature, time and the account that they
// were issued to.

import CCrypto
import Manifest

/// Signs and reads tokens, by a key of the sandbox's own.
///
/// They have the form and the claims of Kubernetes' own, so that clients can look into them; but they are signed by a
/// shared key (HS256), because nobody but the sandbox has to check them.
struct TokenSigner: Sendable {
    let key: [UInt8]

    static let issuer = "https://kubernetes.default.svc"

    struct Claims: Sendable {
        var account: ServiceAccountName
        var uid: String
        var audiences: [String]
        /// Seconds since 1970.
        var issued: Int64
        var expires: Int64
    }

    func token(_ claims: Claims) -> String {
        let header: Value = ["alg": "HS256", "typ": "JWT"]
        let payload: Value = [
            "aud": .array(claims.audiences.map { .string($0) }), "exp": .int(Int(claims.expires)),
            "iat": .int(Int(claims.issued)), "iss": .string(Self.issuer),
            "kubernetes.io": [
                "namespace": .string(claims.account.namespace),
                "serviceaccount": ["name": .string(claims.account.name), "uid": .string(claims.uid)],
            ],
            "nbf": .int(Int(claims.issued)), "sub": .string(claims.account.user),
        ]
        let content = Base64.encodeForURL(JSON.write(header)) + "." + Base64.encodeForURL(JSON.write(payload))
        return content + "." + Base64.encodeForURL(signature(of: content))
    }

    /// What a token of this key says; nil for any other, and for one whose time is over.
    func claims(of token: String, now: Timestamp) -> Claims? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, Base64.encodeForURL(signature(of: "\(parts[0]).\(parts[1])")) == parts[2],
            let bytes = Base64.decodeURL(String(parts[1])), let payload = try? JSON.read(bytes),
            let account = ServiceAccountName(user: payload["sub"]?.string ?? ""),
            let expires = payload["exp"]?.int, Int64(expires) > now.microseconds / 1_000_000
        else { return nil }
        return Claims(
            account: account, uid: payload[path: "kubernetes.io", "serviceaccount", "uid"]?.string ?? "",
            audiences: (payload["aud"]?.array ?? []).compactMap(\.string), issued: Int64(payload["iat"]?.int ?? 0),
            expires: Int64(expires))
    }

    private func signature(of content: String) -> [UInt8] {
        let text = Array(content.utf8)
        var length = 0
        return [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            let made = EVP_Q_mac(
                nil, "HMAC", nil, "SHA256", nil, key, key.count, text, text.count, buffer.baseAddress, 32, &length)
            count = made == nil ? 0 : length
        }
    }
}

extension Base64 {
    /// Reads the alphabet of URLs, without padding.
    static func decodeURL(_ text: String) -> [UInt8]? {
        let standard = text.replacing("-", with: "+").replacing("_", with: "/")
        return decode(standard + String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4))
    }
}

extension KubernetesAPIServer {
    private static let accounts = GroupResource(group: "", resource: "serviceaccounts")

    /// Whom a token stands for, and for which audiences; nil when it is none of the sandbox's, or its account is gone.
    func user(ofToken token: String) -> (user: User, audiences: [String])? {
        if let user = tokens[token] { return (user, [TokenSigner.issuer]) }
        guard let claims = tokenSigner.claims(of: token, now: ambient.now()),
            let account = store.object(
                Self.accounts, ObjectKey(namespace: claims.account.namespace, name: claims.account.name)),
            account.uid == claims.uid
        else { return nil }
        var user = User(name: claims.account.user, groups: claims.account.groups + ["system:authenticated"])
        user.uid = claims.uid
        return (user, claims.audiences)
    }

    /// `serviceaccounts/token`: issues a token.
    func issueToken(_ call: ResourceRequest) throws(StatusError) -> APIResponse {
        guard let account = store.object(call.groupResource, call.key) else {
            throw .notFound(call.groupResource, call.key.name)
        }
        var request = try RequestBody.read(call.request)
        if request.object == nil { request = [:] }
        let seconds = request[path: "spec", "expirationSeconds"]?.int ?? 3600
        guard seconds >= 600 else {
            throw .invalid(
                GroupKind(group: "authentication.k8s.io", kind: "TokenRequest"), "",
                [.invalid("spec.expirationSeconds", String(seconds), "may not specify a duration less than 10 minutes")]
            )
        }
        var audiences = (request[path: "spec", "audiences"]?.array ?? []).compactMap(\.string)
        if audiences.isEmpty { audiences = [TokenSigner.issuer] }
        let now = ambient.now()
        let token = tokenSigner.token(
            TokenSigner.Claims(
                account: ServiceAccountName(namespace: call.key.namespace, name: call.key.name), uid: account.uid,
                audiences: audiences, issued: now.microseconds / 1_000_000,
                expires: now.microseconds / 1_000_000 + Int64(seconds)))
        return .json(
            [
                "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
                "metadata": [
                    "name": .string(call.key.name), "namespace": .string(call.key.namespace),
                    "creationTimestamp": .string(now.text),
                ],
                "spec": [
                    "audiences": .array(audiences.map { .string($0) }), "expirationSeconds": .int(seconds),
                    "boundObjectRef": .null,
                ],
                "status": ["token": .string(token), "expirationTimestamp": .string((now + .seconds(seconds)).text)],
            ], status: 201)
    }
}
