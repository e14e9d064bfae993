// From a kubeconfig's YAML to a `Kubeconfig`, with every problem at its line.

package import Manifest

extension Kubeconfig {
    /// Reads the text of one kubeconfig. Relative paths in it are relative to the folder of `path`.
    ///
    /// - Throws: what is wrong with the text, all of it, by line.
    package init(yaml: [UInt8], path: String) throws(DiagnosticsError) {
        var decoder = KubeconfigDecoder(path: path)
        let documents = try YAML.read(yaml, file: path)
        paths = [path]
        guard let document = documents.first, !document.isNull else { return }
        clusters = decoder.entries(of: document, list: "clusters", member: "cluster").compactMap { decoder.cluster($0) }
        users = decoder.entries(of: document, list: "users", member: "user").map { decoder.user($0) }
        contexts = decoder.entries(of: document, list: "contexts", member: "context").map { decoder.context($0) }
        currentContext = document["current-context"]?.scalar.flatMap { $0.text.isEmpty || $0.isNull ? nil : $0.text }
        if !decoder.problems.isEmpty { throw DiagnosticsError(decoder.problems) }
    }
}

private struct KubeconfigDecoder {
    struct Entry {
        let name: String
        let value: Value
        let location: SourceLocation
    }

    let path: String
    var problems: [Diagnostic] = []

    init(path: String) {
        self.path = path
    }

    func location(_ value: Value) -> SourceLocation { SourceLocation(file: path, position: value.position) }

    mutating func entries(of document: Value, list: String, member: String) -> [Entry] {
        guard let found = document[list], !found.isNull else { return [] }
        guard let items = found.array else {
            problems.append(.error("`\(list)` is not a list", at: location(found)))
            return []
        }
        return items.compactMap { item in
            guard let name = item["name"]?.scalar?.text else {
                problems.append(.error("an entry of `\(list)` has no name", at: location(item)))
                return nil
            }
            return Entry(name: name, value: item[member] ?? .null, location: location(item))
        }
    }

    mutating func cluster(_ entry: Entry) -> Kubeconfig.Cluster? {
        guard let server = text(entry.value, "server") else {
            problems.append(.error("cluster \(entry.name) has no server", at: entry.location))
            return nil
        }
        return Kubeconfig.Cluster(
            name: entry.name, server: server, certificateAuthority: material(entry.value, "certificate-authority"),
            insecureSkipVerify: entry.value["insecure-skip-tls-verify"]?.bool ?? false,
            tlsServerName: text(entry.value, "tls-server-name"), proxy: text(entry.value, "proxy-url"),
            disablesCompression: entry.value["disable-compression"]?.bool ?? false, location: entry.location)
    }

    mutating func user(_ entry: Entry) -> Kubeconfig.User {
        let value = entry.value
        var credentials = Credentials.none
        if let exec = value["exec"], !exec.isNull {
            credentials = plugin(exec, user: entry.name).map { .plugin($0) } ?? .none
        } else if let file = text(value, "tokenFile") {
            credentials = .tokenFile(path: resolved(file), fallback: text(value, "token").map { Secret($0) })
        } else if let token = text(value, "token") {
            credentials = .token(Secret(token))
        } else if let name = text(value, "username") {
            credentials = .basic(user: name, password: Secret(text(value, "password") ?? ""))
        }
        return Kubeconfig.User(
            name: entry.name, clientCertificate: material(value, "client-certificate"),
            clientKey: material(value, "client-key"), credentials: credentials, impersonation: impersonation(value),
            authProvider: value[path: "auth-provider", "name"]?.scalar?.text, location: entry.location)
    }

    func context(_ entry: Entry) -> Kubeconfig.Context {
        Kubeconfig.Context(
            name: entry.name, cluster: text(entry.value, "cluster") ?? "", user: text(entry.value, "user") ?? "",
            namespace: text(entry.value, "namespace"), location: entry.location)
    }

    private func impersonation(_ value: Value) -> Impersonation? {
        guard let user = text(value, "as") else { return nil }
        let texts = { (value: Value?) in value?.array?.compactMap { $0.scalar?.text } ?? [] }
        var extra: [String: [String]] = [:]
        for entry in value["as-user-extra"]?.object?.entries ?? [] { extra[entry.key] = texts(entry.value) }
        return Impersonation(user: user, uid: text(value, "as-uid"), groups: texts(value["as-groups"]), extra: extra)
    }

    private mutating func plugin(_ exec: Value, user: String) -> ExecPlugin? {
        guard let command = text(exec, "command") else {
            problems.append(.error("the exec plugin of user \(user) has no command", at: location(exec)))
            return nil
        }
        var environment: [String: Secret] = [:]
        for variable in exec["env"]?.array ?? [] {
            if let name = text(variable, "name") { environment[name] = Secret(text(variable, "value") ?? "") }
        }
        return ExecPlugin(
            command: command.contains("/") ? resolved(command) : command,
            arguments: exec["args"]?.array?.compactMap { $0.scalar?.text } ?? [], environment: environment,
            apiVersion: text(exec, "apiVersion") ?? "client.authentication.k8s.io/v1",
            installHint: text(exec, "installHint"), providesClusterInfo: exec["provideClusterInfo"]?.bool ?? false)
    }

    /// `name-data` in base64 wins over the path at `name`.
    private mutating func material(_ value: Value, _ name: String) -> Kubeconfig.Material? {
        if let text = text(value, "\(name)-data") {
            guard let bytes = Base64.decode(text) else {
                problems.append(.error("`\(name)-data` is not base64", at: value["\(name)-data"].map { location($0) }))
                return nil
            }
            return .data(bytes)
        }
        return text(value, name).map { .file(resolved($0)) }
    }

    private func text(_ value: Value, _ key: String) -> String? {
        guard let scalar = value[key]?.scalar, !scalar.isNull, !scalar.text.isEmpty else { return nil }
        return scalar.text
    }

    private func resolved(_ file: String) -> String {
        guard !file.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return file }
        return path[...slash] + file
    }
}
