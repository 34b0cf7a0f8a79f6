/**
 * Joins the modules below an entry into one that imports nothing: pages load one file, and nothing has to bundle it.
 *
 *   node scripts/join-modules.mjs dist/client/meter/index.js dist/public/nice-a-meter.js
 *
 * It knows what tsc writes and no more: imports of our own modules by name, `export` before a declaration, and
 * `export { … }` in the entry. All names share one scope, so two modules may not declare the same one. Comments,
 * indentation and most line breaks, which no browser needs, are left out.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

const [entry, target] = process.argv.slice(2)
const importLine = /^(?:import|export) (?:\{[^}]*\} from )?['"](\.[^'"]+)['"];\n/gm
const exported = /^export (?=(?:async )?(?:function|class|const|let)\b)/gm
const declared = /^(?:export )?(?:async )?(?:function\*?|class|const|let) ([\w$]+)/gm

const modules = new Map()
const owners = new Map()

function add(path) {
  if (modules.has(path)) return
  modules.set(path, null)
  const code = readFileSync(path, 'utf8')
  for (const [, from] of code.matchAll(importLine)) add(join(dirname(path), from))
  for (const [, name] of code.matchAll(declared)) {
    if (owners.has(name)) throw new Error(`${path} and ${owners.get(name)} both declare ${name}; rename one`)
    owners.set(name, path)
  }
  const body = code.replace(importLine, '').replace(path === entry ? /(?!)/g : exported, '')
  if (/^import\b|^export \*/m.test(body))
    throw new Error(`${path} imports in a way this script does not know`)
  // Last, so that a module comes after those it needs.
  modules.delete(path)
  modules.set(path, withoutComments(body))
}

function withoutComments(code) {
  return code
    .replaceAll(/^[ \t]*\/\*\*[\s\S]*?\*\/\n/gm, '')
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('//'))
    .join('\n')
    .replaceAll(/([{[(,;])\n/g, '$1')
}

function reexports(code) {
  return [...code.matchAll(/^export (\{[^}]*\}) from /gm)].map(([, names]) => `export ${names};`)
}

add(entry)
const joined = [...modules.values(), ...reexports(readFileSync(entry, 'utf8'))].join('\n')
mkdirSync(dirname(target), { recursive: true })
writeFileSync(target, `${joined}\n`)
// The server gives this to browsers that take it, which is all of them.
writeFileSync(`${target}.gz`, gzipSync(`${joined}\n`, { level: 9 }))
execFileSync(process.execPath, ['--check', '--input-type=module'], { input: joined })
