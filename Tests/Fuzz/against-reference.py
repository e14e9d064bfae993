#!/usr/bin/env python3
"""Build random kustomizations with gitopsctl and with a reference, and say where the two differ.

    against-reference.py --tool 'gitopsctl build' [--reference 'kubectl kustomize'] [--objects DIR ...] [--seed N] [--count N] [-j N] [--keep DIR]

Each case is a base of a few objects and one or two overlays whose fields are drawn at random: names, namespaces, labels, images,
replicas, generators, patches in every form cut out of the objects themselves, replacements, variables, components, orders. The
objects are taken from every manifest below --objects (the fleet's, and recorded cases where GITOPSCTL_SHARED has some), with scalars exchanged for awkward ones now and then. A case is fully
determined by its number, so that `--seed N --count 1 --keep DIR` brings one back.

A difference is a different output where both succeed, or one that fails where the other does not. The reference of kubectl is
older than the one that is implemented here (5.5 against 5.8.1): what changed in between is not drawn. Exit status 0: no difference.
"""
import argparse, concurrent.futures as futures, copy, os, random, shlex, shutil, subprocess, sys, tempfile
import yaml

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('--tool', default='gitopsctl build')
parser.add_argument('--reference', default='kubectl kustomize')
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get('GITOPSCTL_SHARED', os.path.join(ROOT, '..', 'shared'))
parser.add_argument('--objects', nargs='*', default=[os.path.join(ROOT, 'deploy/fleet'), os.path.join(SHARED, 'cases/kustomize')])
parser.add_argument('--seed', type=int, default=1)
parser.add_argument('--count', type=int, default=int(os.environ.get('GITOPSCTL_RANDOM_BUILDS', 200)), help='default: GITOPSCTL_RANDOM_BUILDS, or 200')
parser.add_argument('--keep', help='keep the folder of every case that differs here')
parser.add_argument('-j', type=int, default=2)
options = parser.parse_args()

AWKWARD = ['yes', 'no', 'on', 'null', '~', '0777', '0o17', '1e3', '1.50', '1_000', '0x1F', '2001-01-01', '2001-01-01T00:00:00Z', '.5', '1:30',
           '', ' lead', 'trail ', 'a: b', 'a #b', '- x', '? y', '!z', '&a', '*a', '@at', '`tick', '%p', "it's", '"q"', 'tab\tin', 'line\nbreak',
           'line\nbreak\n', '\nlead', 'x' * 90, 'word ' * 30, 'two  spaces ' * 12, 'ünïcode', '\u2028sep', '😀', '=', '<<', '123456789012345678901',
           '12345678901234567890', '-0', '+1', '1.', 'inf', '.inf', 'NaN', 'true', 'False', '{a: b}', '[1, 2]', '$(VAR)', '$$(VAR)', '|', '>', 'a\\b', 'é' * 50]
NUMBERS = [0, 1, -1, 5, 8080, 2**31, 2**53 + 1, 2**63, 1.5, 0.1, 1e-7, 1e21, 123456789.125, 1e6, 3.0, -0.0]


class Text(str):
    """A string that is written in a style of its own."""


def text_representer(dumper, data):
    return dumper.represent_scalar('tag:yaml.org,2002:str', str(data), style=getattr(data, 'style', None))


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


Dumper.add_representer(Text, text_representer)


def load_objects():
    found = []
    for root in options.objects:
        for folder, _, names in sorted(os.walk(root)):
            for name in sorted(names):
                if not name.endswith(('.yaml', '.yml')) or name.lower().startswith(('kustomization', 'expected', 'actual')):
                    continue
                try:
                    documents = list(yaml.safe_load_all(open(os.path.join(folder, name), encoding='utf-8')))
                except Exception:
                    continue
                for document in documents:
                    if isinstance(document, dict) and isinstance(document.get('kind'), str) and isinstance(document.get('metadata'), dict) \
                            and isinstance(document['metadata'].get('name'), str) and isinstance(document.get('apiVersion', ''), str) \
                            and not document['kind'].endswith('List') and document.get('apiVersion') != 'builtin' \
                            and 'kustomize' not in document.get('apiVersion', '') and json_like(document):
                        found.append(document)
    unique = {}
    for document in found:
        unique.setdefault(yaml.dump(document, Dumper=Dumper), document)
    return list(unique.values())


def json_like(value):
    if isinstance(value, dict):
        return all(isinstance(k, str) for k in value) and all(json_like(v) for v in value.values())
    if isinstance(value, list):
        return all(json_like(v) for v in value)
    return value is None or isinstance(value, (str, int, float, bool))


class Case:
    def __init__(self, number, objects):
        self.random = random.Random(number)
        self.objects = objects
        self.files = {}

    # ---- drawing

    def chance(self, share):
        return self.random.random() < share

    def pick(self, items):
        return self.random.choice(items)

    def scalar(self):
        if self.chance(0.3):
            return self.pick(NUMBERS)
        if self.chance(0.1):
            return self.pick([True, False, None])
        text = Text(self.pick(AWKWARD))
        text.style = self.pick([None, None, "'", '"', '|', '>'])
        return text

    def word(self):
        return self.pick(['a', 'b', 'web', 'app', 'x1', 'shop', 'team', 'prod', 'v1'])

    def leaves(self, value, path=()):
        if isinstance(value, dict):
            for key, below in value.items():
                yield from self.leaves(below, path + (key,))
        elif isinstance(value, list):
            for index, below in enumerate(value):
                yield from self.leaves(below, path + (index,))
        else:
            yield path

    def nodes(self, value, path=()):
        yield path
        if isinstance(value, dict):
            for key, below in value.items():
                yield from self.nodes(below, path + (key,))
        elif isinstance(value, list):
            for index, below in enumerate(value):
                yield from self.nodes(below, path + (index,))

    @staticmethod
    def at(value, path):
        for part in path:
            value = value[part]
        return value

    def put(self, value, path, new):
        self.at(value, path[:-1])[path[-1]] = new

    def is_identity(self, path):
        return path[:1] in ((), ('kind',), ('apiVersion',)) or path in (('metadata',), ('metadata', 'name'), ('metadata', 'namespace'))

    def mutated(self, document):
        document = copy.deepcopy(document)
        for _ in range(self.pick([0, 0, 1, 2])):
            paths = [p for p in self.nodes(document) if not self.is_identity(p)]
            if not paths:
                break
            path = self.pick(paths)
            parent = self.at(document, path[:-1])
            kind = self.random.random()
            if kind < 0.5:
                if not isinstance(parent[path[-1]], (dict, list)):
                    parent[path[-1]] = self.scalar()
            elif kind < 0.65:
                del parent[path[-1]]
            elif kind < 0.75 and isinstance(parent, list):
                parent.append(copy.deepcopy(parent[path[-1]]))
            elif kind < 0.85:
                parent[path[-1]] = self.pick([{}, [], None, self.scalar(), {'k': self.scalar()}, [self.scalar()]])
            elif isinstance(parent, dict):
                parent[self.pick(['zz', 'a.b/c', 'A', '_u', 'a10', 'a9', 'x y', '1k'])] = self.scalar()
        return document

    # ---- patches

    def strategic_merge(self, document):
        """A part of the object, changed here and there."""
        patch = {'apiVersion': document.get('apiVersion'), 'kind': document['kind'], 'metadata': {'name': document['metadata']['name']}}
        if patch['apiVersion'] is None:
            del patch['apiVersion']
        if 'namespace' in document['metadata'] and self.chance(0.9):
            patch['metadata']['namespace'] = document['metadata']['namespace']
        for key, value in document.items():
            if key in patch and key != 'metadata' or self.chance(0.3):
                continue
            if key == 'metadata':
                extra = {k: self.thinned(v) for k, v in value.items() if k not in ('name', 'namespace') and self.chance(0.7)}
                patch['metadata'].update(extra)
            else:
                patch[key] = self.thinned(value)
        if self.chance(0.05):
            patch['$patch'] = self.pick(['delete', 'replace', 'merge'])
        if self.chance(0.15):
            patch['added'] = self.scalar()
        return patch

    def thinned(self, value):
        if isinstance(value, dict):
            result = {}
            for key, below in value.items():
                if key in ('name', 'containerPort', 'port', 'mountPath', 'protocol', 'ip', 'topologyKey', 'whenUnsatisfiable', 'devicePath', 'key', 'type'):
                    if self.chance(0.95):
                        result[key] = self.scalar() if self.chance(0.02) else copy.deepcopy(below)
                elif self.chance(0.6):
                    result[key] = self.thinned(below)
                elif self.chance(0.1):
                    result[key] = None
            if self.chance(0.08):
                result['$patch'] = self.pick(['delete', 'replace', 'merge'])
            if self.chance(0.1):
                result[self.pick(['new', 'env', 'zz'])] = self.pick([self.scalar(), {'n': None}, [self.scalar()]])
            return result
        if isinstance(value, list):
            if self.chance(0.05):
                return self.pick([[], None, [None], {}])
            result = [self.thinned(below) for below in value if self.chance(0.8)]
            if self.chance(0.1):
                result.append({'$patch': self.pick(['delete', 'replace', 'merge'])})
            if self.chance(0.1):
                self.random.shuffle(result)
            return result
        if self.chance(0.15):
            return None
        return self.scalar() if self.chance(0.6) else value

    def pointer(self, path):
        return ''.join('/' + str(p).replace('~', '~0').replace('/', '~1') for p in path)

    def operations(self, document):
        result = []
        for _ in range(self.pick([1, 1, 1, 2, 3])):
            path = self.pick(list(self.nodes(document)))
            kind = self.pick(['add', 'add', 'replace', 'replace', 'remove', 'test', 'move', 'copy'])
            if path and isinstance(path[-1], int) and self.chance(0.2):
                path = path[:-1] + (self.pick(['-', 0, 0, -1, 99]),)
            elif kind == 'add' and isinstance(self.at(document, path), dict) and self.chance(0.5):
                path = path + (self.pick(['new', '0', 'a/b']),)
            elif self.chance(0.03):
                path = path + ('nowhere',)
            if path in ((), ('kind',), ('metadata',), ('metadata', 'name')) and self.chance(0.9):
                path = ('metadata', 'new')
                kind = 'add'
            operation = {'op': kind, 'path': self.pointer(path)}
            if kind in ('add', 'replace', 'test'):
                value = self.pick([self.scalar(), {'a': self.scalar()}, [self.scalar()], {}])
                if kind == 'test' and self.chance(0.95):
                    try:
                        value = self.at(document, path)
                    except Exception:
                        pass
                operation['value'] = value
            if kind in ('move', 'copy'):
                operation['from'] = self.pointer(self.pick(list(self.nodes(document))))
            result.append(operation)
        return result

    def target(self, document):
        target = {}
        if self.chance(0.5):
            return {'kind': document['kind'], 'name': document['metadata']['name']}
        if self.chance(0.8):
            target['kind'] = self.pick([document['kind'], document['kind'][:3] + '.*', '.*'])
        if self.chance(0.5):
            target['name'] = self.pick([document['metadata']['name'], '.*', document['metadata']['name'][:2] + '.*', '.'])
        if self.chance(0.1):
            target['namespace'] = self.pick(['default', document['metadata'].get('namespace') or 'ns'])
        labels = document['metadata'].get('labels')
        if isinstance(labels, dict) and labels and self.chance(0.2):
            key = self.pick(list(labels))
            target['labelSelector'] = self.pick([key, f'{key}={labels[key]}', f'!{key}', f'{key} in ({labels[key]}, b)', f'{key}!=b'])
        return target

    def dump(self, value):
        if self.chance(0.15):
            return yaml.dump(value, Dumper=Dumper, default_flow_style=True, sort_keys=False, width=1000, allow_unicode=True)
        return yaml.dump(value, Dumper=Dumper, default_flow_style=self.pick([False, False, None]), sort_keys=False, allow_unicode=self.chance(0.5),
                         width=self.pick([80, 1000]), indent=self.pick([2, 4]))

    # ---- kustomizations

    def generator(self, name, secret):
        entry = {'name': name}
        sources = {}
        if self.chance(0.8):
            sources['literals'] = [f'{self.pick(["k", "b", "c.d", "e"])}{i}={self.pick(AWKWARD)}' for i in range(self.random.randrange(1, 3))]
        entry.update(sources)
        if self.chance(0.3):
            self.files.setdefault('data.txt', self.pick(AWKWARD) + '\n')
        if secret and self.chance(0.3):
            entry['type'] = 'kubernetes.io/tls'
        if self.chance(0.2):
            entry['options'] = {k: v for k, v in {'labels': {'l': self.word()}, 'annotations': {'n': self.word()}, 'disableNameSuffixHash': True,
                                                   'immutable': True}.items() if self.chance(0.4)}
        if self.chance(0.2):
            entry['namespace'] = self.word()
        return entry

    def fields(self, documents, folder, is_base):
        """Fields of one kustomization, for the objects that it sees."""
        result = {}

        def sometimes(share, key, make):
            if self.chance(share):
                result[key] = make()

        document = lambda: self.pick(documents)
        sometimes(0.2, 'namePrefix', lambda: self.pick(['p-', 'x.', '1', 'P']))
        sometimes(0.2, 'nameSuffix', lambda: self.pick(['-s', '.y', '2']))
        sometimes(0.25, 'namespace', lambda: self.pick(['ns', 'default', 'other']))
        pairs = lambda: {self.pick(['app', 'team', 'a.b/c', 'tier']): self.pick(['x', 'z', '1', 'true', ''])}
        sometimes(0.15, 'commonLabels', pairs)
        sometimes(0.2, 'commonAnnotations', pairs)
        sometimes(0.25, 'labels', lambda: [
            {k: v for k, v in {'pairs': pairs(), 'includeSelectors': self.chance(0.5), 'includeTemplates': self.chance(0.5),
                               'fields': [{'path': self.pick(['spec/extra', 'spec/selector', 'metadata/labels']), 'create': True}]}.items()
             if k == 'pairs' or self.chance(0.4)} for _ in range(self.random.randrange(1, 3))])
        sometimes(0.1, 'replicas', lambda: [{'name': document()['metadata']['name'], 'count': self.pick([0, 3, 10])}])
        images = [image for d in documents for image in self.images(d)]
        if images:
            sometimes(0.2, 'images', lambda: [self.image(self.pick(images))])
        for key, secret in (('configMapGenerator', False), ('secretGenerator', True)):
            sometimes(0.2, key, lambda: [self.generator(self.pick(['gen', 'cfg']), secret)])
            if key in result and not is_base and self.chance(0.4):
                result[key][0]['behavior'] = self.pick(['merge', 'replace', 'create'])
        if ('configMapGenerator' in result or 'secretGenerator' in result) and self.chance(0.3):
            result['generatorOptions'] = {k: v for k, v in {'labels': {'g': 'o'}, 'annotations': {'g': 'o'}, 'disableNameSuffixHash': True}.items()
                                          if self.chance(0.5)}
        patches = []
        for _ in range(self.pick([0, 0, 1, 1, 2])):
            subject = document()
            entry = {}
            if self.chance(0.6):
                body = self.dump(self.strategic_merge(subject))
                if self.chance(0.4):
                    entry['target'] = self.target(subject)
                if self.chance(0.1):
                    entry['options'] = {'allowNameChange': True, 'allowKindChange': self.chance(0.5)}
            else:
                operations = self.operations(subject)
                body = self.dump(operations)
                entry['target'] = self.target(subject)
            if self.chance(0.5):
                name = f'patch{len(self.files)}.yaml'
                self.files[f'{folder}/{name}'] = body
                entry['path'] = name
            else:
                entry['patch'] = body
            patches.append(entry)
        if patches:
            result['patches'] = patches
        sometimes(0.12, 'patchesStrategicMerge', lambda: [self.dump(self.strategic_merge(document()))])
        if self.chance(0.1):
            subject = document()
            target = {'kind': subject['kind'], 'name': subject['metadata']['name']}
            version = subject.get('apiVersion', '').split('/')
            target['version'] = version[-1]
            if len(version) > 1:
                target['group'] = version[0]
            result['patchesJson6902'] = [{'target': target, 'patch': self.dump(self.operations(subject))}]
        sometimes(0.15, 'replacements', lambda: [self.replacement(documents)])
        if self.chance(0.08):
            subject = document()
            result['vars'] = [{'name': 'VAR', 'objref': {'apiVersion': subject.get('apiVersion', ''), 'kind': subject['kind'], 'name': subject['metadata']['name']},
                               'fieldref': {'fieldpath': self.dotted(self.pick(list(self.leaves(subject))))}}]
        sometimes(0.08, 'sortOptions', lambda: self.pick([{'order': 'fifo'}, {'order': 'legacy'}, {'order': 'legacy', 'legacySortOptions': {
            'orderFirst': ['Service', 'Deployment'], 'orderLast': ['ConfigMap']}}]))
        sometimes(0.05, 'buildMetadata', lambda: self.random.sample(['originAnnotations', 'transformerAnnotations'], self.pick([1, 2])))
        if self.chance(0.08):
            transformer = self.pick([
                {'kind': 'PrefixTransformer', 'prefix': 'q-', 'fieldSpecs': [{'path': 'metadata/name'}]},
                {'kind': 'SuffixTransformer', 'suffix': '-q', 'fieldSpecs': [{'path': 'metadata/name', 'kind': document()['kind']}]},
                {'kind': 'LabelTransformer', 'labels': {'t': 'r'}, 'fieldSpecs': [{'path': 'metadata/labels', 'create': True}, {'path': 'spec/x/y', 'create': True}]},
                {'kind': 'AnnotationsTransformer', 'annotations': {'t': '1'}, 'fieldSpecs': [{'path': 'metadata/annotations', 'create': True}]},
                {'kind': 'NamespaceTransformer', 'namespace': 'tns', 'unsetOnly': self.chance(0.5),
                 'setRoleBindingSubjects': self.pick(['defaultOnly', 'allServiceAccounts', 'none']), 'fieldSpecs': [{'path': 'metadata/name', 'kind': 'Namespace', 'create': True}]},
                {'kind': 'HashTransformer'}])
            transformer = {'apiVersion': 'builtin', 'metadata': {'name': 't'}, **transformer}
            if transformer['kind'] == 'NamespaceTransformer':
                transformer['metadata']['namespace'] = transformer.pop('namespace')
            result['transformers'] = [yaml.dump(transformer)]
        return result

    def images(self, value):
        if isinstance(value, dict):
            for key, below in value.items():
                if key == 'image' and isinstance(below, str):
                    yield below
                yield from self.images(below)
        elif isinstance(value, list):
            for below in value:
                yield from self.images(below)

    def image(self, text):
        name = text.split('@')[0]
        if ':' in name.split('/')[-1]:
            name = name.rsplit(':', 1)[0]
        entry = {'name': name}
        for key, value in (('newName', 'reg.io:5000/n'), ('newTag', self.pick(['v9', '1.10'])), ('digest', 'sha256:' + 'a' * 64)):
            if self.chance(0.5):
                entry[key] = value
        return entry

    def dotted(self, path):
        parts = []
        for part in path:
            text = str(part)
            parts.append(text if isinstance(part, int) else '[' + text + ']' if '.' in text else text)
        return '.'.join(parts)

    def replacement(self, documents):
        source, target = self.pick(documents), self.pick(documents)
        paths = [p for p in self.leaves(source) if not self.chance(0.2)] or [('metadata', 'name')]
        into = self.pick(list(self.leaves(target)))
        entry = {'source': {'kind': source['kind'], 'name': source['metadata']['name'], 'fieldPath': self.dotted(self.pick(paths))},
                 'targets': [{'select': {'kind': target['kind']}, 'fieldPaths': [self.dotted(into)]}]}
        if self.chance(0.2):
            entry['targets'][0]['options'] = {'delimiter': self.pick(['-', '.', ':', '/']), 'index': self.pick([0, 1, -1, 5])}
        if self.chance(0.2):
            entry['source']['options'] = {'delimiter': self.pick(['-', '.', ':', '/']), 'index': self.pick([0, 0, 1])}
        return entry

    def write(self, folder):
        chosen = [self.mutated(self.pick(self.objects)) for _ in range(self.random.randrange(1, 5))]
        chosen = [d for d in chosen if isinstance(d.get('metadata'), dict)]
        documents = chosen or [self.pick(self.objects)]
        half = self.random.randrange(len(documents) + 1)
        self.files['base/one.yaml'] = '---\n'.join(self.dump(d) for d in documents[:half])
        self.files['base/two.yaml'] = '---\n'.join(self.dump(d) for d in documents[half:])
        resources = [name for name in ('one.yaml', 'two.yaml') if self.files['base/' + name]]
        for name in ('one.yaml', 'two.yaml'):
            if not self.files['base/' + name]:
                del self.files['base/' + name]
        base = {'resources': resources, **self.fields(documents, 'base', True)}
        top = 'base'
        self.files['base/kustomization.yaml'] = self.kustomization(base)
        if self.chance(0.7):
            overlay = {'resources': ['../base'], **self.fields(documents, 'overlay', False)}
            if self.chance(0.25):
                overlay['components'] = ['../component']
                component = {'apiVersion': 'kustomize.config.k8s.io/v1alpha1', 'kind': 'Component', **self.fields(documents, 'component', False)}
                component.pop('vars', None)
                self.files['component/kustomization.yaml'] = self.kustomization(component)
            self.files['overlay/kustomization.yaml'] = self.kustomization(overlay)
            top = 'overlay'
            if self.chance(0.15):
                self.files['twice/kustomization.yaml'] = self.kustomization(
                    {'resources': ['../overlay', '../other'], **self.fields(documents, 'twice', False)})
                self.files['other/kustomization.yaml'] = self.kustomization({'resources': ['../base'], 'nameSuffix': '-other'})
                top = 'twice'
        for name, text in self.files.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'w', encoding='utf-8', newline='') as file:
                file.write(text)
        return top

    def kustomization(self, fields):
        items = list(fields.items())
        self.random.shuffle(items)
        return yaml.dump(dict(items), Dumper=Dumper, sort_keys=False, allow_unicode=True)


def run(command, folder, top):
    try:
        result = subprocess.run(shlex.split(command) + [top], cwd=folder, capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
        return result.returncode, result.stdout, result.stderr
    except subprocess.TimeoutExpired:
        return 124, b'', b'timeout'


def compare(number, objects):
    folder = tempfile.mkdtemp(prefix=f'case-{number}-')
    try:
        top = Case(number, objects).write(folder)
        theirs, ours = run(options.reference, folder, top), run(options.tool, folder, top)
        if theirs[0] == 0 and ours[0] == 0:
            kind = 'same' if theirs[1] == ours[1] else 'output'
        elif theirs[0] != 0 and ours[0] != 0:
            kind = 'both fail'
        else:
            kind = 'only the reference fails' if theirs[0] else 'only the tool fails'
        if ours[0] < 0 or ours[0] in (124, 132, 133, 134, 139):
            kind = 'the tool crashed'
        if kind not in ('same', 'both fail') and options.keep:
            kept = os.path.join(options.keep, str(number))
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(folder, kept)
            for name, content in (('theirs.out', theirs[1]), ('theirs.err', theirs[2]), ('ours.out', ours[1]), ('ours.err', ours[2])):
                with open(os.path.join(kept, name), 'wb') as file:
                    file.write(content.replace(folder.encode(), b'{ROOT}'))
        return number, kind, (theirs[2] if theirs[0] else ours[2]).decode(errors='replace').strip().split('\n')[0][:200].replace(folder, '')
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if not shutil.which(shlex.split(options.reference)[0]):
    print(f'{options.reference}: not installed, skipped')
    sys.exit(0)
objects = load_objects()
if not objects:
    sys.exit('there are no manifests below --objects')
counts = {}
with futures.ThreadPoolExecutor(options.j) as pool:
    for number, kind, words in pool.map(lambda n: compare(n, objects), range(options.seed, options.seed + options.count)):
        counts[kind] = counts.get(kind, 0) + 1
        if kind not in ('same', 'both fail'):
            print(f'{number}: {kind}: {words}', flush=True)
print(f'{len(objects)} objects; ' + ', '.join(f'{kind} {count}' for kind, count in sorted(counts.items())))
sys.exit(0 if set(counts) <= {'same', 'both fail'} else 1)
