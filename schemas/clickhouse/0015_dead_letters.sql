CREATE TABLE IF NOT EXISTS {database}.dead_letters_log
(
  id String COMMENT 'Hash of where the record lay and the processor that could not use it: the same again is a repeat.' CODEC(ZSTD),
  code LowCardinality(String) COMMENT 'Why it could not be processed, as a code.',
  detail String COMMENT 'Why it could not be processed, in words.' CODEC(ZSTD),
  processor LowCardinality(String) COMMENT 'The processor that could not use it.',
  originTopic LowCardinality(String) COMMENT 'Full name of the topic it lay on.',
  originPartition Nullable(Int32) COMMENT 'Partition of that topic.',
  originOffset Nullable(Int64) COMMENT 'Offset on that partition.',
  key Nullable(String) COMMENT 'Its key, byte for byte in base64.',
  value Nullable(String) COMMENT 'Its value, byte for byte in base64; null if it had none.' CODEC(ZSTD(3)),
  headers Array(Tuple(name String, value Nullable(String))) COMMENT 'Its headers in order, byte for byte, values in base64, with those that say what went wrong.' CODEC(ZSTD),
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.' CODEC(DoubleDelta, ZSTD),
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.' CODEC(DoubleDelta, ZSTD)
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(_appended_at)
ORDER BY (originTopic, id)
TTL toDateTime(_appended_at) + INTERVAL 90 DAY DELETE
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1
COMMENT 'Storage of the topic dead-letters: repeats are possible until they are merged away. Read the view dead_letters.';

CREATE VIEW IF NOT EXISTS {database}.dead_letters
(
  id String COMMENT 'Hash of where the record lay and the processor that could not use it: the same again is a repeat.',
  code LowCardinality(String) COMMENT 'Why it could not be processed, as a code.',
  detail String COMMENT 'Why it could not be processed, in words.',
  processor LowCardinality(String) COMMENT 'The processor that could not use it.',
  originTopic LowCardinality(String) COMMENT 'Full name of the topic it lay on.',
  originPartition Nullable(Int32) COMMENT 'Partition of that topic.',
  originOffset Nullable(Int64) COMMENT 'Offset on that partition.',
  key Nullable(String) COMMENT 'Its key, byte for byte.',
  value Nullable(String) COMMENT 'Its value, byte for byte; null if it had none.',
  headers Array(Tuple(name String, value Nullable(String))) COMMENT 'Its headers in order, byte for byte, with those that say what went wrong.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, code, detail, processor, originTopic, originPartition, originOffset, base64Decode(key) AS key, base64Decode(value) AS value, arrayMap(header -> tuple(header.name, base64Decode(header.value)), headers) AS headers, _topic, _partition, _offset, _appended_at
FROM {database}.dead_letters_log FINAL
COMMENT 'Records that could not be processed, as they were, and why; repeats of an id are collapsed.';
