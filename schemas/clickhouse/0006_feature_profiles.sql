CREATE TABLE IF NOT EXISTS {database}.feature_profiles_log
(
  id String COMMENT 'Hash of kind, modelVersion, referenceVersion, sourceTopic, sourcePartition and firstOffset.' CODEC(ZSTD),
  kind LowCardinality(String) COMMENT 'Model kind, such as niceness, text-spam, image-spam or toxicity.',
  modelVersion LowCardinality(String) COMMENT 'The champion that scored the batch.',
  referenceVersion LowCardinality(String) COMMENT 'The reference whose ranks and bin edges were used; profiles of different references never merge.',
  sourceTopic LowCardinality(String) COMMENT 'Full name of the topic the records lay on.',
  sourcePartition Int32 COMMENT 'Partition of that topic.',
  firstOffset Int64 COMMENT 'Offset of the first record covered.' CODEC(DoubleDelta, ZSTD),
  nextOffset Int64 COMMENT 'Offset after the last record covered.' CODEC(DoubleDelta, ZSTD),
  features Array(String) COMMENT 'Names of the features, in the order used by sums and bins.' CODEC(ZSTD),
  slices Array(String) COMMENT 'Names of the slices, in the order used by sums and bins; the first, all, is every record.' CODEC(ZSTD),
  sumsPerFeature Int32 COMMENT 'How many sums there are for each feature in each slice: the number of values first, then the sums the reference names.',
  binsPerFeature Int32 COMMENT 'How many bins the reference cuts each feature into.',
  steps Array(Tuple(firstOffset Int64, count Int32, eventAtMin DateTime64(3, 'UTC'), eventAtMax DateTime64(3, 'UTC'), sums String, bins String)) COMMENT 'The steps of the batch in log order. Here sums and bins are in base64.' CODEC(ZSTD),
  terms Array(Tuple(term String, step Int32, count Int32, contentId Nullable(String))) COMMENT 'Words and expressions that stand out against the reference, heaviest first; bounded, so not all of them.' CODEC(ZSTD),
  skipped Int32 COMMENT 'Records among the offsets that were not profiled: rejected, deleted, or outside what the kind scores.',
  at DateTime64(3, 'UTC') COMMENT 'Latest event time covered, in ms since the epoch.' CODEC(DoubleDelta, ZSTD),
  _topic LowCardinality(String) COMMENT 'Full name of the Kafka topic the record lies on.',
  _partition UInt32 COMMENT 'Its partition.',
  _offset UInt64 COMMENT 'Its offset: of repeats the highest is kept.' CODEC(DoubleDelta, ZSTD),
  _appended_at DateTime64(3, 'UTC') COMMENT 'When the broker appended it.' CODEC(DoubleDelta, ZSTD)
)
ENGINE = ReplacingMergeTree(_offset)
PARTITION BY toYYYYMM(_appended_at)
ORDER BY (kind, modelVersion, referenceVersion, sourceTopic, sourcePartition, firstOffset, id)
TTL toDateTime(_appended_at) + INTERVAL 400 DAY DELETE
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1
COMMENT 'Storage of the topic feature-profiles: repeats are possible until they are merged away. Read the view feature_profiles.';

CREATE VIEW IF NOT EXISTS {database}.feature_profiles
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
  terms Array(Tuple(term String, step Int32, count Int32, contentId Nullable(String))) COMMENT 'Words and expressions that stand out against the reference, heaviest first; bounded, so not all of them.',
  skipped Int32 COMMENT 'Records among the offsets that were not profiled: rejected, deleted, or outside what the kind scores.',
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
