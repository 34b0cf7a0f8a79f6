-- Scores say how long the version took: what a challenger is watched for beside its values.
ALTER TABLE {database}.scores_log
  ADD COLUMN IF NOT EXISTS scoringMicros Nullable(Float64) COMMENT 'Mean time that the version took for a content of the batch, in microseconds; null where it was not measured.' AFTER scoredAt;

-- A deletion clears what the champion said and, where they did not see it themselves, challengers and backfills too.
-- Window functions, not GROUP BY with argMax: three times faster over 2,000,000 scores, and a filter on contentId or
-- kind reaches the primary key either way.
CREATE OR REPLACE VIEW {database}.scores
(
  id String COMMENT 'Hash of contentId, revision, kind, modelVersion and alias: the same again is a repeat.',
  contentId String COMMENT 'The content scored.',
  revision Int32 COMMENT 'The revision scored. The highest wins; an older one that arrives late never does.',
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  status LowCardinality(String) COMMENT 'How the score came about, and whether there is a value.',
  value Nullable(Float64) COMMENT 'The score on the kind’s own scale: niceness 0 (abusive) to 10 (grateful and caring), spam and toxicity 0–1. Null without a value.',
  label LowCardinality(Nullable(String)) COMMENT 'The kind’s word for the value, such as kind, plain, unkind, spam, ham, toxic or civil.',
  probability Nullable(Float64) COMMENT 'Calibrated probability of the label, 0–1, where the kind has one.',
  reasons Array(Tuple(start Nullable(Int32), end Nullable(Int32), weight Float64, source LowCardinality(String), image Nullable(String), box Tuple(x Nullable(Float64), y Nullable(Float64), width Nullable(Float64), height Nullable(Float64)), text Nullable(String), without Nullable(Float64))) COMMENT 'What moved the score, heaviest first.',
  author String COMMENT 'The content’s author, so that readers can follow an author’s scores.',
  contentKind LowCardinality(String) COMMENT 'Whether it was a post or a comment.',
  language LowCardinality(Nullable(String)) COMMENT 'Language the text was taken to be in, as a BCP 47 tag.',
  modelVersion LowCardinality(String) COMMENT 'The model version that gave the score.',
  alias LowCardinality(String) COMMENT 'The part that model version played.',
  eventAt DateTime64(3, 'UTC') COMMENT 'When the content was written (event time of the content), in ms since the epoch.',
  scoredAt DateTime64(3, 'UTC') COMMENT 'When it was scored, in ms since the epoch.',
  scoringMicros Nullable(Float64) COMMENT 'Mean time that the version took for a content of the batch, in microseconds; null where it was not measured.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, contentId, revision, kind, status, value, label, probability, reasons, author, contentKind, language, modelVersion, alias, eventAt, scoredAt, scoringMicros, _topic, _partition, _offset, _appended_at
FROM
(
  SELECT
    *,
    row_number() OVER (PARTITION BY contentId, kind, alias, if(alias = 'CHAMPION', '', modelVersion) ORDER BY revision DESC, _offset DESC) AS _rank,
    maxIf(revision, alias = 'CHAMPION' AND status = 'CLEARED') OVER (PARTITION BY contentId, kind) AS _cleared,
    countIf(alias = 'CHAMPION' AND status = 'CLEARED') OVER (PARTITION BY contentId, kind) AS _clearings
  FROM {database}.scores_log
)
WHERE _rank = 1 AND status != 'CLEARED' AND (alias = 'CHAMPION' OR _clearings = 0 OR revision > _cleared)
COMMENT 'Scores as they are now: of each content, kind and alias the highest revision, then the highest offset; for challengers and backfills one per model version. Scores of deleted content are left out.';

CREATE OR REPLACE VIEW {database}.score_history
(
  id String COMMENT 'Hash of contentId, revision, kind, modelVersion and alias: the same again is a repeat.',
  contentId String COMMENT 'The content scored.',
  revision Int32 COMMENT 'The revision scored. The highest wins; an older one that arrives late never does.',
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  status LowCardinality(String) COMMENT 'How the score came about, and whether there is a value.',
  value Nullable(Float64) COMMENT 'The score on the kind’s own scale: niceness 0 (abusive) to 10 (grateful and caring), spam and toxicity 0–1. Null without a value.',
  label LowCardinality(Nullable(String)) COMMENT 'The kind’s word for the value, such as kind, plain, unkind, spam, ham, toxic or civil.',
  probability Nullable(Float64) COMMENT 'Calibrated probability of the label, 0–1, where the kind has one.',
  reasons Array(Tuple(start Nullable(Int32), end Nullable(Int32), weight Float64, source LowCardinality(String), image Nullable(String), box Tuple(x Nullable(Float64), y Nullable(Float64), width Nullable(Float64), height Nullable(Float64)), text Nullable(String), without Nullable(Float64))) COMMENT 'What moved the score, heaviest first.',
  author String COMMENT 'The content’s author, so that readers can follow an author’s scores.',
  contentKind LowCardinality(String) COMMENT 'Whether it was a post or a comment.',
  language LowCardinality(Nullable(String)) COMMENT 'Language the text was taken to be in, as a BCP 47 tag.',
  modelVersion LowCardinality(String) COMMENT 'The model version that gave the score.',
  alias LowCardinality(String) COMMENT 'The part that model version played.',
  eventAt DateTime64(3, 'UTC') COMMENT 'When the content was written (event time of the content), in ms since the epoch.',
  scoredAt DateTime64(3, 'UTC') COMMENT 'When it was scored, in ms since the epoch.',
  scoringMicros Nullable(Float64) COMMENT 'Mean time that the version took for a content of the batch, in microseconds; null where it was not measured.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, contentId, revision, kind, status, value, label, probability, reasons, author, contentKind, language, modelVersion, alias, eventAt, scoredAt, scoringMicros, _topic, _partition, _offset, _appended_at
FROM {database}.scores_log FINAL
COMMENT 'Every score of every revision by every model version, clearings included; repeats of an id are collapsed.';
