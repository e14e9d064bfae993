// Keeps whoever works for strangers from calling the addresses of private networks that the strangers chose.

import GitSource
package import HTTPClient

#if canImport(Glibc)
    import Glibc
#endif

/// Judges addresses before anything is asked of them, and carries what was judged well.
package struct AddressGuard: Sendable {
    /// A client of its own, so that no connection is shared with requests that may go anywhere. A name is judged before
    /// anything is asked of it, for the sake of the words; this judges the address that it then has, which may be
    /// another (DNS rebinding), and those that redirects lead to. A proxy resolves names itself, and has the judgement.
    package let http: HTTPClient
    private let usesProxy: Bool

    package init() {
        let names: [String] = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
        usesProxy = names.contains { name in getenv(name).map { $0.pointee != 0 } ?? false }
        var options = HTTPClient.Options()
        if !usesProxy { options.allowsAddress = { address in !PrivateAddress.isPrivate(address) } }
        http = HTTPClient(options: options)
    }

    /// Why a repository must not be asked for anything; nil where it may.
    func refusal(of repository: RemoteRepository) async -> String? {
        if let proxy = repository.proxy, let refusal = await refusal(ofHost: HostName.of(url: proxy) ?? proxy) {
            return "its proxy " + refusal
        }
        switch repository.location {
        case .path: return "it is a repository on this machine"
        case .http(let url): return await refusal(ofHost: HostName.of(url: url) ?? "")
        case .ssh(_, let host, _, _): return await refusal(ofHost: host)
        }
    }

    /// Why a host must not be called; nil where it may, or where nobody knows it.
    package func refusal(ofHost host: String) async -> String? {
        guard let address = await PrivateAddress.find(of: host) else { return nil }
        let name = address == host ? "`\(host)`" : "`\(host)` (\(address))"
        return "\(name) is an address of a private network or of this machine"
    }
}
