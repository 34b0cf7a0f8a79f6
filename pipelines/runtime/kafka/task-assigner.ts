import type { Assigner, PartitionAssigner } from 'kafkajs'
import { AssignerProtocol } from './client.ts'

/**
 * Assigns tasks, not partitions: task n is partition n of every input topic, so inputs stay co-partitioned (kafkajs's
 * round robin deals partitions of different topics to different members). Sticky: each member tells which tasks it
 * has, and keeps as many of them as its fair share allows.
 */
const NAME = 'nicr-tasks'
const VERSION = 0

/** @param currentTasks the tasks this member has now, read at every join */
export function taskAssigner(currentTasks: () => readonly number[]): PartitionAssigner {
  return ({ cluster }): Assigner => ({
    name: NAME,
    version: VERSION,
    async assign({ members, topics }) {
      const partitions = new Map(
        topics.map(topic => [
          topic,
          cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId),
        ]),
      )
      const tasks = [...new Set([...partitions.values()].flat())].sort((left, right) => left - right)
      const previous = new Map(
        members.map(({ memberId, memberMetadata }) => [memberId, tasksOf(memberMetadata)]),
      )
      return [...divideTasks(tasks, previous)].map(([memberId, own]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment: byTopic(own, partitions),
          userData: Buffer.alloc(0),
        }),
      }))
    },
    protocol({ topics }) {
      const userData = Buffer.from(JSON.stringify(currentTasks()))
      return {
        name: NAME,
        metadata: AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData }),
      }
    },
  })
}

/**
 * Divides tasks among members: nobody has more than one task above another, nobody gives up a task without need, and
 * a task two members claim goes to the first by id. Every leader comes to the same division.
 */
export function divideTasks(
  tasks: readonly number[],
  previous: ReadonlyMap<string, readonly number[]>,
): Map<string, number[]> {
  const members = [...previous.keys()].sort()
  const division = new Map(members.map(member => [member, [] as number[]]))
  if (members.length === 0) return division
  const share = Math.floor(tasks.length / members.length)
  let extras = tasks.length % members.length
  const free = new Set(tasks)
  const claims = (member: string) =>
    [...new Set(previous.get(member))].sort((left, right) => left - right).filter(task => free.has(task))
  for (const member of members) {
    const claimed = claims(member)
    const kept = claimed.slice(0, claimed.length > share && extras > 0 ? share + 1 : share)
    if (kept.length > share) extras--
    for (const task of kept) free.delete(task)
    division.set(member, kept)
  }
  for (const task of [...free].sort((left, right) => left - right)) {
    const poorest = members.reduce((least, member) =>
      division.get(member)!.length < division.get(least)!.length ? member : least,
    )
    division.get(poorest)!.push(task)
  }
  for (const own of division.values()) own.sort((left, right) => left - right)
  return division
}

function byTopic(
  tasks: readonly number[],
  partitions: ReadonlyMap<string, readonly number[]>,
): Record<string, number[]> {
  const assignment: Record<string, number[]> = {}
  for (const [topic, there] of partitions) {
    const own = tasks.filter(task => there.includes(task))
    if (own.length > 0) assignment[topic] = own
  }
  return assignment
}

/** What a member wrote into its metadata; nothing where it cannot be read (another client's member). */
function tasksOf(memberMetadata: Buffer): number[] {
  try {
    const userData = AssignerProtocol.MemberMetadata.decode(memberMetadata)?.userData
    const tasks: unknown =
      userData === undefined || userData.length === 0 ? [] : JSON.parse(userData.toString('utf8'))
    return Array.isArray(tasks) ? tasks.filter(task => Number.isInteger(task)) : []
  } catch {
    return []
  }
}
