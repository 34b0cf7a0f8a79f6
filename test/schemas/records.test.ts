import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { packagePath } from '../../schemas/package-root.ts'
import { type AvroType, recordsSource } from '../../scripts/generate-records.ts'

const schemas = readdirSync(packagePath('schemas'))
  .filter(file => file.endsWith('.avsc'))
  .sort()
  .map(file => JSON.parse(readFileSync(packagePath('schemas', file), 'utf8')) as AvroType)

it('keeps the types in step with the schemas (`npm run generate` brings them up to date)', async () => {
  await expect(recordsSource(schemas)).toMatchFileSnapshot('../../schemas/records.ts')
})

it('refuses two different types of one name', () => {
  const box = (field: string): AvroType => ({
    type: 'record',
    name: 'Box',
    fields: [{ name: field, type: 'int' }],
  })
  expect(() => recordsSource([box('x'), box('y')])).toThrow('Box')
})
