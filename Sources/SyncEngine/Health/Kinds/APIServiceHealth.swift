// An APIService is healthy while the server that it names answers.

import Manifest

extension Health {
    @Sendable static func ofAPIService(_ live: Value) -> Health {
        guard let available = live.condition("Available") else { return .progressing("not checked yet") }
        return available.status == "True" ? .healthy : .progressing(available.text)
    }
}
