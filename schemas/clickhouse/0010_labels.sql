CREATE TABLE IF NOT EXISTS {database}.labels_log
(
  id String COMMENT 'Identifier of this label; the same again replaces it.' CODEC(ZSTD),
  sampleId Nullable(String) COMMENT 'The sample it answers, if any.',
  contentId String COMMENT 'The content tagged.' CODEC(ZSTD),
  revision Int32 COMMENT 'The revision tagged.',
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  value Float64 COMMENT 'The answer on the kind’s own scale: niceness 0–10, spam and toxicity 0 or 1.',
  boxes Array(Tuple(image String, x Float64, y Float64, width Float64, height Float64, name Nullable(String))) COMMENT 'Rectangles drawn around logos and the like.' CODEC(ZSTD),
  labeller LowCardinality(String) COMMENT 'Who said so: the name of a label key, or of an import.',
  origin LowCardinality(String) COMMENT 'How it came: page, import, adjudication or api.',
  guidelineVersion LowCardinality(String) COMMENT 'Version of the guideline the person had.',
  seconds Nullable(Float64) COMMENT 'Time from showing to answering, in seconds.',
  modelShown Bool COMMENT 'Whether the person saw the model’s answer first.',
  withdrawn Bool COMMENT 'Whether the person took it back.',
  at DateTime64(3, 'UTC') COMMENT 'When the person answered (event time), in ms since the epoch.' CODEC(DoubleDelta, ZSTD),
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.' CODEC(DoubleDelta, ZSTD),
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.' CODEC(DoubleDelta, ZSTD)
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(_appended_at)
ORDER BY (kind, contentId, id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Storage of the topic labels: repeats are possible until they are merged away. Read the view labels.';

CREATE VIEW IF NOT EXISTS {database}.labels
(
  id String COMMENT 'Identifier of this label; the same again replaces it.',
  sampleId Nullable(String) COMMENT 'The sample it answers, if any.',
  contentId String COMMENT 'The content tagged.',
  revision Int32 COMMENT 'The revision tagged.',
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  value Float64 COMMENT 'The answer on the kind’s own scale: niceness 0–10, spam and toxicity 0 or 1.',
  boxes Array(Tuple(image String, x Float64, y Float64, width Float64, height Float64, name Nullable(String))) COMMENT 'Rectangles drawn around logos and the like.',
  labeller LowCardinality(String) COMMENT 'Who said so: the name of a label key, or of an import.',
  origin LowCardinality(String) COMMENT 'How it came: page, import, adjudication or api.',
  guidelineVersion LowCardinality(String) COMMENT 'Version of the guideline the person had.',
  seconds Nullable(Float64) COMMENT 'Time from showing to answering, in seconds.',
  modelShown Bool COMMENT 'Whether the person saw the model’s answer first.',
  withdrawn Bool COMMENT 'Whether the person took it back.',
  at DateTime64(3, 'UTC') COMMENT 'When the person answered (event time), in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, sampleId, contentId, revision, kind, value, boxes, labeller, origin, guidelineVersion, seconds, modelShown, withdrawn, at, _topic, _partition, _offset, _appended_at
FROM {database}.labels_log FINAL
WHERE NOT withdrawn
COMMENT 'What people said about content: the last word on each id, without labels taken back.';
