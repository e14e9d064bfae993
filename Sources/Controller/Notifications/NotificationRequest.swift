// What a receiver is sent: each kind's documented request, made of an event and of what the receiver's Secret says.

import HTTPClient
import Manifest
import Reconciler
import SyncHistory

/// What an event is about beside what it says itself.
struct NotificationSubject: Sendable {
    var event: ApplicationEvent
    var project: String
    var repository: String
    var path: String

    init(_ event: ApplicationEvent, of application: Application) {
        self.event = event
        project = application.project ?? Project.defaultName
        repository = RepositoryServer(application.source.repository)?.shown ?? ""
        path = application.source.path
    }

    func spelling(of field: NotificationTemplate.Field) -> String {
        switch field {
        case .application: event.application.name
        case .namespace: event.application.namespace
        case .project: project
        case .reason: event.reason.rawValue
        case .severity: event.reason.isWarning ? "warning" : "info"
        case .message: event.message
        case .commit: event.commit?.id ?? ""
        case .revision: event.commit?.requested ?? ""
        case .repository: repository
        case .path: path
        case .file: event.location.map { "\($0)" } ?? ""
        case .cure: event.cure ?? ""
        case .sync: event.sync.map { "\($0)" } ?? ""
        case .time: event.time.description
        }
    }

    /// All that there is to say, as JSON.
    var document: Object {
        var object = Object()
        for field in NotificationTemplate.Field.allCases {
            let text = spelling(of: field)
            if !text.isEmpty { object[field.rawValue] = .string(text) }
        }
        return object
    }
}

/// What the Secret of a receiver says.
struct NotificationCredentials: Sendable {
    var url: String?
    var token: String?
    /// The repositories whose commits it may speak of, by the beginning of their addresses.
    var repository: String?

    /// - Throws: where the Secret is not meant for this.
    init(_ secret: Value, label: String) throws(DiagnosticsError) {
        let object = KubernetesObject(secret)
        guard object.label(label) != nil else {
            throw DiagnosticsError(
                "Secret \(object.name) is not labelled \(label)",
                cure: "Label it, if what is in it may be sent to its url")
        }
        func line(_ key: String) -> String? {
            guard let bytes = secret[path: "data", key]?.string.flatMap(Base64.decode) else { return nil }
            // Files that were put into a Secret end in a newline.
            let text = String(decoding: bytes, as: UTF8.self).prefix { !$0.isNewline }
            return text.isEmpty ? nil : String(text)
        }
        url = line("url")
        token = line("token")
        repository = line("repository")
    }
}

enum NotificationRequest {
    private static let deadline = Duration.seconds(10)

    /// The request; nil where the event is nothing for the receiver, as one without a commit is nothing for its state.
    ///
    /// - Throws: what the receiver's Secret lacks.
    static func make(
        _ subject: NotificationSubject, _ rule: NotificationRule, _ credentials: NotificationCredentials
    ) throws(DiagnosticsError) -> HTTPRequest? {
        if rule.receiver.isCommitStatus { return try CommitStatus.request(subject, rule, credentials) }
        guard let url = credentials.url else {
            throw DiagnosticsError(
                "Secret \(rule.secretName) has no url",
                cure: "Add the address that the \(rule.receiver.rawValue) is reached at")
        }
        var headers: HTTPHeaders = ["Content-Type": "application/json"]
        if let token = credentials.token { headers.add("Authorization", "Bearer \(token)") }
        switch rule.receiver {
        case .slack: return post(url, headers, JSON.write(slack(subject, rule.template)))
        case .webhook:
            let body = rule.template.map { template in
                Array(template.filled { escapedForJSON(subject.spelling(of: $0)) }.utf8)
            }
            return post(url, headers, body ?? JSON.write(.object(subject.document)))
        case .cloudevents:
            headers = ["Content-Type": "application/cloudevents+json; charset=UTF-8"]
            if let token = credentials.token { headers.add("Authorization", "Bearer \(token)") }
            return post(url, headers, JSON.write(cloudEvent(subject)))
        case .alertmanager:
            let path = "/api/v2/alerts"
            let base = url.hasSuffix("/") ? String(url.dropLast()) : url
            return post(base.hasSuffix(path) ? base : base + path, headers, JSON.write([alert(subject, rule.template)]))
        case .github, .gitlab, .gitea: return nil
        }
    }

    static func post(_ url: String, _ headers: HTTPHeaders, _ body: [UInt8]) -> HTTPRequest {
        HTTPRequest(
            method: "POST", url: url, headers: headers, body: body, deadline: deadline, maximumBodySize: 64 << 10)
    }

    // MARK: Slack, https://api.slack.com/messaging/webhooks

    private static func slack(_ subject: NotificationSubject, _ template: NotificationTemplate?) -> Value {
        // https://api.slack.com/reference/surfaces/formatting#escaping
        func escaped(_ text: String) -> String {
            text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        }
        if let template { return ["text": .string(template.filled { escaped(subject.spelling(of: $0)) })] }
        let event = subject.event
        let sign = event.reason.isWarning ? ":warning:" : ":white_check_mark:"
        let text = "\(sign) *\(escaped("\(event.application)"))* \(event.reason.rawValue): \(escaped(event.message))"
        let place = [subject.repository, subject.path].filter { !$0.isEmpty }.joined(separator: " ")
        return [
            "text": .string(text),
            "blocks": [
                ["type": "section", "text": ["type": "mrkdwn", "text": .string(String(text.prefix(3000)))]],
                [
                    "type": "context",
                    "elements": [["type": "mrkdwn", "text": .string(escaped("\(place) · \(event.time)"))]],
                ],
            ],
        ]
    }

    // MARK: CloudEvents 1.0, structured mode:
    // https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md

    private static func cloudEvent(_ subject: NotificationSubject) -> Value {
        let event = subject.event
        let seed = "\(event.application) \(event.reason.rawValue) \(event.time.milliseconds) \(event.message)"
        return [
            "specversion": "1.0", "id": .string(SHA256.hexadecimal(SHA256.digest(Array(seed.utf8)).prefix(16))),
            "source": .string(
                "/apis/\(Application.resourceKind.apiVersion)/namespaces/\(event.application.namespace)/applications"
            ),
            "subject": .string(event.application.name),
            "type": .string("dev.gitopsctl.application.\(event.reason.rawValue.lowercased())"),
            "time": .string(event.time.description), "datacontenttype": "application/json",
            "data": .object(subject.document),
        ]
    }

    // MARK: Alertmanager, https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml

    /// How long an alert stands that nobody takes back.
    private static let alertTime = Duration.seconds(24 * 3600)

    /// One alert an application and aspect: what mends it ends the same alert, which is known by its labels.
    private static func alert(_ subject: NotificationSubject, _ template: NotificationTemplate?) -> Value {
        let event = subject.event
        let name =
            switch event.reason {
            case .degraded, .recovered: "GitopsApplicationDegraded"
            case .drifted, .driftFought: "GitopsApplicationDrifted"
            default: "GitopsApplicationNotSynced"
            }
        let end = Timestamp(
            milliseconds: event.time.milliseconds + (event.reason.isWarning ? Int64(alertTime / .milliseconds(1)) : 0))
        return [
            "labels": [
                "alertname": .string(name), "namespace": .string(event.application.namespace),
                "application": .string(event.application.name), "project": .string(subject.project),
                "severity": "warning",
            ],
            "annotations": [
                "summary": .string("\(event.application) \(event.reason.rawValue)"),
                "description": .string(template?.filled(subject.spelling) ?? event.message),
            ],
            "startsAt": .string(event.time.description), "endsAt": .string(end.description),
        ]
    }

    /// A text as it stands between the quotes of a JSON string.
    private static func escapedForJSON(_ text: String) -> String {
        String(String(decoding: JSON.write(.string(text)), as: UTF8.self).dropFirst().dropLast())
    }
}
