// The Secrets that operators want to be given: those that they do not make themselves where they are missing.

import Manifest

extension Subject {
    /// Names of Secrets in a custom resource, each with the key that has to be in it where one is named.
    var operatorSecrets: [(name: Field, key: Field?)] {
        let spec = root["spec"]
        var references: [Field?] = []
        switch (kind.group, kind.kind) {
        case ("postgresql.cnpg.io", "Cluster"):
            let store = spec?[path: "backup", "barmanObjectStore"]
            references = [spec?[path: "bootstrap", "initdb", "secret"], spec?["superuserSecret"]]
            for provider in ["s3Credentials", "azureCredentials", "googleCredentials"] {
                references += (store?[provider]?.members ?? []).map(\.field)
            }
            references += (spec?[path: "managed", "roles"]?.items ?? []).map { $0["passwordSecret"] }
        case ("cert-manager.io", "Issuer"):
            for solver in spec?[path: "acme", "solvers"]?.items ?? [] {
                for (_, provider) in solver["dns01"]?.members ?? [] {
                    references += provider.members.filter { $0.key.hasSuffix("SecretRef") }.map(\.field)
                }
            }
            references.append(spec?["ca"])
        case ("psmdb.percona.com", "PerconaServerMongoDB"):
            references = (spec?[path: "backup", "storages"]?.members ?? []).map { $0.field["s3"] }
        case ("databases.spotahome.com", "RedisFailover"):
            references = [spec?["auth"]]
        case ("elasticsearch.k8s.elastic.co", "Elasticsearch"), ("kibana.k8s.elastic.co", "Kibana"):
            references = spec?["secureSettings"]?.items ?? []
        default: return []
        }
        return references.compactMap(\.self).compactMap { reference in
            let name = ["name", "secretName", "credentialsSecret", "secretPath"].lazy.compactMap { reference[$0] }.first
            return name.map { ($0, reference["key"]) }
        }
    }
}
