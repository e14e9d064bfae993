// What the body of a request for a sync may say.

import Manifest
import Reconciler

extension SyncOrder {
    /// The order in the body of a request; a plain sync where there is none.
    ///
    /// - Parameters:
    ///   - moment: another one than that of any request before.
    ///   - actor: whoever asks, as the API server knows them.
    /// - Throws: 400 or 415, for whatever is not understood.
    init(_ request: ServerRequest, moment: String, by actor: String) throws(APIFailure) {
        self.init(moment: moment)
        self.actor = actor
        if request.body.isEmpty { return }
        let type = (request.headers["content-type"] ?? "application/json").prefix { $0 != ";" }.lowercased()
        guard type == "application/json" else {
            throw APIFailure(415, "UnsupportedMediaType", "the body must be application/json")
        }
        guard let body = (try? JSON.read(request.body, maximumDepth: 8))?.object else {
            throw .badRequest("the body is no JSON object")
        }
        for entry in body.entries {
            switch entry.key {
            case "revision": revision = try Self.text(entry.value, "revision", limit: 250)
            case "confirm": confirmedPlan = try Self.text(entry.value, "confirm", limit: 128)
            case "rollback":
                guard let rollsBack = entry.value.bool else { throw .badRequest("rollback must be true or false") }
                isRollback = rollsBack
            default:
                throw .badRequest(
                    "\(entry.key.prefix(100)) is not a field of a request: they are revision, rollback and confirm")
            }
        }
        if isRollback, revision == nil { throw .badRequest("a rollback needs the revision to go back to") }
    }

    private static func text(_ value: Value, _ field: String, limit: Int) throws(APIFailure) -> String {
        guard let text = value.string, !text.isEmpty, text.utf8.count <= limit,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw .badRequest("\(field) must be a text of \(limit) characters at most, without blanks")
        }
        return text
    }
}
