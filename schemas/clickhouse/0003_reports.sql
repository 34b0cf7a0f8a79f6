CREATE TABLE IF NOT EXISTS {database}.reports_log
(
  id String COMMENT 'Identifier of this report; the same again is taken as a repeat. Where it is left empty, Nicr derives one from topic, partition and offset.' CODEC(ZSTD),
  contentId Nullable(String) COMMENT 'The content reported; empty for a draft.',
  draftId Nullable(String) COMMENT 'The draft whose score is said to be wrong; empty for published content.',
  revision Nullable(Int32) COMMENT 'The revision the reporter saw, if known.',
  reporter String COMMENT 'Identifier of the person who reports, on the platform.' CODEC(ZSTD),
  accountSince Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the reporter has had the account, in ms since the epoch: reports of fresh accounts count less.',
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity. The score of this kind is contested.',
  expected Nullable(Float64) COMMENT 'The value the reporter expects, on the kind’s own scale: niceness 0–10, spam and toxicity 0–1.',
  seenScore Tuple(value Nullable(Float64), modelVersion LowCardinality(Nullable(String))) COMMENT 'The score the reporter saw.',
  text Nullable(String) COMMENT 'The text of a draft, only where its author chose to send it; null for published content.' CODEC(ZSTD(3)),
  note Nullable(String) COMMENT 'What the reporter wrote about it.',
  at DateTime64(3, 'UTC') COMMENT 'When it was reported (event time), in ms since the epoch.' CODEC(DoubleDelta, ZSTD),
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.' CODEC(DoubleDelta, ZSTD),
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.' CODEC(DoubleDelta, ZSTD)
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(_appended_at)
ORDER BY (kind, id)
TTL toDateTime(_appended_at) + INTERVAL 1095 DAY DELETE
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1
COMMENT 'Storage of the topic reports: repeats are possible until they are merged away. Read the view reports.';

CREATE VIEW IF NOT EXISTS {database}.reports
(
  id String COMMENT 'Identifier of this report; the same again is taken as a repeat. Where it is left empty, Nicr derives one from topic, partition and offset.',
  contentId Nullable(String) COMMENT 'The content reported; empty for a draft.',
  draftId Nullable(String) COMMENT 'The draft whose score is said to be wrong; empty for published content.',
  revision Nullable(Int32) COMMENT 'The revision the reporter saw, if known.',
  reporter String COMMENT 'Identifier of the person who reports, on the platform.',
  accountSince Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the reporter has had the account, in ms since the epoch: reports of fresh accounts count less.',
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity. The score of this kind is contested.',
  expected Nullable(Float64) COMMENT 'The value the reporter expects, on the kind’s own scale: niceness 0–10, spam and toxicity 0–1.',
  seenScore Tuple(value Nullable(Float64), modelVersion LowCardinality(Nullable(String))) COMMENT 'The score the reporter saw.',
  text Nullable(String) COMMENT 'The text of a draft, only where its author chose to send it; null for published content.',
  note Nullable(String) COMMENT 'What the reporter wrote about it.',
  at DateTime64(3, 'UTC') COMMENT 'When it was reported (event time), in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, contentId, draftId, revision, reporter, accountSince, kind, expected, seenScore, text, note, at, _topic, _partition, _offset, _appended_at
FROM {database}.reports_log FINAL
COMMENT 'Contested scores and reported content; repeats of an id are collapsed.';
