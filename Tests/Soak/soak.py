#!/usr/bin/env python3
"""Keeps a controller at work for a while under everything that goes wrong at once, and holds it to what it promises.

    soak.py [--minutes M] [--applications N] [--real] [--seed S] [--gitopsctl BINARY] [--controller BINARY]

A commit every two seconds to one of N applications (100), each second one told by a signed webhook; somebody who changes or deletes one
of their objects every two seconds; and, again and again: an API server that goes away and comes back, a Git server that takes connections
and never answers, and a full disk under the history and the mirrors. Afterwards, everything being well again, it must be so that

- every object is what the newest commit says, and every Application is Ready;
- the history is exact: no sync is still running in it, none goes back to an older commit, and it has each write that the server has seen,
  once (by the generations of the objects);
- memory and descriptors have stayed where they were;
- it is the same process, and it ends in order.

The API server is a sandbox, or with --real a kube-apiserver with etcd (Tests/Support). Exit code 1 says that something was not so.
"""
import argparse, contextlib, http.client, json, os, random, shutil, subprocess, sys, tempfile, threading, time

from fleet import Fleet
from gitserver import GitServer
from place import APPLICATIONS, GROUP, NAMESPACE, ROOT, TOKEN, Cluster, Controller, real_server, sandbox_server, say, until
from trouble import Disk, Stranger, trouble
from verdict import grown, inexact, unconverged

BEAT = 2


def prepare(options, cluster, fleet, git):
    kubectl = lambda *words, **more: subprocess.run(
        ['kubectl', '--kubeconfig', cluster.kubeconfig, *words], capture_output=True, text=True, check=True, **more)
    definitions = subprocess.run([options.gitopsctl, 'crds'], check=True, capture_output=True, text=True).stdout
    kubectl('apply', '--server-side', '--validate=false', '-f', '-', input=definitions)
    kubectl('wait', '--for=condition=Established', 'crd/applications.gitopsctl.dev', 'crd/projects.gitopsctl.dev')
    kubectl('create', 'namespace', NAMESPACE)
    secret = {'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {
        'name': 'webhook', 'namespace': NAMESPACE, 'labels': {'gitopsctl.dev/webhook': ''}}, 'stringData': {'token': TOKEN}}
    kubectl('create', '-f', '-', input=json.dumps(secret))
    for name in fleet.names:
        status, answer = cluster.call('POST', APPLICATIONS, {
            'apiVersion': GROUP, 'kind': 'Application', 'metadata': {'name': name, 'namespace': NAMESPACE},
            'spec': {'source': {'repository': git.address(f'repository-{fleet.index(name)}'), 'revision': 'main', 'path': name},
                     'destination': {'namespace': NAMESPACE}, 'sync': {'automated': True, 'selfHeal': True, 'interval': '10s'}}})
        assert status == 201, answer


def soak(options, folder, cluster, fleet, git, disk):
    prepare(options, cluster, fleet, git)
    controller = Controller(options, cluster, folder, disk.folder)
    stranger, stop = Stranger(cluster, fleet.names), threading.Event()
    try:
        until('everything is delivered', lambda: not unconverged(cluster, fleet), 120)
        say(f'{len(fleet.names)} applications are delivered')
        faults = threading.Thread(target=trouble, args=(cluster, git, disk, stop))
        faults.start()
        began, beats, commits = time.monotonic(), 0, 0
        while time.monotonic() - began < options.minutes * 60 and controller.process.poll() is None:
            name = random.choice(fleet.names)
            fleet.change(name)
            commits += 1
            if commits % 2:
                with contextlib.suppress(OSError, http.client.HTTPException):
                    controller.push(git.address(f'repository-{fleet.index(name)}'))
            time.sleep(BEAT / 2)
            stranger.act()
            controller.sample()
            beats += 1
            time.sleep(max(0, began + beats * BEAT - time.monotonic()))
        stop.set()
        faults.join()
        say(f'{commits} commits and {stranger.turn} changes by somebody else; everything is well again')
        deadline = time.monotonic() + 120
        while (wrong := unconverged(cluster, fleet)) and time.monotonic() < deadline and controller.process.poll() is None:
            time.sleep(1)
        if controller.process.poll() is not None:
            return [f'the controller ended with {controller.process.returncode}'], controller
        if not wrong:
            say('everything is as the newest commits say')
        history, syncs, writes = inexact(cluster, fleet, stranger, disk.folder)
        if not history:
            say(f'the history has {syncs} syncs in their order, and {writes} writes as the server has seen them')
        wrong += history + grown(controller.samples, len(controller.samples) // 10)
        controller.process.terminate()
        if controller.process.wait(60) != 0:
            wrong.append(f'the controller ended with {controller.process.returncode}')
        return wrong, controller
    finally:
        stop.set()
        if controller.process.poll() is None:
            controller.process.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--minutes', type=float, default=30)
    parser.add_argument('--applications', type=int, default=100)
    parser.add_argument('--real', action='store_true', help='a kube-apiserver with etcd instead of a sandbox')
    parser.add_argument('--seed', type=int, default=int(time.time()))
    parser.add_argument('--gitopsctl', default=os.path.join(ROOT, '.build/release/gitopsctl'))
    parser.add_argument('--controller', default=os.path.join(ROOT, '.build/release/gitops-controller'))
    options = parser.parse_args()
    for binary in (options.gitopsctl, options.controller):
        if not os.path.exists(binary):
            sys.exit(f'{binary} is not there: swift build -c release')
    random.seed(options.seed)
    print(f'Soak: {options.minutes:g} min, {options.applications} applications, {"kube-apiserver" if options.real else "sandbox"}, '
          f'seed {options.seed}', flush=True)
    folder = tempfile.mkdtemp(prefix='soak-')
    fleet = Fleet(folder, options.applications)
    disk = Disk(folder)
    try:
        with (real_server() if options.real else sandbox_server(options.gitopsctl)) as (kubeconfig, restart), GitServer(folder) as git:
            wrong, controller = soak(options, folder, Cluster(kubeconfig, restart), fleet, git, disk)
        for each in wrong[:20]:
            say(f'✗ {each}')
        if wrong:
            print(controller.tail())
            sys.exit(f'{len(wrong)} things are not as they should be')
        print('✓ converged, exact and steady')
    finally:
        disk.end()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    main()
