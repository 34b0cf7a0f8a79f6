import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packagePath } from '../../schemas/package-root.ts'
import { anchorOf, apiPage } from '../../scripts/api-page.ts'
import { brokerAddresses, furtherBrokers, processServices } from '../../scripts/compose-services.ts'
import { manifestsOfProcesses, scaledObjects } from '../../scripts/kubernetes-manifests.ts'
import {
  asPipelineFile,
  codeBlock,
  decisionsList,
  errorsPage,
  guideSteps,
  inYaml,
  settingsTable,
  topicsTable,
  topologyDiagram,
  withSections,
} from '../../scripts/reference-tables.ts'
import { table } from '../../scripts/tables.ts'
import { viewSections, viewsOfMigrations } from '../../scripts/view-columns.ts'
import { serveHttp } from '../serving/http-server.ts'
import { exposedMetrics } from '../support/exposed-metrics.ts'
import { filesUnder } from '../support/sources.ts'

const read = (path: string) => readFileSync(packagePath(path), 'utf8')

describe('reference pages are in step with the code (`npm run generate` brings them up to date)', () => {
  it('docs/errors.md', async () => {
    await expect(errorsPage()).toMatchFileSnapshot('../../docs/errors.md')
  })

  it('docs/api.md', async () => {
    const { get } = await serveHttp()
    const [openApi, asyncApi] = await Promise.all(
      ['/openapi.json', '/asyncapi.json'].map(async url => (await get(url)).json()),
    )
    await expect(apiPage(openApi, asyncApi)).toMatchFileSnapshot('../../docs/api.md')
  })

  it('docs/operations/settings.md', async () => {
    const page = withSections(read('docs/operations/settings.md'), { settings: settingsTable() })
    await expect(page).toMatchFileSnapshot('../../docs/operations/settings.md')
  })

  it('README.md: topics and the example programs', async () => {
    const readme = withSections(read('README.md'), {
      topics: topicsTable(),
      topology: topologyDiagram(),
      'produce.js': codeBlock('js', read('examples/produce.js')),
      'produce.py': codeBlock('python', read('examples/produce.py')),
      'Produce.java': codeBlock('java', read('examples/Produce.java')),
      'pom.xml': codeBlock('xml', dependenciesOf(read('examples/pom.xml'))),
      'follow-scores.js': codeBlock('js', read('examples/follow-scores.js')),
    })
    await expect(readme).toMatchFileSnapshot('../../README.md')
  })

  it('docs/README.md: the decisions', async () => {
    const pages = Object.fromEntries(filesUnder('docs/decisions').map(path => [basename(path), read(path)]))
    const index = withSections(read('docs/README.md'), { decisions: decisionsList(pages) })
    await expect(index).toMatchFileSnapshot('../../docs/README.md')
  })

  it('docs/operations/metrics.md: every metric that a registry has once all parts are there', async () => {
    const rows = (await exposedMetrics())
      .filter(({ name }) => name.startsWith('nicr_'))
      .toSorted((one, other) => one.name.localeCompare(other.name))
      .map(({ name, type, labels, help }) => [
        `\`${name}\``,
        type,
        labels.map(label => `\`${label}\``).join(', '),
        help,
      ])
    const metrics = table(['Metric', 'Type', 'Labels', 'Says'], rows)
    const page = withSections(read('docs/operations/metrics.md'), { metrics })
    await expect(page).toMatchFileSnapshot('../../docs/operations/metrics.md')
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
    const rows = [...explained.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name!)
    const names = viewsOfMigrations().map(({ name }) => name)
    expect(rows.toSorted()).toEqual(names)
    await expect(withSections(page, { columns: viewSections() })).toMatchFileSnapshot('../../docs/views.md')
  })

  it('docker-compose.yml: a service for each process', async () => {
    const compose = withSections(read('docker-compose.yml'), { processes: processServices() }, inYaml)
    await expect(compose).toMatchFileSnapshot('../../docker-compose.yml')
  })

  it('docker-compose.brokers.yml: the brokers, and who is told of them', async () => {
    const sections = { brokers: furtherBrokers(), addresses: brokerAddresses() }
    const compose = withSections(read('docker-compose.brokers.yml'), sections, inYaml)
    await expect(compose).toMatchFileSnapshot('../../docker-compose.brokers.yml')
  })

  it('deploy/kubernetes: a Deployment for each process, and by what it is scaled', async () => {
    await expect(manifestsOfProcesses()).toMatchFileSnapshot('../../deploy/kubernetes/base/processes.yaml')
    await expect(scaledObjects()).toMatchFileSnapshot(
      '../../deploy/kubernetes/components/autoscaling/scaled-objects.yaml',
    )
  })

  it('refuses a text without the markers of a section', () => {
    expect(() => withSections('no markers', { topics: '' })).toThrow('topics:begin')
  })
})

/** What of a pom one copies into one's own, moved to the margin. */
function dependenciesOf(pom: string): string {
  const lines = pom.split('\n')
  const [from, to] = ['  <dependencies>', '  </dependencies>'].map(line => lines.indexOf(line))
  return lines
    .slice(from! + 1, to)
    .map(line => line.slice(4))
    .join('\n')
}

describe('pages', () => {
  const docs = filesUnder('docs', '.md')
  const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', ...docs]

  it.each(pages)('%s links to files that exist', page => {
    const missing = linksOf(page).filter(target => !existsSync(join(dirname(packagePath(page)), target)))
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

  it('docs/README.md links to every page, so that each has a reader', () => {
    const linked = linksOf('docs/README.md').map(target => normalize(join('docs', target)))
    const missing = docs.filter(page => page !== 'docs/README.md' && !linked.includes(page))
    expect(missing.map(page => `${page}: link it from docs/README.md, under whoever reads it`)).toEqual([])
  })

  it('README.md, docs/api.md and docs/README.md link to headings that exist', () => {
    for (const page of ['README.md', 'docs/api.md', 'docs/README.md']) {
      const anchors = [...read(page).matchAll(/\]\(([^)#\s]*)#([^)]+)\)/g)].map(([, target, anchor]) => ({
        file: target === '' ? page : normalize(join(dirname(page), target!)),
        anchor: anchor!,
      }))
      expect(anchors.length).toBeGreaterThan(5)
      expect(anchors.filter(({ file, anchor }) => !anchorsOf(file).includes(anchor))).toEqual([])
    }
  })

  it('show every picture of docs/screenshots', () => {
    const shown = pages.flatMap(page => linksOf(page).map(target => normalize(join(dirname(page), target))))
    expect(filesUnder('docs/screenshots').filter(picture => !shown.includes(picture))).toEqual([])
  })

  it('README.md states the two commands as they are typed', () => {
    expect(read('README.md')).toContain('npm ci && npm start')
    expect(read('README.md')).toContain('npm ci && npm test')
  })
})

/** The files that a page links to, as it writes them. */
function linksOf(page: string): string[] {
  return [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target]) => target!)
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!))
}
