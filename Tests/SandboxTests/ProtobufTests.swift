// Bodies in protobuf, as typed clients send them.

import Manifest
import Testing

@testable import Sandbox

@Suite("Protobuf bodies read as their JSON")
struct ProtobufTests {
    private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        [number << 3 | 2, UInt8(content.count)] + content
    }

    private static func field(_ number: UInt8, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

    private static func envelope(_ apiVersion: String, _ kind: String, _ raw: [UInt8]) -> [UInt8] {
        [0x6b, 0x38, 0x73, 0] + field(1, field(1, apiVersion) + field(2, kind)) + field(2, raw)
    }

    @Test func `metadata, maps and bytes`() throws {
        let labels = Self.field(11, Self.field(1, "app") + Self.field(2, "web"))
        let metadata = Self.field(1, "s") + Self.field(2, "") + labels
        let raw =
            Self.field(1, metadata) + Self.field(2, Self.field(1, "a") + Self.field(2, "b")) + Self.field(3, "Opaque")
        let value = try KubernetesProtobuf.read(Self.envelope("v1", "Secret", raw))
        #expect(
            value == [
                "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s", "labels": ["app": "web"]],
                "data": ["a": "Yg=="], "type": "Opaque",
            ])
    }

    @Test func `zeros of pointers stay, zeros of plain fields go, numbers may be text`() throws {
        // ServicePort: port 3 = 80, targetPort 4 = "http"; DeploymentSpec: replicas 1 = 0 (a pointer), minReadySeconds
        // 5 = 0.
        let port: [UInt8] = [3 << 3, 80] + Self.field(4, [1 << 3, 1, 2 << 3, 0] + Self.field(3, "http"))
        let service = try KubernetesProtobuf.read(
            Self.envelope("v1", "Service", Self.field(2, Self.field(1, port))))
        #expect(service[path: "spec", "ports"] == [["port": 80, "targetPort": "http"]])
        let spec: [UInt8] = [1 << 3, 0, 5 << 3, 0]
        let deployment = try KubernetesProtobuf.read(Self.envelope("apps/v1", "Deployment", Self.field(2, spec)))
        #expect(deployment["spec"] == ["replicas": 0])
    }

    static let broken: [[UInt8]] = [
        [], [1, 2, 3, 4], [0x6b, 0x38, 0x73, 0], envelope("v1", "Nothing", []),
        envelope("v1", "Pod", [10, 200, 1]), envelope("v1", "Pod", [0xff, 0xff, 0xff]), envelope("v1", "Pod", [8, 1]),
    ]

    @Test(arguments: broken)
    func `a broken body is refused`(bytes: [UInt8]) {
        #expect(throws: WireError.self) { try KubernetesProtobuf.read(bytes) }
    }
}
