import { describe, expect, it } from 'vitest'
import {
  bankChanges,
  ONE_PERSON_WEIGHT,
  type PictureAnswer,
  SURE_WEIGHT,
  trustOf,
  wantedEntries,
  withAnswer,
} from '../../../processors/images/bank-rule.ts'
import { aLabel } from '../../support/records.ts'

/** `+ada` calls it spam, `-ada` does not; `!` before it: as a moderator. Later ones are said later. */
function said(...words: readonly string[]): readonly PictureAnswer[] {
  return words.reduce<readonly PictureAnswer[]>((answers, word, at) => {
    const isDecision = word.startsWith('!')
    const [sign, ...name] = isDecision ? word.slice(1) : word
    const label = aLabel({
      id: `l${at}`,
      labeller: name.join(''),
      origin: isDecision ? 'adjudication' : 'page',
      value: sign === '+' ? 1 : 0,
      at,
    })
    return withAnswer(answers, label, [])
  }, [])
}

describe('trust in a tagged picture', () => {
  it.each([
    [['+ada'], ONE_PERSON_WEIGHT],
    [['+ada', '+bo'], SURE_WEIGHT],
    [['+ada', '+ada'], ONE_PERSON_WEIGHT],
    [['+ada', '-bo'], 0],
    [['+ada', '+bo', '-cy'], ONE_PERSON_WEIGHT],
    [['+ada', '+bo', '-cy', '-di'], 0],
    [['-ada'], 0],
    [['-ada', '+ada'], ONE_PERSON_WEIGHT],
    [['!+mo'], SURE_WEIGHT],
    [['+ada', '+bo', '!-mo'], 0],
    [['-ada', '-bo', '!-mo', '!+mo'], SURE_WEIGHT],
    [[], 0],
  ])('%j is worth %d', (words, weight) => {
    expect(trustOf(said(...words))).toBe(weight)
  })

  it('does not depend on the order in which answers come', () => {
    const answers = said('+ada', '-bo', '+cy', '-ada', '!+mo', '!-mo')
    expect(trustOf([...answers].reverse())).toBe(trustOf(answers))
    expect(wantedEntries('k', 'f', said('+ada', '+bo'))).toEqual(
      wantedEntries('k', 'f', [...said('+ada', '+bo')].reverse()),
    )
  })
})

describe('entries of a picture', () => {
  const box = { x: 0.1, y: 0.2, width: 0.3, height: 0.4 }
  const marked = (labeller: string, value: number, id = labeller) =>
    [aLabel({ id, labeller, value }), [{ name: 'Bright Shop', box }]] as const
  const entriesOf = (...labels: readonly ReturnType<typeof marked>[]) => {
    let answers: readonly PictureAnswer[] = []
    for (const [label, marks] of labels) answers = withAnswer(answers, label, marks)
    return wantedEntries('image-spam', 'f00d', answers)
  }

  it('are itself and each rectangle that was drawn on it', () => {
    expect(entriesOf(marked('ada', 1))).toMatchObject([
      { type: 'PICTURE', box: null, weight: ONE_PERSON_WEIGHT, origin: { id: 'ada' } },
      { type: 'LOGO', name: 'Bright Shop', box, weight: ONE_PERSON_WEIGHT },
    ])
  })

  it('keep their ids whoever tags the picture, and differ between kinds and files', () => {
    const [one] = entriesOf(marked('ada', 1))
    const [other, ...logos] = entriesOf(marked('bo', 1), marked('ada', 1))
    expect(other!.id).toBe(one!.id)
    expect(new Set(logos.map(({ id }) => id)).size).toBe(2)
    const [answer] = said('+ada')
    const ids = [
      ['image-spam', 'f00d'],
      ['image-spam', 'beef'],
      ['picture-spam', 'f00d'],
    ].map(([kind, sha256]) => wantedEntries(kind!, sha256!, [answer!])[0]!.id)
    expect(new Set(ids).size).toBe(3)
  })

  it('hold no rectangle of somebody who calls the picture none', () => {
    const wanted = entriesOf(marked('ada', 1), marked('bo', 1), marked('cy', 0))
    expect(wanted.map(({ origin }) => origin.id)).toEqual(['ada', 'ada', 'bo'])
  })

  it('are bounded, however many rectangles one answer holds', () => {
    const marks = Array.from({ length: 100 }, (_, i) => ({ name: '', box: { ...box, x: i / 1000 } }))
    const answers = withAnswer([], aLabel({ value: 1 }), marks)
    expect(wantedEntries('image-spam', 'f00d', answers)).toHaveLength(9)
  })

  it('go with the label they came from, and change when it is said again', () => {
    const answers = withAnswer([], ...marked('ada', 1))
    const [label] = marked('ada', 1)
    expect(withAnswer(answers, { ...label, withdrawn: true }, [])).toEqual([])
    expect(withAnswer(answers, { ...label, value: 0 }, [])).toMatchObject([{ isPositive: false }])
  })

  it('are written where they are new or weigh otherwise, and taken out where nobody wants them', () => {
    const [picture, logo] = entriesOf(marked('ada', 1))
    const asWritten = (weight: number) => ({ type: 'PICTURE', name: '', weight }) as const
    expect(
      bankChanges({ [picture!.id]: asWritten(ONE_PERSON_WEIGHT), gone: asWritten(1) }, [picture!, logo!]),
    ).toEqual({ put: [logo], takeOut: ['gone'] })
    expect(bankChanges({ [picture!.id]: asWritten(SURE_WEIGHT) }, [picture!])).toEqual({
      put: [picture],
      takeOut: [],
    })
  })
})
