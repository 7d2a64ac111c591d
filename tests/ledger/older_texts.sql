BEGIN TRANSACTION;
CREATE TABLE answers (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            account TEXT NOT NULL,
            profile TEXT,
            product TEXT NOT NULL,
            fetched REAL NOT NULL,
            http_status INTEGER NOT NULL,
            content_type TEXT NOT NULL,
            body BLOB NOT NULL,
            state TEXT NOT NULL DEFAULT 'new',
            problem TEXT,
            tried TEXT
        , origin TEXT, is_old INTEGER NOT NULL DEFAULT 0);
CREATE TABLE attempts (
            request INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            state TEXT NOT NULL,
            claimed REAL,
            settled REAL,
            code TEXT,
            message TEXT,
            task_id TEXT,
            reply BLOB,
            PRIMARY KEY (request, attempt)
        );
CREATE TABLE batches (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            ready INTEGER NOT NULL DEFAULT 0,
            created REAL NOT NULL,
            finished REAL,
            profile TEXT,
            account TEXT NOT NULL,
            product TEXT NOT NULL,
            extno TEXT,
            source TEXT NOT NULL,
            is_csv INTEGER NOT NULL,
            columns TEXT NOT NULL,
            mobile_column INTEGER NOT NULL,
            fingerprint BLOB NOT NULL,
            source_key BLOB,
            idempotency_key TEXT UNIQUE,
            first_row INTEGER NOT NULL,
            last_row INTEGER NOT NULL,
            first_request INTEGER NOT NULL,
            last_request INTEGER NOT NULL,
            recipients INTEGER NOT NULL,
            duplicates INTEGER NOT NULL,
            invalid INTEGER NOT NULL,
            skipped INTEGER NOT NULL,
            segments INTEGER NOT NULL,
            requests INTEGER NOT NULL,
            turn INTEGER NOT NULL,
            last_turn INTEGER NOT NULL DEFAULT 0,
            tried INTEGER NOT NULL DEFAULT 0,
            sending INTEGER NOT NULL DEFAULT 0,
            accepted INTEGER NOT NULL DEFAULT 0,
            rejected INTEGER NOT NULL DEFAULT 0,
            not_sent INTEGER NOT NULL DEFAULT 0,
            unknown INTEGER NOT NULL DEFAULT 0
        , delivered INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, replies INTEGER NOT NULL DEFAULT 0, shown_turn INTEGER NOT NULL DEFAULT 0, superseded_by TEXT, origin TEXT);
INSERT INTO "batches" VALUES(1,'4b982210',1,1.79565737665318942068e+09,1.79565737683846640584e+09,NULL,'12345','sms',NULL,'finished.csv',1,'["mobile", "content"]',0,X'71748674620EB4139C619540883733065C4B9DFECDC7C1DCACDE8FED7C73048F',X'65E598F414990C94A48D018A9179B622555336CC5B0A8E5B051E9619F81326B1',NULL,1,3,1,3,3,0,0,0,3,3,0,2,3,0,3,0,0,0,0,0,0,2,NULL,'GATEWAY');
INSERT INTO "batches" VALUES(2,'dd775872',1,1.79565737734156632421e+09,NULL,NULL,'12345','sms',NULL,'unfinished.csv',1,'["mobile", "content"]',0,X'43449C869CFE3AAB43E4F3280E46E9CDEF8ECA8C132D23BBED8DCA3EC295C208',X'AC5DE9A17F4DD140D89A888FCE2E677FC6CC57DC3DA647DE6E6810E9F8A662AE',NULL,4,6,4,6,3,0,0,0,3,3,2,4,3,0,1,0,2,0,0,0,0,4,NULL,'GATEWAY');
INSERT INTO "batches" VALUES(3,'57cdc6e6',1,1.79565737803983473779e+09,1.79565737816250109676e+09,NULL,'12345','sms',NULL,'arguments',0,'["mobile"]',0,X'25ED97E459344083C0B710167B14984E563901102536A21B1A43B30680156C92',NULL,'GATEWAY k',7,7,7,7,1,0,0,0,1,1,4,5,1,0,1,0,0,0,0,0,0,5,NULL,'GATEWAY');
CREATE TABLE deliveries (
            row INTEGER PRIMARY KEY,
            batch INTEGER NOT NULL,
            state TEXT NOT NULL,
            status TEXT,
            time TEXT,
            seconds REAL
        );
CREATE TABLE owners (
            batch INTEGER PRIMARY KEY,
            host TEXT NOT NULL,
            boot TEXT NOT NULL,
            pid_namespace TEXT NOT NULL,
            pid INTEGER NOT NULL,
            started TEXT NOT NULL,
            lock_device TEXT NOT NULL,
            lock_inode TEXT NOT NULL,
            lock_path BLOB NOT NULL
        );
CREATE TABLE records (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            answer INTEGER NOT NULL,
            digest BLOB NOT NULL UNIQUE,
            mobile TEXT,
            task_id TEXT,
            status TEXT,
            state TEXT,
            content TEXT,
            time TEXT,
            moment REAL NOT NULL,
            extno TEXT,
            extra TEXT NOT NULL,
            batch INTEGER,
            row INTEGER,
            waiting INTEGER NOT NULL DEFAULT 0
        , runner INTEGER, tries INTEGER NOT NULL DEFAULT 0);
CREATE TABLE requests (
            id INTEGER PRIMARY KEY,
            batch INTEGER NOT NULL,
            first_row INTEGER NOT NULL,
            last_row INTEGER NOT NULL,
            recipients INTEGER NOT NULL,
            segments INTEGER NOT NULL,
            state TEXT NOT NULL DEFAULT 'planned',
            attempts INTEGER NOT NULL DEFAULT 0,
            turn INTEGER,
            claimed REAL,
            settled REAL,
            code TEXT,
            message TEXT,
            task_id TEXT,
            reply BLOB,
            content TEXT NOT NULL
        , reported INTEGER NOT NULL DEFAULT 0);
INSERT INTO "requests" VALUES(1,1,1,1,1,1,'accepted',1,1,1.79565737666481733316e+09,1.79565737681481099128e+09,'0','提交成功','11',X'7B22436F6465223A2230222C224D657373616765223A22E68F90E4BAA4E68890E58A9F222C225461736B4964223A223131227D','【科迅】您好0 ',0);
INSERT INTO "requests" VALUES(2,1,2,2,1,1,'accepted',1,1,1.79565737666481733316e+09,1.79565737683821678161e+09,'0','提交成功','11',X'7B22436F6465223A2230222C224D657373616765223A22E68F90E4BAA4E68890E58A9F222C225461736B4964223A223131227D','【科迅】您好1
再见',0);
INSERT INTO "requests" VALUES(3,1,3,3,1,1,'accepted',1,2,1.79565737681481099128e+09,1.79565737683821678161e+09,'0','提交成功','11',X'7B22436F6465223A2230222C224D657373616765223A22E68F90E4BAA4E68890E58A9F222C225461736B4964223A223131227D','【科迅】您好2	',0);
INSERT INTO "requests" VALUES(4,2,4,4,1,1,'accepted',1,3,1.79565737736365675929e+09,1.79565737748304224017e+09,'0','提交成功','11',X'7B22436F6465223A2230222C224D657373616765223A22E68F90E4BAA4E68890E58A9F222C225461736B4964223A223131227D','【科迅】您好0 ',0);
INSERT INTO "requests" VALUES(5,2,5,5,1,1,'not_sent',1,3,1.79565737736365675929e+09,1.79565737748903203009e+09,NULL,'HTTP 404 Not Found, an empty body',NULL,X'','【科迅】您好1 ',0);
INSERT INTO "requests" VALUES(6,2,6,6,1,1,'not_sent',1,4,1.79565737748304224017e+09,1.79565737749428582185e+09,NULL,'HTTP 404 Not Found, an empty body',NULL,X'','【科迅】您好2 ',0);
INSERT INTO "requests" VALUES(7,3,7,7,1,1,'accepted',1,5,1795657378.06767,1.79565737816223740578e+09,'0','提交成功','11',X'7B22436F6465223A2230222C224D657373616765223A22E68F90E4BAA4E68890E58A9F222C225461736B4964223A223131227D','【科迅】您好 ',0);
CREATE TABLE rows (
            id INTEGER PRIMARY KEY,
            row INTEGER NOT NULL,
            line INTEGER,
            mobile INTEGER,
            request INTEGER,
            fate TEXT,
            problem TEXT,
            fields TEXT NOT NULL
        );
INSERT INTO "rows" VALUES(1,1,2,13800000000,1,NULL,NULL,'13800000000');
INSERT INTO "rows" VALUES(2,2,3,13800000001,2,NULL,NULL,'13800000001');
INSERT INTO "rows" VALUES(3,3,5,13800000002,3,NULL,NULL,'13800000002');
INSERT INTO "rows" VALUES(4,1,2,13900000000,4,NULL,NULL,'13900000000');
INSERT INTO "rows" VALUES(5,2,3,13900000001,5,NULL,NULL,'13900000001');
INSERT INTO "rows" VALUES(6,3,4,13900000002,6,NULL,NULL,'13900000002');
INSERT INTO "rows" VALUES(7,1,NULL,13700000000,7,NULL,NULL,'13700000000');
CREATE TABLE runners (
            receiver INTEGER PRIMARY KEY, kind TEXT NOT NULL, origin TEXT, account TEXT NOT NULL
        );
CREATE TABLE turns (turn INTEGER NOT NULL);
INSERT INTO "turns" VALUES(5);
CREATE TABLE unshown (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            origin TEXT,
            account TEXT NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            receiver INTEGER
        );
CREATE INDEX batches_fingerprint ON batches (fingerprint);
CREATE INDEX batches_source_key ON batches (source_key) WHERE source_key IS NOT NULL;
CREATE INDEX rows_mobile ON rows (mobile) WHERE request IS NOT NULL;
CREATE INDEX requests_bad ON requests (batch, state, code, message, recipients)
            WHERE state IN ('rejected', 'not_sent', 'unknown')
        ;
CREATE INDEX requests_task ON requests (task_id) WHERE task_id IS NOT NULL;
CREATE INDEX answers_unread ON answers (kind, account) WHERE state != 'read';
CREATE INDEX records_mobile ON records (mobile);
CREATE INDEX records_unmatched ON records (moment) WHERE row IS NULL AND kind = 'report';
CREATE INDEX records_batch ON records (batch) WHERE batch IS NOT NULL;
CREATE INDEX records_row ON records (row) WHERE row IS NOT NULL;
CREATE INDEX records_waiting ON records (id) WHERE waiting;
CREATE INDEX deliveries_batch ON deliveries (batch, state, status, seconds);
CREATE INDEX batches_hidden ON batches (id) WHERE NOT ready;
CREATE INDEX batches_open ON batches (id) WHERE finished IS NULL;
CREATE INDEX batches_sending ON batches (id) WHERE sending > 0;
CREATE INDEX batches_turn ON batches (last_turn);
CREATE INDEX requests_reported ON requests (task_id) WHERE reported;
CREATE INDEX records_task ON records (task_id) WHERE row IS NULL AND kind = 'report';
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('batches',3);
COMMIT;
PRAGMA application_id = 1803055981;
PRAGMA user_version = 7;
