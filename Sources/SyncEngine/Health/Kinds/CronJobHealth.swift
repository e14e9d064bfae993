// A CronJob does its work by being there.

import Manifest

extension Health {
    @Sendable static func ofCronJob(_ live: Value) -> Health {
        live[path: "spec", "suspend"]?.bool ?? false ? .suspended("the schedule is suspended") : .healthy
    }
}
