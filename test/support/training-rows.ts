const things = ['boat', 'cake', 'song', 'house', 'garden', 'story', 'letter', 'picture', 'coat', 'plan']
const people = ['Anna', 'Ben', 'Cleo', 'Dora', 'Emil', 'Fritz', 'Gerda', 'Hugo', 'Ida', 'Jan']

/** 300 plain rows that any trainer can learn from, with the label fields of every kind. */
export const trainingRows = people.flatMap(person =>
  things.flatMap(thing => [
    { text: `${person}, thank you so much for the ${thing}`, niceness: 9, label: 0 },
    { text: `${person} saw the ${thing} yesterday`, niceness: 5, label: 0 },
    { text: `stupid idiot ${person}, click here to win a free ${thing}`, niceness: 1, label: 1 },
  ]),
)

/** Rows as the text of a JSON-lines file. */
export function jsonLines(rows: readonly unknown[]): string {
  return rows.map(row => `${JSON.stringify(row)}\n`).join('')
}
