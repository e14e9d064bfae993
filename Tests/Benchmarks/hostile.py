#!/usr/bin/env python3
"""Builds repositories that mean harm, each in a process of its own, and prints what it took and how it ended.

    hostile.py [--gitopsctl BINARY] [--peer COMMAND] [--only TEXT]

A row says the wall time, the peak memory (ru_maxrss) and the first line of the error, if there is one. A build that takes longer than
TIME or more than MEMORY, that crashes, or that does not say what it has to say ends this with exit 1. With --peer, another program
builds the same in turn, under the same bounds; how it ends is printed and decides nothing.
"""
import argparse, os, resource, signal, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TIME = 60           # seconds
MEMORY = 2048       # MiB
MEGABYTE = 1 << 20

HEAD = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n'


def of_resource(text):
    return {'kustomization.yaml': 'resources: [r.yaml]\n', 'r.yaml': text}


def aliases():
    levels = ''.join(f'a{level}: &a{level} [{", ".join([f"*a{level - 1}"] * 10)}]\n' for level in range(1, 13))
    return of_resource(HEAD + 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n' + levels)


def explosion():
    tree = {'l0/kustomization.yaml': 'resources: [r.yaml]\n', 'l0/r.yaml': HEAD, 'kustomization.yaml': 'resources: [l12]\n'}
    for level in range(1, 13):
        for side in 'ab':
            tree[f'l{level}{side}/kustomization.yaml'] = f'namePrefix: {side}-\nresources: [../l{level - 1}]\n'
        tree[f'l{level}/kustomization.yaml'] = f'resources: [../l{level}a, ../l{level}b]\n'
    return tree


# What it is; a part of the error that has to be told, or None where the build may succeed; the files, a link by its target after `-> `.
HARMS = [
    ('a bomb of aliases', 'aliases', aliases),
    ('10,000 levels', 'nested', lambda: of_resource(HEAD + 'a: ' + '[' * 10_000 + ']' * 10_000)),
    ('a map of a million keys', None, lambda: of_resource(HEAD + 'data:\n' + ''.join(f'  key-{k}: v\n' for k in range(1_000_000)))),
    ('16,000 annotations over as many', None, lambda: {
        'kustomization.yaml': 'resources: [r.yaml]\npatches: [{path: p.yaml}]\n',
        **{name: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  annotations:\n'
                 + ''.join(f'    {name[0]}-{k}: v\n' for k in range(16_000)) for name in ('r.yaml', 'p.yaml')}}),
    ('a scalar of 60 MB', None, lambda: of_resource(HEAD + 'data:\n  a: ' + 'x' * 60 * MEGABYTE)),
    ('a scalar of 100 MB', 'r.yaml:', lambda: of_resource(HEAD + 'data:\n  a: ' + 'x' * 100 * MEGABYTE)),
    ('a file of 100 MB in a ConfigMap', None, lambda: {
        'kustomization.yaml': 'configMapGenerator: [{name: c, files: [f]}]\n', 'f': 'x' * 100 * MEGABYTE}),
    ('a kustomization of 100 MB', 'larger than', lambda: {'kustomization.yaml': 'namePrefix: ' + 'x' * 100 * MEGABYTE}),
    ('a NUL byte', 'r.yaml:4:', lambda: of_resource(HEAD + 'data: {a: "x\0"}\n')),
    ('invalid UTF-8', 'r.yaml:4:', lambda: of_resource((HEAD + 'data: {a: "').encode() + b'\xff\xfe"}\n')),
    ('a key twice', 'r.yaml:5:', lambda: of_resource(HEAD + 'data: {a: b}\ndata: {c: d}\n')),
    ('bases that include each other', 'circle', lambda: {
        'kustomization.yaml': 'resources: [a]\n', 'a/kustomization.yaml': 'resources: [../b]\n',
        'b/kustomization.yaml': 'resources: [../a]\n'}),
    ('4,096 ways to one base', None, explosion),
    ('a link out of the folder', 'not in or below', lambda: {'kustomization.yaml': 'resources: [r.yaml]\n', 'r.yaml': '-> /etc/passwd'}),
    ('a pattern that backtracks elsewhere', None, lambda: {
        'kustomization.yaml': "resources: [r.yaml]\npatches: [{target: {name: '(a+)+$'}, patch: '[{\"op\": \"remove\", \"path\": \"/kind\"}]'}]\n",
        'r.yaml': f'apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {"a" * 100_000}!}}\n'}),
    ('a base at a private address', '--allow-private-remotes', lambda: {
        'kustomization.yaml': "resources: ['https://169.254.169.254/latest/x.yaml']\n"}),
]


def lay_out(files, folder):
    for path, content in files.items():
        file = os.path.join(folder, path)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        if isinstance(content, str) and content.startswith('-> '):
            os.symlink(content[3:], file)
        else:
            with open(file, 'wb') as stream:
                stream.write(content.encode() if isinstance(content, str) else content)


def build(command, folder):
    """Returns wall time, peak memory in MiB, exit status (negative for a signal) and the error's text."""
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command + [folder], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (TIME, TIME)))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        return time.perf_counter() - started, usage.ru_maxrss / 1024, process.returncode, errors.read().decode(errors='replace')


def ending(status, text):
    if status < 0:
        return f'killed by {signal.Signals(-status).name}'
    return 'built' if status == 0 else next((line for line in text.splitlines() if line.strip()), f'exit {status}')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--gitopsctl', default=os.path.join(ROOT, '.build/release/gitopsctl'))
    parser.add_argument('--peer', help="such as 'kustomize build'")
    parser.add_argument('--only', default='', help='the rows that have this in their name')
    options = parser.parse_args()
    failures = 0
    for name, expected, files in HARMS:
        if options.only not in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            lay_out(files(), folder)
            seconds, mib, status, text = build([options.gitopsctl, 'build'], folder)
            told = expected is None or (status == 1 and expected in text)
            fine = told and status in (0, 1) and seconds < TIME and mib < MEMORY
            failures += not fine
            print(f"{'' if fine else 'FAILED '}{name:<36} {seconds:7.2f} s {mib:7.0f} MiB  {ending(status, text).replace(folder, '')[:110]}", flush=True)
            if options.peer:
                seconds, mib, status, text = build(options.peer.split(), folder)
                print(f"{'  the peer':<36} {seconds:7.2f} s {mib:7.0f} MiB  {ending(status, text).replace(folder, '')[:110]}", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == '__main__':
    main()
