CREATE TABLE IF NOT EXISTS {database}.model_promotions_log
(
  id String COMMENT 'Hash of kind, alias, version, previous and at: the same again is a repeat.' CODEC(ZSTD),
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  alias LowCardinality(String) COMMENT 'The alias that moves.',
  version String COMMENT 'The version it moves to; empty takes the alias away (a challenger that ends).' CODEC(ZSTD),
  artifact String COMMENT 'Where the model folder is, as a file: or s3: URL.' CODEC(ZSTD),
  digest String COMMENT 'Digest of the artefact as its manifest states it, checked before use.' CODEC(ZSTD),
  previous Nullable(String) COMMENT 'The version the alias was on; null for the first.',
  share Float64 COMMENT 'Share of the traffic it answers, 0–1; below 1 is a canary.',
  reason String COMMENT 'Why, in a sentence.' CODEC(ZSTD),
  requestId Nullable(String) COMMENT 'The retrain request it comes from, if any.',
  by LowCardinality(String) COMMENT 'Who moved it: a job’s name, or a person’s.',
  at DateTime64(3, 'UTC') COMMENT 'When, in ms since the epoch.' CODEC(DoubleDelta, ZSTD),
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.' CODEC(DoubleDelta, ZSTD),
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.' CODEC(DoubleDelta, ZSTD)
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(_appended_at)
ORDER BY (kind, at, id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Storage of the topic model-promotions: repeats are possible until they are merged away. Read the view model_promotions.';

CREATE VIEW IF NOT EXISTS {database}.model_promotions
(
  id String COMMENT 'Hash of kind, alias, version, previous and at: the same again is a repeat.',
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  alias LowCardinality(String) COMMENT 'The alias that moves.',
  version String COMMENT 'The version it moves to; empty takes the alias away (a challenger that ends).',
  artifact String COMMENT 'Where the model folder is, as a file: or s3: URL.',
  digest String COMMENT 'Digest of the artefact as its manifest states it, checked before use.',
  previous Nullable(String) COMMENT 'The version the alias was on; null for the first.',
  share Float64 COMMENT 'Share of the traffic it answers, 0–1; below 1 is a canary.',
  reason String COMMENT 'Why, in a sentence.',
  requestId Nullable(String) COMMENT 'The retrain request it comes from, if any.',
  by LowCardinality(String) COMMENT 'Who moved it: a job’s name, or a person’s.',
  at DateTime64(3, 'UTC') COMMENT 'When, in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, kind, alias, version, artifact, digest, previous, share, reason, requestId, by, at, _topic, _partition, _offset, _appended_at
FROM {database}.model_promotions_log FINAL
COMMENT 'The history of which model version each alias was on; repeats of an id are collapsed.';
