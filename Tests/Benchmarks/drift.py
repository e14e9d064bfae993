#!/usr/bin/env python3
"""Measures how soon the controller repairs drift: from the write that drifts to the write that repairs.

    drift.py [--controller BINARY] [--gitopsctl BINARY] [--kubeconfig FILE] [--objects N] [--applications N] [--drifts N] [--rate N] [--json]

The controller keeps N ConfigMaps (1,000) in some applications (10) with selfHeal, on a sandbox that the script starts, and on the server of
--kubeconfig (GITOPSCTL_TEST_KUBECONFIG). Random ones of them are changed by another field manager at a rate, none of them twice within ten minutes, so
that nothing is a fight. A watch of the script's own sees both writes; what is printed is the time from the answer to the first until the watch shows the
second, p50, p99 and the worst, and the same from where the watch shows the first. Beside it stands how long the same write takes by itself, for
a measure of the server.
"""
import argparse, json, os, random, re, shutil, signal, statistics, subprocess, sys, tempfile, threading, time

from apiserver import Server, sandbox, until

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


class Watch(threading.Thread):
    """Follows the ConfigMaps of a namespace, and tells when each version of one was seen first, with its value."""

    def __init__(self, server, namespace, version):
        super().__init__(daemon=True)
        self.seen = {}
        self.news = threading.Condition()
        self.connection = server.connection()
        path = f'/api/v1/namespaces/{namespace}/configmaps?watch=1&resourceVersion={version}'
        self.connection.request('GET', path, headers=server.headers)
        self.answer = self.connection.getresponse()

    def run(self):
        for line in self.answer:
            now = time.perf_counter()
            event = json.loads(line)
            if event['type'] not in ('ADDED', 'MODIFIED'):
                continue
            item = event['object']
            with self.news:
                self.seen.setdefault((item['metadata']['name'], item['data']['value']), []).append(now)
                self.news.notify_all()

    def wait(self, name, value, after, seconds=60):
        """When a value was seen of an object after a moment; None when that did not happen in time."""
        deadline = time.perf_counter() + seconds
        with self.news:
            while True:
                times = [moment for moment in self.seen.get((name, value), []) if moment >= after]
                if times:
                    return times[0]
                if not self.news.wait(max(0, deadline - time.perf_counter())) and time.perf_counter() >= deadline:
                    return None


def repository(folder, options, namespace):
    """One folder an application, each with its share of the objects."""
    names = [[] for _ in range(options.applications)]
    for index in range(options.objects):
        names[index % options.applications].append(f'drift-{index}')
    for index, objects in enumerate(names):
        path = os.path.join(folder, f'app-{index}')
        os.makedirs(path)
        with open(os.path.join(path, 'kustomization.yaml'), 'w') as file:
            file.write(f'namespace: {namespace}\nresources: [all.yaml]\n')
        with open(os.path.join(path, 'all.yaml'), 'w') as file:
            file.write('---\n'.join(f'apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{value: git, more: "{"x" * 200}"}}\n'
                                    for name in objects))
    for words in (['init', '-q', '-b', 'main'], ['add', '-A'],
                  ['-c', 'user.name=Benchmark', '-c', 'user.email=benchmark@localhost', 'commit', '-q', '-m', 'Begin']):
        subprocess.run(['git', *words], cwd=folder, check=True)
    return [name for objects in names for name in objects]


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def round_of(name, kubeconfig, options):
    namespace = f'drift-{os.getpid()}-{name.split()[0]}'
    server = Server(kubeconfig)
    connection = server.connection()
    scratch = tempfile.mkdtemp()
    kubectl = lambda *words, **more: subprocess.run(['kubectl', '--kubeconfig', kubeconfig, *words], capture_output=True, text=True, **more)
    applications = f'/apis/gitopsctl.dev/v1alpha1/namespaces/{namespace}/applications'
    controller = None
    try:
        folder = os.path.join(scratch, 'repository')
        os.makedirs(folder)
        names = repository(folder, options, namespace)
        definitions = subprocess.run([options.gitopsctl, 'crds'], check=True, capture_output=True, text=True).stdout
        kubectl('apply', '--validate=false', '-f', '-', input=definitions, check=True)
        kubectl('wait', '--for=condition=Established', 'crd/applications.gitopsctl.dev', 'crd/projects.gitopsctl.dev', check=True)
        kubectl('create', 'namespace', namespace, check=True)
        environment = dict(os.environ, XDG_STATE_HOME=os.path.join(scratch, 'state'), XDG_CACHE_HOME=os.path.join(scratch, 'cache'))
        with open(os.path.join(scratch, 'log'), 'w') as log:
            controller = subprocess.Popen([options.controller, '--kubeconfig', kubeconfig, '--listen', '127.0.0.1:0', '--allow-private-addresses'],
                                          stdout=log, stderr=log, env=environment)
        started = time.perf_counter()
        for index in range(options.applications):
            status, answer = server.call(connection, 'POST', applications, {
                'apiVersion': 'gitopsctl.dev/v1alpha1', 'kind': 'Application', 'metadata': {'name': f'app-{index}', 'namespace': namespace},
                'spec': {'source': {'repository': folder, 'revision': 'main', 'path': f'app-{index}'}, 'destination': {'namespace': namespace},
                         'sync': {'automated': True, 'selfHeal': True, 'interval': '10m'}}})
            assert status == 201, answer

        def are_ready():
            _, answer = server.call(connection, 'GET', applications)
            conditions = [{c['type']: c['status'] for c in item.get('status', {}).get('conditions', [])} for item in answer['items']]
            return all(each.get('Ready') == 'True' for each in conditions)
        until('all applications are ready', are_ready)
        delivered = time.perf_counter() - started

        _, listed = server.call(connection, 'GET', f'/api/v1/namespaces/{namespace}/configmaps')
        watch = Watch(server, namespace, listed['metadata']['resourceVersion'])
        watch.start()
        chosen = random.Random(options.seed).sample(names, min(options.drifts, len(names)))
        latencies, seen, writes = [], [], []
        drifts = []
        began = time.perf_counter()
        for index, victim in enumerate(chosen):
            # An even pace, whatever the answers take.
            time.sleep(max(0, began + index / options.rate - time.perf_counter()))
            value = f'rival-{index}'
            sent = time.perf_counter()
            status, answer = server.call(connection, 'PATCH', f'/api/v1/namespaces/{namespace}/configmaps/{victim}?fieldManager=rival',
                                         {'data': {'value': value}}, 'application/merge-patch+json')
            answered = time.perf_counter()
            assert status == 200, answer
            writes.append(answered - sent)
            drifts.append((victim, value, sent, answered))
        for victim, value, sent, answered in drifts:
            drifted = watch.wait(victim, value, sent)
            repaired = watch.wait(victim, 'git', drifted or answered)
            if drifted is None or repaired is None:
                with open(os.path.join(scratch, 'log')) as log:
                    sys.exit(f'{victim} was never repaired\n' + ''.join(log.readlines()[-20:]))
            latencies.append(repaired - answered)
            seen.append(repaired - drifted)
        usage = open(f'/proc/{controller.pid}/status').read()
        row = dict(name=f'drift to repair, {name}', objects=options.objects, applications=options.applications, drifts=len(latencies),
                   rate=options.rate, first_sync=delivered, p50=percentile(latencies, 0.5), p99=percentile(latencies, 0.99),
                   worst=max(latencies), seen_p50=percentile(seen, 0.5), seen_p99=percentile(seen, 0.99), write=statistics.median(writes),
                   mib=int(re.search(r'VmHWM:\s+(\d+)', usage)[1]) / 1024)
        print(f"{row['name']:<36} {options.objects} objects of {options.applications} applications, {len(latencies)} drifts at {options.rate:g}/s: "
              f"p50 {row['p50'] * 1e3:.0f} ms, p99 {row['p99'] * 1e3:.0f} ms, worst {row['worst'] * 1e3:.0f} ms "
              f"(as watched {row['seen_p50'] * 1e3:.0f} and {row['seen_p99'] * 1e3:.0f} ms; a write {row['write'] * 1e3:.1f} ms; "
              f"first sync of all {delivered:.1f} s; {row['mib']:.0f} MiB at most)", flush=True)
        return row
    finally:
        if controller:
            controller.send_signal(signal.SIGTERM)
            try:
                controller.wait(20)
            except subprocess.TimeoutExpired:
                controller.kill()
        kubectl('delete', 'namespace', namespace, '--wait=false')
        # A bare API server has nobody who empties a namespace.
        kubectl('delete', 'applications.gitopsctl.dev', '--all', '-n', namespace)
        kubectl('delete', 'configmaps', '--all', '-n', namespace)
        shutil.rmtree(scratch, ignore_errors=True)


def rounds(options):
    with sandbox(options.gitopsctl) as kubeconfig:
        yield round_of('sandbox', kubeconfig, options)
    if options.kubeconfig:
        yield round_of('kube-apiserver', options.kubeconfig, options)


def add_options(parser):
    parser.add_argument('--objects', type=int, default=1000)
    parser.add_argument('--applications', type=int, default=10)
    parser.add_argument('--drifts', type=int, default=500)
    parser.add_argument('--rate', type=float, default=20, help='drifts a second')
    parser.add_argument('--seed', type=int, default=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--gitopsctl', default=os.path.join(ROOT, '.build/release/gitopsctl'))
    parser.add_argument('--controller')
    parser.add_argument('--kubeconfig', default=os.environ.get('GITOPSCTL_TEST_KUBECONFIG'))
    parser.add_argument('--json', action='store_true')
    add_options(parser)
    options = parser.parse_args()
    options.controller = options.controller or os.path.join(os.path.dirname(options.gitopsctl), 'gitops-controller')
    rows = list(rounds(options))
    if options.json:
        print(json.dumps(rows, indent=2))


if __name__ == '__main__':
    main()
