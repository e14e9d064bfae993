"""What Git says: the applications of the soak, their repositories, and every commit there is."""
import json, os, subprocess

REPOSITORIES = 10


class Fleet:
    """The applications, and what the newest commit of each says."""

    def __init__(self, folder, count):
        self.folder, self.names = folder, [f'app-{index}' for index in range(count)]
        self.numbers = {name: 1 for name in self.names}
        self.log = {}
        for index in range(REPOSITORIES):
            repository = os.path.join(folder, f'repository-{index}')
            os.makedirs(repository)
            self.git(repository, 'init', '-q', '-b', 'main')
            for name in self.names[index::REPOSITORIES]:
                self.write(name)
            self.commit(index, 'Begin')

    def index(self, name):
        return self.names.index(name) % REPOSITORIES

    def git(self, repository, *words):
        return subprocess.run(['git', '-C', repository, '-c', 'user.name=Soak', '-c', 'user.email=soak@localhost', '-c', 'gc.auto=0', *words],
                              check=True, capture_output=True, text=True).stdout.strip()

    def write(self, name):
        folder = os.path.join(self.folder, f'repository-{self.index(name)}', name)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, 'kustomization.yaml'), 'w') as file:
            file.write('resources: [objects.yaml]\n')
        with open(os.path.join(folder, 'objects.yaml'), 'w') as file:
            file.write('---\n'.join(json.dumps(each, indent=1) + '\n' for each in self.objects(name)))

    def objects(self, name):
        """A NetworkPolicy, whose generation counts the writes that changed it; a ConfigMap, which may be deleted; and a Service."""
        yield {'apiVersion': 'networking.k8s.io/v1', 'kind': 'NetworkPolicy', 'metadata': {'name': name}, 'spec': {
            'podSelector': {'matchLabels': {'app': name}}, 'policyTypes': ['Ingress'],
            'ingress': [{'ports': [{'protocol': 'TCP', 'port': self.numbers[name]}]}]}}
        yield {'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': name}, 'data': {'number': str(self.numbers[name])}}
        yield {'apiVersion': 'v1', 'kind': 'Service', 'metadata': {'name': name}, 'spec': {
            'selector': {'app': name}, 'ports': [{'name': 'http', 'port': 80, 'targetPort': 8080, 'protocol': 'TCP'}]}}

    def commit(self, index, message):
        repository = os.path.join(self.folder, f'repository-{index}')
        self.git(repository, 'add', '-A')
        self.git(repository, 'commit', '-q', '-m', message)
        self.log.setdefault(index, []).append(self.git(repository, 'rev-parse', 'HEAD'))

    def change(self, name):
        self.numbers[name] += 1
        self.write(name)
        self.commit(self.index(name), f'{name} is {self.numbers[name]}')
