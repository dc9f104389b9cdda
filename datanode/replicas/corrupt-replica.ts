/** The damage of a replica's files, told from all other failures by its class. */
import { HadoopError, JAVA_CLASSES } from '../../runtime/errors.ts';

/**
 * Thrown when a file of a replica is gone, too short, or does not hold the bytes that were written to it. The DataNode
 * reports such a replica to the NameNode. A client knows Hadoop's class of a damaged meta file, and reports it too.
 */
export class CorruptReplica extends HadoopError {
  constructor(file: 'data' | 'meta', message: string, cause?: unknown) {
    super(file === 'meta' ? JAVA_CLASSES.CorruptMetaHeaderException : JAVA_CLASSES.IOException, message, cause);
  }
}
