import { describe, expect, it } from 'vitest'
import { beforeAfterTable } from '../../demo/before-after.ts'
import type { LoopRecord } from '../../demo/loop-record.ts'
import { drawLoop, loopSvg } from '../../demo/picture.ts'

/** The picture and the table at the end of the demo. */

const record: LoopRecord = {
  points: Array.from({ length: 12 }, (_, i) => ({
    contents: 500 * (i + 1),
    newLanguage: i < 4 ? null : i < 9 ? 0.2 : 0.8,
    ordinary: 0.92,
    meanNiceness: i === 6 ? null : 5.5,
    alarms: i > 5 ? 3 : 0,
    labels: i > 6 ? 300 : 0,
  })),
  marks: [
    { type: 'drift', contents: 2000, text: 'drift begins' },
    { type: 'words', contents: 2600, text: 'named: <snorp> & co' },
    { type: 'promoted', contents: 4500, text: 'niceness@3 promoted' },
  ],
}

describe('the picture', () => {
  it('is a PNG of the size it says', async () => {
    const png = await drawLoop(record)
    expect(png.subarray(1, 4).toString('latin1')).toBe('PNG')
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1280, 860])
  })

  it('labels its axes and what happened, whatever its words hold', () => {
    const svg = loopSvg(record)
    for (const words of [
      'Accuracy, three classes',
      'Mean niceness',
      'Labels',
      'Posts and comments published',
      '6,000',
    ])
      expect(svg).toContain(`>${words}</text>`)
    expect(svg).toContain('drift begins')
    expect(svg).toContain('named: &lt;snorp> &amp; co')
    expect(svg).not.toMatch(/NaN|undefined|null/)
  })

  it('draws nothing where nothing was measured', () => {
    const paths = [...loopSvg(record).matchAll(/<path d="([^"]*)" fill="none"/g)].map(([, d]) => d!)
    const points = paths.map(d => d.match(/[ML]/g)!.length)
    // Mean niceness with a gap, ordinary language throughout, new language from the fifth window on.
    expect(points).toEqual([11, 12, 8])
    expect(paths.map(d => d.match(/M/g)!.length)).toEqual([2, 1, 1])
    expect(() => loopSvg({ points: record.points.slice(1, 2), marks: [] })).toThrow('two points')
  })
})

it('prints a table in columns', () => {
  const table = beforeAfterTable([
    { name: 'new language, accuracy', before: 0.189, after: 0.81, unit: 'share' },
    { name: 'mean niceness', before: 5.12, after: 5, unit: 'points' },
    { name: 'labels', before: null, after: 300, unit: 'count' },
  ])
  expect(table.split('\n').map(line => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
    ' | before | after | change',
    expect.stringMatching(/^[─ |]+$/),
    'new language, accuracy | 18.9 % | 81.0 % | +62.1 points',
    'mean niceness | 5.12 | 5.00 | −0.12',
    'labels | – | 300 | –',
  ])
  expect(new Set(table.split('\n').map(line => line.length)).size).toBe(1)
})
