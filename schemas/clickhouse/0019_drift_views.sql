CREATE VIEW IF NOT EXISTS {database}.drift_by_day
(
  day Date COMMENT 'The day (UTC, event time) on which it was found.',
  kind LowCardinality(String) COMMENT 'Model kind.',
  feature LowCardinality(String) COMMENT 'The feature; * is all of them jointly, terms the words, labels the truth beside the score.',
  slice LowCardinality(String) COMMENT 'The slice of the content; all is everything.',
  alarms UInt64 COMMENT 'Reports of that day that are alarms.',
  methods Array(String) COMMENT 'The methods that raised them.',
  effect Nullable(Float64) COMMENT 'The largest effect among them, by size, in its method’s unit.',
  firstAt DateTime64(3, 'UTC') COMMENT 'When the first of them was found.',
  lastAt DateTime64(3, 'UTC') COMMENT 'When the last of them was found.'
)
AS SELECT toDate(at) AS day, kind, feature, slice, count() AS alarms, arraySort(groupUniqArray(toString(method))) AS methods,
  argMax(effect, abs(ifNull(effect, 0))) AS effect, min(at) AS firstAt, max(at) AS lastAt
FROM {database}.drift_reports
WHERE drifted
GROUP BY day, kind, feature, slice
COMMENT 'What drifted on which day, by kind, feature and slice.';

CREATE VIEW IF NOT EXISTS {database}.current_drifts
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
  WHERE drifted AND method NOT IN ('psi', 'psi-recent', 'ks', 'js', 'wasserstein', 'chi-square', 'accuracy')
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

CREATE VIEW IF NOT EXISTS {database}.drift_words
(
  kind LowCardinality(String) COMMENT 'Model kind.',
  word String COMMENT 'The word or emoji, in small letters.',
  firstAt DateTime64(3, 'UTC') COMMENT 'When it was first named.',
  lastAt DateTime64(3, 'UTC') COMMENT 'When it was last named.',
  weight Float64 COMMENT 'Log-odds against the reference over their standard deviation: how much it stands out.',
  count Int64 COMMENT 'Records that held it when it was last named.',
  expected Nullable(Float64) COMMENT 'Records that would hold it were nothing changed.',
  contentIds Array(String) COMMENT 'Examples.'
)
AS SELECT kind, word.name AS word, min(at) AS firstAt, max(at) AS lastAt, argMax(word.weight, at) AS weight,
  argMax(word.count, at) AS count, argMax(word.expected, at) AS expected,
  arraySlice(arrayDistinct(arrayFlatten(groupArray(word.contentIds))), 1, 10) AS contentIds
FROM {database}.drift_reports ARRAY JOIN contributors AS word
WHERE feature = 'terms' AND drifted
GROUP BY kind, word
COMMENT 'Words that are new or became more frequent, with counts and examples.';

CREATE VIEW IF NOT EXISTS {database}.feature_history
(
  kind LowCardinality(String) COMMENT 'Model kind.',
  modelVersion LowCardinality(String) COMMENT 'The champion that scored.',
  feature LowCardinality(String) COMMENT 'The feature.',
  slice LowCardinality(String) COMMENT 'The slice of the content; all is everything.',
  minute DateTime('UTC') COMMENT 'The minute of event time; hours and days are sums of count and of count × mean.',
  count Float64 COMMENT 'Records that have the feature.',
  mean Nullable(Float64) COMMENT 'Mean of the feature, each value held within the outermost edges of its bins.'
)
AS SELECT kind, modelVersion, features[(pair % length(features)) + 1] AS feature,
  slices[intDiv(pair, length(features)) + 1] AS slice, toStartOfMinute(toDateTime(step.eventAtMax, 'UTC')) AS minute,
  sum(reinterpretAsFloat64(substring(step.sums, pair * 16 + 1, 8))) AS count,
  sum(reinterpretAsFloat64(substring(step.sums, pair * 16 + 9, 8))) / nullIf(count, 0) AS mean
FROM {database}.feature_profiles ARRAY JOIN steps AS step ARRAY JOIN range(length(features) * length(slices)) AS pair
WHERE sumsPerFeature = 2
GROUP BY kind, modelVersion, feature, slice, minute
COMMENT 'How each feature went, minute by minute, from the profiles of the scorers.';

CREATE VIEW IF NOT EXISTS {database}.accuracy_by_day
(
  day Date COMMENT 'The day (UTC) on which people labelled.',
  kind LowCardinality(String) COMMENT 'Model kind.',
  modelVersion LowCardinality(String) COMMENT 'The version whose score they judged.',
  labels UInt64 COMMENT 'Labels with a score.',
  agreeing UInt64 COMMENT 'Those that say what the score says: the same side of a half, or less than 2 apart for niceness.',
  agreement Float64 COMMENT 'Their share.',
  agreementLow Float64 COMMENT 'Lower 95 % limit (Wilson).',
  agreementHigh Float64 COMMENT 'Upper 95 % limit (Wilson).',
  meanError Float64 COMMENT 'Mean absolute difference of label and score, on the kind’s scale.',
  estimateWithoutLabels Nullable(Float64) COMMENT 'ESTIMATE, not measured: the mean calibrated confidence of these scores (as CBPE). It cannot see that the truth left the score.'
)
AS SELECT day, kind, modelVersion, count() AS labels, countIf(agrees) AS agreeing, agreeing / labels AS agreement,
  (agreement + 1.920729 / labels - 1.959964 * sqrt((agreement * (1 - agreement) + 0.960365 / labels) / labels)) / (1 + 3.841459 / labels) AS agreementLow,
  (agreement + 1.920729 / labels + 1.959964 * sqrt((agreement * (1 - agreement) + 0.960365 / labels) / labels)) / (1 + 3.841459 / labels) AS agreementHigh,
  avg(abs(said - scored)) AS meanError, avg(probability) AS estimateWithoutLabels
FROM (
  SELECT toDate(judgement.at) AS day, judgement.kind AS kind, score.modelVersion AS modelVersion, judgement.value AS said,
    assumeNotNull(score.value) AS scored, score.probability AS probability,
    if(judgement.kind = 'niceness', abs(said - scored) < 2, (said >= 0.5) = (scored >= 0.5)) AS agrees
  FROM (SELECT * FROM {database}.labels WHERE NOT withdrawn) AS judgement
  INNER JOIN (SELECT * FROM {database}.scores WHERE alias = 'CHAMPION' AND status = 'SCORED') AS score
  ON score.contentId = judgement.contentId AND score.kind = judgement.kind
)
GROUP BY day, kind, modelVersion
COMMENT 'How often people and model agree, day by day, with limits, and beside it what the model expects of itself.';

CREATE VIEW IF NOT EXISTS {database}.vote_contradictions_by_day
(
  day Date COMMENT 'The day (UTC) of the votes.',
  modelVersion LowCardinality(String) COMMENT 'The niceness model.',
  votes UInt64 COMMENT 'Votes up or down on content that was scored kind (above 6) or unkind (below 4).',
  contradicting UInt64 COMMENT 'Votes down on kind content, and up on unkind content.',
  share Float64 COMMENT 'Their share.'
)
AS SELECT toDate(vote.at) AS day, score.modelVersion AS modelVersion, count() AS votes,
  countIf(vote.value < 0 AND score.value > 6 OR vote.value > 0 AND score.value < 4) AS contradicting, contradicting / votes AS share
FROM (SELECT * FROM {database}.votes WHERE value != 0) AS vote
INNER JOIN (
  SELECT * FROM {database}.scores WHERE alias = 'CHAMPION' AND kind = 'niceness' AND (value > 6 OR value < 4)
) AS score ON score.contentId = vote.contentId
GROUP BY day, modelVersion
COMMENT 'How often votes contradict the niceness score.';

CREATE VIEW IF NOT EXISTS {database}.model_comparison
(
  kind LowCardinality(String) COMMENT 'Model kind.',
  modelVersion LowCardinality(String) COMMENT 'Model version.',
  alias LowCardinality(String) COMMENT 'As what it scored: CHAMPION, CHALLENGER or BACKFILL.',
  scores UInt64 COMMENT 'Contents it scored.',
  mean Nullable(Float64) COMMENT 'Mean value.',
  labels UInt64 COMMENT 'Labels people gave of them.',
  meanError Nullable(Float64) COMMENT 'Mean absolute difference of label and value.',
  reports UInt64 COMMENT 'Reports that its score is wrong.',
  firstAt DateTime64(3, 'UTC') COMMENT 'When it first scored.',
  lastAt DateTime64(3, 'UTC') COMMENT 'When it last scored.'
)
AS SELECT kind, modelVersion, alias, count() AS scores, avg(value) AS mean, sum(labelled) AS labels,
  avgOrNullIf(abs(value - said), labelled > 0) AS meanError, sum(complaints) AS reports, min(scoredAt) AS firstAt, max(scoredAt) AS lastAt
FROM (SELECT contentId, kind, modelVersion, alias, value, scoredAt FROM {database}.scores WHERE status = 'SCORED') AS scored
LEFT JOIN (
  SELECT contentId, kind, avg(value) AS said, count() AS labelled FROM {database}.labels WHERE NOT withdrawn GROUP BY contentId, kind
) AS people USING (contentId, kind)
LEFT JOIN (
  SELECT assumeNotNull(contentId) AS contentId, kind, count() AS complaints FROM {database}.reports WHERE isNotNull(contentId) GROUP BY contentId, kind
) AS complaining USING (contentId, kind)
GROUP BY kind, modelVersion, alias
COMMENT 'Model versions side by side on what they scored: value, labels, complaints.';
