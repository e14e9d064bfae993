// The schema of `Application`: what its decoder reads, as an API server checks and explains it. A test holds the two
// together.

import Manifest

enum ApplicationDefinition {
    static let spec = SchemaProperty.object(
        "What is delivered, where to, and how it is kept there.", required: ["source"],
        [
            ("source", source), ("destination", destination), ("sync", sync),
            (
                "project",
                .string("The Project that says what this application may use; the one called default otherwise.")
            ),
            (
                "serviceAccountName",
                .objectName(
                    "The service account of this namespace under whose rights objects are written and Secrets are read; the controller's own otherwise."
                )
            ),
            ("plugins", plugins), ("health", health), ("ignoreDifferences", ignoreDifferences),
            ("dependsOn", dependsOn),
            ("notifications", NotificationDefinition.rules("Who is told what happens to it.")),
            ("suspend", .bool("Refuses every sync until it is taken back.").standard(false)),
            (
                "historyLimit",
                .count("How many syncs the history keeps; what a rollback goes back to is kept beside them.").standard(
                    100)
            ),
            (
                "deletionPolicy",
                .string("What becomes of the objects when the Application is deleted.").oneOf(
                    "Orphan", "Delete", "Refuse"
                )
                .standard("Orphan")
            ),
        ])

    private static let source = SchemaProperty.object(
        "Where the manifests are.", required: ["repository"],
        [
            ("repository", .string("The address of the Git repository: https, ssh or a path.").nonEmpty()),
            ("revision", .string("A branch, a tag, a commit or a range of versions (v1.x).").standard("HEAD")),
            (
                "path",
                .string("The folder of the overlay, from the root of the repository.").standard(".").atMost(4096)
                    .rule(
                        "!self.startsWith('/') && !self.split('/').exists(part, part == '..')",
                        "the path must stay inside the repository: write it from the repository's root")
            ),
            (
                "credentials",
                .object(
                    "How to log in to the repository.", required: ["secretName"],
                    [
                        (
                            "secretName",
                            .string("The Secret, in this namespace, with username and password, token or ssh key.")
                                .nonEmpty()
                        )
                    ])
            ),
        ])

    private static let destination = SchemaProperty.object(
        "Where the objects go.",
        [
            ("namespace", .string("The namespace of objects that name none.")),
            (
                "cluster",
                .objectName(
                    "The Secret of this namespace with the kubeconfig of another cluster; this cluster otherwise.")
            ),
        ])

    private static let sync = SchemaProperty.object(
        "When and how far syncs go.",
        [
            ("automated", .bool("Whether new commits are synced by themselves.").standard(false)),
            ("selfHeal", .bool("Whether what others change in the cluster is changed back by itself.").standard(false)),
            ("prune", .bool("Whether objects are deleted that Git no longer has.").standard(true)),
            ("allowEmpty", .bool("Whether a sync may leave the application without any object.").standard(false)),
            ("interval", .duration("How often the repository is looked at.").standard("1m")),
            ("timeout", .duration("How long objects may take to become healthy.").standard("5m")),
            ("patience", .duration("How long an image that cannot be pulled is borne with.").standard("30s")),
            (
                "rollback",
                .bool("Whether a sync that failed is followed by one of the last commit that did not.").standard(false)
            ),
            ("retry", retry),
            (
                "options",
                .list(
                    of: .string("Name=value, as Argo CD has them."),
                    "What holds for all objects that say nothing themselves.")
            ),
            (
                "managedNamespaceMetadata",
                .object(
                    "What a namespace gets that CreateNamespace=true creates.",
                    [("labels", .texts("Its labels.")), ("annotations", .texts("Its annotations."))])
            ),
            ("windows", .list(of: window, "When syncs may begin.")),
        ])

    private static let retry = SchemaProperty.object(
        "When a sync that failed is tried again.",
        [
            ("limit", .count("How many tries follow the first.").standard(5)),
            (
                "backoff",
                .object(
                    "How long to wait before each.",
                    [
                        ("duration", .duration("Before the first.").standard("5s")),
                        (
                            "factor",
                            .number(in: RetryPolicy.factors, "By what each wait is longer than the one before.")
                                .standard(2)
                        ),
                        ("maxDuration", .duration("Never longer than this.").standard("3m")),
                    ])
            ),
        ])

    private static let window = SchemaProperty.object(
        "A time in which syncs may begin, or may not.", required: ["kind", "schedule", "duration"],
        [
            ("kind", .string("Whether syncs may begin in it.").oneOf("allow", "deny")),
            ("schedule", .string("When it opens, as cron has it: 0 22 * * MON-FRI.").nonEmpty()),
            ("duration", .duration("How long it stays open.")),
            ("timeZone", .string("The zone of its schedule: Europe/Berlin.").standard("UTC")),
            ("manualSync", .bool("Whether a person may sync outside of it all the same.").standard(false)),
        ])

    private static let plugins = SchemaProperty.list(
        of: .object(
            "A plugin that the manifests go through.", required: ["name"],
            [
                ("name", .string("Its name in the catalogue.").nonEmpty()),
                (
                    "stage",
                    .string("Where it runs; where its catalogue says otherwise.").oneOf(
                        "transform", "validate", "observe")
                ),
                ("config", .anything("Its functionConfig.")), ("selector", .anything("The objects that it is given.")),
            ]), "The plugins, in the order in which they run.")

    private static let health = SchemaProperty.list(
        of: .object(
            "How the objects of a kind are judged.", required: ["kind"],
            [
                ("group", .string("The group of the kind; empty for the core group.")),
                ("kind", .string("The kind.").nonEmpty()),
                ("healthy", .string("An expression that is true for a healthy object.")),
                ("progressing", .string("One that is true for an object that is getting there.")),
                ("degraded", .string("One that is true for an object that failed.")),
                ("suspended", .string("One that is true for an object that waits on purpose.")),
                ("message", .string("One whose value people read.")),
            ]), "Rules for kinds that the built-in ones do not know.")

    private static let ignoreDifferences = SchemaProperty.list(
        of: .object(
            "Fields that are left to whoever sets them.", required: ["kind"],
            [
                ("group", .string("The group of the kind, * for any.")),
                ("kind", .string("The kind, * for any.").nonEmpty()),
                ("namespace", .string("Only in this namespace.")), ("name", .string("Only of this name.")),
                ("jsonPointers", .list(of: .string("/spec/replicas"), "The fields, by JSON pointers.")),
                ("jqPathExpressions", .list(of: .string(".spec.ports[]"), "The fields, by paths like jq's.")),
                (
                    "managedFieldsManagers",
                    .list(of: .string("A field manager."), "The fields that these managers own.")
                ),
            ]), "Differences that are none.")

    private static let dependsOn = SchemaProperty.list(
        of: .object(
            "An application that has to be healthy first.", required: ["name"],
            [
                ("name", .string("Its name.").nonEmpty()),
                ("namespace", .string("Its namespace; this one's otherwise.")),
            ]), "The applications that have to be healthy before this one is synced.")

    static let status = SchemaProperty.object(
        "How the application is.",
        [
            ("observedGeneration", .count("The generation of the Application that this is about.")),
            (
                "lastHandledRequest",
                .string("The value of the annotation gitopsctl.dev/requested-at that was answered last.")
            ),
            ("handling", .string("The value of that annotation whose sync is under way.")),
            ("revision", .string("The commit that is in the cluster, or was tried last.")),
            ("requestedRevision", .string("What it was asked for as.")),
            (
                "resources",
                .object(
                    "The objects, counted by their health.",
                    ["total", "healthy", "progressing", "degraded", "suspended"].map { ($0, .count("How many.")) })
            ),
            (
                "unhealthy",
                .list(
                    of: .object(
                        "An object that is not healthy.",
                        ["kind", "namespace", "name", "status", "message"].map { ($0, .string("Its \($0).")) }),
                    "The first objects that are not healthy.")
            ),
            (
                "history",
                .list(
                    of: .object(
                        "A sync.", required: ["id"],
                        [
                            ("id", .count("Where the history has it.")), ("revision", .string("Its commit.")),
                            ("requested", .string("What that was asked for as.")),
                            ("subject", .string("The commit's first line.")),
                            ("author", .string("Who wrote the commit.")), ("result", .string("How it ended.")),
                            ("message", .string("Why it did not end well.")), ("trigger", .string("What set it off.")),
                            ("by", .string("Who did.")), ("started", .moment("When it began.")),
                            ("finished", .moment("When it ended.")), ("changed", .count("How many objects it wrote.")),
                            ("created", .count("How many it created.")), ("configured", .count("How many it changed.")),
                            ("recreated", .count("How many it deleted and created again.")),
                            ("pruned", .count("How many it deleted.")), ("skipped", .count("How many it left alone.")),
                            ("failed", .count("How many it could not write.")),
                            (
                                "rolledBack",
                                .string("The commit that it took back, which is not synced again by itself.")
                            ),
                            ("cluster", .string("Where it went, where that is another cluster.")),
                        ]), "The last syncs, the newest first.")
            ),
            ("drift", .list(of: drift, "The first of what was changed in the cluster and is left so.")),
            (
                "conditions",
                .list(of: condition, "Ready, Synced and Healthy; Reconciling and Stalled while they are true.").keyed(
                    by: "type")
            ),
        ])

    private static let drift = SchemaProperty.object(
        "A difference that somebody made in the cluster.", required: ["kind", "name", "message"],
        [
            ("kind", .string("The kind of the object.")), ("namespace", .string("Its namespace.")),
            ("name", .string("Its name.")),
            ("field", .string("The field; the object as a whole where it is absent.")),
            ("severity", .string("How bad it is: minor, major or critical.")),
            ("policy", .string("What is done about it.")), ("message", .string("What differs, and who changed it.")),
        ])

    private static let condition = SchemaProperty.object(
        "A condition, by the rules of kstatus.",
        required: ["type", "status", "reason", "message", "lastTransitionTime"],
        [
            ("type", .string("What it is about.")),
            ("status", .string("Whether it is so.").oneOf("True", "False", "Unknown")),
            ("reason", .string("Why, in one word.")), ("message", .string("Why, for people.")),
            ("observedGeneration", .count("The generation that it is about.")),
            ("lastTransitionTime", .moment("Since when it has been so.")),
        ])

    static let columns: [(name: String, type: String, path: String)] = [
        ("Synced", "string", ".status.conditions[?(@.type==\"Synced\")].status"),
        ("Healthy", "string", ".status.conditions[?(@.type==\"Healthy\")].status"),
        ("Revision", "string", ".status.revision"),
        ("Message", "string", ".status.conditions[?(@.type==\"Ready\")].message"),
        ("Age", "date", ".metadata.creationTimestamp"),
    ]
}

/// The schema of `Project`.
enum ProjectDefinition {
    static let spec = SchemaProperty.object(
        "What the applications of a team may use. What is not named is not allowed.",
        [
            (
                "sources",
                .list(
                    of: .string("https://git.example.com/shop/*"),
                    "Addresses of repositories; * stops at a slash, ** does not.")
            ),
            (
                "destinations",
                .list(
                    of: destination,
                    "Where objects may go.")
            ),
            ("kinds", .list(of: .string("Deployment.apps"), "Kinds: Deployment, Deployment.apps, *.apps or *.")),
            ("plugins", .list(of: .string("sealed-secrets"), "Plugins, by their names in the catalogue.")),
            ("notifications", NotificationDefinition.rules("Who is told what happens to its applications.")),
            (
                "defaultServiceAccount",
                .objectName("The service account of this namespace that applications act as which name none.")
            ),
        ])

    private static let destination = SchemaProperty.object(
        "A place.", required: ["namespace"],
        [
            ("namespace", .string("A namespace: shop-*.").nonEmpty()),
            ("cluster", .string("The names of other clusters: staging-*; this cluster where it is absent.").nonEmpty()),
            (
                "server",
                .string(
                    "The addresses that their API servers may have: https://10.0.0.7:6443; any public one otherwise."
                ).nonEmpty()
            ),
        ]
    ).rule(
        "!has(self.server) || has(self.cluster)",
        "server says nothing without a cluster: add cluster, or take server out")

    static let columns: [(name: String, type: String, path: String)] = [("Age", "date", ".metadata.creationTimestamp")]
}
