// Watches and lists: what is seen, in which order, and from when.

import Manifest
import Testing

@testable import Sandbox

@Suite("Watches see every change once")
struct WatchTests {
    private let maps = "/api/v1/namespaces/default/configmaps"

    private func make(_ cluster: TestCluster, _ name: String, app: String = "web") -> String {
        let made = cluster.send("POST \(maps)", #"{"metadata":{"name":"\#(name)","labels":{"app":"\#(app)"}}}"#)
        return made["metadata", "resourceVersion"]?.string ?? ""
    }

    @Test func `a watch without a version begins with what is there`() throws {
        let cluster = TestCluster()
        _ = make(cluster, "a")
        let watch = try #require(cluster.watch("\(maps)?watch=1"))
        #expect(watch.events() == ["ADDED a"])
        _ = make(cluster, "b")
        cluster.send("DELETE \(maps)/a")
        #expect(watch.events() == ["ADDED b", "DELETED a"])
    }

    @Test func `a watch from a version has what came after it`() throws {
        let cluster = TestCluster()
        let version = make(cluster, "a")
        _ = make(cluster, "b")
        let watch = try #require(cluster.watch("\(maps)?watch=1&resourceVersion=\(version)"))
        #expect(watch.events() == ["ADDED b"])
    }

    @Test func `an object that begins or ceases to match is added or deleted`() throws {
        let cluster = TestCluster()
        let watch = try #require(cluster.watch("\(maps)?watch=1&labelSelector=app%3Dweb"))
        _ = make(cluster, "a", app: "db")
        #expect(watch.events() == [])
        func label(_ app: String) {
            cluster.send(
                "PATCH \(maps)/a", #"{"metadata":{"labels":{"app":"\#(app)"}}}"#, type: "application/merge-patch+json")
        }
        label("web")
        #expect(watch.events() == ["ADDED a"])
        label("db")
        #expect(watch.events() == ["DELETED a"])
        cluster.send("DELETE \(maps)/a")
        #expect(watch.events() == [])
    }

    @Test func `a version that the window has lost is gone`() throws {
        let cluster = TestCluster(windowSize: 4)
        let version = make(cluster, "a")
        for index in 0..<20 { _ = make(cluster, "b\(index)") }
        let watch = try #require(cluster.watch("\(maps)?watch=1&resourceVersion=\(version)"))
        #expect(watch.events() == ["ERROR Expired"])
        #expect(watch.take().isOver)
    }

    @Test func `streamed lists end with a bookmark`() throws {
        let cluster = TestCluster()
        _ = make(cluster, "a")
        let query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
        let watch = try #require(cluster.watch("\(maps)?\(query)"))
        let text = String(decoding: watch.take().bytes, as: UTF8.self)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[1].contains(#""k8s.io/initial-events-end":"true""#))
        #expect(cluster.send("GET \(maps)?watch=1&sendInitialEvents=true").status == 422)
    }

    @Test func `pages of a list show one moment`() {
        let cluster = TestCluster()
        for name in ["a", "b", "c", "d", "e"] { _ = make(cluster, name) }
        let first = cluster.send("GET \(maps)?limit=2")
        #expect(names(first) == ["a", "b"])
        #expect(first["metadata", "remainingItemCount"]?.int == 3)
        let token = first["metadata", "continue"]?.string ?? ""
        _ = make(cluster, "bb")
        cluster.send("DELETE \(maps)/d")
        let second = cluster.send("GET \(maps)?limit=2&continue=\(token)")
        #expect(names(second) == ["c", "d"])
        #expect(second["metadata", "resourceVersion"] == first["metadata", "resourceVersion"])
        let third = cluster.send("GET \(maps)?limit=2&continue=\(second["metadata", "continue"]?.string ?? "")")
        #expect(names(third) == ["e"])
        #expect(third["metadata", "continue"] == nil)
    }

    @Test func `a page may end at any name`() {
        let cluster = TestCluster()
        let letters = "abcdefghijklmnopqrstuvwxyz".map(String.init)
        for first in letters { _ = make(cluster, first + "0") }
        var seen: [String] = []
        var token = ""
        repeat {
            let page = cluster.send("GET \(maps)?limit=1&continue=\(token)")
            seen += names(page)
            token = page["metadata", "continue"]?.string ?? ""
        } while !token.isEmpty
        #expect(seen == letters.map { $0 + "0" })
    }

    static let selectors: [(String, [String])] = [
        ("labelSelector=app%3Dweb", ["a"]), ("labelSelector=app%21%3Dweb", ["b", "c"]),
        ("labelSelector=app+in+(web,db)", ["a", "b"]), ("labelSelector=app+notin+(web)", ["b", "c"]),
        ("labelSelector=app", ["a", "b"]), ("labelSelector=%21app", ["c"]), ("labelSelector=app,tier%3D1", ["b"]),
        ("fieldSelector=metadata.name%3Db", ["b"]), ("fieldSelector=metadata.name%21%3Db", ["a", "c"]),
    ]

    @Test(arguments: selectors)
    func `selectors choose`(query: String, expected: [String]) {
        let cluster = TestCluster()
        cluster.send("POST \(maps)", #"{"metadata":{"name":"a","labels":{"app":"web"}}}"#)
        cluster.send("POST \(maps)", #"{"metadata":{"name":"b","labels":{"app":"db","tier":"1"}}}"#)
        cluster.send("POST \(maps)", #"{"metadata":{"name":"c"}}"#)
        #expect(names(cluster.send("GET \(maps)?\(query)")) == expected)
    }

    private func names(_ list: Answer) -> [String] {
        (list["items"]?.array ?? []).compactMap { $0[path: "metadata", "name"]?.string }
    }
}
