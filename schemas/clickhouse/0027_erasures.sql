CREATE TABLE IF NOT EXISTS {database}.erasures_log
(
  id String COMMENT 'Hash of person, at and part: the same again is a repeat.' CODEC(ZSTD),
  person String COMMENT 'SHA-256 of the person’s identifier on the platform, in lower-case hexadecimal.' CODEC(ZSTD),
  part Int32 COMMENT 'Counts the records of one erasure, from 0: one holds 20,000 contents at most.',
  contents Array(String) COMMENT 'What the person wrote or sent, as the first 16 hexadecimal digits of the SHA-256 of each identifier.' CODEC(ZSTD),
  dataSets Array(String) COMMENT 'Data sets that held rows of the person, as kind/hash: model versions that learned from them can be named later.',
  rows Int64 COMMENT 'Rows that were found in ClickHouse, of all tables.',
  by LowCardinality(String) COMMENT 'Who ran the command.',
  at DateTime64(3, 'UTC') COMMENT 'When, in ms since the epoch: what was appended until then is erased, what comes later is not.' CODEC(DoubleDelta, ZSTD),
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.' CODEC(DoubleDelta, ZSTD),
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.' CODEC(DoubleDelta, ZSTD)
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(_appended_at)
ORDER BY (person, id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Storage of the topic erasures: repeats are possible until they are merged away. Read the view erasures.';

CREATE VIEW IF NOT EXISTS {database}.erasures
(
  id String COMMENT 'Hash of person, at and part: the same again is a repeat.',
  person String COMMENT 'SHA-256 of the person’s identifier on the platform, in lower-case hexadecimal.',
  part Int32 COMMENT 'Counts the records of one erasure, from 0: one holds 20,000 contents at most.',
  contents Array(String) COMMENT 'What the person wrote or sent, as the first 16 hexadecimal digits of the SHA-256 of each identifier.',
  dataSets Array(String) COMMENT 'Data sets that held rows of the person, as kind/hash: model versions that learned from them can be named later.',
  rows Int64 COMMENT 'Rows that were found in ClickHouse, of all tables.',
  by LowCardinality(String) COMMENT 'Who ran the command.',
  at DateTime64(3, 'UTC') COMMENT 'When, in ms since the epoch: what was appended until then is erased, what comes later is not.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, person, part, contents, dataSets, rows, by, at, _topic, _partition, _offset, _appended_at
FROM {database}.erasures_log FINAL
COMMENT 'Who was erased and when, as hashes, one row for each part.';
