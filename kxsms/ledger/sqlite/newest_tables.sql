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
    unknown INTEGER NOT NULL DEFAULT 0 ,
    delivered INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    replies INTEGER NOT NULL DEFAULT 0,
    shown_turn INTEGER NOT NULL DEFAULT 0,
    superseded_by TEXT,
    origin TEXT,
    opted_out INTEGER NOT NULL DEFAULT 0,
    capped INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0,
    scheduled_for REAL,
    due REAL,
    waits TEXT,
    terms TEXT NOT NULL DEFAULT '{}',
    price TEXT,
    is_test INTEGER NOT NULL DEFAULT 0,
    text TEXT,
    pruned REAL);
CREATE INDEX batches_fingerprint ON batches (fingerprint);
CREATE INDEX batches_source_key ON batches (source_key) WHERE source_key IS NOT NULL;
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
CREATE INDEX rows_mobile ON rows (mobile) WHERE request IS NOT NULL;
CREATE TABLE turns (turn INTEGER NOT NULL);
INSERT INTO turns VALUES (0);
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
    content TEXT NOT NULL ,
    reported INTEGER NOT NULL DEFAULT 0,
    compared TEXT,
    guessed TEXT);
CREATE INDEX requests_bad ON requests (batch, state, code, message, recipients) WHERE state IN ('rejected', 'not_sent', 'unknown');
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
CREATE INDEX requests_task ON requests (task_id) WHERE task_id IS NOT NULL;
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
    tried TEXT ,
    origin TEXT,
    is_old INTEGER NOT NULL DEFAULT 0,
    spelling TEXT);
CREATE INDEX answers_unread ON answers (kind, account) WHERE state != 'read';
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
    waiting INTEGER NOT NULL DEFAULT 0 ,
    runner INTEGER,
    tries INTEGER NOT NULL DEFAULT 0);
CREATE INDEX records_mobile ON records (mobile);
CREATE INDEX records_unmatched ON records (moment) WHERE row IS NULL AND kind = 'report';
CREATE INDEX records_batch ON records (batch) WHERE batch IS NOT NULL;
CREATE INDEX records_row ON records (row) WHERE row IS NOT NULL;
CREATE INDEX records_waiting ON records (id) WHERE waiting;
CREATE TABLE deliveries (
    row INTEGER PRIMARY KEY,
    batch INTEGER NOT NULL,
    state TEXT NOT NULL,
    status TEXT,
    time TEXT,
    seconds REAL
);
CREATE INDEX deliveries_batch ON deliveries (batch, state, status, seconds);
CREATE INDEX batches_hidden ON batches (id) WHERE NOT ready;
CREATE INDEX batches_open ON batches (id) WHERE finished IS NULL;
CREATE INDEX batches_sending ON batches (id) WHERE sending > 0;
CREATE INDEX batches_turn ON batches (last_turn);
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
CREATE INDEX requests_reported ON requests (task_id) WHERE reported;
CREATE INDEX records_task ON records (task_id) WHERE row IS NULL AND kind = 'report';
CREATE TABLE unshown (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    origin TEXT,
    account TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    receiver INTEGER
);
CREATE TABLE runners (
    receiver INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    origin TEXT,
    account TEXT NOT NULL
);
CREATE TABLE receivers (
    number INTEGER PRIMARY KEY,
    host TEXT NOT NULL,
    boot TEXT NOT NULL,
    pid_namespace TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started TEXT NOT NULL,
    lock_device TEXT NOT NULL,
    lock_inode TEXT NOT NULL
);
CREATE TABLE spellings (
    account TEXT NOT NULL,
    spelling TEXT NOT NULL,
    PRIMARY KEY (account, spelling)
);
CREATE TABLE opt_outs (
    mobile INTEGER NOT NULL,
    origin TEXT NOT NULL,
    account TEXT NOT NULL,
    number INTEGER NOT NULL,
    since REAL NOT NULL,
    source TEXT NOT NULL,
    reason TEXT,
    record INTEGER,
    removed REAL,
    PRIMARY KEY (mobile, origin, account)
) WITHOUT ROWID;
CREATE INDEX opt_outs_number ON opt_outs (number);
CREATE INDEX batches_due ON batches (due) WHERE due IS NOT NULL;
CREATE TABLE billed (
    origin TEXT NOT NULL,
    account TEXT NOT NULL,
    product TEXT NOT NULL,
    day TEXT NOT NULL,
    segments INTEGER NOT NULL,
    PRIMARY KEY (origin, account, product, day)
) WITHOUT ROWID;
CREATE TABLE pruning (
    batch INTEGER PRIMARY KEY,
    first_row INTEGER NOT NULL,
    last_row INTEGER NOT NULL,
    first_request INTEGER NOT NULL,
    last_request INTEGER NOT NULL
);
CREATE TABLE outcomes (batch INTEGER PRIMARY KEY, outcome TEXT NOT NULL);
CREATE TABLE pruned_figures (
    batch INTEGER NOT NULL,
    code TEXT,
    recipients INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    segments INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    replies INTEGER NOT NULL,
    opted_out INTEGER NOT NULL
);
CREATE INDEX pruned_figures_batch ON pruned_figures (batch);
CREATE INDEX opt_outs_record ON opt_outs (record) WHERE record IS NOT NULL;
CREATE TABLE last_record (id INTEGER NOT NULL);
INSERT INTO last_record VALUES (0);
CREATE TABLE forgetting_key (key BLOB NOT NULL);
CREATE TABLE forgotten (pseudonym INTEGER PRIMARY KEY, since REAL NOT NULL);
CREATE TABLE sealed (since REAL NOT NULL, state TEXT NOT NULL, place TEXT NOT NULL, copy TEXT NOT NULL)
