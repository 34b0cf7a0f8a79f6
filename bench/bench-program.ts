import { existsSync } from 'node:fs'
import { NicrError } from '../schemas/errors.ts'
import { packagePath } from '../schemas/package-root.ts'

/** Path of a compiled program of the benchmarks. @throws NicrError NICR_BENCH_FAILED where it was not built */
export function benchProgram(name: string): string {
  const program = packagePath('dist', 'bench', name)
  if (!existsSync(program))
    throw new NicrError('NICR_BENCH_FAILED', `${program} is missing. Run \`npm run build\`.`)
  return program
}
