"""Where the soak takes place: the cluster, and the controller that is kept at work in it."""
import contextlib, hashlib, hmac, http.client, json, os, re, signal, subprocess, sys, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, 'Tests', 'Benchmarks'))

from apiserver import Server, sandbox, until

GROUP = 'gitopsctl.dev/v1alpha1'
NAMESPACE = 'soak'
TOKEN = 'soak-token'
POLICIES = f'/apis/networking.k8s.io/v1/namespaces/{NAMESPACE}/networkpolicies'
CONFIGS = f'/api/v1/namespaces/{NAMESPACE}/configmaps'
APPLICATIONS = f'/apis/{GROUP}/namespaces/{NAMESPACE}/applications'


def say(text):
    print(f'  {time.strftime("%H:%M:%S")}  {text}', flush=True)


class Cluster:
    def __init__(self, kubeconfig, restart):
        self.kubeconfig, self.restart = kubeconfig, restart
        self.server = Server(kubeconfig)
        self.local = threading.local()

    def call(self, method, path, body=None, kind=None):
        """A call over a connection of the thread's own, which is made anew after a failure."""
        if getattr(self.local, 'connection', None) is None:
            self.local.connection = self.server.connection()
            self.local.connection.timeout = 10
        try:
            return self.server.call(self.local.connection, method, path, body, kind)
        except (OSError, http.client.HTTPException):
            self.local.connection = None
            raise

    def items(self, path):
        status, answer = self.call('GET', path)
        if status != 200:
            raise OSError(f'{path}: {answer}')
        return {item['metadata']['name']: item for item in answer['items']}


@contextlib.contextmanager
def real_server():
    """A kube-apiserver with etcd, as kubeconfig and how it is restarted."""
    lines = subprocess.run([os.path.join(ROOT, 'Tests/Support/start-kube-apiserver.sh'), '--owner', str(os.getpid())],
                           check=True, capture_output=True, text=True).stdout.splitlines()
    kubeconfig = next(line.partition('=')[2] for line in lines if line.startswith('GITOPSCTL_TEST_KUBECONFIG='))
    supervisor = int(open(os.path.join(os.path.dirname(kubeconfig), 'pid')).read())
    try:
        yield kubeconfig, lambda: os.kill(supervisor, signal.SIGUSR1)
    finally:
        os.kill(supervisor, signal.SIGTERM)


@contextlib.contextmanager
def sandbox_server(gitopsctl):
    with sandbox(gitopsctl) as kubeconfig:
        # The sandbox of this kubeconfig is found by the state folder above it.
        environment = dict(os.environ, XDG_STATE_HOME=os.path.dirname(os.path.dirname(os.path.dirname(kubeconfig))))
        yield kubeconfig, lambda: subprocess.run([gitopsctl, 'sandbox', 'restart', '--down-for', '3000'], env=environment, check=True,
                                                 capture_output=True)


class Controller:
    def __init__(self, options, cluster, folder, state):
        self.log = os.path.join(folder, 'log')
        self.state = state
        environment = dict(os.environ, XDG_STATE_HOME=os.path.join(state, 'state'), XDG_CACHE_HOME=os.path.join(state, 'cache'))
        with open(self.log, 'w') as log:
            self.process = subprocess.Popen(
                [options.controller, '--kubeconfig', cluster.kubeconfig, '--listen', '127.0.0.1:0', '--namespace', NAMESPACE,
                 '--allow-private-addresses'], stdout=log, stderr=log, env=environment)
        until('the controller listens', lambda: self.port() is not None)
        self.samples = []

    def port(self):
        found = re.search(r'127\.0\.0\.1:(\d+)', ''.join(line for line in open(self.log) if 'listening' in line))
        return int(found[1]) if found else None

    def push(self, repository):
        body = json.dumps({'repository': repository}).encode()
        signature = 'sha256=' + hmac.new(TOKEN.encode(), body, hashlib.sha256).hexdigest()
        with contextlib.closing(http.client.HTTPConnection('127.0.0.1', self.port(), timeout=10)) as connection:
            connection.request('POST', '/webhook', body, {'X-Gitopsctl-Signature': signature, 'Content-Type': 'application/json'})
            connection.getresponse().read()

    def sample(self):
        """MiB, descriptors and threads at this moment."""
        status = open(f'/proc/{self.process.pid}/status').read()
        value = lambda name: int(re.search(rf'{name}:\s+(\d+)', status)[1])
        self.samples.append((value('VmRSS') / 1024, len(os.listdir(f'/proc/{self.process.pid}/fd')), value('Threads')))

    def tail(self):
        return ''.join(open(self.log, errors='replace').readlines()[-15:])
