CREATE TABLE IF NOT EXISTS {database}.votes_log
(
  id String COMMENT 'Identifier of this vote; the same again is taken as a repeat. Where it is left empty, Nicr derives one from topic, partition and offset.' CODEC(ZSTD),
  contentId String COMMENT 'The content that was voted on.' CODEC(ZSTD),
  revision Nullable(Int32) COMMENT 'The revision the voter saw, if known.',
  voter String COMMENT 'Identifier of the voter on the platform; a later vote by the same voter replaces the earlier one.' CODEC(ZSTD),
  accountSince Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the voter has had the account, in ms since the epoch: votes of fresh accounts count less.',
  value Int32 COMMENT '1 for up, -1 for down, 0 for a vote taken back.',
  at DateTime64(3, 'UTC') COMMENT 'When the vote was cast (event time), in ms since the epoch.' CODEC(DoubleDelta, ZSTD),
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.' CODEC(DoubleDelta, ZSTD),
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.' CODEC(DoubleDelta, ZSTD)
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(_appended_at)
ORDER BY (contentId, id)
TTL toDateTime(_appended_at) + INTERVAL 1095 DAY DELETE
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1
COMMENT 'Storage of the topic votes: repeats are possible until they are merged away. Read the view votes.';

CREATE VIEW IF NOT EXISTS {database}.votes
(
  id String COMMENT 'Identifier of this vote; the same again is taken as a repeat. Where it is left empty, Nicr derives one from topic, partition and offset.',
  contentId String COMMENT 'The content that was voted on.',
  revision Nullable(Int32) COMMENT 'The revision the voter saw, if known.',
  voter String COMMENT 'Identifier of the voter on the platform; a later vote by the same voter replaces the earlier one.',
  accountSince Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the voter has had the account, in ms since the epoch: votes of fresh accounts count less.',
  value Int32 COMMENT '1 for up, -1 for down, 0 for a vote taken back.',
  at DateTime64(3, 'UTC') COMMENT 'When the vote was cast (event time), in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, contentId, revision, voter, accountSince, value, at, _topic, _partition, _offset, _appended_at
FROM {database}.votes_log FINAL
COMMENT 'Every vote as it was cast; repeats of an id are collapsed.';

CREATE VIEW IF NOT EXISTS {database}.current_votes
(
  id String COMMENT 'Identifier of this vote; the same again is taken as a repeat. Where it is left empty, Nicr derives one from topic, partition and offset.',
  contentId String COMMENT 'The content that was voted on.',
  revision Nullable(Int32) COMMENT 'The revision the voter saw, if known.',
  voter String COMMENT 'Identifier of the voter on the platform; a later vote by the same voter replaces the earlier one.',
  accountSince Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the voter has had the account, in ms since the epoch: votes of fresh accounts count less.',
  value Int32 COMMENT '1 for up, -1 for down, 0 for a vote taken back.',
  at DateTime64(3, 'UTC') COMMENT 'When the vote was cast (event time), in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, contentId, revision, voter, accountSince, value, at, _topic, _partition, _offset, _appended_at
FROM
(
  SELECT *, row_number() OVER (PARTITION BY contentId, voter ORDER BY _offset DESC) AS _rank
  FROM {database}.votes_log
)
WHERE _rank = 1 AND value != 0
COMMENT 'Votes that stand: the last of each voter on each content, without those taken back.';
