CREATE VIEW IF NOT EXISTS {database}.nudge_effect
(
  day Date COMMENT 'The day (UTC) on which the authors decided.',
  modelVersion LowCardinality(String) COMMENT 'The niceness model whose scores they saw.',
  drafts UInt64 COMMENT 'Drafts whose authors saw a score.',
  unkind UInt64 COMMENT 'Those whose first score was below 4; the columns that follow are about them.',
  postedAsIs Nullable(Float64) COMMENT 'Share posted unchanged, with the meter dismissed or not.',
  modified Nullable(Float64) COMMENT 'Share changed, then posted.',
  deleted Nullable(Float64) COMMENT 'Share discarded.',
  averted Nullable(Float64) COMMENT 'Share discarded, or changed until it scored 4 or more.',
  gain Nullable(Float64) COMMENT 'Mean change of niceness of those changed and posted.'
)
AS SELECT toDate(at) AS day, modelVersion, count() AS drafts, countIf(first < 4) AS unkind,
  countIf(first < 4 AND outcome IN ('POSTED_AS_IS', 'IGNORED')) / nullIf(unkind, 0) AS postedAsIs,
  countIf(first < 4 AND outcome = 'MODIFIED') / nullIf(unkind, 0) AS modified,
  countIf(first < 4 AND outcome = 'DELETED') / nullIf(unkind, 0) AS deleted,
  countIf(first < 4 AND (outcome = 'DELETED' OR outcome = 'MODIFIED' AND last >= 4)) / nullIf(unkind, 0) AS averted,
  avgOrNullIf(last - first, first < 4 AND outcome = 'MODIFIED') AS gain
FROM (
  SELECT at, modelVersion, outcome, assumeNotNull(nicenessFirst) AS first, coalesce(nicenessLast, nicenessFirst, 0) AS last
  FROM {database}.draft_outcomes
  WHERE isNotNull(nicenessFirst)
)
GROUP BY day, modelVersion
COMMENT 'What the meter changed: of the drafts that first read as unkind, how many were posted, changed and discarded.';
