import { NicrError } from '../schemas/errors.ts'

/** Rows of files that cannot be used: of a file of another sort it is all of them, and the first tell as much as all. */
const NAMED_MAX = 20

export interface BadRows {
  readonly count: number
  /** @param place such as `line 7` */
  complain(file: string, place: string, error: string): void
  /** @throws NicrError NICR_INPUT_INVALID if there were any; `done` is a participle, such as `published` */
  refuse(done: string, others: number): void
}

/** @param clear called before a line is written, where something else holds the terminal's last line */
export function createBadRows(clear: () => void = () => {}): BadRows {
  let count = 0
  const say = (text: string) => {
    clear()
    process.stderr.write(`nicr: ${text}\n`)
  }
  return {
    get count() {
      return count
    },
    complain(file, place, error) {
      count++
      if (count <= NAMED_MAX) say(`${file}: ${place}: ${error}`)
    },
    refuse(done, others) {
      if (count === 0) return
      if (count > NAMED_MAX) say(`… and ${count - NAMED_MAX} more`)
      const rows = count === 1 ? 'row was' : 'rows were'
      throw new NicrError(
        'NICR_INPUT_INVALID',
        `${count} ${rows} not ${done}; ${others === 0 ? 'there are no others' : 'the others were'}`,
      )
    },
  }
}
