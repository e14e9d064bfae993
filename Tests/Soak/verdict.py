"""What must be so when everything is well again; each function returns what is not."""
import http.client, os, sqlite3, statistics

from place import APPLICATIONS, CONFIGS, POLICIES, say


def unconverged(cluster, fleet):
    """What is not as the newest commits say."""
    try:
        policies, configs, applications = cluster.items(POLICIES), cluster.items(CONFIGS), cluster.items(APPLICATIONS)
    except (OSError, http.client.HTTPException) as error:
        return [f'the API server: {error}']
    wrong = []
    for name, number in fleet.numbers.items():
        ports = [port['port'] for rule in policies.get(name, {}).get('spec', {}).get('ingress', []) for port in rule['ports']]
        if ports != [number]:
            wrong.append(f'the port of NetworkPolicy {name} is {ports}, not {number}')
        if configs.get(name, {}).get('data') != {'number': str(number)}:
            wrong.append(f'ConfigMap {name} is {configs.get(name, {}).get("data")}, not {number}')
        conditions = {each['type']: each for each in applications.get(name, {}).get('status', {}).get('conditions', [])}
        if conditions.get('Ready', {}).get('status') != 'True':
            wrong.append(f'Application {name} is not Ready: {conditions.get("Ready", {}).get("message")}')
    return wrong


def inexact(cluster, fleet, stranger, state):
    """What the history has not as it was, and how many of its syncs and of its writes were held against the server."""
    found = [os.path.join(folder, 'history.sqlite') for folder, _, files in os.walk(state) if 'history.sqlite' in files]
    if len(found) != 1:
        return [f'there are {len(found)} histories'], 0, 0
    database = sqlite3.connect(f'file:{found[0]}?mode=ro', uri=True)
    wrong = [f'sync {id} of {name} is still running' for id, name in database.execute(
        "SELECT id, application FROM sync WHERE result = 'running'")]
    policies = cluster.items(POLICIES)
    syncs = writes = 0
    for name in fleet.names:
        order = {commit: position for position, commit in enumerate(fleet.log[fleet.index(name)])}
        last = -1
        for id, commit in database.execute('SELECT id, commit_id FROM sync WHERE application = ? AND commit_id IS NOT NULL ORDER BY id', (name,)):
            syncs += 1
            if commit not in order:
                wrong.append(f'sync {id} of {name} is of {commit}, which no repository has')
            elif order[commit] < last:
                wrong.append(f'sync {id} of {name} goes back to {commit[:7]}')
            else:
                last = order[commit]
        counted = dict(database.execute(
            "SELECT o.result, COUNT(*) FROM sync_object o JOIN sync s ON s.id = o.sync WHERE s.application = ? AND o.kind = 'NetworkPolicy' "
            'AND o.name = ? GROUP BY o.result', (name, name)))
        recorded = counted.get('configured', 0)
        seen = policies[name]['metadata']['generation'] - 1 - stranger.raised.get(name, 0)
        if name in stranger.unsure:
            continue
        writes += recorded
        # Whether a write came through whose answer was lost is known to nobody: the record says that it failed.
        if not recorded <= seen <= recorded + counted.get('failed', 0):
            wrong.append(f'the history has {recorded} writes of NetworkPolicy {name} ({counted}), and the server {seen}')
    return wrong, syncs, writes


def grown(samples, warm):
    """What has grown between the first and the last quarter of the time that follows the beginning."""
    steady = samples[warm:]
    quarter = max(1, len(steady) // 4)
    first, last = ([statistics.median(each) for each in zip(*part)] for part in (steady[:quarter], steady[-quarter:]))
    say(f'memory {first[0]:.0f} MiB at the beginning, {last[0]:.0f} at the end, {max(each[0] for each in samples):.0f} at most; '
        f'descriptors {first[1]:.0f} and {last[1]:.0f}; threads {first[2]:.0f} and {last[2]:.0f}')
    wrong = []
    if last[0] > first[0] * 1.25 + 8:
        wrong.append(f'memory has grown from {first[0]:.0f} to {last[0]:.0f} MiB')
    if last[1] > first[1] + 10:
        wrong.append(f'descriptors have grown from {first[1]:.0f} to {last[1]:.0f}')
    return wrong
