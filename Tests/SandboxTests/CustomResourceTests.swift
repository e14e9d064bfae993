// CustomResourceDefinitions: from a definition to objects, and back to nothing.

import Manifest
import Testing

@testable import Sandbox

@Suite("A definition brings a resource")
struct CustomResourceTests {
    private let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    private let widgets = "/apis/shop.dev/v1/namespaces/default/widgets"

    private let definition = """
        {"metadata":{"name":"widgets.shop.dev"},"spec":{"group":"shop.dev","scope":"Namespaced",
        "names":{"plural":"widgets","kind":"Widget","shortNames":["wd"]},
        "versions":[{"name":"v1","served":true,"storage":true,"subresources":{"status":{},
          "scale":{"specReplicasPath":".spec.replicas","statusReplicasPath":".status.replicas"}},
        "additionalPrinterColumns":[{"name":"Size","type":"string","jsonPath":".spec.size"},
          {"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}],
        "schema":{"openAPIV3Schema":{"type":"object","properties":{
          "spec":{"type":"object","required":["size"],"properties":{
            "size":{"type":"string","enum":["small","large"]},"replicas":{"type":"integer","minimum":1,"default":1},
            "name":{"type":"string","pattern":"^[a-z]+$","maxLength":5},
            "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
            "ports":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["port"],
              "items":{"type":"object","required":["port"],"properties":{"port":{"type":"integer"},"name":{"type":"string"}}}}}},
          "status":{"type":"object","properties":{"replicas":{"type":"integer"}}}}}}},
        {"name":"v1alpha1","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object",
          "x-kubernetes-preserve-unknown-fields":true}}}]}}
        """

    private func established() -> TestCluster {
        let cluster = TestCluster()
        cluster.send("POST \(definitions)", definition)
        cluster.pass(.seconds(1))
        return cluster
    }

    private func widget(_ spec: String) -> String {
        #"{"apiVersion":"shop.dev/v1","kind":"Widget","metadata":{"name":"w"},"spec":\#(spec)}"#
    }

    @Test func `it is served after a moment, and says so`() {
        let cluster = TestCluster()
        cluster.send("POST \(definitions)", definition)
        #expect(cluster.send("GET \(widgets)").status == 404)
        cluster.pass(.seconds(1))
        #expect(cluster.send("GET \(widgets)").status == 200)
        let live = cluster.send("GET \(definitions)/widgets.shop.dev")
        #expect(
            live["status", "conditions"]?.array?.map { "\($0["type"]?.string ?? "")=\($0["status"]?.string ?? "")" }
                == ["NamesAccepted=True", "Established=True"])
        #expect(live["status", "storedVersions"] == ["v1"])
        #expect(live["status", "acceptedNames", "listKind"]?.string == "WidgetList")
        let names = cluster.send("GET /apis/shop.dev/v1")["resources"]?.array?.compactMap { $0["name"]?.string }
        #expect(names == ["widgets", "widgets/status", "widgets/scale"])
        #expect(cluster.send("GET /apis/shop.dev")["preferredVersion", "version"]?.string == "v1")
    }

    @Test func `defaults are filled in and unknown fields pruned`() {
        let cluster = established()
        let made = cluster.send("POST \(widgets)", widget(#"{"size":"small","colour":"red","free":{"a":{"b":1}}}"#))
        #expect(made.status == 201)
        #expect(made["spec"] == ["size": "small", "replicas": 1, "free": ["a": ["b": 1]]])
        #expect(made.warnings == [#"299 - "unknown field \"spec.colour\"""#])
        let strict = cluster.send("POST \(widgets)?fieldValidation=Strict", widget(#"{"size":"small","colour":"red"}"#))
        #expect(strict.status == 400)
    }

    static let invalid: [(String, String)] = [
        ("{}", "spec.size: Required value"),
        (#"{"size":"big"}"#, #"spec.size: Unsupported value: "big": supported values: "small", "large""#),
        (
            #"{"size":"small","replicas":0}"#,
            "spec.replicas: Invalid value: 0: spec.replicas in body should be greater than or equal to 1"
        ),
        (
            #"{"size":"small","replicas":"1"}"#,
            #"spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string""#
        ),
        (#"{"size":"small","name":"A"}"#, #"spec.name: Invalid value: "A": spec.name in body should match '^[a-z]+$'"#),
        (#"{"size":"small","name":"abcdef"}"#, "spec.name: Too long: may not be more than 5 bytes"),
        (#"{"size":"small","ports":[{"name":"x"}]}"#, "spec.ports[0].port: Required value"),
    ]

    @Test(arguments: invalid)
    func `what the schema does not allow is refused`(spec: String, problem: String) {
        let answer = established().send("POST \(widgets)", widget(spec))
        #expect(answer.status == 422)
        #expect(answer.message == "Widget.shop.dev \"w\" is invalid: \(problem)")
    }

    @Test func `lists merge by their keys, and the generation counts specs only`() {
        let cluster = established()
        func config(_ ports: String) -> String {
            #"{"apiVersion":"shop.dev/v1","kind":"Widget","metadata":{"name":"w"},"spec":{"size":"small","ports":\#(ports)}}"#
        }
        cluster.apply("\(widgets)/w", config(#"[{"port":80,"name":"a"}]"#), as: "one")
        let both = cluster.apply("\(widgets)/w", config(#"[{"port":81,"name":"b"}]"#), as: "two")
        #expect(both["spec", "ports"]?.array?.count == 2)
        #expect(both["metadata", "generation"]?.int == 2)
        let status = cluster.send(
            "PATCH \(widgets)/w/status", #"{"status":{"replicas":3},"spec":{"size":"large"}}"#,
            type: "application/merge-patch+json")
        #expect(status["spec", "size"]?.string == "small")
        #expect(status["metadata", "generation"]?.int == 2)
        #expect(cluster.send("GET \(widgets)/w/scale")["status", "replicas"]?.int == 3)
    }

    @Test func `every version shows the same objects`() {
        let cluster = established()
        cluster.send("POST \(widgets)", widget(#"{"size":"small"}"#))
        let other = cluster.send("GET /apis/shop.dev/v1alpha1/namespaces/default/widgets/w")
        #expect(other["apiVersion"]?.string == "shop.dev/v1alpha1")
        #expect(other["spec", "size"]?.string == "small")
    }

    @Test func `its columns make the table`() {
        let cluster = established()
        cluster.send("POST \(widgets)", widget(#"{"size":"small"}"#))
        let table = cluster.send("GET \(widgets)", accept: "application/json;as=Table;v=v1;g=meta.k8s.io")
        #expect(table["columnDefinitions"]?.array?.compactMap { $0["name"]?.string } == ["Name", "Size", "Age"])
        #expect(table["rows"]?.array?.first?["cells"]?.array?.first?.string == "w")
    }

    @Test func `its objects go with it`() {
        let cluster = established()
        cluster.send("POST \(widgets)", widget(#"{"size":"small"}"#))
        cluster.send("DELETE \(definitions)/widgets.shop.dev")
        cluster.pass()
        #expect(cluster.send("GET \(definitions)/widgets.shop.dev").status == 404)
        #expect(cluster.send("GET \(widgets)").status == 404)
        cluster.send("POST \(definitions)", definition)
        cluster.pass()
        #expect(cluster.send("GET \(widgets)")["items"] == [])
    }
}
