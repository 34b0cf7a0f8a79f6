CREATE TABLE IF NOT EXISTS {database}.content_log
(
  id String COMMENT 'Identifier of the post or comment, unique on the platform. Where it is left empty, Nicr derives one from topic, partition and offset.' CODEC(ZSTD),
  kind LowCardinality(String) COMMENT 'Whether it is a post or a comment.',
  action LowCardinality(String) COMMENT 'What happened to it. A deletion needs neither text nor images; its revision should lie above the last.',
  revision Int32 COMMENT 'Counts the versions of this content upwards; the highest wins, however late the others arrive. Platforms that do not count leave 0: then the later record wins.',
  author String COMMENT 'Identifier of the author on the platform, a pseudonym if you like: Nicr only compares it.' CODEC(ZSTD),
  authorSince Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the author has had the account, in ms since the epoch.',
  thread Nullable(String) COMMENT 'Identifier of the thread or conversation it belongs to.',
  parent Nullable(String) COMMENT 'Identifier of the content it replies to.',
  language LowCardinality(Nullable(String)) COMMENT 'Language stated by the platform as a BCP 47 tag, such as en or pt-BR; without it, it is detected.',
  text String COMMENT 'The text as the author wrote it. Offsets of reasons count its UTF-16 code units.' CODEC(ZSTD(3)),
  images Array(Tuple(ref String, sha256 Nullable(String), mimeType Nullable(String))) COMMENT 'Images of the content, in the order shown.' CODEC(ZSTD),
  at DateTime64(3, 'UTC') COMMENT 'When it happened on the platform (event time), in ms since the epoch.' CODEC(DoubleDelta, ZSTD),
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.' CODEC(DoubleDelta, ZSTD),
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.' CODEC(DoubleDelta, ZSTD)
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(_appended_at)
ORDER BY (id, revision, action)
TTL toDateTime(_appended_at) + INTERVAL 1095 DAY DELETE
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1
COMMENT 'Storage of the topic content: repeats are possible until they are merged away. Read the view content.';

CREATE VIEW IF NOT EXISTS {database}.content
(
  id String COMMENT 'Identifier of the post or comment, unique on the platform. Where it is left empty, Nicr derives one from topic, partition and offset.',
  kind LowCardinality(String) COMMENT 'Whether it is a post or a comment.',
  action LowCardinality(String) COMMENT 'What happened to it. A deletion needs neither text nor images; its revision should lie above the last.',
  revision Int32 COMMENT 'Counts the versions of this content upwards; the highest wins, however late the others arrive. Platforms that do not count leave 0: then the later record wins.',
  author String COMMENT 'Identifier of the author on the platform, a pseudonym if you like: Nicr only compares it.',
  authorSince Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the author has had the account, in ms since the epoch.',
  thread Nullable(String) COMMENT 'Identifier of the thread or conversation it belongs to.',
  parent Nullable(String) COMMENT 'Identifier of the content it replies to.',
  language LowCardinality(Nullable(String)) COMMENT 'Language stated by the platform as a BCP 47 tag, such as en or pt-BR; without it, it is detected.',
  text String COMMENT 'The text as the author wrote it. Offsets of reasons count its UTF-16 code units.',
  images Array(Tuple(ref String, sha256 Nullable(String), mimeType Nullable(String))) COMMENT 'Images of the content, in the order shown.',
  at DateTime64(3, 'UTC') COMMENT 'When it happened on the platform (event time), in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, kind, action, revision, author, authorSince, thread, parent, language, text, images, at, _topic, _partition, _offset, _appended_at
FROM
(
  SELECT *, row_number() OVER (PARTITION BY id ORDER BY revision DESC, _offset DESC) AS _rank
  FROM {database}.content_log
)
WHERE _rank = 1 AND action != 'DELETED'
COMMENT 'Posts and comments as they are now: the highest revision of each, then the highest offset. Deleted content is left out.';

CREATE VIEW IF NOT EXISTS {database}.content_history
(
  id String COMMENT 'Identifier of the post or comment, unique on the platform. Where it is left empty, Nicr derives one from topic, partition and offset.',
  kind LowCardinality(String) COMMENT 'Whether it is a post or a comment.',
  action LowCardinality(String) COMMENT 'What happened to it. A deletion needs neither text nor images; its revision should lie above the last.',
  revision Int32 COMMENT 'Counts the versions of this content upwards; the highest wins, however late the others arrive. Platforms that do not count leave 0: then the later record wins.',
  author String COMMENT 'Identifier of the author on the platform, a pseudonym if you like: Nicr only compares it.',
  authorSince Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when the author has had the account, in ms since the epoch.',
  thread Nullable(String) COMMENT 'Identifier of the thread or conversation it belongs to.',
  parent Nullable(String) COMMENT 'Identifier of the content it replies to.',
  language LowCardinality(Nullable(String)) COMMENT 'Language stated by the platform as a BCP 47 tag, such as en or pt-BR; without it, it is detected.',
  text String COMMENT 'The text as the author wrote it. Offsets of reasons count its UTF-16 code units.',
  images Array(Tuple(ref String, sha256 Nullable(String), mimeType Nullable(String))) COMMENT 'Images of the content, in the order shown.',
  at DateTime64(3, 'UTC') COMMENT 'When it happened on the platform (event time), in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, kind, action, revision, author, authorSince, thread, parent, language, text, images, at, _topic, _partition, _offset, _appended_at
FROM {database}.content_log FINAL
COMMENT 'Every revision of posts and comments, deletions included; repeats of a revision are collapsed.';
