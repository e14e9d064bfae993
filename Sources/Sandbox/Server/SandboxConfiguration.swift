// How a sandbox is to be run.

/// The settings of a sandbox.
package struct SandboxConfiguration: Sendable {
    /// The port on loopback; 0 for any that is free.
    package var port: Int
    /// The folder that `kubeconfig.yaml` and `sandbox.json` are written into; made when it is not there.
    package var stateFolder: String
    /// How long a pod takes to become ready, and anything else that a real cluster takes a moment for.
    package var pace: Duration
    /// How often an idle watch gets a bookmark. A real server takes about a minute.
    package var bookmarkInterval: Duration
    /// The SQLite file that the state is kept in over restarts; nil to keep it in memory alone.
    package var stateFile: String?
    /// The file of the key that Secrets are sealed with in the state file; made with the first state. It belongs where
    /// the state's copies do not go.
    package var stateKeyFile: String
    /// Which of a cluster's controllers run.
    package var controllers: Controllers

    /// The controllers of a cluster, or those that live inside kube-apiserver: what establishes definitions and cleans
    /// up after them.
    package enum Controllers: Sendable {
        case all
        case apiServer
    }

    package init(
        port: Int = 0, stateFolder: String, pace: Duration = .milliseconds(300),
        bookmarkInterval: Duration = .seconds(60), controllers: Controllers = .all, stateFile: String? = nil,
        stateKeyFile: String? = nil
    ) {
        self.port = port
        self.stateFolder = stateFolder
        self.pace = pace
        self.bookmarkInterval = bookmarkInterval
        self.controllers = controllers
        self.stateFile = stateFile
        self.stateKeyFile = stateKeyFile ?? stateFolder + "/state.key"
    }
}

/// The Kubernetes version that the sandbox says it is.
package enum SandboxVersion {
    package static let major = "1"
    package static let minor = "36"
    package static let text = "v1.36.0"
}
