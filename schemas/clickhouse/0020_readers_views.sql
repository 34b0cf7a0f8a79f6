CREATE VIEW IF NOT EXISTS {database}.kind_agreement_by_day
(
  day Date COMMENT 'The day (UTC, event time) of the content.',
  kind LowCardinality(String) COMMENT 'The model kind that is compared.',
  modelVersion LowCardinality(String) COMMENT 'Its champion.',
  comparedWith LowCardinality(String) COMMENT 'The other kind, as the features name it: toxicity, textSpam.',
  contents Float64 COMMENT 'Contents that both scored.',
  gap Nullable(Float64) COMMENT 'Mean of the other kind’s value less what this kind’s value lets expect, on the other kind’s scale.',
  contradicting Nullable(Float64) COMMENT 'Share of contents to which both give opposite labels.'
)
AS SELECT toDate(minute) AS day, kind, modelVersion, replaceRegexpOne(toString(feature), '(Gap|Contradicts)$', '') AS comparedWith,
  sumIf(history.count, endsWith(feature, 'Gap')) AS contents,
  sumIf(history.count * assumeNotNull(history.mean), endsWith(feature, 'Gap')) / nullIf(contents, 0) AS gap,
  sumIf(history.count * assumeNotNull(history.mean), endsWith(feature, 'Contradicts')) / nullIf(contents, 0) AS contradicting
FROM {database}.feature_history AS history
WHERE slice = 'all' AND history.count > 0 AND match(feature, '(Gap|Contradicts)$')
GROUP BY day, kind, modelVersion, comparedWith
COMMENT 'How far kinds disagree about the same content, day by day: one of them is wrong.';

CREATE VIEW IF NOT EXISTS {database}.readers_by_day
(
  day Date COMMENT 'The day (UTC, event time) of votes and reports.',
  kind LowCardinality(String) COMMENT 'Model kind.',
  modelVersion LowCardinality(String) COMMENT 'The version whose scores they are about.',
  slice LowCardinality(String) COMMENT 'all: accounts that are not new. newAccounts: those of at most 30 days, which count nowhere else.',
  votes Float64 COMMENT 'Votes that counted: one of a voter, few of a content.',
  contradicting Nullable(Float64) COMMENT 'Share of them that contradict the score.',
  reports Float64 COMMENT 'Reports that state what they expect, one of a person for a content.',
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

CREATE VIEW IF NOT EXISTS {database}.accuracy_side_by_side
(
  day Date COMMENT 'The day (UTC, event time).',
  kind LowCardinality(String) COMMENT 'Model kind.',
  modelVersion LowCardinality(String) COMMENT 'The version that scored.',
  scores UInt64 COMMENT 'Scores that the estimate is over.',
  estimate Nullable(Float64) COMMENT 'ESTIMATE without labels, not measured: mean calibrated confidence (CBPE). It cannot see that the truth left the score.',
  labels UInt64 COMMENT 'Labels of people who label.',
  agreement Nullable(Float64) COMMENT 'Share of these that say what the score says: the measured accuracy.',
  agreementLow Nullable(Float64) COMMENT 'Its lower 95 % limit (Wilson).',
  agreementHigh Nullable(Float64) COMMENT 'Its upper 95 % limit (Wilson).',
  reports UInt64 COMMENT 'Reports that state what they expect.',
  agreementOfReports Nullable(Float64) COMMENT 'Share of these that expect about what the score says: far below the accuracy, since people report what they find wrong.'
)
AS SELECT day, kind, modelVersion,
  sumIf(records, source = 'estimate') AS scores,
  sumIf(records * share, source = 'estimate') / nullIf(scores, 0) AS estimate,
  sumIf(records, source = 'labels') AS labels,
  maxOrNullIf(share, source = 'labels') AS agreement,
  maxOrNullIf(low, source = 'labels') AS agreementLow,
  maxOrNullIf(high, source = 'labels') AS agreementHigh,
  sumIf(records, source = 'reports') AS reports,
  sumIf(records * share, source = 'reports') / nullIf(reports, 0) AS agreementOfReports
FROM (
  SELECT toDate(windowStart) AS day, kind, modelVersion, if(method = 'cbpe', 'estimate', 'reports') AS source, statistic AS share,
    statistic AS low, statistic AS high, toUInt64(count) AS records
  FROM {database}.drift_reports WHERE method IN ('cbpe', 'accuracy-reports')
  UNION ALL
  SELECT day, kind, modelVersion, 'labels' AS source, agreement AS share, agreementLow AS low, agreementHigh AS high, labels AS records
  FROM {database}.accuracy_by_day
)
GROUP BY day, kind, modelVersion
COMMENT 'Accuracy day by day: as estimated without labels, as people who label say, and as reports say, side by side.';
