import type { Logger } from 'pino'
import { createKafka, type KafkaSettings, RETRY } from './client.ts'
import { createCluster } from './cluster.ts'

/**
 * Takes members of a process that was killed out of their groups, so that its successor need not wait for their
 * session to time out before it is given their partitions. Only for whoever knows that the members are dead: a live
 * one is thrown out too, and joins again.
 *
 * @param clientIdPrefix the client ids of the dead process begin with this
 * @returns how many members were taken out
 */
export async function removeDeadMembers(
  settings: KafkaSettings,
  clientIdPrefix: string,
  log: Logger,
): Promise<number> {
  const kafka = createKafka(settings, log)
  const admin = kafka.admin({ retry: RETRY })
  const cluster = createCluster(kafka)
  let removed = 0
  try {
    await admin.connect()
    await cluster.connect()
    const { groups: listed } = await admin.listGroups()
    const { groups } =
      listed.length === 0 ? { groups: [] } : await admin.describeGroups(listed.map(({ groupId }) => groupId))
    for (const { groupId, members } of groups)
      for (const { memberId, clientId } of members) {
        if (!clientId.startsWith(clientIdPrefix)) continue
        const coordinator = await cluster.findGroupCoordinator({ groupId })
        await coordinator.leaveGroup({ groupId, memberId })
        removed++
      }
  } finally {
    await cluster.disconnect()
    await admin.disconnect()
  }
  return removed
}
