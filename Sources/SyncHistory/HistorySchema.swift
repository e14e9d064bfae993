// The tables of the history, and the triggers that make it append-only for anyone who opens the file: what is there is
// never changed, and goes as a whole or not at all.

import GRDB

enum HistorySchema {
    /// The migrations in their order. One that was released is never edited: the next one changes what it made.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 syncs, objects, manifests") { database in
            try database.execute(sql: firstTables)
            try database.execute(sql: appendOnly)
        }
        migrator.registerMigration("2 recreated objects") { database in
            try database.execute(sql: "ALTER TABLE sync ADD COLUMN recreated INTEGER NOT NULL DEFAULT 0")
        }
        migrator.registerMigration("3 running syncs by application") { database in
            try database.execute(
                sql: """
                    DROP INDEX sync_running;
                    CREATE INDEX sync_running ON sync (application, namespace, cluster) WHERE result = 'running';
                    """)
        }
        migrator.registerMigration("4 what goes with old syncs") { database in
            try database.execute(sql: ends)
        }
        return migrator
    }

    // Times are milliseconds since 1970 in UTC. Lists are JSON arrays.
    private static let firstTables = """
        CREATE TABLE object_body (
            digest BLOB PRIMARY KEY,            -- SHA-256 of body
            body BLOB NOT NULL                  -- one manifest as compact JSON, Secret values left out
        ) WITHOUT ROWID;

        CREATE TABLE manifest (
            digest BLOB PRIMARY KEY,            -- SHA-256 of objects
            objects BLOB NOT NULL               -- the digests of the bodies, 32 bytes each, in the order of the render
        ) WITHOUT ROWID;

        CREATE TABLE sync (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            cluster TEXT NOT NULL,
            namespace TEXT NOT NULL,
            application TEXT NOT NULL,
            trigger_kind TEXT NOT NULL CHECK (trigger_kind IN ('cli', 'controller', 'webhook')),
            trigger_actor TEXT NOT NULL,
            revision TEXT NOT NULL,
            commit_id TEXT,
            commit_subject TEXT,
            commit_author TEXT,
            started INTEGER NOT NULL,
            finished INTEGER,
            result TEXT NOT NULL CHECK (result IN ('running', 'succeeded', 'failed', 'interrupted')),
            created INTEGER NOT NULL DEFAULT 0,
            configured INTEGER NOT NULL DEFAULT 0,
            pruned INTEGER NOT NULL DEFAULT 0,
            unchanged INTEGER NOT NULL DEFAULT 0,
            skipped INTEGER NOT NULL DEFAULT 0,
            failed INTEGER NOT NULL DEFAULT 0,
            diagnostics TEXT NOT NULL DEFAULT '[]',
            owner_pid INTEGER NOT NULL,
            owner_boot TEXT NOT NULL,
            owner_start INTEGER NOT NULL,
            manifest BLOB REFERENCES manifest (digest),
            CHECK ((result = 'running') = (finished IS NULL))
        );
        CREATE INDEX sync_by_application ON sync (application, namespace, cluster, id);
        CREATE INDEX sync_running ON sync (id) WHERE result = 'running';

        CREATE TABLE sync_object (
            sync INTEGER NOT NULL REFERENCES sync (id) ON DELETE CASCADE,
            ordinal INTEGER NOT NULL,
            api_version TEXT NOT NULL,
            kind TEXT NOT NULL,
            namespace TEXT,
            name TEXT NOT NULL,
            action TEXT NOT NULL,
            result TEXT NOT NULL,
            fields TEXT NOT NULL,               -- paths, never values
            error TEXT,
            duration_microseconds INTEGER NOT NULL,
            PRIMARY KEY (sync, ordinal)
        ) WITHOUT ROWID;
        """

    /// What it takes to let old syncs go: who refers to a manifest and to a body, and what the objects are that the
    /// syncs which went had delivered.
    private static let ends = """
        CREATE INDEX sync_by_manifest ON sync (manifest) WHERE manifest IS NOT NULL;
        CREATE TRIGGER sync_runs_to_its_end BEFORE DELETE ON sync WHEN OLD.result = 'running'
        BEGIN SELECT RAISE(ABORT, 'a running sync is never deleted'); END;

        CREATE TABLE body_use (
            digest BLOB PRIMARY KEY,            -- of an object_body
            manifests INTEGER NOT NULL          -- how many manifests have it
        ) WITHOUT ROWID;
        INSERT INTO body_use
        WITH RECURSIVE part (manifest, at) AS (
            SELECT digest, 1 FROM manifest
            UNION ALL
            SELECT manifest, at + 32 FROM part JOIN manifest ON digest = manifest WHERE at + 32 < length(objects))
        SELECT substr(objects, at, 32) AS body, COUNT(DISTINCT manifest)
        FROM part JOIN manifest ON digest = manifest WHERE length(objects) > 0
        GROUP BY body;

        CREATE TABLE delivery (
            application TEXT NOT NULL,
            namespace TEXT NOT NULL,
            cluster TEXT NOT NULL,
            object_group TEXT NOT NULL,         -- with a slash behind, empty for the core group
            kind TEXT NOT NULL,
            object_namespace TEXT NOT NULL,     -- empty for none
            name TEXT NOT NULL,
            api_version TEXT NOT NULL,
            result TEXT NOT NULL,
            sync INTEGER NOT NULL,              -- the sync that it came of, which is gone
            PRIMARY KEY (application, namespace, cluster, object_group, kind, object_namespace, name)
        ) WITHOUT ROWID;
        """

    private static let appendOnly = """
        CREATE TRIGGER sync_ends_once BEFORE UPDATE ON sync WHEN OLD.result <> 'running'
        BEGIN SELECT RAISE(ABORT, 'a finished sync is never changed'); END;
        CREATE TRIGGER sync_object_is_final BEFORE UPDATE ON sync_object
        BEGIN SELECT RAISE(ABORT, 'what a sync did is never changed'); END;
        CREATE TRIGGER sync_object_while_running BEFORE INSERT ON sync_object
        WHEN (SELECT result FROM sync WHERE id = NEW.sync) IS NOT 'running'
        BEGIN SELECT RAISE(ABORT, 'a finished sync takes no more objects'); END;
        CREATE TRIGGER manifest_is_final BEFORE UPDATE ON manifest
        BEGIN SELECT RAISE(ABORT, 'a manifest is never changed'); END;
        CREATE TRIGGER object_body_is_final BEFORE UPDATE ON object_body
        BEGIN SELECT RAISE(ABORT, 'a manifest is never changed'); END;
        """
}
