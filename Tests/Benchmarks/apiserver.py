"""An API server, real or a sandbox, as far as the benchmarks of the controller need one."""
import base64, contextlib, http.client, json, os, re, shutil, ssl, subprocess, sys, tempfile, time, uuid


class Server:
    """An API server by a kubeconfig, as far as this script needs one: JSON over connections that stay open."""

    def __init__(self, kubeconfig, kubectl='kubectl'):
        self.kubeconfig = kubeconfig
        view = json.loads(subprocess.run([kubectl, '--kubeconfig', kubeconfig, 'config', 'view', '--raw', '--minify', '-o', 'json'],
                                         check=True, capture_output=True, text=True).stdout)
        cluster, user = view['clusters'][0]['cluster'], view['users'][0]['user']
        self.host, self.port = re.match(r'https://([^:/]+):?(\d+)?', cluster['server']).groups()
        self.headers = {'Content-Type': 'application/json'}
        folder = tempfile.mkdtemp()

        def file(data, path):
            if path:
                return os.path.join(os.path.dirname(kubeconfig), path)
            if not data:
                return None
            name = os.path.join(folder, uuid.uuid4().hex)
            with open(name, 'wb', opener=lambda path, flags: os.open(path, flags, 0o600)) as output:
                output.write(base64.b64decode(data))
            return name

        try:
            self.tls = ssl.create_default_context(cafile=file(cluster.get('certificate-authority-data'), cluster.get('certificate-authority')))
            certificate = file(user.get('client-certificate-data'), user.get('client-certificate'))
            if certificate:
                self.tls.load_cert_chain(certificate, file(user.get('client-key-data'), user.get('client-key')))
        finally:
            shutil.rmtree(folder)
        if user.get('token'):
            self.headers['Authorization'] = 'Bearer ' + user['token']

    def connection(self):
        return http.client.HTTPSConnection(self.host, int(self.port or 443), context=self.tls)

    def call(self, connection, method, path, body=None, kind=None):
        headers = dict(self.headers, **({'Content-Type': kind} if kind else {}))
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text.startswith(b'{') else text


def until(what, is_so, seconds=300):
    deadline = time.time() + seconds
    while not is_so():
        if time.time() > deadline:
            sys.exit(f'never: {what}')
        time.sleep(0.1)


@contextlib.contextmanager
def sandbox(gitopsctl):
    """A sandbox of its own, as the path of its kubeconfig."""
    state = tempfile.mkdtemp()
    run = lambda *words: subprocess.run([gitopsctl, 'sandbox', *words], env=dict(os.environ, XDG_STATE_HOME=state),
                                        check=True, capture_output=True, text=True).stdout
    try:
        yield run('start').strip()
    finally:
        run('stop')
        shutil.rmtree(state, ignore_errors=True)
