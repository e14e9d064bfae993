// Which events become Events: no application floods a cluster with them, however often something happens to it.

import Reconciler
import SyncHistory
import Testing

@testable import Controller

@Suite struct EventCorrelationTests {
    private func event(_ message: String, _ reason: ApplicationEvent.Reason = .syncFailed, of name: String = "shop")
        -> ApplicationEvent
    {
        ApplicationEvent(
            application: ApplicationKey(namespace: "default", name: name), reason: reason, message: message,
            time: Timestamp(milliseconds: 0))
    }

    @Test func theSameAgainCountsUpAtMostOnceAMinute() {
        var events = EventCorrelation()
        #expect(events.step(event("no route"), name: "a", at: .zero) == .create(name: "a", message: "no route"))
        for second in 1..<60 { #expect(events.step(event("no route"), name: "b", at: .seconds(second)) == .nothing) }
        #expect(
            events.step(event("no route"), name: "b", at: .seconds(60)) == .count(name: "a", 61, message: "no route"))
        #expect(
            events.step(event("no route", .stalled), name: "c", at: .seconds(61))
                == .create(name: "c", message: "no route"))
    }

    /// Nor of an application that is gone, whose last events may come when it is forgotten.
    @Test func nothingIsRememberedForEver() {
        var events = EventCorrelation()
        for number in 0..<50 { _ = events.step(event("m \(number)"), name: "a", at: .zero) }
        #expect(events.count == EventCorrelation.varieties + 1)
        events.forget(ApplicationKey(namespace: "default", name: "shop"))
        #expect(events.count == 0)
        _ = events.step(event("gone", .deleted), name: "a", at: .zero)
        _ = events.step(event("m", of: "other"), name: "b", at: EventCorrelation.memory)
        #expect(events.count == 1)
    }

    @Test func whatWasNotHeardOfForLongIsNew() {
        var events = EventCorrelation()
        _ = events.step(event("no route"), name: "a", at: .zero)
        #expect(
            events.step(event("no route"), name: "b", at: EventCorrelation.memory * 2)
                == .create(name: "b", message: "no route"))
    }

    @Test func manyAlikeBecomeOne() {
        var events = EventCorrelation()
        for index in 0..<EventCorrelation.varieties {
            let step = events.step(event("drift \(index)", .drifted), name: "\(index)", at: .zero)
            #expect(step == .create(name: "\(index)", message: "drift \(index)"))
        }
        #expect(
            events.step(event("drift 10", .drifted), name: "10", at: .zero)
                == .create(name: "10", message: "(combined from similar events) drift 10"))
        #expect(events.step(event("drift 11", .drifted), name: "11", at: .zero) == .nothing)
        #expect(
            events.step(event("drift 12", .drifted), name: "12", at: .seconds(60))
                == .count(name: "10", 3, message: "(combined from similar events) drift 12"))
    }

    @Test func anApplicationGetsNoMoreThanItsShareAndOthersGetTheirs() {
        var events = EventCorrelation()
        var created = 0
        for reason in ApplicationEvent.Reason.allCases {
            for index in 0..<10 {
                if case .create = events.step(event("\(index)", reason), name: "\(reason)\(index)", at: .zero) {
                    created += 1
                }
            }
        }
        #expect(created == Int(EventCorrelation.burst))
        #expect(events.step(event("0", of: "other"), name: "x", at: .zero) == .create(name: "x", message: "0"))
        // A minute later there is room for one more.
        #expect(events.step(event("late"), name: "y", at: EventCorrelation.refill) != .nothing)
        #expect(events.step(event("later"), name: "z", at: EventCorrelation.refill) == .nothing)
    }
}
