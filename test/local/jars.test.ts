import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { ensureJars } from '../../local/jars.ts'
import { findJava } from '../../local/java.ts'
import type { JarSet } from '../../local/maven.ts'
import { type Progress, progressPrinter } from '../../local/progress.ts'
import { testFolder } from './support.ts'

const signal = new AbortController().signal

afterEach(() => void vi.unstubAllEnvs())

/** Puts a program of that name first in PATH. */
function fakeProgram(name: string, script: string): string {
  const bin = join(testFolder(), 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, name), 0o755)
  vi.stubEnv('PATH', `${bin}:/usr/bin:/bin`)
  return bin
}

/** A pom of no account: the fake Maven does not read it. */
function jarSet(): JarSet {
  const pom = join(testFolder(), 'pom.xml')
  writeFileSync(pom, '<project/>')
  return { name: 'thing-1.0', pom, goal: 'copy', aboutMb: 150 }
}

const copyTwoJars = `
for word in "$@"; do case $word in -DoutputDirectory=*) out=\${word#*=};; esac; done
printf 'Downloading from central: https://example.org/a.jar\\n'
printf 'Progress (1): 49/142 MB\\rProgress (2): 1.5 kB | 99/142 MB\\r'
printf 'Downloaded from central: https://example.org/a.jar (142 MB at 55 MB/s)\\n'
echo one > "$out/a.jar"; echo two > "$out/b.jar"`

it('fetches once, shows how far it is, and then needs no Maven', async () => {
  const folder = testFolder()
  const set = jarSet()
  fakeProgram('mvn', copyTwoJars)
  const reports: string[] = []
  const jars = await ensureJars(set, { folder, signal, report: detail => reports.push(detail) })
  expect(readdirSync(jars)).toEqual(['a.jar', 'b.jar', 'files.json'])
  expect(reports).toEqual([49, 99, 142].map(mb => `thing-1.0, ${mb} MB so far, about 150 MB in all`))
  vi.stubEnv('PATH', '')
  await expect(ensureJars(set, { folder, signal, report: () => {} })).resolves.toBe(jars)
})

it('fetches again what was damaged, and clears away what a killed process had begun', async () => {
  const folder = testFolder()
  const set = jarSet()
  fakeProgram('mvn', copyTwoJars)
  const jars = await ensureJars(set, { folder, signal, report: () => {} })
  writeFileSync(join(jars, 'b.jar'), 'cut')
  mkdirSync(join(folder, `thing-1.0.${2 ** 22 + 1}.00000000.tmp`))
  await expect(ensureJars(set, { folder, signal, report: () => {} })).resolves.toBe(jars)
  expect(readdirSync(folder)).toEqual([jars.slice(folder.length + 1)])
  rmSync(join(jars, 'a.jar'))
  vi.stubEnv('PATH', '')
  await expect(ensureJars(set, { folder, signal, report: () => {} })).rejects.toMatchObject({
    code: 'NICR_MAVEN_MISSING',
  })
})

it('serves several processes that start at once', async () => {
  const folder = testFolder()
  const set = jarSet()
  fakeProgram('mvn', copyTwoJars)
  const all = await Promise.all([1, 2, 3].map(() => ensureJars(set, { folder, signal, report: () => {} })))
  expect(new Set(all).size).toBe(1)
  expect(readdirSync(folder)).toHaveLength(1)
})

it('says that Maven is missing and what to do', async () => {
  vi.stubEnv('PATH', '')
  await expect(
    ensureJars(jarSet(), { folder: testFolder(), signal, report: () => {} }),
  ).rejects.toMatchObject({
    code: 'NICR_MAVEN_MISSING',
    message: expect.stringMatching(/mvn.*Install Maven.*KAFKA_BROKERS/),
  })
})

it('shows the end of what Maven said when it fails, and leaves nothing behind', async () => {
  const folder = testFolder()
  fakeProgram(
    'mvn',
    'echo "[ERROR] Could not transfer artifact: repo.maven.apache.org: Unknown host"; exit 1',
  )
  await expect(ensureJars(jarSet(), { folder, signal, report: () => {} })).rejects.toMatchObject({
    code: 'NICR_DOWNLOAD_FAILED',
    message: expect.stringMatching(/status 1[\s\S]*Unknown host/),
  })
  expect(readdirSync(folder)).toEqual([])
})

it('stops Maven when the start is aborted', async () => {
  const folder = testFolder()
  fakeProgram('mvn', 'echo "Downloaded from central: x (1.0 kB at 1 kB/s)"; exec sleep 1000')
  const abort = new AbortController()
  const reason = new Error('enough')
  const fetching = ensureJars(jarSet(), { folder, signal: abort.signal, report: () => abort.abort(reason) })
  await expect(fetching).rejects.toBe(reason)
  expect(readdirSync(folder)).toEqual([])
})

it('refuses a Java that is too old, and a JAVA_HOME without one', async () => {
  const bin = fakeProgram('java', `echo 'openjdk version "11.0.2" 2019-01-15' >&2`)
  vi.stubEnv('JAVA_HOME', undefined)
  await expect(findJava()).rejects.toMatchObject({
    code: 'NICR_JAVA_MISSING',
    message: expect.stringContaining('is Java 11'),
  })
  vi.stubEnv('JAVA_HOME', join(bin, 'nothing-here'))
  await expect(findJava()).rejects.toMatchObject({ code: 'NICR_JAVA_MISSING' })
  writeFileSync(join(bin, 'java'), `#!/bin/sh\necho 'openjdk version "21" 2023-09-19' >&2`)
  vi.stubEnv('JAVA_HOME', join(bin, '..'))
  await expect(findJava()).resolves.toBe(join(bin, '..', 'bin', 'java'))
})

it('rewrites one line of progress on a terminal and prints plain lines elsewhere', () => {
  const steps: Progress[] = [
    { part: 'kafka', state: 'downloading', detail: '1 MB' },
    { part: 'kafka', state: 'downloading', detail: '2 MB' },
    { part: 'kafka', state: 'ready', detail: '' },
  ]
  const print = (isTTY: boolean) => {
    const written: string[] = []
    const report = progressPrinter({ isTTY, write: text => written.push(text) })
    for (const step of steps) report(step)
    return written
  }
  expect(print(false)).toEqual(['kafka      downloading: 1 MB\n', 'kafka      ready\n'])
  expect(print(true).join('')).toBe(
    'kafka      downloading: 1 MB\r\u001b[2Kkafka      downloading: 2 MB\r\u001b[2Kkafka      ready\n',
  )
})
