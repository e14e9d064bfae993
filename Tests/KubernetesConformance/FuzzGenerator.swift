// Random writes of three managers to one object, the same for every server: a seed says them all.

import Manifest

/// SplitMix64: small, and the same everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// One write.
struct FuzzStep: Sendable {
    enum Action: Sendable {
        case create(Value)
        case apply(Value, force: Bool)
        case merge(Value)
        case strategic(Value)
        case json(Value)
        /// A PUT of what is there with one change, which is a merge patch.
        case update(Value)
        case delete
    }

    var manager: String
    var action: Action
}

/// What happens to one object.
struct FuzzSequence: Sendable {
    enum Kind: CaseIterable, Sendable {
        case configMap, deployment, secret, service, thing

        var collection: String {
            switch self {
            case .configMap: "configmaps"
            case .secret: "secrets"
            case .service: "services"
            case .deployment: "apps/v1:deployments"
            case .thing: "\(FuzzedDefinition.group)/v1:things"
            }
        }
    }

    var seed: UInt64
    var kind: Kind
    var steps: [FuzzStep]

    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let kind = Kind.allCases.randomElement(using: &generator) ?? .configMap
        self.seed = seed
        self.kind = kind
        var writer = FuzzWriter(kind: kind, name: "f-\(String(seed, radix: 36))", generator: generator)
        steps = (0..<Int.random(in: 3...9, using: &writer.generator)).map { writer.step(isFirst: $0 == 0) }
    }

    var name: String { "f-\(String(seed, radix: 36))" }
}

/// Invents writes to an object of one kind.
struct FuzzWriter {
    let kind: FuzzSequence.Kind
    let name: String
    var generator: SeededGenerator

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }
    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &generator)]
    }

    mutating func step(isFirst: Bool) -> FuzzStep {
        let manager = pick(["alice", "bob", "carol"])
        if isFirst {
            return FuzzStep(manager: manager, action: chance(50) ? .create(whole()) : .apply(whole(), force: false))
        }
        switch Int.random(in: 0..<100, using: &generator) {
        case ..<40:
            return FuzzStep(manager: manager, action: .apply(chance(60) ? whole() : partial(), force: chance(50)))
        case ..<60: return FuzzStep(manager: manager, action: .merge(change(removes: true)))
        case ..<72: return FuzzStep(manager: manager, action: .update(change(removes: true)))
        case ..<84: return FuzzStep(manager: manager, action: .strategic(change(removes: false)))
        case ..<92: return FuzzStep(manager: manager, action: .json(operations()))
        case ..<97: return FuzzStep(manager: manager, action: .delete)
        default: return FuzzStep(manager: manager, action: .create(whole()))
        }
    }

    private var head: Object {
        switch kind {
        case .configMap: ["apiVersion": "v1", "kind": "ConfigMap"]
        case .secret: ["apiVersion": "v1", "kind": "Secret"]
        case .service: ["apiVersion": "v1", "kind": "Service"]
        case .deployment: ["apiVersion": "apps/v1", "kind": "Deployment"]
        case .thing: ["apiVersion": .string("\(FuzzedDefinition.group)/v1"), "kind": "Thing"]
        }
    }

    private mutating func metadata(named: Bool) -> Value {
        var metadata = Object()
        if named { metadata["name"] = .string(name) }
        if chance(40) { metadata["labels"] = map(["a", "b", "c"]) }
        if chance(30) { metadata["annotations"] = map(["x", "y"]) }
        if chance(10) {
            let names: [Value] = ["example.com/a", "example.com/b"]
            metadata["finalizers"] = .array(chance(50) ? names : [pick(names)])
        }
        return .object(metadata)
    }

    private mutating func map(_ keys: [String]) -> Value {
        var object = Object()
        for key in keys where chance(60) { object[key] = .string(pick(["1", "2", "3"])) }
        // Who owns an empty map is another question in every version of Kubernetes.
        if object.isEmpty { object[pick(keys)] = "1" }
        return .object(object)
    }

    /// A whole object, as its creator or an applier sends it.
    private mutating func whole() -> Value { object(isWhole: true) }
    /// Some fields of it, as a second applier sends them.
    private mutating func partial() -> Value { object(isWhole: false) }

    private mutating func object(isWhole: Bool) -> Value {
        var object = head
        object["metadata"] = metadata(named: true)
        switch kind {
        case .configMap:
            object["data"] = map(["k", "l", "m"])
        case .secret:
            object["data"] = secretData()
        case .service:
            var spec: Object = ["ports": ports(atLeastOne: isWhole)]
            if chance(20) { spec["sessionAffinity"] = pick(["None", "ClientIP"]) }
            object["spec"] = .object(spec)
        case .deployment:
            var spec = deploymentSpec()
            if isWhole {
                spec["selector"] = ["matchLabels": ["app": "x"]]
                spec["template"]?["metadata"] = ["labels": ["app": "x"]]
            }
            object["spec"] = .object(spec)
        case .thing:
            object["spec"] = .object(thingSpec())
        }
        return .object(object)
    }

    private mutating func thingSpec() -> Object {
        var spec: Object = ["mode": .string(pick(["fast", "slow"]))]
        if chance(30) { spec["replicas"] = .int(pick([1, 2, 3])) }
        if chance(5) { spec["mode"] = "odd" }
        if chance(40) {
            spec["ports"] = .array(
                [80, 81, 82].filter { _ in chance(50) }.map { port in
                    var item: Object = ["port": .int(port)]
                    if chance(40) { item["protocol"] = .string(pick(["TCP", "UDP"])) }
                    if chance(30) { item["name"] = .string(pick(["a", "b"])) }
                    return .object(item)
                })
        }
        if chance(30) { spec["tags"] = .array(["x", "y", "z"].filter { _ in chance(50) }.map { .string($0) }) }
        if chance(30) { spec["args"] = .array([.string(pick(["a", "b"])), .string(pick(["a", "b"]))]) }
        if chance(30) { spec["whole"] = map(["a", "b"]) }
        if chance(30) { spec["parts"] = map(["a", "b"]) }
        if chance(20) { spec["free"] = .object(["any": .int(pick([1, 2]))]) }
        if chance(10) { spec["unknown"] = true }
        return spec
    }

    private mutating func secretData() -> Value {
        var object = Object()
        for key in ["k", "l"] where chance(60) { object[key] = .string(pick(["MQ==", "Mg=="])) }
        if object.isEmpty { object["k"] = "MQ==" }
        return .object(object)
    }

    private mutating func ports(atLeastOne: Bool) -> Value {
        var ports: [Value] = []
        for (number, name) in [(80, "p"), (81, "q"), (82, "r")] where chance(50) || (atLeastOne && number == 80) {
            var port: Object = ["port": .int(number), "protocol": "TCP", "name": .string(name)]
            if chance(30) { port["targetPort"] = .int(pick([8080, 8081])) }
            ports.append(.object(port))
        }
        return .array(ports)
    }

    private mutating func deploymentSpec() -> Object {
        var spec = Object()
        if chance(40) { spec["replicas"] = .int(pick([1, 2, 3])) }
        if chance(20) { spec["minReadySeconds"] = .int(pick([0, 5])) }
        if chance(20) { spec["paused"] = .bool(chance(50)) }
        if chance(15) {
            spec["strategy"] = pick([
                ["type": "RollingUpdate"], ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 1]],
            ])
        }
        var pod: Object = ["containers": containers()]
        if chance(20) { pod["terminationGracePeriodSeconds"] = .int(pick([5, 30])) }
        spec["template"] = ["spec": .object(pod)]
        return spec
    }

    private mutating func containers() -> Value {
        var containers: [Value] = []
        for name in ["main", "side"] where name == "main" || chance(40) {
            var container: Object = ["name": .string(name), "image": .string(pick(["i:1", "i:2"]))]
            if chance(30) {
                container["env"] = .array(
                    ["A", "B"].filter { _ in chance(60) }.map {
                        ["name": .string($0), "value": .string(pick(["1", "2"]))]
                    })
            }
            if chance(20) { container["args"] = .array([pick(["x", "y"])]) }
            if chance(20) { container["ports"] = [["containerPort": 80, "protocol": "TCP"]] }
            if chance(20) { container["resources"] = ["requests": ["cpu": pick(["1", "1000m", "0.5"])]] }
            if chance(10) { container["stdin"] = .bool(chance(50)) }
            containers.append(.object(container))
        }
        return .array(containers)
    }

    /// A change of a few fields, as a patch.
    private mutating func change(removes: Bool) -> Value {
        var change = Object()
        if chance(35) { change["metadata"] = without(metadata(named: false), removes) }
        switch kind {
        case .configMap: change["data"] = without(map(["k", "l", "m"]), removes)
        case .secret: change["data"] = without(secretData(), removes)
        case .service:
            change["spec"] =
                chance(70)
                ? ["ports": ports(atLeastOne: true)] : ["sessionAffinity": .string(pick(["None", "ClientIP"]))]
        case .deployment:
            var spec = deploymentSpec()
            if chance(50) { spec["template"] = nil }
            if chance(15) { spec["replicas"] = .null }
            change["spec"] = .object(spec)
        case .thing:
            change["spec"] = without(.object(thingSpec()), removes)
        }
        return .object(change)
    }

    /// Puts null in the place of some values.
    private mutating func without(_ value: Value, _ removes: Bool) -> Value {
        guard removes, let object = value.object else { return value }
        return .object(Object(entries: object.entries.map { .init(key: $0.key, value: chance(25) ? .null : $0.value) }))
    }

    private mutating func operations() -> Value {
        switch kind {
        case .configMap: [["op": "add", "path": "/data", "value": map(["k", "l"])]]
        case .secret: [["op": "add", "path": "/data", "value": secretData()]]
        // Which port is the first is a question of order, see ServerPair.
        case .service:
            [["op": "replace", "path": "/spec/sessionAffinity", "value": .string(pick(["None", "ClientIP"]))]]
        case .thing:
            pick([
                [["op": "add", "path": "/spec/mode", "value": "slow"]],
                [["op": "remove", "path": "/spec/parts"]],
                [["op": "add", "path": "/spec/replicas", "value": 5]],
            ])
        case .deployment:
            pick([
                [["op": "replace", "path": "/spec/replicas", "value": 4]],
                [["op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "i:3"]],
                [["op": "remove", "path": "/spec/template/spec/containers/1"]],
            ])
        }
    }
}

/// The custom resource among the kinds: a list of maps, a set, and what is atomic, with defaults.
enum FuzzedDefinition {
    static let group = "fuzz.example.com"

    static var value: Value {
        let ports: Value = [
            "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port"],
            "items": [
                "type": "object", "required": ["port"],
                "properties": [
                    "port": ["type": "integer"], "name": ["type": "string"],
                    "protocol": ["type": "string", "default": "TCP"],
                ],
            ],
        ]
        let strings: Value = ["type": "string"]
        let properties: Value = [
            "mode": ["type": "string", "enum": ["fast", "slow"]], "replicas": ["type": "integer", "default": 1],
            "ports": ports, "tags": ["type": "array", "x-kubernetes-list-type": "set", "items": strings],
            "args": ["type": "array", "items": strings],
            "whole": ["type": "object", "x-kubernetes-map-type": "atomic", "additionalProperties": strings],
            "parts": ["type": "object", "additionalProperties": strings],
            "free": ["type": "object", "x-kubernetes-preserve-unknown-fields": true],
        ]
        let status: Value = ["type": "object", "properties": ["phase": strings]]
        return Definition.whole(
            [
                "subresources": ["status": [:]],
                "schema": [
                    "type": "object",
                    "properties": ["spec": ["type": "object", "properties": properties], "status": status],
                ],
            ], group: group)
    }
}
