#!/usr/bin/env python3
"""Measures what the two plugins cost: a process started for one list (cold), a list given to a running one (warm), and a whole sync with
and without them.

    plugins.py [--runs N] [--folder FOLDER]     the folder with gitopsctl, sealed-secrets and drift-detector (.build/release)

Processor time is printed beside wall time, since it says the same on a busy machine. The whole syncs run against a sandbox that the script starts, and have nothing to do: all that differs between them is the plugins.
"""
import argparse, base64, json, os, resource, shutil, statistics, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SECRETS, OBJECTS = 10, 50


def run(command, **options):
    result = subprocess.run(command, capture_output=True, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def median_ms(rounds):
    return statistics.median(rounds) * 1e3


class Plugin:
    """A plugin's process, spoken to as the host does."""

    def __init__(self, program, grants):
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={'PATH': os.environ['PATH'], 'GITOPSCTL_LOOP': 'lines', 'GITOPSCTL_GRANTS': grants})

    def call(self, request):
        self.process.stdin.write(request)
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        errors = [r for r in answer.get('results', []) if r['message'].startswith('the ')]
        assert not errors, errors
        return answer

    def cpu(self):
        """Seconds of processor time so far, in steps of 10 ms."""
        with open(f'/proc/{self.process.pid}/stat') as file:
            fields = file.read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def plugin_rows(name, program, grants, items, runs):
    request = json.dumps({'apiVersion': 'config.kubernetes.io/v1', 'kind': 'ResourceList', 'items': items}).encode() + b'\n'
    cold, before = [], resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(runs):
        started = time.perf_counter()
        plugin = Plugin(program, grants)
        plugin.call(request)
        cold.append(time.perf_counter() - started)
        plugin.end()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cold_cpu = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / runs
    plugin, warm = Plugin(program, grants), []
    plugin.call(request)
    begun = plugin.cpu()
    for _ in range(runs * 10):
        started = time.perf_counter()
        plugin.call(request)
        warm.append(time.perf_counter() - started)
    warm_cpu = (plugin.cpu() - begun) / len(warm)
    plugin.end()
    print(f'{name:<50} cold {median_ms(cold):8.2f} ms (processor {cold_cpu * 1e3:7.2f})'
          f'   warm {median_ms(warm):8.2f} ms (processor {warm_cpu * 1e3:7.2f})', flush=True)


def drift_items(count):
    """Desired and live Deployments, of which one in ten was scaled by hand."""
    items = []
    for index in range(count):
        desired = {
            'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': {'name': f'web-{index}', 'namespace': 'shop'},
            'spec': {'replicas': 2, 'selector': {'matchLabels': {'app': 'web'}}, 'template': {
                'metadata': {'labels': {'app': 'web'}}, 'spec': {'containers': [{'name': 'web', 'image': 'web:1'}]}}}}
        live = json.loads(json.dumps(desired))
        owned = {'f:spec': {'f:selector': {}, 'f:template': {'f:metadata': {'f:labels': {'f:app': {}}}, 'f:spec': {
            'f:containers': {'k:{"name":"web"}': {'.': {}, 'f:name': {}, 'f:image': {}}}}}}}
        entries = [{'manager': 'gitopsctl', 'operation': 'Apply', 'apiVersion': 'apps/v1', 'time': '2026-01-01T00:00:00Z', 'fieldsV1': owned}]
        if index % 10 == 0:
            live['spec']['replicas'] = 7
            entries.append({'manager': 'kubectl', 'operation': 'Update', 'apiVersion': 'apps/v1', 'time': '2026-01-02T00:00:00Z',
                            'fieldsV1': {'f:spec': {'f:replicas': {}}}})
        else:
            owned['f:spec']['f:replicas'] = {}
        live['metadata']['managedFields'] = entries
        for state, item in (('desired', desired), ('live', live)):
            item['metadata']['annotations'] = {'gitopsctl.dev/state': state}
            items.append(item)
    return items


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--runs', type=int, default=11)
    parser.add_argument('--folder', default=os.path.join(ROOT, '.build/release'))
    options = parser.parse_args()
    programs = {name: os.path.abspath(os.path.join(options.folder, name)) for name in ('gitopsctl', 'sealed-secrets', 'drift-detector')}
    work = tempfile.mkdtemp()
    environment = {**os.environ, 'HOME': work, 'XDG_STATE_HOME': work + '/state', 'XDG_CACHE_HOME': work + '/cache',
                   'XDG_CONFIG_HOME': work + '/config', 'GIT_CONFIG_GLOBAL': '/dev/null'}
    environment.pop('KUBECONFIG', None)
    gitopsctl = lambda *words, cwd=work: run([programs['gitopsctl'], *words], env=environment, cwd=cwd)
    environment['KUBECONFIG'] = gitopsctl('sandbox', 'start').strip()
    try:
        bench(options, programs, environment, gitopsctl, work)
    finally:
        gitopsctl('sandbox', 'stop')
        shutil.rmtree(work)


def bench(options, programs, environment, gitopsctl, work):
    with open(work + '/cert.pem', 'w') as file:
        file.write(gitopsctl('seal', 'rotate'))
    sealed = [gitopsctl('seal', '--name', f's{i}', '--namespace', 'shop', '--from-literal', 'password=correct-horse',
                        '--cert', work + '/cert.pem', '-o', 'json') for i in range(SECRETS)]
    keys = run(['kubectl', 'get', 'secrets', '-n', 'kube-system', '-o', 'json'], env=environment)
    with open(work + '/grants', 'w') as file:
        file.write(keys)
    plugin_rows(f'sealed-secrets, {SECRETS} values, a key of 4096 bits', programs['sealed-secrets'], work + '/grants',
                [json.loads(text) for text in sealed], options.runs)
    for count in (OBJECTS, 1000):
        plugin_rows(f'drift-detector, {count} objects', programs['drift-detector'], '/dev/null', drift_items(count), options.runs)

    # The same application three times: with plain Secrets, sealed ones, and sealed ones and the drift detector.
    variants = {'plain': [], 'sealed': ['sealed-secrets'], 'sealed-and-watched': ['sealed-secrets', 'drift-detector']}
    for name, plugins in variants.items():
        repository = f'{work}/{name}'
        os.makedirs(repository + '/app')
        os.makedirs(repository + '/gitops')
        resources = []
        def add(file, value):
            resources.append(file)
            with open(f'{repository}/app/{file}', 'w') as out:
                json.dump(value, out)
        add('namespace.yaml', {'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': name}})
        for index in range(OBJECTS - SECRETS):
            add(f'c{index}.yaml', {'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': f'c{index}', 'namespace': name},
                                   'data': {'index': str(index)}})
        for index in range(SECRETS):
            if plugins:
                text = gitopsctl('seal', '--name', f's{index}', '--namespace', name, '--from-literal', 'password=correct-horse',
                                 '--cert', work + '/cert.pem', '-o', 'json')
                add(f's{index}.yaml', json.loads(text))
            else:
                add(f's{index}.yaml', {'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {'name': f's{index}', 'namespace': name},
                                       'data': {'password': base64.b64encode(b'correct-horse').decode()}})
        with open(repository + '/app/kustomization.yaml', 'w') as out:
            json.dump({'resources': resources}, out)
        with open(repository + '/gitops/app.yaml', 'w') as out:
            json.dump({'apiVersion': 'gitopsctl.dev/v1alpha1', 'kind': 'Application', 'metadata': {'name': name}, 'spec': {
                'source': {'repository': '.', 'path': 'app'}, 'destination': {'namespace': name},
                'plugins': [{'name': plugin} for plugin in plugins]}}, out)
        for words in (['init', '-q'], ['add', '-A'], ['-c', 'user.name=b', '-c', 'user.email=b@localhost', 'commit', '-qm', 'one']):
            run(['git', *words], cwd=repository, env=environment)
        gitopsctl('sync', name, cwd=repository)
    rounds = {name: [] for name in variants}
    for _ in range(options.runs):
        for name in variants:
            started = time.perf_counter()
            gitopsctl('sync', name, cwd=f'{work}/{name}')
            rounds[name].append(time.perf_counter() - started)
    base = median_ms(rounds['plain'])
    for name in variants:
        value = median_ms(rounds[name])
        print(f'sync with nothing to do, {OBJECTS} objects, {name:<20} {value:8.1f} ms   {value - base:+7.1f} ms', flush=True)


if __name__ == '__main__':
    main()
