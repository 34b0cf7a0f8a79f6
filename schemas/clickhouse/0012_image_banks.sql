CREATE TABLE IF NOT EXISTS {database}.image_banks_log
(
  id String COMMENT 'Identifier of the entry.' CODEC(ZSTD),
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  type LowCardinality(String) COMMENT 'What the entry recognises.',
  name String COMMENT 'What people call it.' CODEC(ZSTD),
  hashes Array(String) COMMENT 'Perceptual hashes, packed as the format says. Here in base64.' CODEC(ZSTD),
  template String COMMENT 'The logo’s template, packed as the format says; empty for a picture. Here in base64.' CODEC(ZSTD),
  format LowCardinality(String) COMMENT 'Name and version of the packing of hashes and template.',
  image Nullable(String) COMMENT 'Ref of the image it was marked on.',
  box Tuple(x Nullable(Float64), y Nullable(Float64), width Nullable(Float64), height Nullable(Float64)) COMMENT 'Where on that image it was marked.',
  labelId Nullable(String) COMMENT 'The label it was made from.',
  weight Float64 COMMENT 'How strongly a match speaks for the kind, 0–1.',
  active Bool COMMENT 'Whether it is used.',
  by LowCardinality(String) COMMENT 'Who tagged it.',
  at DateTime64(3, 'UTC') COMMENT 'When it was tagged, in ms since the epoch.' CODEC(DoubleDelta, ZSTD),
  _deleted Bool COMMENT 'Whether the record removes its key: an empty value on the compacted topic.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.' CODEC(DoubleDelta, ZSTD),
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.' CODEC(DoubleDelta, ZSTD)
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(_appended_at)
ORDER BY (id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Storage of the topic image-banks: repeats are possible until they are merged away. Read the view image_banks.';

CREATE VIEW IF NOT EXISTS {database}.image_banks
(
  id String COMMENT 'Identifier of the entry.',
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  type LowCardinality(String) COMMENT 'What the entry recognises.',
  name String COMMENT 'What people call it.',
  hashes Array(String) COMMENT 'Perceptual hashes, packed as the format says.',
  template String COMMENT 'The logo’s template, packed as the format says; empty for a picture.',
  format LowCardinality(String) COMMENT 'Name and version of the packing of hashes and template.',
  image Nullable(String) COMMENT 'Ref of the image it was marked on.',
  box Tuple(x Nullable(Float64), y Nullable(Float64), width Nullable(Float64), height Nullable(Float64)) COMMENT 'Where on that image it was marked.',
  labelId Nullable(String) COMMENT 'The label it was made from.',
  weight Float64 COMMENT 'How strongly a match speaks for the kind, 0–1.',
  active Bool COMMENT 'Whether it is used.',
  by LowCardinality(String) COMMENT 'Who tagged it.',
  at DateTime64(3, 'UTC') COMMENT 'When it was tagged, in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, kind, type, name, arrayMap(hash -> base64Decode(hash), hashes) AS hashes, base64Decode(template) AS template, format, image, box, labelId, weight, active, by, at, _topic, _partition, _offset, _appended_at
FROM {database}.image_banks_log FINAL
WHERE NOT _deleted
COMMENT 'Tagged logos and pictures as they are now.';
