-- What a lawful order erases is found by the act that tells of a look, and by who looked.
CREATE INDEX ask_reads_act ON ask_reads (act);
CREATE INDEX ask_reads_account ON ask_reads (account);
