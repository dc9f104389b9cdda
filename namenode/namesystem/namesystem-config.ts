/** Reads the settings of all parts of the state machine. */
import type { Configuration } from '../../conf/configuration.ts';
import type { RackTable } from '../../conf/rack-table.ts';
import { type BlocksConfig, blocksConfigOf } from '../blocks/blocks-config.ts';
import { type DatanodesConfig, datanodesConfigOf } from '../datanodes/datanodes-config.ts';
import { type NamespaceConfig, namespaceConfigOf } from '../namespace/namespace-config.ts';
import { type WritingConfig, writingConfigOf } from '../writing/writing-config.ts';

export interface NamesystemConfig {
  readonly blocks: BlocksConfig;
  readonly datanodes: DatanodesConfig;
  readonly namespace: NamespaceConfig;
  readonly writing: WritingConfig;
}

/**
 * Returns the settings.
 * @throws Error if a setting is out of its range
 */
export function namesystemConfig(conf: Configuration, blockPoolId: string, racks: RackTable): NamesystemConfig {
  return {
    blocks: blocksConfigOf(conf, blockPoolId, racks),
    datanodes: datanodesConfigOf(conf),
    namespace: namespaceConfigOf(conf),
    writing: writingConfigOf(conf),
  };
}
