import { enumName } from '../../protocol/enum-name.ts';
import { type DatanodeInfoProto, StorageTypeProto } from '../../protocol/gen/messages.ts';
import { xferAddress } from '../dfs/block-format.ts';
import type { PipelineNode } from './pipeline-events.ts';

/** Whether two records are of the same DataNode. */
export function samePlace(a: DatanodeInfoProto, b: DatanodeInfoProto): boolean {
  return a.id.datanodeUuid === b.id.datanodeUuid && a.id.xferPort === b.id.xferPort;
}

/** As Hadoop prints nodes: `DatanodeInfoWithStorage[127.0.0.1:9866,DS-…,DISK], …`. */
export function nodeList(nodes: readonly PipelineNode[]): string {
  const typeName = (type: number): string => enumName(StorageTypeProto, type) ?? String(type);
  return nodes
    .map((n) => `DatanodeInfoWithStorage[${xferAddress(n.info)},${n.storageId},${typeName(n.storageType)}]`)
    .join(', ');
}

/** DataNodes that no new pipeline shall use for a while. */
export class ExcludedNodes {
  readonly #excludeMs: number;
  #entries: { info: DatanodeInfoProto; untilMs: number }[] = [];

  constructor(excludeMs: number) {
    this.#excludeMs = excludeMs;
  }

  add(info: DatanodeInfoProto, nowMs: number): void {
    this.#entries = this.#entries.filter((e) => !samePlace(e.info, info));
    this.#entries.push({ info, untilMs: nowMs + this.#excludeMs });
  }

  present(nowMs: number): DatanodeInfoProto[] {
    this.#entries = this.#entries.filter((e) => e.untilMs > nowMs);
    return this.#entries.map((e) => e.info);
  }
}
