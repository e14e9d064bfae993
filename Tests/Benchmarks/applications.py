#!/usr/bin/env python3
"""Measures the controller with many applications, each of a ServiceAccount, a Deployment at zero replicas, a Service and an Ingress.

    applications.py [--only delivery|monorepo|idle] [--applications N,…] [--kubeconfig FILE] [--controller BINARY] [--gitopsctl BINARY] [--json]

delivery   as Flux publishes it: N applications, each from a repository of its own (100, 500, 1,000), are installed at once, and upgraded at
           once by a commit and a signed webhook each. The time until the last is Ready with its new commit, and the controller's peak memory
           and processor time; beside them the floor: the same writes sent by a bare load generator to the same server
monorepo   N applications from one repository (1,000), and a commit that touches one of them: until it is Ready, how many were worked on,
           and the controller's processor time
idle       N applications of 10 objects (1,000) for --idle-seconds (600): processor time, memory, and the requests that the server counted

The server is that of --kubeconfig (GITOPSCTL_TEST_KUBECONFIG), or a sandbox that the script starts. A bare API server has nobody who runs
Deployments or serves Ingresses: there the script tells their status as their controllers would.
"""
import argparse, contextlib, hashlib, hmac, http.client, json, os, re, shutil, statistics, subprocess, sys, tempfile, threading, time
from concurrent.futures import ThreadPoolExecutor

from apiserver import Server, sandbox, until

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
GROUP = 'gitopsctl.dev/v1alpha1'
TOKEN = 'benchmark-token'


def manifests(name, image, more=0):
    """The four objects, and some ConfigMaps where more are asked for; ports with their protocol, which servers before 1.21 need."""
    labels = {'app.kubernetes.io/name': name}
    yield {'apiVersion': 'v1', 'kind': 'ServiceAccount', 'metadata': {'name': name}}
    yield {'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': {'name': name}, 'spec': {
        'replicas': 0, 'selector': {'matchLabels': labels}, 'template': {'metadata': {'labels': labels}, 'spec': {
            'serviceAccountName': name, 'containers': [{
                'name': 'app', 'image': image, 'ports': [{'name': 'http', 'containerPort': 9898, 'protocol': 'TCP'}],
                'resources': {'requests': {'cpu': '100m', 'memory': '64Mi'}, 'limits': {'memory': '64Mi'}},
                'readinessProbe': {'httpGet': {'path': '/readyz', 'port': 'http'}}}]}}}}
    yield {'apiVersion': 'v1', 'kind': 'Service', 'metadata': {'name': name}, 'spec': {
        'selector': labels, 'ports': [{'name': 'http', 'port': 9898, 'targetPort': 'http', 'protocol': 'TCP'}]}}
    yield {'apiVersion': 'networking.k8s.io/v1', 'kind': 'Ingress', 'metadata': {'name': name}, 'spec': {'rules': [{
        'host': f'{name}.example.com', 'http': {'paths': [{'path': '/', 'pathType': 'Prefix', 'backend': {
            'service': {'name': name, 'port': {'name': 'http'}}}}]}}]}}
    for index in range(more):
        yield {'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': f'{name}-{index}'}, 'data': {'key': 'value'}}


def plural(kind):
    return {'Ingress': 'ingresses'}.get(kind, kind.lower() + 's')


def git(folder, *words):
    return subprocess.run(['git', '-C', folder, '-c', 'user.name=Benchmark', '-c', 'user.email=benchmark@localhost', '-c', 'gc.auto=0', *words],
                          check=True, capture_output=True, text=True).stdout.strip()


def write_application(folder, name, image, more=0):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'kustomization.yaml'), 'w') as file:
        file.write('resources: [app.yaml]\n')
    with open(os.path.join(folder, 'app.yaml'), 'w') as file:
        file.write('---\n'.join(json.dumps(each, indent=1) + '\n' for each in manifests(name, image, more)))


class Stage:
    """A namespace with its Applications, their repositories, and a controller that keeps them."""

    def __init__(self, options, label, count, repositories, more=0):
        self.options, self.count = options, count
        self.scratch = tempfile.mkdtemp(prefix='applications-')
        self.namespace = f'{label}-{count}-{os.getpid()}'
        self.server = Server(options.kubeconfig)
        self.names = [f'app-{index}' for index in range(count)]
        self.commits, self.controller, self.workloads = {}, None, None
        self.repositories = [os.path.join(self.scratch, f'repository-{index}') for index in range(repositories)]
        for folder in self.repositories:
            os.makedirs(folder)
            git(folder, 'init', '-q', '-b', 'main')
        for index, name in enumerate(self.names):
            write_application(self.path(index), name, 'ghcr.io/example/app:1.0.0', more)
        self.commit('Begin')

    def repository(self, index):
        return self.repositories[index % len(self.repositories)]

    def path(self, index):
        return os.path.join(self.repository(index), 'apps', self.names[index])

    def commit(self, message):
        with ThreadPoolExecutor(4) as pool:
            def one(folder):
                git(folder, 'add', '-A')
                git(folder, 'commit', '-q', '-m', message)
                self.commits[folder] = git(folder, 'rev-parse', 'HEAD')
            list(pool.map(one, self.repositories))

    def begin(self):
        kubectl = lambda *words, **more: subprocess.run(
            ['kubectl', '--kubeconfig', self.options.kubeconfig, *words], capture_output=True, text=True, check=True, **more)
        definitions = subprocess.run([self.options.gitopsctl, 'crds'], check=True, capture_output=True, text=True).stdout
        # Servers that are older than rules in CEL pass them over in a client-side apply.
        kubectl('apply', '--validate=false', '-f', '-', input=definitions)
        kubectl('wait', '--for=condition=Established', 'crd/applications.gitopsctl.dev', 'crd/projects.gitopsctl.dev')
        kubectl('create', 'namespace', self.namespace)
        secret = {'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {
            'name': 'webhook', 'namespace': self.namespace, 'labels': {'gitopsctl.dev/webhook': ''}}, 'stringData': {'token': TOKEN}}
        kubectl('create', '-f', '-', input=json.dumps(secret))
        if not self.options.is_sandbox:
            self.workloads = Workloads(self.server, self.namespace)
        environment = dict(os.environ, XDG_STATE_HOME=os.path.join(self.scratch, 'state'), XDG_CACHE_HOME=os.path.join(self.scratch, 'cache'))
        self.log = os.path.join(self.scratch, 'log')
        with open(self.log, 'w') as log:
            self.controller = subprocess.Popen(
                [self.options.controller, '--kubeconfig', self.options.kubeconfig, '--listen', '127.0.0.1:0', '--namespace', self.namespace,
                 '--allow-private-addresses'],
                stdout=log, stderr=log, env=environment)
        until('the controller listens', lambda: self.port() is not None)

    def port(self):
        found = re.search(r'127\.0\.0\.1:(\d+)', ''.join(line for line in open(self.log) if 'listening' in line))
        return int(found[1]) if found else None

    def end(self):
        if self.workloads:
            self.workloads.stop()
        if self.controller:
            self.controller.terminate()
            self.controller.wait(60)
        connection = self.server.connection()
        # A bare server never ends a namespace, and what stays would be watched by the next round's controller.
        for path in (f'/apis/{GROUP}/namespaces/{self.namespace}/applications', f'/apis/apps/v1/namespaces/{self.namespace}/deployments',
                     f'/apis/networking.k8s.io/v1/namespaces/{self.namespace}/ingresses', f'/api/v1/namespaces/{self.namespace}/configmaps',
                     f'/api/v1/namespaces/{self.namespace}/serviceaccounts', f'/api/v1/namespaces/{self.namespace}/secrets'):
            self.server.call(connection, 'DELETE', path)
        _, services = self.server.call(connection, 'GET', f'/api/v1/namespaces/{self.namespace}/services')
        for item in services['items']:
            self.server.call(connection, 'DELETE', f'/api/v1/namespaces/{self.namespace}/services/{item["metadata"]["name"]}')
        self.server.call(connection, 'DELETE', f'/api/v1/namespaces/{self.namespace}')
        shutil.rmtree(self.scratch)

    def application(self, index, interval='10m'):
        return {'apiVersion': GROUP, 'kind': 'Application', 'metadata': {'name': self.names[index], 'namespace': self.namespace},
                'spec': {'source': {'repository': self.repository(index), 'revision': 'main', 'path': f'apps/{self.names[index]}'},
                         'destination': {'namespace': self.namespace},
                         'sync': {'automated': True, 'selfHeal': True, 'interval': interval}}}

    def create(self):
        """Creates all Applications over a few connections."""
        path = f'/apis/{GROUP}/namespaces/{self.namespace}/applications'

        def some(share):
            connection = self.server.connection()
            for index in share:
                status, answer = self.server.call(connection, 'POST', path, self.application(index))
                assert status == 201, answer
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(some, [range(start, self.count, 4) for start in range(4)]))

    def push(self, repositories):
        """Tells the controller of a push to each of some repositories, signed as the generic form asks for."""
        def some(share):
            connection = http.client.HTTPConnection('127.0.0.1', self.port())
            for repository in share:
                body = json.dumps({'repository': repository}).encode()
                signature = 'sha256=' + hmac.new(TOKEN.encode(), body, hashlib.sha256).hexdigest()
                connection.request('POST', '/webhook', body, {'X-Gitopsctl-Signature': signature, 'Content-Type': 'application/json'})
                answer = connection.getresponse()
                text = answer.read()
                assert answer.status == 202, text
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(some, [repositories[start::4] for start in range(4)]))

    def follow(self):
        """Watches the Applications, so that nothing is asked again and again while time is taken."""
        return Following(self.server, self.namespace)

    def metric(self, name):
        connection = http.client.HTTPConnection('127.0.0.1', self.port())
        connection.request('GET', '/metrics')
        text = connection.getresponse().read().decode()
        return sum(float(line.rsplit(' ', 1)[1]) for line in text.splitlines() if re.match(rf'{name}(\{{|\s)', line))

    def usage(self):
        """Processor seconds, and the peak and present memory in MiB, of the controller."""
        fields = open(f'/proc/{self.controller.pid}/stat').read().rsplit(')', 1)[1].split()
        status = open(f'/proc/{self.controller.pid}/status').read()
        mib = lambda name: int(re.search(rf'{name}:\s+(\d+)', status)[1]) / 1024
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK'), mib('VmHWM'), mib('VmRSS')


class Following(threading.Thread):
    """The Applications of a namespace as a watch shows them."""

    def __init__(self, server, namespace):
        super().__init__(daemon=True)
        self.path = f'/apis/{GROUP}/namespaces/{namespace}/applications'
        self.ready = {}
        self.news = threading.Condition()
        connection = server.connection()
        _, listed = server.call(connection, 'GET', self.path)
        self.note(listed['items'])
        self.connection = server.connection()
        self.connection.request('GET', f'{self.path}?watch=1&resourceVersion={listed["metadata"]["resourceVersion"]}', headers=server.headers)
        self.answer = self.connection.getresponse()
        self.start()

    def note(self, items):
        with self.news:
            for item in items:
                status = item.get('status', {})
                is_ready = any(each['type'] == 'Ready' and each['status'] == 'True' for each in status.get('conditions', []))
                self.ready[item['metadata']['name']] = status.get('revision') if is_ready else None
            self.news.notify_all()

    def run(self):
        try:
            for line in self.answer:
                self.note([json.loads(line)['object']])
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass

    def wait(self, commits, what, seconds=900):
        """Waits until each application is Ready at its commit."""
        deadline = time.time() + seconds
        with self.news:
            while any(self.ready.get(name) != commit for name, commit in commits.items()):
                if not self.news.wait(max(0, deadline - time.time())):
                    late = [name for name, commit in commits.items() if self.ready.get(name) != commit]
                    sys.exit(f'{what}: {len(late)} of {len(commits)} never became ready, {late[0]} among them')


class Workloads:
    """Tells of each Deployment and Ingress that it is as it should be, as their controllers would at zero replicas."""

    def __init__(self, server, namespace):
        self.server = server
        self.pool = ThreadPoolExecutor(4)
        self.local = threading.local()
        available = {'type': 'Available', 'status': 'True', 'reason': 'MinimumReplicasAvailable'}
        address = {'loadBalancer': {'ingress': [{'ip': '192.0.2.1'}]}}
        for path, wanted in ((f'/apis/apps/v1/namespaces/{namespace}/deployments',
                              lambda item: {'observedGeneration': item['metadata']['generation'], 'conditions': [available]}),
                             (f'/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses', lambda item: address)):
            connection = server.connection()
            # From a list's version: without one, a server whose etcd is older than itself may have nothing to begin with.
            _, listed = server.call(connection, 'GET', path)
            connection.request('GET', f'{path}?watch=1&resourceVersion={listed["metadata"]["resourceVersion"]}', headers=server.headers)
            threading.Thread(target=self.follow, args=(connection.getresponse(), path, wanted), daemon=True).start()

    def follow(self, answer, path, wanted):
        try:
            for line in answer:
                event = json.loads(line)
                item = event['object']
                status = wanted(item)
                if event['type'] != 'DELETED' and any(item.get('status', {}).get(key) != status[key] for key in status if key != 'conditions'):
                    self.pool.submit(self.tell, f'{path}/{item["metadata"]["name"]}/status', status)
        except (OSError, ValueError, AttributeError, KeyError, RuntimeError, http.client.HTTPException):
            pass

    def tell(self, path, status):
        if not hasattr(self.local, 'connection'):
            self.local.connection = self.server.connection()
        self.server.call(self.local.connection, 'PATCH', path, {'status': status}, 'application/merge-patch+json')

    def stop(self):
        self.pool.shutdown(wait=False, cancel_futures=True)


def floor(options, count):
    """The bare writes of an install and of an upgrade of as many applications: returns the seconds of each."""
    server = Server(options.kubeconfig)
    namespace = f'floor-{count}-{os.getpid()}'
    connection = server.connection()
    server.call(connection, 'POST', '/api/v1/namespaces', {'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': namespace}})

    def send(image, kinds):
        def some(share):
            own = server.connection()
            for index in share:
                for body in manifests(f'app-{index}', image):
                    if body['kind'] not in kinds:
                        continue
                    root = '/api/v1' if body['apiVersion'] == 'v1' else f"/apis/{body['apiVersion']}"
                    path = f"{root}/namespaces/{namespace}/{plural(body['kind'])}/{body['metadata']['name']}?fieldManager=floor&force=true"
                    status, answer = server.call(own, 'PATCH', path, body, 'application/apply-patch+yaml')
                    assert status in (200, 201), answer
        started = time.perf_counter()
        children = []
        # Processes, so that the generator is not what is measured.
        for start in range(4):
            child = os.fork()
            if child == 0:
                some(range(start, count, 4))
                os._exit(0)
            children.append(child)
        for child in children:
            assert os.waitpid(child, 0)[1] == 0
        return time.perf_counter() - started

    everything = {'ServiceAccount', 'Deployment', 'Service', 'Ingress'}
    seconds = send('ghcr.io/example/app:1.0.0', everything), send('ghcr.io/example/app:2.0.0', {'Deployment'})
    _, services = server.call(connection, 'GET', f'/api/v1/namespaces/{namespace}/services')
    for item in services['items']:
        server.call(connection, 'DELETE', f'/api/v1/namespaces/{namespace}/services/{item["metadata"]["name"]}')
    for path in ('/apis/apps/v1/namespaces/{}/deployments', '/apis/networking.k8s.io/v1/namespaces/{}/ingresses',
                 '/api/v1/namespaces/{}/serviceaccounts', '/api/v1/namespaces/{}'):
        server.call(connection, 'DELETE', path.format(namespace))
    return seconds


def delivery(options):
    for count in options.applications:
        stage = Stage(options, 'delivery', count, repositories=count)
        try:
            stage.begin()
            following = stage.follow()
            wanted = lambda: {name: stage.commits[stage.repository(index)] for index, name in enumerate(stage.names)}
            before = stage.usage()[0]
            started = time.perf_counter()
            stage.create()
            following.wait(wanted(), 'install')
            install, installed = time.perf_counter() - started, stage.usage()
            for index in range(count):
                write_application(stage.path(index), stage.names[index], 'ghcr.io/example/app:2.0.0')
            stage.commit('Upgrade')
            started = time.perf_counter()
            stage.push(stage.repositories)
            following.wait(wanted(), 'upgrade')
            upgrade, upgraded = time.perf_counter() - started, stage.usage()
        finally:
            stage.end()
        bare_install, bare_upgrade = floor(options, count)
        print(f'{count:>5} applications: install {install:6.1f} s (bare writes {bare_install:.1f} s), upgrade {upgrade:6.1f} s '
              f'(bare writes {bare_upgrade:.1f} s); controller {upgraded[1]:.0f} MiB at most, processor {installed[0] - before:.1f} s and '
              f'{upgraded[0] - installed[0]:.1f} s', flush=True)
        yield dict(name='delivery', applications=count, install=install, upgrade=upgrade, bare_install=bare_install, bare_upgrade=bare_upgrade,
                   mib=upgraded[1], install_cpu=installed[0] - before, upgrade_cpu=upgraded[0] - installed[0])


def monorepo(options):
    count = max(options.applications)
    stage = Stage(options, 'monorepo', count, repositories=1)
    try:
        stage.begin()
        following = stage.follow()
        stage.create()
        following.wait({name: stage.commits[stage.repositories[0]] for name in stage.names}, 'install')
        rounds = []
        for round in range(options.runs):
            touched = round % count
            write_application(stage.path(touched), stage.names[touched], f'ghcr.io/example/app:2.0.{round}')
            stage.commit('Touch one')
            syncs, cpu = stage.metric('gitops_sync_total'), stage.usage()[0]
            started = time.perf_counter()
            stage.push(stage.repositories)
            following.wait({stage.names[touched]: stage.commits[stage.repositories[0]]}, 'a commit to one')
            seconds = time.perf_counter() - started
            time.sleep(1)
            rounds.append((seconds, stage.usage()[0] - cpu, stage.metric('gitops_sync_total') - syncs))
        median = [statistics.median(each) for each in zip(*rounds)]
    finally:
        stage.end()
    print(f'{count:>5} applications of one repository, one touched: ready after {median[0] * 1e3:.0f} ms, processor {median[1] * 1e3:.0f} ms, '
          f'{median[2]:.0f} synced (medians of {options.runs})', flush=True)
    yield dict(name='monorepo', applications=count, seconds=median[0], cpu=median[1], syncs=median[2], runs=options.runs)


def requests(server):
    """How many requests the server has counted, by verb; its own loops' are among them, on a real one."""
    status, text = server.call(server.connection(), 'GET', '/metrics')
    counts = {}
    if status != 200:
        return counts
    for line in text.decode().splitlines():
        found = re.match(r'apiserver_request_total\{(.*)\} ([\d.e+]+)$', line)
        if found:
            labels = dict(re.findall(r'(\w+)="([^"]*)"', found[1]))
            key = (labels['verb'], labels['resource'])
            counts[key] = counts.get(key, 0) + float(found[2])
    return counts


def idle(options):
    count = max(options.applications)
    stage = Stage(options, 'idle', count, repositories=1, more=6)
    try:
        stage.begin()
        following = stage.follow()
        stage.create()
        following.wait({name: stage.commits[stage.repositories[0]] for name in stage.names}, 'install')
        time.sleep(5)
        before, cpu = requests(stage.server), stage.usage()[0]
        time.sleep(options.idle_seconds)
        after, (cpu_after, peak, present) = requests(stage.server), stage.usage()
    finally:
        stage.end()
    more = {f'{verb} {resource}': int(number - before.get((verb, resource), 0)) for (verb, resource), number in after.items()
            if number > before.get((verb, resource), 0)}
    share = (cpu_after - cpu) / options.idle_seconds
    print(f'{count:>5} applications of 10 objects, idle for {options.idle_seconds} s: {share * 100:.2f} % of a core, {present:.0f} MiB '
          f'({peak:.0f} at most); the server counted {json.dumps(more)}', flush=True)
    yield dict(name='idle', applications=count, share=share, mib=present, peak=peak, requests=more, seconds=options.idle_seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--only', choices=['delivery', 'monorepo', 'idle'])
    parser.add_argument('--applications', type=lambda text: [int(part) for part in text.split(',')], default=[100, 500, 1000])
    parser.add_argument('--runs', type=int, default=5, help='commits to the one repository (default 5)')
    parser.add_argument('--idle-seconds', type=int, default=600)
    parser.add_argument('--kubeconfig', default=os.environ.get('GITOPSCTL_TEST_KUBECONFIG'))
    parser.add_argument('--gitopsctl', default=os.path.join(ROOT, '.build/release/gitopsctl'))
    parser.add_argument('--controller', default=os.path.join(ROOT, '.build/release/gitops-controller'))
    parser.add_argument('--json', action='store_true', help='print the rows as JSON at the end')
    options = parser.parse_args()
    for binary in (options.gitopsctl, options.controller):
        if not os.path.exists(binary):
            sys.exit(f'{binary} is not there: swift build -c release')
    options.is_sandbox = not options.kubeconfig
    with sandbox(options.gitopsctl) if options.is_sandbox else contextlib.nullcontext(options.kubeconfig) as options.kubeconfig:
        rows = [row for name, suite in (('delivery', delivery), ('monorepo', monorepo), ('idle', idle))
                if options.only in (None, name) for row in suite(options)]
    if options.json:
        json.dump(rows, sys.stdout, indent=2)
        print()


if __name__ == '__main__':
    main()
