import Testing

@testable import Manifest

@Suite struct SchemaTests {
    private func type(_ apiVersion: String, _ kind: String, _ path: String...) -> SchemaType? {
        var current = Schema.kubernetes.type(of: GroupVersionKind(apiVersion: apiVersion, kind: kind))
        for step in path { current = step == "[]" ? current?.element : current?.member(step) }
        return current
    }

    @Test func knowsHowListsOfBuiltInTypesMerge() {
        let pod = ["spec", "template", "spec"]
        let spec = pod.reduce(type("apps/v1", "Deployment")) { $0?.member($1) }
        #expect(spec?.member("containers")?.list?.type == .map(keys: ["name"]))
        #expect(spec?.member("containers")?.list?.patchMergeKey == "name")
        #expect(
            spec?.member("containers")?.element?.member("ports")?.list?.type
                == .map(keys: ["containerPort", "protocol"]))
        #expect(spec?.member("tolerations")?.list?.type == .atomic)
        #expect(spec?.member("nodeSelector")?.structure?.isAtomic == true)
        #expect(type("v1", "ConfigMap", "metadata", "finalizers")?.list?.type == .set)
        #expect(type("v1", "Service", "spec", "ports", "[]")?.structure?.field("protocol")?.defaultValue == "TCP")
        #expect(type("v1", "Service", "spec", "ports", "[]", "targetPort")?.scalar?.format == .intOrString)
        #expect(
            type("v1", "PersistentVolumeClaim", "spec", "resources", "requests", "storage")?.scalar?.format == .quantity
        )
        #expect(type("v1", "Service", "spec", "ports", "[]", "protocol")?.scalar?.allowed == ["SCTP", "TCP", "UDP"])
        #expect(type("v1", "Pod", "spec")?.structure?.field("containers")?.isRequired == true)
    }

    @Test func takesAReferenceAsAtomicOrGranularWhereItsFieldSaysSo() {
        #expect(type("v1", "PersistentVolume", "spec", "claimRef")?.structure?.isAtomic == false)
        #expect(type("v1", "Event", "involvedObject")?.structure?.isAtomic == true)
        #expect(type("v1", "PersistentVolume", "spec", "claimRef", "name")?.scalar?.format == .string)
    }

    @Test func hasTheTypeOfEveryBuiltInResource() {
        let known = Set(Schema.kubernetes.allKinds.map(\.groupKind))
        for resource in BuiltInResource.all {
            #expect(known.contains(GroupKind(group: resource.group, kind: resource.kind)), "\(resource.kind)")
        }
        #expect(BuiltInResource.all.first { $0.kind == "Pod" }?.shortNames == ["po"])
        #expect(BuiltInResource.clusterScoped.contains(GroupKind(group: "", kind: "Namespace")))
        #expect(!BuiltInResource.clusterScoped.contains(GroupKind(group: "apps", kind: "Deployment")))
    }

    @Test func readsAStructuralSchema() {
        let type = Schema.customResource(
            json(
                """
                {"type":"object","properties":{"spec":{"type":"object","required":["size"],"properties":{
                  "size":{"x-kubernetes-int-or-string":true},
                  "users":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name","zone"],
                    "items":{"type":"object","properties":{"name":{"type":"string"},"zone":{"type":"string","default":"a"}}}},
                  "tags":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},
                  "ref":{"type":"object","x-kubernetes-map-type":"atomic","properties":{"name":{"type":"string"}}},
                  "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
                  "labels":{"type":"object","additionalProperties":{"type":"string"}},
                  "rows":{"type":"array","items":{"type":"object"}}}}}}
                """))
        let spec = type.member("spec")
        #expect(spec?.member("size")?.scalar?.format == .intOrString)
        #expect(spec?.structure?.field("size")?.isRequired == true)
        #expect(spec?.member("users")?.list?.type == .map(keys: ["name", "zone"]))
        #expect(spec?.member("tags")?.list?.type == .set)
        #expect(spec?.member("ref")?.structure?.isAtomic == true)
        #expect(spec?.member("free")?.member("anything")?.isAny == true)
        #expect(spec?.member("labels")?.member("x")?.scalar?.format == .string)
        #expect(spec?.member("rows")?.list?.type == .atomic)
        #expect(spec?.member("unknown") == nil)
        #expect(type.member("metadata")?.member("ownerReferences")?.list?.type == .map(keys: ["uid"]))
        let set = type.fieldSet(of: json(#"{"spec":{"users":[{"name":"x"}]}}"#))
        #expect(set.leaves.map(\.description) == ["spec.users[name=x,zone=a].name"])
    }

    @Test func deducesWhatNoSchemaDescribes() {
        let set = Schema.deduced.fieldSet(
            of: json(#"{"metadata":{"finalizers":["f"]},"spec":{"list":[{"a":1}],"map":{"b":{"c":2}}}}"#))
        #expect(
            set.paths.map(\.description) == [
                "metadata.finalizers[=f]", "spec", "spec.list", "spec.map", "spec.map.b", "spec.map.b.c",
            ])
    }
}

@Suite struct QuantityTests {
    @Test(arguments: [
        ("1", "1000m"), ("0.5", "500m"), ("1.5Gi", "1536Mi"), ("1024Ki", "1Mi"), ("1e3", "1k"), ("0", "0Mi"),
        ("1E", "1000P"),
        ("1Ei", "1024Pi"), (".5", "0.5"), ("+2", "2"), ("1.", "1"), ("100n", "0.1u"), ("1E3", "1k"),
    ])
    func comparesByMeaning(left: String, right: String) {
        #expect(Quantity(left) != nil)
        #expect(Quantity(left) == Quantity(right))
    }

    @Test(arguments: [
        ("1000m", "1"), ("0.5", "500m"), ("1.5Gi", "1536Mi"), ("2048Mi", "2Gi"), ("1500m", "1500m"), ("1e3", "1e3"),
        ("12e6", "12e6"),
        ("100Ki", "100Ki"), ("0.1Ki", "102400m"), ("1000", "1k"), ("0", "0"), ("-1.5", "-1500m"), ("1.5e3", "1500"),
        ("0.0000000001", "1n"),
        ("99999999999999999999", "9223372036854775807"),
    ])
    func printsTheCanonicalForm(text: String, canonical: String) {
        #expect(Quantity(text)?.description == canonical)
    }

    @Test(arguments: ["", "Mi", "1Mib", "1 Gi", "--1", "1.2.3", "abc", "1ee3", "0x10"])
    func refusesWhatIsNoQuantity(text: String) {
        #expect(Quantity(text) == nil)
    }

    @Test func ordersAmounts() throws {
        #expect(try #require(Quantity("999m")) < #require(Quantity("1")))
        #expect(try #require(Quantity("1Gi")) > #require(Quantity("1G")))
    }

    @Test(
        arguments: [
            ("1", "1000m", .quantity, true), ("1", "2", .quantity, false), ("80", "80", .intOrString, true),
            ("1", "1.0", .double, true),
            ("1", "1", nil, true), ("1", "1000m", .string, false),
        ] as [(String, String, Schema.ScalarFormat?, Bool)])
    func comparesScalarsByTheirFormat(left: String, right: String, format: Schema.ScalarFormat?, same: Bool) {
        let left = Scalar(left, kind: .int)
        let right = Scalar(
            right, kind: right.contains(".") ? .float : Int(right) == nil || format == .intOrString ? .string : .int)
        #expect(left.means(right, as: format) == same)
        #expect(right.means(left, as: format) == same)
    }
}
