CREATE OR REPLACE VIEW {database}.readers_by_day
(
  day Date COMMENT 'The day (UTC, event time) of votes and reports.',
  kind LowCardinality(String) COMMENT 'Model kind.',
  modelVersion LowCardinality(String) COMMENT 'The version whose scores they are about.',
  slice LowCardinality(String) COMMENT 'all: accounts that are not new. newAccounts: those of at most 30 days, which count nowhere else.',
  votes Float64 COMMENT 'Votes that counted: one of a content, whoever votes on it.',
  contradicting Nullable(Float64) COMMENT 'Share of them that contradict the score.',
  reports Float64 COMMENT 'Reports that state what they expect, one of a content.',
  error Nullable(Float64) COMMENT 'Mean distance of what they expect from the score, as a share of the scale.',
  differing Nullable(Float64) COMMENT 'Share of them that expect another thing than the score says.'
)
AS SELECT toDate(minute) AS day, kind, modelVersion, slice,
  sumIf(history.count, feature = 'votes') AS votes,
  sumIf(history.count * assumeNotNull(history.mean), feature = 'votes') / nullIf(votes, 0) AS contradicting,
  sumIf(history.count, feature = 'reports') AS reports,
  sumIf(history.count * assumeNotNull(history.mean), feature = 'reports') / nullIf(reports, 0) AS error,
  sumIf(history.count * assumeNotNull(history.mean), feature = 'reportsDiffer') / nullIf(reports, 0) AS differing
FROM {database}.feature_history AS history
WHERE history.count > 0 AND feature IN ('votes', 'reports', 'reportsDiffer')
GROUP BY day, kind, modelVersion, slice
COMMENT 'How right readers find the scores, as drift detection counts them: it is robust to crowds, nicr.vote_contradictions_by_day has every vote.';
