-- Acts whose content was erased by a lawful order: by which act, which lists their leaves, and under which
-- document. A content that is gone without a row here was taken away by nobody who may.
CREATE TABLE ledger_erased (
    act_id TEXT NOT NULL PRIMARY KEY,
    by_act TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX ledger_erased_by ON ledger_erased (by_act);
