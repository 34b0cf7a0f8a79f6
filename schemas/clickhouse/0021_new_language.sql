-- Terms say who said them first, and examples their revision; rows written before have 0 and none there.
ALTER TABLE {database}.feature_profiles_log
  MODIFY COLUMN terms Array(Tuple(term String, step Int32, count Int32, contentId Nullable(String), revision Int32, author Int32, thread Int32, others Int32)) COMMENT 'Words of the batch and, where the kind carries them, pairs of neighbours; of too many the rarest are left out.' CODEC(ZSTD);

ALTER TABLE {database}.feature_profiles_log
  COMMENT COLUMN skipped 'Records among the offsets that were not profiled: rejected, deleted, outside what the kind scores, or more than a busy task watches.';

ALTER TABLE {database}.drift_reports_log
  MODIFY COLUMN contributors Array(Tuple(name String, weight Float64, count Int64, expected Nullable(Float64), contentIds Array(String), revisions Array(Int32))) COMMENT 'What drove the change, heaviest first.' CODEC(ZSTD);

CREATE OR REPLACE VIEW {database}.feature_profiles
(
  id String COMMENT 'Hash of kind, modelVersion, referenceVersion, sourceTopic, sourcePartition and firstOffset.',
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  modelVersion LowCardinality(String) COMMENT 'The champion that scored the batch.',
  referenceVersion LowCardinality(String) COMMENT 'The reference whose ranks and bin edges were used; profiles of different references never merge.',
  sourceTopic LowCardinality(String) COMMENT 'Full name of the topic the records lay on.',
  sourcePartition Int32 COMMENT 'Partition of that topic.',
  firstOffset Int64 COMMENT 'Offset of the first record covered.',
  nextOffset Int64 COMMENT 'Offset after the last record covered.',
  features Array(String) COMMENT 'Names of the features, in the order used by sums and bins.',
  slices Array(String) COMMENT 'Names of the slices, in the order used by sums and bins; the first, all, is every record.',
  sumsPerFeature Int32 COMMENT 'How many sums there are for each feature in each slice: the number of values first, then the sums the reference names.',
  binsPerFeature Int32 COMMENT 'How many bins the reference cuts each feature into.',
  steps Array(Tuple(firstOffset Int64, count Int32, eventAtMin DateTime64(3, 'UTC'), eventAtMax DateTime64(3, 'UTC'), sums String, bins String)) COMMENT 'The steps of the batch in log order.',
  terms Array(Tuple(term String, step Int32, count Int32, contentId Nullable(String), revision Int32, author Int32, thread Int32, others Int32)) COMMENT 'Words of the batch and, where the kind carries them, pairs of neighbours; of too many the rarest are left out.',
  skipped Int32 COMMENT 'Records among the offsets that were not profiled: rejected, deleted, outside what the kind scores, or more than a busy task watches.',
  at DateTime64(3, 'UTC') COMMENT 'Latest event time covered, in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, kind, modelVersion, referenceVersion, sourceTopic, sourcePartition, firstOffset, nextOffset, features, slices, sumsPerFeature, binsPerFeature, 
  arrayMap(step -> tuple(step.firstOffset, step.count, step.eventAtMin, step.eventAtMax, base64Decode(step.sums), base64Decode(step.bins)), steps) AS steps,
  terms, skipped, at, _topic, _partition, _offset, _appended_at
FROM {database}.feature_profiles_log FINAL
COMMENT 'Mergeable sums of features, one row a committed batch; repeats of an id are collapsed.';

CREATE OR REPLACE VIEW {database}.drift_reports
(
  id String COMMENT 'Hash of kind, feature, slice, method, referenceVersion and windowEnd: the same again is a repeat.',
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  feature LowCardinality(String) COMMENT 'The feature watched.',
  slice LowCardinality(String) COMMENT 'The slice of the content it was watched on; all is everything.',
  windowStart DateTime64(3, 'UTC') COMMENT 'Start of the window in event time, in ms since the epoch.',
  windowEnd DateTime64(3, 'UTC') COMMENT 'End of the window in event time, exclusive, in ms since the epoch.',
  method LowCardinality(String) COMMENT 'The method, such as adwin, e-detector, psi, ks, js, wasserstein, chi-square, word-bayes-factor or cbpe.',
  statistic Float64 COMMENT 'The method’s statistic.',
  threshold Float64 COMMENT 'What the statistic is compared with.',
  pValue Nullable(Float64) COMMENT 'p-value, where the method has one.',
  eValue Nullable(Float64) COMMENT 'e-value (evidence against no change), where the method has one.',
  effect Nullable(Float64) COMMENT 'Size of the change, in the unit the method documents.',
  effectLow Nullable(Float64) COMMENT 'Lower end of the 95 % interval of the effect.',
  effectHigh Nullable(Float64) COMMENT 'Upper end of the 95 % interval of the effect.',
  drifted Bool COMMENT 'Whether this is an alarm.',
  finding LowCardinality(Nullable(String)) COMMENT 'A word for findings that are not plain drift, such as DOMAIN_GAP (a new platform differs from the training data) or CLASS_SHARE.',
  count Int64 COMMENT 'Records in the window.',
  modelVersion LowCardinality(String) COMMENT 'The champion at the time.',
  referenceVersion LowCardinality(String) COMMENT 'The reference compared with.',
  changedAt Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when it has been so, as the method estimates it, in ms since the epoch.',
  contributors Array(Tuple(name String, weight Float64, count Int64, expected Nullable(Float64), contentIds Array(String), revisions Array(Int32))) COMMENT 'What drove the change, heaviest first.',
  at DateTime64(3, 'UTC') COMMENT 'When it was found, in stream time, in ms since the epoch.',
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.',
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.'
)
AS SELECT id, kind, feature, slice, windowStart, windowEnd, method, statistic, threshold, pValue, eValue, effect, effectLow, effectHigh, drifted, finding, count, modelVersion, referenceVersion, changedAt, contributors, at, _topic, _partition, _offset, _appended_at
FROM {database}.drift_reports_log FINAL
COMMENT 'What the drift detectors found; repeats of an id are collapsed.';

CREATE OR REPLACE VIEW {database}.drift_words
(
  kind LowCardinality(String) COMMENT 'Model kind.',
  word String COMMENT 'The word or emoji in small letters, or an expression of two words.',
  firstAt DateTime64(3, 'UTC') COMMENT 'When it was first named.',
  lastAt DateTime64(3, 'UTC') COMMENT 'When it was last named.',
  weight Float64 COMMENT 'How much it stands out: log-odds against the reference over their standard deviation; for company, evidence in nats a neighbour.',
  count Int64 COMMENT 'Records that held it when it was last named.',
  expected Nullable(Float64) COMMENT 'Records that would hold it were nothing changed.',
  contentIds Array(String) COMMENT 'Examples.',
  change LowCardinality(String) COMMENT 'word or expression for one that is new or more frequent; company for a word that has other neighbours than before.',
  neighbours Array(String) COMMENT 'For company: the word with each of its new neighbours, those that stand out most first.'
)
AS SELECT kind, word.name AS word, min(at) AS firstAt, max(at) AS lastAt, argMax(word.weight, at) AS weight,
  argMax(word.count, at) AS count, argMax(word.expected, at) AS expected,
  arraySlice(arrayDistinct(arrayFlatten(groupArray(word.contentIds))), 1, 10) AS contentIds,
  multiIf(feature = 'company', 'company', position(word.name, ' ') > 0, 'expression', 'word') AS change,
  if(change = 'company', argMax(arrayMap(one -> one.name, arraySlice(contributors, 2)), at), []) AS neighbours
FROM {database}.drift_reports ARRAY JOIN if(feature = 'company', arraySlice(contributors, 1, 1), contributors) AS word
WHERE feature IN ('terms', 'company') AND drifted
GROUP BY kind, word, change, feature
COMMENT 'Words and expressions that are new or became more frequent, and words that changed their company, with counts and examples.';
