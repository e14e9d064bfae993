// The schema of `notifications`, which Applications and Projects have.

import Manifest

enum NotificationDefinition {
    static func rules(_ description: String) -> SchemaProperty {
        .list(
            of: .object(
                "A receiver, and what it is told.", required: ["type", "secretName"],
                [
                    (
                        "type",
                        .string("What it is.").oneOf(
                            "slack", "webhook", "cloudevents", "alertmanager", "github", "gitlab", "gitea")
                    ),
                    (
                        "secretName",
                        .string(
                            "The Secret in this namespace, labelled gitopsctl.dev/notification, with its url and token."
                        ).nonEmpty()
                    ),
                    (
                        "reasons",
                        .list(
                            of: .string("SyncFailed"),
                            "What it is told, by the reasons of Events; everything where it is absent.")
                    ),
                    (
                        "template",
                        .string(
                            "The text instead of its own form: {{application}}, {{reason}}, {{message}} and other fields."
                        )
                        .with("maxLength", .int(NotificationTemplate.limit))
                    ),
                ]), description)
    }
}
