// What is chosen about a controller, be it by its command line.

extension Controller {
    package struct Options: Sendable {
        /// How many applications are worked on at a time, those that wait for health not counted.
        package var concurrency = 8
        /// Whether nothing is synced and nothing deleted, whoever asks.
        package var isReadOnly = false
        /// Where the secrets of webhooks and the catalogues of plugins are.
        package var namespace = "gitops-system"
        /// Whom applications act as where neither they nor their Project say it; nil for the controller itself.
        package var defaultServiceAccount: String?
        package var host = "0.0.0.0"
        /// 0 takes any port that is free.
        package var port = 9292
        /// Where the API is served; nil for nowhere.
        package var api: (host: String, port: Int)?
        /// As whom the port speaks TLS; nil for plain HTTP.
        package var certificate: ServedCertificate?
        /// The same of the API.
        package var apiCertificate: ServedCertificate?
        /// The hosts that notifications may go to though their addresses are private.
        package var privateReceivers: Set<String> = []
        /// Told the port once it is bound.
        package var bound: @Sendable (Int) -> Void = { _ in }
        /// The same of the API.
        package var boundAPI: @Sendable (Int) -> Void = { _ in }

        package init() {}
    }
}
