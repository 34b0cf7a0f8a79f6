-- A moved share of a class (method em) is a finding of its own, no drift that is open until it comes back.
CREATE OR REPLACE VIEW {database}.current_drifts
(
  kind LowCardinality(String) COMMENT 'Model kind.',
  modelVersion LowCardinality(String) COMMENT 'The model version under which it drifts: the latest that was reported on.',
  feature LowCardinality(String) COMMENT 'The feature.',
  slice LowCardinality(String) COMMENT 'The slice of the content.',
  since DateTime64(3, 'UTC') COMMENT 'Since when, as the first alarm estimated it.',
  lastAt DateTime64(3, 'UTC') COMMENT 'When the last alarm was found.',
  alarms UInt64 COMMENT 'Alarms since it began.',
  method LowCardinality(String) COMMENT 'The method of the last alarm.',
  statistic Float64 COMMENT 'Its statistic.',
  threshold Float64 COMMENT 'What that is compared with.',
  eValue Nullable(Float64) COMMENT 'Largest evidence against no change, where a method has one.',
  effect Nullable(Float64) COMMENT 'Effect of the last alarm, in its method’s unit.',
  effectLow Nullable(Float64) COMMENT 'Lower end of its 95 % interval.',
  effectHigh Nullable(Float64) COMMENT 'Upper end of its 95 % interval.',
  count Int64 COMMENT 'Records of its window.'
)
AS SELECT kind, modelVersion, feature, slice, argMin(ifNull(changedAt, windowStart), found) AS since, max(found) AS lastAt,
  count() AS alarms, argMax(method, found) AS method, argMax(statistic, found) AS statistic, argMax(threshold, found) AS threshold,
  max(reports.eValue) AS eValue, argMax(effect, found) AS effect, argMax(effectLow, found) AS effectLow,
  argMax(effectHigh, found) AS effectHigh, argMax(count, found) AS count
FROM (
  SELECT *, at AS found FROM {database}.drift_reports
  WHERE drifted AND method NOT IN ('psi', 'psi-recent', 'ks', 'js', 'wasserstein', 'chi-square', 'accuracy', 'em')
) AS reports
LEFT JOIN (
  SELECT kind, modelVersion, feature, slice, max(at) AS clearedAt FROM {database}.drift_reports
  WHERE finding = 'CLEARED' GROUP BY kind, modelVersion, feature, slice
) AS cleared USING (kind, modelVersion, feature, slice)
INNER JOIN (SELECT kind, argMax(modelVersion, _offset) AS modelVersion FROM {database}.drift_reports GROUP BY kind) AS live
USING (kind, modelVersion)
WHERE found > clearedAt
GROUP BY kind, modelVersion, feature, slice
COMMENT 'What drifts now by the sequential methods: begun and not come back, under the latest model version of each kind.';
