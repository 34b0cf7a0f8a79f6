-- The moves that held, as processors fold them (processors/fold-promotions.ts): one whose `previous` is not what its alias is on
-- is passed over, as is one that moves nothing. Of the first champion any `previous` is believed, since tables do not know which
-- version came with Nicr; that one is read off the profiles of what it scored.
CREATE VIEW IF NOT EXISTS {database}.model_timeline
(
  kind LowCardinality(String) COMMENT 'Model kind.',
  alias LowCardinality(String) COMMENT 'CHAMPION answers; CHALLENGER scores along, or answers its share.',
  version String COMMENT 'The version it was on.',
  since DateTime64(3, 'UTC') COMMENT 'From when; of a version that came with Nicr when it was first seen to score.',
  until Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when, exclusive; null while it lasts.',
  share Float64 COMMENT 'Share of the contents it answered: 1 for a champion; of a challenger 0 while it only scores along, more as a canary.',
  reason String COMMENT 'Why, in a sentence; empty for a version that came with Nicr.',
  requestId Nullable(String) COMMENT 'The retrain request it comes from, if any.',
  by LowCardinality(String) COMMENT 'Who moved it: a job’s name, or a person’s; empty for a version that came with Nicr.'
)
AS WITH
  moves AS (
    SELECT kind, alias, version, ifNull(previous, '') AS stated, share, reason, requestId, by,
      least(at, _appended_at + INTERVAL 5 MINUTE) AS since, toInt64(_offset) AS place
    FROM {database}.model_promotions
    WHERE alias IN ('CHAMPION', 'CHALLENGER') AND NOT (alias = 'CHAMPION' AND version = '')
  ),
  held AS (
    SELECT kind, alias, arrayJoin(tupleElement(arrayFold(
      (state, move) -> if(
        (move.2 = state.1 OR (alias = 'CHAMPION' AND empty(state.3))) AND (empty(state.3) OR move.1 != state.1 OR move.3 != state.2),
        (move.1, move.3, arrayPushBack(state.3, move.4)),
        state),
      arraySort(move -> move.4, groupArray((version, stated, share, place))),
      ('', toFloat64(-1), emptyArrayInt64())), 3)) AS place
    FROM moves
    GROUP BY kind, alias
  ),
  came AS (
    SELECT seen.kind AS kind, seen.version AS version, seen.since AS since
    FROM (
      SELECT kind, toString(modelVersion) AS version, min(_appended_at) AS since FROM {database}.feature_profiles_log
      WHERE endsWith(sourceTopic, 'content') GROUP BY kind, version
    ) AS seen
    LEFT JOIN (SELECT kind, version, toNullable(min(since)) AS at FROM moves GROUP BY kind, version) AS named
    ON named.kind = seen.kind AND named.version = seen.version
    LEFT JOIN (SELECT kind, toNullable(min(since)) AS at FROM moves WHERE alias = 'CHAMPION' GROUP BY kind) AS first
    ON first.kind = seen.kind
    WHERE (isNull(named.at) OR seen.since < named.at) AND (isNull(first.at) OR seen.since < first.at)
  )
SELECT kind, alias, version, since, until, share, reason, requestId, by
FROM (
  SELECT *, leadInFrame(toNullable(since)) OVER (PARTITION BY kind, alias ORDER BY place, since ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS until
  FROM (
    SELECT kind, alias, version, stated, share, reason, requestId, by, since, place FROM moves
    WHERE (kind, alias, place) IN (SELECT kind, alias, place FROM held)
    UNION ALL
    SELECT kind, 'CHAMPION' AS alias, version, '' AS stated, toFloat64(1) AS share, '' AS reason, CAST(NULL, 'Nullable(String)') AS requestId, '' AS by, since,
      toInt64(-1) AS place
    FROM came
  )
)
WHERE version != ''
COMMENT 'Which version each alias was on from when until when: moves that held, and before them the versions that came with Nicr.';

CREATE VIEW IF NOT EXISTS {database}.model_lineage
(
  kind LowCardinality(String) COMMENT 'Model kind.',
  version String COMMENT 'The version.',
  parent Nullable(String) COMMENT 'The champion that it was trained from, where a retrain request made it.',
  requestId Nullable(String) COMMENT 'That request.',
  policy Nullable(String) COMMENT 'The policy that asked, or manual.',
  reason Nullable(String) COMMENT 'Why it asked, in a sentence.',
  requestedAt Nullable(DateTime64(3, 'UTC')) COMMENT 'When it asked.',
  rows Nullable(Float64) COMMENT 'Rows it was trained on.',
  labelled Nullable(Float64) COMMENT 'Those that people labelled.',
  outcome Nullable(String) COMMENT 'The last state of its request: SHADOW, PROMOTED, REJECTED, …',
  detail Nullable(String) COMMENT 'What was said last of it, such as the gate that refused it or why it was taken back.',
  championSince Nullable(DateTime64(3, 'UTC')) COMMENT 'When it first answered for its kind; null if it never did.',
  championUntil Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when, at last; null if it never did, or does now.',
  isChampion Bool COMMENT 'Whether it answers now.',
  championHours Float64 COMMENT 'For how long it answered, in hours, all times together.'
)
AS WITH
  said AS (
    SELECT kind, assumeNotNull(modelVersion) AS version, toNullable(argMax(requestId, _offset)) AS requestId,
      toNullable(argMax(step, _offset)) AS outcome, toNullable(argMax(detail, _offset)) AS detail
    FROM {database}.retrain_steps WHERE isNotNull(modelVersion) GROUP BY kind, version
  ),
  live AS (
    SELECT kind, version, minIf(toNullable(since), alias = 'CHAMPION') AS first,
      maxIf(until, alias = 'CHAMPION') AS last, countIf(alias = 'CHAMPION' AND isNull(until)) > 0 AS now,
      sumIf(dateDiff('millisecond', since, ifNull(until, now64(3))), alias = 'CHAMPION') / 3600000 AS hours
    FROM {database}.model_timeline GROUP BY kind, version
  )
SELECT known.kind AS kind, known.version AS version, request.parent AS parent, said.requestId AS requestId, request.policy AS policy,
  request.reason AS reason, request.requestedAt AS requestedAt, snapshot.rows AS rows, snapshot.labelled AS labelled, said.outcome AS outcome, said.detail AS detail,
  live.first AS championSince, if(live.now, NULL, live.last) AS championUntil, toBool(live.now) AS isChampion, live.hours AS championHours
FROM (SELECT kind, version FROM said UNION DISTINCT SELECT kind, version FROM live) AS known
LEFT JOIN said ON said.kind = known.kind AND said.version = known.version
LEFT JOIN live ON live.kind = known.kind AND live.version = known.version
LEFT JOIN (
  SELECT id, toNullable(toString(modelVersion)) AS parent, toNullable(toString(policy)) AS policy, toNullable(reason) AS reason, toNullable(requestedAt) AS requestedAt
  FROM {database}.retrain_requests
) AS request ON request.id = ifNull(said.requestId, '')
LEFT JOIN (
  SELECT requestId, toNullable(argMax(figures['rows'], _offset)) AS rows, toNullable(argMax(figures['labelled'], _offset)) AS labelled
  FROM {database}.retrain_steps WHERE task = 'snapshot' GROUP BY requestId
) AS snapshot ON snapshot.requestId = ifNull(said.requestId, '')
COMMENT 'Where each model version comes from and what became of it: versions that answered, and those that were trained and refused.';

-- Krippendorff's α from sums: what answers of one content differ, against what all answers do, by squares. Of answers 0 and 1 that is the nominal α.
CREATE VIEW IF NOT EXISTS {database}.label_agreement_by_week
(
  week Date COMMENT 'The Monday (UTC) of the week in which the last of the answers to a content came.',
  kind LowCardinality(String) COMMENT 'Model kind.',
  contents UInt64 COMMENT 'Contents that two people or more labelled.',
  answers UInt64 COMMENT 'What they answered: the last word of each, without adjudications.',
  people UInt64 COMMENT 'How many they were.',
  agreeing Float64 COMMENT 'Share of two answers to one content that say the same: the same side of a half, or less than 2 apart for niceness.',
  alpha Nullable(Float64) COMMENT 'Krippendorff’s α: 1 where all agree, 0 where as by chance; null where all gave the same answer to everything.'
)
AS SELECT week, kind, count() AS contents, sum(unit.answers) AS answers, length(groupUniqArrayArray(unit.people)) AS people, avg(unit.agreeing) AS agreeing,
  if(min(unit.lowest) = max(unit.highest), NULL, 1 - (sum(unit.spread) / answers) / ((sum(squares) - sum(total) * sum(total) / answers) / (answers - 1))) AS alpha
FROM (
  SELECT toMonday(toDate(max(saidAt))) AS week, kind, contentId, revision, groupArray(labeller) AS people, groupArray(value) AS values, count() AS answers,
    sum(value) AS total, sum(value * value) AS squares, min(value) AS lowest, max(value) AS highest,
    answers * (squares - total * total / answers) / (answers - 1) AS spread,
    arraySum(one -> arrayCount(other -> abs(one - other) < if(kind = 'niceness', 2, 0.5), values) - 1, values) / (answers * (answers - 1)) AS agreeing
  FROM (
    SELECT kind, contentId, revision, labeller, argMax(value, at) AS value, max(at) AS saidAt FROM {database}.labels
    WHERE origin != 'adjudication' GROUP BY kind, contentId, revision, labeller
  )
  GROUP BY kind, contentId, revision
  HAVING answers > 1
) AS unit
GROUP BY week, kind
COMMENT 'How far people who label the same content agree, week by week: a model cannot agree with them more than they do.';

-- Only the scores of what was labelled are ranked, which is few of all: eight times faster with 20,000 labels and 1,200,000 scores.
CREATE OR REPLACE VIEW {database}.accuracy_by_day
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
  INNER JOIN (
    SELECT * FROM {database}.scores
    WHERE alias = 'CHAMPION' AND status = 'SCORED' AND contentId IN (SELECT contentId FROM {database}.labels)
  ) AS score
  ON score.contentId = judgement.contentId AND score.kind = judgement.kind
)
GROUP BY day, kind, modelVersion
COMMENT 'How often people and model agree, day by day, with limits, and beside it what the model expects of itself.';
