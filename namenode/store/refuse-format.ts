/** Decides whether a name directory may be formatted, by the settings that guard it. */
import type { Configuration } from '../../conf/configuration.ts';
import { HadoopError, hadoopError } from '../../runtime/errors.ts';

const ALLOW = 'dfs.namenode.support.allow.format';

/** @throws IOException, NameNodeFormatException as Hadoop's NameNode.format does */
export function refuseFormat(conf: Configuration, isFormatted: boolean): void {
  if (!conf.get('dfs.namenode.support.allow.format')) {
    const message = [
      `The option ${ALLOW} is set to false for this filesystem, so it cannot be formatted.`,
      `You will need to set ${ALLOW} parameter to true in order to format this filesystem`,
    ];
    throw hadoopError('IOException', message.join(' '));
  }
  if (isFormatted && conf.get('dfs.reformat.disabled')) {
    const message = 'NameNode format aborted as reformat is disabled for this cluster.';
    throw new HadoopError('org.apache.hadoop.hdfs.server.namenode.NameNodeFormatException', message);
  }
}
