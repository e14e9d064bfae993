#!/usr/bin/env python3
"""Measures the sandbox: how soon it is ready, what its objects weigh, and its writes beside kube-apiserver with etcd.

    sandbox.py [--gitopsctl BINARY] [--kubeconfig FILE] [--objects N] [--writes N] [--clients N] [--json]

ready      `gitopsctl sandbox start` as a whole process, from nothing to a kubeconfig whose server answers
memory     the resident set of the sandbox with N objects: ConfigMaps and Deployments without replicas, half and half
writes     POSTs of ConfigMaps by several processes over connections that stay open, against the sandbox and the server of --kubeconfig
           (GITOPSCTL_TEST_KUBECONFIG; its context `token`), in turn, three rounds each
"""
import argparse, http.client, json, multiprocessing, os, re, ssl, statistics, subprocess, sys, tempfile, time, urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def field(text, name):
    return re.search(rf'^\s*(?:- )?{name}: (\S+)$', text, re.M).group(1)


class Server:
    """A server that a kubeconfig leads to, with its bearer token."""

    def __init__(self, kubeconfig):
        import base64
        text = open(kubeconfig).read()
        url = urllib.parse.urlparse(field(text, 'server'))
        self.host, self.port = url.hostname, url.port
        self.token = field(text, 'token')
        self.authority = base64.b64decode(field(text, 'certificate-authority-data')).decode()

    def connect(self):
        context = ssl.create_default_context(cadata=self.authority)
        return http.client.HTTPSConnection(self.host, self.port, context=context)

    def send(self, connection, method, path, body=None):
        headers = {'Authorization': f'Bearer {self.token}', 'Content-Type': 'application/json'}
        connection.request(method, path, json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        answer = response.read()
        if response.status >= 300 and response.status != 409:
            sys.exit(f'{method} {path}: {response.status} {answer[:500].decode()}')
        return answer


def configmap(name):
    return {'metadata': {'name': name, 'labels': {'app': 'bench', 'tier': 'back'}},
            'data': {f'key-{i}': 'a value of forty characters, more or less' for i in range(6)}}


def deployment(name):
    return {'metadata': {'name': name, 'labels': {'app': name}}, 'spec': {
        'replicas': 0, 'selector': {'matchLabels': {'app': name}},
        'template': {'metadata': {'labels': {'app': name}}, 'spec': {'containers': [{
            'name': 'main', 'image': 'registry.example.com/team/service:1.2.3', 'ports': [{'containerPort': 8080, 'name': 'http'}],
            'env': [{'name': f'SETTING_{i}', 'value': f'value {i}'} for i in range(5)],
            'resources': {'requests': {'cpu': '100m', 'memory': '128Mi'}, 'limits': {'memory': '256Mi'}},
            'readinessProbe': {'httpGet': {'path': '/healthz', 'port': 'http'}}}]}}}}


def fill(kubeconfig, lane, lanes, count, namespace, whole):
    server = Server(kubeconfig)
    connection = server.connect()
    for index in range(lane, count, lanes):
        if whole and index % 2:
            server.send(connection, 'POST', f'/apis/apps/v1/namespaces/{namespace}/deployments', deployment(f'd-{index}'))
        else:
            server.send(connection, 'POST', f'/api/v1/namespaces/{namespace}/configmaps', configmap(f'c-{index}'))


def together(kubeconfig, count, clients, namespace, whole=False):
    """Seconds that several processes need for so many writes."""
    server = Server(kubeconfig)
    server.send(server.connect(), 'POST', '/api/v1/namespaces', {'metadata': {'name': namespace}})
    started = time.perf_counter()
    processes = [multiprocessing.Process(target=fill, args=(kubeconfig, lane, clients, count, namespace, whole)) for lane in range(clients)]
    for process in processes: process.start()
    for process in processes: process.join()
    if any(process.exitcode for process in processes): sys.exit('a writer failed')
    return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--gitopsctl', default=os.path.join(ROOT, '.build/release/gitopsctl'))
    parser.add_argument('--kubeconfig', default=os.environ.get('GITOPSCTL_TEST_KUBECONFIG'))
    parser.add_argument('--objects', type=int, default=10000)
    parser.add_argument('--writes', type=int, default=3000)
    parser.add_argument('--clients', type=int, default=4)
    parser.add_argument('--json', action='store_true')
    options = parser.parse_args()
    result = {}
    with tempfile.TemporaryDirectory() as state:
        environment = dict(os.environ, XDG_STATE_HOME=state)
        run = lambda *words: subprocess.run([options.gitopsctl, 'sandbox', *words], env=environment, check=True, capture_output=True, text=True)
        try:
            times = []
            for _ in range(7):
                started = time.perf_counter()
                run('start')
                times.append(time.perf_counter() - started)
                run('stop')
            result['ready_ms'] = statistics.median(times) * 1e3
            print(f"ready           {result['ready_ms']:8.0f} ms (median of {len(times)}; least {min(times) * 1e3:.0f})", flush=True)

            kubeconfig = run('start').stdout.strip()
            pid = json.loads(run('status', '-o', 'json').stdout)['pid']
            memory = lambda: int(re.search(r'VmRSS:\s+(\d+)', open(f'/proc/{pid}/status').read()).group(1)) / 1024
            empty = memory()
            together(kubeconfig, options.objects, options.clients, 'weight', whole=True)
            time.sleep(3)
            result['empty_mib'], result['mib'] = empty, memory()
            print(f"memory          {result['mib']:8.1f} MiB with {options.objects} objects more, {empty:.1f} MiB without", flush=True)

            rounds = {'sandbox': [], 'kube-apiserver': []}
            for number in range(3):
                rounds['sandbox'].append(options.writes / together(kubeconfig, options.writes, options.clients, f'bench-{os.getpid()}-{number}'))
                if options.kubeconfig:
                    rounds['kube-apiserver'].append(
                        options.writes / together(options.kubeconfig, options.writes, options.clients, f'bench-{os.getpid()}-{number}'))
            for name, rates in rounds.items():
                if rates:
                    result[f'{name} writes/s'] = statistics.median(rates)
                    print(f'writes          {statistics.median(rates):8.0f} a second: {name}', flush=True)
        finally:
            subprocess.run([options.gitopsctl, 'sandbox', 'stop'], env=environment, capture_output=True)
    if options.json: print(json.dumps(result))


if __name__ == '__main__':
    main()
