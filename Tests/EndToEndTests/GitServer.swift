// A Git server over HTTP, for controllers that fetch as they do in a cluster.

import Foundation
import Testing

/// `git http-backend` behind a small server of Python's, which speaks version 2 as its client asks.
final class GitServer: Sendable {
    private let command: RunningCommand
    private let port: Int

    init(root: String, in folder: String, _ environment: [String: String]) throws {
        let program = folder + "/git-server.py"
        try """
        import http.server, os, subprocess, sys

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                path, _, query = self.path.partition("?")
                environment = dict(os.environ, GIT_PROJECT_ROOT=sys.argv[1], GIT_HTTP_EXPORT_ALL="1", PATH_INFO=path,
                    QUERY_STRING=query, REQUEST_METHOD=self.command, CONTENT_TYPE=self.headers.get("content-type") or "",
                    GIT_PROTOCOL=self.headers.get("git-protocol") or "", GIT_CONFIG_COUNT="1",
                    GIT_CONFIG_KEY_0="safe.directory", GIT_CONFIG_VALUE_0="*")
                output = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True).stdout
                head, _, content = output.partition(b"\\r\\n\\r\\n")
                headers = dict(line.split(": ", 1) for line in head.decode().split("\\r\\n"))
                self.send_response(int(headers.pop("Status", "200").split()[0]))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = answer

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print(server.server_port, flush=True)
        server.serve_forever()
        """.write(toFile: program, atomically: true, encoding: .utf8)
        command = try Command(program: "python3", environment: environment, folder: folder).start([program, root])
        var said = ""
        for _ in 0..<200 where said.isEmpty {
            usleep(50_000)
            said = (try? String(contentsOfFile: command.output, encoding: .utf8)) ?? ""
        }
        port = try #require(Int(said.trimmingCharacters(in: .whitespacesAndNewlines)), "the Git server does not start")
    }

    deinit {
        command.kill()
        _ = try? command.finish()
    }

    /// Where everything that it serves begins.
    var address: String { "http://127.0.0.1:\(port)/" }

    func url(_ repository: String) -> String { "\(address)\(repository)/.git" }
}
