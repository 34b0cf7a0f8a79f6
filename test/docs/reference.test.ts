import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packagePath } from '../../schemas/package-root.ts'
import {
  asPipelineFile,
  codeBlock,
  errorsPage,
  guideSteps,
  inYaml,
  scorerServices,
  settingsTable,
  topicsTable,
  topologyDiagram,
  withSections,
} from '../../scripts/reference-tables.ts'
import { viewSections, viewsOfMigrations } from '../../scripts/view-columns.ts'
import { filesUnder } from '../support/sources.ts'

const read = (path: string) => readFileSync(packagePath(path), 'utf8')

describe('reference pages are in step with the code (`npm run generate` brings them up to date)', () => {
  it('docs/errors.md', async () => {
    await expect(errorsPage()).toMatchFileSnapshot('../../docs/errors.md')
  })

  it('README.md: settings, topics and the example programs', async () => {
    const readme = withSections(read('README.md'), {
      settings: settingsTable(),
      topics: topicsTable(),
      topology: topologyDiagram(),
      'produce.js': codeBlock('js', read('examples/produce.js')),
      'produce.py': codeBlock('python', read('examples/produce.py')),
      'follow-scores.js': codeBlock('js', read('examples/follow-scores.js')),
    })
    await expect(readme).toMatchFileSnapshot('../../README.md')
  })

  it('docs/guide/add-a-kind.md: the steps of the test that runs them', async () => {
    const steps = {
      declare: codeBlock('ts', asPipelineFile(read('test/guide/politeness.ts'))),
      ...guideSteps(read('test/guide/requests.ts')),
      ...guideSteps(read('test/guide/add-a-kind.test.ts')),
    }
    const page = read('docs/guide/add-a-kind.md')
    const shown = [...page.matchAll(/^<!-- (\w+):begin -->$/gm)].map(([, name]) => name!)
    expect(shown.toSorted()).toEqual(Object.keys(steps).toSorted())
    await expect(withSections(page, steps)).toMatchFileSnapshot('../../docs/guide/add-a-kind.md')
  })

  it('docs/views.md: every view, what it has a row for, and its columns', async () => {
    const page = read('docs/views.md')
    const explained = page.slice(0, page.indexOf('## Columns'))
    const rows = [...explained.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!)
    const names = viewsOfMigrations().map(({ name }) => name)
    expect(rows.toSorted()).toEqual(names)
    await expect(withSections(page, { columns: viewSections() })).toMatchFileSnapshot('../../docs/views.md')
  })

  it('docker-compose.yml: a service for each kind', async () => {
    const compose = withSections(read('docker-compose.yml'), { scorers: scorerServices() }, inYaml)
    await expect(compose).toMatchFileSnapshot('../../docker-compose.yml')
  })

  it('refuses a text without the markers of a section', () => {
    expect(() => withSections('no markers', { topics: '' })).toThrow('topics:begin')
  })
})

describe('pages', () => {
  const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesUnder('docs', '.md')]

  it.each(pages)('%s links to files that exist', page => {
    const targets = [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(
      ([, target]) => target!,
    )
    const missing = targets.filter(target => !existsSync(join(dirname(packagePath(page)), target)))
    expect(missing).toEqual([])
  })

  it.each(pages)('%s names only files of the repository that exist', page => {
    const folders =
      'schemas|processors|pipelines|serving|jobs|local|cli|bench|test|scripts|examples|deploy|docs|models'
    const named = [...read(page).matchAll(new RegExp(`\`((?:${folders})/[\\w./-]+)\``, 'g'))].map(
      ([, path]) => path!,
    )
    const missing = named.filter(path => !existsSync(packagePath(path)))
    expect(missing).toEqual([])
  })

  it('README.md states the two commands as they are typed', () => {
    expect(read('README.md')).toContain('npm ci && npm start')
    expect(read('README.md')).toContain('npm ci && npm test')
  })
})
