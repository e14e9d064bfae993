// Through localhost, mongod lets a first user in until there is one: that is how a new set begins.
const domain = `mongodb.${process.env.POD_NAMESPACE}.svc.cluster.local`;
const members = [0, 1, 2].map((n) => ({ _id: n, host: `mongodb-${n}.${domain}:27017`, priority: n === 0 ? 2 : 1 }));
const admin = db.getSiblingDB('admin');

function signIn() {
    try { return admin.auth('root', process.env.ROOT_PASSWORD).ok === 1; } catch (error) { return false; }
}

if (!signIn()) {
    try { rs.initiate({ _id: 'glucosync', members }); } catch (error) {
        if (error.codeName !== 'AlreadyInitialized') throw error;
    }
    while (!db.hello().isWritablePrimary) sleep(1000);
    admin.createUser({ user: 'root', pwd: process.env.ROOT_PASSWORD, roles: ['root'] });
    signIn();
}

// Only the primary may write users; a member that came back later as a secondary has nothing to do.
if (db.hello().isWritablePrimary) {
    const users = [
        { user: 'glucoengine', pwd: process.env.APPLICATION_PASSWORD, roles: [{ role: 'readWrite', db: 'glucosync' }] },
        { user: 'backup', pwd: process.env.BACKUP_PASSWORD, roles: ['backup'] },
        { user: 'exporter', pwd: process.env.EXPORTER_PASSWORD, roles: ['clusterMonitor', { role: 'read', db: 'local' }] },
    ];
    for (const { user, pwd, roles } of users) {
        if (admin.getUser(user)) admin.updateUser(user, { pwd, roles });
        else admin.createUser({ user, pwd, roles });
    }
}
