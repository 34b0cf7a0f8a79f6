CREATE TABLE IF NOT EXISTS {database}.draft_outcomes_log
(
  draftId String COMMENT 'Identifier of the draft, made up by the client; one outcome per draft.' CODEC(ZSTD),
  contentId Nullable(String) COMMENT 'The content it became, where it was posted and the client knows.',
  outcome LowCardinality(String) COMMENT 'What became of the draft.',
  nicenessFirst Nullable(Float64) COMMENT 'Niceness first shown to the author, 0–10; null if none was shown.',
  nicenessLast Nullable(Float64) COMMENT 'Niceness last shown to the author, 0–10; null if none was shown.',
  edits Int32 COMMENT 'How many times the text changed after the first score was shown.',
  modelVersion LowCardinality(String) COMMENT 'Version of the niceness model that gave the last score; empty if none was shown.',
  at DateTime64(3, 'UTC') COMMENT 'When the author decided (event time), in ms since the epoch.' CODEC(DoubleDelta, ZSTD),
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.' CODEC(DoubleDelta, ZSTD),
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.' CODEC(DoubleDelta, ZSTD)
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(_appended_at)
ORDER BY (draftId)
TTL toDateTime(_appended_at) + INTERVAL 1095 DAY DELETE
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1
COMMENT 'Storage of the topic draft-outcomes: repeats are possible until they are merged away. Read the view draft_outcomes.';

CREATE VIEW IF NOT EXISTS {database}.draft_outcomes
(
  draftId String COMMENT 'Identifier of the draft, made up by the client; one outcome per draft.',
  contentId Nullable(String) COMMENT 'The content it became, where it was posted and the client knows.',
  outcome LowCardinality(String) COMMENT 'What became of the draft.',
  nicenessFirst Nullable(Float64) COMMENT 'Niceness first shown to the author, 0–10; null if none was shown.',
  nicenessLast Nullable(Float64) COMMENT 'Niceness last shown to the author, 0–10; null if none was shown.',
  edits Int32 COMMENT 'How many times the text changed after the first score was shown.',
  modelVersion LowCardinality(String) COMMENT 'Version of the niceness model that gave the last score; empty if none was shown.',
  at DateTime64(3, 'UTC') COMMENT 'When the author decided (event time), in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT draftId, contentId, outcome, nicenessFirst, nicenessLast, edits, modelVersion, at, _topic, _partition, _offset, _appended_at
FROM {database}.draft_outcomes_log FINAL
COMMENT 'What authors did with drafts after seeing a score: one row a draft, never its text.';
