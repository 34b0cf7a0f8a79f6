import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { settingTable } from '../pipelines/settings.ts'
import { errorTable } from '../schemas/errors.ts'
import { packagePath } from '../schemas/package-root.ts'
import {
  filesUnder,
  functionsOf,
  readSources,
  type SourceFile,
  sourceFolders,
  withoutComments,
} from './support/sources.ts'

/** The rules of the repository that no tool checks. A failure names the place and what to do instead. */

const sources = readSources()

describe('imports point one way', () => {
  /** What the files of a folder may import, besides packages. A path allows itself and what lies below it. */
  const arrows: Readonly<Record<(typeof sourceFolders)[number], readonly string[]>> = {
    schemas: ['schemas'],
    processors: ['schemas', 'processors'],
    pipelines: ['schemas', 'processors', 'pipelines'],
    serving: ['schemas', 'processors', 'pipelines', 'serving'],
    // Runs in browsers and in other people's programs.
    client: ['client'],
    jobs: ['schemas', 'processors', 'pipelines', 'jobs'],
    // The embedded parts know how Nicr is configured, not what it does.
    local: ['schemas', 'pipelines/config.ts', 'local'],
    cli: sourceFolders,
    bench: sourceFolders,
    demo: sourceFolders,
  }

  it.each(sourceFolders)('%s', folder => {
    const allowed = arrows[folder]
    const wrong = sources
      .filter(({ path }) => isBelow(path, folder))
      .flatMap(({ path, imports }) =>
        imports
          .filter(target => target.endsWith('.ts') && !allowed.some(one => isBelow(target, one)))
          .map(target => `${path} imports ${target}; ${folder} may import ${allowed.join(', ')}`),
      )
    expect(wrong).toEqual([])
  })

  it('goes in no circle, types included: each file can be read after those it imports', () => {
    const importsOf = new Map(
      sources.map(({ path, imports }) => [path, imports.filter(target => target.endsWith('.ts'))]),
    )
    // What is left once files that import nothing that is left, or that nothing left imports, are taken away, again and again.
    for (let taken = true; taken; ) {
      taken = false
      for (const [path, imports] of importsOf)
        if (!imports.some(target => importsOf.has(target))) taken = importsOf.delete(path)
      const imported = new Set([...importsOf.values()].flat())
      for (const path of importsOf.keys()) if (!imported.has(path)) taken = importsOf.delete(path)
    }
    const wrong = [...importsOf].map(
      ([path, imports]) =>
        `${path} lies in a circle, by ${imports.filter(target => importsOf.has(target)).join(', ')}; move what both need into a file of its own`,
    )
    expect(wrong).toEqual([])
  })

  it('stays within the folders of source, so that what is shipped needs no test or script', () => {
    const wrong = sources.flatMap(({ path, imports }) =>
      imports
        .filter(target => target.endsWith('.ts') && !sourceFolders.some(folder => isBelow(target, folder)))
        .map(target => `${path} imports ${target}`),
    )
    expect(wrong).toEqual([])
  })
})

describe('a package that talks to a system has one home', () => {
  const homes: Readonly<Record<string, { readonly only: readonly string[]; readonly instead: string }>> = {
    // The benchmark's reference is plain kafkajs, which is the point of it.
    kafkajs: {
      only: ['pipelines/runtime/kafka', 'bench/reference-copy.ts'],
      instead: 'use what pipelines/runtime/kafka exports',
    },
    '@clickhouse/client': { only: ['pipelines/clickhouse.ts'], instead: 'use pipelines/clickhouse.ts' },
    '@confluentinc/schemaregistry': {
      only: ['pipelines/schema-registry.ts'],
      instead: 'use pipelines/schema-registry.ts',
    },
    avsc: { only: ['schemas/codec.ts'], instead: 'use schemas/codec.ts' },
    'onnxruntime-node': { only: ['pipelines/runtime/inference'], instead: 'load models by a kind' },
    sharp: {
      only: [
        'pipelines/images',
        'demo/picture.ts',
        'bench/soak/soak-picture.ts',
        'demo/pictures/paint.ts',
        'bench/text-pictures.ts',
        'bench/picture-changes.ts',
      ],
      instead: 'decode images in pipelines/images',
    },
    '@aws-sdk/client-s3': {
      only: ['pipelines/images/s3-objects.ts'],
      instead: 'use pipelines/images/s3-objects.ts',
    },
    // The benchmark's reference is plain tesseract.js.
    'tesseract.js': {
      only: ['pipelines/runtime/inference', 'bench/images-reading.ts'],
      instead: 'read text in images in pipelines/runtime/inference',
    },
    chdb: { only: ['local/clickhouse'], instead: 'speak HTTP to the endpoint of local/clickhouse' },
    fastify: { only: ['serving', 'bench/live-server-run.ts'], instead: 'add a route in serving/routes' },
    jose: { only: ['serving/tokens.ts'], instead: 'use serving/tokens.ts' },
    '@opentelemetry': {
      only: ['pipelines/runtime/otel-tracing.ts'],
      instead: 'open spans by pipelines/runtime/tracing.ts',
    },
  }

  it.each(Object.entries(homes))('%s', (name, { only, instead }) => {
    const wrong = sources
      .filter(({ imports }) => imports.some(target => isBelow(target, name)))
      .filter(({ path }) => !only.some(home => isBelow(path, home)))
      .map(({ path }) => `${path} imports ${name}; ${instead}`)
    expect(wrong).toEqual([])
  })
})

describe('time, randomness and the world come in by the door', () => {
  const clocks: readonly (readonly [pattern: RegExp, instead: string])[] = [
    [/\bDate\.now\b/, 'take the record’s time, or `now` as an argument'],
    [/\bnew Date\(\s*\)/, 'take the record’s time, or `now` as an argument'],
    [/(?<!new )\bDate\(\s*\)/, 'take the record’s time, or `now` as an argument'],
    [/\bperformance\.now\b/, 'measure in pipelines/runtime/metrics.ts'],
    [/\bprocess\.hrtime\b/, 'measure in pipelines/runtime/metrics.ts'],
    [/\bset(?:Timeout|Interval|Immediate)\b/, 'return punctuateAt; the runtime keeps timers'],
    [/\bMath\.random\b/, 'take a seeded source of randomness as an argument'],
    [/\brandom(?:Bytes|UUID|Int)\b/, 'derive ids in schemas/ids.ts; take randomness as an argument'],
    [/\bgetRandomValues\b/, 'take a seeded source of randomness as an argument'],
  ]
  const world: typeof clocks = [
    [/'node:crypto'/, 'hash in schemas/ids.ts'],
    [
      /'(?:node:)?(?:fs|fs\/promises|net|http|https|http2|dgram|dns|tls|child_process|worker_threads|os)'/,
      'I/O belongs to pipelines/; take the value as an argument',
    ],
    [/\bfetch\(/, 'I/O belongs to pipelines/; take the value as an argument'],
    [/\bprocess\.|\bglobalThis\./, 'take it as an argument'],
    [/\bconsole\./, 'return what should be said'],
    [/\bawait\b|\basync\b|\bnew Promise\b/, 'a processor decides at once; waiting belongs to the runtime'],
  ]

  it.each([
    ['processors', [...clocks, ...world]],
    ['schemas', clocks],
  ] as const)('%s', (folder, banned) => {
    const wrong = sources
      .filter(({ path }) => isBelow(path, folder))
      .flatMap(source => banned.flatMap(([pattern, instead]) => found(source, pattern, instead)))
    expect(wrong).toEqual([])
  })

  it('reads the environment in pipelines/config.ts only, which the commands hand process.env', () => {
    const allowed = /\b(readConfig|shownSettings)\(process\.env\)/g
    const wrong = sources.flatMap(source => {
      const bare = ['cli', 'demo/main.ts', 'bench/soak/main.ts'].some(starts => isBelow(source.path, starts))
        ? { ...source, code: source.code.map(line => line.replaceAll(allowed, '')) }
        : source
      return found(bare, /\bprocess\.env\b/, 'add a setting to pipelines/settings.ts and pass its value down')
    })
    expect(wrong).toEqual([])
  })
})

describe('size', () => {
  const FILE_LINES_MAX = 400
  const FUNCTION_LINES_MAX = 70
  /** Written by scripts, not by people. */
  const generated = ['schemas/records.ts']

  it(`keeps files within ${FILE_LINES_MAX} lines`, () => {
    const wrong = sources
      .filter(({ path, lines }) => lines.length - 1 > FILE_LINES_MAX && !generated.includes(path))
      .map(({ path, lines }) => `${path} has ${lines.length - 1} lines; part it by what its parts know`)
    expect(wrong).toEqual([])
  })

  it(`keeps functions within ${FUNCTION_LINES_MAX} lines of their own`, () => {
    const wrong = sources.flatMap(source =>
      functionsOf(source)
        .filter(({ ownLines }) => ownLines > FUNCTION_LINES_MAX)
        .map(({ line, head, ownLines }) => `${source.path}:${line} ${head} has ${ownLines} lines of its own`),
    )
    expect(wrong).toEqual([])
  })
})

describe('nothing is left over', () => {
  /** Files that something other than an import starts. */
  const entries: Readonly<Record<string, string>> = {
    'cli/nicr.ts': 'bin/nicr.js',
    'local/clickhouse/main.ts': 'local/clickhouse-process.ts',
    'jobs/train-first-models.ts': 'models/README.md',
    'jobs/images/train-first-image-model.ts': 'models/README.md',
    'jobs/training-worker.ts': 'jobs/run-training.ts',
    'jobs/challenger/challenger-worker.ts': 'jobs/challenger/make-challenger.ts',
    'pipelines/images/sight-worker.ts': 'pipelines/images/sight-thread.ts',
    'pipelines/runtime/inference/encoder/encoder-worker.ts':
      'pipelines/runtime/inference/encoder/encoder-process.ts',
    'bench/pipeline-run.ts': 'bench/measured-process.ts',
    'bench/streams-run.ts': 'bench/streams-members.ts',
    'bench/reference-copy.ts': 'bench/measured-process.ts',
    'bench/train-run.ts': 'bench/train.ts',
    'bench/live-server-run.ts': 'bench/live-server.ts',
    'bench/encoder-run.ts': 'bench/encoder-side.ts',
    'client/index.ts': 'package.json',
    'client/meter/index.ts': 'package.json',
    // What the native evaluation of heads is compared with.
    'pipelines/runtime/inference/heads-session.ts': 'test/pipelines/runtime/inference/heads-onnx.test.ts',
    // One engine by itself, held to the contract that the policy over both keeps.
    'pipelines/runtime/inference/ppocr-reader.ts': 'test/pipelines/runtime/inference/text-readers.test.ts',
    'demo/main.ts': 'package.json',
    'demo/write-community.ts': 'package.json',
    'bench/soak/main.ts': 'package.json',
    // The second driver of the topology, for tests of processors, here and of those who add one.
    'pipelines/runtime/memory/memory-driver.ts': 'test/support/topology-driver.ts',
  }

  it('imports every file, or starts it from somewhere', () => {
    const imported = new Set(sources.flatMap(({ imports }) => imports))
    const dead = sources
      .map(({ path }) => path)
      .filter(path => !imported.has(path) && !Object.hasOwn(entries, path))
      .map(path => `nothing imports ${path}; remove it, or name what starts it in this test`)
    expect(dead).toEqual([])
  })

  it('exports no function, class or constant that no other file names', () => {
    const words = new Map<string, Set<string>>()
    for (const { path, code } of [...sources, ...readSources(['test', 'scripts'])])
      for (const [word] of code.join('\n').matchAll(/[A-Za-z_]\w*/g))
        words.set(word, (words.get(word) ?? new Set()).add(path))
    const declared = /^export (?:async )?(?:function\*?|class|const) (\w+)/
    const wrong = sources.flatMap(({ path, code }) =>
      code
        .map(line => declared.exec(line)?.[1])
        .filter(name => name !== undefined && words.get(name)!.size === 1)
        .map(name => `${path} exports ${name} to nobody; keep it to the file, or remove it`),
    )
    expect(wrong).toEqual([])
  })

  it.each(Object.entries(entries))('%s is started by %s', (entry, starter) => {
    expect(existsSync(packagePath(entry)), entry).toBe(true)
    const name = entry.replace(/^.*\//, '').replace(/\.ts$/, '')
    expect(readFileSync(packagePath(starter), 'utf8')).toMatch(new RegExp(`\\b${name}\\.[jt]s\\b`))
  })

  it('keeps no note of work undone: do it, or open an issue', () => {
    const folders = [...sourceFolders, 'test', 'scripts', 'docs', 'deploy', 'examples', '.ci']
    const mark = new RegExp(
      `\\b(?:${['TO', 'FIX'].map(word => `${word}${word === 'TO' ? 'DO' : 'ME'}`).join('|')})\\b`,
    )
    const texts = folders
      .flatMap(folder => filesUnder(folder))
      .filter(path => /\.(?:ts|js|mjs|py|sh|md|sql|avsc|html|css|ya?ml)$|\.ci\/run$/.test(path))
    const wrong = texts.flatMap(path =>
      readFileSync(packagePath(path), 'utf8')
        .split('\n')
        .flatMap((line, i) => (mark.test(line) ? [`${path}:${i + 1} ${line.trim()}`] : [])),
    )
    expect(wrong).toEqual([])
  })

  it('runs every test: none is skipped for good, and none alone', () => {
    const marks = /\b(?:it|test|describe)\.(?:only|skip|todo)\b/
    const wrong = readSources(['test']).flatMap(source =>
      found(source, marks, 'mend or remove it; skipIf says why a part is missing'),
    )
    expect(wrong).toEqual([])
  })
})

describe('codes', () => {
  /** `NICR_RECORD` stands for all codes that begin so. */
  const isFamily = (name: string) => Object.keys(errorTable).some(code => code.startsWith(`${name}_`))
  const named = new Map<string, string>()
  for (const { path, code } of sources)
    if (path !== 'schemas/errors.ts')
      for (const [, name] of code.join('\n').matchAll(/'(NICR_[A-Z_]*[A-Z])'/g))
        if (!(name! in settingTable)) named.set(name!, path)

  it('are in the table of schemas/errors.ts', () => {
    const unknown = [...named].filter(([code]) => !Object.hasOwn(errorTable, code) && !isFamily(code))
    expect(unknown.map(([code, path]) => `${path} names ${code}, which is not in schemas/errors.ts`)).toEqual(
      [],
    )
  })

  it('are used, all of them', () => {
    const unused = Object.keys(errorTable).filter(code => !named.has(code))
    expect(unused.map(code => `nothing reports ${code}; take it out of schemas/errors.ts`)).toEqual([])
  })
})

describe('an installation', () => {
  it('runs no script of a dependency, whichever npm does it: what package.json denies, the lock file does not mark', () => {
    const { packages } = JSON.parse(readFileSync(packagePath('package-lock.json'), 'utf8'))
    const marked = Object.keys(packages).filter(path => packages[path].hasInstallScript === true)
    expect(
      marked.map(path => `${path}: deny it in allowScripts of package.json, then npm run lockfile`),
    ).toEqual([])
  })
})

describe('the rules themselves', () => {
  it('see through comments, not through strings', () => {
    const text = "const a = 'https://x' // Date.now\n/* Math.random\n */ const b = /[/]\\/\\//.test(a)"
    expect(withoutComments(text).replaceAll(/ +/g, ' ')).toBe(
      "const a = 'https://x' \n \n const b = /[/]\\/\\//.test(a)",
    )
  })

  it('count a function’s own lines without those of functions within', () => {
    const code = [
      'function outer(',
      '  a: number,',
      ') {',
      '  const f = () => {',
      '    one()',
      '  }',
      '  if (',
      '    a',
      '  ) {',
      '    two()',
      '  }',
      '}',
    ]
    const source: SourceFile = { path: 'x.ts', lines: code, code, imports: [] }
    expect(functionsOf(source).map(({ line, ownLines }) => [line, ownLines])).toEqual([
      [3, 7],
      [4, 3],
    ])
  })
})

function found(source: SourceFile, pattern: RegExp, instead: string): string[] {
  return source.code.flatMap((line, i) => {
    const match = pattern.exec(line)
    return match === null ? [] : [`${source.path}:${i + 1} ${match[0]}: ${instead}`]
  })
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
