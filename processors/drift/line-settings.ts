import { probabilityEdges } from './declared-features.ts'
import { estimateFigures, reportFigures } from './estimate-accuracy.ts'
import { FIRST_PICTURE_FEATURE } from './image-drift.ts'
import { REPORTS, VOTES } from './judge-readers.ts'
import type { WindowSettings } from './windows.ts'

/** What differs between profiles by what they are of. */
export interface LineSettings {
  /** Whether a rhythm of the day is allowed for before it shows: of the few that vote and report, it would hide too much. */
  readonly mayHaveRhythm: boolean
  /** Records that form a first reference; the monitor’s default where absent. */
  readonly referenceRecords?: number
  readonly windows: WindowSettings
}

/**
 * Readers say far less than scorers score. A smaller reference errs more, and the detectors know: the e-detector’s margin is 2.5
 * of its standard errors, the adaptive window reckons with its size, so false alarms stay as rare and changes take longer to find,
 * until it has grown. Below some 25 contradicting votes the share itself is a guess: 500 votes have them from 5 % on.
 */
const VOTES_OF_A_REFERENCE = 500
/** Of reports the mean of a spread quantity is watched, which fewer pin down. */
const REPORTS_OF_A_REFERENCE = 300
/**
 * Pictures are fewer than posts, and a campaign of them is over sooner than 2,000 came: 250 photos as a reference show other
 * pictures within 30 to 80, and none among 100 more photos (`docs/drift.md`). It grows as any.
 */
const PICTURES_OF_A_REFERENCE = 250
/** As many as of labels. */
const WINDOW_RECORDS_OF_READERS = 100

/**
 * @param features of the layout
 * @param isCalibrated whether the kind’s score is a calibrated probability
 */
export function lineSettings(features: readonly string[], isCalibrated: boolean): LineSettings {
  if (features[0] === VOTES)
    return {
      referenceRecords: VOTES_OF_A_REFERENCE,
      mayHaveRhythm: false,
      windows: { recordsMin: WINDOW_RECORDS_OF_READERS },
    }
  if (features[0] === REPORTS) {
    const figures = reportFigures(features)
    return {
      referenceRecords: REPORTS_OF_A_REFERENCE,
      mayHaveRhythm: false,
      windows: { recordsMin: WINDOW_RECORDS_OF_READERS, ...(figures && { figures }) },
    }
  }
  const own = features[0] === FIRST_PICTURE_FEATURE ? { referenceRecords: PICTURES_OF_A_REFERENCE } : {}
  const figures = isCalibrated ? estimateFigures(features, probabilityEdges()) : null
  return { mayHaveRhythm: true, ...own, windows: figures === null ? {} : { figures } }
}
