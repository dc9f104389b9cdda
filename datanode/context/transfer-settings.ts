/** The settings that data transfers need, read from the configuration. */
import type { Configuration } from '../../conf/configuration.ts';

export interface TransferSettings {
  /** dfs.client.socket-timeout: milliseconds of silence after which a peer is given up. */
  readonly socketTimeoutMs: number;
  /** dfs.datanode.socket.write.timeout. */
  readonly writeTimeoutMs: number;
  /** dfs.datanode.socket.reuse.keepalive: how long a connection may wait for its next operation. */
  readonly keepaliveMs: number;
  /** dfs.blocksize: room reserved for a block whose length is not known. */
  readonly estimatedBlockSizeBytes: number;
  /** dfs.datanode.synconclose. */
  readonly syncOnClose: boolean;
  /** dfs.datanode.restart.replica.expiration: how long a writer waits for a restart that was announced to it. */
  readonly restartReplicaExpiryMs: number;
  /** dfs.datanode.use.datanode.hostname. */
  readonly connectByHostname: boolean;
}

export function transferSettings(conf: Configuration): TransferSettings {
  return {
    socketTimeoutMs: conf.get('dfs.client.socket-timeout'),
    writeTimeoutMs: conf.get('dfs.datanode.socket.write.timeout'),
    keepaliveMs: conf.get('dfs.datanode.socket.reuse.keepalive'),
    estimatedBlockSizeBytes: conf.get('dfs.blocksize'),
    syncOnClose: conf.get('dfs.datanode.synconclose'),
    restartReplicaExpiryMs: conf.get('dfs.datanode.restart.replica.expiration'),
    connectByHostname: conf.get('dfs.datanode.use.datanode.hostname'),
  };
}
