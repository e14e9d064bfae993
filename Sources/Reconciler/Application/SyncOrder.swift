// A sync that somebody asks the controller for, as the annotations of an Application say it.

package import Manifest
import SyncEngine

/// A request for one sync of an Application of the cluster.
///
/// The value of `gitopsctl.dev/requested-at` is the request: another value is another request, whoever writes it. What
/// it asks for beside a plain sync stands in `gitopsctl.dev/request`, as JSON that repeats that value: what an earlier
/// request has left there says nothing about a later one.
package struct SyncOrder: Sendable, Hashable {
    /// The value of `requested-at`: people write the moment.
    package var moment: String
    /// Who asks, in their own words: anybody who may write the Application may write any name.
    package var actor: String?
    /// Another revision than the application's.
    package var revision: String?
    /// Whether the revision takes the place of the application's own until another commit arrives.
    package var isRollback = false
    /// The digest of a plan that was held back and is to be carried out.
    package var confirmedPlan: String?

    package init(moment: String) {
        self.moment = moment
    }

    /// The request that an Application carries; nil for none.
    package init?(of application: Value) {
        let object = KubernetesObject(application)
        guard let moment = object.annotation(Vocabulary.requestedAt) else { return nil }
        self.init(moment: moment)
        guard let text = object.annotation(Vocabulary.request), let details = try? JSON.read(Array(text.utf8)),
            details["at"]?.string == moment
        else { return }
        actor = details["by"]?.string
        revision = details["revision"]?.string
        isRollback = details["rollback"]?.bool ?? false
        confirmedPlan = details["confirm"]?.string
    }

    /// The annotations that ask for it.
    package var annotations: Value {
        var details: Object = ["at": .string(moment)]
        details["by"] = actor.map(Value.string)
        details["revision"] = revision.map(Value.string)
        details["rollback"] = isRollback ? true : nil
        details["confirm"] = confirmedPlan.map(Value.string)
        return [
            Vocabulary.requestedAt: .string(moment),
            Vocabulary.request: .string(String(decoding: JSON.write(.object(details)), as: UTF8.self)),
        ]
    }
}
