CREATE TABLE IF NOT EXISTS {database}.retrain_requests_log
(
  id String COMMENT 'Hash of kind, policy, modelVersion and the evidence: the same again is a repeat.' CODEC(ZSTD),
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  policy LowCardinality(String) COMMENT 'The declared policy that asked, or manual.',
  reason String COMMENT 'Why, in a sentence.' CODEC(ZSTD),
  evidence Array(Tuple(source LowCardinality(String), ref Nullable(String), feature LowCardinality(Nullable(String)), value Nullable(Float64), threshold Nullable(Float64), detail String)) COMMENT 'What speaks for it.' CODEC(ZSTD),
  modelVersion LowCardinality(String) COMMENT 'The champion that should be replaced.',
  by LowCardinality(String) COMMENT 'Who asked: a processor’s name, or a person’s.',
  requestedAt DateTime64(3, 'UTC') COMMENT 'When it was asked, in ms since the epoch.' CODEC(DoubleDelta, ZSTD),
  expiresAt Nullable(DateTime64(3, 'UTC')) COMMENT 'When it lapses if too few labels arrive, in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.' CODEC(DoubleDelta, ZSTD),
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.' CODEC(DoubleDelta, ZSTD)
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(_appended_at)
ORDER BY (kind, id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Storage of the topic retrain-requests: repeats are possible until they are merged away. Read the view retrain_requests.';

CREATE VIEW IF NOT EXISTS {database}.retrain_requests
(
  id String COMMENT 'Hash of kind, policy, modelVersion and the evidence: the same again is a repeat.',
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  policy LowCardinality(String) COMMENT 'The declared policy that asked, or manual.',
  reason String COMMENT 'Why, in a sentence.',
  evidence Array(Tuple(source LowCardinality(String), ref Nullable(String), feature LowCardinality(Nullable(String)), value Nullable(Float64), threshold Nullable(Float64), detail String)) COMMENT 'What speaks for it.',
  modelVersion LowCardinality(String) COMMENT 'The champion that should be replaced.',
  by LowCardinality(String) COMMENT 'Who asked: a processor’s name, or a person’s.',
  requestedAt DateTime64(3, 'UTC') COMMENT 'When it was asked, in ms since the epoch.',
  expiresAt Nullable(DateTime64(3, 'UTC')) COMMENT 'When it lapses if too few labels arrive, in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, kind, policy, reason, evidence, modelVersion, by, requestedAt, expiresAt, _topic, _partition, _offset, _appended_at
FROM {database}.retrain_requests_log FINAL
COMMENT 'Kinds that should be trained anew, with the evidence; repeats of an id are collapsed.';
