/** DataNodes of pipelines: whether two are the same, and those that are avoided. */
import type { DatanodeInfoProto } from '../../protocol/gen/messages.ts';

/** Returns whether two records are of the same DataNode. */
export function samePlace(a: DatanodeInfoProto, b: DatanodeInfoProto): boolean {
  return a.id.datanodeUuid === b.id.datanodeUuid && a.id.xferPort === b.id.xferPort;
}

/** DataNodes that new pipelines avoid for a while. */
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
