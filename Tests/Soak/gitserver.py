"""A Git server over HTTP that can stop answering."""
import http.server, os, subprocess, threading


class GitServer:
    """Serves the repositories of a folder by `git http-backend`. While it hangs it takes connections, and answers none of them."""

    def __init__(self, folder):
        answering = threading.Event()
        answering.set()
        self.answering = answering

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.0'

            def do_GET(self):
                answering.wait(60)
                path, _, query = self.path.partition('?')
                environment = dict(
                    os.environ, GIT_PROJECT_ROOT=folder, GIT_HTTP_EXPORT_ALL='1', REQUEST_METHOD=self.command, PATH_INFO=path,
                    QUERY_STRING=query, REMOTE_ADDR='127.0.0.1', CONTENT_TYPE=self.headers.get('Content-Type', ''),
                    CONTENT_LENGTH=self.headers.get('Content-Length', ''), HTTP_CONTENT_ENCODING=self.headers.get('Content-Encoding', ''),
                    GIT_PROTOCOL=self.headers.get('Git-Protocol', ''))
                body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
                answer = subprocess.run(['git', 'http-backend'], input=body, capture_output=True, env=environment).stdout
                head, _, content = answer.partition(b'\r\n\r\n')
                fields = [line.split(': ', 1) for line in head.decode().split('\r\n') if ': ' in line]
                status = next((value for name, value in fields if name == 'Status'), '200 OK')
                self.send_response(int(status.split()[0]))
                for name, value in fields:
                    if name != 'Status':
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # whoever asked has gone meanwhile

        self.server = Quiet(('127.0.0.1', 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def address(self, repository):
        return f'http://127.0.0.1:{self.server.server_address[1]}/{repository}/.git'

    def hang(self):
        self.answering.clear()

    def answer(self):
        self.answering.set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.answer()
        self.server.shutdown()
