CREATE TABLE IF NOT EXISTS {database}.automation_log
(
  id String COMMENT 'Hash of kind, paused, by and at: the same again is a repeat.' CODEC(ZSTD),
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  paused Bool COMMENT 'Whether nothing is trained or promoted from now on but by hand.',
  reason String COMMENT 'Why, in a sentence.' CODEC(ZSTD),
  by LowCardinality(String) COMMENT 'Who said so.',
  at DateTime64(3, 'UTC') COMMENT 'When, in ms since the epoch.' CODEC(DoubleDelta, ZSTD),
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.' CODEC(DoubleDelta, ZSTD),
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.' CODEC(DoubleDelta, ZSTD)
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(_appended_at)
ORDER BY (kind, id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Storage of the topic automation: repeats are possible until they are merged away. Read the view automation.';

CREATE VIEW IF NOT EXISTS {database}.automation
(
  id String COMMENT 'Hash of kind, paused, by and at: the same again is a repeat.',
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  paused Bool COMMENT 'Whether nothing is trained or promoted from now on but by hand.',
  reason String COMMENT 'Why, in a sentence.',
  by LowCardinality(String) COMMENT 'Who said so.',
  at DateTime64(3, 'UTC') COMMENT 'When, in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, kind, paused, reason, by, at, _topic, _partition, _offset, _appended_at
FROM {database}.automation_log FINAL
COMMENT 'Kinds whose training and promotion were paused or resumed, one row each time.';
