CREATE TABLE IF NOT EXISTS {database}.retrain_steps_log
(
  id String COMMENT 'Hash of requestId, step, task and attempt or progress: the same again is a repeat.' CODEC(ZSTD),
  requestId String COMMENT 'The retrain request.' CODEC(ZSTD),
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  step LowCardinality(String) COMMENT 'The state the request is in.',
  task LowCardinality(String) COMMENT 'The work within the step, such as snapshot, split, train, compare or gate.',
  progress Float64 COMMENT 'How much of the step is done, 0–1.',
  figures Map(String, Float64) COMMENT 'Figures of the step by name, such as labels, labelsNeeded, rows or auc.',
  detail String COMMENT 'What happened, in a sentence.' CODEC(ZSTD),
  modelVersion LowCardinality(Nullable(String)) COMMENT 'The challenger, once there is one.',
  at DateTime64(3, 'UTC') COMMENT 'When, in ms since the epoch.' CODEC(DoubleDelta, ZSTD),
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.' CODEC(DoubleDelta, ZSTD),
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.' CODEC(DoubleDelta, ZSTD)
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(_appended_at)
ORDER BY (requestId, id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Storage of the topic retrain-steps: repeats are possible until they are merged away. Read the view retrain_steps.';

CREATE VIEW IF NOT EXISTS {database}.retrain_steps
(
  id String COMMENT 'Hash of requestId, step, task and attempt or progress: the same again is a repeat.',
  requestId String COMMENT 'The retrain request.',
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  step LowCardinality(String) COMMENT 'The state the request is in.',
  task LowCardinality(String) COMMENT 'The work within the step, such as snapshot, split, train, compare or gate.',
  progress Float64 COMMENT 'How much of the step is done, 0–1.',
  figures Map(String, Float64) COMMENT 'Figures of the step by name, such as labels, labelsNeeded, rows or auc.',
  detail String COMMENT 'What happened, in a sentence.',
  modelVersion LowCardinality(Nullable(String)) COMMENT 'The challenger, once there is one.',
  at DateTime64(3, 'UTC') COMMENT 'When, in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, requestId, kind, step, task, progress, figures, detail, modelVersion, at, _topic, _partition, _offset, _appended_at
FROM {database}.retrain_steps_log FINAL
COMMENT 'How retraining goes on, one row a step; repeats of an id are collapsed.';
