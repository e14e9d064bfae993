"""What goes wrong: somebody who changes what is not theirs, and things that fail, one after the other."""
import contextlib, http.client, os, random, subprocess

from place import CONFIGS, POLICIES, say


class Stranger:
    """Somebody who changes what is not theirs, each object in its turn: never so often that it would be a fight."""

    def __init__(self, cluster, names):
        self.cluster = cluster
        self.turns = [(kind, name) for kind in ('policy', 'config', 'deletion') for name in names]
        random.shuffle(self.turns)
        self.turn, self.port = 0, 60000
        # How often the generation of a policy was raised, and the policies of which that is not known.
        self.raised, self.unsure = {}, set()

    def act(self):
        kind, name = self.turns[self.turn % len(self.turns)]
        self.turn += 1
        try:
            if kind == 'policy':
                self.port = 60000 + (self.port - 59999) % 5000
                body = {'spec': {'ingress': [{'ports': [{'protocol': 'TCP', 'port': self.port}]}]}}
                status, _ = self.cluster.call('PATCH', f'{POLICIES}/{name}?fieldManager=stranger', body, 'application/merge-patch+json')
                if status == 200:
                    self.raised[name] = self.raised.get(name, 0) + 1
            elif kind == 'config':
                self.cluster.call('PATCH', f'{CONFIGS}/{name}?fieldManager=stranger', {'data': {'number': 'none'}}, 'application/merge-patch+json')
            else:
                self.cluster.call('DELETE', f'{CONFIGS}/{name}')
        except (OSError, http.client.HTTPException):
            if kind == 'policy':
                self.unsure.add(name)


class Disk:
    """A small file system of its own under the controller's files, which can be filled; none where it may not be mounted."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, 'disk')
        os.makedirs(self.folder)
        mounted = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=192m', 'soak', self.folder], capture_output=True, text=True)
        self.is_mounted = mounted.returncode == 0
        if not self.is_mounted:
            say(f'skipped: the full disk ({mounted.stderr.strip()})')

    def fill(self):
        with contextlib.suppress(OSError), open(os.path.join(self.folder, 'filler'), 'wb', buffering=0) as filler:
            while True:
                filler.write(bytes(1 << 20))
        with contextlib.suppress(OSError), open(os.path.join(self.folder, 'filler'), 'ab', buffering=0) as filler:
            while True:
                filler.write(bytes(512))

    def empty(self):
        os.remove(os.path.join(self.folder, 'filler'))

    def end(self):
        if self.is_mounted:
            subprocess.run(['umount', '-l', self.folder], check=False)


def trouble(cluster, git, disk, stop):
    """One thing after the other goes wrong, with time to recover between them, until it is enough."""
    def api_server():
        say('the API server goes away for three seconds')
        cluster.restart()

    def git_server():
        say('the Git server stops answering for ten seconds')
        git.hang()
        stop.wait(10)
        git.answer()

    def full_disk():
        say('the disk is full for ten seconds')
        disk.fill()
        stop.wait(10)
        disk.empty()

    kinds = [api_server, git_server] + ([full_disk] if disk.is_mounted else [])
    number = 0
    while not stop.wait(12):
        kinds[number % len(kinds)]()
        number += 1
