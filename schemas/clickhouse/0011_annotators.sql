CREATE TABLE IF NOT EXISTS {database}.annotators_log
(
  annotator String COMMENT 'Name of the person’s label key.' CODEC(ZSTD),
  queues Array(String) COMMENT 'Model kinds the person tags.' CODEC(ZSTD),
  active Bool COMMENT 'Whether work is given to the person.',
  seenAt Nullable(DateTime64(3, 'UTC')) COMMENT 'When the person was last seen tagging, in ms since the epoch.',
  at DateTime64(3, 'UTC') COMMENT 'When this was written, in ms since the epoch.' CODEC(DoubleDelta, ZSTD),
  _deleted Bool COMMENT 'Whether the record removes its key: an empty value on the compacted topic.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.' CODEC(DoubleDelta, ZSTD),
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.' CODEC(DoubleDelta, ZSTD)
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(_appended_at)
ORDER BY (annotator)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Storage of the topic annotators: repeats are possible until they are merged away. Read the view annotators.';

CREATE VIEW IF NOT EXISTS {database}.annotators
(
  annotator String COMMENT 'Name of the person’s label key.',
  queues Array(String) COMMENT 'Model kinds the person tags.',
  active Bool COMMENT 'Whether work is given to the person.',
  seenAt Nullable(DateTime64(3, 'UTC')) COMMENT 'When the person was last seen tagging, in ms since the epoch.',
  at DateTime64(3, 'UTC') COMMENT 'When this was written, in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT annotator, queues, active, seenAt, at, _topic, _partition, _offset, _appended_at
FROM {database}.annotators_log FINAL
WHERE NOT _deleted
COMMENT 'The roster of taggers as it is now.';
