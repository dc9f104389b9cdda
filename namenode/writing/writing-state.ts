/** The state that operations on open files use: the tree, its blocks, and their settings. */
import type { BlockManagerState } from '../blocks/block-state.ts';
import type { NamespaceState } from '../namespace/namespace-state.ts';
import type { WritingConfig } from './writing-config.ts';

export class WritingState {
  readonly config: WritingConfig;
  readonly namespace: NamespaceState;
  readonly blockManager: BlockManagerState;

  constructor(config: WritingConfig, namespace: NamespaceState) {
    this.config = config;
    this.namespace = namespace;
    this.blockManager = namespace.blockManager;
  }
}
