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
        );
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
        , delivered INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, replies INTEGER NOT NULL DEFAULT 0);
INSERT INTO "batches" VALUES(1,'149b0d9a',1,1.79564452018717551234e+09,1.79564452029453659057e+09,'t','12345','sms',NULL,'finished.csv',1,'["mobile", "content"]',0,X'70D0B9E5720B7784FC63F9A3A6D242C0E9774DC1D8914975DBA9D4EAB33AD89D',X'41F0425FC85F7E94018796A64F4CFCCD76936B414035E3690F5DF3FE57CD17D8',NULL,1,3,1,3,3,0,0,0,3,3,0,2,3,0,3,0,0,0,0,0,0);
INSERT INTO "batches" VALUES(2,'6642a0b4',1,1.79564452051851415636e+09,NULL,'t','12345','sms',NULL,'unfinished.csv',1,'["mobile", "content"]',0,X'32E972022DCF030A960DE60EAC6BFBA6A394289681304A25256B5EB32B163302',X'9D4C02B52F0429622EC57A37F600937861A0DCC0FA03067A44126B119A09B8E3',NULL,4,9,4,9,6,0,0,0,6,6,2,5,4,0,1,0,3,0,0,0,0);
INSERT INTO "batches" VALUES(3,'a4802c3f',1,1.79564452092100834842e+09,1.79564452103566074376e+09,'t','12345','sms',NULL,'arguments',0,'["mobile"]',0,X'3862E9D11E5CE59E4684FBBCB340D0F6E5A2F1A39006DD426977D811C0127393',NULL,'k',10,10,10,10,1,0,0,0,1,1,5,6,1,0,1,0,0,0,0,0,0);
INSERT INTO "batches" VALUES(4,'2560c6fa',1,1.79564452131393718719e+09,1.79564452141457581513e+09,'t','12345','sms',NULL,'arguments',0,'["mobile"]',0,X'4951F3B78E430D0DA7ECA2FF370A0CC2B325FC2FC15D09230D887ECB8D0E61ED',NULL,NULL,11,11,11,11,1,0,0,0,1,1,6,7,1,0,0,0,0,1,0,0,0);
CREATE TABLE deliveries (
            row INTEGER PRIMARY KEY,
            batch INTEGER NOT NULL,
            state TEXT NOT NULL,
            status TEXT,
            time TEXT,
            seconds REAL
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
        );
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
        );
INSERT INTO "requests" VALUES(1,1,1,1,1,1,'accepted',1,1,1.79564452018960452085e+09,1.79564452029217553143e+09,'0','ok','11',X'7B22436F6465223A202230222C20224D657373616765223A20226F6B222C20225461736B4964223A20223131227D','【科迅】您好0');
INSERT INTO "requests" VALUES(2,1,2,2,1,1,'accepted',1,1,1.79564452018960452085e+09,1.79564452029321241382e+09,'0','ok','11',X'7B22436F6465223A202230222C20224D657373616765223A20226F6B222C20225461736B4964223A20223131227D','【科迅】您好1');
INSERT INTO "requests" VALUES(3,1,3,3,1,1,'accepted',1,2,1.79564452029217553143e+09,1.79564452029443550112e+09,'0','ok','11',X'7B22436F6465223A202230222C20224D657373616765223A20226F6B222C20225461736B4964223A20223131227D','【科迅】您好2');
INSERT INTO "requests" VALUES(4,2,4,4,1,1,'accepted',1,3,1.79564452052383112905e+09,1.7956445206376261711e+09,'0','ok','11',X'7B22436F6465223A202230222C20224D657373616765223A20226F6B222C20225461736B4964223A20223131227D','【科迅】您好0');
INSERT INTO "requests" VALUES(5,2,5,5,1,1,'not_sent',1,3,1.79564452052383112905e+09,1.79564452063876509664e+09,NULL,'HTTP 404 Not Found, an empty body',NULL,X'','【科迅】您好1');
INSERT INTO "requests" VALUES(6,2,6,6,1,1,'not_sent',1,4,1.7956445206376261711e+09,1.79564452064278435704e+09,NULL,'HTTP 404 Not Found, an empty body',NULL,X'','【科迅】您好2');
INSERT INTO "requests" VALUES(7,2,7,7,1,1,'not_sent',1,5,1.79564452063876509664e+09,1.79564452065022587775e+09,NULL,'HTTP 404 Not Found, an empty body',NULL,X'','【科迅】您好3');
INSERT INTO "requests" VALUES(8,2,8,8,1,1,'planned',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'【科迅】您好4');
INSERT INTO "requests" VALUES(9,2,9,9,1,1,'planned',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'【科迅】您好5');
INSERT INTO "requests" VALUES(10,3,10,10,1,1,'accepted',1,6,1.79564452092543745034e+09,1.79564452103536844251e+09,'0','ok','11',X'7B22436F6465223A202230222C20224D657373616765223A20226F6B222C20225461736B4964223A20223131227D','【科迅】您好');
INSERT INTO "requests" VALUES(11,4,11,11,1,1,'unknown',1,7,1.79564452131941103933e+09,1.79564452141422677038e+09,NULL,'127.0.0.1:45715 closed the connection without an answer',NULL,NULL,'【科迅】您好');
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
INSERT INTO "rows" VALUES(3,3,4,13800000002,3,NULL,NULL,'13800000002');
INSERT INTO "rows" VALUES(4,1,2,13900000000,4,NULL,NULL,'13900000000');
INSERT INTO "rows" VALUES(5,2,3,13900000001,5,NULL,NULL,'13900000001');
INSERT INTO "rows" VALUES(6,3,4,13900000002,6,NULL,NULL,'13900000002');
INSERT INTO "rows" VALUES(7,4,5,13900000003,7,NULL,NULL,'13900000003');
INSERT INTO "rows" VALUES(8,5,6,13900000004,8,NULL,NULL,'13900000004');
INSERT INTO "rows" VALUES(9,6,7,13900000005,9,NULL,NULL,'13900000005');
INSERT INTO "rows" VALUES(10,1,NULL,13700000000,10,NULL,NULL,'13700000000');
INSERT INTO "rows" VALUES(11,1,NULL,13600000000,11,NULL,NULL,'13600000000');
CREATE TABLE turns (turn INTEGER NOT NULL);
INSERT INTO "turns" VALUES(7);
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
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('batches',4);
COMMIT;
PRAGMA user_version = 2;
PRAGMA application_id = 1803055981;
