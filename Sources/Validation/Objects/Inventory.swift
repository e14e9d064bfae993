// Everything that an environment holds, found by name, by kind and by label: what rules ask.

import Manifest

/// A name in a namespace.
struct Place: Hashable {
    var namespace: String
    var name: String

    init(_ namespace: String, _ name: String) {
        self.namespace = namespace
        self.name = name
    }
}

/// The objects of an environment and of its neighbours.
struct Inventory {
    let environment: Environment
    let catalogue: SchemaCatalogue
    let target: KubernetesVersion
    /// The environment's own objects: those that rules speak of.
    let subjects: [Subject]
    /// Those and the neighbours', among which references are looked up.
    let all: [Subject]
    /// What operators make of the custom resources among them.
    let made: OperatorObjects
    /// What makes pods, by namespace.
    private let podMakers: [String: [Subject]]
    private let byKind: [GroupKind: [Int]]
    private let byIdentity: [ObjectIdentity: Int]

    init(_ environment: Environment, catalogue: SchemaCatalogue, target: KubernetesVersion) {
        self.environment = environment
        self.catalogue = catalogue
        self.target = target
        func subject(_ object: KubernetesObject) -> Subject {
            let isInNamespace = !catalogue.isClusterScoped(object.gvk.groupKind)
            return Subject(
                object, namespace: isInNamespace ? object.namespace ?? environment.namespace ?? "default" : "")
        }
        subjects = environment.objects.map(subject)
        all = subjects + environment.neighbours.map(subject)
        made = OperatorObjects(all)
        podMakers = Dictionary(grouping: all.filter { $0.pod != nil }, by: \.namespace)
        var byKind: [GroupKind: [Int]] = [:]
        var byIdentity: [ObjectIdentity: Int] = [:]
        for (index, subject) in all.enumerated() {
            let kind = subject.kind.groupKind
            byKind[kind, default: []].append(index)
            let identity = ObjectIdentity(
                group: kind.group, kind: kind.kind, namespace: subject.namespace, name: subject.name)
            if byIdentity[identity] == nil { byIdentity[identity] = index }
        }
        self.byKind = byKind
        self.byIdentity = byIdentity
    }

    /// Whether what is not there may be called missing.
    var isWhole: Bool { environment.scope == .whole }

    func find(_ group: String, _ kind: String, _ place: Place) -> Subject? {
        byIdentity[ObjectIdentity(group: group, kind: kind, namespace: place.namespace, name: place.name)].map {
            all[$0]
        }
    }

    /// Own objects and neighbours of a kind.
    func every(_ group: String, _ kind: String) -> [Subject] {
        (byKind[GroupKind(group: group, kind: kind)] ?? []).map { all[$0] }
    }

    /// Own objects of a kind.
    func own(_ group: String, _ kind: String) -> [Subject] {
        (byKind[GroupKind(group: group, kind: kind)] ?? []).filter { $0 < subjects.count }.map { all[$0] }
    }

    /// Everything in a namespace that makes pods, neighbours' included.
    func podMakers(in namespace: String) -> [Subject] {
        podMakers[namespace] ?? []
    }

    /// Whether some pods of a namespace, operators' included, have labels that a selector takes.
    func hasPods(_ selector: LabelSelector, in namespace: String) -> Bool {
        podMakers(in: namespace).contains { $0.pod.map { selector.matches($0.labels) } ?? false }
            || made.pods.contains { $0.namespace == namespace && selector.matches($0.labels) }
    }

    /// Names of a kind in a namespace, to tell what may have been meant.
    func names(_ group: String, _ kind: String, in namespace: String) -> [String] {
        every(group, kind).filter { $0.namespace == namespace }.map(\.name)
    }

    /// `did you mean x?`, where one name is near.
    func nearest(_ name: String, _ group: String, _ kind: String, in namespace: String) -> String? {
        NearestName.find(name, among: names(group, kind, in: namespace)).map { "did you mean `\($0)`?" }
    }
}
