CREATE TABLE IF NOT EXISTS {database}.drift_reports_log
(
  id String COMMENT 'Hash of kind, feature, slice, method, referenceVersion and windowEnd: the same again is a repeat.' CODEC(ZSTD),
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  feature LowCardinality(String) COMMENT 'The feature watched.',
  slice LowCardinality(String) COMMENT 'The slice of the content it was watched on; all is everything.',
  windowStart DateTime64(3, 'UTC') COMMENT 'Start of the window in event time, in ms since the epoch.' CODEC(DoubleDelta, ZSTD),
  windowEnd DateTime64(3, 'UTC') COMMENT 'End of the window in event time, exclusive, in ms since the epoch.' CODEC(DoubleDelta, ZSTD),
  method LowCardinality(String) COMMENT 'The method, such as adwin, e-detector, psi, ks, js, wasserstein, chi-square, word-bayes-factor or cbpe.',
  statistic Float64 COMMENT 'The method’s statistic.',
  threshold Float64 COMMENT 'What the statistic is compared with.',
  pValue Nullable(Float64) COMMENT 'p-value, where the method has one.',
  eValue Nullable(Float64) COMMENT 'e-value (evidence against no change), where the method has one.',
  effect Nullable(Float64) COMMENT 'Size of the change, in the unit the method documents.',
  effectLow Nullable(Float64) COMMENT 'Lower end of the 95 % interval of the effect.',
  effectHigh Nullable(Float64) COMMENT 'Upper end of the 95 % interval of the effect.',
  drifted Bool COMMENT 'Whether this is an alarm.',
  finding LowCardinality(Nullable(String)) COMMENT 'A word for findings that are not plain drift, such as DOMAIN_GAP (a new platform differs from the training data) or CLASS_SHARE.',
  count Int64 COMMENT 'Records in the window.',
  modelVersion LowCardinality(String) COMMENT 'The champion at the time.',
  referenceVersion LowCardinality(String) COMMENT 'The reference compared with.',
  changedAt Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when it has been so, as the method estimates it, in ms since the epoch.',
  contributors Array(Tuple(name String, weight Float64, count Int64, expected Nullable(Float64), contentIds Array(String))) COMMENT 'What drove the change, heaviest first.' CODEC(ZSTD),
  at DateTime64(3, 'UTC') COMMENT 'When it was found, in stream time, in ms since the epoch.' CODEC(DoubleDelta, ZSTD),
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.' CODEC(DoubleDelta, ZSTD),
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.' CODEC(DoubleDelta, ZSTD)
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(_appended_at)
ORDER BY (kind, windowEnd, feature, id)
TTL toDateTime(_appended_at) + INTERVAL 1095 DAY DELETE
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1
COMMENT 'Storage of the topic drift-reports: repeats are possible until they are merged away. Read the view drift_reports.';

CREATE VIEW IF NOT EXISTS {database}.drift_reports
(
  id String COMMENT 'Hash of kind, feature, slice, method, referenceVersion and windowEnd: the same again is a repeat.',
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  feature LowCardinality(String) COMMENT 'The feature watched.',
  slice LowCardinality(String) COMMENT 'The slice of the content it was watched on; all is everything.',
  windowStart DateTime64(3, 'UTC') COMMENT 'Start of the window in event time, in ms since the epoch.',
  windowEnd DateTime64(3, 'UTC') COMMENT 'End of the window in event time, exclusive, in ms since the epoch.',
  method LowCardinality(String) COMMENT 'The method, such as adwin, e-detector, psi, ks, js, wasserstein, chi-square, word-bayes-factor or cbpe.',
  statistic Float64 COMMENT 'The method’s statistic.',
  threshold Float64 COMMENT 'What the statistic is compared with.',
  pValue Nullable(Float64) COMMENT 'p-value, where the method has one.',
  eValue Nullable(Float64) COMMENT 'e-value (evidence against no change), where the method has one.',
  effect Nullable(Float64) COMMENT 'Size of the change, in the unit the method documents.',
  effectLow Nullable(Float64) COMMENT 'Lower end of the 95 % interval of the effect.',
  effectHigh Nullable(Float64) COMMENT 'Upper end of the 95 % interval of the effect.',
  drifted Bool COMMENT 'Whether this is an alarm.',
  finding LowCardinality(Nullable(String)) COMMENT 'A word for findings that are not plain drift, such as DOMAIN_GAP (a new platform differs from the training data) or CLASS_SHARE.',
  count Int64 COMMENT 'Records in the window.',
  modelVersion LowCardinality(String) COMMENT 'The champion at the time.',
  referenceVersion LowCardinality(String) COMMENT 'The reference compared with.',
  changedAt Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when it has been so, as the method estimates it, in ms since the epoch.',
  contributors Array(Tuple(name String, weight Float64, count Int64, expected Nullable(Float64), contentIds Array(String))) COMMENT 'What drove the change, heaviest first.',
  at DateTime64(3, 'UTC') COMMENT 'When it was found, in stream time, in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, kind, feature, slice, windowStart, windowEnd, method, statistic, threshold, pValue, eValue, effect, effectLow, effectHigh, drifted, finding, count, modelVersion, referenceVersion, changedAt, contributors, at, _topic, _partition, _offset, _appended_at
FROM {database}.drift_reports_log FINAL
COMMENT 'What the drift detectors found; repeats of an id are collapsed.';
