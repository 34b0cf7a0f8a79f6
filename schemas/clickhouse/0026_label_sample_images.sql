-- Samples carry images as well as text: those that were imported lie nowhere else.
ALTER TABLE {database}.label_samples_log
  ADD COLUMN IF NOT EXISTS images Array(Tuple(ref String, sha256 Nullable(String))) COMMENT 'The images, only where they came from outside the content (an import).' CODEC(ZSTD) AFTER language;

CREATE OR REPLACE VIEW {database}.label_samples
(
  sampleId String COMMENT 'Hash of contentId, revision, kind and source: the same again is a repeat.',
  contentId String COMMENT 'The content to tag; an identifier of its own where the text came from outside the content.',
  revision Int32 COMMENT 'The revision to tag.',
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  source LowCardinality(String) COMMENT 'Why it was chosen: report, vote, doubt, drift, disagreement, random, gold or import.',
  samplingProbability Float64 COMMENT 'Probability with which content like this was chosen, above 0, at most 1: its inverse weighs the label in estimates.',
  share Float64 COMMENT 'Share of the samples its source may take, 0–1.',
  overlap Int32 COMMENT 'How many people should tag it.',
  gold Nullable(Float64) COMMENT 'The known answer of a hidden check, on the kind’s scale; null for a real question.',
  requestId Nullable(String) COMMENT 'The retrain request it serves, if any.',
  text Nullable(String) COMMENT 'The text, only where it came from outside the content (a draft sent on its author’s choice, an import).',
  language LowCardinality(Nullable(String)) COMMENT 'Language of that text as a BCP 47 tag.',
  images Array(Tuple(ref String, sha256 Nullable(String))) COMMENT 'The images, only where they came from outside the content (an import).',
  at DateTime64(3, 'UTC') COMMENT 'When it was chosen, in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT sampleId, contentId, revision, kind, source, samplingProbability, share, overlap, gold, requestId, text, language, images, at, _topic, _partition, _offset, _appended_at
FROM {database}.label_samples_log FINAL
COMMENT 'Content chosen for tagging, one row a sample.';
