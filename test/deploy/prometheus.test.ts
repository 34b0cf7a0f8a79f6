import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { packagePath } from '../../schemas/package-root.ts'
import { parseYaml } from '../support/yaml-subset.ts'

interface Scrape {
  readonly job_name: string
  readonly dns_sd_configs: readonly { readonly names: readonly string[]; readonly port: string }[]
}

const read = (path: string) => readFileSync(packagePath(path), 'utf8')
const { services } = parseYaml(read('docker-compose.yml')) as unknown as {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly image: string
        readonly command?: readonly string[]
        readonly environment?: Readonly<Record<string, string>>
        readonly volumes?: readonly string[]
      }
    >
  >
}
const prometheus = parseYaml(read('deploy/prometheus.yml')) as unknown as {
  readonly rule_files: readonly string[]
  readonly scrape_configs: readonly Scrape[]
}

it('Prometheus asks every process of docker-compose.yml, where it answers', () => {
  const asked = prometheus.scrape_configs.flatMap(({ dns_sd_configs }) =>
    dns_sd_configs.flatMap(({ names, port }) => names.map(name => `${name}:${port}`)),
  )
  const metricsPort = /^NICR_METRICS_PORT=(\d+)$/m.exec(read('deploy/nicr.env'))?.[1]
  const answering = Object.entries(services)
    .filter(([, { image, command }]) => image.startsWith('nicr:') && command?.[0] !== 'apply')
    .map(([name, { command, environment }]) =>
      command?.[0] === 'serve' ? `${name}:${environment?.['NICR_PORT']}` : `${name}:${metricsPort}`,
    )
  expect(asked.toSorted()).toEqual(answering.toSorted())
  expect(read('deploy/nicr.env')).toMatch(/^NICR_METRICS_HOST=0\.0\.0\.0$/m)
})

it('Prometheus finds the rules where they are mounted', () => {
  expect(services['prometheus']?.volumes).toContain('./deploy/rules:/etc/prometheus/rules:ro')
  expect(prometheus.rule_files).toEqual(['/etc/prometheus/rules/*.yml'])
})
