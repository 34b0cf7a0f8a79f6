import { type Command, InvalidArgumentError } from 'commander'
import { readConfig } from '../../pipelines/config.ts'
import { createKey, readKeyFile, revokeKey, type StoredKey } from '../../serving/key-file.ts'
import { isRole, type Role, roles } from '../../serving/roles.ts'
import { caller } from '../caller.ts'

export function addKeysCommand(program: Command): void {
  const keys = program
    .command('keys')
    .description('API keys of the server; running replicas take changes in within a second or two')
  keys
    .command('create')
    .description('make a key and print it: it is shown this once, and kept as a hash')
    .requiredOption('--role <role>', `${roles.join(', ')}; several with commas or repeated`, parseRoles)
    .requiredOption('--name <name>', 'whose it is; of a tagger, the name on the roster')
    .option('--json', 'one JSON object', false)
    .action(create)
  keys
    .command('list')
    .description('every key with its roles, also those that were revoked; the keys themselves are nowhere')
    .option('--json', 'one JSON object', false)
    .action(list)
  keys
    .command('revoke')
    .description('end a key, its tickets and the sockets that were opened with them')
    .argument('<key>', 'its id or name, as `nicr keys list` shows them')
    .action(revoke)
}

function create({ role, name, json }: { role: readonly Role[]; name: string; json: boolean }): void {
  const { keysFile } = readConfig(process.env).access
  const { id, key } = createKey({ keysFile, name, roles: role, by: caller(), now: Date.now() })
  print(json ? JSON.stringify({ id, name, roles: role, key }) : key)
  process.stderr.write(`${name} (${id}): ${role.join(', ')}. Keep the key now: it is not shown again.\n`)
}

function list({ json }: { json: boolean }): void {
  const { keysFile } = readConfig(process.env).access
  const keys = readKeyFile(keysFile)
  if (json) print(JSON.stringify({ keys: keys.map(withoutHash) }))
  else for (const one of keys) print(lineOf(one))
  if (keys.length === 0)
    process.stderr.write(`there are no keys in ${keysFile}; make one with \`nicr keys create\`\n`)
}

function revoke(idOrName: string): void {
  const { keysFile } = readConfig(process.env).access
  const { id, name } = revokeKey({ keysFile, idOrName, by: caller(), now: Date.now() })
  print(`${name} (${id}) is revoked`)
}

function withoutHash({ id, name, roles, createdAt, createdBy, revokedAt, revokedBy }: StoredKey) {
  return { id, name, roles, createdAt, createdBy: createdBy ?? null, revokedAt, revokedBy: revokedBy ?? null }
}

function lineOf({ id, name, roles, createdAt, createdBy, revokedAt, revokedBy }: StoredKey): string {
  const made = `made ${createdAt} by ${createdBy ?? 'unknown'}`
  const ended = revokedAt === null ? '' : `, REVOKED ${revokedAt} by ${revokedBy ?? 'unknown'}`
  return `${id}  ${name.padEnd(NAME_WIDTH)} ${roles.join(',').padEnd(ROLES_WIDTH)} ${made}${ended}`
}

const NAME_WIDTH = 20
const ROLES_WIDTH = 16

function parseRoles(value: string, before: readonly Role[] | undefined): readonly Role[] {
  const names = value.split(',').map(name => name.trim())
  const unknown = names.filter(name => !isRole(name))
  if (unknown.length > 0)
    throw new InvalidArgumentError(`${unknown.join(', ')}: the roles are ${roles.join(', ')}.`)
  return [...new Set([...(before ?? []), ...names.filter(isRole)])]
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
