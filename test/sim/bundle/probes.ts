// Patches that let the simulator observe the state of the programs.
import type { Patch } from './patch.ts';

/** The patches of every bundle: probes, and smaller buffers so that a short run fills them. */
export const PROBES: readonly Patch[] = [
  // Small, so that the journal wraps around within a run.
  {
    file: 'namenode/store/journal/journal-files.ts',
    find: 'const FILE_BYTES = 1024 * 1024;',
    replace: 'const FILE_BYTES = 16 * 1024;',
  },
  {
    file: 'datanode/replicas/replica.ts',
    find: 'export function transition(replica: Replica | undefined, event: ReplicaEvent, block: string): Replica {',
    replace: `export function transition(replica: Replica | undefined, event: ReplicaEvent, block: string): Replica {
  const after = transitionUnseen(replica, event, block);
  __sim.probe('replica', replica, event, after);
  return after;
}
function transitionUnseen(replica: Replica | undefined, event: ReplicaEvent, block: string): Replica {`,
  },
  {
    file: 'client/write/write-pipeline.ts',
    find: 'if (!this.#end) this.#handle(event, nowMs);',
    replace: `if (!this.#end) this.#handle(event, nowMs);
    __sim.probe('pipeline', this, event);`,
  },
  {
    file: 'namenode/namesystem/namesystem.ts',
    find: 'if (!tx.isEmpty) state.sequence++;',
    replace: "__sim.probe('namesystem', command, outcome);\n    if (!tx.isEmpty) state.sequence++;",
  },
  {
    file: 'datanode/transfer/packet-responder.ts',
    find: '    acks.push(PipelineAckProto.encodeDelimited(ack));\n    await this.#send([Buffer.concat(acks)]);',
    replace: `    acks.push(PipelineAckProto.encodeDelimited(ack));
    if (ack.reply[0] === Status.SUCCESS) __sim.probe('lastAck', this.#options.replica.state);
    await this.#send([Buffer.concat(acks)]);`,
  },
  {
    file: 'datanode/link/namenode-link.ts',
    find: '      onSuccess();\n',
    replace: "      __sim.probe('turn');\n      onSuccess();\n",
  },
  {
    file: 'datanode/replicas/replica-map.ts',
    find: 'this.#replicas.delete(blockId);\n      releaseReserved(stored);',
    replace:
      "this.#replicas.delete(blockId);\n      __sim.probe('removed', stored.state);\n      releaseReserved(stored);",
  },
  {
    file: 'namenode/datanodes/decommission.ts',
    find: 'datanode.adminState = AdminState.DECOMMISSIONED;\n',
    replace: `datanode.adminState = AdminState.DECOMMISSIONED;
    __sim.probe('decommissioned', datanode.id.ipAddr, [...blocksOf(datanode)].map(({ id }) => id));
`,
  },
  {
    file: 'namenode/blocks/lost-future.ts',
    find: 'safeMode.future.add(storage.uuid, replica, isBeyond);',
    replace: "__sim.probe('future', replica);\n  safeMode.future.add(storage.uuid, replica, isBeyond);",
  },
  {
    file: 'datanode/scanners/scanners.ts',
    find: 'const HOUR_MS = 3_600_000;',
    replace: 'const HOUR_MS = 40;',
  },
  {
    file: 'namenode/open-namespace.ts',
    find: "'Namespace loaded');",
    replace: "'Namespace loaded');\n  __sim.probe('nameDirectories', () => store.directories.active);",
  },
  {
    file: 'protocol/rpc/client-connection.ts',
    find: '      const finish = () => {\n',
    replace: `      const timed = { name: response.name, port: this.#options.port };
      __sim.probe('callBegins', timed);
      const finish = () => {
        __sim.probe('callEnds', timed);
`,
  },
  {
    file: 'protocol/sockets/receive-buffers.ts',
    find: 'const LARGE_BYTES = 512 * 1024;',
    replace: 'const LARGE_BYTES = 16384;',
  },
];
