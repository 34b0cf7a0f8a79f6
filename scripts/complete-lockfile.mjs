// Run by `npm run lockfile` after npm has written package-lock.json. A registry mirror may lack builds for other
// platforms; npm then leaves them out of the lock file, and `npm ci` refuses it. This adds them by name and version, so
// that the lock file is whole wherever it was written. A build for another platform is never fetched.
// It also takes away the mark of an install script where package.json denies the script (`allowScripts`): an npm that does not
// know that field runs what the lock file marks, and onnxruntime-node's script fetches GPU libraries.
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))
const platforms = {
  linux: 'linux',
  darwin: 'darwin',
  win32: 'win32',
  windows: 'win32',
  android: 'android',
  freebsd: 'freebsd',
}
const processors = ['x64', 'arm64', 'arm', 'ia32', 's390x', 'ppc64', 'riscv64']

let added = 0
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${path}/node_modules/${name}`
    const hoisted = `node_modules/${name}`
    if (path === '' || lock.packages[nested] !== undefined || lock.packages[hoisted] !== undefined) continue
    const words = name.split(/[/-]/)
    const os = words.filter(word => word in platforms).map(word => platforms[word])
    const cpu = words.filter(word => processors.includes(word))
    if (os.length === 0) continue
    lock.packages[hoisted] = {
      version,
      cpu,
      ...(entry.dev === true ? { dev: true } : {}),
      optional: true,
      os,
      ...(words.includes('musl') ? { libc: ['musl'] } : {}),
    }
    added++
  }
}
const { allowScripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
for (const [path, entry] of Object.entries(lock.packages))
  if (allowScripts[path.split('node_modules/').at(-1)] === false) delete entry.hasInstallScript
const sorted = Object.entries(lock.packages).sort(([left], [right]) =>
  left < right ? -1 : left > right ? 1 : 0,
)
lock.packages = Object.fromEntries(sorted)
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(`${added} builds for other platforms added\n`)
