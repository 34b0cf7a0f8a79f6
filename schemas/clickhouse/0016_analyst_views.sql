CREATE VIEW IF NOT EXISTS {database}.spam_scores
(
  contentId String COMMENT 'The content scored.',
  revision Int32 COMMENT 'The highest revision scored.',
  value Float64 COMMENT 'The spam score: the largest of its kinds’ calibrated probabilities, 0–1.',
  decidedBy LowCardinality(String) COMMENT 'The kind that gave it.',
  author String COMMENT 'The content’s author.',
  eventAt DateTime64(3, 'UTC') COMMENT 'When the content was written.'
)
AS SELECT contentId, max(revision) AS revision, max(assumeNotNull(scores.value)) AS value, argMax(kind, assumeNotNull(scores.value)) AS decidedBy, any(author) AS author, any(eventAt) AS eventAt
FROM {database}.scores AS scores
WHERE alias = 'CHAMPION' AND kind IN ('text-spam', 'image-spam') AND isNotNull(scores.value)
GROUP BY contentId
COMMENT 'One spam score for each post and comment, and which of its kinds decided.';

CREATE VIEW IF NOT EXISTS {database}.niceness_by_hour
(
  hour DateTime('UTC') COMMENT 'The hour in which the content was written.',
  contentKind LowCardinality(String) COMMENT 'Posts or comments.',
  scored UInt64 COMMENT 'How many have a niceness.',
  niceness Float64 COMMENT 'Their mean niceness, 0–10.',
  unkind Float64 COMMENT 'Share of them below 4.',
  nice Float64 COMMENT 'Share of them above 6.'
)
AS SELECT toStartOfHour(eventAt) AS hour, contentKind, count() AS scored, avg(assumeNotNull(value)) AS niceness, countIf(value < 4) / scored AS unkind, countIf(value > 6) / scored AS nice
FROM {database}.scores
WHERE alias = 'CHAMPION' AND kind = 'niceness' AND isNotNull(value)
GROUP BY hour, contentKind
COMMENT 'How nice the community was, hour by hour.';
