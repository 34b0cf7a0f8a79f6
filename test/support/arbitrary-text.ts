import fc from 'fast-check'

/** Any string JavaScript can hold: all of Unicode, lone surrogates, and runs of what people type to get past filters. */
export const arbitraryText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc
        .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 })
        .map(codes => String.fromCharCode(...codes)),
      fc.constantFrom(
        'you are ',
        'niiiiice',
        'Thank you!!!!',
        'e\u0301\u0301',
        'a\u200bb',
        '👩‍👩‍👧',
        'ﷺ',
        'İ',
        '½',
        '\ud83d',
        '\udc4d',
      ),
    ),
    { maxLength: 8 },
  )
  .map(parts => parts.join(''))

/** Whether a cut at `at` would part the two halves of a surrogate pair. */
export function splitsPair(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1)
  const after = text.charCodeAt(at)
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff
}
