-- The looks of a deferral are listed in their order.
DROP INDEX ask_reads_deferral;
CREATE INDEX ask_reads_deferral ON ask_reads (deferral, id);
