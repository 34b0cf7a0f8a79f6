/** A few hundred sentences, put together from parts: enough variety to compare two evaluations, none of it anyone's. */
export function sentences(): string[] {
  const starts = [
    'You are',
    'They were',
    'Honestly, this is',
    'I think we are',
    'WOW!!! That was',
    'never say it is',
  ]
  const middles = [
    'a wonderful',
    'such a stupid',
    'the usual',
    'a free',
    'an absolutely ridiculous',
    'my favourite',
    'no',
  ]
  const ends = [
    'friend 👍',
    'idea...',
    'prize, call 0900 123 now',
    'idiot!',
    'meeting at ten',
    'caf\u00e9 :)',
    'd1saster\u200b',
    'song, thank you',
  ]
  return starts.flatMap(start => middles.flatMap(middle => ends.map(end => `${start} ${middle} ${end}`)))
}
