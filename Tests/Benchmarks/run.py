#!/usr/bin/env python3
"""Measures gitopsctl beside its peers on the same work in one run, and prints ratios.

    run.py [--runs N] [--only NAME] [--objects N,…] [--gitopsctl BINARY] [--kubeconfig FILE] [--json]

Each pair is run alternately, N times, after one unmeasured round; what is printed are the medians of the whole process: wall time
and peak memory (ru_maxrss). A ratio under 1 means that gitopsctl needs less. Seconds on a shared machine mean little; the ratio of
two programs that took turns on it means something.

build      `gitopsctl build` against `kustomize build`, or `kubectl kustomize` where kustomize is not installed
yaml       the reader and the printer alone, in MB/s, beside libyaml's bare events and its emitter
sync       on the cluster of --kubeconfig (GITOPSCTL_TEST_KUBECONFIG), with 67, 500 and 3,000 objects: the first sync and the second against
           `kubectl apply --server-side`, a sync of one changed and one pruned object against `kubectl apply --prune --applyset`, and
           `gitopsctl diff` against `kubectl diff --server-side`, one object being different
start      `gitopsctl --help` against `kubectl --help`
plugins    what the two plugins cost, cold and warm, and in a whole sync: plugins.py, only where it is asked for
drift      drift made to drift repaired through the controller, on a sandbox and on the cluster: drift.py, only where it is asked for
hostile    what repositories that mean harm cost to build: hostile.py, only where it is asked for
applications
           the controller with 100, 500 and 1,000 applications: applications.py, only where it is asked for
"""
import argparse, glob, json, math, os, shutil, statistics, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SHARED = os.environ.get('GITOPSCTL_SHARED', os.path.join(ROOT, '..', 'shared'))


def measure(command, cwd=None, env=None, stdin=None, exits=(0,)):
    """Runs a command, which has to end with one of some exit codes; returns its wall time in seconds and its peak memory in MiB."""
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env=env, stdin=stdin or subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in exits:
            errors.seek(0)
            sys.exit(f'{" ".join(command)}: exit {process.returncode}\n{errors.read().decode()}')
    return seconds, usage.ru_maxrss / 1024


def compare(name, peer_name, ours, peer, runs, warm=True):
    """Runs both in turn; `ours` and `peer` are functions that do one round and return what `measure` returns."""
    if warm:
        ours(), peer()
    rounds = [(ours(), peer()) for _ in range(runs)]
    median = lambda side, index: statistics.median(r[side][index] for r in rounds)
    row = dict(name=name, peer=peer_name, runs=runs,
               seconds=median(0, 0), peer_seconds=median(1, 0), mib=median(0, 1), peer_mib=median(1, 1))
    row['time_ratio'] = row['seconds'] / row['peer_seconds']
    row['memory_ratio'] = row['mib'] / row['peer_mib']
    print(f"{name:<44} {row['seconds'] * 1e3:9.1f} ms {row['peer_seconds'] * 1e3:9.1f} ms {row['time_ratio']:7.3f}"
          f" {row['mib']:8.1f} MiB {row['peer_mib']:8.1f} MiB {row['memory_ratio']:7.2f}  {peer_name}", flush=True)
    return row


def exponent(points, start):
    """The exponent of the power law that fits (size, seconds - start) best."""
    logs = [(math.log(size), math.log(seconds - start)) for size, seconds in points]
    mean = lambda values: sum(values) / len(values)
    x, y = mean([a for a, _ in logs]), mean([b for _, b in logs])
    return sum((a - x) * (b - y) for a, b in logs) / sum((a - x) ** 2 for a, _ in logs)


def builds(options):
    peer, peer_name = (['kustomize', 'build'], 'kustomize build') if shutil.which('kustomize') \
        else (['kubectl', 'kustomize'], 'kubectl kustomize')
    if not shutil.which(peer[0]):
        print('build: neither kustomize nor kubectl is installed, skipped')
        return
    fleet, thebot = (sorted(glob.glob(os.path.join(root, 'overlays/*')))
                     for root in (os.path.join(ROOT, 'deploy/fleet/glucosync'), os.path.join(SHARED, 'cases/real/thebot')))
    folders = [(f'fleet glucosync {os.path.basename(folder)}', folder) for folder in fleet] \
        + [(f'thebot {os.path.basename(folder)}', folder) for folder in thebot]
    synth = os.path.join(SHARED, 'bench/synth.py')
    with tempfile.TemporaryDirectory() as scratch:
        folders += argo_cd(scratch)
        for name, folder in folders:
            yield compare(f'build {name}', peer_name, lambda: measure([options.gitopsctl, 'build', folder]),
                          lambda: measure(peer + [folder]), options.runs)
        if os.path.exists(synth):
            sizes = []
            single = os.path.join(scratch, 'single')
            os.makedirs(single)
            with open(os.path.join(single, 'kustomization.yaml'), 'w') as file:
                file.write('configMapGenerator: [{name: c}]\n')
            start = min(measure([options.gitopsctl, 'build', single])[0] for _ in range(5))
            for count in (100, 300, 1000, 3000, 10000):
                folder = os.path.join(scratch, str(count))
                subprocess.run([sys.executable, synth, str(count), folder], check=True, stdout=subprocess.DEVNULL)
                overlay = os.path.join(folder, 'overlay')
                ours = lambda: measure([options.gitopsctl, 'build', overlay])
                if count <= options.peer_objects:
                    row = compare(f'build synthetic, {count} objects', peer_name, ours, lambda: measure(peer + [overlay]),
                                  min(options.runs, 5 if count >= 1000 else options.runs), warm=count <= 1000)
                    yield row
                    sizes.append((count, row['seconds']))
                else:
                    # The peer's time grows so that nobody waits for it.
                    seconds, mib = min(ours() for _ in range(3))
                    print(f'{f"build synthetic, {count} objects":<44} {seconds * 1e3:9.1f} ms {"":>12} {"":>7} {mib:8.1f} MiB')
                    sizes.append((count, seconds))
            print(f'  time grows as N^{exponent(sizes, start):.2f} from {sizes[0][0]} to {sizes[-1][0]} objects')


def argo_cd(scratch):
    """Argo CD for a whole cluster: what is recorded of manifests/ha, and its three CRDs, which are 2 MB and kept elsewhere."""
    recorded = os.path.join(SHARED, 'cases/real/builds/files/argoproj+argo-cd/manifests')
    whole = os.path.join(recorded, 'ha/cluster-install')
    crds = glob.glob(os.path.join(SHARED, 'crds/argoproj.io_*.yaml'))
    if os.path.isdir(whole):
        return [('Argo CD, manifests/ha/cluster-install', whole)]
    if not crds or not os.path.isdir(os.path.join(recorded, 'ha/namespace-install')):
        return []
    copy = os.path.join(scratch, 'argo-cd')
    shutil.copytree(recorded, copy)
    install = os.path.join(copy, 'ha/cluster-install')
    # The recordings may be read-only.
    subprocess.run(['chmod', '-R', 'u+w', copy], check=True)
    os.makedirs(os.path.join(install, 'crds'))
    names = [os.path.basename(shutil.copy(file, os.path.join(install, 'crds'))) for file in sorted(crds)]
    with open(os.path.join(install, 'kustomization.yaml'), 'w') as file:
        file.write('resources: [../namespace-install' + ''.join(f', crds/{name}' for name in names) + ']\n')
    return [('Argo CD, manifests/ha with its CRDs', install)]


def yaml_speeds(options):
    """Megabytes a second, the median of processes that took turns. The reader makes values of a text, which libyaml's events are not yet."""
    package = os.path.join(HERE, 'YAML')
    cache = os.path.join(os.environ.get('XDG_CACHE_HOME', os.path.expanduser('~/.cache')), 'gitopsctl/benchmark-yaml')
    build = ['swift', 'build', '-c', 'release', '--package-path', package, '--scratch-path', cache, '--product', 'YAMLSpeed']
    if shutil.which('swift') is None or shutil.which('cc') is None:
        print('yaml: neither swift nor cc may be missing, skipped')
        return
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    ours = os.path.join(cache, 'release/YAMLSpeed')
    with tempfile.TemporaryDirectory() as scratch:
        libyaml = os.path.join(scratch, 'libyaml')
        subprocess.run(['cc', '-O2', '-o', libyaml, os.path.join(package, 'libyaml.c'), '-lyaml'], check=True)
        for name, file in yaml_texts(options, scratch):
            works = {'read': [ours, 'read'], 'read-libyaml': [ours, 'read-libyaml'], 'print': [ours, 'print'],
                     'scan': [libyaml, 'scan'], 'emit': [libyaml, 'emit']}
            rounds = [{work: float(subprocess.run(command + [file, '0.5'], check=True, capture_output=True, text=True).stdout)
                       for work, command in works.items()} for _ in range(options.runs)]
            row = dict(name=f'yaml {name}', runs=options.runs, mib=os.path.getsize(file) / 2**20,
                       **{work: statistics.median(r[work] for r in rounds) for work in works})
            print(f"yaml {name:<39} read {row['read']:6.1f} MB/s (by libyaml {row['read-libyaml']:.1f}), libyaml's events {row['scan']:6.1f}:"
                  f" {row['read'] / row['scan']:5.2f};  print {row['print']:6.1f}, libyaml's emitter {row['emit']:6.1f}:"
                  f" {row['print'] / row['emit']:5.2f}", flush=True)
            yield row


def yaml_texts(options, scratch):
    """One file each of manifests as people write them, as a build prints them, and of CRDs, where they are to be had."""
    def joined(name, files):
        path = os.path.join(scratch, name)
        with open(path, 'w') as file:
            file.write('---\n'.join(open(part).read().rstrip('\n') + '\n' for part in files))
        return path

    written = sorted(glob.glob(os.path.join(ROOT, 'deploy/fleet/glucosync/**/*.yaml'), recursive=True))
    yield 'manifests of the fleet', joined('fleet.yaml', written)
    crds = sorted(glob.glob(os.path.join(SHARED, 'crds/argoproj.io_*.yaml')))
    if crds:
        yield 'CRDs of Argo CD', joined('crds.yaml', crds)
    synth = os.path.join(SHARED, 'bench/synth.py')
    if os.path.exists(synth):
        subprocess.run([sys.executable, synth, '1000', scratch], check=True, stdout=subprocess.DEVNULL)
        printed = os.path.join(scratch, 'printed.yaml')
        subprocess.run([options.gitopsctl, 'build', os.path.join(scratch, 'overlay'), '-o', printed], check=True)
        yield 'printed, 1,000 objects', printed


class Round:
    """A Git repository with `count` ConfigMaps, Services and ServiceAccounts in a namespace of its own, and its Application.

    A namespace a round, as a bare API server has no controller that would empty one and let it go."""

    def __init__(self, folder, count, kubeconfig):
        self.name = 'benchmark-' + os.urandom(4).hex()
        self.changes = 0
        self.folder = os.path.join(folder, self.name)
        self.app = os.path.join(self.folder, 'repository', 'app')
        self.environment = dict(os.environ, KUBECONFIG=kubeconfig, XDG_STATE_HOME=self.folder, XDG_CACHE_HOME=self.folder)
        os.makedirs(self.app)
        self.write_manifests(count)
        self.commit()
        self.application = os.path.join(self.folder, 'application.yaml')
        with open(self.application, 'w') as file:
            file.write(f"""apiVersion: gitopsctl.dev/v1alpha1
kind: Application
metadata: {{name: {self.name}, namespace: default}}
spec:
  source: {{repository: {os.path.dirname(self.app)}, revision: main, path: app}}
  destination: {{namespace: {self.name}}}
  sync: {{prune: true}}
""")

    def write_manifests(self, count):
        """Any API server takes these: a port's protocol is spelt out for those before 1.21."""
        manifests = {'namespace.yaml': f'apiVersion: v1\nkind: Namespace\nmetadata: {{name: {self.name}}}\n'}
        for index in range(count - 1):
            kind = ('ConfigMap', 'Service', 'ServiceAccount')[index % 3]
            body = {'ConfigMap': 'data:\n' + ''.join(f'  key-{k}: "value {k} of {index}"\n' for k in range(10)),
                    'Service': f'spec:\n  selector: {{app: app-{index}}}\n  ports:\n  - {{name: http, port: 80, protocol: TCP}}\n',
                    'ServiceAccount': 'automountServiceAccountToken: false\n'}[kind]
            manifests[f'{kind.lower()}-{index}.yaml'] = \
                f'apiVersion: v1\nkind: {kind}\nmetadata: {{name: app-{index}, namespace: {self.name}}}\n{body}'
        manifests['kustomization.yaml'] = 'resources:\n' + ''.join(f'- {name}\n' for name in manifests)
        for name, text in manifests.items():
            with open(os.path.join(self.app, name), 'w') as file:
                file.write(text)

    def commit(self):
        git = ['git', '-C', os.path.dirname(self.app), '-c', 'user.name=benchmark', '-c', 'user.email=benchmark@localhost']
        for words in (['init', '-q', '-b', 'main'], ['add', '-A'], ['commit', '-qm', 'Change']):
            subprocess.run(git + words, check=True, capture_output=True)

    def change(self):
        """Changes the first ConfigMap, and takes the second out, or puts it back."""
        self.changes += 1
        with open(os.path.join(self.app, 'configmap-0.yaml'), 'a') as file:
            file.write(f'  change-{self.changes}: "{self.changes}"\n')
        path = os.path.join(self.app, 'kustomization.yaml')
        with open(path) as file:
            resources = file.read()
        line = '- configmap-3.yaml\n'
        with open(path, 'w') as file:
            file.write(resources.replace(line, '') if line in resources else resources + line)
        self.commit()
        return self

    def sync(self, gitopsctl):
        return measure([gitopsctl, 'sync', self.name, '-f', self.application, '--no-wait'], env=self.environment)

    def diff(self, gitopsctl):
        return measure([gitopsctl, 'diff', self.name, '-f', self.application], env=self.environment, exits=(2,))

    def apply(self):
        return measure(['kubectl', 'apply', '--server-side', '-k', self.app], env=self.environment)

    def kubectl_diff(self):
        return measure(['kubectl', 'diff', '--server-side', '-k', self.app], env=self.environment, exits=(1,))

    def make_namespace(self):
        """The parent of an ApplySet needs its namespace before the first apply."""
        measure(['kubectl', 'create', 'namespace', self.name], env=self.environment)
        return self

    def apply_set(self):
        return measure(['kubectl', 'apply', '--server-side', '--force-conflicts', '--prune', '--applyset=configmap/benchmark',
                        '-n', self.name, '-k', self.app], env=dict(self.environment, KUBECTL_APPLYSET='true'))


def syncs(options):
    if not options.kubeconfig:
        print('sync: no cluster named by --kubeconfig or GITOPSCTL_TEST_KUBECONFIG, skipped')
        return
    for count in options.objects:
        # The peer takes minutes for thousands of objects.
        runs = options.runs if count <= 500 else min(options.runs, 3)
        with tempfile.TemporaryDirectory() as scratch:
            new = lambda: Round(scratch, count, options.kubeconfig)
            yield compare(f'first sync, {count} objects', 'kubectl apply --server-side',
                          lambda: new().sync(options.gitopsctl), lambda: new().apply(), runs, warm=count <= 500)
            ours, theirs, pruned = new(), new(), new().make_namespace()
            ours.sync(options.gitopsctl), theirs.apply(), pruned.apply_set()
            yield compare(f'second sync, {count} objects', 'kubectl apply --server-side',
                          lambda: ours.sync(options.gitopsctl), theirs.apply, runs)
            yield compare(f'one changed, one pruned or new, of {count} objects', 'kubectl apply --prune --applyset',
                          lambda: ours.change().sync(options.gitopsctl), lambda: pruned.change().apply_set(), runs)
            ours.change(), theirs.change()
            yield compare(f'diff, {count} objects', 'kubectl diff --server-side',
                          lambda: ours.diff(options.gitopsctl), theirs.kubectl_diff, runs)


def starts(options):
    yield compare('start: --help', 'kubectl --help', lambda: measure([options.gitopsctl, '--help']),
                  lambda: measure(['kubectl', '--help']), max(options.runs, 11))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--runs', type=int, default=11, help='measured rounds of each pair (default 11)')
    parser.add_argument('--only', choices=['build', 'yaml', 'sync', 'start', 'plugins', 'drift', 'hostile', 'applications'])
    parser.add_argument('--gitopsctl', default=os.path.join(ROOT, '.build/release/gitopsctl'))
    parser.add_argument('--kubeconfig', default=os.environ.get('GITOPSCTL_TEST_KUBECONFIG'))
    parser.add_argument('--peer-objects', type=int, default=1000, help='the largest synthetic build that the peer is given (default 1000)')
    parser.add_argument('--objects', type=lambda text: [int(part) for part in text.split(',')], default=[67, 500, 3000],
                        help='how many objects are synced (default 67,500,3000)')
    parser.add_argument('--json', action='store_true', help='print the rows as JSON at the end')
    options = parser.parse_args()
    if not os.path.exists(options.gitopsctl):
        sys.exit(f'{options.gitopsctl} is not there: swift build -c release --static-swift-stdlib --product gitopsctl')
    cluster = ['--kubeconfig', options.kubeconfig] if options.kubeconfig else []
    own = {'plugins': ['--runs', str(options.runs), '--folder', os.path.dirname(os.path.abspath(options.gitopsctl))],
           'drift': ['--gitopsctl', options.gitopsctl, *cluster], 'hostile': ['--gitopsctl', options.gitopsctl],
           'applications': ['--gitopsctl', options.gitopsctl, *cluster]}
    if options.only in own:
        script = os.path.join(HERE, options.only + '.py')
        sys.exit(subprocess.run([sys.executable, script, *own[options.only]]).returncode)
    commit = subprocess.run(['git', '-C', ROOT, 'rev-parse', '--short', 'HEAD'], capture_output=True, text=True).stdout.strip()
    print(f'{time.strftime("%Y-%m-%d")}, commit {commit}, medians of {options.runs} runs taken in turn\n')
    print(f'{"":<44} {"gitopsctl":>12} {"peer":>12} {"ratio":>7} {"gitopsctl":>12} {"peer":>12} {"ratio":>7}')
    rows = []
    for name, suite in (('start', starts), ('build', builds), ('yaml', yaml_speeds), ('sync', syncs)):
        if options.only in (None, name):
            rows.extend(suite(options))
    if options.json:
        json.dump(rows, sys.stdout, indent=2)
        print()


if __name__ == '__main__':
    main()
