// Cluster addresses and node ports: what Services are given, and what they may ask for.

import Manifest

/// Who has which cluster address and node port. An entry may outlive its Service, so that it counts only as long as
/// that says the same.
struct ServiceAllocations: Sendable {
    private var owners: [String: ObjectKey] = [:]

    func owner(of address: String) -> ObjectKey? { owners[address] }
    mutating func note(_ address: String, _ key: ObjectKey) { owners[address] = key }
}

extension KubernetesAPIServer {
    private static let nodePorts = 30000...32767

    /// Gives a Service the addresses and ports that its type has, and those that it asks for.
    /// - Throws: 422 for an address or a port that is out of range or taken.
    func allocate(for value: inout Value) throws(StatusError) {
        let key = ObjectKey(
            namespace: value[path: "metadata", "namespace"]?.string ?? "",
            name: value[path: "metadata", "name"]?.string ?? "")
        var spec = value["spec"] ?? [:]
        let type = spec["type"]?.string ?? "ClusterIP"
        guard type != "ExternalName" else { return }
        try allocateAddress(&spec, key)
        if type == "NodePort" || type == "LoadBalancer", spec["allocateLoadBalancerNodePorts"]?.bool != false {
            try allocateNodePorts(&spec, key)
        }
        value["spec"] = spec
    }

    private func allocateAddress(_ spec: inout Value, _ key: ObjectKey) throws(StatusError) {
        var address = spec["clusterIP"]?.string ?? spec["clusterIPs"]?.array?.first?.string ?? ""
        if address.isEmpty {
            repeat {
                let number = ambient.random()
                address = "10.96.\(number % 256).\(1 + number / 256 % 254)"
            } while isTaken(address, except: key)
        } else if address != "None" {
            let refusal: String? =
                if !address.hasPrefix("10.96.") {
                    "the provided IP (\(address)) is not in the valid range. The range of valid IPs is 10.96.0.0/16"
                } else if isTaken(address, except: key) {
                    "provided IP is already allocated"
                } else { nil }
            if let refusal {
                throw .invalid(
                    GroupKind(group: "", kind: "Service"), key.name,
                    [
                        .invalid(
                            "spec.clusterIPs", "[\(quoted(address))]", "failed to allocate IP \(address): \(refusal)")
                    ])
            }
        }
        note(address, key)
        spec["clusterIP"] = .string(address)
        spec.fill("clusterIPs", [.string(address)])
        spec.fill("ipFamilies", ["IPv4"])
        spec.fill("ipFamilyPolicy", "SingleStack")
    }

    private func allocateNodePorts(_ spec: inout Value, _ key: ObjectKey) throws(StatusError) {
        guard var ports = spec["ports"]?.array else { return }
        for index in ports.indices {
            var number = ports[index]["nodePort"]?.int ?? 0
            if number == 0 {
                repeat {
                    number = Self.nodePorts.lowerBound + Int(ambient.random() % UInt64(Self.nodePorts.count))
                } while isTaken(String(number), except: key)
                ports[index]["nodePort"] = .int(number)
            } else {
                let refusal: String? =
                    if !Self.nodePorts.contains(number) {
                        "provided port is not in the valid range. The range of valid ports is 30000-32767"
                    } else if isTaken(String(number), except: key) {
                        "provided port is already allocated"
                    } else { nil }
                if let refusal {
                    throw .invalid(
                        GroupKind(group: "", kind: "Service"), key.name,
                        [.invalid("spec.ports[\(index)].nodePort", String(number), refusal)])
                }
            }
            note(String(number), key)
        }
        spec["ports"] = .array(ports)
    }

    private func isTaken(_ address: String, except key: ObjectKey) -> Bool {
        guard let owner = allocations.owner(of: address), owner != key,
            let spec = store.object(.services, owner)?.value["spec"]
        else { return false }
        return spec["clusterIP"]?.string == address
            || (spec["ports"]?.array ?? []).contains { $0["nodePort"]?.scalar?.text == address }
    }

    private func note(_ address: String, _ key: ObjectKey) {
        if address != "None" { changeAllocations { $0.note(address, key) } }
    }

    /// Takes up the Services that are in the store already.
    func noteAllocations() {
        for service in store.objects(.services).objects {
            let spec = service.value["spec"] ?? [:]
            if let address = spec["clusterIP"]?.string { note(address, service.key) }
            for port in spec["ports"]?.array ?? [] {
                if let number = port["nodePort"]?.scalar?.text { note(number, service.key) }
            }
        }
    }
}
