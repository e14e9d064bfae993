// What swift-metrics counts, in the text format that Prometheus reads.
//
// https://prometheus.io/docs/instrumenting/exposition_formats/

package import CoreMetrics
import Synchronization

/// Collects metrics, and prints them on demand. Labels of metrics are full Prometheus names; timers are histograms in
/// seconds.
package final class PrometheusExporter: MetricsFactory {
    private struct SeriesID: Hashable, Comparable {
        var dimensions: [String]

        static func < (one: Self, other: Self) -> Bool { one.dimensions.lexicographicallyPrecedes(other.dimensions) }
    }

    private struct Family {
        var kind: Kind
        var series: [SeriesID: any Series] = [:]
    }

    private enum Kind: String {
        case counter, gauge, histogram
    }

    private let families = Mutex<[String: Family]>([:])
    /// What the names mean, for those who read the text.
    private let help: [String: String]

    package init(help: [String: String] = [:]) {
        self.help = help
    }

    /// All that was counted until now.
    package func text() -> String {
        let families = families.withLock { $0 }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            if let help = help[name] { text += "# HELP \(name) \(help)\n" }
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (id, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.write(name, id.dimensions, to: &text)
            }
        }
        return text
    }

    private func series<Handler: Series>(
        _ label: String, _ dimensions: [(String, String)], _ kind: Kind, _ make: () -> Handler
    ) -> Handler {
        let id = SeriesID(dimensions: dimensions.map { "\($0.0)=\"\(Self.escaped($0.1))\"" })
        return families.withLock { families in
            if let known = families[label]?.series[id] as? Handler { return known }
            let handler = make()
            families[label, default: Family(kind: kind)].series[id] = handler
            return handler
        }
    }

    /// Puts values in the place of all that a gauge had: what is no more has no series any more.
    package func replaceGauges(_ label: String, _ values: [(dimensions: [(String, String)], value: Double)]) {
        var family = Family(kind: .gauge)
        for (dimensions, value) in values {
            let gauge = Gauge()
            gauge.set(value)
            family.series[SeriesID(dimensions: dimensions.map { "\($0.0)=\"\(Self.escaped($0.1))\"" })] = gauge
        }
        families.withLock { [family] in $0[label] = family }
    }

    /// Forgets series by what one of their labels says: of what is no more, nothing is told.
    package func removeSeries(of label: String, where isGone: (String) -> Bool) {
        let beginning = label + "=\""
        families.withLock { families in
            for (name, family) in families {
                let gone = family.series.keys.filter { id in
                    id.dimensions.contains {
                        $0.hasPrefix(beginning) && isGone(String($0.dropFirst(beginning.count).dropLast()))
                    }
                }
                for id in gone { families[name]?.series[id] = nil }
            }
        }
    }

    private static func escaped(_ text: String) -> String {
        let marks = "\\\"\n".utf8
        guard text.utf8.contains(where: marks.contains) else { return text }
        return text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private func remove(_ handler: AnyObject) {
        families.withLock { families in
            for name in families.keys {
                guard let id = families[name]?.series.first(where: { $0.value === handler })?.key else { continue }
                families[name]?.series[id] = nil
            }
        }
    }

    // MARK: MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter, Sum.init)
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter, Sum.init)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge, Gauge.init)
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate
            ? series(label, dimensions, .histogram, Histogram.init) : series(label, dimensions, .gauge, Gauge.init)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram, Histogram.init)
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}

/// The values of one name with one set of dimensions.
private protocol Series: AnyObject, Sendable {
    func write(_ name: String, _ dimensions: [String], to text: inout String)
}

extension Series {
    func line(_ name: String, _ dimensions: [String], _ value: Double) -> String {
        let labels = dimensions.isEmpty ? "" : "{\(dimensions.joined(separator: ","))}"
        let number = value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
        return "\(name)\(labels) \(number)\n"
    }
}

/// A sum that only grows.
private final class Sum: Series, CounterHandler, FloatingPointCounterHandler {
    private let sum = Mutex(0.0)

    func increment(by amount: Int64) { sum.withLock { $0 += Double(amount) } }
    func increment(by amount: Double) { sum.withLock { $0 += amount } }
    func reset() { sum.withLock { $0 = 0 } }

    func write(_ name: String, _ dimensions: [String], to text: inout String) {
        text += line(name, dimensions, sum.withLock { $0 })
    }
}

/// A value that goes up and down.
private final class Gauge: Series, MeterHandler, RecorderHandler {
    private let value = Mutex(0.0)

    func set(_ value: Int64) { self.value.withLock { $0 = Double(value) } }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }

    func write(_ name: String, _ dimensions: [String], to text: inout String) {
        text += line(name, dimensions, value.withLock { $0 })
    }
}

/// How often a value was how large: durations in seconds.
private final class Histogram: Series, TimerHandler, RecorderHandler {
    private static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

    private struct State {
        var buckets = Array(repeating: 0, count: bounds.count)
        var count = 0
        var sum = 0.0
    }

    private let state = Mutex(State())

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        state.withLock { state in
            state.count += 1
            state.sum += value
            if let bucket = Self.bounds.firstIndex(where: { value <= $0 }) { state.buckets[bucket] += 1 }
        }
    }

    func write(_ name: String, _ dimensions: [String], to text: inout String) {
        let state = state.withLock { $0 }
        var below = 0
        for (bound, count) in zip(Self.bounds, state.buckets) {
            below += count
            text += line("\(name)_bucket", dimensions + ["le=\"\(bound)\""], Double(below))
        }
        text += line("\(name)_bucket", dimensions + ["le=\"+Inf\""], Double(state.count))
        text += line("\(name)_sum", dimensions, state.sum)
        text += line("\(name)_count", dimensions, Double(state.count))
    }
}
