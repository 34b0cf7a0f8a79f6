import { element } from './dom.js'
import { goodness } from './models-text.js'

/** What each figure of a version is, shown where a reader rests on its name; docs/guide/train.md has them too. */
const meanings = {
  n: 'Rows that it was measured on',
  accuracy: 'Share of rows whose class is right',
  macroF1: 'F1 of each class, averaged: rare classes count as much as common ones; 1 is best',
  auc: 'The chance that a positive row gets the higher value than a negative one; .5 is chance, 1 is best',
  mae: 'Mean distance from the label, in points of the scale',
  pearson: 'Correlation of values and labels; 1 is best',
  spearman: 'Correlation of their ranks; 1 is best',
  precision: 'Share of what it calls positive that is positive',
  recall: 'Share of what is positive that it finds',
  f1: 'Precision and recall in one; 1 is best',
  mcc: "Matthews' correlation of calls and labels; 0 is chance, 1 is best",
  spamCaught: 'Share of the spam that it calls spam',
  hamBlocked: 'Share of what is no spam that it calls spam',
  ece: 'How far its values are from the share of labels they promise',
}

/** The name of a figure, with what it is. */
export function metricName(name) {
  const shown = element('span', 'metric', name)
  const meaning = meanings[name] ?? ''
  shown.title = goodness(name, 1) < 0 ? `${meaning}; less is better` : meaning
  return shown
}
