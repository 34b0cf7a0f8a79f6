CREATE VIEW IF NOT EXISTS {database}.watched_kinds
(
  kind LowCardinality(String) COMMENT 'Model kind.',
  modelVersion LowCardinality(String) COMMENT 'The champion that scored.',
  referenceVersion LowCardinality(String) COMMENT 'How features were cut into bins.',
  records UInt64 COMMENT 'Contents profiled under it: the first 2,000 form its reference.',
  since DateTime64(3, 'UTC') COMMENT 'The earliest event time among them.',
  lastAt DateTime64(3, 'UTC') COMMENT 'The latest event time among them.',
  lastAppendedAt DateTime64(3, 'UTC') COMMENT 'When the last of their profiles was written: the version that scores now has the latest.'
)
AS SELECT kind, modelVersion, referenceVersion, sum(arraySum(steps.count)) AS records, min(arrayMin(steps.eventAtMin)) AS since, max(at) AS lastAt,
  max(_appended_at) AS lastAppendedAt
FROM {database}.feature_profiles_log FINAL
WHERE endsWith(sourceTopic, 'content')
GROUP BY kind, modelVersion, referenceVersion
COMMENT 'What is watched for drift: how many contents of each kind and model version were profiled, since when, and when last.';

CREATE VIEW IF NOT EXISTS {database}.new_words_by_day
(
  day Date COMMENT 'The day (UTC, event time).',
  kind LowCardinality(String) COMMENT 'Model kind.',
  words UInt64 COMMENT 'Distinct words of that day, as profiles carry them.',
  newWords UInt64 COMMENT 'Those that no earlier day had: nearly all on the first days, and fewer and fewer where the language stays.',
  newShare Float64 COMMENT 'Their share.'
)
AS SELECT day, kind, count() AS words, countIf(day = firstDay) AS newWords, newWords / words AS newShare
FROM (
  SELECT kind, arrayJoin(days) AS day, arrayMin(days) AS firstDay
  FROM (
    SELECT kind, term, groupUniqArray(toDate(at)) AS days
    FROM {database}.feature_profiles_log ARRAY JOIN terms.term AS term
    WHERE endsWith(sourceTopic, 'content') AND position(term, ' ') = 0
    GROUP BY kind, term
  )
)
GROUP BY day, kind
COMMENT 'How many words of each day were never used before; it reads the words of all profiles, so limit it by day only where the history may be short.';
